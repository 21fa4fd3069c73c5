//! Histograms as unit tests write and compare them.

use crate::model::FloatHistogram;
use crate::model::histogram::{BucketSpan, ResetHint};
use crate::model::number::format_g;
use std::fmt::Write;

/// The literal of a histogram; two that differ only in empty buckets have the same.
pub(super) fn literal(h: &FloatHistogram) -> String {
    let mut parts = Vec::new();
    if h.schema != 0 {
        parts.push(format!("schema:{}", h.schema));
    }
    for (name, value) in
        [("count", h.count), ("sum", h.sum), ("z_bucket", h.zero_count), ("z_bucket_w", h.zero_threshold)]
    {
        if value != 0.0 {
            parts.push(format!("{name}:{}", format_g(value)));
        }
    }
    if h.uses_custom_buckets() {
        parts.push(format!("custom_values:{}", list(&h.layout.bounds)));
    }
    match h.hint {
        ResetHint::Unknown => {}
        ResetHint::Reset => parts.push("counter_reset_hint:reset".to_owned()),
        ResetHint::NotReset => parts.push("counter_reset_hint:not_reset".to_owned()),
        ResetHint::Gauge => parts.push("counter_reset_hint:gauge".to_owned()),
    }
    let mut rest = &h.buckets[..];
    for (prefix, spans) in [("", &h.layout.positive), ("n_", &h.layout.negative)] {
        let (offset, counts) = dense(spans, &mut rest);
        if offset != 0 {
            parts.push(format!("{prefix}offset:{offset}"));
        }
        if !counts.is_empty() {
            parts.push(format!("{prefix}buckets:{}", list(&counts)));
        }
    }
    format!("{{{{{}}}}}", parts.join(" "))
}

/// All buckets from the first to the last populated one, and the index of the first. Takes its counts from `rest`.
fn dense(spans: &[BucketSpan], rest: &mut &[f64]) -> (i64, Vec<f64>) {
    let (mut index, mut first) = (0i64, 0i64);
    let mut counts: Vec<f64> = Vec::new();
    let mut next = 0i64;
    for span in spans {
        index += i64::from(span.offset);
        for _ in 0..span.length {
            let Some((&count, more)) = rest.split_first() else { return (first, counts) };
            *rest = more;
            if count != 0.0 {
                if counts.is_empty() {
                    first = index;
                } else {
                    let gap = usize::try_from(index - next).unwrap_or(0).min(MOST_EMPTY);
                    counts.resize(counts.len() + gap, 0.0);
                }
                counts.push(count);
                next = index + 1;
            }
            index += 1;
        }
    }
    (first, counts)
}

/// Gaps are written out up to this length.
const MOST_EMPTY: usize = 1 << 16;

fn list(values: &[f64]) -> String {
    let mut out = "[".to_owned();
    for (nth, value) in values.iter().enumerate() {
        let space = if nth > 0 { " " } else { "" };
        let _ = write!(out, "{space}{}", format_g(*value));
    }
    out + "]"
}

#[cfg(test)]
mod tests {
    use super::literal;
    use crate::model::Sample;
    use crate::source::text::parse_series;

    #[test]
    fn literals_are_canonical() {
        for (text, canonical) in [
            ("{{}}", "{{}}"),
            ("{{count:2 sum:3 buckets:[2]}}", "{{count:2 sum:3 buckets:[2]}}"),
            ("{{buckets:[0 0 1 0 2 0]}}", "{{offset:2 buckets:[1 0 2]}}"),
            (
                "{{schema:1 sum:-0.3 n_offset:-5 n_buckets:[4.1 5]}}",
                "{{schema:1 sum:-0.3 n_offset:-5 n_buckets:[4.1 5]}}",
            ),
            (
                "{{counter_reset_hint:gauge z_bucket:1 z_bucket_w:0.5}}",
                "{{z_bucket:1 z_bucket_w:0.5 counter_reset_hint:gauge}}",
            ),
        ] {
            let series = parse_series(&format!("{{}} {text}")).unwrap();
            let Some(Sample::Histogram(h)) = series.items[0].as_ref().map(|item| item.sample.clone()) else {
                panic!("{text}")
            };
            assert_eq!(literal(&h), canonical);
        }
    }
}
