//! At which time `info` looks up its info series: that of the selectors in its first argument, if they agree.

use super::PlanOptions;
use super::durations::{Allowed, QueryTimes, evaluate};
use super::layout::Reach;
use crate::check::Checked;
use crate::functions::Shape;
use crate::model::{Millis, ValueType};
use promql_grammar::ast::{At, ExprId, Kind, Modifiers};

/// When a selector looks, seen from some expression around it.
#[derive(Clone, Copy, Debug)]
struct Reference {
    pinned: Option<Millis>,
    offset: Millis,
}

impl Reference {
    fn same(&self, other: &Reference) -> bool {
        match (self.pinned, other.pinned) {
            (None, None) => self.offset == other.offset,
            (Some(a), Some(b)) => a.saturating_sub(self.offset) == b.saturating_sub(other.offset),
            _ => false,
        }
    }
}

/// The references of the vectors inside an expression.
#[derive(Clone, Debug, Default)]
struct Found {
    references: Vec<Reference>,
    /// Some vector has no selector at all.
    free: bool,
}

/// The references of the first arguments of all `info` calls.
pub(super) struct References(Vec<(ExprId, Option<Reach>)>);

impl References {
    /// The common reference of the vectors in an argument of `info`, if there is one.
    pub(super) fn common(&self, argument: ExprId) -> Option<Reach> {
        self.0.iter().find(|(id, _)| *id == argument).and_then(|(_, reach)| *reach)
    }
}

/// Finds the references, in one pass from the leaves.
pub(super) fn find(checked: &Checked, options: &PlanOptions, times: QueryTimes) -> References {
    let ast = checked.ast();
    let is_info = |id: ExprId| {
        matches!(ast[id].kind, Kind::Call { .. }) && matches!(checked.function(id).shape, Shape::Info)
    };
    let mut result = References(Vec::new());
    if !ast.ids().any(is_info) {
        return result;
    }
    let reference = |modifiers: &Modifiers| {
        // An offset without a value fails the plan elsewhere.
        let offset = modifiers.offset.and_then(|offset| evaluate(ast, offset, times, Allowed::Any).ok());
        let offset = offset.unwrap_or(0);
        let pinned = modifiers.at.map(|at| match at {
            At::Time(time) => time,
            At::Start => options.start,
            At::End => options.end,
        });
        Reference { pinned, offset }
    };
    let mut found: Vec<Found> = vec![Found::default(); ast.nodes().len()];
    for id in ast.ids() {
        if !matches!(checked.value_type(id), ValueType::Vector | ValueType::Matrix) {
            continue;
        }
        let children: Vec<ExprId> = match &ast[id].kind {
            Kind::Selector(selector) => {
                found[id.index()].references.push(reference(&selector.modifiers));
                continue;
            }
            Kind::Number(_) | Kind::String(_) | Kind::Bad => Vec::new(),
            Kind::Range { selector, .. } => vec![*selector],
            Kind::Subquery { expr, .. } | Kind::Unary { expr, .. } | Kind::Paren(expr) => vec![*expr],
            Kind::Call { args, .. } if is_info(id) => args[..1].to_vec(),
            Kind::Call { args, .. } | Kind::Aggregate { args, .. } => args.clone(),
            Kind::Binary { lhs, rhs, .. } => vec![*lhs, *rhs],
        };
        let mut own = Found::default();
        for child in children {
            let child = std::mem::take(&mut found[child.index()]);
            own.free |= child.free;
            for reference in child.references {
                if !own.references.iter().any(|known| known.same(&reference)) {
                    own.references.push(reference);
                }
            }
        }
        if let Kind::Call { args, .. } = &ast[id].kind
            && is_info(id)
        {
            let common = match own.references.as_slice() {
                [one] if !own.free => {
                    Some(Reach { offset: one.offset, pinned: one.pinned, ..Reach::default() })
                }
                _ => None,
            };
            result.0.push((args[0], common));
        }
        own.free |= own.references.is_empty();
        if let Kind::Subquery { modifiers, .. } = &ast[id].kind {
            let outer = reference(modifiers);
            for inner in own.references.iter_mut().filter(|inner| inner.pinned.is_none()) {
                *inner =
                    Reference { pinned: outer.pinned, offset: inner.offset.saturating_add(outer.offset) };
            }
        }
        found[id.index()] = own;
    }
    result
}
