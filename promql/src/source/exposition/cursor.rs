//! A place in a text, and what can be read at it without knowing the format.

use crate::model::{LabelsEdit, METRIC_NAME, is_label_name};
use crate::source::FormatError;
use std::borrow::Cow;

pub(super) struct Cursor<'t> {
    text: &'t str,
    at: usize,
    line_start: usize,
    line: usize,
}

/// Something wrong at a byte offset.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) at: usize,
    pub(super) message: String,
}

impl<'t> Cursor<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Cursor { text, at: 0, line_start: 0, line: 1 }
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.at == self.text.len()
    }

    pub(super) fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    pub(super) fn since(&self, start: usize) -> &'t str {
        &self.text[start..self.at]
    }

    pub(super) fn upto(&self, start: usize, end: usize) -> &'t str {
        &self.text[start..end]
    }

    /// Goes back to where a word started, to say that it is wrong.
    pub(super) fn rewind(&mut self, at: usize) {
        self.at = at;
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Goes on by some bytes, which end at a character's end.
    pub(super) fn advance(&mut self, bytes: usize) {
        self.at += bytes;
    }

    pub(super) fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    pub(super) fn is_at_line_end(&self) -> bool {
        matches!(self.rest().as_bytes(), [] | [b'\n', ..] | [b'\r', b'\n', ..] | [b'\r'])
    }

    /// Skips blanks and tabs; true if there were any.
    pub(super) fn skip_blanks(&mut self) -> bool {
        let start = self.at;
        self.take_while(|byte| matches!(byte, b' ' | b'\t'));
        self.at > start
    }

    /// Reads ASCII bytes of a kind.
    pub(super) fn take_while(&mut self, fits: impl Fn(u8) -> bool) -> &'t str {
        let start = self.at;
        let bytes = &self.text.as_bytes()[start..];
        self.at += bytes.iter().position(|&byte| !byte.is_ascii() || !fits(byte)).unwrap_or(bytes.len());
        self.since(start)
    }

    /// The rest of the line, without its end.
    pub(super) fn line_rest(&mut self) -> &'t str {
        let rest = self.rest();
        let len = rest.find('\n').unwrap_or(rest.len());
        self.at += len;
        let line = &rest[..len];
        line.strip_suffix('\r').unwrap_or(line)
    }

    /// Goes behind the end of the line.
    pub(super) fn next_line(&mut self) {
        self.line_rest();
        self.eat(b'\n');
        let passed = &self.text[self.line_start..self.at];
        self.line += passed.bytes().filter(|&byte| byte == b'\n').count();
        self.line_start = self.at;
    }

    /// Says what is wrong here.
    pub(super) fn fault(&self, message: impl Into<String>) -> Fault {
        Fault { at: self.at, message: message.into() }
    }

    /// Says what should be here.
    pub(super) fn expected(&self, what: &str) -> Fault {
        self.fault(format!("expected {what}, found {}", self.found()))
    }

    /// What is here, for an error text.
    fn found(&self) -> String {
        const LONGEST: usize = 30;
        if self.is_at_line_end() {
            return if self.is_at_end() { "the end of the text" } else { "the end of the line" }.to_owned();
        }
        let rest = self.rest();
        let word = rest.split([' ', '\t', '\r', '\n']).next().filter(|word| !word.is_empty()).unwrap_or(" ");
        match word.char_indices().nth(LONGEST) {
            Some((end, _)) => format!("`{}…`", &word[..end]),
            None => format!("`{word}`"),
        }
    }

    /// The fault with line and column, for one on the line being read.
    pub(super) fn locate(&self, fault: Fault) -> FormatError {
        let before = &self.text[self.line_start..fault.at];
        let line = self.line + before.bytes().filter(|&byte| byte == b'\n').count();
        let column = before.rfind('\n').map_or(before.len(), |at| before.len() - at - 1) + 1;
        FormatError { line, column, message: fault.message }
    }

    /// A text in double quotes with the escapes `\\`, `\"` and `\n`; other backslashes stand for themselves.
    pub(super) fn quoted(&mut self, newlines: bool) -> Result<Cow<'t, str>, Fault> {
        let open = self.fault("this quote is not closed");
        self.advance(1);
        let start = self.at;
        let bytes = self.text.as_bytes();
        let mut escaped = false;
        loop {
            match bytes.get(self.at) {
                None => return Err(open),
                Some(b'\n') if !newlines => return Err(open),
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    // The byte behind it is part of the text whatever it is, unless the line or the text ends.
                    let ends = matches!(bytes.get(self.at + 1), None | Some(b'\n'));
                    self.at += if ends { 1 } else { 2 };
                }
                Some(_) => self.at += 1,
            }
        }
        let raw = self.since(start);
        self.advance(1);
        Ok(if escaped { Cow::Owned(unescape(raw)) } else { Cow::Borrowed(raw) })
    }

    /// Labels in braces, the metric name among them where it is quoted; `named` if there is a name already.
    pub(super) fn labels(
        &mut self,
        into: &mut LabelsEdit<'_>,
        named: bool,
        newlines: bool,
    ) -> Result<(), Fault> {
        self.advance(1);
        // Sorted, to find labels given twice.
        let mut seen: Vec<Cow<'t, str>> = Vec::new();
        if named {
            seen.push(METRIC_NAME.into());
        }
        loop {
            self.skip_blanks();
            if self.eat(b'}') {
                return Ok(());
            }
            let start = self.at;
            let mut name = match self.peek() {
                Some(b'"') => self.quoted(newlines)?,
                Some(byte) if byte.is_ascii_alphabetic() || byte == b'_' => {
                    self.take_while(|byte| byte.is_ascii_alphanumeric() || byte == b'_').into()
                }
                _ => return Err(self.expected("a label name or `}`")),
            };
            let is_quoted = self.text.as_bytes()[start] == b'"';
            self.skip_blanks();
            let value = if self.eat(b'=') {
                self.skip_blanks();
                if self.peek() != Some(b'"') {
                    return Err(self.expected("a label value in double quotes"));
                }
                self.quoted(newlines)?
            } else if is_quoted {
                // A quoted text without a value is the metric name.
                std::mem::replace(&mut name, METRIC_NAME.into())
            } else {
                return Err(self.expected("`=`"));
            };
            if !is_label_name(&name) {
                return Err(Fault { at: start, message: "a label name cannot be empty".to_owned() });
            }
            match seen.binary_search(&name) {
                Ok(_) if name == METRIC_NAME => {
                    return Err(Fault { at: start, message: "the metric name is given twice".to_owned() });
                }
                Ok(_) => {
                    return Err(Fault { at: start, message: format!("label `{name}` is given twice") });
                }
                Err(at) => {
                    into.set(&name, &value);
                    seen.insert(at, name);
                }
            }
            self.skip_blanks();
            if !self.eat(b',') && self.peek() != Some(b'}') {
                return Err(self.expected("`,` or `}`"));
            }
        }
    }
}

/// Resolves the escapes `\\`, `\"` and `\n`.
pub(super) fn unescape(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((before, after)) = rest.split_once('\\') {
        out.push_str(before);
        let mut chars = after.chars();
        match chars.next() {
            Some('n') => out.push('\n'),
            Some(c @ ('\\' | '"')) => out.push(c),
            Some(c) => out.extend(['\\', c]),
            None => out.push('\\'),
        }
        rest = chars.as_str();
    }
    out.push_str(rest);
    out
}
