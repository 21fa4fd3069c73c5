//! A cursor over one line.

use super::MAX_ITEMS;
use crate::model::number::parse_float;
use crate::source::FormatError;

/// A cursor over one line.
pub(super) struct Scanner<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Scanner { text, at: 0 }
    }

    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn next_is(&self, test: impl Fn(char) -> bool) -> bool {
        self.peek().is_some_and(test)
    }

    pub(super) fn eat(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len();
        }
        found
    }

    /// The longest prefix of characters that pass.
    pub(super) fn take_while(&mut self, test: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|c| !test(c)).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    /// True if there was any white space.
    pub(super) fn skip_space(&mut self) -> bool {
        !self.take_while(is_space).is_empty()
    }

    /// An error at the cursor.
    pub(super) fn error(&self, message: impl Into<String>) -> FormatError {
        self.error_at(self.at, message)
    }

    pub(super) fn error_at(&self, at: usize, message: impl Into<String>) -> FormatError {
        FormatError { line: 1, column: at + 1, message: message.into() }
    }

    /// An error that names what is at the cursor: `unexpected 'x' in WHERE, expected WHAT`.
    pub(super) fn unexpected(&self, place: &str, expected: &str) -> FormatError {
        let found = match self.peek() {
            Some(c) => format!("{c:?}"),
            None => "end of input".to_owned(),
        };
        self.error(format!("unexpected {found} in {place}, expected {expected}"))
    }

    /// How often an item is repeated.
    pub(super) fn repetitions(&mut self) -> Result<u64, FormatError> {
        let start = self.at;
        let digits = self.take_while(|c| c.is_ascii_digit());
        if digits.is_empty() || self.next_is(|c| is_alphanumeric(c) || c == '.') {
            return Err(self.unexpected("series values", "a number of repetitions"));
        }
        match digits.parse() {
            Ok(count) if count <= MAX_ITEMS => Ok(count),
            _ => Err(self.error_at(start, format!("more than {MAX_ITEMS} values in one series"))),
        }
    }

    /// A number without sign: decimal digits with point and exponent, octal behind a leading 0, `inf` or `nan`.
    pub(super) fn unsigned_number(&mut self) -> Result<f64, FormatError> {
        let start = self.at;
        if self.next_is(char::is_alphabetic) {
            let word = self.take_while(is_word);
            return special(word)
                .ok_or_else(|| self.error_at(start, format!("unexpected {word:?}, expected number")));
        }
        let text = self.number_text()?;
        parse_number(text).ok_or_else(|| self.error_at(start, format!("error parsing number: {text:?}")))
    }

    /// The text of a number, by Prometheus' rules for what belongs to one.
    fn number_text(&mut self) -> Result<&'a str, FormatError> {
        let start = self.at;
        let (mut point, mut exponent, mut valid) = (false, false, true);
        if self.eat(".") {
            point = true;
            valid = self.next_is(|c| c.is_ascii_digit());
        }
        while valid && self.next_is(|c| c.is_ascii_digit() || matches!(c, '.' | '_' | 'e' | 'E')) {
            if self.eat(".") {
                valid = !std::mem::replace(&mut point, true) && !self.next_is(|c| matches!(c, '.' | '_'));
            } else if self.eat("e") || self.eat("E") {
                valid = !std::mem::replace(&mut exponent, true);
                let _ = self.eat("+") || self.eat("-");
                valid &= self.next_is(|c| !matches!(c, '.' | '_' | 'e' | 'E'));
            } else if self.eat("_") {
                valid = self.next_is(|c| c.is_ascii_digit());
            } else {
                self.take_while(|c| c.is_ascii_digit());
            }
        }
        valid &= self.at > start && !self.next_is(|c| is_alphanumeric(c) && c != 'x');
        if valid {
            return Ok(&self.text[start..self.at]);
        }
        self.take_while(|c| is_alphanumeric(c) || c == '.');
        Err(self.error_at(start, format!("bad number syntax: {:?}", &self.text[start..self.at])))
    }
}

pub(super) fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}

fn is_alphanumeric(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// What belongs to a name or a word, behind its first character.
pub(super) fn is_word(c: char) -> bool {
    is_alphanumeric(c) || c == '.' || c == ':' || (!c.is_ascii() && c.is_alphabetic())
}

/// Infinity or NaN by name.
pub(super) fn special(word: &str) -> Option<f64> {
    if word.eq_ignore_ascii_case("inf") {
        Some(f64::INFINITY)
    } else if word.eq_ignore_ascii_case("nan") {
        Some(f64::from_bits(crate::model::NORMAL_NAN_BITS))
    } else {
        None
    }
}

/// Integers as Go reads them with base 0, then anything else as a float.
fn parse_number(text: &str) -> Option<f64> {
    if text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_') {
        let digits = text.replace('_', "");
        let base = if digits.len() > 1 && digits.starts_with('0') { 8 } else { 10 };
        if let Ok(integer) = i64::from_str_radix(&digits, base) {
            return Some(integer as f64);
        }
    }
    parse_float(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_end_where_prometheus_ends_them() {
        let read = |text| {
            let mut scanner = Scanner::new(text);
            scanner.unsigned_number().map(|value| (value, scanner.rest())).ok()
        };
        assert_eq!(read("1x3"), Some((1.0, "x3")));
        assert_eq!(read("0x10"), Some((0.0, "x10")));
        assert_eq!(read("010 "), Some((8.0, " ")));
        assert_eq!(read("09"), Some((9.0, "")));
        assert_eq!(read("1_000.."), None);
        assert_eq!(read("1_x2"), None);
        assert_eq!(read("1_000"), Some((1000.0, "")));
        assert_eq!(read(".5e-1-1"), Some((0.05, "-1")));
        assert_eq!(read("5m"), None);
        assert_eq!(read("1e"), None);
        assert_eq!(read("Inf+1"), Some((f64::INFINITY, "+1")));
        assert_eq!(read("infx3"), None);
        assert_eq!(read(""), None);
    }
}
