//! Answers of Prometheus' HTTP API to queries, as they come from a server or were saved.
//!
//! Both the whole answer and its `data` member alone are read. Printed histograms do not tell everything about those
//! they were made from: [`FloatHistogram::from_buckets`] says what comes back.

use super::{FormatError, ParsedSeries};
use crate::model::histogram::Bucket;
use crate::model::number::parse_float;
use crate::model::{FloatHistogram, Labels, Millis, ValueType};
use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// An answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ApiAnswer {
    /// The result; none of a failed query.
    pub result: Option<ApiResult>,
    /// Warnings.
    pub warnings: Vec<String>,
    /// Infos.
    pub infos: Vec<String>,
    /// What went wrong.
    pub error: Option<ApiError>,
}

/// The result of a query.
#[derive(Clone, Debug, PartialEq)]
pub enum ApiResult {
    /// A number at a time.
    Scalar(Millis, f64),
    /// A text at a time.
    String(Millis, String),
    /// Series with one sample each.
    Vector(Vec<ParsedSeries>),
    /// Series.
    Matrix(Vec<ParsedSeries>),
}

impl ApiResult {
    /// The type.
    #[must_use]
    pub fn value_type(&self) -> ValueType {
        match self {
            ApiResult::Scalar(..) => ValueType::Scalar,
            ApiResult::String(..) => ValueType::String,
            ApiResult::Vector(_) => ValueType::Vector,
            ApiResult::Matrix(_) => ValueType::Matrix,
        }
    }

    /// The series of a vector or matrix; a scalar or string has none.
    #[must_use]
    pub fn into_series(self) -> Vec<ParsedSeries> {
        match self {
            ApiResult::Vector(series) | ApiResult::Matrix(series) => series,
            ApiResult::Scalar(..) | ApiResult::String(..) => Vec::new(),
        }
    }
}

/// An error told by a server.
#[derive(Clone, Debug, Default, PartialEq, Eq, thiserror::Error)]
#[error("{kind}: {message}")]
pub struct ApiError {
    /// `bad_data`, `execution`, `timeout`, …
    pub kind: String,
    /// The text.
    pub message: String,
}

/// Reads an answer.
///
/// ```
/// use promql::source::api_json::parse_answer;
/// let text = br#"{"resultType":"vector","result":[{"metric":{"a":"b"},"value":[1.5,"2"]}]}"#;
/// let series = parse_answer(text).unwrap().result.unwrap().into_series();
/// assert_eq!((series[0].times[0], series[0].values[0]), (1500, 2.0));
/// ```
///
/// # Errors
/// If this is no JSON, or not that of a query's answer.
pub fn parse_answer(text: &[u8]) -> Result<ApiAnswer, FormatError> {
    let whole: Whole<'_> = serde_json::from_slice(text).map_err(|error| located(&error))?;
    whole.answer().map_err(|message| FormatError { line: 1, column: 1, message })
}

fn located(error: &serde_json::Error) -> FormatError {
    let text = error.to_string();
    // The place is part of the text.
    let message = text.rsplit_once(" at line ").map_or(text.as_str(), |(message, _)| message).to_owned();
    FormatError { line: error.line().max(1), column: error.column().max(1), message }
}

#[derive(Deserialize)]
#[serde(expecting = "the answer to a query, an object")]
struct Whole<'a> {
    status: Option<String>,
    #[serde(borrow)]
    data: Option<Data<'a>>,
    #[serde(rename = "errorType")]
    error_type: Option<String>,
    error: Option<String>,
    warnings: Option<Vec<String>>,
    infos: Option<Vec<String>>,
    // The members of `data`, where that was saved alone.
    #[serde(rename = "resultType")]
    result_type: Option<String>,
    #[serde(borrow)]
    result: Option<Items<'a>>,
}

#[derive(Deserialize)]
#[serde(expecting = "the data of a query's answer, an object with resultType and result")]
struct Data<'a> {
    #[serde(rename = "resultType")]
    result_type: Option<String>,
    #[serde(borrow)]
    result: Option<Items<'a>>,
}

impl Whole<'_> {
    fn answer(self) -> Result<ApiAnswer, String> {
        let error = self.error.map(|message| ApiError { kind: self.error_type.unwrap_or_default(), message });
        let alone = Data { result_type: self.result_type, result: self.result };
        let result = match self.data.unwrap_or(alone) {
            Data { result: Some(items), result_type } => Some(items.result(result_type.as_deref())?),
            Data { result: None, .. } if error.is_some() => None,
            Data { result: None, .. } => {
                let what =
                    if self.status.is_some() { "`data` with a `result`" } else { "`status` or `result`" };
                return Err(format!("this is not the answer to a query: there is no {what}"));
            }
        };
        Ok(ApiAnswer {
            result,
            warnings: self.warnings.unwrap_or_default(),
            infos: self.infos.unwrap_or_default(),
            error,
        })
    }
}

/// The member `result`, read before its type is known: series, or a time and a text.
enum Items<'a> {
    Series { series: Vec<ParsedSeries>, ranges: bool },
    Pair(Millis, Cow<'a, str>),
}

impl Items<'_> {
    fn result(self, result_type: Option<&str>) -> Result<ApiResult, String> {
        let scalar = |time, text: &str| match parse_float(text) {
            Some(value) => Ok(ApiResult::Scalar(time, value)),
            None => Err(format!("expected a number, found `{text}`")),
        };
        match (self, result_type) {
            (Items::Series { series, .. }, Some("vector")) => Ok(ApiResult::Vector(series)),
            (Items::Series { series, .. }, Some("matrix")) => Ok(ApiResult::Matrix(series)),
            (Items::Series { series, ranges: true }, None) => Ok(ApiResult::Matrix(series)),
            (Items::Series { series, ranges: false }, None) => Ok(ApiResult::Vector(series)),
            (Items::Pair(time, text), Some("string")) => Ok(ApiResult::String(time, text.into_owned())),
            (Items::Pair(time, text), Some("scalar") | None) => scalar(time, &text),
            (_, Some(other)) => Err(format!("the result does not fit the result type `{other}`")),
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Items<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ItemsVisitor;
        impl<'de> Visitor<'de> for ItemsVisitor {
            type Value = Items<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of series, or a time and a value")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let (mut all, mut any_ranges, mut time) = (Vec::new(), false, None);
                while let Some(item) = seq.next_element::<Item<'de>>()? {
                    match (item, time) {
                        (Item::Series(series, ranges), None) => {
                            all.push(*series);
                            any_ranges |= ranges;
                        }
                        (Item::Time(first), None) if all.is_empty() => time = Some(first),
                        (Item::Text(text), Some(time)) => {
                            return match seq.next_element::<serde::de::IgnoredAny>()? {
                                None => Ok(Items::Pair(time, text)),
                                Some(_) => Err(A::Error::custom("expected `]` behind a time and a value")),
                            };
                        }
                        _ => {
                            return Err(A::Error::custom("expected a list of series, or a time and a value"));
                        }
                    }
                }
                match time {
                    None => Ok(Items::Series { series: all, ranges: any_ranges }),
                    Some(_) => Err(A::Error::custom("a value is missing behind the time")),
                }
            }
        }
        deserializer.deserialize_seq(ItemsVisitor)
    }
}

enum Item<'a> {
    Series(Box<ParsedSeries>, bool),
    Time(Millis),
    Text(Cow<'a, str>),
}

impl<'de: 'a, 'a> Deserialize<'de> for Item<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ItemVisitor;
        impl<'de> Visitor<'de> for ItemVisitor {
            type Value = Item<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a series, an object")
            }

            fn visit_f64<E>(self, seconds: f64) -> Result<Self::Value, E> {
                Ok(Item::Time(millis(seconds)))
            }

            fn visit_i64<E>(self, seconds: i64) -> Result<Self::Value, E> {
                Ok(Item::Time(millis(seconds as f64)))
            }

            fn visit_u64<E>(self, seconds: u64) -> Result<Self::Value, E> {
                Ok(Item::Time(millis(seconds as f64)))
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Item::Text(text.into()))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Item::Text(text.to_owned().into()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                let series = Series::deserialize(serde::de::value::MapAccessDeserializer::new(map))?;
                let ranges = series.values.is_some() || series.histograms.is_some();
                let floats = series.value.into_iter().chain(series.values.into_iter().flatten());
                let (times, values) = floats.map(|Sample(Time(time), Number(value))| (time, value)).unzip();
                let histograms = series.histogram.into_iter().chain(series.histograms.into_iter().flatten());
                let histograms = histograms.map(|Sample(Time(time), Printed(value))| (time, value)).collect();
                let parsed = ParsedSeries { labels: series.metric.0, times, values, histograms };
                let ascending = parsed.times.is_sorted_by(|a, b| a < b)
                    && parsed.histograms.is_sorted_by(|(a, _), (b, _)| a < b);
                if !ascending {
                    let labels = &parsed.labels;
                    return Err(A::Error::custom(format!("the samples of {labels} do not ascend in time")));
                }
                Ok(Item::Series(Box::new(parsed), ranges))
            }
        }
        deserializer.deserialize_any(ItemVisitor)
    }
}

#[derive(Deserialize)]
struct Series {
    metric: Metric,
    value: Option<Sample<Number>>,
    values: Option<Vec<Sample<Number>>>,
    histogram: Option<Sample<Printed>>,
    histograms: Option<Vec<Sample<Printed>>>,
}

/// A time and a value.
#[derive(Deserialize)]
#[serde(expecting = "a time and a value")]
struct Sample<T>(Time, T);

struct Metric(Labels);

impl<'de> Deserialize<'de> for Metric {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MetricVisitor;
        impl<'de> Visitor<'de> for MetricVisitor {
            type Value = Metric;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("labels, an object of texts")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry::<Text<'de>, Text<'de>>()? {
                    pairs.push((pair.0.0, pair.1.0));
                }
                Ok(Metric(Labels::from_pairs(pairs)))
            }
        }
        deserializer.deserialize_map(MetricVisitor)
    }
}

#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// Seconds in JSON.
struct Time(Millis);

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        f64::deserialize(deserializer).map(|seconds| Time(millis(seconds)))
    }
}

/// The nearest millisecond; casting saturates.
fn millis(seconds: f64) -> Millis {
    (seconds * 1000.0).round() as Millis
}

/// A number in quotes.
struct Number(f64);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NumberVisitor;
        impl Visitor<'_> for NumberVisitor {
            type Value = Number;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number in quotes")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                let error = || E::custom(format!("expected a number, found `{text}`"));
                parse_float(text).map(Number).ok_or_else(error)
            }
        }
        deserializer.deserialize_str(NumberVisitor)
    }
}

/// A printed histogram.
struct Printed(FloatHistogram);

#[derive(Deserialize)]
struct Parts {
    count: Number,
    sum: Number,
    #[serde(default)]
    buckets: Vec<(u8, Number, Number, Number)>,
}

impl<'de> Deserialize<'de> for Printed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let parts = Parts::deserialize(deserializer)?;
        let bucket = |(code, lower, upper, count): &(u8, Number, Number, Number)| Bucket {
            lower: lower.0,
            upper: upper.0,
            lower_inclusive: matches!(code, 1 | 3),
            upper_inclusive: matches!(code, 0 | 3),
            count: count.0,
        };
        let buckets: Vec<Bucket> = parts.buckets.iter().map(bucket).collect();
        FloatHistogram::from_buckets(parts.count.0, parts.sum.0, &buckets)
            .map(Printed)
            .map_err(|error| D::Error::custom(format!("histogram cannot be read back: {error}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(text: &str) -> ApiAnswer {
        parse_answer(text.as_bytes()).unwrap_or_else(|error| panic!("{error}: {text}"))
    }

    #[track_caller]
    fn check_error(text: &str, error: &str) {
        assert_eq!(parse_answer(text.as_bytes()).unwrap_err().to_string(), error);
    }

    #[test]
    fn the_four_types() {
        let result = |text: &str| answer(text).result.unwrap();
        assert_eq!(result(r#"{"resultType":"scalar","result":[1.5,"2"]}"#), ApiResult::Scalar(1500, 2.0));
        let string = r#"{"status":"success","data":{"result":[1,"a\nb"],"resultType":"string"}}"#;
        assert_eq!(result(string), ApiResult::String(1000, "a\nb".to_owned()));
        let vector = r#"{"resultType":"vector","result":[{"metric":{"__name__":"up","a":"\""},"value":[1795500465.618,"+Inf"]}]}"#;
        let ApiResult::Vector(series) = result(vector) else { panic!() };
        assert_eq!(series[0].labels.to_string(), r#"up{a="\""}"#);
        assert_eq!((series[0].times[0], series[0].values[0]), (1_795_500_465_618, f64::INFINITY));
        let matrix =
            r#"{"resultType":"matrix","result":[{"metric":{},"values":[[1,"1"],[2,"NaN"]]}],"more":{}}"#;
        let result = result(matrix);
        assert_eq!(result.value_type(), ValueType::Matrix);
        assert_eq!(result.into_series()[0].times, [1000, 2000]);
        assert_eq!(answer(r#"{"result":[]}"#).result, Some(ApiResult::Vector(Vec::new())));
    }

    #[test]
    fn warnings_infos_and_errors() {
        let failed = answer(
            r#"{"status":"error","errorType":"bad_data","error":"no","warnings":["w"],"infos":["i"]}"#,
        );
        assert_eq!(failed.error.unwrap().to_string(), "bad_data: no");
        assert_eq!((failed.warnings.len(), failed.infos.len(), failed.result), (1, 1, None));
    }

    #[test]
    fn histograms_come_back() {
        let text = r#"{"resultType":"vector","result":[{"metric":{},"histogram":[1,{"count":"7","sum":"3.5","buckets":
            [[1,"-2","-1","1"],[3,"-0.001","0.001","2"],[0,"0.5","1","4"]]}]}]}"#;
        let series = answer(text).result.unwrap().into_series();
        let (time, histogram) = &series[0].histograms[0];
        assert_eq!((*time, histogram.schema, histogram.count, histogram.zero_count), (1000, 0, 7.0, 2.0));
        assert_eq!(histogram.buckets().map(|bucket| bucket.count).collect::<Vec<_>>(), [1.0, 2.0, 4.0]);
    }

    #[test]
    fn errors_say_what_and_where() {
        check_error("", "line 1, column 1: EOF while parsing a value");
        check_error(
            "{}",
            "line 1, column 1: this is not the answer to a query: there is no `status` or `result`",
        );
        let labels = r#"{"status":"success","data":["a"]}"#;
        assert!(parse_answer(labels.as_bytes()).is_err());
        let vector = |value: &str| {
            format!(r#"{{"resultType":"vector","result":[{{"metric":{{}},"value":{value}}}]}}"#)
        };
        assert!(parse_answer(vector(r#"[1,"x"]"#).as_bytes()).unwrap_err().message.contains("found `x`"));
        assert!(parse_answer(vector("[1,2]").as_bytes()).unwrap_err().message.contains("a number in quotes"));
        let matrix = r#"{"resultType":"matrix","result":[{"metric":{"a":"b"},"values":[[2,"1"],[1,"1"]]}]}"#;
        let message = parse_answer(matrix.as_bytes()).unwrap_err().message;
        assert_eq!(message, r#"the samples of {a="b"} do not ascend in time"#);
        check_error(
            r#"{"resultType":"scalar","result":[]}"#,
            "line 1, column 1: the result does not fit the result type `scalar`",
        );
    }

    #[test]
    fn recorded_answers_are_read() {
        let shared = std::env::var("PROMQL_SHARED").unwrap_or_else(|_| "../../shared".to_owned());
        let path = format!("{shared}/data/selfscrape/recorded.jsonl");
        let Ok(text) = std::fs::read_to_string(&path) else {
            println!("skipped: {path} is not there");
            return;
        };
        let mut histograms = 0;
        for line in text.lines() {
            #[derive(Deserialize)]
            struct Line<'a> {
                path: &'a str,
                response: serde_json::Value,
            }
            let line: Line<'_> = serde_json::from_str(line).unwrap();
            let is_query = ["/api/v1/query", "/api/v1/query_range"].contains(&line.path);
            if !is_query || line.response.is_string() {
                continue;
            }
            let response = line.response.to_string();
            let answer = answer(&response);
            assert_eq!(answer.result.is_some(), line.response["status"] == "success");
            let series = answer.result.map_or_else(Vec::new, ApiResult::into_series);
            histograms += series.iter().map(|series| series.histograms.len()).sum::<usize>();
        }
        assert!(histograms > 20, "{histograms}");
    }
}
