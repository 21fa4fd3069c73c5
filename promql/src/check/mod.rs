//! Names, arity, types, matching clauses and feature flags: what makes a tree a query that can be planned.
//!
//! Every fact about a node is found once, in one loop over the nodes, and kept in [`Checked`], so that nobody behind
//! looks up a name or compiles a matcher again. All errors of a query are found at once.

mod aggregate;
mod binary;
mod call;
mod error;
mod selector;
mod suggest;
#[cfg(test)]
mod tests;

pub use error::{Bound, CheckError, CheckErrorKind, Place};
#[cfg(feature = "rules")]
pub(crate) use suggest::nearest_of;

use crate::Features;
use crate::functions::{self, Function, Shape};
use crate::model::{Matcher, ValueType};
use promql_grammar::Ast;
use promql_grammar::Span;
use promql_grammar::ast::{ExprId, Kind};
use std::sync::Arc;

/// A query that is right, with the facts about its nodes.
#[derive(Clone, Debug)]
pub struct Checked {
    ast: Ast,
    facts: Vec<Fact>,
}

/// What is known about a node.
#[derive(Clone, Debug, Default)]
struct Fact {
    /// None if it is wrong, and for nodes that the root does not reach.
    value_type: Option<ValueType>,
    reach: Reach,
    meaning: Meaning,
}

/// What the names in a node stand for.
#[derive(Clone, Debug, Default)]
enum Meaning {
    #[default]
    Plain,
    /// Of a call whose function is known.
    Function(&'static Function),
    /// Of an instant selector.
    Matchers(Arc<[Matcher]>),
}

impl Checked {
    /// The tree.
    #[must_use]
    pub fn ast(&self) -> &Ast {
        &self.ast
    }

    /// The type of a node.
    #[must_use]
    pub fn value_type(&self, id: ExprId) -> ValueType {
        // Only of nodes that the root does not reach nothing is known, and nobody asks for those.
        self.facts[id.index()].value_type.unwrap_or(ValueType::Scalar)
    }

    /// The function of a call.
    ///
    /// # Panics
    /// If the node is no call that the root reaches.
    #[must_use]
    pub fn function(&self, id: ExprId) -> &'static Function {
        self.facts[id.index()].function().expect("the node is a call")
    }

    /// The matchers of an instant selector: as written inside the braces, then the metric name before them. Those
    /// of a range selector are those of its inner selector. None for other nodes.
    #[must_use]
    pub fn matchers(&self, id: ExprId) -> &[Matcher] {
        match &self.facts[id.index()].meaning {
            Meaning::Matchers(matchers) => matchers,
            _ => &[],
        }
    }

    /// The same for keeping.
    pub(crate) fn shared_matchers(&self, id: ExprId) -> Arc<[Matcher]> {
        match &self.facts[id.index()].meaning {
            Meaning::Matchers(matchers) => Arc::clone(matchers),
            _ => Arc::default(),
        }
    }
}

impl Fact {
    fn function(&self) -> Option<&'static Function> {
        match self.meaning {
            Meaning::Function(function) => Some(function),
            _ => None,
        }
    }
}

/// Checks a tree that was parsed without errors.
///
/// # Errors
/// All errors, in the order of their places in the text. Never empty.
pub fn check(ast: Ast, features: &Features) -> Result<Checked, Vec<CheckError>> {
    let facts = vec![Fact::default(); ast.nodes().len()];
    let mut checker = Checker { ast: &ast, features, facts, errors: Vec::new() };
    checker.resolve();
    for id in ast.ids() {
        let reach = checker.facts[id.index()].reach;
        if reach != Reach::Not {
            checker.facts[id.index()].value_type = checker.node(id, reach);
        }
    }
    let Checker { facts, mut errors, .. } = checker;
    if errors.is_empty() {
        return Ok(Checked { ast, facts });
    }
    errors.sort_by_key(|error| error.span.start);
    Err(errors)
}

/// How the root reaches a node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Reach {
    #[default]
    Not,
    /// As an operand.
    Operand,
    /// As the second argument of `info`, where a selector may be empty.
    InfoSelector,
}

struct Checker<'a> {
    ast: &'a Ast,
    features: &'a Features,
    facts: Vec<Fact>,
    errors: Vec<CheckError>,
}

impl Checker<'_> {
    /// Resolves functions, parents before children, and finds out which nodes the root reaches.
    fn resolve(&mut self) {
        self.facts[self.ast.root().index()].reach = Reach::Operand;
        for id in self.ast.ids().rev() {
            if self.facts[id.index()].reach == Reach::Not {
                continue;
            }
            for child in self.ast.children(id) {
                self.facts[child.index()].reach = Reach::Operand;
            }
            if let Kind::Call { function, args, .. } = &self.ast[id].kind
                && let Some(function) = functions::find(function)
            {
                self.facts[id.index()].meaning = Meaning::Function(function);
                if let (Shape::Info, Some(selector)) = (function.shape, args.get(1)) {
                    self.facts[selector.index()].reach = Reach::InfoSelector;
                }
            }
        }
    }

    /// Checks one node whose children are done. None if its type cannot be told because something is wrong.
    fn node(&mut self, id: ExprId, reach: Reach) -> Option<ValueType> {
        let node = &self.ast[id];
        match &node.kind {
            Kind::Bad => None,
            Kind::Number(_) => Some(ValueType::Scalar),
            Kind::String(_) => Some(ValueType::String),
            Kind::Selector(selector) => {
                let matchers = self.selector(selector, node.span, reach);
                self.facts[id.index()].meaning = Meaning::Matchers(matchers);
                Some(ValueType::Vector)
            }
            Kind::Range { .. } => Some(ValueType::Matrix),
            Kind::Subquery { expr, .. } => {
                if let Some(got) = self.type_of(*expr).filter(|&got| got != ValueType::Vector) {
                    self.fail(CheckErrorKind::SubqueryOperand(got), node.span, Some(self.ast[*expr].span));
                }
                Some(ValueType::Matrix)
            }
            Kind::Call { function, function_span, args } => self.call(id, function, *function_span, args),
            Kind::Aggregate { op, args, .. } => {
                self.aggregate(*op, args, node.span);
                Some(ValueType::Vector)
            }
            Kind::Binary { op, op_span, lhs, rhs, modifiers } => {
                self.binary(*op, *op_span, [*lhs, *rhs], modifiers, node.span)
            }
            Kind::Unary { expr, .. } => {
                let got = self.type_of(*expr)?;
                if !matches!(got, ValueType::Scalar | ValueType::Vector) {
                    self.fail(CheckErrorKind::UnaryOperand(got), node.span, None);
                    return None;
                }
                Some(got)
            }
            Kind::Paren(expr) => self.type_of(*expr),
        }
    }

    fn type_of(&self, id: ExprId) -> Option<ValueType> {
        self.facts[id.index()].value_type
    }

    /// Checks the type of an operand, unless it is unknown because of another error.
    fn expect(&mut self, id: ExprId, expected: ValueType, place: Place) {
        if let Some(got) = self.type_of(id).filter(|&got| got != expected) {
            self.fail(CheckErrorKind::Type { place, expected, got }, self.ast[id].span, None);
        }
    }

    fn fail(&mut self, kind: CheckErrorKind, span: Span, detail: Option<Span>) {
        self.errors.push(CheckError { kind, span, detail });
    }
}
