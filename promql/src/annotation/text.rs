//! The words of Prometheus for what kernels remark.

use super::Level;
use crate::column::{NameRemoval, Note};
use crate::model::{Millis, number::format_g, quote};
use std::borrow::Cow;
use std::fmt::Write;

/// What a note is about. Notes that do not speak of a field ignore it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Subject<'a> {
    /// The name of the metric, empty if it has none.
    pub metric: &'a str,
    /// The spelling of the operator or aggregator that raised the note, empty for functions.
    pub operation: &'a str,
    /// With `type-and-unit-labels`: the `__type__` label of the metric, empty if it has none.
    pub metric_type: Option<&'a str>,
    /// Some texts name the metric only where its name is still there.
    pub names: NameRemoval,
}

/// The text of a note with its prefix, without a position; none if there is nothing to say about this metric.
#[must_use]
pub fn text(note: &Note, subject: &Subject<'_>) -> Option<(Level, String)> {
    let (level, text) = words(note, subject)?;
    let prefix = match level {
        Level::Warning => "PromQL warning: ",
        Level::Info => "PromQL info: ",
    };
    Some((level, format!("{prefix}{text}")))
}

fn words(note: &Note, subject: &Subject<'_>) -> Option<(Level, Cow<'static, str>)> {
    use Level::{Info, Warning};
    let metric = || quote(subject.metric);
    // Functions that read several metrics at once name one only if it will still be seen in the answer.
    let for_metric = |text: &str| match subject.names {
        NameRemoval::Delayed if !subject.metric.is_empty() => format!("{text} for metric name {}", metric()),
        _ => text.to_owned(),
    };
    let operation = || match subject.operation {
        "+" => "addition",
        "-" => "subtraction",
        _ => "aggregation",
    };
    let (level, text) = match note {
        Note::MixedFloatsHistograms => {
            (Warning, format!("encountered a mix of histograms and floats for metric name {}", metric()))
        }
        Note::MixedFloatsHistogramsInGroup => {
            return Some((Warning, "encountered a mix of histograms and floats for aggregation".into()));
        }
        Note::IgnoredHistogramsInMixedRange => (
            Info,
            format!(
                "ignored histograms in a range containing both floats and histograms for metric name {}",
                metric()
            ),
        ),
        Note::CounterOutput => (Info, not_a_counter(subject)?),
        Note::HistogramNotCounter => {
            (Warning, format!("this native histogram metric is not a counter: {}", metric()))
        }
        Note::HistogramNotGauge => {
            (Warning, format!("this native histogram metric is not a gauge: {}", metric()))
        }
        Note::MixedExponentialCustom => (
            Warning,
            format!(
                "vector contains a mix of histograms with exponential and custom buckets schemas for metric name {}",
                metric()
            ),
        ),
        Note::MixedExponentialCustomInGroup(metric) => {
            let metric = Subject { metric, ..*subject };
            return words(&Note::MixedExponentialCustom, &metric);
        }
        Note::ReconciledBounds => {
            (Info, format!("mismatched custom buckets were reconciled during {}", operation()))
        }
        Note::ReconciledBoundsInAddition => {
            (Info, "mismatched custom buckets were reconciled during addition".to_owned())
        }
        Note::ReconciledBoundsInSubtraction => {
            (Info, "mismatched custom buckets were reconciled during subtraction".to_owned())
        }
        Note::SortInRange => (
            Warning,
            "sort is ineffective for range queries since results are always ordered by labels".to_owned(),
        ),
        Note::ConflictingResets => {
            (Warning, format!("conflicting counter resets during histogram {}", operation()))
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
                "sample has start time that overlaps with previous sample timestamp for metric {}",
                metric()
            );
            if *count > 1 {
                let _ = write!(text, " ({count} occurrences)");
            }
            (Warning, text)
        }
        Note::IgnoredHistogramInGroup => {
            (Info, format!("ignored histogram in {} aggregation", subject.operation))
        }
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
            let (op, left, right) = (subject.operation, kind(*left_histogram), kind(*right_histogram));
            let text = format!(
                "incompatible sample types encountered for binary operator {}: {left} {op} {right}",
                quote(op)
            );
            (Info, text)
        }
        Note::IncompatibleLayouts => (
            Warning,
            format!("incompatible bucket layout encountered for binary operator {}", subject.operation),
        ),
    };
    Some((level, text.into()))
}

/// What is wrong with a metric as a counter, if anything.
fn not_a_counter(subject: &Subject<'_>) -> Option<String> {
    if subject.metric.is_empty() {
        return None;
    }
    let metric = quote(subject.metric);
    match subject.metric_type {
        Some("counter" | "histogram") => None,
        Some(other) => Some(format!(
            "metric might not be a counter, __type__ label is not set to \"counter\" or \"histogram\", got {}: {metric}",
            quote(other)
        )),
        None if ["_total", "_sum", "_count", "_bucket"].iter().any(|end| subject.metric.ends_with(end)) => {
            None
        }
        None => Some(format!(
            "metric might not be a counter, name does not end in _total/_sum/_count/_bucket: {metric}"
        )),
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

    const COUNTER: Subject<'_> =
        Subject { metric: "m", operation: "", metric_type: None, names: NameRemoval::Immediate };

    fn say(note: &Note, subject: &Subject<'_>) -> String {
        text(note, subject).map_or(String::new(), |(_, text)| text)
    }

    #[test]
    fn metrics_that_look_like_counters_are_not_remarked_on() {
        let about =
            |metric, metric_type| say(&Note::CounterOutput, &Subject { metric, metric_type, ..COUNTER });
        assert_eq!(
            about("m", None),
            r#"PromQL info: metric might not be a counter, name does not end in _total/_sum/_count/_bucket: "m""#
        );
        assert_eq!(about("m_total", None), "");
        assert_eq!(about("", None), "");
        assert_eq!(about("m", Some("histogram")), "");
        assert_eq!(
            about("m_total", Some("gauge")),
            "PromQL info: metric might not be a counter, __type__ label is not set to \"counter\" or \
             \"histogram\", got \"gauge\": \"m_total\""
        );
    }

    #[test]
    fn histogram_functions_name_the_metric_with_delayed_removal_only() {
        let note = Note::BadBucketLabel("x".into());
        let plain = r#"PromQL warning: bucket label "le" is missing or has a malformed value of "x""#;
        assert_eq!(say(&note, &COUNTER), plain);
        let delayed = Subject { names: NameRemoval::Delayed, ..COUNTER };
        assert_eq!(say(&note, &delayed), format!(r#"{plain} for metric name "m""#));
    }

    #[test]
    fn operations_have_names() {
        let with = |operation, note| say(note, &Subject { operation, ..COUNTER });
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
            say(&Note::InvalidQuantile(1e-9), &COUNTER),
            "PromQL warning: quantile value should be between 0 and 1, got 1e-09"
        );
        assert_eq!(
            say(&Note::InvalidRatio(-1.5), &COUNTER),
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
            say(&note, &COUNTER),
            "PromQL info: input to histogram_quantile needed to be fixed for monotonicity (see \
             https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile), from buckets 1 \
             to +Inf, with a max diff of 10, over 2 samples from 1970-01-01T00:50:00Z to 1970-01-01T00:51:00Z"
        );
    }
}
