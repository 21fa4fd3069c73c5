//! Which parts of a query have the same value at every step, and are therefore evaluated once.
//!
//! The rules are Prometheus', quirks included, because functions that depend on the evaluation time make them visible.

use crate::check::Checked;
use crate::functions::Shape;
use promql_grammar::ast::{ExprId, Kind};
use smallvec::{SmallVec, smallvec};

/// Per expression: its value does not depend on the step, and a consumer that does depend on it wraps it.
#[derive(Clone, Copy, Debug, Default)]
struct Mark {
    invariant: bool,
    wrap: bool,
}

/// Which expressions are evaluated at one step and repeated.
pub(super) struct Wrapped(SmallVec<[bool; 16]>);

impl Wrapped {
    pub(super) fn contains(&self, id: ExprId) -> bool {
        self.0[id.index()]
    }
}

/// Finds the expressions to wrap, in one pass from the leaves.
pub(super) fn find(checked: &Checked, uniform_info_reference: impl Fn(ExprId) -> bool) -> Wrapped {
    let ast = checked.ast();
    let mut marks: SmallVec<[Mark; 16]> = smallvec![Mark::default(); ast.nodes().len()];
    let mut wrapped = smallvec![false; ast.nodes().len()];
    for id in ast.ids() {
        let of = |id: ExprId| marks[id.index()];
        marks[id.index()] = match &ast[id].kind {
            Kind::Number(_) | Kind::String(_) => Mark { invariant: true, wrap: false },
            Kind::Selector(selector) => {
                let pinned = selector.modifiers.at.is_some();
                Mark { invariant: pinned, wrap: pinned }
            }
            Kind::Range { selector, .. } => Mark { invariant: of(*selector).invariant, wrap: false },
            Kind::Subquery { expr, modifiers, .. } => {
                // The inside runs over a grid of its own, so it is wrapped whether or not the subquery is pinned.
                wrapped[expr.index()] = of(*expr).invariant;
                Mark { invariant: modifiers.at.is_some(), wrap: false }
            }
            // Only the operand decides, whatever the parameter does.
            Kind::Aggregate { args, .. } => args.last().map(|&operand| of(operand)).unwrap_or_default(),
            Kind::Paren(inner) | Kind::Unary { expr: inner, .. } => of(*inner),
            Kind::Binary { lhs, rhs, .. } => {
                if of(*lhs).invariant && of(*rhs).invariant {
                    Mark { invariant: true, wrap: true }
                } else {
                    for side in [*lhs, *rhs] {
                        wrapped[side.index()] = of(side).wrap;
                    }
                    Mark::default()
                }
            }
            Kind::Call { args, .. } => {
                let function = checked.function(id);
                // What info() selects with its second argument is syntax, not a value.
                let evaluated = if matches!(function.shape, Shape::Info) { &args[..1] } else { &args[..] };
                let all = evaluated.iter().all(|&arg| of(arg).invariant);
                let pinned_timestamp = matches!(function.shape, Shape::Timestamp)
                    && all
                    && args.iter().all(|&arg| matches!(ast[ast.unwrap_parens(arg)].kind, Kind::Selector(_)));
                let folded = matches!(function.shape, Shape::Query(_));
                let safe = all
                    && !function.at_unsafe
                    && (!matches!(function.shape, Shape::Info) || uniform_info_reference(args[0]));
                if folded {
                    Mark { invariant: true, wrap: false }
                } else if safe || pinned_timestamp {
                    Mark { invariant: true, wrap: true }
                } else {
                    for &arg in evaluated {
                        wrapped[arg.index()] = of(arg).wrap;
                    }
                    Mark::default()
                }
            }
            Kind::Bad => Mark::default(),
        };
    }
    let root = ast.root();
    wrapped[root.index()] = marks[root.index()].wrap;
    Wrapped(wrapped)
}
