//! Strings: cases, patterns, links.

use super::escape::query_escape;
use super::{Environment, string, text};
use crate::model::{Regex, quote};
use crate::rules::template::limit::MAX_SIZE;
use crate::rules::template::value::Value;

/// What a pattern costs in steps, and what each of its bytes costs.
const PATTERN_STEPS: usize = 100;

pub(super) fn safe_html(_: &mut Environment<'_>, values: &[Value]) -> Result<Value, String> {
    match &values[0] {
        Value::String(text) => Ok(Value::Html(text.clone())),
        other => Ok(other.clone()),
    }
}

pub(super) fn to_upper(_: &mut Environment<'_>, values: &[Value]) -> Result<Value, String> {
    Ok(mapped(&values[0], |c| one(c, c.to_uppercase())))
}

pub(super) fn to_lower(_: &mut Environment<'_>, values: &[Value]) -> Result<Value, String> {
    Ok(mapped(&values[0], |c| if c == 'İ' { 'i' } else { one(c, c.to_lowercase()) }))
}

/// The other case of a character, if that is one character: Go maps characters, not texts.
fn one(c: char, mut mapped: impl Iterator<Item = char>) -> char {
    mapped.next().filter(|_| mapped.next().is_none()).unwrap_or(c)
}

fn mapped(value: &Value, map: impl Fn(char) -> char) -> Value {
    text(value).chars().map(map).collect::<String>().into()
}

fn regex(environment: &mut Environment<'_>, pattern: &str) -> Result<Regex, String> {
    environment.budget.spend(PATTERN_STEPS + pattern.len())?;
    Regex::for_search(pattern).map_err(|error| error.to_string())
}

pub(super) fn matches(environment: &mut Environment<'_>, values: &[Value]) -> Result<Value, String> {
    Ok(regex(environment, &text(&values[0]))?.is_match(&text(&values[1])).into())
}

pub(super) fn re_replace_all(environment: &mut Environment<'_>, values: &[Value]) -> Result<Value, String> {
    let pattern = text(&values[0]);
    let regex = regex(environment, &pattern).map_err(|error| {
        if !error.starts_with("error parsing regexp") {
            return error;
        }
        let quoted =
            if pattern.contains(['`', '\n', '\r']) { quote(&pattern) } else { format!("`{pattern}`") };
        format!("regexp: Compile({quoted}): {error}")
    })?;
    let replaced = regex.replace_all(&text(&values[2]), &text(&values[1]), MAX_SIZE);
    replaced.map(Value::from).ok_or_else(|| format!("text is longer than {MAX_SIZE} bytes"))
}

pub(super) fn graph_link(_: &mut Environment<'_>, values: &[Value]) -> Result<Value, String> {
    Ok(format!("/graph?g0.expr={}&g0.tab=0", query_escape(string(&values[0]))).into())
}

pub(super) fn table_link(_: &mut Environment<'_>, values: &[Value]) -> Result<Value, String> {
    Ok(format!("/graph?g0.expr={}&g0.tab=1", query_escape(string(&values[0]))).into())
}
