//! Text in double quotes, as Go's `%q` writes it.

use promql_grammar::ast::unescaped_byte;
use regex_syntax::hir::{Class, HirKind};
use std::sync::OnceLock;

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
                None if is_printable(c) => out.push(c),
                None if u32::from(c) < 0x1_0000 => {
                    let _ = write!(out, "\\u{:04x}", u32::from(c));
                }
                None => {
                    let _ = write!(out, "\\U{:08x}", u32::from(c));
                }
            },
        }
    }
    out.push('"');
    out
}

/// True for letters, marks, numbers, punctuation, symbols and the ASCII blank; not for other blanks and the unassigned.
pub(crate) fn is_printable(c: char) -> bool {
    static PRINTABLE: OnceLock<Box<[(char, char)]>> = OnceLock::new();
    if c.is_ascii() {
        return true;
    }
    let ranges = PRINTABLE.get_or_init(|| {
        let hir = regex_syntax::parse(r"[\p{L}\p{M}\p{N}\p{P}\p{S}]").expect("the categories are known");
        match hir.kind() {
            HirKind::Class(Class::Unicode(class)) => {
                class.ranges().iter().map(|range| (range.start(), range.end())).collect()
            }
            _ => Box::default(),
        }
    });
    let at = ranges.partition_point(|&(_, end)| end < c);
    ranges.get(at).is_some_and(|&(start, _)| start <= c)
}

#[cfg(test)]
mod tests {
    use super::*;
    use promql_grammar::ast::escaped_byte;

    #[test]
    fn quotes_are_those_of_go() {
        for (text, quoted) in [
            ("", r#""""#),
            ("a b", r#""a b""#),
            ("\"\\", r#""\"\\""#),
            ("\u{7}\u{8}\u{c}\n\r\t\u{b}\0\u{7f}", r#""\a\b\f\n\r\t\v\x00\x7f""#),
            ("é日😀\u{fffd}", "\"é日😀\u{fffd}\""),
            ("\u{a0}\u{200b}\u{feff}\u{e000}", r#""\u00a0\u200b\ufeff\ue000""#),
            ("\u{e0001}", r#""\U000e0001""#),
        ] {
            assert_eq!(quote(text), quoted);
        }
        assert_eq!(quote(&escaped_byte(0xff).to_string()), r#""\xff""#);
    }
}
