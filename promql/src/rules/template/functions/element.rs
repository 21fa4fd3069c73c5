//! Parts of values: `index`, `slice`, `len`.

use super::Environment;
use crate::rules::template::text::Text;
use crate::rules::template::value::{IntType, Value};

pub(super) fn len(_: &mut Environment<'_>, values: &[Value]) -> Result<Value, String> {
    if let Value::Invalid = values[0] {
        return Err("reflect: call of reflect.Value.Type on zero Value".into());
    }
    match values[0].indirect().ok_or("len of nil pointer")? {
        Value::String(text) | Value::Html(text) => Ok(Value::int(text.len())),
        Value::Labels(labels) => Ok(Value::int(labels.len())),
        Value::Args(args) => Ok(Value::int(args.values.len())),
        Value::Samples(samples) => Ok(Value::int(samples.len())),
        Value::List(_, items) => Ok(Value::int(items.len())),
        other => Err(format!("len of type {}", inner_type(&other))),
    }
}

pub(super) fn index(_: &mut Environment<'_>, values: &[Value]) -> Result<Value, String> {
    let mut item = values[0].concrete().clone();
    if let Value::Invalid = item {
        return Err("index of untyped nil".into());
    }
    for index in &values[1..] {
        let index = index.concrete();
        item = match item.indirect().ok_or("index of nil pointer")? {
            Value::String(text) | Value::Html(text) => {
                let at = position(index, text.len())?;
                let byte = text.get(at).ok_or("reflect: string index out of range")?;
                Value::Int((*byte).into(), IntType::Uint8)
            }
            Value::Samples(samples) => {
                let at = position(index, samples.len())?;
                Value::Sample(Some(samples.get(at).ok_or("reflect: slice index out of range")?.clone()))
            }
            Value::List(_, items) => {
                let at = position(index, items.len())?;
                items.get(at).ok_or("reflect: slice index out of range")?.clone()
            }
            Value::Labels(labels) => labels.get(&key(index)?.to_str()).into(),
            Value::Args(args) => Value::any(args.values.get(&key(index)?).cloned().unwrap_or(Value::Invalid)),
            other => return Err(format!("can't index item of type {}", inner_type(&other))),
        };
    }
    Ok(item)
}

pub(super) fn slice(_: &mut Environment<'_>, values: &[Value]) -> Result<Value, String> {
    let indexes = &values[1..];
    let item = values[0].concrete();
    if let Value::Invalid = item {
        return Err("slice of untyped nil".into());
    }
    let item = item.indirect().ok_or("slice of nil pointer")?;
    if indexes.len() > 3 {
        return Err(format!("too many slice indexes: {}", indexes.len()));
    }
    let len = match &item {
        Value::String(_) | Value::Html(_) if indexes.len() == 3 => {
            return Err("cannot 3-index slice a string".into());
        }
        Value::String(text) | Value::Html(text) => text.len(),
        Value::Samples(samples) => samples.len(),
        Value::List(_, items) => items.len(),
        other => return Err(format!("can't slice item of type {}", inner_type(other))),
    };
    let mut bounds = [0, len, len];
    for (bound, index) in bounds.iter_mut().zip(indexes) {
        *bound = position(index, len)?;
    }
    for pair in bounds.windows(2) {
        if pair[0] > pair[1] {
            return Err(format!("invalid slice index: {} > {}", pair[0], pair[1]));
        }
    }
    let range = bounds[0]..bounds[1];
    Ok(match item {
        Value::String(text) => Value::String(Text::from(&text[range])),
        Value::Html(text) => Value::Html(Text::from(&text[range])),
        Value::Samples(samples) => Value::Samples(samples[range].into()),
        Value::List(kind, items) => Value::List(kind, items[range].into()),
        other => other,
    })
}

/// The type of what a pointer points to: structs behind pointers have types of their own.
fn inner_type(value: &Value) -> &'static str {
    match value {
        Value::Histogram(_) => "histogram.FloatHistogram",
        other => other.type_name(),
    }
}

/// A place in a string or a list. Unlike `index`, `slice` does not look behind interfaces.
fn position(index: &Value, len: usize) -> Result<usize, String> {
    match index {
        Value::Int(at, _) => match usize::try_from(*at) {
            Ok(at) if at <= len => Ok(at),
            _ => Err(format!("index out of range: {at}")),
        },
        Value::Invalid => Err("cannot index slice/array with nil".into()),
        other => Err(format!("cannot index slice/array with type {}", other.type_name())),
    }
}

fn key(index: &Value) -> Result<Text, String> {
    match index {
        Value::String(text) => Ok(text.clone()),
        Value::Invalid => Err("value is nil; should be of type string".into()),
        other => Err(format!("value has type {}; should be string", other.type_name())),
    }
}
