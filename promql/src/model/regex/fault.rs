//! What can be wrong with an expression.

use super::RegexError;

/// What is wrong, in Go's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    CharRange,
    Escape,
    NamedCapture,
    PerlOp,
    RepeatOp,
    RepeatSize,
    Utf8,
    MissingBracket,
    MissingParen,
    MissingRepeatArgument,
    TrailingBackslash,
    UnexpectedParen,
    NestingDepth,
    Large,
}

impl Fault {
    pub(super) fn error(self, text: &str) -> RegexError {
        let what = match self {
            Fault::CharRange => "invalid character class range",
            Fault::Escape => "invalid escape sequence",
            Fault::NamedCapture => "invalid named capture",
            Fault::PerlOp => "invalid or unsupported Perl syntax",
            Fault::RepeatOp => "invalid nested repetition operator",
            Fault::RepeatSize => "invalid repeat count",
            Fault::Utf8 => "invalid UTF-8",
            Fault::MissingBracket => "missing closing ]",
            Fault::MissingParen => "missing closing )",
            Fault::MissingRepeatArgument => "missing argument to repetition operator",
            Fault::TrailingBackslash => "trailing backslash at end of expression",
            Fault::UnexpectedParen => "unexpected )",
            Fault::NestingDepth => "expression nests too deeply",
            Fault::Large => "expression too large",
        };
        RegexError { message: format!("{what}: `{text}`") }
    }
}
