//! From text to tree.

use crate::ast::Ast;
use crate::builder::Builder;
use crate::error::{SyntaxError, SyntaxErrorKind};
use crate::lexer::{Lexer, Spanned};
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
    include!(concat!(env!("OUT_DIR"), "/promql.rs"));
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
    let mut lexer = Lexer::new(text, options.unquoted_utf8_names);
    // Short queries have a token every two bytes or so.
    let mut tokens = Vec::with_capacity(text.len() / 2 + 4);
    tokens.extend(lexer.by_ref());
    let mut parse = Parse { text, options: *options, tokens };
    let Lexer { errors, comments, .. } = lexer;
    if !errors.is_empty() {
        parse.drop_last_comma();
    }
    let mut run = parse.run();
    let builder = &mut run.builder;
    if run.refused.is_some() || !errors.is_empty() || !builder.errors.is_empty() {
        return Err(parse.recover(run, errors, comments));
    }
    builder.check_names();
    builder.ast.set_comments(comments);
    builder.ast.shrink_to_fit();
    let Builder { ast, errors, .. } = run.builder;
    if errors.is_empty() {
        return Ok(ast);
    }
    Err(ParseFailure { errors: errors.into_iter().map(|(_, error)| error).collect(), partial: Some(ast) })
}

/// A text on its way to be a tree.
pub(crate) struct Parse<'t> {
    pub(crate) text: &'t str,
    pub(crate) options: ParseOptions,
    pub(crate) tokens: Vec<Spanned>,
}

/// What came of the tokens.
pub(crate) struct Run<'t> {
    pub(crate) builder: Builder<'t>,
    /// The number of the token that does not fit; the number of tokens if there are too few.
    pub(crate) refused: Option<usize>,
}

impl<'t> Parse<'t> {
    /// Runs the generated parser.
    pub(crate) fn run(&self) -> Run<'t> {
        let mut builder = Builder::new(self.text, self.options.unquoted_utf8_names, self.tokens.len());
        let mut read = 0;
        let tokens = self.tokens.iter().copied().inspect(|_| read += 1);
        let refused = match generated::ExprParser::new().parse(&mut builder, tokens) {
            Ok(root) => {
                builder.ast.set_root(root);
                None
            }
            Err(ParseError::UnrecognizedToken { .. } | ParseError::ExtraToken { .. }) => Some(read - 1),
            Err(
                ParseError::UnrecognizedEof { .. }
                | ParseError::InvalidToken { .. }
                | ParseError::User { .. },
            ) => Some(self.tokens.len()),
        };
        Run { builder, refused }
    }
}
