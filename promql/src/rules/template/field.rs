//! Fields and methods: what may stand behind a dot.

use super::functions::{self, Function};
use super::value::{IntType, Value};

/// The method of this name, if the value has one.
pub(super) fn method(receiver: &Value, name: &str) -> Option<&'static Function> {
    let table = match receiver.indirect()? {
        Value::Time(_) => functions::time::TIME,
        Value::Int(_, IntType::Duration) => functions::time::DURATION,
        Value::Int(_, IntType::Month | IntType::Weekday) => functions::time::NAMED,
        Value::Histogram(_) => functions::histogram::METHODS,
        _ => return None,
    };
    table.iter().find(|method| method.name == name)
}

/// The field of a struct or the element of a map.
///
/// # Errors
/// If there is no such field, or if it is given arguments.
pub(super) fn field(receiver: &Value, name: &str, is_bare: bool) -> Result<Value, String> {
    let kind = receiver.type_name();
    let absent = || Err(format!("can't evaluate field {name} in type {kind}"));
    let Some(value) = receiver.indirect() else {
        return match receiver {
            Value::Sample(_) if !["Labels", "Value"].contains(&name) => absent(),
            _ => Err(format!("nil pointer evaluating {kind}.{name}")),
        };
    };
    let field = match (&value, name) {
        (Value::Labels(_) | Value::Args(_), _) if !is_bare => {
            return Err(format!("{name} is not a method but has arguments"));
        }
        (Value::Labels(labels), _) => return Ok(labels.get(name).into()),
        (Value::Args(args), _) => {
            return Ok(Value::any(args.values.get(&name.into()).cloned().unwrap_or(Value::Invalid)));
        }
        (Value::Row(row), "Labels") => Value::Labels(row.labels.clone()),
        (Value::Row(row), "Value") => Value::any(row.value.clone()),
        (Value::Data(root), "Labels") => Value::Labels(root.labels.clone()),
        (Value::Data(root), "ExternalLabels") => Value::Labels(root.external_labels.clone()),
        (Value::Data(root), "ExternalURL") => Value::String(root.external_url.clone()),
        (Value::Data(root), "Value") => Value::any(root.value.clone()),
        (Value::Histogram(histogram), _) => {
            let fields = functions::histogram::fields(histogram);
            let Some((_, field)) = fields.into_iter().find(|(field, _)| *field == name) else {
                return absent();
            };
            field
        }
        (Value::Span(span), "Offset") => Value::Int(span.offset.into(), IntType::Int32),
        (Value::Span(span), "Length") => Value::Int(span.length.into(), IntType::Uint32),
        (Value::Time(_), "wall" | "ext" | "loc") => {
            return Err(format!("{name} is an unexported field of struct type {kind}"));
        }
        _ => return absent(),
    };
    if is_bare { Ok(field) } else { Err(format!("{name} has arguments but cannot be invoked as function")) }
}
