//! Syntax errors: what is wrong, where, and how to mend it.
//!
//! Messages are those of Prometheus, which tests and people compare; what can be said better stands in the help.

use crate::duration::DurationError;
use crate::quote::{quote, quote_char};
use crate::span::Span;
use crate::unicode::is_printable;

/// One thing that is wrong with a query's text.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{kind}")]
pub struct SyntaxError {
    /// What is wrong.
    pub kind: SyntaxErrorKind,
    /// Where.
    pub span: Span,
    /// A keyword that may have been meant.
    pub(crate) suggestion: Option<&'static str>,
}

/// Brackets of the language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bracket {
    /// `(`
    LeftParen,
    /// `)`
    RightParen,
    /// `{`
    LeftBrace,
    /// `[`
    LeftBracket,
    /// `]`
    RightBracket,
}

/// Parts of a query that differ in the characters they may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Outside of braces and square brackets.
    Query,
    /// Inside braces.
    Braces,
    /// Inside square brackets, before the first number.
    Duration,
    /// Inside square brackets, after a number.
    Range,
}

/// The kinds of syntax errors.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SyntaxErrorKind {
    /// There is nothing but space and comments.
    #[error("no expression found in input")]
    NoExpression,
    /// Spans are 32 bits wide.
    #[error("the query is longer than 4 GiB")]
    TooLong,
    /// A token where the grammar has no place for it.
    #[error("unexpected {found}{}{}", .context.map_or(String::new(), |context| format!(" in {context}")),
        .expected.map_or(String::new(), |expected| format!(", expected {expected}")))]
    Unexpected {
        /// The token, described.
        found: String,
        /// The construct that it stands in.
        context: Option<&'static str>,
        /// What may stand there.
        expected: Option<&'static str>,
    },
    /// A character that no token of this place begins with.
    #[error("unexpected character{}", character(*.found, *.place))]
    Character {
        /// The character.
        found: char,
        /// Where it stands.
        place: Place,
    },
    /// `!` or `=` that is not followed by what makes an operator of it.
    #[error("unexpected character after '{after}'{}: {}", if *.braces { " inside braces" } else { "" }, quote_char(*.found))]
    CharacterAfter {
        /// The first character.
        after: char,
        /// What follows it; U+FFFD at the end of the text.
        found: char,
        /// Inside braces.
        braces: bool,
    },
    /// A bracket without its other half, or where it may not be nested.
    #[error("unexpected {} {}", .0.name(), quote_char(.0.character()))]
    StrayBracket(Bracket),
    /// The text ends before the bracket is closed.
    #[error("{}", unclosed(*.bracket, *.in_duration))]
    Unclosed {
        /// The bracket.
        bracket: Bracket,
        /// In square brackets without a number yet.
        in_duration: bool,
    },
    /// `[:` or the like.
    #[error("unexpected colon before duration in duration expression")]
    ColonBeforeDuration,
    /// A second colon in square brackets.
    #[error("{}", if *.in_duration { "unexpected repeated colon in duration expression" } else { "unexpected colon ':'" })]
    RepeatedColon {
        /// In square brackets without a number yet.
        in_duration: bool,
    },
    /// A word that starts with a digit and is neither a number nor a duration.
    #[error("bad number or duration syntax: {}", quote(.0))]
    BadNumber(String),
    /// A number without a value.
    #[error("error parsing number: strconv.ParseFloat: parsing {}: {reason}", quote(.text))]
    NumberValue {
        /// The number.
        text: String,
        /// In Go's words.
        reason: &'static str,
    },
    /// A duration that cannot be read.
    #[error(transparent)]
    Duration(#[from] DurationError),
    /// A range or a step that is zero or negative.
    #[error("duration must be greater than 0")]
    DurationNotPositive,
    /// `/ 0` in a duration.
    #[error("division by zero")]
    DivisionByZero,
    /// `% 0` in a duration.
    #[error("modulo by zero")]
    ModuloByZero,
    /// A quoted string without its end.
    #[error("unterminated quoted string")]
    UnterminatedString,
    /// A string in backticks without its end.
    #[error("unterminated raw string")]
    UnterminatedRawString,
    /// U+FFFD in a string: what is left of bytes that were not UTF-8.
    #[error("invalid UTF-8 rune")]
    InvalidUtf8,
    /// The text ends within an escape.
    #[error("escape sequence not terminated")]
    EscapeNotTerminated,
    /// No such escape.
    #[error("unknown escape sequence {}", code_point(*.0))]
    UnknownEscape(char),
    /// Not a digit of the escape's base.
    #[error("illegal character {} in escape sequence", code_point(*.0))]
    EscapeDigit(char),
    /// A surrogate, or beyond the last code point.
    #[error("escape sequence is an invalid Unicode code point")]
    EscapeCodePoint,
    /// An empty label in a clause, or one that is not UTF-8, or an unquoted one with a colon.
    #[error("invalid label name for grouping: {}", quote(.0))]
    GroupingLabel(String),
    /// `f(a,)`
    #[error("trailing commas not allowed in function call args")]
    TrailingComma,
    /// `[..]` after something else than a selector.
    #[error("ranges only allowed for vector selectors")]
    RangeTarget,
    /// `foo offset 5m [1h]`
    #[error("no offset modifiers allowed before range")]
    OffsetBeforeRange,
    /// `foo @ 5 [1h]`
    #[error("no @ modifiers allowed before range")]
    AtBeforeRange,
    /// `offset` after something that cannot be shifted.
    #[error(
        "offset modifier must be preceded by an instant vector selector or range vector selector or a subquery"
    )]
    OffsetTarget,
    /// `@` after something that cannot be pinned.
    #[error(
        "@ modifier must be preceded by an instant vector selector or range vector selector or a subquery"
    )]
    AtTarget,
    /// Two offsets.
    #[error("offset may not be set multiple times")]
    OffsetTwice,
    /// Two times.
    #[error("@ <timestamp> may not be set multiple times")]
    AtTwice,
    /// A time that does not fit in 64 bits.
    #[error("timestamp out of bounds for @ modifier: {}", fixed(*.0))]
    AtOutOfBounds(f64),
    /// Both modifiers on one selector.
    #[error("anchored and smoothed modifiers cannot be used together")]
    AnchoredAndSmoothed,
    /// `anchored` or `smoothed` after a subquery.
    #[error("{0} modifier is not supported for subqueries")]
    ExtendedSubquery(&'static str),
    /// `anchored` or `smoothed` after something else than a selector.
    #[error("{0} modifier not implemented")]
    ExtendedTarget(&'static str),
    /// `foo{__name__="bar"}`
    #[error("metric name must not be set twice: {} or {}", quote(.name), quote(.other))]
    NameTwice {
        /// Before the braces.
        name: String,
        /// Inside them.
        other: String,
    },
}

impl Bracket {
    fn name(self) -> &'static str {
        match self {
            Bracket::LeftParen => "left parenthesis",
            Bracket::RightParen => "right parenthesis",
            Bracket::LeftBrace => "left brace",
            Bracket::LeftBracket => "left bracket",
            Bracket::RightBracket => "right bracket",
        }
    }

    fn character(self) -> char {
        match self {
            Bracket::LeftParen => '(',
            Bracket::RightParen => ')',
            Bracket::LeftBrace => '{',
            Bracket::LeftBracket => '[',
            Bracket::RightBracket => ']',
        }
    }

    /// What is missing if it is open at the end.
    fn need(self) -> &'static str {
        match self {
            Bracket::LeftBrace => "this `{` needs a `}`",
            Bracket::LeftBracket | Bracket::RightBracket => "this `[` needs a `]`",
            Bracket::LeftParen | Bracket::RightParen => "this `(` needs a `)`",
        }
    }
}

fn character(found: char, place: Place) -> String {
    let found = quote_char(found);
    match place {
        Place::Query => format!(": {found}"),
        Place::Braces => format!(" inside braces: {found}"),
        Place::Duration => format!(" in duration expression: {found}"),
        Place::Range => format!(": {found}, expected ':'"),
    }
}

fn unclosed(bracket: Bracket, in_duration: bool) -> &'static str {
    match bracket {
        Bracket::LeftBrace => "unexpected end of input inside braces",
        _ if in_duration => "unexpected end of input in duration expression",
        Bracket::LeftBracket | Bracket::RightBracket => "unclosed left bracket",
        Bracket::LeftParen | Bracket::RightParen => "unclosed left parenthesis",
    }
}

/// As Go's `%#U`.
fn code_point(c: char) -> String {
    let code = format!("U+{:04X}", u32::from(c));
    if is_printable(c) { format!("{code} '{c}'") } else { code }
}

/// As Go's `%f`.
fn fixed(value: f64) -> String {
    match value {
        f64::INFINITY => "+Inf".to_owned(),
        f64::NEG_INFINITY => "-Inf".to_owned(),
        value if value.is_nan() => "NaN".to_owned(),
        value => format!("{value:.6}"),
    }
}

impl SyntaxError {
    pub(crate) fn new(kind: SyntaxErrorKind, span: Span) -> Self {
        SyntaxError { kind, span, suggestion: None }
    }

    /// Where it is.
    #[must_use]
    pub fn span(&self) -> Span {
        self.span
    }

    /// Stable name of the kind, in kebab-case.
    #[must_use]
    pub fn code(&self) -> &'static str {
        use SyntaxErrorKind::*;
        match self.kind {
            NoExpression => "empty-query",
            TooLong => "query-too-long",
            Unexpected { .. } => "unexpected-token",
            Character { .. } | CharacterAfter { .. } => "unexpected-character",
            StrayBracket(_) => "stray-bracket",
            Unclosed { .. } => "unclosed-bracket",
            ColonBeforeDuration | RepeatedColon { .. } => "unexpected-colon",
            BadNumber(_) | NumberValue { .. } => "bad-number",
            Duration(DurationError::OutOfRange) => "duration-out-of-range",
            Duration(_) => "bad-duration",
            DurationNotPositive => "duration-not-positive",
            DivisionByZero | ModuloByZero => "division-by-zero",
            UnterminatedString | UnterminatedRawString => "unterminated-string",
            InvalidUtf8 => "invalid-utf8",
            EscapeNotTerminated | UnknownEscape(_) | EscapeDigit(_) | EscapeCodePoint => "bad-escape",
            GroupingLabel(_) => "invalid-grouping-label",
            TrailingComma => "trailing-comma",
            RangeTarget => "range-on-expression",
            OffsetBeforeRange | AtBeforeRange => "modifier-before-range",
            OffsetTarget | AtTarget | ExtendedSubquery(_) | ExtendedTarget(_) => "misplaced-modifier",
            OffsetTwice | AtTwice | AnchoredAndSmoothed => "repeated-modifier",
            AtOutOfBounds(_) => "timestamp-out-of-bounds",
            NameTwice { .. } => "metric-name-twice",
        }
    }

    /// How to mend it, where that can be told.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        use SyntaxErrorKind::*;
        if let Some(word) = self.suggestion {
            return Some(format!("did you mean `{word}`?"));
        }
        let help = match &self.kind {
            Unexpected { found, .. } => return help_unexpected(found).map(str::to_owned),
            Unclosed { bracket, .. } => bracket.need(),
            Character { found: '&', .. } => "write `and` for the intersection of two vectors",
            Character { found: '|', .. } => "write `or` for the union of two vectors",
            Character { found: '“' | '”' | '‘' | '’', .. } => {
                "strings stand in straight quotes: \" or '"
            }
            Character { found: ';', .. } => "a query is one expression; there is no `;`",
            Character { found, place: Place::Query } if !found.is_ascii() => {
                "names with such characters are written in braces and quotes: {\"name\"}"
            }
            Character { found, place: Place::Braces } if !found.is_ascii() || *found == '.' => {
                "label names with such characters are written in quotes: {\"label.name\"=\"value\"}"
            }
            Character { place: Place::Duration | Place::Range, .. } => {
                "durations are numbers with the units ms, s, m, h, d, w, y, such as 1h30m"
            }
            CharacterAfter { found: '~', .. } => "=~ and !~ are for label matchers inside braces",
            CharacterAfter { after: '!', .. } => "`not equal` is written `!=`; there is no `not`",
            StrayBracket(Bracket::RightParen | Bracket::RightBracket) => {
                "nothing is open that it could close"
            }
            ColonBeforeDuration => {
                "a subquery is written expression[range:step]; the range cannot be left out"
            }
            BadNumber(_) => {
                "a name cannot start with a digit; the units of durations are ms, s, m, h, d, w, y"
            }
            Duration(DurationError::Malformed(_)) => {
                "units stand from large to small, each once and with a whole amount: 1h30m"
            }
            Duration(DurationError::UnknownUnit { .. }) => {
                "the units are ms, s, m, h, d, w, y; amounts are whole: 1h30m, not 1.5h"
            }
            UnknownEscape(_) => "write a backslash as \\\\, or put the string in backticks",
            UnterminatedString => "a string in quotes ends on its line; use backticks for several lines",
            TrailingComma => "remove the comma",
            RangeTarget => "to take a range of an expression, write a subquery: (expression)[5m:]",
            OffsetBeforeRange | AtBeforeRange => "the range comes first: metric[5m] offset 1h",
            OffsetTarget | AtTarget => "write it after each selector inside the expression",
            GroupingLabel(name) if name.contains(':') => "put the label in quotes",
            NameTwice { .. } => "write the name before the braces or inside them, not both",
            _ => return None,
        };
        Some(help.to_owned())
    }
}

fn help_unexpected(found: &str) -> Option<&'static str> {
    match found {
        "\"=\"" => Some("comparison is written `==`; `=` is for label matchers inside braces"),
        "<group_left>" | "<group_right>" => Some("`on (..)` or `ignoring (..)` must come before it"),
        "<bool>" => Some("`bool` comes directly after a comparison operator"),
        "<on>" | "<ignoring>" => Some("it comes directly after a binary operator (and `bool`)"),
        "<by>" | "<without>" => Some("it belongs to an aggregation: sum by (label) (expression)"),
        _ => None,
    }
}
