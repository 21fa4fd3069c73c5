//! Values to text, as Go's `fmt` prints them.
//!
//! Addresses are not reproducible; wherever Go prints one there stands [`ADDRESS`].

mod directive;
mod float;
mod integer;
mod verb;

pub(super) use directive::sprintf;
pub(super) use float::rounded;

use super::text::{Text, to_str};
use super::value::Value;
use verb::{Flags, Printer};

/// What stands for the address of anything.
const ADDRESS: u64 = 0xc0_0000_0000;

/// The value of an action; longer ones than allowed are cut and refused by the caller.
pub(super) fn action(value: &Value) -> Vec<u8> {
    sprint(std::slice::from_ref(&printable(value)))
}

/// `%v`, for messages.
pub(super) fn plain(value: &Value) -> String {
    to_str(&sprint(std::slice::from_ref(value))).into_owned()
}

/// The value that Go's templates print for a value: pointers are followed.
pub(super) fn printable(value: &Value) -> Value {
    match value.concrete() {
        Value::Invalid => Value::from("<no value>"),
        Value::Sample(Some(row)) => Value::Row(row.clone()),
        Value::Pointer(to) => (**to).clone(),
        other => other.clone(),
    }
}

/// `Sprint`: blanks between values of which neither is a string.
pub(super) fn sprint(values: &[Value]) -> Vec<u8> {
    let mut printer = Printer::default();
    let mut after_string = true;
    for (index, value) in values.iter().enumerate() {
        let is_string = matches!(value.concrete(), Value::String(_) | Value::Html(_));
        if index > 0 && !is_string && !after_string {
            printer.out.push(b' ');
        }
        printer.value(value, 'v', Flags::default());
        after_string = is_string;
    }
    printer.out.into_bytes()
}

/// `Sprintln`: blanks between all values and a line break.
pub(super) fn sprintln(values: &[Value]) -> Vec<u8> {
    let mut printer = Printer::default();
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            printer.out.push(b' ');
        }
        printer.value(value, 'v', Flags::default());
    }
    printer.out.push(b'\n');
    printer.out.into_bytes()
}

/// Bytes that do not grow much beyond what a template may print.
#[derive(Default)]
struct Out(Vec<u8>);

impl Out {
    fn push(&mut self, byte: u8) {
        self.write(&[byte]);
    }

    fn write(&mut self, bytes: &[u8]) {
        if self.0.len() <= super::limit::MAX_SIZE {
            self.0.extend_from_slice(bytes);
        }
    }

    fn write_str(&mut self, text: &str) {
        self.write(&Text::from(text));
    }

    fn fill(&mut self, byte: u8, count: usize) {
        if self.0.len() <= super::limit::MAX_SIZE {
            self.0.resize(self.0.len() + count, byte);
        }
    }

    fn is_full(&self) -> bool {
        self.0.len() > super::limit::MAX_SIZE
    }

    fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}
