//! The values that templates compute with, with the types that Go gives them.

use super::text::Text;
use super::time::Time;
use crate::model::histogram::BucketSpan;
use crate::model::{FloatHistogram, Labels, Sample};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A value. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) enum Value {
    /// No value at all: the dot of a template called without one.
    Invalid,
    /// A value behind an interface; none is a nil one. Shows only in messages.
    Any(Option<Arc<Value>>),
    Bool(bool),
    Int(i64, IntType),
    Float(f64),
    /// The real and the imaginary part.
    Complex(f64, f64),
    String(Text),
    /// What `safeHtml` returns: a string of another type.
    Html(Text),
    Labels(Labels),
    Args(Arc<Args>),
    /// A pointer to a sample of a query; none is a nil one.
    Sample(Option<Arc<Row>>),
    /// The sample itself.
    Row(Arc<Row>),
    /// What a query returns.
    Samples(Arc<[Arc<Row>]>),
    /// A pointer to a histogram.
    Histogram(Arc<FloatHistogram>),
    /// A list in a histogram.
    List(ListType, Arc<[Value]>),
    /// A run of buckets.
    Span(BucketSpan),
    Time(Time),
    /// A pointer to a time or a duration.
    Pointer(Arc<Value>),
    /// The dot of an alert.
    Data(Arc<Root>),
}

/// The types of integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum IntType {
    Int,
    Int32,
    Int64,
    Uint8,
    Uint32,
    ResetHint,
    Duration,
    Month,
    Weekday,
}

impl IntType {
    fn name(self) -> &'static str {
        match self {
            IntType::Int => "int",
            IntType::Int32 => "int32",
            IntType::Int64 => "int64",
            IntType::Uint8 => "uint8",
            IntType::Uint32 => "uint32",
            IntType::ResetHint => "histogram.CounterResetHint",
            IntType::Duration => "time.Duration",
            IntType::Month => "time.Month",
            IntType::Weekday => "time.Weekday",
        }
    }

    /// True if it has no sign.
    pub(super) fn is_unsigned(self) -> bool {
        matches!(self, IntType::Uint8 | IntType::Uint32 | IntType::ResetHint)
    }
}

/// The types of lists in histograms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ListType {
    Floats,
    Spans,
}

/// What `args` returns.
#[derive(Debug, Default)]
pub(super) struct Args {
    pub(super) values: BTreeMap<Text, Value>,
    /// How deep `args` nest in it.
    pub(super) depth: usize,
}

/// A sample of a query.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) labels: Labels,
    pub(super) value: Value,
}

/// The data of an alert.
#[derive(Debug)]
pub(super) struct Root {
    pub(super) labels: Labels,
    pub(super) external_labels: Labels,
    pub(super) external_url: Text,
    pub(super) value: Value,
}

impl From<&Sample> for Value {
    fn from(sample: &Sample) -> Self {
        match sample {
            Sample::Float(value) => Value::Float(*value),
            Sample::Histogram(histogram) => Value::Histogram(Arc::new(histogram.clone())),
        }
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Value::Bool(value)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::String(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::String(text.into())
    }
}

impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Self {
        Value::String(bytes.into())
    }
}

impl Value {
    pub(super) fn int(value: usize) -> Self {
        Value::Int(i64::try_from(value).unwrap_or(i64::MAX), IntType::Int)
    }

    pub(super) fn any(value: Value) -> Self {
        match value {
            Value::Invalid => Value::Any(None),
            Value::Any(_) => value,
            value => Value::Any(Some(Arc::new(value))),
        }
    }

    /// The value behind an interface.
    pub(super) fn concrete(&self) -> &Value {
        match self {
            Value::Any(None) => &Value::Invalid,
            Value::Any(Some(value)) => value,
            value => value,
        }
    }

    /// The value behind interfaces and pointers; none if one of them is nil.
    pub(super) fn indirect(&self) -> Option<Value> {
        match self {
            Value::Any(None) | Value::Sample(None) => None,
            Value::Any(Some(value)) | Value::Pointer(value) => value.indirect(),
            Value::Sample(Some(row)) => Some(Value::Row(row.clone())),
            value => Some(value.clone()),
        }
    }

    /// True unless the value is empty, zero or nil.
    pub(super) fn is_true(&self) -> bool {
        match self.concrete() {
            Value::Invalid | Value::Any(None) | Value::Sample(None) => false,
            Value::Bool(value) => *value,
            Value::Int(value, _) => *value != 0,
            Value::Float(value) => *value != 0.0,
            Value::Complex(real, imaginary) => *real != 0.0 || *imaginary != 0.0,
            Value::String(text) | Value::Html(text) => !text.is_empty(),
            Value::Labels(labels) => !labels.is_empty(),
            Value::Args(args) => !args.values.is_empty(),
            Value::Samples(samples) => !samples.is_empty(),
            Value::List(_, items) => !items.is_empty(),
            Value::Any(_)
            | Value::Sample(_)
            | Value::Row(_)
            | Value::Histogram(_)
            | Value::Span(_)
            | Value::Time(_)
            | Value::Pointer(_)
            | Value::Data(_) => true,
        }
    }

    /// The type as Go names it.
    pub(super) fn type_name(&self) -> &'static str {
        match self {
            Value::Invalid => "<nil>",
            Value::Any(_) => "interface {}",
            Value::Bool(_) => "bool",
            Value::Int(_, kind) => kind.name(),
            Value::Float(_) => "float64",
            Value::Complex(..) => "complex128",
            Value::String(_) => "string",
            Value::Html(_) => "template.HTML",
            Value::Labels(_) => "map[string]string",
            Value::Args(_) => "map[string]interface {}",
            Value::Sample(_) => "*template.sample",
            Value::Row(_) => "template.sample",
            Value::Samples(_) => "template.queryResult",
            Value::Histogram(_) => "*histogram.FloatHistogram",
            Value::List(ListType::Floats, _) => "[]float64",
            Value::List(ListType::Spans, _) => "[]histogram.Span",
            Value::Span(_) => "histogram.Span",
            Value::Time(_) => "time.Time",
            Value::Pointer(to) => match **to {
                Value::Int(..) => "*time.Duration",
                _ => "*time.Time",
            },
            Value::Data(_) => {
                "struct { Labels map[string]string; ExternalLabels map[string]string; ExternalURL string; Value interface {} }"
            }
        }
    }
}
