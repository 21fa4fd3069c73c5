//! Text in quotes, as Go's `strconv.Quote` writes it.

use crate::ast::unescaped_byte;
use crate::unicode::is_printable;
use std::fmt::Write;

/// The text in double quotes with Go's escapes; bytes that are not UTF-8 come out as `\xff`.
///
/// ```
/// assert_eq!(promql_grammar::quote("a\"b\n"), r#""a\"b\n""#);
/// ```
#[must_use]
pub fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    quote_into(&mut out, text);
    out
}

/// Appends what [`quote`] gives.
pub(crate) fn quote_into(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        escape_into(out, c, '"');
    }
    out.push('"');
}

/// A character in single quotes, as Go's `%q` writes it.
pub(crate) fn quote_char(c: char) -> String {
    let mut out = String::from('\'');
    escape_into(&mut out, c, '\'');
    out.push('\'');
    out
}

fn escape_into(out: &mut String, c: char, quote: char) {
    match c {
        '\\' => out.push_str("\\\\"),
        '\u{7}' => out.push_str("\\a"),
        '\u{8}' => out.push_str("\\b"),
        '\u{c}' => out.push_str("\\f"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\u{b}' => out.push_str("\\v"),
        c if c == quote => out.extend(['\\', c]),
        c if is_printable(c) => out.push(c),
        c => {
            let code = u32::from(c);
            // Writing to a string does not fail.
            let _ = match (unescaped_byte(c), code) {
                (Some(byte), _) => write!(out, "\\x{byte:02x}"),
                (None, ..0x80) => write!(out, "\\x{code:02x}"),
                (None, ..0x1_0000) => write!(out, "\\u{code:04x}"),
                _ => write!(out, "\\U{code:08x}"),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ast::escaped_byte;

    #[test]
    fn escapes_are_those_of_go() {
        assert_eq!(quote("é\u{1}\u{7f}\u{a0}\u{1f600}\u{e0001}'"), "\"é\\x01\\x7f\\u00a0😀\\U000e0001'\"");
        assert_eq!(quote(&escaped_byte(0xff).to_string()), r#""\xff""#);
        assert_eq!(quote_char('\''), r"'\''");
        assert_eq!(quote_char('"'), "'\"'");
    }
}
