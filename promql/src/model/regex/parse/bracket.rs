//! Classes in brackets: `[^a-z[:digit:]\pL]`.

use super::Parser;
use crate::model::regex::fault::Fault;
use crate::model::regex::{RegexError, class};
use regex_syntax::hir::ClassUnicode;

impl Parser<'_> {
    /// `[…]`
    pub(super) fn bracket(&mut self) -> Result<(), RegexError> {
        let start = self.at;
        self.at += 1;
        let negated = self.peek() == Some(b'^');
        self.at += usize::from(negated);
        // Case variants are added to what is written out, not to what `\W` leaves over.
        let (mut written, mut named) = (Vec::new(), ClassUnicode::empty());
        let first = self.at;
        while self.peek() != Some(b']') || self.at == first {
            if let Some((name, after)) = self.rest().strip_prefix("[:").and_then(|rest| rest.split_once(":]"))
            {
                let item = self.at;
                self.at = self.pattern.len() - after.len();
                let Some((class, opposite)) = class::posix(name) else {
                    return Err(Fault::CharRange.error(self.since(item)));
                };
                named.union(&self.cased(class, opposite));
                continue;
            }
            if let Some(class) = self.named_class()? {
                named.union(&class);
                continue;
            }
            let item = self.at;
            let low = self.class_char(start)?;
            let is_range = matches!(self.rest().as_bytes(), [b'-', after, ..] if *after != b']');
            let high = if is_range {
                self.at += 1;
                self.class_char(start)?
            } else {
                low
            };
            if high < low {
                return Err(Fault::CharRange.error(self.since(item)));
            }
            written.extend(class::code_points(low, high));
        }
        self.at += 1;
        let mut class = self.cased(ClassUnicode::new(written), false);
        class.union(&named);
        if negated {
            class.negate();
        }
        self.class(class)
    }

    /// One character of the bracket that starts at `bracket`.
    fn class_char(&mut self, bracket: usize) -> Result<u32, RegexError> {
        match self.peek() {
            Some(b'\\') => self.escape(self.at),
            _ => match self.next()? {
                Some(c) => Ok(u32::from(c)),
                None => Err(Fault::MissingBracket.error(&self.pattern[bracket..])),
            },
        }
    }
}
