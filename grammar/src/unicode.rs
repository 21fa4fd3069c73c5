//! Character classes of the reference, from tables made by the build script.

mod tables {
    include!(concat!(env!("OUT_DIR"), "/unicode_tables.rs"));
}

/// A letter that may stand in an unquoted name, ASCII aside.
pub(crate) fn is_letter(c: char) -> bool {
    holds(&tables::LETTERS, c)
}

/// What Go's `strconv.IsPrint` calls printable: letters, marks, numbers, punctuation, symbols and the ASCII space.
#[must_use]
pub fn is_printable(c: char) -> bool {
    match c {
        ' '..='~' => true,
        '\0'..='\u{7f}' => false,
        _ => holds(&tables::PRINTABLE, c),
    }
}

fn holds(ranges: &[(char, char)], c: char) -> bool {
    let after = ranges.partition_point(|&(first, _)| first <= c);
    after > 0 && c <= ranges[after - 1].1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_general_category_l_of_unicode_15() {
        assert!("aé温Ǆ가".chars().all(is_letter));
        // Letter number, combining vowel sign, digit, emoji, and a letter that is younger (Unicode 16).
        assert!(!"Ⅷ\u{93e}١😀\u{10d4a}1_".chars().any(is_letter));
    }

    #[test]
    fn spaces_and_controls_are_not_printable() {
        assert!("a ~é😀²\u{301}".chars().all(is_printable));
        assert!(!"\u{a0}\u{ad}\u{200b}\u{2028}\u{feff}\u{e000}\u{7f}\n".chars().any(is_printable));
    }
}
