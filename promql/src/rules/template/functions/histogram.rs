//! Fields and methods of histograms.

use super::time::string;
use super::{Function, call};
use crate::model::FloatHistogram;
use crate::model::histogram::BucketSpan;
use crate::rules::template::value::{IntType, ListType, Value};

/// Methods; those that change a histogram or take another one are missing.
pub(in super::super) static METHODS: &[Function] = &[
    call("String", &[], string),
    call("UsesCustomBuckets", &[], |_, values| {
        let custom = matches!(&values[0], Value::Histogram(histogram) if histogram.uses_custom_buckets());
        Ok(custom.into())
    }),
];

/// The fields in their order.
pub(in super::super) fn fields(histogram: &FloatHistogram) -> [(&'static str, Value); 11] {
    let layout = &histogram.layout;
    [
        ("CounterResetHint", Value::Int(histogram.hint as i64, IntType::ResetHint)),
        ("Schema", Value::Int(histogram.schema.into(), IntType::Int32)),
        ("ZeroThreshold", Value::Float(histogram.zero_threshold)),
        ("ZeroCount", Value::Float(histogram.zero_count)),
        ("Count", Value::Float(histogram.count)),
        ("Sum", Value::Float(histogram.sum)),
        ("PositiveSpans", spans(&layout.positive)),
        ("NegativeSpans", spans(&layout.negative)),
        ("PositiveBuckets", floats(histogram.positive_counts())),
        ("NegativeBuckets", floats(histogram.negative_counts())),
        ("CustomValues", floats(&layout.bounds)),
    ]
}

fn floats(numbers: &[f64]) -> Value {
    Value::List(ListType::Floats, numbers.iter().map(|number| Value::Float(*number)).collect())
}

fn spans(spans: &[BucketSpan]) -> Value {
    Value::List(ListType::Spans, spans.iter().map(|span| Value::Span(*span)).collect())
}
