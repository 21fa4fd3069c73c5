//! Numbers, times and durations made from anything that holds a number.

use super::{Environment, text};
use crate::model;
use crate::model::number::{format_g, parse_float};
use crate::model::quote;
use crate::rules::template::time::Time;
use crate::rules::template::value::{IntType, Value};
use std::sync::Arc;

const NANOSECONDS: f64 = 1e9;

/// The number in a value.
pub(super) fn to_float(value: &Value) -> Result<f64, String> {
    match value.concrete() {
        Value::Float(value) => Ok(*value),
        Value::Int(value, IntType::Int | IntType::Int64) => Ok(*value as f64),
        Value::Int(value, IntType::Duration) => Ok(seconds(*value)),
        Value::String(text) => {
            let text = text.to_str();
            parse_float(&text).ok_or_else(|| {
                let why = if is_too_large(&text) { "value out of range" } else { "invalid syntax" };
                format!("strconv.ParseFloat: parsing {}: {why}", quote(&text))
            })
        }
        other => Err(format!("can't convert {} to float", other.type_name())),
    }
}

/// True for what is a number, but too large for a float.
fn is_too_large(text: &str) -> bool {
    let starts = text.trim_start_matches(['+', '-']).starts_with(|c: char| c.is_ascii_digit() || c == '.');
    // With a smaller exponent it would be one.
    let (mantissa, exponent) = text.split_once(['p', 'P']).unwrap_or((text, ""));
    let digits = exponent.trim_start_matches(['+', '-']);
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return parse_float(&format!("{mantissa}p0")).is_some();
    }
    starts && text.replace('_', "").parse::<f64>().is_ok_and(f64::is_infinite)
}

/// The seconds of a duration, as `time.Duration.Seconds` adds them up.
pub(super) fn seconds(nanoseconds: i64) -> f64 {
    let second = 1_000_000_000;
    (nanoseconds / second) as f64 + (nanoseconds % second) as f64 / NANOSECONDS
}

/// The time of a number of seconds since the epoch; none if that is no number.
pub(super) fn time_of(seconds: f64) -> Result<Option<Time>, String> {
    if !seconds.is_finite() {
        return Ok(None);
    }
    let nanoseconds = seconds * NANOSECONDS;
    let limit = 2_f64.powi(63);
    if nanoseconds > limit || nanoseconds < -limit {
        let seconds = format_g(seconds);
        return Err(format!(
            "{seconds} cannot be represented as a nanoseconds timestamp since it overflows int64"
        ));
    }
    // The one float that passes without fitting wraps around.
    let nanoseconds = if nanoseconds == limit { i64::MIN } else { nanoseconds as i64 };
    Ok(Some(Time::from_milliseconds(nanoseconds / 1_000_000)))
}

pub(super) fn to_time(_: &mut Environment<'_>, values: &[Value]) -> Result<Value, String> {
    let time = time_of(to_float(&values[0])?)?.ok_or("value is NaN or Inf")?;
    Ok(Value::Pointer(Arc::new(Value::Time(time))))
}

pub(super) fn to_duration(_: &mut Environment<'_>, values: &[Value]) -> Result<Value, String> {
    let nanoseconds = to_float(&values[0])? * NANOSECONDS;
    // What does not fit becomes the smallest duration, as on the machines that Prometheus runs on most.
    let fits = (-(2_f64.powi(63))..2_f64.powi(63)).contains(&nanoseconds);
    let nanoseconds = if fits { nanoseconds as i64 } else { i64::MIN };
    Ok(Value::Pointer(Arc::new(Value::Int(nanoseconds, IntType::Duration))))
}

pub(super) fn parse_duration(_: &mut Environment<'_>, values: &[Value]) -> Result<Value, String> {
    let text = text(&values[0]);
    let (sign, size) = match text.strip_prefix('-') {
        Some(size) => (-1.0, size),
        None => (1.0, &*text),
    };
    let milliseconds = model::parse_duration(size).map_err(|error| error.to_string())?;
    Ok(Value::Float(sign * ((milliseconds * 1_000_000) as f64 / NANOSECONDS)))
}
