//! Watching a rule while a test runs: which of its branches are taken.

use super::coverage::{Branch, Operator, ReachedRule, branches};
use crate::model::{Millis, ValueType};
use crate::rules::evaluate::RuleState;
use crate::rules::file::{Group, Rule};
use crate::rules::{Alert, AlertState};
use crate::source::MemorySource;
use crate::{Engine, Query};
use promql_grammar::ast::{BinaryOp, Kind, Side};

/// Watches one rule of one test.
pub(super) struct Probe {
    query_offset: Millis,
    branches: Vec<Branch>,
    operators: Vec<Watched>,
    seen: ReachedRule,
}

/// An operator whose two branches begin at `branch`.
struct Watched {
    branch: usize,
    whole: Query,
    /// The operand whose samples it keeps; of `or` the left one.
    operand: Query,
    is_or: bool,
}

impl Probe {
    /// Watches a rule; `number` is that of the file and of the rule in it.
    pub(super) fn new(group: &Group, rule: &Rule, number: (usize, usize), engine: &Engine) -> Self {
        let all = branches(rule);
        let first = |(nth, (branch, operator)): (usize, &(Branch, Option<Operator>))| {
            let is_first = matches!(branch, Branch::Kept | Branch::Left);
            operator.filter(|_| is_first).and_then(|operator| Watched::new(rule, operator, nth, engine))
        };
        Probe {
            query_offset: group.query_offset.unwrap_or(0),
            operators: all.iter().enumerate().filter_map(first).collect(),
            seen: ReachedRule { rule: number, taken: vec![false; all.len()] },
            branches: all.into_iter().map(|(branch, _)| branch).collect(),
        }
    }

    /// Looks at the operators before the rule is evaluated and writes its series.
    pub(super) fn before(&mut self, source: &MemorySource, time: Millis) {
        let at = time.saturating_sub(self.query_offset);
        for operator in &self.operators {
            let taken = &mut self.seen.taken[operator.branch..operator.branch + 2];
            if taken == [true, true] {
                continue;
            }
            // What fails here fails in the rule as well, and ends the test.
            let count = |query: &Query| query.instant(source, at).map_or(0, |output| output.series().count());
            let (whole, operand) = (count(&operator.whole), count(&operator.operand));
            let now =
                if operator.is_or { [operand > 0, whole > operand] } else { [whole > 0, operand > whole] };
            for (taken, now) in taken.iter_mut().zip(now) {
                *taken |= now;
            }
        }
    }

    /// Looks at the alerts after the rule was evaluated.
    pub(super) fn after(&mut self, state: &RuleState) {
        for (branch, taken) in self.branches.iter().zip(&mut self.seen.taken) {
            let state_of_branch = match branch {
                Branch::Pending => AlertState::Pending,
                Branch::Firing => AlertState::Firing,
                // Only alerts that have fired are kept when they become inactive.
                Branch::Resolved => AlertState::Inactive,
                _ => break,
            };
            *taken = *taken || state.alerts().any(|alert: &Alert| alert.state == state_of_branch);
        }
    }

    pub(super) fn into_seen(self) -> ReachedRule {
        self.seen
    }
}

impl Watched {
    fn new(rule: &Rule, operator: Operator, branch: usize, engine: &Engine) -> Option<Self> {
        let query = rule.query.as_ref()?;
        let ast = query.ast();
        let Kind::Binary { op, lhs, rhs, modifiers, .. } = &ast[operator.id].kind else { return None };
        let part = |span: promql_grammar::Span| engine.parse(query.text().get(span.range())?).ok();
        let (left, right) = (part(ast[*lhs].span)?, part(ast[*rhs].span)?);
        let keeps_right = left.value_type() == ValueType::Scalar
            || modifiers.group.as_ref().is_some_and(|group| group.side == Side::Right);
        Some(Watched {
            branch,
            whole: part(operator.span)?,
            operand: if keeps_right { right } else { left },
            is_or: *op == BinaryOp::Or,
        })
    }
}
