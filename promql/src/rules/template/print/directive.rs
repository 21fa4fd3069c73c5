//! `printf`: the format and what its directives take.

use super::verb::{Flags, Printer};
use crate::rules::template::text::Text;
use crate::rules::template::value::Value;

/// Widths, precisions and argument numbers beyond this are none.
const MAX_NUMBER: i64 = 1_000_000;

/// `Sprintf`. What is wrong with a directive stands in the result.
pub(in super::super) fn sprintf(format: &Text, values: &[Value]) -> Vec<u8> {
    let mut directive = Directives { format, at: 0, values, next: 0, reordered: false, valid: true };
    let mut printer = Printer::default();
    while directive.print_next(&mut printer) && !printer.out.is_full() {}
    let rest = values.get(directive.next..).unwrap_or_default();
    if !directive.reordered && !rest.is_empty() {
        printer.out.write_str("%!(EXTRA ");
        for (index, value) in rest.iter().enumerate() {
            if index > 0 {
                printer.out.write_str(", ");
            }
            match value.concrete() {
                Value::Invalid => printer.out.write_str("<nil>"),
                value => {
                    printer.out.write_str(value.type_name());
                    printer.out.push(b'=');
                    printer.value(value, 'v', Flags::default());
                }
            }
        }
        printer.out.push(b')');
    }
    printer.out.into_bytes()
}

struct Directives<'a> {
    format: &'a [u8],
    at: usize,
    values: &'a [Value],
    /// The value that comes next.
    next: usize,
    /// A directive named its value by number: then unused values are no mistake.
    reordered: bool,
    /// The numbers of the directive make sense.
    valid: bool,
}

impl Directives<'_> {
    fn peek(&self) -> Option<u8> {
        self.format.get(self.at).copied()
    }

    /// Prints the text up to a directive, and that. False at the end.
    fn print_next(&mut self, printer: &mut Printer) -> bool {
        let rest = &self.format[self.at..];
        let text = rest.iter().position(|&byte| byte == b'%').unwrap_or(rest.len());
        printer.out.write(&rest[..text]);
        self.at += text + 1;
        if self.at > self.format.len() {
            return false;
        }
        self.valid = true;
        let mut flags = self.flags();
        // Usually a verb follows at once.
        if !self.peek().is_some_and(|byte| byte.is_ascii_lowercase() && self.next < self.values.len()) {
            let mut numbered = self.argument_number();
            self.width(printer, &mut flags, &mut numbered);
            self.precision(printer, &mut flags, &mut numbered);
            if !numbered {
                self.argument_number();
            }
        }
        let Some(verb) = self.verb() else {
            printer.out.write_str("%!(NOVERB)");
            return false;
        };
        let bad = match verb {
            '%' => {
                printer.out.push(b'%');
                return true;
            }
            _ if !self.valid => "(BADINDEX)",
            _ if self.next >= self.values.len() => "(MISSING)",
            _ => {
                if verb == 'v' || verb == 'w' {
                    (flags.syntax, flags.sharp) = (flags.sharp, false);
                    (flags.names, flags.plus) = (flags.plus, false);
                }
                printer.value(&self.values[self.next], verb, flags);
                self.next += 1;
                return true;
            }
        };
        printer.out.write_str(&format!("%!{verb}{bad}"));
        true
    }

    fn flags(&mut self) -> Flags {
        let mut flags = Flags::default();
        while let Some(byte) = self.peek() {
            match byte {
                b'#' => flags.sharp = true,
                b'0' => flags.zero = true,
                b'+' => flags.plus = true,
                b'-' => flags.minus = true,
                b' ' => flags.space = true,
                _ => break,
            }
            self.at += 1;
        }
        flags
    }

    fn verb(&mut self) -> Option<char> {
        let rest = &self.format[self.at.min(self.format.len())..];
        let chunk = rest.utf8_chunks().next()?;
        let verb = chunk.valid().chars().next();
        self.at += verb.map_or(1, char::len_utf8);
        Some(verb.unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn width(&mut self, printer: &mut Printer, flags: &mut Flags, numbered: &mut bool) {
        if self.peek() == Some(b'*') {
            self.at += 1;
            match self.star() {
                Some(width) => {
                    flags.width = usize::try_from(width.abs()).ok();
                    if width < 0 {
                        flags.minus = true;
                        flags.zero = false;
                    }
                }
                None => printer.out.write_str("%!(BADWIDTH)"),
            }
            *numbered = false;
        } else {
            flags.width = self.number();
            if *numbered && flags.width.is_some() {
                self.valid = false;
            }
        }
    }

    fn precision(&mut self, printer: &mut Printer, flags: &mut Flags, numbered: &mut bool) {
        if self.peek() != Some(b'.') || self.at + 1 >= self.format.len() {
            return;
        }
        self.at += 1;
        if *numbered {
            self.valid = false;
        }
        *numbered = self.argument_number();
        if self.peek() == Some(b'*') {
            self.at += 1;
            flags.precision = self.star().and_then(|precision| usize::try_from(precision).ok());
            if flags.precision.is_none() {
                printer.out.write_str("%!(BADPREC)");
            }
            *numbered = false;
        } else {
            flags.precision = Some(self.number().unwrap_or(0));
        }
    }

    /// Digits. Numbers that are too large are none and swallow the rest of the format.
    fn number(&mut self) -> Option<usize> {
        let mut number = None;
        while let Some(byte @ b'0'..=b'9') = self.peek() {
            let before = number.unwrap_or(0);
            if before > MAX_NUMBER {
                self.at = self.format.len();
                return None;
            }
            number = Some(before * 10 + i64::from(byte - b'0'));
            self.at += 1;
        }
        number.and_then(|number| usize::try_from(number).ok())
    }

    /// The integer that stands for a `*`.
    fn star(&mut self) -> Option<i64> {
        let value = self.values.get(self.next)?;
        self.next += 1;
        match value.concrete() {
            Value::Int(value, _) => Some(*value).filter(|value| (-MAX_NUMBER..=MAX_NUMBER).contains(value)),
            _ => None,
        }
    }

    /// `[2]`. True if there is one, valid or not.
    fn argument_number(&mut self) -> bool {
        if self.peek() != Some(b'[') {
            return false;
        }
        self.reordered = true;
        let rest = &self.format[self.at..];
        let Some(close) = rest.iter().position(|&byte| byte == b']').filter(|_| rest.len() >= 3) else {
            self.valid = false;
            self.at += 1;
            return false;
        };
        let number = std::str::from_utf8(&rest[1..close]).ok().filter(|text| !text.starts_with('+'));
        let number = number.and_then(|text| text.parse::<usize>().ok());
        self.at += close + 1;
        match number.and_then(|number| number.checked_sub(1)).filter(|&index| index < self.values.len()) {
            Some(index) => {
                self.next = index;
                true
            }
            None => {
                self.valid = false;
                number.is_some()
            }
        }
    }
}
