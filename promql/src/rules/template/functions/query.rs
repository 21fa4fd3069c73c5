//! Queries, their samples, and what the alert and its server are.

use super::{Environment, string, text};
use crate::rules::template::text::Text;
use crate::rules::template::value::{Args, Row, Value};
use std::sync::Arc;

/// What a query costs in steps.
const QUERY_STEPS: usize = 100;
/// How deep `args` may nest.
const MAX_ARGS_DEPTH: usize = 50;
/// What Go says where the receiver of a call is nil.
const NIL: &str = "runtime error: invalid memory address or nil pointer dereference";

pub(super) fn query(environment: &mut Environment<'_>, values: &[Value]) -> Result<Value, String> {
    environment.budget.spend(QUERY_STEPS)?;
    let samples = (environment.data.query)(&text(&values[0]))?;
    let rows = samples
        .iter()
        .map(|(labels, sample)| Arc::new(Row { labels: labels.clone(), value: Value::from(sample) }));
    Ok(Value::Samples(rows.collect()))
}

pub(super) fn first(_: &mut Environment<'_>, values: &[Value]) -> Result<Value, String> {
    match &values[0] {
        Value::Samples(samples) if !samples.is_empty() => Ok(Value::Sample(Some(samples[0].clone()))),
        _ => Err("first() called on vector with no elements".into()),
    }
}

fn row(value: &Value) -> Result<&Row, String> {
    match value {
        Value::Sample(Some(row)) => Ok(row),
        _ => Err(NIL.into()),
    }
}

pub(super) fn label(_: &mut Environment<'_>, values: &[Value]) -> Result<Value, String> {
    Ok(row(&values[1])?.labels.get(&text(&values[0])).into())
}

pub(super) fn strvalue(_: &mut Environment<'_>, values: &[Value]) -> Result<Value, String> {
    Ok(row(&values[0])?.labels.get("__value__").into())
}

pub(super) fn value(_: &mut Environment<'_>, values: &[Value]) -> Result<Value, String> {
    Ok(Value::any(row(&values[0])?.value.clone()))
}

pub(super) fn sort_by_label(_: &mut Environment<'_>, values: &[Value]) -> Result<Value, String> {
    let label = text(&values[0]);
    let Value::Samples(samples) = &values[1] else { return Err(NIL.into()) };
    let mut sorted = samples.to_vec();
    sorted.sort_by_cached_key(|row| Text::from(row.labels.get(&label)));
    Ok(Value::Samples(sorted.into()))
}

pub(super) fn args(_: &mut Environment<'_>, values: &[Value]) -> Result<Value, String> {
    let mut args = Args::default();
    for (index, value) in values.iter().enumerate() {
        let value = value.concrete().clone();
        if let Value::Args(inner) = &value {
            args.depth = args.depth.max(inner.depth + 1);
        }
        args.values.insert(format!("arg{index}").into(), value);
    }
    if args.depth > MAX_ARGS_DEPTH {
        return Err(format!("args nest deeper than {MAX_ARGS_DEPTH}"));
    }
    Ok(Value::Args(Arc::new(args)))
}

pub(super) fn now(environment: &mut Environment<'_>, _: &[Value]) -> Result<Value, String> {
    Ok(Value::Float(environment.data.time as f64 / 1000.0))
}

pub(super) fn external_url(environment: &mut Environment<'_>, _: &[Value]) -> Result<Value, String> {
    Ok(environment.data.server_url.ok_or(NIL)?.into())
}

/// The path of the URL.
pub(super) fn path_prefix(environment: &mut Environment<'_>, _: &[Value]) -> Result<Value, String> {
    let url = environment.data.server_url.ok_or(NIL)?;
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let rest = &rest[..rest.find(['?', '#']).unwrap_or(rest.len())];
    let path = rest.find('/').map_or("", |slash| &rest[slash..]);
    Ok(Value::String(unescaped(path)))
}

/// The text with `%41` for `A` undone.
fn unescaped(path: &str) -> Text {
    let mut bytes = Vec::with_capacity(path.len());
    let source = Value::from(path);
    let mut rest = string(&source);
    while let Some((&byte, tail)) = rest.split_first() {
        let code = tail.get(..2).filter(|_| byte == b'%').and_then(|digits| std::str::from_utf8(digits).ok());
        match code.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(code) => {
                bytes.push(code);
                rest = &tail[2..];
            }
            None => {
                bytes.push(byte);
                rest = tail;
            }
        }
    }
    bytes.into()
}
