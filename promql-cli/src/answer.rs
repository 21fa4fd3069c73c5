//! An answer as the output formats see it, whether it was computed here or by a server.

use promql::diagnostic::{Diagnostic, Severity};
use promql::model::{Labels, Millis, ValueType, number};
use promql::{QueryOutput, SampleRef};
use promql_grammar::Span;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::io;

/// An answer with what was said beside it.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The value.
    pub(crate) data: Data,
    /// Warnings and infos, placed in the query where possible.
    pub(crate) notes: Vec<Diagnostic>,
}

/// The value of an answer in the form it came in, so that JSON goes out as it is.
#[derive(Debug)]
pub(crate) enum Data {
    /// Computed here.
    Local(Box<QueryOutput>),
    /// The `data` member of a server's answer.
    Remote(Box<RawValue>),
}

/// The value of an answer in one form.
#[derive(Debug, PartialEq)]
pub(crate) enum Value {
    /// A text.
    String(Millis, String),
    /// A number.
    Scalar(Millis, f64),
    /// Series with one point each.
    Vector(Vec<Series>),
    /// Series with any number of points.
    Matrix(Vec<Series>),
}

/// A series of an answer.
#[derive(Debug, PartialEq)]
pub(crate) struct Series {
    /// Its labels.
    pub(crate) labels: Labels,
    /// Its points in time order.
    pub(crate) points: Vec<(Millis, Sample)>,
}

/// The value of a point.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Sample {
    /// A number.
    Float(f64),
    /// A histogram in Prometheus' text form.
    Histogram(String),
}

impl Sample {
    /// The value as Prometheus prints it.
    pub(crate) fn text(&self) -> String {
        match self {
            Sample::Float(value) => number::format_plain(*value),
            Sample::Histogram(text) => text.clone(),
        }
    }
}

impl Data {
    /// Writes the `data` member of Prometheus' HTTP API.
    pub(crate) fn write_json(&self, out: &mut dyn io::Write) -> io::Result<()> {
        match self {
            Data::Local(output) => output.write_json(out),
            Data::Remote(raw) => out.write_all(raw.get().as_bytes()),
        }
    }

    /// The value in one form.
    pub(crate) fn value(&self) -> Result<Value, String> {
        match self {
            Data::Local(output) => Ok(local_value(output)),
            Data::Remote(raw) => remote_value(raw.get()),
        }
    }
}

fn local_value(output: &QueryOutput) -> Value {
    let series = || output.series().map(Series::local).collect();
    match (output.string(), output.scalar(), output.value_type()) {
        (Some((time, text)), ..) => Value::String(time, text.to_owned()),
        (_, Some((time, value)), _) => Value::Scalar(time, value),
        (_, _, ValueType::Vector) => Value::Vector(series()),
        _ => Value::Matrix(series()),
    }
}

impl Series {
    fn local(series: promql::Series<'_>) -> Self {
        let sample = |sample: SampleRef<'_>| match sample {
            SampleRef::Float(value) => Sample::Float(value),
            SampleRef::Histogram(histogram) => Sample::Histogram(histogram.to_string()),
        };
        let points = series.samples().map(|(time, value)| (time, sample(value))).collect();
        Series { labels: series.labels().clone(), points }
    }
}

/// A warning or info of the engine or a server, `PromQL warning: text (1:5)`, placed in the query.
pub(crate) fn note(query: &str, severity: Severity, text: &str) -> Diagnostic {
    let text = ["PromQL warning: ", "PromQL info: "]
        .iter()
        .find_map(|prefix| text.strip_prefix(prefix))
        .unwrap_or(text);
    let (message, span) = match split_position(text) {
        Some((message, line, column)) => (message, word_at(query, line, column)),
        None => (text, None),
    };
    Diagnostic {
        code: "",
        severity,
        message: message.to_owned(),
        labels: span.map(|span| (span, String::new())).into_iter().collect(),
        help: None,
    }
}

/// Takes ` (line:column)` off the end of a text.
fn split_position(text: &str) -> Option<(&str, usize, usize)> {
    let (message, position) = text.strip_suffix(')')?.rsplit_once(" (")?;
    let (line, column) = position.split_once(':')?;
    Some((message, line.parse().ok()?, column.parse().ok()?))
}

/// The word that starts at a place of the query, or one character of it; `None` outside.
pub(crate) fn word_at(query: &str, line: usize, column: usize) -> Option<Span> {
    let lines = query.split_inclusive('\n');
    let before: usize = lines.take(line.checked_sub(1)?).map(str::len).sum();
    let start = before.checked_add(column.checked_sub(1)?)?;
    let rest = query.get(start..)?;
    let word = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')).unwrap_or(rest.len());
    let first = rest.chars().next().map_or(0, char::len_utf8);
    Some(Span::new(start, start + word.max(first)))
}

#[derive(Deserialize)]
#[serde(tag = "resultType", content = "result", rename_all = "lowercase")]
enum ApiData {
    String((f64, String)),
    Scalar((f64, String)),
    Vector(Vec<ApiSeries>),
    Matrix(Vec<ApiSeries>),
}

#[derive(Deserialize)]
struct ApiSeries {
    metric: std::collections::BTreeMap<String, String>,
    value: Option<(f64, String)>,
    histogram: Option<(f64, ApiHistogram)>,
    #[serde(default)]
    values: Vec<(f64, String)>,
    #[serde(default)]
    histograms: Vec<(f64, ApiHistogram)>,
}

#[derive(Deserialize)]
struct ApiHistogram {
    count: String,
    sum: String,
    #[serde(default)]
    buckets: Vec<(u8, String, String, String)>,
}

fn remote_value(data: &str) -> Result<Value, String> {
    let data = serde_json::from_str(data).map_err(|error| error.to_string())?;
    let series = |list: Vec<ApiSeries>| list.into_iter().map(ApiSeries::decode).collect::<Result<_, _>>();
    Ok(match data {
        ApiData::String((time, text)) => Value::String(millis(time), text),
        ApiData::Scalar((time, text)) => Value::Scalar(millis(time), float(&text)?),
        ApiData::Vector(list) => Value::Vector(series(list)?),
        ApiData::Matrix(list) => Value::Matrix(series(list)?),
    })
}

impl ApiSeries {
    fn decode(self) -> Result<Series, String> {
        let floats = self.value.into_iter().chain(self.values);
        let histograms = self.histogram.into_iter().chain(self.histograms);
        let mut points = floats
            .map(|(time, text)| Ok((millis(time), Sample::Float(float(&text)?))))
            .chain(
                histograms.map(|(time, histogram)| Ok((millis(time), Sample::Histogram(histogram.text())))),
            )
            .collect::<Result<Vec<_>, String>>()?;
        points.sort_by_key(|(time, _)| *time);
        Ok(Series { labels: Labels::from_pairs(self.metric), points })
    }
}

impl ApiHistogram {
    /// The text form of Prometheus: `{count:2, sum:3, (0.5,1]:2}`.
    fn text(&self) -> String {
        use std::fmt::Write;
        let short = |text: &str| number::parse_float(text).map_or_else(|| text.to_owned(), number::format_g);
        let mut out = format!("{{count:{}, sum:{}", short(&self.count), short(&self.sum));
        for (bounds, lower, upper, count) in &self.buckets {
            // 0: open left, 1: open right, 2: open both, 3: closed both.
            let left = if matches!(bounds, 1 | 3) { '[' } else { '(' };
            let right = if matches!(bounds, 0 | 3) { ']' } else { ')' };
            let [lower, upper, count] = [lower, upper, count].map(|text| short(text));
            let _ = write!(out, ", {left}{lower},{upper}{right}:{count}");
        }
        out.push('}');
        out
    }
}

/// API times are seconds with three digits; the nearest millisecond is the exact one.
fn millis(seconds: f64) -> Millis {
    #[expect(clippy::cast_possible_truncation, reason = "saturates")]
    let millis = (seconds * 1000.0).round() as Millis;
    millis
}

fn float(text: &str) -> Result<f64, String> {
    number::parse_float(text).ok_or_else(|| format!("{text:?} is no number"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn api_data_of_every_type_is_read() {
        let value = remote_value(r#"{"resultType":"scalar","result":[1.5,"2"]}"#);
        assert_eq!(value, Ok(Value::Scalar(1500, 2.0)));
        let value = remote_value(r#"{"resultType":"string","result":[0,"x"]}"#);
        assert_eq!(value, Ok(Value::String(0, "x".into())));
        let value =
            remote_value(r#"{"resultType":"vector","result":[{"metric":{"a":"b"},"value":[1.001,"3"]}]}"#);
        let labels = Labels::from_pairs([("a", "b")]);
        assert_eq!(
            value,
            Ok(Value::Vector(vec![Series { labels, points: vec![(1001, Sample::Float(3.0))] }]))
        );
        assert!(remote_value(r#"{"resultType":"vector","result":[{"metric":{},"value":[1,"x"]}]}"#).is_err());
        assert!(remote_value(r#"{"resultType":"cube","result":[]}"#).is_err());
    }

    #[test]
    fn api_histograms_take_the_form_of_prometheus() {
        let data = r#"{"resultType":"matrix","result":[{"metric":{},"histograms":[[1,{"count":"3","sum":"4","buckets":[[3,"-0.1","0.1","1"],[0,"0.5","1","2"]]}]]}]}"#;
        let Ok(Value::Matrix(series)) = remote_value(data) else { panic!("no matrix") };
        assert_eq!(series[0].points[0].1.text(), "{count:3, sum:4, [-0.1,0.1]:1, (0.5,1]:2}");
    }

    #[test]
    fn notes_find_their_place() {
        let found = note("rate(x[5m])", Severity::Info, "PromQL info: may be no counter: \"x\" (1:6)");
        assert_eq!(found.message, "may be no counter: \"x\"");
        assert_eq!(found.labels, [(Span::new(5, 6), String::new())]);
        assert_eq!(word_at("a +\n  foo", 2, 3), Some(Span::new(6, 9)));
        assert_eq!(word_at("é", 1, 2), None);
        assert_eq!(word_at("a", 9, 9), None);
    }
}
