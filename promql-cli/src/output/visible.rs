//! Foreign text on a terminal: control characters are shown, not obeyed.

use promql_grammar::ast::unescaped_byte;
use std::borrow::Cow;
use std::fmt::Write;

/// The text with control characters and broken bytes escaped, so that no label value can move the cursor.
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    let odd = |c: char| c.is_control() || is_direction(c) || unescaped_byte(c).is_some();
    if !text.contains(odd) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match (c, unescaped_byte(c)) {
            (_, Some(byte)) => {
                let _ = write!(out, "\\x{byte:02x}");
            }
            (c, None) if odd(c) => out.extend(c.escape_default()),
            (c, None) => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// Characters that change the direction of the text around them.
fn is_direction(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_shown() {
        assert_eq!(visible("plain é"), "plain é");
        assert_eq!(visible("a\n\x1b[2J"), "a\\n\\u{1b}[2J");
        assert_eq!(visible(&promql_grammar::ast::escaped_byte(0xff).to_string()), "\\xff");
    }
}
