//! Classes of characters that Go's `unicode` package knows and std does not, or not in the same way.

use regex_syntax::hir::{Class, HirKind};
use std::sync::OnceLock;

/// A set of characters, read from a class of regular expressions at the first use.
pub(super) struct Characters {
    class: &'static str,
    ranges: OnceLock<Box<[(char, char)]>>,
}

impl Characters {
    pub(super) const fn new(class: &'static str) -> Self {
        Characters { class, ranges: OnceLock::new() }
    }

    pub(super) fn contains(&self, c: char) -> bool {
        let ranges = self.ranges.get_or_init(|| {
            let hir = regex_syntax::parse(self.class).expect("the categories are known");
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
}

/// True for letters, decimal digits and `_`: what names in templates consist of.
pub(super) fn is_word(c: char) -> bool {
    static WORD: Characters = Characters::new(r"[\p{L}\p{Nd}]");
    if c.is_ascii() { c.is_ascii_alphanumeric() || c == '_' } else { WORD.contains(c) }
}
