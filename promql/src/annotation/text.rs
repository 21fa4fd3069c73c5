//! The words of Prometheus for what kernels remark.

use super::Level;
use crate::column::Note;
use crate::model::{Millis, number::format_g, quote};
use std::fmt::Write;

/// Level and text of a note, with its prefix, without a position. The subject is the name of the metric, or the
/// spelling of the operator or aggregator that raised the note.
#[must_use]
pub fn text(note: &Note, subject: &str, delayed_names: bool) -> (Level, String) {
    let (level, text) = words(note, subject, delayed_names);
    let prefix = match level {
        Level::Warning => "PromQL warning: ",
        Level::Info => "PromQL info: ",
    };
    (level, [prefix, &text].concat())
}

fn words(note: &Note, subject: &str, delayed_names: bool) -> (Level, String) {
    use Level::{Info, Warning};
    let metric = quote(subject);
    // Functions that read several metrics at once name one only if it will still be seen in the answer.
    let for_metric = |text: &str| match subject {
        "" => text.to_owned(),
        _ if delayed_names => format!("{text} for metric name {metric}"),
        _ => text.to_owned(),
    };
    let operation = match subject {
        "+" => "addition",
        "-" => "subtraction",
        _ => "aggregation",
    };
    let reconciled = |during| (Info, format!("mismatched custom buckets were reconciled during {during}"));
    match note {
        Note::MixedFloatsHistograms => {
            (Warning, format!("encountered a mix of histograms and floats for metric name {metric}"))
        }
        Note::MixedFloatsHistogramsInGroup => {
            (Warning, "encountered a mix of histograms and floats for aggregation".into())
        }
        Note::IgnoredHistogramsInMixedRange => (
            Info,
            format!(
                "ignored histograms in a range containing both floats and histograms for metric name {metric}"
            ),
        ),
        Note::CounterOutput => (
            Info,
            ["metric might not be a counter, name does not end in _total/_sum/_count/_bucket: ", &metric]
                .concat(),
        ),
        Note::NotTypedCounter(kind) => (
            Info,
            format!(
                "metric might not be a counter, __type__ label is not set to \"counter\" or \"histogram\", \
                 got {}: {metric}",
                quote(kind)
            ),
        ),
        Note::SortInRange => (
            Warning,
            "sort is ineffective for range queries since results are always ordered by labels".into(),
        ),
        Note::HistogramNotCounter => {
            (Warning, format!("this native histogram metric is not a counter: {metric}"))
        }
        Note::HistogramNotGauge => {
            (Warning, format!("this native histogram metric is not a gauge: {metric}"))
        }
        Note::MixedExponentialCustom => (
            Warning,
            format!(
                "vector contains a mix of histograms with exponential and custom buckets schemas for metric name {metric}"
            ),
        ),
        Note::MixedExponentialCustomInGroup(metric) => {
            words(&Note::MixedExponentialCustom, metric, delayed_names)
        }
        Note::ReconciledBounds => reconciled(operation),
        Note::ReconciledBoundsInAddition => reconciled("addition"),
        Note::ReconciledBoundsInSubtraction => reconciled("subtraction"),
        Note::ConflictingResets => {
            (Warning, format!("conflicting counter resets during histogram {operation}"))
        }
        Note::InvalidQuantile(phi) => {
            (Warning, format!("quantile value should be between 0 and 1, got {}", format_g(*phi)))
        }
        Note::InvalidStrategy(strategy) => (
            Warning,
            format!("strategy should be 0, 1, or 2 (default), using 2, got {}", format_g(*strategy)),
        ),
        Note::InvalidRatio(ratio) => {
            let cap = if *ratio > 0.0 { 1 } else { -1 };
            let ratio = format_g(*ratio);
            (Warning, format!("ratio value should be between -1 and 1, got {ratio}, capping to {cap}"))
        }
        Note::OverlappingStartTime(count) => {
            let mut text = format!(
                "sample has start time that overlaps with previous sample timestamp for metric {metric}"
            );
            if *count > 1 {
                let _ = write!(text, " ({count} occurrences)");
            }
            (Warning, text)
        }
        Note::IgnoredHistogramInGroup => (Info, format!("ignored histogram in {subject} aggregation")),
        Note::BadBucketLabel(value) => {
            let text = format!("bucket label \"le\" is missing or has a malformed value of {}", quote(value));
            (Warning, for_metric(&text))
        }
        Note::MixedClassicNative => {
            (Warning, for_metric("vector contains a mix of classic and native histograms"))
        }
        Note::ForcedMonotonic { min_bucket, max_bucket, max_diff, times: (first, last), count } => {
            let text = for_metric(
                "input to histogram_quantile needed to be fixed for monotonicity (see \
                 https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile)",
            );
            let (min, max, diff) = (format_g(*min_bucket), format_g(*max_bucket), two_digits(*max_diff));
            let (first, last) = (second(*first), second(*last));
            (
                Info,
                format!(
                    "{text}, from buckets {min} to {max}, with a max diff of {diff}, over {count} samples \
                     from {first} to {last}"
                ),
            )
        }
        Note::NanObservationsResultNan => {
            (Info, for_metric("input to histogram_quantile has NaN observations, result is NaN"))
        }
        Note::NanObservationsSkewed => {
            (Info, for_metric("input to histogram_quantile has NaN observations, result is skewed higher"))
        }
        Note::NanObservationsExcluded => (
            Info,
            for_metric(
                "input to histogram_fraction has NaN observations, which are excluded from all fractions",
            ),
        ),
        Note::IncompatibleTypes { left_histogram, right_histogram } => {
            let kind = |histogram| if histogram { "histogram" } else { "float" };
            let (left, right) = (kind(*left_histogram), kind(*right_histogram));
            let text = format!(
                "incompatible sample types encountered for binary operator {}: {left} {subject} {right}",
                quote(subject)
            );
            (Info, text)
        }
        Note::IncompatibleLayouts => {
            (Warning, format!("incompatible bucket layout encountered for binary operator {subject}"))
        }
    }
}

/// Two significant digits, with an exponent where `%.2g` has one.
fn two_digits(value: f64) -> String {
    if !value.is_finite() {
        return format_g(value);
    }
    let scientific = format!("{value:.1e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let digits = digits.strip_suffix(".0").unwrap_or(digits);
    match exponent.parse::<i32>() {
        Ok(exponent @ ..-4 | exponent @ 2..) => {
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{digits}e{sign}{:02}", exponent.unsigned_abs())
        }
        // Read back, the two digits are the shortest form of the number.
        _ => scientific.parse().map_or(scientific, format_g),
    }
}

/// A time as RFC 3339 in UTC, whole seconds.
fn second(time: Millis) -> String {
    match chrono::DateTime::from_timestamp(time / 1000, 0) {
        Some(time) => time.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
        None => format!("{} s", time / 1000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn say(note: &Note, subject: &str) -> String {
        text(note, subject, false).1
    }

    #[test]
    fn metrics_that_may_not_be_counters_are_named() {
        assert_eq!(
            say(&Note::CounterOutput, "m"),
            r#"PromQL info: metric might not be a counter, name does not end in _total/_sum/_count/_bucket: "m""#
        );
        assert_eq!(
            say(&Note::NotTypedCounter("gauge".into()), "m_total"),
            "PromQL info: metric might not be a counter, __type__ label is not set to \"counter\" or \
             \"histogram\", got \"gauge\": \"m_total\""
        );
    }

    #[test]
    fn histogram_functions_name_the_metric_with_delayed_removal_only() {
        let note = Note::BadBucketLabel("x".into());
        let plain = r#"PromQL warning: bucket label "le" is missing or has a malformed value of "x""#;
        assert_eq!(say(&note, "m"), plain);
        assert_eq!(text(&note, "", true).1, plain);
        assert_eq!(text(&note, "m", true).1, format!(r#"{plain} for metric name "m""#));
    }

    #[test]
    fn operations_have_names() {
        let with = |operation, note| say(note, operation);
        assert_eq!(
            with("-", &Note::ConflictingResets),
            "PromQL warning: conflicting counter resets during histogram subtraction"
        );
        assert_eq!(
            with("sum", &Note::ReconciledBounds),
            "PromQL info: mismatched custom buckets were reconciled during aggregation"
        );
        assert_eq!(
            with("*", &Note::IncompatibleTypes { left_histogram: true, right_histogram: false }),
            r#"PromQL info: incompatible sample types encountered for binary operator "*": histogram * float"#
        );
        assert_eq!(
            with("min", &Note::IgnoredHistogramInGroup),
            "PromQL info: ignored histogram in min aggregation"
        );
    }

    #[test]
    fn numbers_are_gos() {
        assert_eq!(
            say(&Note::InvalidQuantile(1e-9), ""),
            "PromQL warning: quantile value should be between 0 and 1, got 1e-09"
        );
        assert_eq!(
            say(&Note::InvalidRatio(-1.5), ""),
            "PromQL warning: ratio value should be between -1 and 1, got -1.5, capping to -1"
        );
        for (value, text) in [
            (10.0, "10"),
            (5.0, "5"),
            (0.5, "0.5"),
            (99.9, "1e+02"),
            (123.0, "1.2e+02"),
            (0.000_123, "0.00012"),
            (0.000_012_3, "1.2e-05"),
            (f64::INFINITY, "+Inf"),
        ] {
            assert_eq!(two_digits(value), text);
        }
    }

    #[test]
    fn forced_monotonicity_tells_its_extent() {
        let note = Note::ForcedMonotonic {
            min_bucket: 1.0,
            max_bucket: f64::INFINITY,
            max_diff: 10.0,
            times: (3_000_000, 3_060_999),
            count: 2,
        };
        assert_eq!(
            say(&note, ""),
            "PromQL info: input to histogram_quantile needed to be fixed for monotonicity (see \
             https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile), from buckets 1 \
             to +Inf, with a max diff of 10, over 2 samples from 1970-01-01T00:50:00Z to 1970-01-01T00:51:00Z"
        );
    }
}
