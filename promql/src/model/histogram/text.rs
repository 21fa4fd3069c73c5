//! Histograms as text: the form of query results.

use super::FloatHistogram;
use super::bucket::Bucket;
use crate::model::number::format_g;
use std::fmt;

/// `{count:3, sum:5, [-0.5,0.5]:1, (1,2]:2}`: populated buckets in ascending order.
impl fmt::Display for FloatHistogram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{count:{}, sum:{}", format_g(self.count), format_g(self.sum))?;
        let negative: Vec<Bucket> = self.negative_buckets().collect();
        let zero = (!self.uses_custom_buckets()).then(|| self.zero_bucket());
        // Unlike in calculations, buckets keep their bounds where the zero bucket overlaps them.
        for bucket in negative.into_iter().rev().chain(zero).chain(self.positive_buckets()) {
            if bucket.count != 0.0 {
                write!(f, ", {bucket}")?;
            }
        }
        f.write_str("}")
    }
}

/// `[lower,upper):count`, the brackets telling which bounds belong to it.
impl fmt::Display for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let open = if self.lower_inclusive { '[' } else { '(' };
        let close = if self.upper_inclusive { ']' } else { ')' };
        let [lower, upper, count] = [self.lower, self.upper, self.count].map(format_g);
        write!(f, "{open}{lower},{upper}{close}:{count}")
    }
}

#[cfg(test)]
mod tests {
    use super::super::literal;

    #[test]
    fn populated_buckets_ascend() {
        assert_eq!(literal("").to_string(), "{count:0, sum:0}");
        assert_eq!(
            literal("count:1e6 sum:0.00001 z_bucket:2 z_bucket_w:0.75 buckets:[1 0 2] n_buckets:[4 NaN]")
                .to_string(),
            "{count:1e+06, sum:1e-05, [-2,-1):NaN, [-1,-0.5):4, [-0.75,0.75]:2, (0.5,1]:1, (2,4]:2}"
        );
        assert_eq!(
            literal("schema:-53 custom_values:[1] buckets:[1 2]").to_string(),
            "{count:0, sum:0, [-Inf,1]:1, (1,+Inf]:2}"
        );
    }
}
