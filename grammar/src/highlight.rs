//! Tokens for colouring, and whether a text goes on: for prompts and editors. Nothing here fails.

use crate::error::{SyntaxError, SyntaxErrorKind};
use crate::lexer::Lexer;
use crate::parse::{ParseOptions, parse};
use crate::span::Span;
use crate::token::Tok;

/// What a token is to a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenClass {
    /// The name of a metric or label.
    Name,
    /// A word of the language.
    Keyword,
    /// A name that is called.
    Function,
    /// `sum` and the like.
    Aggregator,
    /// A number without a unit.
    Number,
    /// A number with units of time.
    Duration,
    /// A string in quotes of any kind.
    String,
    /// A symbol that computes, compares or matches; `@` too.
    Operator,
    /// Brackets, commas, colons.
    Punctuation,
    /// From `#` to the end of the line.
    Comment,
    /// What is no part of the language.
    Error,
}

/// The tokens of any text, comments included, in text order and without overlaps.
#[must_use]
pub fn tokens(text: &str, options: &ParseOptions) -> Vec<(TokenClass, Span)> {
    let mut lexer = Lexer::new(text, options.unquoted_utf8_names);
    let spanned: Vec<_> = lexer.by_ref().filter(|&(start, _, end)| start < end).collect();
    let mut classes = Vec::with_capacity(spanned.len() + lexer.comments.len());
    let (mut brackets, mut in_braces) = (false, false);
    for (place, &(start, tok, end)) in spanned.iter().enumerate() {
        let next = spanned.get(place + 1).map(|&(_, tok, _)| tok);
        match tok {
            Tok::LeftBrace | Tok::RightBrace => in_braces = tok == Tok::LeftBrace,
            Tok::LeftBracket | Tok::RightBracket => brackets = tok == Tok::LeftBracket,
            _ => {}
        }
        let called = next == Some(Tok::LeftParen) && !in_braces;
        classes.push((class(tok, next, called, brackets), Span { start, end }));
    }
    classes.extend(lexer.comments.iter().map(|comment| (TokenClass::Comment, comment.span)));
    // Stray closing brackets leave no token, only an error.
    let strays = lexer.errors.iter().map(|(_, error)| error).filter(|error| error.code() == "stray-bracket");
    classes.extend(strays.map(|error| (TokenClass::Error, error.span)));
    classes.sort_by_key(|&(_, span)| span.start);
    classes.dedup_by_key(|&mut (_, span)| span.start);
    classes
}

fn class(tok: Tok, next: Option<Tok>, called: bool, in_brackets: bool) -> TokenClass {
    match tok {
        Tok::Bad => TokenClass::Error,
        Tok::Number => TokenClass::Number,
        Tok::Duration => TokenClass::Duration,
        Tok::String => TokenClass::String,
        Tok::Aggregator(_) if called || matches!(next, Some(Tok::By | Tok::Without)) => {
            TokenClass::Aggregator
        }
        Tok::Identifier | Tok::Start | Tok::End | Tok::Step | Tok::Range | Tok::MaxOf | Tok::MinOf
            if called || in_brackets =>
        {
            TokenClass::Function
        }
        Tok::Identifier
        | Tok::MetricIdentifier
        | Tok::Aggregator(_)
        | Tok::Start
        | Tok::End
        | Tok::Step
        | Tok::Range
        | Tok::MaxOf
        | Tok::MinOf => TokenClass::Name,
        Tok::Match(_)
        | Tok::Sign(_)
        | Tok::Times(_)
        | Tok::Pow(_)
        | Tok::Compare(_)
        | Tok::At
        | Tok::Assign => TokenClass::Operator,
        Tok::LeftParen
        | Tok::RightParen
        | Tok::LeftBrace
        | Tok::RightBrace
        | Tok::LeftBracket
        | Tok::RightBracket
        | Tok::Comma
        | Tok::Colon => TokenClass::Punctuation,
        Tok::Atan2(_)
        | Tok::And(_)
        | Tok::Or(_)
        | Tok::By
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
        | Tok::Smoothed => TokenClass::Keyword,
    }
}

/// Whether a bracket, or a string in backticks, is open at the end of the text: a prompt should ask for more. It
/// should not where more text cannot mend what is wrong.
#[must_use]
pub fn brackets_open(text: &str) -> bool {
    let Err(failure) = parse(text, &ParseOptions { unquoted_utf8_names: true }) else {
        return false;
    };
    let end = text.trim_end().len();
    let is_open = |kind: &SyntaxErrorKind| {
        matches!(kind, SyntaxErrorKind::Unclosed { .. } | SyntaxErrorKind::UnterminatedRawString)
    };
    let mendable = |error: &SyntaxError| is_open(&error.kind) || error.span.range().start >= end;
    failure.errors.iter().any(|error| is_open(&error.kind)) && failure.errors.iter().all(mendable)
}

#[cfg(test)]
mod tests {
    use super::*;
    use TokenClass::*;

    fn classes(text: &str) -> Vec<(TokenClass, &str)> {
        tokens(text, &ParseOptions::default())
            .into_iter()
            .map(|(class, span)| (class, &text[span.range()]))
            .collect()
    }

    #[test]
    fn every_class_is_told() {
        assert_eq!(
            classes("sum by (a) (rate(b:c{x=~\"y\"}[5m])) > 1 # z"),
            [
                (Aggregator, "sum"),
                (Keyword, "by"),
                (Punctuation, "("),
                (Name, "a"),
                (Punctuation, ")"),
                (Punctuation, "("),
                (Function, "rate"),
                (Punctuation, "("),
                (Name, "b:c"),
                (Punctuation, "{"),
                (Name, "x"),
                (Operator, "=~"),
                (String, "\"y\""),
                (Punctuation, "}"),
                (Punctuation, "["),
                (Duration, "5m"),
                (Punctuation, "]"),
                (Punctuation, ")"),
                (Punctuation, ")"),
                (Operator, ">"),
                (Number, "1"),
                (Comment, "# z"),
            ]
        );
    }

    #[test]
    fn what_cannot_be_read_is_an_error_and_the_rest_goes_on() {
        assert_eq!(
            classes("a & 5x) 'b"),
            [(Name, "a"), (Error, "&"), (Error, "5x"), (Error, ")"), (Error, "'b")]
        );
        assert_eq!(classes(""), []);
    }

    #[test]
    fn open_brackets_ask_for_more() {
        for text in
            ["sum(", "foo{a=\"b\"", "foo[5m", "f(`a", "(", "foo[", "sum(foo) by (", "sum(a +", "a + on (b,"]
        {
            assert!(brackets_open(text), "{text}");
        }
        for text in [
            "",
            "foo",
            "sum(foo)",
            "foo)",
            "foo[5m]",
            "'a",
            "foo + ",
            "rate(up[5m)",
            "((up[5m)",
            "f(a]",
            "f('a",
        ] {
            assert!(!brackets_open(text), "{text}");
        }
    }
}
