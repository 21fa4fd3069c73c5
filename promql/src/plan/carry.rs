//! Conditions on labels carried across binary operators: in `up and on (job) down{job="x"}` only that job is asked for
//! on the left, too.
//!
//! A condition travels from the operator towards the selectors, as long as leaving out the rows that do not fulfil it
//! can change neither a value nor an error nor a note: through what looks at every row alone, or at groups that fulfil
//! it or not as a whole, and has nothing to say about any row. Nodes with several readers let nothing pass.

use super::known::{self, Apart, Asked, Known, add, groups_by};
use super::{NodeId, Op, Pick, PlanNode, Selector, WindowInput};
use crate::aggregations::AggregatorInfo;
use crate::model::{Matcher, is_metadata};
use crate::operators::{MatchLabels, operator};
use crate::source::SelectRequest;
use promql_grammar::ast::{BinaryModifiers, BinaryOp, Side};
use std::sync::Arc;

/// Narrows the requests whose rows meet only rows of fewer series.
pub(super) fn carry(nodes: &[PlanNode], requests: &mut [SelectRequest]) {
    #[cfg(test)]
    if tests::IS_OFF.get() {
        return;
    }
    // Short queries pay for a glance.
    let is_condition = |matcher: &Matcher| !is_metadata(&matcher.name);
    if requests.len() < 2 || !requests.iter().any(|request| request.matchers.iter().any(is_condition)) {
        return;
    }
    let asked: Vec<Arc<[Matcher]>> = requests.iter().map(|request| Arc::clone(&request.matchers)).collect();
    let known = known::find(nodes, &asked);
    let of_node = vec![Vec::new(); nodes.len()];
    let mut wishes = Wishes { known: &known, asked: &asked, of_node, requests };
    for (id, node) in nodes.iter().enumerate().rev().filter(|(_, node)| node.twin_of.is_none()) {
        let wish = std::mem::take(&mut wishes.of_node[id]);
        wishes.pass(&node.op, if node.readers > 1 { Vec::new() } else { wish });
    }
}

/// Conditions on the way from the operators to the selectors.
struct Wishes<'a, 'r> {
    known: &'r [Known<'a>],
    asked: Asked<'a>,
    /// What is wanted of the rows of each node that nobody has handed on yet.
    of_node: Vec<Vec<&'a Matcher>>,
    requests: &'r mut [SelectRequest],
}

impl<'a> Wishes<'a, '_> {
    /// Hands what is wanted of a node's rows on to its inputs, with what the node itself wants of them.
    fn pass(&mut self, op: &Op, wish: Vec<&'a Matcher>) {
        match op {
            Op::Binary { op, modifiers, lhs, rhs } if self.known[*lhs].vector && self.known[*rhs].vector => {
                self.pass_vectors(*op, modifiers, (*lhs, *rhs), wish);
            }
            _ if wish.is_empty() => {}
            Op::Select(selector) => self.narrow(selector, selector.pick != Pick::Value, &wish),
            Op::Repeat(input) => self.of_node[*input] = wish,
            Op::Negate(input) => self.pass_rows(*input, true, wish),
            Op::Windowed { function, input, .. } if function.silent => match input {
                WindowInput::Selector(selector) => self.narrow(selector, !function.keeps_name, &wish),
                WindowInput::Subquery { node, .. } => self.pass_rows(*node, !function.keeps_name, wish),
            },
            Op::Call { function, args, .. } if function.shape.is_element_wise() => {
                args.first().into_iter().for_each(|&arg| self.pass_rows(arg, true, wish.clone()));
            }
            // The others have something to say about histograms, or add up in parts.
            Op::Aggregate { op, grouping, input, .. } if AggregatorInfo::of(*op).presence_only => {
                let whole_groups = |matcher: &&Matcher| groups_by(grouping.as_deref(), &matcher.name);
                self.of_node[*input] = wish.into_iter().filter(whole_groups).collect();
            }
            Op::Binary { op, modifiers, lhs, rhs } if !op.is_trim() => {
                let input = if self.known[*lhs].vector { *lhs } else { *rhs };
                if self.known[input].floats {
                    self.pass_rows(input, operator(*op).changes_schema || modifiers.return_bool, wish);
                }
            }
            _ => {}
        }
    }

    /// Through a node that looks at every row alone, unless two rows might get equal labels, which is an error.
    fn pass_rows(&mut self, input: NodeId, nameless: bool, wish: Vec<&'a Matcher>) {
        if is_apart(self.known[input].apart, nameless) {
            self.of_node[input] = wish;
        }
    }

    fn pass_vectors(
        &mut self,
        op: BinaryOp,
        modifiers: &BinaryModifiers,
        (lhs, rhs): (NodeId, NodeId),
        mut wish: Vec<&'a Matcher>,
    ) {
        let matching = MatchLabels::new(modifiers.matching.as_ref());
        let (left, right) = (&self.known[lhs], &self.known[rhs]);
        let decisive = |matchers: &[&'a Matcher]| -> Vec<&'a Matcher> {
            matchers.iter().copied().filter(|matcher| matching.decides(&matcher.name)).collect()
        };
        let (of_left, of_right) = match op {
            // Rows of equal labels on one side are an error of the set operation as well.
            BinaryOp::Or if left.apart.is_none() || right.apart.is_none() => return,
            BinaryOp::And | BinaryOp::Unless if left.apart.is_none() => {
                (Vec::new(), decisive(&left.matchers))
            }
            // Rows on the left hide others, which they share only the labels with that decide.
            BinaryOp::Or => (decisive(&wish), wish),
            BinaryOp::And | BinaryOp::Unless => {
                let mut of_right = decisive(&left.matchers);
                add(&mut of_right, decisive(&wish));
                if op == BinaryOp::And {
                    add(&mut wish, decisive(&right.matchers));
                }
                (wish, of_right)
            }
            // Rows without partner fill in, or are an error if there are two of them on the one side.
            _ => {
                let fills = modifiers.fill_left.is_some() || modifiers.fill_right.is_some();
                let is_many = modifiers.group.as_ref().is_some_and(|group| group.side == Side::Right);
                let one = if is_many { left } else { right };
                if fills || !one.apart.is_some_and(|apart| apart.under(&matching)) {
                    return;
                }
                (decisive(&right.matchers), decisive(&left.matchers))
            }
        };
        (self.of_node[lhs], self.of_node[rhs]) = (of_left, of_right);
    }

    /// Asks the source for less.
    fn narrow(&mut self, selector: &Selector, nameless: bool, wish: &[&Matcher]) {
        let apart = Some(Apart::Unpinned(&self.asked[selector.request]));
        if selector.smoothed || selector.anchored || !is_apart(apart, nameless) {
            return;
        }
        let matchers = &mut self.requests[selector.request].matchers;
        let more: Vec<&Matcher> =
            wish.iter().copied().filter(|&matcher| !matchers.contains(matcher)).collect();
        if !more.is_empty() {
            *matchers = matchers.iter().chain(more).cloned().collect();
        }
    }
}

/// True if all rows have labels of their own, also without metadata if that is removed.
fn is_apart(apart: Option<Apart<'_>>, nameless: bool) -> bool {
    apart.is_some_and(|apart| !nameless || apart.under(&MatchLabels::default()))
}

#[cfg(test)]
mod tests;
