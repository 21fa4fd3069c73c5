//! PromQL text to tree and back.
//!
//! This crate knows the shape of the language: tokens, the grammar, the tree, its printers and syntax errors. It
//! does not know what a function means, which types fit where, or what a regular expression is: that is `promql`'s
//! `check`.

pub mod ast;
pub mod span;

pub use ast::Ast;
pub use span::Span;
