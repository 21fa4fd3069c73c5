//! Text in double quotes, as Go's `%q` writes it.

use promql_grammar::ast::unescaped_byte;

/// The text in double quotes with Go's escapes; bytes that are not UTF-8 come out as `\xff`.
///
/// ```
/// assert_eq!(promql::model::quote("a\"b\n"), r#""a\"b\n""#);
/// ```
#[must_use]
pub fn quote(text: &str) -> String {
    use std::fmt::Write;
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{b}' => out.push_str("\\v"),
            c if c < ' ' || c == '\u{7f}' => {
                let _ = write!(out, "\\x{:02x}", u32::from(c));
            }
            c => match unescaped_byte(c) {
                Some(byte) => {
                    let _ = write!(out, "\\x{byte:02x}");
                }
                None => out.push(c),
            },
        }
    }
    out.push('"');
    out
}
