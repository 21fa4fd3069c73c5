//! Numbers, durations and strings: where they end and what they say.

use crate::ast::escaped_byte;
use crate::duration::{self, parse_duration};
use crate::error::SyntaxErrorKind;

/// The end of the number (`false`) or duration (`true`) that the text starts with; if it is neither, the end of what
/// was read before that became clear.
pub(crate) fn number_end(text: &[u8]) -> Result<(usize, bool), usize> {
    let mut cursor = Cursor { text, at: 0 };
    if cursor.number() {
        return Ok((cursor.at, false));
    }
    if cursor.rest_of_duration() { Ok((cursor.at, true)) } else { Err(cursor.at.min(text.len())) }
}

/// Reads over a number as Prometheus' lexer does, with its quirks.
struct Cursor<'t> {
    text: &'t [u8],
    at: usize,
}

impl Cursor<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn accept(&mut self, wanted: impl Fn(u8) -> bool) -> bool {
        let found = self.peek().is_some_and(wanted);
        self.at += usize::from(found);
        found
    }

    fn at_word(&self) -> bool {
        self.peek().is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    }

    fn number(&mut self) -> bool {
        let is_dot = |byte| byte == b'.';
        let is_exponent = |byte: u8| byte.eq_ignore_ascii_case(&b'e');
        let is_underscore = |byte| byte == b'_';
        let hex = self.accept(|byte| byte == b'0') && self.accept(|byte| byte.eq_ignore_ascii_case(&b'x'));
        if hex {
            self.accept(is_underscore);
        }
        let is_digit = |byte: u8| if hex { byte.is_ascii_hexdigit() } else { byte.is_ascii_digit() };
        let (mut dot, mut exponent) = (false, false);
        // A leading dot does not count: `.5.5` is one bad number.
        self.accept(is_dot);
        self.accept(is_digit);
        while let Some(byte) = self.peek() {
            if is_dot(byte) {
                self.at += 1;
                // Neither a second dot nor a hexadecimal fraction.
                if dot || self.accept(|next| is_underscore(next) || is_dot(next)) || hex {
                    return false;
                }
                dot = true;
            } else if is_exponent(byte) && !exponent {
                // In a hexadecimal number too, unless other digits follow one another up to it.
                self.at += 1;
                exponent = true;
                self.accept(|sign| matches!(sign, b'+' | b'-'));
                if self.accept(|next| is_underscore(next) || is_dot(next) || is_exponent(next))
                    || self.peek().is_none()
                {
                    return false;
                }
            } else if is_exponent(byte) {
                self.at += 1;
                return false;
            } else if is_underscore(byte) {
                self.at += 1;
                if self.accept(|next| is_underscore(next) || is_dot(next) || is_exponent(next))
                    || self.peek().is_none()
                {
                    return false;
                }
            } else if is_digit(byte) {
                while self.accept(is_digit) {}
            } else {
                break;
            }
        }
        !self.at_word()
    }

    /// Goes on after the digits of a duration's first number.
    fn rest_of_duration(&mut self) -> bool {
        if !self.accept(|byte| b"smhdwy".contains(&byte)) {
            return false;
        }
        self.accept(|byte| byte == b's');
        while self.accept(|byte| byte.is_ascii_digit()) {
            while self.accept(|byte| byte.is_ascii_digit()) {}
            if !self.accept(|byte| b"smhdw".contains(&byte)) {
                return false;
            }
            self.accept(|byte| byte == b's');
        }
        let ends = !self.at_word();
        self.at += usize::from(!ends);
        ends
    }
}

/// The value of a number: an integer with Go's prefixes if it is one that fits, else a decimal float.
pub(crate) fn number(text: &str) -> Result<f64, SyntaxErrorKind> {
    let invalid = |reason| SyntaxErrorKind::NumberValue { text: text.to_owned(), reason };
    match text {
        word if word.eq_ignore_ascii_case("inf") => return Ok(f64::INFINITY),
        word if word.eq_ignore_ascii_case("nan") => return Ok(f64::NAN),
        _ => {}
    }
    let mut without_underscores = String::new();
    let digits = if text.contains('_') {
        if !underscores_separate_digits(text) {
            return Err(invalid("invalid syntax"));
        }
        without_underscores.extend(text.chars().filter(|&c| c != '_'));
        &without_underscores
    } else {
        text
    };
    let lower = digits.as_bytes();
    let integer = match lower {
        [b'0', b'x' | b'X', ..] => {
            i64::from_str_radix(&digits[2..], 16).map_err(|_| invalid("invalid syntax")).map(Some)?
        }
        [b'0', _, ..] => i64::from_str_radix(&digits[1..], 8).ok(),
        _ => digits.parse().ok(),
    };
    if let Some(integer) = integer {
        return Ok(integer as f64);
    }
    match digits.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(value),
        Ok(_) => Err(invalid("value out of range")),
        Err(_) => Err(invalid("invalid syntax")),
    }
}

/// Underscores stand between digits, or after the `0x` of a hexadecimal number.
fn underscores_separate_digits(text: &str) -> bool {
    let bytes = text.as_bytes();
    let hex = text.len() > 2 && bytes[1].eq_ignore_ascii_case(&b'x');
    let is_digit = |at: usize| {
        bytes.get(at).is_some_and(|byte| if hex { byte.is_ascii_hexdigit() } else { byte.is_ascii_digit() })
    };
    (0..bytes.len())
        .filter(|&at| bytes[at] == b'_')
        .all(|at| at > 0 && (is_digit(at - 1) || (hex && at == 2)) && is_digit(at + 1))
}

/// The seconds of a duration.
pub(crate) fn duration(text: &str) -> Result<f64, SyntaxErrorKind> {
    Ok(duration::seconds(parse_duration(text)?.unsigned_abs()))
}

/// The string in quotes that the text starts with: what it says, and where it ends; none if there is no quote. A byte
/// that is no UTF-8 becomes its stand-in, see [`escaped_byte`].
///
/// ```
/// use promql_grammar::read_string;
///
/// assert_eq!(read_string(r"'a\tb' c"), Some(Ok(("a\tb".to_owned(), 6))));
/// assert_eq!(read_string("a"), None);
/// ```
///
/// # Errors
/// Where it is not well formed, in bytes from the start of the text, and why.
pub fn read_string(text: &str) -> Option<Result<(String, usize), (usize, SyntaxErrorKind)>> {
    text.starts_with(['"', '\'', '`']).then(|| {
        let end = string_end(text)?;
        Ok((string(&text[..end]), end))
    })
}

/// The end of the string that the text starts with; if it is not well formed, where and why not.
pub(crate) fn string_end(text: &str) -> Result<usize, (usize, SyntaxErrorKind)> {
    let mut chars = text.char_indices();
    let Some((_, quote)) = chars.next() else { return Ok(0) };
    while let Some((at, c)) = chars.next() {
        match c {
            c if c == quote => return Ok(at + c.len_utf8()),
            '\u{FFFD}' => return Err((at, SyntaxErrorKind::InvalidUtf8)),
            '\n' if quote != '`' => return Err((0, SyntaxErrorKind::UnterminatedString)),
            '\\' if quote != '`' => {
                escape(&mut chars, quote).map_err(|kind| (at, kind))?;
            }
            _ => {}
        }
    }
    Err((
        0,
        if quote == '`' {
            SyntaxErrorKind::UnterminatedRawString
        } else {
            SyntaxErrorKind::UnterminatedString
        },
    ))
}

/// What an escape stands for.
enum Escape {
    Char(char),
    Byte(u8),
}

/// Reads an escape whose backslash has been read.
fn escape(chars: &mut impl Iterator<Item = (usize, char)>, quote: char) -> Result<Escape, SyntaxErrorKind> {
    let (_, c) = chars.next().ok_or(SyntaxErrorKind::EscapeNotTerminated)?;
    let (first, digits, base) = match c {
        'a' => return Ok(Escape::Char('\u{7}')),
        'b' => return Ok(Escape::Char('\u{8}')),
        'f' => return Ok(Escape::Char('\u{c}')),
        'n' => return Ok(Escape::Char('\n')),
        'r' => return Ok(Escape::Char('\r')),
        't' => return Ok(Escape::Char('\t')),
        'v' => return Ok(Escape::Char('\u{b}')),
        '\\' => return Ok(Escape::Char('\\')),
        c if c == quote => return Ok(Escape::Char(c)),
        '0'..='7' => (c.to_digit(8).unwrap_or(0), 2, 8),
        'x' => (0, 2, 16),
        'u' => (0, 4, 16),
        'U' => (0, 8, 16),
        _ => return Err(SyntaxErrorKind::UnknownEscape(c)),
    };
    let mut code = first;
    for _ in 0..digits {
        let (_, c) = chars.next().ok_or(SyntaxErrorKind::EscapeNotTerminated)?;
        let digit = c.to_digit(base).ok_or(SyntaxErrorKind::EscapeDigit(c))?;
        code = code.wrapping_mul(base) + digit;
    }
    let escape = if matches!(c, 'u' | 'U') {
        char::from_u32(code).map(Escape::Char)
    } else {
        u8::try_from(code).ok().map(Escape::Byte)
    };
    escape.ok_or(SyntaxErrorKind::EscapeCodePoint)
}

/// What a well-formed string says; bytes that are not UTF-8 become [escaped bytes](escaped_byte).
pub(crate) fn string(text: &str) -> String {
    let inner = text.get(1..text.len().saturating_sub(1)).unwrap_or_default();
    let quote = text.chars().next().unwrap_or('`');
    if quote == '`' || !inner.contains('\\') {
        return inner.to_owned();
    }
    let mut bytes = Vec::with_capacity(inner.len());
    let mut chars = inner.char_indices();
    while let Some((_, c)) = chars.next() {
        let c =
            if c == '\\' { escape(&mut chars, quote).unwrap_or(Escape::Char(c)) } else { Escape::Char(c) };
        match c {
            Escape::Char(c) => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            Escape::Byte(byte) => bytes.push(byte),
        }
    }
    text_of_bytes(&bytes)
}

fn text_of_bytes(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        out.extend(chunk.invalid().iter().map(|&byte| escaped_byte(byte)));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan(text: &str) -> Result<(&str, bool), &str> {
        match number_end(text.as_bytes()) {
            Ok((end, is_duration)) => Ok((&text[..end], is_duration)),
            Err(end) => Err(&text[..end]),
        }
    }

    #[test]
    fn numbers_end_where_prometheus_ends_them() {
        for text in [
            "1", "1.", ".5", "1.5e-3", "1.e5", "0x1F", "0X_1f", "0xe", "0x12e", "0x1e2", "1_000.5", "1e3_0",
            "1e",
        ] {
            assert_eq!(scan(&format!("{text} ")), Ok((text, false)), "{text}");
        }
        for text in ["5m", "1h30m", "5m1h", "1.5h", "0xABm", "5hs", "100ms"] {
            assert_eq!(scan(text), Ok((text, true)), "{text}");
        }
        for text in ["2.5.", "100..", "0de", "1m1", "5mm", "0x1e", "0xee", "1__", "1_.", "1e"] {
            assert_eq!(scan(text), Err(text), "{text}");
        }
    }

    #[test]
    fn a_leading_zero_means_octal_only_if_all_digits_are() {
        let value = |text| number(text).unwrap();
        assert_eq!(value("010"), 8.0);
        assert_eq!(value("0755"), 493.0);
        assert_eq!(value("08"), 8.0);
        assert_eq!(value("010.0"), 10.0);
        assert_eq!(value("0_10"), 8.0);
        assert_eq!(value("0x_ff"), 255.0);
        assert_eq!(value("9223372036854775808"), 9_223_372_036_854_775_808.0);
        assert!(value("nAn").is_nan());
        assert_eq!(value("INF"), f64::INFINITY);
        assert_eq!(value("1_0.2_5e1_0"), 10.25e10);
    }

    #[test]
    fn numbers_that_are_none_are_refused() {
        for text in ["1e", "1_", ".5.5", "0xffffffffffffffffff", "0x"] {
            assert!(number(text).is_err(), "{text}");
        }
        assert_eq!(
            number("1e999").unwrap_err().to_string(),
            "error parsing number: strconv.ParseFloat: parsing \"1e999\": value out of range"
        );
    }

    #[test]
    fn strings_decode_every_escape() {
        assert_eq!(string(r#""\a\b\f\n\r\t\v\\\"'""#), "\u{7}\u{8}\u{c}\n\r\t\u{b}\\\"'");
        assert_eq!(string(r"'\u00e9\U0001F600\101\x41'"), "é😀AA");
        assert_eq!(string("`\\n`"), "\\n");
        assert_eq!(string(r"'\xc3\xa9\xff'"), format!("é{}", escaped_byte(0xff)));
    }

    #[test]
    fn bad_strings_are_told_apart() {
        let message = |text| string_end(text).unwrap_err().1.to_string();
        assert_eq!(message("\"a"), "unterminated quoted string");
        assert_eq!(message("\"a\n\""), "unterminated quoted string");
        assert_eq!(message("`a"), "unterminated raw string");
        assert_eq!(message("'\\"), "escape sequence not terminated");
        assert_eq!(message("'\\c'"), "unknown escape sequence U+0063 'c'");
        assert_eq!(message("\"\\'\""), "unknown escape sequence U+0027 '''");
        assert_eq!(message("\"\\x.\""), "illegal character U+002E '.' in escape sequence");
        assert_eq!(message("'\\400'"), "escape sequence is an invalid Unicode code point");
        assert_eq!(message("'\\ud800'"), "escape sequence is an invalid Unicode code point");
        assert_eq!(message("'\\UFFFFFFFF'"), "escape sequence is an invalid Unicode code point");
        assert_eq!(message("'\u{FFFD}'"), "invalid UTF-8 rune");
    }
}
