//! A line a sample, as promtool and the Go client print values.

use crate::answer::Value;
use promql::model::{Millis, number};
use std::io::{self, Write};

/// `up{job="api"} => 1 @[1435781430.781]`; range series have their samples below.
pub(crate) fn write(value: &Value, out: &mut dyn Write) -> io::Result<()> {
    match value {
        Value::String(_, text) => writeln!(out, "{text}"),
        Value::Scalar(time, value) => {
            writeln!(out, "scalar: {} @[{}]", number::format_plain(*value), seconds(*time))
        }
        Value::Vector(series) => series.iter().try_for_each(|series| {
            series.points.iter().try_for_each(|(time, sample)| {
                writeln!(out, "{} => {} @[{}]", series.labels, sample.text(), seconds(*time))
            })
        }),
        Value::Matrix(series) => series.iter().try_for_each(|series| {
            writeln!(out, "{} =>", series.labels)?;
            series
                .points
                .iter()
                .try_for_each(|(time, sample)| writeln!(out, "{} @[{}]", sample.text(), seconds(*time)))
        }),
    }
}

/// Seconds with as many digits as needed, unlike those of the API.
fn seconds(time: Millis) -> String {
    let text = crate::time::seconds(time);
    if text.contains('.') { text.trim_end_matches('0').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::{Sample, Series};
    use promql::model::Labels;

    #[test]
    fn lines_are_those_of_promtool() {
        let text = |value: &Value| {
            let mut out = Vec::new();
            write(value, &mut out).unwrap();
            String::from_utf8(out).unwrap()
        };
        let series = || {
            let labels = Labels::from_pairs([("__name__", "up"), ("job", "api")]);
            vec![Series { labels, points: vec![(1500, Sample::Float(1.0))] }]
        };
        assert_eq!(text(&Value::Vector(series())), "up{job=\"api\"} => 1 @[1.5]\n");
        assert_eq!(text(&Value::Matrix(series())), "up{job=\"api\"} =>\n1 @[1.5]\n");
        assert_eq!(text(&Value::Scalar(10_000, 2.5)), "scalar: 2.5 @[10]\n");
        assert_eq!(text(&Value::String(0, "hi".into())), "hi\n");
    }
}
