//! Comparisons. Values of different kinds cannot be compared, not even integers with floats.

use super::Environment;
use crate::rules::template::print;
use crate::rules::template::text::{Text, to_str};
use crate::rules::template::value::Value;
use std::cmp::Ordering;
use std::sync::Arc;

type Answer = Result<bool, String>;

pub(super) fn eq(_: &mut Environment<'_>, values: &[Value]) -> Result<Value, String> {
    let (first, others) = values.split_first().ok_or("missing argument for comparison")?;
    if others.is_empty() {
        return Err("missing argument for comparison".into());
    }
    for other in others {
        if equal(first.concrete(), other.concrete())? {
            return Ok(true.into());
        }
    }
    Ok(false.into())
}

pub(super) fn ne(_: &mut Environment<'_>, values: &[Value]) -> Result<Value, String> {
    equal(values[0].concrete(), values[1].concrete()).map(|equal| (!equal).into())
}

pub(super) fn lt(_: &mut Environment<'_>, values: &[Value]) -> Result<Value, String> {
    less(&values[0], &values[1]).map(Value::from)
}

pub(super) fn le(_: &mut Environment<'_>, values: &[Value]) -> Result<Value, String> {
    less_or_equal(&values[0], &values[1]).map(Value::from)
}

/// As in Go the opposite of `le`, so NaN is greater than anything.
pub(super) fn gt(_: &mut Environment<'_>, values: &[Value]) -> Result<Value, String> {
    less_or_equal(&values[0], &values[1]).map(|less_or_equal| (!less_or_equal).into())
}

pub(super) fn ge(_: &mut Environment<'_>, values: &[Value]) -> Result<Value, String> {
    less(&values[0], &values[1]).map(|less| (!less).into())
}

/// The kinds of values that have an order, or at least an equality.
#[derive(Clone, Copy, PartialEq)]
enum Basic<'a> {
    Bool(bool),
    Int(i64),
    /// An integer without a sign.
    Uint(i64),
    Float(f64),
    /// They have no order.
    Complex(f64, f64),
    String(&'a [u8]),
}

impl Value {
    fn basic(&self) -> Option<Basic<'_>> {
        Some(match self {
            Value::Bool(value) => Basic::Bool(*value),
            Value::Int(value, kind) if kind.is_unsigned() => Basic::Uint(*value),
            Value::Int(value, _) => Basic::Int(*value),
            Value::Float(value) => Basic::Float(*value),
            Value::Complex(real, imaginary) => Basic::Complex(*real, *imaginary),
            Value::String(text) | Value::Html(text) => Basic::String(text),
            _ => return None,
        })
    }

    /// Nil of its type.
    fn is_nil(&self) -> bool {
        matches!(self, Value::Invalid | Value::Any(None) | Value::Sample(None))
    }
}

fn order(a: Basic<'_>, b: Basic<'_>) -> Option<Option<Ordering>> {
    use Basic::{Bool, Complex, Float, Int, String, Uint};
    Some(match (a, b) {
        (Bool(a), Bool(b)) => Some(a.cmp(&b)),
        (Int(a) | Uint(a), Int(b) | Uint(b)) => Some(a.cmp(&b)),
        (Float(a), Float(b)) => a.partial_cmp(&b),
        (Complex(a, b), Complex(c, d)) => (a == c && b == d).then_some(Ordering::Equal),
        (String(a), String(b)) => Some(a.cmp(b)),
        _ => return None,
    })
}

fn equal(a: &Value, b: &Value) -> Answer {
    match (a.basic(), b.basic()) {
        (Some(left), Some(right)) => match order(left, right) {
            Some(order) => Ok(order == Some(Ordering::Equal)),
            None => Err(incompatible(a, b)),
        },
        (None, None) => same(a, b),
        _ if matches!(a, Value::Invalid) || matches!(b, Value::Invalid) => Ok(false),
        _ => Err(incompatible(a, b)),
    }
}

/// Equality of values of other kinds: of pointers, mostly.
fn same(a: &Value, b: &Value) -> Answer {
    let is_invalid = |value: &Value| matches!(value, Value::Invalid);
    if !is_invalid(a) && !is_invalid(b) && kind(a) != kind(b) {
        let (first, second) = (as_string(a), print::plain(b));
        let kinds = (a.type_name(), b.type_name());
        return Err(format!("non-comparable types {first}: {}, {}: {second}", kinds.0, kinds.1));
    }
    if a.is_nil() || b.is_nil() {
        return Ok(a.is_nil() == b.is_nil());
    }
    match (a, b) {
        (_, Value::Labels(_) | Value::Args(_) | Value::Samples(_) | Value::List(..) | Value::Data(_)) => {
            Err(format!("non-comparable type {}: {}", as_string(b), b.type_name()))
        }
        (Value::Sample(Some(a)), Value::Sample(Some(b))) => Ok(Arc::ptr_eq(a, b)),
        (Value::Histogram(a), Value::Histogram(b)) => Ok(Arc::ptr_eq(a, b)),
        (Value::Pointer(a), Value::Pointer(b)) => Ok(Arc::ptr_eq(a, b)),
        (Value::Time(a), Value::Time(b)) => Ok(a == b),
        (Value::Span(a), Value::Span(b)) => Ok(a == b),
        _ => Ok(false),
    }
}

/// The value under `%s`, as messages have it.
fn as_string(value: &Value) -> String {
    let printed = print::sprintf(&Text::from("%s"), std::slice::from_ref(value));
    to_str(&printed).into_owned()
}

/// What Go calls the kind of a type.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Labels(_) | Value::Args(_) => "map",
        Value::Samples(_) | Value::List(..) => "slice",
        Value::Row(_) | Value::Span(_) | Value::Time(_) | Value::Data(_) => "struct",
        _ => "pointer",
    }
}

fn less(a: &Value, b: &Value) -> Answer {
    let (a, b) = (a.concrete(), b.concrete());
    let (Some(left), Some(right)) = (a.basic(), b.basic()) else {
        return Err("invalid type for comparison".into());
    };
    match order(left, right) {
        None => Err(incompatible(a, b)),
        Some(_) if matches!(left, Basic::Bool(_) | Basic::Complex(..)) => {
            Err("invalid type for comparison".into())
        }
        Some(order) => Ok(order == Some(Ordering::Less)),
    }
}

fn less_or_equal(a: &Value, b: &Value) -> Answer {
    Ok(less(a, b)? || equal(a.concrete(), b.concrete())?)
}

fn incompatible(a: &Value, b: &Value) -> String {
    format!("incompatible types for comparison: {} and {}", a.type_name(), b.type_name())
}
