//! Go's functions that print and negate.

use super::Environment;
use crate::rules::template::print;
use crate::rules::template::text::Text;
use crate::rules::template::value::Value;

pub(super) fn print(_: &mut Environment<'_>, values: &[Value]) -> Result<Value, String> {
    Ok(print::sprint(values).into())
}

pub(super) fn println(_: &mut Environment<'_>, values: &[Value]) -> Result<Value, String> {
    Ok(print::sprintln(values).into())
}

pub(super) fn printf(_: &mut Environment<'_>, values: &[Value]) -> Result<Value, String> {
    let Some((Value::String(format), values)) = values.split_first() else {
        return Ok(Value::String(Text::from("")));
    };
    Ok(print::sprintf(format, values).into())
}

pub(super) fn not(_: &mut Environment<'_>, values: &[Value]) -> Result<Value, String> {
    Ok((!values[0].is_true()).into())
}

/// There are no values that can be called.
pub(super) fn call(environment: &mut Environment<'_>, values: &[Value]) -> Result<Value, String> {
    match values[0].concrete() {
        Value::Invalid => Err("call of nil".into()),
        value => {
            let kind = value.type_name();
            let name = environment.called.clone().unwrap_or_else(|| match value {
                Value::String(text) | Value::Html(text) => text.to_str().into_owned(),
                _ => format!("<{kind} Value>"),
            });
            Err(format!("non-function {name} of type {kind}"))
        }
    }
}
