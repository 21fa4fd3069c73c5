//! What the query alone says of the rows of each node: conditions on their labels, what tells them apart, their types.

use super::{NodeId, Op, Pick, PlanNode, Selector, WindowInput};
use crate::aggregations::{AggregatorInfo, Parameter};
use crate::functions::Shape;
use crate::model::{MatchOp, Matcher, ValueType, is_metadata};
use crate::operators::{MatchLabels, operator};
use promql_grammar::ast::{BinaryModifiers, BinaryOp, Grouping};
use std::sync::Arc;

/// More conditions than people write; a chain of operators shall not gather those of all its operands.
const MOST_MATCHERS: usize = 16;

/// What is known of the rows of a node.
#[derive(Clone, Default)]
pub(super) struct Known<'a> {
    /// They are rows, and not a scalar or a text.
    pub vector: bool,
    /// None of them holds a histogram.
    pub floats: bool,
    /// What each of them fulfils, metadata aside.
    pub matchers: Vec<&'a Matcher>,
    /// What tells them apart; none if two of them might have the same labels.
    pub apart: Option<Apart<'a>>,
}

/// The labels that tell rows apart.
#[derive(Clone, Copy)]
pub(super) enum Apart<'a> {
    /// These alone.
    In(&'a [String]),
    /// All but these and metadata.
    Without(&'a [String]),
    /// All but those that one of these pins to a value.
    Unpinned(&'a [Matcher]),
}

impl Apart<'_> {
    /// True if the labels that decide a match tell the rows apart.
    pub(super) fn under(self, matching: &MatchLabels) -> bool {
        match self {
            Apart::In(labels) => labels.iter().all(|label| matching.decides(label)),
            Apart::Without(labels) => {
                matching.spares_all_but(|name| is_metadata(name) || labels.iter().any(|label| label == name))
            }
            Apart::Unpinned(matchers) => matching.spares_all_but(|name| {
                matchers.iter().any(|matcher| matcher.op == MatchOp::Equal && matcher.name == name)
            }),
        }
    }
}

impl<'a> Known<'a> {
    /// Without metadata rows are told apart by less.
    pub(super) fn nameless(self) -> Self {
        let apart = self.apart.filter(|apart| apart.under(&MatchLabels::default()));
        Known { apart, ..self }
    }

    fn of_selector(selector: &Selector, asked: Asked<'a>) -> Self {
        let matchers = &asked[selector.request];
        let known = Known {
            vector: true,
            floats: selector.pick != Pick::Value,
            matchers: matchers.iter().filter(|matcher| !is_metadata(&matcher.name)).collect(),
            apart: Some(Apart::Unpinned(matchers)),
        };
        if selector.pick == Pick::Value { known } else { known.nameless() }
    }
}

/// Adds conditions to others, each once.
pub(super) fn add<'a>(matchers: &mut Vec<&'a Matcher>, more: impl IntoIterator<Item = &'a Matcher>) {
    for matcher in more {
        if matchers.len() < MOST_MATCHERS && !matchers.contains(&matcher) {
            matchers.push(matcher);
        }
    }
}

/// True if an aggregation keeps the label.
pub(super) fn groups_by(grouping: Option<&Grouping>, label: &str) -> bool {
    grouping.is_some_and(|grouping| grouping.labels.iter().any(|listed| listed == label) != grouping.without)
}

/// The matchers of each request as written.
pub(super) type Asked<'a> = &'a [Arc<[Matcher]>];

/// What is known of all nodes; nothing of those that are not evaluated.
pub(super) fn find<'a>(nodes: &'a [PlanNode], asked: Asked<'a>) -> Vec<Known<'a>> {
    let mut known: Vec<Known<'a>> = Vec::with_capacity(nodes.len());
    for node in nodes {
        let of_node = if node.twin_of.is_some() { Known::default() } else { of(&node.op, &known, asked) };
        known.push(of_node);
    }
    known
}

fn of<'a>(op: &'a Op, known: &[Known<'a>], asked: Asked<'a>) -> Known<'a> {
    let input = |id: NodeId| known[id].clone();
    let rows = Known { vector: true, ..Known::default() };
    match op {
        Op::Number(_) | Op::Text(_) | Op::Time | Op::Raw(_) | Op::Subquery(_) => Known::default(),
        Op::Select(selector) => Known::of_selector(selector, asked),
        Op::Repeat(id) => input(*id),
        Op::Negate(id) => input(*id).nameless(),
        Op::Windowed { function, .. } if !matches!(function.shape, Shape::Range(_)) => rows,
        Op::Windowed { function, input: windows, .. } => {
            let of_input = match windows {
                WindowInput::Selector(selector) => Known::of_selector(selector, asked),
                WindowInput::Subquery { node, .. } => input(*node),
            };
            let of_input = Known { floats: of_input.floats || function.presence_only, ..of_input };
            if function.keeps_name { of_input } else { of_input.nameless() }
        }
        Op::Call { function, args, .. } => match args.first() {
            Some(&arg) if function.shape.is_element_wise() => Known { floats: true, ..input(arg).nameless() },
            _ => Known { vector: function.returns == ValueType::Vector, ..Known::default() },
        },
        Op::Info { .. } => rows,
        Op::Aggregate { op, grouping, input: id, .. } => {
            let (info, of_input) = (AggregatorInfo::of(*op), input(*id));
            let floats = of_input.floats || info.presence_only || info.ignores_histograms();
            let grouping = grouping.as_deref();
            match info.parameter {
                // The value becomes a label, perhaps over another one.
                Parameter::String => rows,
                _ if info.selects => Known { floats, ..of_input },
                _ => Known {
                    floats,
                    matchers: of_input
                        .matchers
                        .into_iter()
                        .filter(|m| groups_by(grouping, &m.name))
                        .collect(),
                    apart: Some(match grouping {
                        None => Apart::In(&[]),
                        Some(Grouping { without: true, labels, .. }) => Apart::Without(labels),
                        Some(Grouping { labels, .. }) => Apart::In(labels),
                    }),
                    ..rows
                },
            }
        }
        Op::Binary { op, modifiers, lhs, rhs } => match (input(*lhs), input(*rhs)) {
            (lhs, rhs) if lhs.vector && rhs.vector => of_vectors(*op, modifiers, lhs, rhs),
            (vector, scalar) | (scalar, vector) if !scalar.vector => {
                let renames = operator(*op).changes_schema || modifiers.return_bool;
                if renames { vector.nameless() } else { vector }
            }
            _ => Known::default(),
        },
    }
}

fn of_vectors<'a>(op: BinaryOp, modifiers: &BinaryModifiers, lhs: Known<'a>, rhs: Known<'a>) -> Known<'a> {
    let matching = MatchLabels::new(modifiers.matching.as_ref());
    let floats = lhs.floats && rhs.floats;
    let rows = Known { vector: true, floats, ..Known::default() };
    let decides = |matcher: &&Matcher| matching.decides(&matcher.name);
    match op {
        BinaryOp::Or => {
            let both = |matcher: &&Matcher| rhs.matchers.contains(matcher);
            let matchers = lhs.matchers.into_iter().filter(both).collect();
            // Rows of equal labels become one.
            let apart = lhs.apart.and(rhs.apart).map(|_| Apart::Unpinned(&[]));
            Known { matchers, apart, ..rows }
        }
        BinaryOp::Unless => lhs,
        BinaryOp::And => {
            let mut matchers = lhs.matchers;
            add(&mut matchers, rhs.matchers.into_iter().filter(decides));
            Known { matchers, ..lhs }
        }
        _ if modifiers.fill_left.is_some() || modifiers.fill_right.is_some() => rows,
        // The result has the labels that decide, and they are those of both sides.
        _ => {
            let mut matchers = Vec::new();
            add(&mut matchers, lhs.matchers.into_iter().chain(rhs.matchers).filter(decides));
            Known { matchers, ..rows }
        }
    }
}
