//! `title`: the first letter of each word in title case.

use super::{Environment, text};
use crate::rules::template::unicode::Characters;
use crate::rules::template::value::Value;

pub(super) fn title(_: &mut Environment<'_>, values: &[Value]) -> Result<Value, String> {
    static CASED: Characters = Characters::new(r"[\p{Lowercase}\p{Uppercase}\p{Lt}]");
    static INSIDE: Characters = Characters::new(r"[\p{L}\p{M}\p{N}\p{Pc}\p{Cf}]");
    let text = text(&values[0]);
    let mut out = String::with_capacity(text.len());
    let (mut in_word, mut after_mid) = (false, false);
    for c in text.chars() {
        let mid = is_mid(c);
        // Two of them end a word.
        if mid && after_mid {
            in_word = false;
        }
        if CASED.contains(c) {
            if in_word {
                out.push(c);
            } else {
                push_title(&mut out, c);
            }
            in_word = true;
        } else {
            out.push(c);
            in_word &= mid || INSIDE.contains(c);
        }
        after_mid = mid;
    }
    Ok(out.into())
}

/// Characters that stand inside of words, but not two at a time.
fn is_mid(c: char) -> bool {
    matches!(
        c,
        '\'' | '.'
            | ':'
            | '\u{b7}'
            | '\u{387}'
            | '\u{55f}'
            | '\u{5f4}'
            | '\u{2018}'
            | '\u{2019}'
            | '\u{2024}'
            | '\u{2027}'
            | '\u{fe13}'
            | '\u{fe52}'
            | '\u{fe55}'
            | '\u{ff07}'
            | '\u{ff0e}'
            | '\u{ff1a}'
    )
}

fn push_title(out: &mut String, c: char) {
    match c {
        'ß' => out.push_str("Ss"),
        // Digraphs have a case of their own for titles.
        'Ǆ'..='ǆ' => out.push('ǅ'),
        'Ǉ'..='ǉ' => out.push('ǈ'),
        'Ǌ'..='ǌ' => out.push('ǋ'),
        'Ǳ'..='ǳ' => out.push('ǲ'),
        c => {
            let mut upper = c.to_uppercase();
            out.extend(upper.next());
            out.extend(upper.flat_map(char::to_lowercase));
        }
    }
}
