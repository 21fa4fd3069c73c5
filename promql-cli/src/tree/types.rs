//! The type of every node.

use promql::functions;
use promql::model::ValueType;
use promql_grammar::Ast;
use promql_grammar::ast::Kind;

/// The types of all nodes, by their index.
pub(super) fn types(ast: &Ast) -> Vec<ValueType> {
    let mut types: Vec<ValueType> = Vec::with_capacity(ast.nodes().len());
    for node in ast.nodes() {
        let kind = match &node.kind {
            Kind::Number(_) => ValueType::Scalar,
            Kind::String(_) => ValueType::String,
            Kind::Selector(_) | Kind::Aggregate { .. } | Kind::Bad => ValueType::Vector,
            Kind::Range { .. } | Kind::Subquery { .. } => ValueType::Matrix,
            Kind::Call { function, .. } => {
                functions::find(function).map_or(ValueType::Vector, |function| function.returns)
            }
            Kind::Binary { lhs, rhs, .. } => match [lhs, rhs].map(|side| types[side.index()]) {
                [ValueType::Scalar, ValueType::Scalar] => ValueType::Scalar,
                _ => ValueType::Vector,
            },
            Kind::Unary { expr, .. } | Kind::Paren(expr) => types[expr.index()],
        };
        types.push(kind);
    }
    types
}
