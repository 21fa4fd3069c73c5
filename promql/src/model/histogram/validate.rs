//! Checks of histograms that come from outside.

use super::sparse::check_spans;
use super::{BucketSpan, FloatHistogram, HistogramError};
use crate::model::number::format_g;

impl FloatHistogram {
    /// Checks that the layout is in order and no count is negative.
    ///
    /// # Errors
    /// What is wrong first, in Prometheus' words.
    pub fn validate(&self) -> Result<(), HistogramError> {
        if self.uses_custom_buckets() {
            self.check_custom()?;
        } else if (-4..=8).contains(&self.schema) {
            self.check_exponential()?;
        } else {
            return invalid(format!(
                "histogram has an invalid schema, which must be between -4 and 8 for exponential buckets, \
                 or -53 for custom buckets, got schema {}",
                self.schema
            ));
        }
        if self.count < 0.0 {
            let count = format_g(self.count);
            return invalid(format!(
                "observation count is  {count}: histogram's observation count is negative"
            ));
        }
        prefixed("positive side", check_counts(self.positive_counts()))
    }

    fn check_exponential(&self) -> Result<(), HistogramError> {
        prefixed("positive side", check_spans(&self.layout.positive, self.positive_counts().len()))?;
        prefixed("negative side", check_spans(&self.layout.negative, self.negative_counts().len()))?;
        prefixed("negative side", check_counts(self.negative_counts()))?;
        if self.zero_count < 0.0 {
            let count = format_g(self.zero_count);
            return invalid(format!("zero bucket has observation count of {count}: {NEGATIVE_BUCKET}"));
        }
        if !self.layout.bounds.is_empty() {
            return invalid("histogram with exponential schema must not have custom bounds".to_owned());
        }
        Ok(())
    }

    fn check_custom(&self) -> Result<(), HistogramError> {
        let layout = &*self.layout;
        prefixed("custom buckets", check_bounds(&layout.bounds))?;
        prefixed(
            "custom buckets",
            check_custom_spans(&layout.positive, self.positive_counts().len(), layout.bounds.len()),
        )?;
        let broken = [
            (self.zero_count != 0.0, "have zero count of 0"),
            (self.zero_threshold != 0.0, "have zero threshold of 0"),
            (!layout.negative.is_empty(), "not have negative spans"),
            (!self.negative_counts().is_empty(), "not have negative buckets"),
        ];
        match broken.into_iter().find(|(broken, _)| *broken) {
            Some((_, rule)) => invalid(format!("custom buckets: must {rule}")),
            None => Ok(()),
        }
    }
}

const NEGATIVE_BUCKET: &str = "histogram has a bucket whose observation count is negative";

fn invalid<T>(text: String) -> Result<T, HistogramError> {
    Err(HistogramError::Invalid(text))
}

fn prefixed(prefix: &str, result: Result<(), HistogramError>) -> Result<(), HistogramError> {
    result.map_err(|error| HistogramError::Invalid(format!("{prefix}: {error}")))
}

fn check_counts(counts: &[f64]) -> Result<(), HistogramError> {
    match counts.iter().position(|&count| count < 0.0) {
        Some(at) => {
            let (number, count) = (at + 1, format_g(counts[at]));
            invalid(format!("bucket number {number} has observation count of {count}: {NEGATIVE_BUCKET}"))
        }
        None => Ok(()),
    }
}

fn check_bounds(bounds: &[f64]) -> Result<(), HistogramError> {
    let mut previous: Option<f64> = None;
    for &bound in bounds {
        if bound.is_nan() {
            return invalid("histogram custom bounds must not be NaN".to_owned());
        }
        if let Some(previous) = previous
            && bound <= previous
        {
            let fixed = |v: f64| if v.is_infinite() { format_g(v) } else { format!("{v:.6}") };
            let (previous, bound) = (fixed(previous), fixed(bound));
            return invalid(format!(
                "previous bound is {previous} and current is {bound}: \
                 histogram custom bounds must be in strictly increasing order"
            ));
        }
        previous = Some(bound);
    }
    if previous == Some(f64::INFINITY) {
        return invalid(
            "last +Inf bound must not be explicitly defined: histogram custom bounds must be finite"
                .to_owned(),
        );
    }
    Ok(())
}

fn check_custom_spans(spans: &[BucketSpan], buckets: usize, bounds: usize) -> Result<(), HistogramError> {
    if let Some(at) = spans.iter().position(|span| span.offset < 0) {
        return invalid(format!(
            "span number {} with offset {}: histogram has a span whose offset is negative",
            at + 1,
            spans[at].offset
        ));
    }
    check_spans(spans, buckets)?;
    let covered: i64 = spans.iter().map(|span| i64::from(span.offset) + i64::from(span.length)).sum();
    if i64::try_from(bounds).unwrap_or(i64::MAX).saturating_add(1) < covered {
        return invalid(format!(
            "only {bounds} custom bounds defined which is insufficient to cover total span length of {covered}: \
             histogram custom bounds are too few"
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::literal;

    #[test]
    fn faults_have_the_words_of_prometheus() {
        for (text, error) in [
            (
                "schema:9",
                "histogram has an invalid schema, which must be between -4 and 8 for exponential buckets, or -53 for custom buckets, got schema 9",
            ),
            ("count:-1", "observation count is  -1: histogram's observation count is negative"),
            (
                "buckets:[1 -2]",
                "positive side: bucket number 2 has observation count of -2: histogram has a bucket whose observation count is negative",
            ),
            (
                "n_buckets:[-1]",
                "negative side: bucket number 1 has observation count of -1: histogram has a bucket whose observation count is negative",
            ),
            (
                "z_bucket:-1",
                "zero bucket has observation count of -1: histogram has a bucket whose observation count is negative",
            ),
            ("custom_values:[1]", "histogram with exponential schema must not have custom bounds"),
            (
                "offset:2147483647 buckets:[1 2]",
                "positive side: span number 1 ends at bucket index 2147483648: histogram has a span whose bucket index is out of range",
            ),
            (
                "schema:-53 custom_values:[2 1]",
                "custom buckets: previous bound is 2.000000 and current is 1.000000: histogram custom bounds must be in strictly increasing order",
            ),
            ("schema:-53 custom_values:[NaN]", "custom buckets: histogram custom bounds must not be NaN"),
            (
                "schema:-53 custom_values:[1 Inf]",
                "custom buckets: last +Inf bound must not be explicitly defined: histogram custom bounds must be finite",
            ),
            (
                "schema:-53 custom_values:[1] buckets:[1 2 3]",
                "custom buckets: only 1 custom bounds defined which is insufficient to cover total span length of 3: histogram custom bounds are too few",
            ),
            ("schema:-53 z_bucket:1", "custom buckets: must have zero count of 0"),
            ("schema:-53 n_buckets:[1]", "custom buckets: must not have negative spans"),
        ] {
            assert_eq!(
                literal(text).validate().map_err(|found| found.to_string()),
                Err(error.to_owned()),
                "{text}"
            );
        }
        assert_eq!(literal("schema:-53 custom_values:[-1 1] buckets:[1 2 3]").validate(), Ok(()));
        assert_eq!(literal("schema:-4 buckets:[NaN]").validate(), Ok(()));
    }
}
