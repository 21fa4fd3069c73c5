//! Numbers for people.

use super::Environment;
use super::convert::{time_of, to_float};
use super::time::printed_time;
use crate::rules::template::print::rounded;
use crate::rules::template::value::Value;

/// Digits that are shown.
const DIGITS: usize = 4;

const LARGE: [&str; 8] = ["k", "M", "G", "T", "P", "E", "Z", "Y"];
const LARGE_BINARY: [&str; 8] = ["ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"];
const SMALL: [&str; 8] = ["m", "u", "n", "p", "f", "a", "z", "y"];

fn number(value: f64) -> String {
    rounded(value, DIGITS)
}

/// Divides until the number is below the base, and says how often by a prefix.
fn shrunk(mut value: f64, base: f64, prefixes: [&'static str; 8]) -> String {
    let mut prefix = "";
    for next in prefixes {
        if value.abs() < base {
            break;
        }
        prefix = next;
        value /= base;
    }
    number(value) + prefix
}

/// Multiplies until the number is at least 1.
fn grown(mut value: f64) -> String {
    let mut prefix = "";
    for next in SMALL {
        if value.abs() >= 1.0 {
            break;
        }
        prefix = next;
        value *= 1000.0;
    }
    number(value) + prefix
}

pub(super) fn humanize(_: &mut Environment<'_>, values: &[Value]) -> Result<Value, String> {
    let value = to_float(&values[0])?;
    Ok(if value == 0.0 || !value.is_finite() {
        number(value)
    } else if value.abs() >= 1.0 {
        shrunk(value, 1000.0, LARGE)
    } else {
        grown(value)
    }
    .into())
}

pub(super) fn humanize1024(_: &mut Environment<'_>, values: &[Value]) -> Result<Value, String> {
    let value = to_float(&values[0])?;
    let is_plain = value.abs() <= 1.0 || !value.is_finite();
    Ok(if is_plain { number(value) } else { shrunk(value, 1024.0, LARGE_BINARY) }.into())
}

pub(super) fn humanize_percentage(_: &mut Environment<'_>, values: &[Value]) -> Result<Value, String> {
    Ok((number(to_float(&values[0])? * 100.0) + "%").into())
}

pub(super) fn humanize_duration(_: &mut Environment<'_>, values: &[Value]) -> Result<Value, String> {
    let value = to_float(&values[0])?;
    if !value.is_finite() {
        return Ok(number(value).into());
    }
    if value == 0.0 {
        return Ok((number(value) + "s").into());
    }
    if value.abs() < 1.0 {
        return Ok((grown(value) + "s").into());
    }
    let (sign, size) = (if value < 0.0 { "-" } else { "" }, value.abs());
    // A size that does not fit wraps around, and shows as a sum of negative parts.
    let whole = if size < 2_f64.powi(63) { size as i64 } else { i64::MIN };
    let (seconds, minutes, hours, days) = (whole % 60, whole / 60 % 60, whole / 3600 % 24, whole / 86_400);
    Ok(if days != 0 {
        format!("{sign}{days}d {hours}h {minutes}m {seconds}s")
    } else if hours != 0 {
        format!("{sign}{hours}h {minutes}m {seconds}s")
    } else if minutes != 0 {
        format!("{sign}{minutes}m {seconds}s")
    } else {
        format!("{sign}{}s", number(size))
    }
    .into())
}

pub(super) fn humanize_timestamp(_: &mut Environment<'_>, values: &[Value]) -> Result<Value, String> {
    let value = to_float(&values[0])?;
    Ok(match time_of(value)? {
        Some(time) => printed_time(time),
        None => number(value),
    }
    .into())
}
