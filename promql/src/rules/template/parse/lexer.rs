//! Text to tokens, with trim markers and comments resolved.

use super::token::{Keyword, Kind, Token, word};
use crate::model::{is_printable, quote};
use crate::rules::template::unicode::is_word;

/// The characters that trim markers trim and that separate words.
const SPACE: [char; 4] = [' ', '\t', '\r', '\n'];

/// All tokens of a template; the last one is [`Kind::End`] or [`Kind::Error`].
pub(super) fn tokens(source: &str) -> Vec<Token<'_>> {
    let mut lexer = Lexer { source, at: 0, start: 0, line: 1, parens: 0, tokens: Vec::new() };
    if let Err(message) = lexer.text() {
        let (at, line) = (lexer.start, lexer.line);
        lexer.tokens.push(Token { kind: Kind::Error, at, line, text: message.into() });
    }
    lexer.tokens
}

struct Lexer<'s> {
    source: &'s str,
    at: usize,
    /// Where the token being read starts.
    start: usize,
    /// The line of `start`.
    line: usize,
    /// Open parentheses of the action.
    parens: usize,
    tokens: Vec<Token<'s>>,
}

type Lexed = Result<(), String>;

impl<'s> Lexer<'s> {
    fn rest(&self) -> &'s str {
        &self.source[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek();
        self.at += next.map_or(0, char::len_utf8);
        next
    }

    fn accept(&mut self, wanted: impl Fn(char) -> bool) -> bool {
        let found = self.peek().is_some_and(wanted);
        if found {
            self.next();
        }
        found
    }

    fn accept_run(&mut self, wanted: impl Fn(char) -> bool) {
        while self.accept(&wanted) {}
    }

    fn lexeme(&self) -> &'s str {
        &self.source[self.start..self.at]
    }

    fn emit(&mut self, kind: Kind) {
        let token = Token { kind, at: self.start, line: self.line, text: self.lexeme().into() };
        self.tokens.push(token);
        self.skip();
    }

    /// Leaves out what was read since the last token.
    fn skip(&mut self) {
        self.line += self.lexeme().matches('\n').count();
        self.start = self.at;
    }

    fn text(&mut self) -> Lexed {
        while let Some(found) = self.rest().find("{{") {
            let open = self.at + found;
            let trims = starts_trimmed(&self.source[open + 2..]);
            let text = &self.source[self.at..open];
            self.at += if trims { text.trim_end_matches(SPACE).len() } else { text.len() };
            if self.at > self.start {
                self.emit(Kind::Text);
            }
            self.at = open;
            self.skip();
            self.left_delim(if trims { 2 } else { 0 })?;
        }
        self.at = self.source.len();
        if self.at > self.start {
            self.emit(Kind::Text);
        }
        self.emit(Kind::End);
        Ok(())
    }

    fn left_delim(&mut self, marker: usize) -> Lexed {
        if self.source[self.at + 2 + marker..].starts_with("/*") {
            self.at += 2 + marker;
            self.skip();
            return self.comment();
        }
        self.at += 2;
        self.emit(Kind::LeftDelim);
        self.at += marker;
        self.skip();
        self.parens = 0;
        while !self.inside()? {}
        Ok(())
    }

    fn comment(&mut self) -> Lexed {
        let end = self.rest()[2..].find("*/").ok_or("unclosed comment")?;
        self.at += 2 + end + 2;
        let marker = self.right_delim().ok_or("comment ends before closing delimiter")?;
        self.close(marker);
        self.skip();
        Ok(())
    }

    /// The length of the trim marker of the right delimiter that comes next; none if there is no delimiter.
    fn right_delim(&self) -> Option<usize> {
        let rest = self.rest();
        match rest.strip_prefix(SPACE).and_then(|rest| rest.strip_prefix('-')) {
            Some(rest) if rest.starts_with("}}") => Some(2),
            _ => rest.starts_with("}}").then_some(0),
        }
    }

    fn close(&mut self, marker: usize) {
        self.at += marker + 2;
        if marker > 0 {
            self.accept_run(is_space);
        }
    }

    /// Reads a token of an action. True at its end.
    fn inside(&mut self) -> Result<bool, String> {
        if let Some(marker) = self.right_delim() {
            if self.parens > 0 {
                return Err("unclosed left paren".into());
            }
            self.at += marker;
            self.skip();
            self.at += 2;
            self.emit(Kind::RightDelim);
            if marker > 0 {
                self.accept_run(is_space);
                self.skip();
            }
            return Ok(true);
        }
        match self.next() {
            None => return Err("unclosed action".into()),
            Some(c) if is_space(c) => self.space(),
            Some('=') => self.emit(Kind::Assign),
            Some(':') if self.next() == Some('=') => self.emit(Kind::Declare),
            Some(':') => return Err("expected :=".into()),
            Some('|') => self.emit(Kind::Pipe),
            Some('"') => self.quoted('"', Kind::String, "unterminated quoted string")?,
            Some('\'') => self.quoted('\'', Kind::CharConstant, "unterminated character constant")?,
            Some('`') => {
                let end = self.rest().find('`').ok_or("unterminated raw quoted string")?;
                self.at += end + 1;
                self.emit(Kind::RawString);
            }
            Some('$') => self.name(Kind::Variable, Kind::Variable)?,
            Some('.') if self.peek().is_some_and(|c| !c.is_ascii_digit()) => {
                self.name(Kind::Field, Kind::Keyword(Keyword::Dot))?;
            }
            Some('.' | '+' | '-' | '0'..='9') => {
                self.at = self.start;
                self.number()?;
            }
            Some(c) if is_word(c) => {
                self.at = self.start;
                self.name(Kind::Identifier, Kind::Identifier)?;
            }
            Some('(') => {
                self.parens += 1;
                self.emit(Kind::LeftParen);
            }
            Some(')') => {
                self.parens = self.parens.checked_sub(1).ok_or("unexpected right paren")?;
                self.emit(Kind::RightParen);
            }
            Some(c @ ' '..='~') => {
                debug_assert!(c.is_ascii_punctuation());
                self.emit(Kind::Char);
            }
            Some(c) => return Err(format!("unrecognized character in action: {}", code_point(c))),
        }
        Ok(false)
    }

    /// Blanks; the last one may belong to the right delimiter.
    fn space(&mut self) {
        self.accept_run(is_space);
        self.at -= 1;
        if self.right_delim().is_none_or(|marker| marker == 0) {
            self.at += 1;
        }
        if self.at > self.start {
            self.emit(Kind::Space);
        }
    }

    fn quoted(&mut self, quote: char, kind: Kind, unterminated: &str) -> Lexed {
        loop {
            match self.next() {
                Some('\\') if self.peek().is_some_and(|c| c != '\n') => {
                    self.next();
                }
                Some('\\' | '\n') | None => return Err(unterminated.into()),
                Some(c) if c == quote => break,
                Some(_) => {}
            }
        }
        self.emit(kind);
        Ok(())
    }

    /// A word whose first character may be read; `bare` if there is nothing more to it.
    fn name(&mut self, kind: Kind, bare: Kind) -> Lexed {
        if self.at > self.start && self.is_terminated() {
            self.emit(bare);
            return Ok(());
        }
        self.accept_run(is_word);
        if !self.is_terminated() {
            let c = self.peek().unwrap_or_default();
            return Err(format!("bad character {}", code_point(c)));
        }
        self.emit(if kind == Kind::Identifier { word(self.lexeme()) } else { kind });
        Ok(())
    }

    fn is_terminated(&self) -> bool {
        match self.peek() {
            None | Some('.' | ',' | '|' | ':' | ')' | '(') => true,
            Some(c) => is_space(c) || self.rest().starts_with("}}"),
        }
    }

    /// A number, not yet checked: the parser tells `089` and `.` from numbers.
    fn number(&mut self) -> Lexed {
        let bad = |lexer: &Self| format!("bad number syntax: {}", quote(lexer.lexeme()));
        if !self.scan_number() {
            return Err(bad(self));
        }
        if matches!(self.peek(), Some('+' | '-')) {
            if !self.scan_number() || !self.lexeme().ends_with('i') {
                return Err(bad(self));
            }
            self.emit(Kind::Complex);
        } else {
            self.emit(Kind::Number);
        }
        Ok(())
    }

    fn scan_number(&mut self) -> bool {
        self.accept(is_sign);
        let mut base = 10;
        if self.accept(|c| c == '0') {
            for (letter, of_letter) in [('x', 16), ('o', 8), ('b', 2)] {
                if base == 10 && self.accept(|c| c.eq_ignore_ascii_case(&letter)) {
                    base = of_letter;
                }
            }
        }
        let is_digit = |c: char| c.is_digit(base) || c == '_';
        self.accept_run(is_digit);
        if self.accept(|c| c == '.') {
            self.accept_run(is_digit);
        }
        let exponent = match base {
            10 => self.accept(|c| matches!(c, 'e' | 'E')),
            16 => self.accept(|c| matches!(c, 'p' | 'P')),
            _ => false,
        };
        if exponent {
            self.accept(is_sign);
            self.accept_run(|c| c.is_ascii_digit() || c == '_');
        }
        self.accept(|c| c == 'i');
        !self.accept(is_word)
    }
}

fn is_space(c: char) -> bool {
    SPACE.contains(&c)
}

fn is_sign(c: char) -> bool {
    matches!(c, '+' | '-')
}

fn starts_trimmed(inside: &str) -> bool {
    inside.strip_prefix('-').is_some_and(|rest| rest.starts_with(SPACE))
}

/// `U+0041 'A'`; without the character where it cannot be seen.
fn code_point(c: char) -> String {
    let code = format!("U+{:04X}", u32::from(c));
    if is_printable(c) && !c.is_ascii_control() { format!("{code} '{c}'") } else { code }
}
