//! What starts with a backslash.

use super::{Parser, utf8};
use crate::model::regex::fault::Fault;
use crate::model::regex::{RegexError, class};
use regex_syntax::hir::{ClassUnicode, Look};

impl Parser<'_> {
    /// Whatever starts with a backslash, outside of brackets.
    pub(super) fn backslash(&mut self) -> Result<(), RegexError> {
        let start = self.at;
        match self.pattern.as_bytes().get(self.at + 1) {
            Some(b'A') => self.look(2, Look::Start),
            Some(b'z') => self.look(2, Look::End),
            Some(b'b') => self.look(2, Look::WordAscii),
            Some(b'B') => self.look(2, Look::WordAsciiNegate),
            Some(b'C') => return Err(Fault::Escape.error("\\C")),
            Some(b'Q') => {
                self.at += 2;
                let end = self.rest().find("\\E").map_or(self.pattern.len(), |len| self.at + len);
                while self.at < end {
                    let c = self.next()?.unwrap_or_default();
                    self.literal(u32::from(c));
                }
                self.at = (end + 2).min(self.pattern.len());
            }
            _ => match self.named_class()? {
                Some(class) => self.class(class)?,
                None => {
                    let code = self.escape(start)?;
                    self.literal(code);
                }
            },
        }
        Ok(())
    }

    /// `\pN`, `\p{Name}`, `\d` and their like; none if something else stands here.
    pub(super) fn named_class(&mut self) -> Result<Option<ClassUnicode>, RegexError> {
        let start = self.at;
        let Some(rest) = self.rest().strip_prefix('\\') else { return Ok(None) };
        let Some(letter) = rest.bytes().next() else { return Ok(None) };
        if matches!(letter, b'p' | b'P') {
            self.at += 2;
            let name = match self.next()? {
                Some('{') => {
                    let Some((name, _)) = self.rest().split_once('}') else {
                        utf8(&self.pattern[start..])?;
                        return Err(Fault::CharRange.error(&self.pattern[start..]));
                    };
                    utf8(name)?;
                    self.at += name.len() + 1;
                    name
                }
                Some(_) => self.since(start + 2),
                None => "",
            };
            let plain = name.strip_prefix('^');
            let Some(class) = class::unicode(plain.unwrap_or(name)) else {
                return Err(Fault::CharRange.error(self.since(start)));
            };
            let negated = (letter == b'P') != plain.is_some();
            return Ok(Some(self.cased(class, negated)));
        }
        let Some((class, negated)) = class::perl(letter) else { return Ok(None) };
        self.at += 2;
        Ok(Some(self.cased(class, negated)))
    }

    pub(super) fn cased(&self, class: ClassUnicode, negated: bool) -> ClassUnicode {
        let mut class = if self.flags.fold_case { class::folded(class) } else { class };
        if negated {
            class.negate();
        }
        class
    }

    /// An escape that stands for one code point; the backslash is at `start`, where we are.
    pub(super) fn escape(&mut self, start: usize) -> Result<u32, RegexError> {
        self.at = start + 1;
        let Some(c) = self.next()? else { return Err(Fault::TrailingBackslash.error("")) };
        let digit = |byte: Option<u8>| byte.filter(|byte| (b'0'..=b'7').contains(byte));
        Ok(match c {
            'a' => 7,
            'f' => 12,
            'n' => 10,
            'r' => 13,
            't' => 9,
            'v' => 11,
            '0'..='7' if c == '0' || digit(self.peek()).is_some() => {
                let mut code = u32::from(c) - u32::from('0');
                for _ in 1..3 {
                    let Some(byte) = digit(self.peek()) else { break };
                    code = code * 8 + u32::from(byte - b'0');
                    self.at += 1;
                }
                code
            }
            'x' => match self.hexadecimal()? {
                Some(code) => code,
                None => return Err(Fault::Escape.error(self.since(start))),
            },
            c if c.is_ascii() && !c.is_ascii_alphanumeric() => u32::from(c),
            _ => return Err(Fault::Escape.error(self.since(start))),
        })
    }

    /// What follows `\x`: two digits, or any number of them in braces.
    fn hexadecimal(&mut self) -> Result<Option<u32>, RegexError> {
        let Some(first) = self.next()? else { return Ok(None) };
        if first != '{' {
            let second = self.next()?.and_then(|c| c.to_digit(16));
            return Ok(first.to_digit(16).zip(second).map(|(high, low)| high * 16 + low));
        }
        let (mut code, mut digits) = (0, 0);
        while let Some(c) = self.next()? {
            if c == '}' {
                return Ok((digits > 0).then_some(code));
            }
            let Some(digit) = c.to_digit(16) else { break };
            code = code * 16 + digit;
            digits += 1;
            if code > u32::from(char::MAX) {
                break;
            }
        }
        Ok(None)
    }
}
