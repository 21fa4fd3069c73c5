//! From raw tokens to the terminals of the grammar: everything about PromQL that depends on what stands around a
//! token.
//!
//! * In braces every word is a label and `=` is a matcher; in square brackets only durations are understood and `:`
//!   stands alone; elsewhere `:` is part of a name.
//! * Keywords in any case; `fill` is one only before a parenthesis; `group_left` with a list is another terminal than
//!   without.
//! * What cannot be understood is reported once and becomes [`Tok::Bad`]; brackets left open at the end are reported
//!   and closed, so that the parser can go on.

use crate::ast::{BinaryOp, Comment, MatchOp};
use crate::error::{Bracket, Place, SyntaxError, SyntaxErrorKind};
use crate::literal;
use crate::span::Span;
use crate::token::{Raw, Tok};
use crate::unicode::is_letter;
use logos::Logos;

/// A token between two byte offsets.
pub(crate) type Spanned = (u32, Tok, u32);

/// Iterates over the tokens of a text.
pub(crate) struct Lexer<'t> {
    raw: logos::Lexer<'t, Raw>,
    text: &'t str,
    /// Letters and dots of all kinds in unquoted names.
    utf8_names: bool,
    /// The brackets that are open, with their places.
    open: Vec<(Bracket, u32)>,
    in_braces: bool,
    /// What has been seen since the square bracket that is open.
    range: Option<RangeState>,
    /// The other half of a raw token that was split.
    split: Option<Spanned>,
    /// The text has come to its end.
    at_end: bool,
    /// In text order.
    pub(crate) comments: Vec<Comment>,
    /// In text order of the places where they came to light.
    pub(crate) errors: Vec<(u32, SyntaxError)>,
}

#[derive(Default)]
struct RangeState {
    /// How many brackets were open before.
    depth: usize,
    /// A number was seen. From there on Prometheus' lexer is less strict, and comments are allowed.
    number: bool,
    /// A number or one of the functions of durations was seen.
    duration: bool,
    colon: bool,
}

impl<'t> Lexer<'t> {
    /// `text` is shorter than 4 GiB.
    pub(crate) fn new(text: &'t str, utf8_names: bool) -> Self {
        Lexer {
            raw: Raw::lexer(text),
            text,
            utf8_names,
            open: Vec::new(),
            in_braces: false,
            range: None,
            split: None,
            at_end: false,
            comments: Vec::new(),
            errors: Vec::new(),
        }
    }

    fn span(&self) -> Span {
        let span = self.raw.span();
        Span::new(span.start, span.end)
    }

    /// Reports what is wrong at the current token.
    fn fail(&mut self, kind: SyntaxErrorKind) -> Tok {
        let span = self.span();
        self.fail_at(kind, span)
    }

    fn fail_at(&mut self, kind: SyntaxErrorKind, span: Span) -> Tok {
        self.errors.push((self.span().start, SyntaxError::new(kind, span)));
        Tok::Bad
    }

    /// Reports the first character of the current token.
    fn unexpected_character(&mut self, place: Place) -> Tok {
        let found = self.raw.slice().chars().next().unwrap_or(char::REPLACEMENT_CHARACTER);
        let start = self.raw.span().start;
        self.fail_at(SyntaxErrorKind::Character { found, place }, Span::new(start, start + found.len_utf8()))
    }

    fn scan(&mut self, raw: Raw) -> Tok {
        if self.in_braces {
            return self.scan_in_braces(raw);
        }
        if let Some(range) = &self.range {
            let strict = !range.number;
            return self.scan_in_range(raw, strict);
        }
        match raw {
            Raw::Word => self.word(),
            Raw::Colon => {
                self.extend_name(true);
                Tok::MetricIdentifier
            }
            Raw::Other if self.at_letter() => self.word(),
            _ => self.scan_plain(raw),
        }
    }

    /// What means the same everywhere outside of braces.
    fn scan_plain(&mut self, raw: Raw) -> Tok {
        match raw {
            Raw::Number => self.number(),
            Raw::String => self.string(),
            Raw::LeftParen => self.open(Bracket::LeftParen, Tok::LeftParen),
            Raw::RightParen => self.close_paren(),
            Raw::LeftBrace => {
                self.in_braces = true;
                self.open(Bracket::LeftBrace, Tok::LeftBrace)
            }
            Raw::LeftBracket if self.range.is_some() => {
                self.fail(SyntaxErrorKind::StrayBracket(Bracket::LeftBracket))
            }
            Raw::LeftBracket => {
                self.range = Some(RangeState { depth: self.open.len(), ..RangeState::default() });
                self.open(Bracket::LeftBracket, Tok::LeftBracket)
            }
            Raw::RightBracket => match self.range.take() {
                Some(range) => {
                    self.open.truncate(range.depth);
                    Tok::RightBracket
                }
                None => self.fail(SyntaxErrorKind::StrayBracket(Bracket::RightBracket)),
            },
            Raw::Comma => Tok::Comma,
            Raw::At => Tok::At,
            Raw::Assign => Tok::Assign,
            Raw::Compare(op) => Tok::Compare(op),
            Raw::Sign(op) => Tok::Sign(op),
            Raw::Times(op) => Tok::Times(op),
            Raw::Pow(op) => Tok::Pow(op),
            Raw::Like => self.fail(SyntaxErrorKind::CharacterAfter { after: '=', found: '~', braces: false }),
            Raw::Unlike => {
                self.fail(SyntaxErrorKind::CharacterAfter { after: '!', found: '~', braces: false })
            }
            Raw::Other | Raw::RightBrace | Raw::Comment | Raw::Word | Raw::Colon => self.other(Place::Query),
        }
    }

    fn scan_in_braces(&mut self, raw: Raw) -> Tok {
        match raw {
            Raw::Word => {
                self.extend_name(false);
                Tok::Identifier
            }
            Raw::Other if self.at_letter() => {
                self.extend_name(false);
                Tok::Identifier
            }
            Raw::String => self.string(),
            Raw::Comma => Tok::Comma,
            Raw::Assign => Tok::Match(MatchOp::Equal),
            Raw::Like => Tok::Match(MatchOp::Regex),
            Raw::Unlike => Tok::Match(MatchOp::NotRegex),
            Raw::Compare(BinaryOp::NotEqual) => Tok::Match(MatchOp::NotEqual),
            Raw::Compare(BinaryOp::Equal) => {
                // `==` is no operator here: two matchers' signs in a row.
                let end = self.span().end;
                self.split = Some((end - 1, Tok::Match(MatchOp::Equal), end));
                Tok::Match(MatchOp::Equal)
            }
            Raw::RightBrace => {
                self.in_braces = false;
                self.open.pop();
                Tok::RightBrace
            }
            Raw::LeftBrace => self.fail(SyntaxErrorKind::StrayBracket(Bracket::LeftBrace)),
            Raw::Other => self.other(Place::Braces),
            _ => self.unexpected_character(Place::Braces),
        }
    }

    fn scan_in_range(&mut self, raw: Raw, strict: bool) -> Tok {
        let place = if strict { Place::Duration } else { Place::Range };
        match raw {
            Raw::Word => match Tok::of_word(self.raw.slice()) {
                Some(tok @ (Tok::Step | Tok::Range | Tok::MinOf | Tok::MaxOf)) => {
                    self.range_state().duration = true;
                    tok
                }
                _ => self.unexpected_character(place),
            },
            Raw::Colon => {
                let range = self.range_state();
                let seen = std::mem::replace(&mut range.colon, true);
                if !range.duration {
                    self.fail(SyntaxErrorKind::ColonBeforeDuration)
                } else if seen {
                    self.fail(SyntaxErrorKind::RepeatedColon { in_duration: strict })
                } else {
                    Tok::Colon
                }
            }
            Raw::Number => {
                let range = self.range_state();
                (range.number, range.duration) = (true, true);
                self.number()
            }
            Raw::LeftParen
            | Raw::RightParen
            | Raw::RightBracket
            | Raw::Comma
            | Raw::Sign(_)
            | Raw::Times(_)
            | Raw::Pow(_) => self.scan_plain(raw),
            _ if strict => self.unexpected_character(place),
            Raw::Other if self.at_letter() => self.unexpected_character(place),
            _ => self.scan_plain(raw),
        }
    }

    fn range_state(&mut self) -> &mut RangeState {
        self.range.get_or_insert_default()
    }

    fn open(&mut self, bracket: Bracket, tok: Tok) -> Tok {
        self.open.push((bracket, self.span().start));
        tok
    }

    fn close_paren(&mut self) -> Tok {
        match self.open.last() {
            Some((Bracket::LeftParen, _)) => {
                self.open.pop();
                Tok::RightParen
            }
            // Within a square bracket a parenthesis from outside is closed: for the parser to refuse.
            Some(_) if self.range.as_ref().is_some_and(|range| range.depth > 0) => Tok::RightParen,
            _ => self.fail(SyntaxErrorKind::StrayBracket(Bracket::RightParen)),
        }
    }

    /// A character that begins nothing, if it does not begin a broken string or operator.
    fn other(&mut self, place: Place) -> Tok {
        match self.raw.slice() {
            "\"" | "'" | "`" => self.string(),
            "!" => {
                let found = self.raw.remainder().chars().next();
                self.fail(SyntaxErrorKind::CharacterAfter {
                    after: '!',
                    found: found.unwrap_or(char::REPLACEMENT_CHARACTER),
                    braces: place == Place::Braces,
                })
            }
            _ => {
                let tok = self.unexpected_character(place);
                // One report for `&&` and for a word in another script, not one a character.
                let first = self.raw.slice().chars().next();
                let is_part = |c: &char| Some(*c) == first || (!c.is_ascii() && !c.is_whitespace());
                self.raw.bump(self.raw.remainder().chars().take_while(is_part).map(char::len_utf8).sum());
                tok
            }
        }
    }

    fn number(&mut self) -> Tok {
        let (start, end) = (self.raw.span().start, self.raw.span().end);
        match literal::number_end(&self.text.as_bytes()[start..]) {
            Ok((length, is_duration)) => {
                self.raw.bump(start + length - end);
                if is_duration { Tok::Duration } else { Tok::Number }
            }
            Err(length) => {
                let read = Span::new(start, start + length);
                let kind = SyntaxErrorKind::BadNumber(self.text[start..start + length].to_owned());
                let tok = self.fail_at(kind, read);
                let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.');
                let rest = &self.text.as_bytes()[start + length..];
                self.raw.bump(start + length - end + rest.iter().take_while(|byte| is_part(byte)).count());
                tok
            }
        }
    }

    fn string(&mut self) -> Tok {
        let (start, end) = (self.raw.span().start, self.raw.span().end);
        let slice = self.raw.slice();
        if slice.len() > 1 && (slice.starts_with('`') || !slice.contains('\\')) {
            return Tok::String;
        }
        let rest = &self.text[start..];
        let Err((at, kind)) = literal::string_end(rest) else { return Tok::String };
        // The token goes on to where the string was meant to end, as far as that can be told.
        let line = if slice.starts_with('`') { rest.len() } else { rest.find('\n').unwrap_or(rest.len()) };
        let faulty = rest[at..].chars().next().map_or(0, char::len_utf8);
        let span =
            if at == 0 { Span::new(start, start + line) } else { Span::new(start + at, start + at + faulty) };
        let tok = self.fail_at(kind, span);
        if slice.len() == 1 {
            self.raw.bump(start + line - end);
        }
        tok
    }

    /// Whether the current character is a letter that may stand in a name.
    fn at_letter(&self) -> bool {
        self.utf8_names && self.raw.slice().chars().all(is_letter)
    }

    /// Takes in what else belongs to a name.
    fn extend_name(&mut self, colons: bool) {
        let rest = self.raw.remainder();
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || (colons && byte == b':');
        let mut length = rest.bytes().take_while(|&byte| is_plain(byte)).count();
        if self.utf8_names {
            let is_part =
                |c: char| c == '.' || u8::try_from(c).is_ok_and(is_plain) || (!c.is_ascii() && is_letter(c));
            length = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        }
        self.raw.bump(length);
    }

    /// A keyword, or the name of a metric or function.
    fn word(&mut self) -> Tok {
        self.extend_name(true);
        let word = self.raw.slice();
        let followed_by_paren =
            || self.raw.remainder().trim_start_matches([' ', '\t', '\n', '\r']).starts_with('(');
        match Tok::of_word(word) {
            Some(Tok::Fill | Tok::FillLeft | Tok::FillRight) if !followed_by_paren() => Tok::Identifier,
            Some(Tok::Group(side)) if self.list_follows() => Tok::GroupList(side),
            Some(tok) => tok,
            None if word.contains(':') => Tok::MetricIdentifier,
            None => Tok::Identifier,
        }
    }

    /// Whether the next token is a left parenthesis, comments aside.
    fn list_follows(&self) -> bool {
        self.raw.clone().find(|raw| *raw != Ok(Raw::Comment)) == Some(Ok(Raw::LeftParen))
    }

    fn comment(&mut self) {
        let span = self.span();
        if self.range.as_ref().is_some_and(|range| !range.number) && !self.in_braces {
            self.unexpected_character(Place::Duration);
        }
        let line = self.text[..span.range().start].rfind(['\n', '\r']).map_or(0, |at| at + 1);
        self.comments.push(Comment {
            text: self.raw.slice().to_owned(),
            span,
            own_line: self.text[line..span.range().start].trim_start().is_empty(),
        });
    }

    /// Reports a bracket that is open at the end of the text.
    fn report_open(&mut self) {
        let Some(&innermost) = self.open.last() else { return };
        let in_duration = self.range.as_ref().is_some_and(|range| !range.number) && !self.in_braces;
        let paren = self.open.iter().rev().find(|(bracket, _)| *bracket == Bracket::LeftParen);
        let (bracket, start) =
            if self.in_braces || in_duration { innermost } else { *paren.unwrap_or(&innermost) };
        let span = Span { start, end: start + 1 };
        let error = SyntaxError::new(SyntaxErrorKind::Unclosed { bracket, in_duration }, span);
        self.errors.push((Span::new(self.text.len(), 0).start, error));
    }
}

impl Iterator for Lexer<'_> {
    type Item = Spanned;

    fn next(&mut self) -> Option<Spanned> {
        if let Some(half) = self.split.take() {
            return Some(half);
        }
        while !self.at_end {
            let Some(raw) = self.raw.next() else {
                self.at_end = true;
                self.report_open();
                break;
            };
            let raw = raw.unwrap_or(Raw::Other);
            if raw == Raw::Comment {
                self.comment();
                continue;
            }
            let tok = self.scan(raw);
            if tok == Tok::Bad && matches!(raw, Raw::RightParen | Raw::RightBracket) {
                continue;
            }
            let Span { start, mut end } = self.span();
            if self.split.is_some() {
                end -= 1;
            }
            return Some((start, tok, end));
        }
        let (bracket, _) = self.open.pop()?;
        let end = Span::new(self.text.len(), 0).start;
        let closer = match bracket {
            Bracket::LeftBrace => Tok::RightBrace,
            Bracket::LeftBracket | Bracket::RightBracket => Tok::RightBracket,
            Bracket::LeftParen | Bracket::RightParen => Tok::RightParen,
        };
        Some((end, closer, end))
    }
}
