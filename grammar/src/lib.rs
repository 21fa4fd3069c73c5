//! PromQL text to tree and back.
//!
//! This crate knows the shape of the language: tokens, the grammar, the tree, its printers and syntax errors. It
//! does not know what a function means, which types fit where, or what a regular expression is: that is `promql`'s
//! `check`.

pub mod ast;
mod builder;
mod context;
mod duration;
pub mod error;
mod highlight;
mod lexer;
mod literal;
mod number;
mod parse;
mod pretty;
mod print;
mod quote;
mod recovery;
pub mod span;
mod token;
mod unicode;

pub use ast::Ast;
pub use duration::{DurationError, format_duration, parse_duration};
pub use error::{SyntaxError, SyntaxErrorKind};
pub use highlight::{TokenClass, brackets_open, tokens};
pub use literal::read_string;
pub use parse::{ParseFailure, ParseOptions, parse};
pub use pretty::pretty;
pub use print::print;
pub use quote::quote;
pub use span::Span;
pub use unicode::is_printable;
