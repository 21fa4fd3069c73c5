//! The tokens of a template: text outside of actions, words inside.

use crate::model::quote;
use std::borrow::Cow;

/// What a token is. The order has no meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The lexer gave up; the text says why. The last token.
    Error,
    /// The end of the template. The last token.
    End,
    Text,
    LeftDelim,
    RightDelim,
    Space,
    Assign,
    Declare,
    Pipe,
    LeftParen,
    RightParen,
    /// A printable ASCII character that means nothing by itself.
    Char,
    CharConstant,
    String,
    RawString,
    Number,
    Complex,
    Bool,
    Field,
    Variable,
    Identifier,
    Keyword(Keyword),
}

/// The words that cannot be functions. The cursor is one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keyword {
    Block,
    Break,
    Continue,
    Define,
    Dot,
    Else,
    End,
    If,
    Nil,
    Range,
    Template,
    With,
}

/// Every keyword but the cursor, by its spelling.
const KEYWORDS: [(&str, Keyword); 11] = [
    ("block", Keyword::Block),
    ("break", Keyword::Break),
    ("continue", Keyword::Continue),
    ("define", Keyword::Define),
    ("else", Keyword::Else),
    ("end", Keyword::End),
    ("if", Keyword::If),
    ("nil", Keyword::Nil),
    ("range", Keyword::Range),
    ("template", Keyword::Template),
    ("with", Keyword::With),
];

/// What a word without a dot is.
pub(super) fn word(text: &str) -> Kind {
    match text {
        "true" | "false" => Kind::Bool,
        _ => KEYWORDS
            .iter()
            .find(|(spelling, _)| *spelling == text)
            .map_or(Kind::Identifier, |&(_, keyword)| Kind::Keyword(keyword)),
    }
}

/// A token with its place.
#[derive(Clone, Debug)]
pub(super) struct Token<'s> {
    pub(super) kind: Kind,
    /// Where it starts, in bytes.
    pub(super) at: usize,
    /// The line on which it starts, from 1.
    pub(super) line: usize,
    /// As written; the message of an error.
    pub(super) text: Cow<'s, str>,
}

impl Token<'_> {
    pub(super) fn is(&self, keyword: Keyword) -> bool {
        self.kind == Kind::Keyword(keyword)
    }

    /// The token as messages name it.
    pub(super) fn describe(&self) -> String {
        match self.kind {
            Kind::End => "EOF".to_owned(),
            Kind::Error => self.text.clone().into_owned(),
            Kind::Keyword(_) => format!("<{}>", self.text),
            // Bytes decide whether a text is long, characters how much of it is shown.
            _ if self.text.len() > 10 => {
                let start: String = self.text.chars().take(10).collect();
                format!("{}...", quote(&start))
            }
            _ => quote(&self.text),
        }
    }
}
