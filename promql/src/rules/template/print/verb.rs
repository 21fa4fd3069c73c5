//! One value under one verb.

use super::integer::{Base, character};
use super::{ADDRESS, Out, float};
use crate::model::quote;
use crate::rules::template::functions::histogram;
use crate::rules::template::functions::time::{named, printed_time, time_syntax};
use crate::rules::template::text::{Text, to_str};
use crate::rules::template::value::{IntType, Row, Value};
use std::sync::Arc;

/// What stands between `%` and the verb.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Flags {
    pub(super) minus: bool,
    pub(super) plus: bool,
    pub(super) sharp: bool,
    pub(super) space: bool,
    pub(super) zero: bool,
    /// `%#v`: Go syntax.
    pub(super) syntax: bool,
    /// `%+v`: names of fields.
    pub(super) names: bool,
    pub(super) width: Option<usize>,
    pub(super) precision: Option<usize>,
}

/// Collects what is printed.
#[derive(Default)]
pub(super) struct Printer {
    pub(super) out: Out,
    /// A value is printed for the message about its verb: it does not print itself.
    erring: bool,
}

impl Printer {
    /// A value under a verb.
    pub(super) fn value(&mut self, value: &Value, verb: char, flags: Flags) {
        let value = value.concrete();
        match (verb, value) {
            ('T', _) => self.string(value.type_name().as_bytes(), 's', flags, value),
            ('v', Value::Invalid) => self.pad("<nil>", flags),
            (_, Value::Invalid) => self.bad_verb(verb, value, flags),
            ('p', _) => match value {
                Value::Labels(_)
                | Value::Args(_)
                | Value::Samples(_)
                | Value::List(..)
                | Value::Histogram(_) => {
                    self.address(verb, flags, value);
                }
                Value::Sample(_) | Value::Pointer(_) => self.address(verb, flags, value),
                _ => self.bad_verb(verb, value, flags),
            },
            _ => self.element(value, verb, flags, 0),
        }
    }

    /// A value inside of another one, or at the top at depth 0.
    fn element(&mut self, value: &Value, verb: char, flags: Flags, depth: usize) {
        let value = value.concrete();
        // Values may share their parts, and so be larger than the memory they take.
        if self.out.is_full() {
            return;
        }
        if !self.erring && self.prints_itself(value, verb, flags) {
            return;
        }
        match value {
            Value::Invalid | Value::Any(_) if verb == 'v' => self.pad("<nil>", flags),
            Value::Invalid | Value::Any(_) => self.bad_verb(verb, value, flags),
            Value::Bool(truth) if matches!(verb, 't' | 'v') => {
                self.pad(if *truth { "true" } else { "false" }, flags);
            }
            Value::Bool(_) => self.bad_verb(verb, value, flags),
            Value::Int(int, kind) => self.int(*int, *kind, verb, flags, value),
            Value::Float(float) => self.float(*float, verb, flags, value),
            Value::Complex(real, imaginary) => self.complex(*real, *imaginary, verb, flags, value),
            Value::String(text) | Value::Html(text) => self.string(text, verb, flags, value),
            Value::Labels(labels) => {
                let pairs = labels.iter().map(|(name, value)| (Text::from(name), Value::from(value)));
                self.map(pairs, value, verb, flags, depth);
            }
            Value::Args(args) => {
                let pairs = args.values.iter().map(|(name, value)| (name.clone(), value.clone()));
                self.map(pairs, value, verb, flags, depth);
            }
            Value::Row(row) => self.row(row, verb, flags, depth),
            Value::Sample(Some(row)) if depth == 0 => {
                self.out.push(b'&');
                self.row(row, verb, flags, depth + 1);
            }
            Value::Sample(None) if verb == 'v' && !flags.syntax => self.pad("<nil>", flags),
            Value::Data(root) => {
                let fields = [
                    ("Labels", Value::Labels(root.labels.clone())),
                    ("ExternalLabels", Value::Labels(root.external_labels.clone())),
                    ("ExternalURL", Value::String(root.external_url.clone())),
                    ("Value", root.value.clone()),
                ];
                self.fields(&fields, value.type_name(), verb, flags, depth);
            }
            Value::Samples(samples) => {
                let items = samples.iter().map(|row| Value::Sample(Some(row.clone())));
                self.list(items, value, verb, flags, depth);
            }
            // Histograms have nil where they have nothing.
            Value::List(_, items) if items.is_empty() && flags.syntax => {
                self.type_in_syntax(value, flags);
                self.out.write_str("(nil)");
            }
            Value::List(_, items) => self.list(items.iter().cloned(), value, verb, flags, depth),
            Value::Span(span) => {
                let fields = [
                    ("Offset", Value::Int(span.offset.into(), IntType::Int32)),
                    ("Length", Value::Int(span.length.into(), IntType::Uint32)),
                ];
                self.fields(&fields, value.type_name(), verb, flags, depth);
            }
            Value::Histogram(histogram) if depth == 0 => {
                self.out.push(b'&');
                let fields = histogram::fields(histogram);
                self.fields(&fields, "histogram.FloatHistogram", verb, flags, depth + 1);
            }
            Value::Sample(_) | Value::Pointer(_) | Value::Histogram(_) => self.address(verb, flags, value),
            // Nobody prints its inside.
            Value::Time(_) => self.bad_verb(verb, &Value::Invalid, flags),
        }
    }

    /// Values with a text of their own.
    fn prints_itself(&mut self, value: &Value, verb: char, flags: Flags) -> bool {
        if flags.syntax {
            let Some(Value::Time(time)) = value.indirect() else { return false };
            self.pad(&time_syntax(time), flags);
            return true;
        }
        if !matches!(verb, 'v' | 's' | 'x' | 'X' | 'q') {
            return false;
        }
        let text = match value {
            Value::Histogram(histogram) => histogram.to_string(),
            Value::Time(time) => printed_time(*time),
            Value::Int(int, kind @ (IntType::Duration | IntType::Month | IntType::Weekday)) => {
                named(*int, *kind)
            }
            Value::Pointer(to) => return self.prints_itself(to, verb, flags),
            _ => return false,
        };
        self.string(text.as_bytes(), verb, flags, value);
        true
    }

    pub(super) fn bad_verb(&mut self, verb: char, value: &Value, flags: Flags) {
        self.out.write_str("%!");
        self.out.write_str(verb.encode_utf8(&mut [0; 4]));
        self.out.push(b'(');
        if let Value::Invalid = value {
            self.out.write_str("<nil>");
        } else {
            let outer = std::mem::replace(&mut self.erring, true);
            self.out.write_str(value.type_name());
            self.out.push(b'=');
            self.element(value, 'v', flags, 0);
            self.erring = outer;
        }
        self.out.push(b')');
    }

    // Padding.

    pub(super) fn pad(&mut self, text: &str, flags: Flags) {
        self.pad_bytes(&Text::from(text), flags);
    }

    fn pad_bytes(&mut self, bytes: &[u8], flags: Flags) {
        let missing = flags.width.unwrap_or(0).saturating_sub(runes(bytes));
        if flags.minus {
            self.out.write(bytes);
            self.out.fill(b' ', missing);
        } else {
            self.out.fill(if flags.zero { b'0' } else { b' ' }, missing);
            self.out.write(bytes);
        }
    }

    // Kinds of values.

    fn int(&mut self, int: i64, kind: IntType, verb: char, flags: Flags, value: &Value) {
        let negative = int < 0;
        // As characters, negative numbers are large.
        let code = int.cast_unsigned();
        let base = match verb {
            'v' if flags.syntax && kind.is_unsigned() => {
                self.integer(false, code, Base::Hexadecimal, Flags { sharp: true, ..flags });
                return;
            }
            'v' | 'd' => Base::Decimal,
            'b' => Base::Binary,
            'o' => Base::Octal,
            'O' => Base::PrefixedOctal,
            'x' => Base::Hexadecimal,
            'X' => Base::UpperHexadecimal,
            'c' => return self.pad(character(code).encode_utf8(&mut [0; 4]), flags),
            'q' => return self.pad(&quoted_character(character(code), flags.plus), flags),
            'U' => return self.code_point(code, flags),
            _ => return self.bad_verb(verb, value, flags),
        };
        self.integer(negative, int.unsigned_abs(), base, flags);
    }

    fn float(&mut self, float: f64, verb: char, flags: Flags, value: &Value) {
        let (format, default) = match verb {
            'v' => ('g', None),
            'b' | 'g' | 'G' | 'x' | 'X' => (verb, None),
            'f' | 'e' | 'E' => (verb, Some(6)),
            'F' => ('f', Some(6)),
            _ => return self.bad_verb(verb, value, flags),
        };
        let precision = flags.precision.or(default);
        let text = float::format(float, format, precision);
        let (negative, size) = match text.strip_prefix(['-', '+']) {
            Some(size) => (text.starts_with('-'), size),
            None => (false, &*text),
        };
        let sign = match negative {
            true => "-",
            false if flags.plus => "+",
            false if flags.space => " ",
            false if float.is_infinite() => "+",
            false => "",
        };
        let size = if flags.sharp && format != 'b' && float.is_finite() {
            with_point(size, format, precision)
        } else {
            size.to_owned()
        };
        if !float.is_finite() {
            self.pad(&format!("{sign}{size}"), Flags { zero: false, ..flags });
        } else if flags.zero && !flags.minus && !sign.is_empty() {
            let missing = flags.width.unwrap_or(0).saturating_sub(size.len() + 1);
            self.out.write_str(sign);
            self.out.fill(b'0', missing);
            self.out.write_str(&size);
        } else {
            self.pad(&format!("{sign}{size}"), flags);
        }
    }

    fn complex(&mut self, real: f64, imaginary: f64, verb: char, flags: Flags, value: &Value) {
        if !"vbgGxXfFeE".contains(verb) {
            return self.bad_verb(verb, value, flags);
        }
        self.out.push(b'(');
        self.float(real, verb, flags, value);
        self.float(imaginary, verb, Flags { plus: true, ..flags }, value);
        self.out.write_str("i)");
    }

    fn string(&mut self, text: &[u8], verb: char, flags: Flags, value: &Value) {
        match verb {
            'v' if flags.syntax => self.quoted(text, flags),
            'v' | 's' => self.pad_bytes(cut(text, flags.precision), flags),
            'q' => self.quoted(text, flags),
            'x' => self.hexadecimal(text, "0x", |byte| format!("{byte:02x}"), flags),
            'X' => self.hexadecimal(text, "0X", |byte| format!("{byte:02X}"), flags),
            _ => self.bad_verb(verb, value, flags),
        }
    }

    fn quoted(&mut self, text: &[u8], flags: Flags) {
        let text = to_str(cut(text, flags.precision));
        if flags.sharp && can_backquote(&text) {
            self.pad(&format!("`{text}`"), flags);
        } else if flags.plus {
            self.pad(&ascii(&quote(&text)), flags);
        } else {
            self.pad(&quote(&text), flags);
        }
    }

    fn hexadecimal(&mut self, text: &[u8], prefix: &str, digits: impl Fn(u8) -> String, flags: Flags) {
        let text = &text[..flags.precision.unwrap_or(usize::MAX).min(text.len())];
        let prefix = if flags.sharp { prefix } else { "" };
        let between = if flags.space { format!(" {prefix}") } else { String::new() };
        let bytes: Vec<String> = text.iter().map(|&byte| digits(byte)).collect();
        let prefix = if text.is_empty() { "" } else { prefix };
        self.pad(&format!("{prefix}{}", bytes.join(&between)), flags);
    }

    fn address(&mut self, verb: char, flags: Flags, value: &Value) {
        let address = match value {
            Value::Sample(None) => 0,
            _ => ADDRESS,
        };
        let base = match verb {
            'v' if flags.syntax => {
                let at = if address == 0 { "nil".to_owned() } else { format!("{address:#x}") };
                self.out.write_str(&format!("({})({at})", value.type_name()));
                return;
            }
            'v' | 'p' => {
                let flags = Flags { sharp: !flags.sharp, ..flags };
                return self.integer(false, address, Base::Hexadecimal, flags);
            }
            'b' => Base::Binary,
            'o' => Base::Octal,
            'd' => Base::Decimal,
            'x' => Base::Hexadecimal,
            'X' => Base::UpperHexadecimal,
            _ => return self.bad_verb(verb, value, flags),
        };
        self.integer(false, address, base, flags);
    }

    fn type_in_syntax(&mut self, value: &Value, flags: Flags) {
        if flags.syntax {
            self.out.write_str(value.type_name());
        }
    }

    fn map(
        &mut self,
        pairs: impl Iterator<Item = (Text, Value)>,
        value: &Value,
        verb: char,
        flags: Flags,
        depth: usize,
    ) {
        self.bracketed("map[", pairs, value, flags, |print, (name, value)| {
            print.element(&Value::String(name), verb, flags, depth + 1);
            print.out.push(b':');
            print.element(&value, verb, flags, depth + 1);
        });
    }

    fn list(
        &mut self,
        items: impl Iterator<Item = Value>,
        value: &Value,
        verb: char,
        flags: Flags,
        depth: usize,
    ) {
        self.bracketed("[", items, value, flags, |print, item| print.element(&item, verb, flags, depth + 1));
    }

    /// Items between brackets, of which `open` is the first one where a value is not printed in Go's syntax.
    fn bracketed<T>(
        &mut self,
        open: &str,
        items: impl Iterator<Item = T>,
        value: &Value,
        flags: Flags,
        print: impl Fn(&mut Self, T),
    ) {
        let (brace, between, closing) = brackets(flags);
        self.type_in_syntax(value, flags);
        self.out.write_str(if flags.syntax { brace } else { open });
        for (index, item) in items.enumerate() {
            if index > 0 {
                self.out.write_str(between);
            }
            print(self, item);
        }
        self.out.write_str(if flags.syntax { closing } else { "]" });
    }

    fn row(&mut self, row: &Arc<Row>, verb: char, flags: Flags, depth: usize) {
        let fields = [("Labels", Value::Labels(row.labels.clone())), ("Value", row.value.clone())];
        self.fields(&fields, "template.sample", verb, flags, depth);
    }

    fn fields(&mut self, fields: &[(&str, Value)], kind: &str, verb: char, flags: Flags, depth: usize) {
        let (open, between, close) = brackets(flags);
        if flags.syntax {
            self.out.write_str(kind);
        }
        self.out.write_str(open);
        for (index, (name, value)) in fields.iter().enumerate() {
            if index > 0 {
                self.out.write_str(between);
            }
            if flags.names || flags.syntax {
                self.out.write_str(name);
                self.out.push(b':');
            }
            self.element(value, verb, flags, depth + 1);
        }
        self.out.write_str(close);
    }
}

/// What opens, separates and closes the elements of a value.
fn brackets(flags: Flags) -> (&'static str, &'static str, &'static str) {
    if flags.syntax { ("{", ", ", "}") } else { ("{", " ", "}") }
}

/// The number of characters; each byte that is not UTF-8 is one.
fn runes(bytes: &[u8]) -> usize {
    bytes.utf8_chunks().map(|chunk| chunk.valid().chars().count() + chunk.invalid().len()).sum()
}

/// The first characters.
fn cut(bytes: &[u8], precision: Option<usize>) -> &[u8] {
    let Some(count) = precision.filter(|&count| count < bytes.len()) else { return bytes };
    let mut ends = bytes.utf8_chunks().flat_map(|chunk| {
        let valid = chunk.valid().chars().map(char::len_utf8);
        valid.chain(chunk.invalid().iter().map(|_| 1))
    });
    let len: usize = ends.by_ref().take(count).sum();
    &bytes[..len]
}

/// Puts the point and the zeros back that `#` asks for.
fn with_point(size: &str, format: char, precision: Option<usize>) -> String {
    let is_hexadecimal = matches!(format, 'x' | 'X');
    let tail_at = size.find(|c: char| matches!(c, 'p' | 'P') || (!is_hexadecimal && matches!(c, 'e' | 'E')));
    let (mantissa, tail) = size.split_at(tail_at.unwrap_or(size.len()));
    let mut missing = match format {
        'g' | 'G' | 'x' => precision.unwrap_or(6),
        _ => 0,
    };
    let mut seen = false;
    for c in mantissa.chars().filter(|&c| c != '.') {
        seen |= c != '0';
        missing = missing.saturating_sub(usize::from(seen));
    }
    let mut out = mantissa.to_owned();
    if !mantissa.contains('.') {
        if mantissa == "0" {
            missing = missing.saturating_sub(1);
        }
        out.push('.');
    }
    out.extend(std::iter::repeat_n('0', missing));
    out + tail
}

/// A character in single quotes.
fn quoted_character(c: char, only_ascii: bool) -> String {
    let text = quote(c.encode_utf8(&mut [0; 4]));
    let inner = match c {
        '\'' => "\\'",
        '"' => "\"",
        _ => &text[1..text.len() - 1],
    };
    if only_ascii { ascii(&format!("'{inner}'")) } else { format!("'{inner}'") }
}

/// The text with everything but ASCII escaped.
fn ascii(quoted: &str) -> String {
    let mut out = String::with_capacity(quoted.len());
    for c in quoted.chars() {
        match u32::from(c) {
            0..0x80 => out.push(c),
            code @ ..0x1_0000 => out.push_str(&format!("\\u{code:04x}")),
            code => out.push_str(&format!("\\U{code:08x}")),
        }
    }
    out
}

fn can_backquote(text: &str) -> bool {
    use promql_grammar::ast::unescaped_byte;
    text.chars().all(|c| {
        let is_control = (c < ' ' && c != '\t') || c == '\u{7f}';
        !is_control && c != '`' && c != '\u{feff}' && unescaped_byte(c).is_none()
    })
}
