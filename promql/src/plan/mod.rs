//! From a checked tree to a plan: what is evaluated when, over which grid.
//!
//! A plan is made for one start, end and step, because `@ start()`, `step()` and `range()` depend on them. It is a list
//! of nodes in evaluation order. The tree is never edited; what differs from run to run is here. Nothing here reads
//! samples.

mod build;
mod carry;
mod durations;
mod invariant;
mod known;
mod layout;
mod reference;
mod shared;

use crate::column::Windows;
use crate::functions::Function;
use crate::model::{Grid, Matcher, Millis};
use crate::source::SelectRequest;
use promql_grammar::Span;
use promql_grammar::ast::{Aggregator, BinaryOp, Clauses, Grouping};
use std::sync::Arc;

/// Number of a plan node.
pub(crate) type NodeId = usize;

/// What is evaluated when.
#[derive(Debug)]
pub(crate) struct Plan {
    /// Nodes in evaluation order, inputs before consumers.
    pub nodes: Vec<PlanNode>,
    /// The node whose value is the answer.
    pub root: NodeId,
    /// What the source is asked, all selectors at once.
    pub requests: Vec<SelectRequest>,
    /// The evaluation times of the query.
    pub grid: Grid,
}

/// One step of the evaluation.
#[derive(Debug)]
pub(crate) struct PlanNode {
    /// What is done.
    pub op: Op,
    /// The evaluation times.
    pub grid: Grid,
    /// The text it comes from.
    pub span: Span,
    /// The earlier node that says the same and is evaluated instead of this one.
    pub twin_of: Option<NodeId>,
    /// How many nodes read its value.
    pub readers: usize,
}

impl PlanNode {
    /// The places in the text that notes of this node point to. Those of twins correspond one to one.
    pub(crate) fn spans(&self) -> impl Iterator<Item = Span> + '_ {
        let (two, more): ([Option<Span>; 2], &[Span]) = match &self.op {
            Op::Windowed { range_span, param_span, .. } => ([Some(*range_span), Some(*param_span)], &[]),
            Op::Aggregate { param_span, input_span, .. } => ([Some(*param_span), Some(*input_span)], &[]),
            Op::Call { spans, .. } => ([None; 2], spans),
            _ => ([None; 2], &[]),
        };
        std::iter::once(self.span).chain(two.into_iter().flatten()).chain(more.iter().copied())
    }
}

/// What a node does.
#[derive(Debug)]
pub(crate) enum Op {
    /// A number at every step.
    Number(f64),
    /// A text.
    Text(String),
    /// A constant of time: the evaluation time in seconds.
    Time,
    /// An instant selector.
    Select(Selector),
    /// A range selector as the answer itself.
    Raw(Selector),
    /// A subquery as the answer itself.
    Subquery(NodeId),
    /// A function of windows.
    Windowed {
        /// The function.
        function: &'static Function,
        /// Where the windows come from.
        input: WindowInput,
        /// The scalar arguments.
        params: Vec<NodeId>,
        /// The range argument, to which notes point.
        range_span: Span,
        /// The first argument, to which notes about parameters point.
        param_span: Span,
    },
    /// Any other function.
    Call {
        /// The function.
        function: &'static Function,
        /// The arguments.
        args: Vec<NodeId>,
        /// Spans of the arguments.
        spans: Vec<Span>,
    },
    /// `info`.
    Info {
        /// The series to enrich.
        input: NodeId,
        /// The matchers of the second argument, if there is one.
        matchers: Option<Arc<[Matcher]>>,
        /// For every step the stretch of time in which info series are looked up.
        windows: Windows,
    },
    /// The value at one step, repeated at every step.
    Repeat(NodeId),
    /// `-x`.
    Negate(NodeId),
    /// An aggregation.
    Aggregate {
        /// The aggregator.
        op: Aggregator,
        /// `by` or `without`.
        grouping: Option<Box<Grouping>>,
        /// The scalar or text argument.
        param: Option<NodeId>,
        /// Where the argument stands.
        param_span: Span,
        /// What is aggregated.
        input: NodeId,
        /// Where it stands.
        input_span: Span,
    },
    /// A binary operation.
    Binary {
        /// The operator.
        op: BinaryOp,
        /// `bool`, matching, fill.
        modifiers: Clauses,
        /// The left operand.
        lhs: NodeId,
        /// The right operand.
        rhs: NodeId,
    },
}

impl Op {
    /// Visits the numbers of the nodes that this one reads.
    fn each_input(&mut self, mut visit: impl FnMut(&mut NodeId)) {
        match self {
            Op::Number(_) | Op::Text(_) | Op::Time | Op::Select(_) | Op::Raw(_) => {}
            Op::Subquery(input) | Op::Repeat(input) | Op::Negate(input) | Op::Info { input, .. } => {
                visit(input);
            }
            Op::Windowed { input, params, .. } => {
                if let WindowInput::Subquery { node, .. } = input {
                    visit(node);
                }
                params.iter_mut().for_each(visit);
            }
            Op::Call { args, .. } => args.iter_mut().for_each(visit),
            Op::Aggregate { param, input, .. } => {
                param.iter_mut().for_each(&mut visit);
                visit(input);
            }
            Op::Binary { lhs, rhs, .. } => [lhs, rhs].into_iter().for_each(visit),
        }
    }

    /// The selector that this node itself reads.
    fn selector_mut(&mut self) -> Option<&mut Selector> {
        match self {
            Op::Select(selector)
            | Op::Raw(selector)
            | Op::Windowed { input: WindowInput::Selector(selector), .. } => Some(selector),
            _ => None,
        }
    }
}

/// A selector of a plan.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Selector {
    /// Which of the requests answers it.
    pub request: usize,
    /// For every step the stretch of time it looks at: the lookback of an instant selector, the range of a range
    /// selector.
    pub windows: Windows,
    /// `anchored`.
    pub anchored: bool,
    /// `smoothed`.
    pub smoothed: bool,
    /// Histograms are read for their statistics only.
    pub stats: bool,
    /// What the samples are read for.
    pub pick: Pick,
}

/// What an instant selector takes of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Pick {
    /// Its value.
    Value,
    /// Its time in seconds.
    Time,
    /// Its start time in seconds.
    StartTime,
}

/// Where the windows of a range function come from.
#[derive(Debug)]
pub(crate) enum WindowInput {
    /// Samples of series.
    Selector(Selector),
    /// Values of a node over a grid of its own.
    Subquery {
        /// The inner node.
        node: NodeId,
        /// For every step the stretch of time that is looked at.
        windows: Windows,
    },
}

/// When and how a plan is made.
#[derive(Clone, Debug)]
pub(crate) struct PlanOptions {
    /// First evaluation time.
    pub start: Millis,
    /// Last possible evaluation time.
    pub end: Millis,
    /// The step of a range query.
    pub step: Option<Millis>,
    /// The lookback delta.
    pub lookback: Millis,
    /// The step of subqueries that give none.
    pub default_subquery_step: Millis,
    /// Start times of samples are asked for.
    pub start_times: bool,
}

/// Why there is no plan. The text is Prometheus'.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct PlanError {
    /// What is wrong.
    pub message: String,
    /// Where.
    pub span: Span,
}

pub(crate) use build::plan;
