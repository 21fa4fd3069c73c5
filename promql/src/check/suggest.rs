//! The name that was probably meant.

use crate::functions::functions;
use promql_grammar::ast::Aggregator;

/// Names of other languages and of earlier versions.
const ALIASES: &[(&str, &str)] = &[
    ("average", "avg"),
    ("holt_winters", "double_exponential_smoothing"),
    ("length", "count"),
    ("mean", "avg"),
    ("median", "quantile"),
    ("now", "time"),
    ("percentile", "quantile"),
    ("stdev", "stddev"),
];

/// The function or aggregator that is nearest to an unknown function name; none if nothing is near.
pub(super) fn nearest(name: &str) -> Option<&'static str> {
    let lower = name.to_ascii_lowercase();
    if let Some(&(_, meant)) = ALIASES.iter().find(|(alias, _)| *alias == lower) {
        return Some(meant);
    }
    let aggregators = Aggregator::ALL.iter().map(|aggregator| aggregator.as_str());
    nearest_of(&lower, functions().map(|function| function.name).chain(aggregators))
}

/// The one of some lower-case names that is nearest to another; none if nothing is near.
pub(crate) fn nearest_of<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let lower = name.to_ascii_lowercase();
    // Longer names forgive more; nobody means a name that shares less than two thirds with theirs.
    let most = (lower.len() / 3).clamp(1, 3);
    // Of equally near names the one that goes on like the name began: `rat` is `rate`, not `rad`.
    let rank = |known: &'a str| {
        (distance(&lower, &known.to_ascii_lowercase(), most), !known.starts_with(&lower), known)
    };
    known.map(rank).filter(|(distance, ..)| *distance <= most).min().map(|(.., known)| known)
}

/// How many letters must be inserted, removed, replaced or swapped with their neighbour; more than `most` if it is
/// more than that.
fn distance(a: &str, b: &str, most: usize) -> usize {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len().abs_diff(b.len()) > most {
        return most + 1;
    }
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, &left) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, &right) in b.iter().enumerate() {
            let mut best = (last[j + 1] + 1).min(row[j] + 1).min(last[j] + usize::from(left != right));
            if i > 0 && j > 0 && left == b[j - 1] && right == a[i - 1] {
                best = best.min(before_last[j - 1] + 1);
            }
            row.push(best);
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_found() {
        for (written, meant) in [
            ("Rate", "rate"),
            ("rat", "rate"),
            ("raet", "rate"),
            ("sume", "sum"),
            ("label_repalce", "label_replace"),
            ("histogram_quantil", "histogram_quantile"),
            ("avg_overtime", "avg_over_time"),
            ("mean", "avg"),
            ("holt_winters", "double_exponential_smoothing"),
        ] {
            assert_eq!(nearest(written), Some(meant), "{written}");
        }
    }

    #[test]
    fn far_names_are_not() {
        for written in ["", "x", "foo", "http_requests_total", "rate.total", "温度"] {
            assert_eq!(nearest(written), None, "{written}");
        }
    }
}
