//! Tokens: the raw ones that logos cuts, and the terminals of the grammar that the [lexer](crate::lexer) makes of
//! them.

use crate::ast::{Aggregator, BinaryOp, MatchOp, Side};
use crate::quote::quote;
use logos::Logos;
use std::sync::LazyLock;

/// What can be told without knowing what stands around it.
#[derive(Logos, Clone, Copy, Debug, PartialEq, Eq)]
#[logos(skip r"[ \t\r\n]+")]
pub(crate) enum Raw {
    #[regex(r"#[^\r\n]*", allow_greedy = true)]
    Comment,
    #[regex("[A-Za-z_][A-Za-z0-9_]*")]
    Word,
    /// Only how a number begins: how it goes on is not regular enough, see `literal::number_end`.
    #[regex(r"\.?[0-9]")]
    Number,
    /// A string that ends; what is wrong with one that does not, the lexer finds out.
    #[regex(r#""([^"\\\n\u{FFFD}]|\\[^\n])*""#)]
    #[regex(r"'([^'\\\n\u{FFFD}]|\\[^\n])*'")]
    #[regex(r"`[^`\u{FFFD}]*`")]
    String,
    #[token("(")]
    LeftParen,
    #[token(")")]
    RightParen,
    #[token("{")]
    LeftBrace,
    #[token("}")]
    RightBrace,
    #[token("[")]
    LeftBracket,
    #[token("]")]
    RightBracket,
    #[token(",")]
    Comma,
    #[token(":")]
    Colon,
    #[token("@")]
    At,
    #[token("=")]
    Assign,
    #[token("=~")]
    Like,
    #[token("!~")]
    Unlike,
    #[token("==", |_| BinaryOp::Equal)]
    #[token("!=", |_| BinaryOp::NotEqual)]
    #[token("<", |_| BinaryOp::Less)]
    #[token("<=", |_| BinaryOp::LessEqual)]
    #[token(">", |_| BinaryOp::Greater)]
    #[token(">=", |_| BinaryOp::GreaterEqual)]
    #[token("</", |_| BinaryOp::TrimUpper)]
    #[token(">/", |_| BinaryOp::TrimLower)]
    Compare(BinaryOp),
    #[token("+", |_| BinaryOp::Add)]
    #[token("-", |_| BinaryOp::Sub)]
    Sign(BinaryOp),
    #[token("*", |_| BinaryOp::Mul)]
    #[token("/", |_| BinaryOp::Div)]
    #[token("%", |_| BinaryOp::Mod)]
    Times(BinaryOp),
    #[token("^", |_| BinaryOp::Pow)]
    Pow(BinaryOp),
    /// One character of any other kind.
    #[regex(r"(?s).", priority = 0)]
    Other,
}

/// A terminal of the grammar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tok {
    LeftParen,
    RightParen,
    LeftBrace,
    RightBrace,
    LeftBracket,
    RightBracket,
    Comma,
    Colon,
    At,
    /// `=` outside of braces.
    Assign,
    /// Inside braces.
    Match(MatchOp),
    Sign(BinaryOp),
    Times(BinaryOp),
    Pow(BinaryOp),
    Atan2(BinaryOp),
    Compare(BinaryOp),
    And(BinaryOp),
    Or(BinaryOp),
    Identifier,
    /// A name with a colon.
    MetricIdentifier,
    Number,
    Duration,
    String,
    Aggregator(Aggregator),
    By,
    Without,
    On,
    Ignoring,
    /// `group_left` or `group_right` without a list.
    Group(Side),
    /// The same, and a parenthesis follows.
    GroupList(Side),
    Bool,
    Fill,
    FillLeft,
    FillRight,
    Offset,
    Anchored,
    Smoothed,
    Start,
    End,
    Step,
    Range,
    MaxOf,
    MinOf,
    /// Stands for what could not be understood and has been reported.
    Bad,
}

/// Keywords that are neither aggregators nor operators, and the numbers that are words.
const KEYWORDS: [(&str, Tok); 21] = [
    ("offset", Tok::Offset),
    ("by", Tok::By),
    ("without", Tok::Without),
    ("on", Tok::On),
    ("ignoring", Tok::Ignoring),
    ("group_left", Tok::Group(Side::Left)),
    ("group_right", Tok::Group(Side::Right)),
    ("bool", Tok::Bool),
    ("fill", Tok::Fill),
    ("fill_left", Tok::FillLeft),
    ("fill_right", Tok::FillRight),
    ("anchored", Tok::Anchored),
    ("smoothed", Tok::Smoothed),
    ("start", Tok::Start),
    ("end", Tok::End),
    ("step", Tok::Step),
    ("range", Tok::Range),
    ("max_of", Tok::MaxOf),
    ("min_of", Tok::MinOf),
    ("inf", Tok::Number),
    ("nan", Tok::Number),
];

/// All keywords by length; aggregators included, their names stand in the tree.
static WORDS: LazyLock<[Vec<(u128, Tok)>; LONGEST + 1]> = LazyLock::new(|| {
    let mut words: [Vec<_>; LONGEST + 1] = Default::default();
    for (word, tok) in keywords() {
        words[word.len()].push((key(word), tok));
    }
    words
});

/// Length of `count_values`.
const LONGEST: usize = 12;

/// The letters of a keyword in one number, the same in any case.
fn key(word: &str) -> u128 {
    let mut letters = [0; 16];
    letters[..word.len()].copy_from_slice(word.as_bytes());
    letters.make_ascii_lowercase();
    u128::from_le_bytes(letters)
}

/// The keywords with what they are.
pub(crate) fn keywords() -> impl Iterator<Item = (&'static str, Tok)> {
    let operators = [BinaryOp::And, BinaryOp::Unless].map(|op| (op.as_str(), Tok::And(op)));
    let operators = operators.into_iter().chain([
        (BinaryOp::Or.as_str(), Tok::Or(BinaryOp::Or)),
        (BinaryOp::Atan2.as_str(), Tok::Atan2(BinaryOp::Atan2)),
    ]);
    let aggregators = Aggregator::ALL.iter().map(|&op| (op.as_str(), Tok::Aggregator(op)));
    KEYWORDS.into_iter().chain(operators).chain(aggregators)
}

impl Tok {
    /// The keyword or number word, in any case.
    pub(crate) fn of_word(word: &str) -> Option<Tok> {
        let known = WORDS.get(word.len())?;
        let key = key(word);
        known.iter().find(|(name, _)| *name == key).map(|&(_, tok)| tok)
    }

    /// How Prometheus names the token in messages; `text` is its spelling.
    pub(crate) fn describe(self, text: &str) -> String {
        match self {
            Tok::Identifier => format!("identifier {}", quote(text)),
            Tok::MetricIdentifier => format!("metric identifier {}", quote(text)),
            Tok::Number => format!("number {}", shortened(text)),
            Tok::Duration => format!("duration {}", shortened(text)),
            Tok::String => format!("string {}", shortened(text)),
            Tok::Aggregator(_) => format!("<aggr:{text}>"),
            Tok::At
            | Tok::Match(MatchOp::NotEqual | MatchOp::Regex | MatchOp::NotRegex)
            | Tok::Sign(_)
            | Tok::Times(_)
            | Tok::Pow(_)
            | Tok::Atan2(_)
            | Tok::Compare(_)
            | Tok::And(_)
            | Tok::Or(_) => format!("<op:{text}>"),
            Tok::By
            | Tok::Without
            | Tok::On
            | Tok::Ignoring
            | Tok::Group(_)
            | Tok::GroupList(_)
            | Tok::Bool
            | Tok::Fill
            | Tok::FillLeft
            | Tok::FillRight
            | Tok::Offset
            | Tok::Anchored
            | Tok::Smoothed => format!("<{text}>"),
            _ => quote(text),
        }
    }

    /// Whether an operand may end with it.
    pub(crate) fn ends_operand(self) -> bool {
        matches!(
            self,
            Tok::RightParen
                | Tok::RightBrace
                | Tok::RightBracket
                | Tok::Identifier
                | Tok::MetricIdentifier
                | Tok::Number
                | Tok::Duration
                | Tok::String
                | Tok::Bad
        )
    }

    /// Whether it is a binary operator if an operand stands before it.
    pub(crate) fn is_operator(self) -> bool {
        matches!(
            self,
            Tok::Sign(_)
                | Tok::Times(_)
                | Tok::Pow(_)
                | Tok::Atan2(_)
                | Tok::Compare(_)
                | Tok::And(_)
                | Tok::Or(_)
        )
    }

    /// Whether it opens a bracket of any kind.
    pub(crate) fn opens(self) -> bool {
        matches!(self, Tok::LeftParen | Tok::LeftBrace | Tok::LeftBracket)
    }

    /// Whether it closes a bracket of any kind.
    pub(crate) fn closes(self) -> bool {
        matches!(self, Tok::RightParen | Tok::RightBrace | Tok::RightBracket)
    }
}

/// Quoted, and cut off after ten characters.
fn shortened(text: &str) -> String {
    if text.len() <= 10 {
        return quote(text);
    }
    let cut = text.char_indices().nth(10).map_or(text.len(), |(at, _)| at);
    format!("{}...", quote(&text[..cut]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_are_found_in_any_case_and_only_whole() {
        assert_eq!(Tok::of_word("by"), Some(Tok::By));
        assert_eq!(Tok::of_word("Count_VALUES"), Some(Tok::Aggregator(Aggregator::CountValues)));
        assert_eq!(Tok::of_word("NaN"), Some(Tok::Number));
        assert_eq!(Tok::of_word("top\u{212a}"), None);
        assert_eq!(Tok::of_word("summ"), None);
        for (word, tok) in keywords() {
            assert_eq!(Tok::of_word(word), Some(tok), "{word}");
        }
    }
}
