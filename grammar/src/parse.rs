//! From text to tree.

use crate::ast::{Ast, BinaryModifiers};
use crate::builder::{Builder, Mods};
use crate::error::{SyntaxError, SyntaxErrorKind};
use crate::lexer::{Lexer, Spanned};
use crate::recovery::parse_despite_errors;
use crate::span::Span;
use lalrpop_util::ParseError;

/// Choices of the language.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ParseOptions {
    /// Allow letters of all scripts, and dots, in names without quotes.
    pub unquoted_utf8_names: bool,
}

/// Why a text is not a query.
#[derive(Clone, Debug)]
pub struct ParseFailure {
    /// What is wrong, in the order found; at least one. The first is what Prometheus reports, as a rule.
    pub errors: Vec<SyntaxError>,
    /// What could be understood.
    pub partial: Option<Ast>,
}

#[allow(clippy::all, clippy::pedantic, clippy::unwrap_used, unused, missing_docs, unreachable_pub)]
mod generated {
    use super::with;
    include!(concat!(env!("OUT_DIR"), "/promql.rs"));
}

/// Changes modifiers, making them first if there are none.
fn with(mods: Mods, change: impl FnOnce(&mut BinaryModifiers)) -> Mods {
    let mut mods = mods.unwrap_or_default();
    change(&mut mods);
    Some(mods)
}

/// Reads a query.
///
/// ```
/// let query = promql_grammar::parse("sum(rate(foo[5m])) BY (job)", &Default::default()).unwrap();
/// assert_eq!(query.to_string(), "sum by (job) (rate(foo[5m]))");
/// ```
///
/// # Errors
/// All syntax errors that could be told apart.
pub fn parse(text: &str, options: &ParseOptions) -> Result<Ast, ParseFailure> {
    if u32::try_from(text.len()).is_err() {
        let error = SyntaxError::new(SyntaxErrorKind::TooLong, Span::new(0, text.len()));
        return Err(ParseFailure { errors: vec![error], partial: None });
    }
    let mut lexer = Lexer::new(text, options.unquoted_utf8_names).stop_at_error();
    let mut builder = Builder::new(text, options.unquoted_utf8_names);
    if build(&mut builder, lexer.by_ref()).is_ok() && lexer.errors.is_empty() && builder.errors.is_empty() {
        builder.check_names();
        builder.ast.set_comments(lexer.comments);
        builder.ast.shrink_to_fit();
        return match builder.errors.is_empty() {
            true => Ok(builder.ast),
            false => Err(ParseFailure {
                errors: builder.errors.into_iter().map(|(_, error)| error).collect(),
                partial: Some(builder.ast),
            }),
        };
    }
    Err(parse_despite_errors(text, *options))
}

/// Runs the generated parser: the tree of the tokens, or where the first token stands that does not fit; the end of
/// the text if there are too few.
pub(crate) fn build(
    builder: &mut Builder<'_>,
    tokens: impl Iterator<Item = Spanned>,
) -> Result<(), Option<u32>> {
    match generated::QueryParser::new().parse(builder, tokens) {
        Ok(root) => {
            builder.ast.set_root(root);
            Ok(())
        }
        Err(
            ParseError::UnrecognizedToken { token: (start, ..), .. }
            | ParseError::ExtraToken { token: (start, ..) },
        ) => Err(Some(start)),
        Err(
            ParseError::UnrecognizedEof { .. } | ParseError::InvalidToken { .. } | ParseError::User { .. },
        ) => Err(None),
    }
}
