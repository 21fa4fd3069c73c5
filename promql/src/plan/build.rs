//! From the layout to the list of nodes, in one pass from the leaves.

use super::carry::carry;
use super::durations::QueryTimes;
use super::layout::{Layout, Place, Reach, lay_out};
use super::reference::{self, References};
use super::shared::share;
use super::{NodeId, Op, Pick, Plan, PlanError, PlanNode, PlanOptions, Selector, WindowInput, invariant};
use crate::check::Checked;
use crate::column::Windows;
use crate::functions::{QueryConstant, Shape};
use crate::model::{Grid, Millis, TimeSpan, ValueType};
use crate::source::{Hints, Needs, SelectRequest};
use promql_grammar::Span;
use promql_grammar::ast::{ExprId, Kind};
use smallvec::{SmallVec, smallvec};

/// Makes the plan of a checked query.
///
/// # Errors
/// If a duration expression has no usable value, or the type cannot be the answer to a range query.
pub(crate) fn plan(checked: &Checked, options: &PlanOptions) -> Result<Plan, PlanError> {
    let ast = checked.ast();
    let root = ast.root();
    let value_type = checked.value_type(root);
    if options.step.is_some() && matches!(value_type, ValueType::String | ValueType::Matrix) {
        let message = format!(
            "invalid expression type {:?} for range query, must be Scalar or instant Vector",
            value_type.described()
        );
        return Err(PlanError { message, span: ast[root].span });
    }
    let grid = match options.step {
        Some(step) => Grid::range(options.start, options.end, step),
        None => Grid::at(options.start),
    };
    #[expect(clippy::cast_precision_loss, reason = "milliseconds within any calendar are exact")]
    let seconds = |millis: Millis| millis as f64 / 1000.0;
    let times = QueryTimes {
        step: seconds(options.step.unwrap_or(0)),
        range: seconds(options.end.saturating_sub(options.start)),
    };
    let references = reference::find(checked, options, times);
    let wrapped = invariant::find(checked, |argument| references.common(argument).is_some());
    let layout = lay_out(checked, &wrapped, options, grid, times)?;
    let builder = Builder {
        checked,
        options,
        layout: &layout,
        references: &references,
        times,
        root: ast.unwrap_parens(root),
        consumed: find_consumed(checked),
        nodes: Vec::with_capacity(ast.nodes().len()),
        requests: Vec::with_capacity(2),
        of_expr: smallvec![None; ast.nodes().len()],
    };
    Ok(builder.build(grid))
}

struct Builder<'a> {
    checked: &'a Checked,
    options: &'a PlanOptions,
    layout: &'a Layout,
    references: &'a References,
    times: QueryTimes,
    /// The outermost expression without its parentheses.
    root: ExprId,
    /// Per expression: a selector that its consumer builds.
    consumed: SmallVec<[bool; 16]>,
    nodes: Vec<PlanNode>,
    requests: Vec<SelectRequest>,
    of_expr: SmallVec<[Option<NodeId>; 8]>,
}

impl Builder<'_> {
    fn build(mut self, grid: Grid) -> Plan {
        let ast = self.checked.ast();
        for id in ast.ids() {
            let Some(place) = self.layout.place(id).copied() else { continue };
            let Some(node) = self.node(id, &place) else { continue };
            let repeated = place.grid != place.outer && self.checked.value_type(id) != ValueType::Matrix;
            let node = if repeated { self.push(Op::Repeat(node), place.outer, ast[id].span) } else { node };
            self.of_expr[id.index()] = Some(node);
        }
        let root = self.of(ast.root());
        share(&mut self.nodes, &mut self.requests);
        carry(&self.nodes, &mut self.requests);
        Plan { nodes: self.nodes, root, requests: self.requests, grid }
    }

    /// The node of an expression that was built before.
    fn of(&self, id: ExprId) -> NodeId {
        self.of_expr[id.index()].expect("children are built before their parents")
    }

    fn push(&mut self, op: Op, grid: Grid, span: Span) -> NodeId {
        self.nodes.push(PlanNode { op, grid, span, twin_of: None, readers: 1 });
        self.nodes.len() - 1
    }

    /// Builds the node of an expression; none for range selectors that a function consumes.
    fn node(&mut self, id: ExprId, place: &Place) -> Option<NodeId> {
        let ast = self.checked.ast();
        let span = ast[id].span;
        let is_root = self.root == id;
        let op = match &ast[id].kind {
            Kind::Bad => return None,
            Kind::Number(number) => Op::Number(number.value),
            Kind::String(text) => Op::Text(text.clone()),
            Kind::Paren(inner) => return self.of_expr[inner.index()],
            Kind::Unary { negative: false, expr } => return self.of_expr[expr.index()],
            Kind::Unary { negative: true, expr } => Op::Negate(self.of(*expr)),
            Kind::Selector(_) if self.consumed[id.index()] => return None,
            Kind::Selector(_) => Op::Select(self.instant_selector(id, place, Pick::Value, None)),
            Kind::Range { .. } if is_root => Op::Raw(self.range_selector(id, place, None)),
            Kind::Subquery { expr, .. } if is_root => Op::Subquery(self.of(*expr)),
            Kind::Range { .. } | Kind::Subquery { .. } => return None,
            Kind::Binary { op, modifiers, lhs, rhs, .. } => {
                Op::Binary { op: *op, modifiers: modifiers.clone(), lhs: self.of(*lhs), rhs: self.of(*rhs) }
            }
            Kind::Aggregate { op, args, grouping, .. } => {
                let (operand, params) = args.split_last().expect("a checked aggregation has an operand");
                let param = params.first().copied();
                Op::Aggregate {
                    op: *op,
                    grouping: grouping.clone(),
                    param: param.map(|param| self.of(param)),
                    param_span: param.map_or(span, |param| self.bare_span(param)),
                    input: self.of(*operand),
                    input_span: self.bare_span(*operand),
                }
            }
            Kind::Call { args, .. } => self.call(id, args, place),
        };
        Some(self.push(op, place.grid, span))
    }

    fn call(&mut self, id: ExprId, args: &[ExprId], place: &Place) -> Op {
        let ast = self.checked.ast();
        let function = self.checked.function(id);
        let range_arg = args.iter().position(|&arg| self.checked.value_type(arg) == ValueType::Matrix);
        match (function.shape, range_arg) {
            (Shape::Time, _) => Op::Time,
            (Shape::Constant(value), _) => Op::Number(value),
            (Shape::Query(constant), _) => Op::Number(self.constant(constant)),
            (Shape::Info, _) => {
                let reach = self.references.common(args[0]).unwrap_or_default();
                let reach = Reach { range: self.options.lookback, ..reach };
                Op::Info {
                    input: self.of(args[0]),
                    matchers: args.get(1).map(|&arg| self.checked.shared_matchers(arg)),
                    windows: windows(place.grid, reach),
                }
            }
            (Shape::Timestamp | Shape::StartTimestamp, _)
                if matches!(ast[ast.unwrap_parens(args[0])].kind, Kind::Selector(_)) =>
            {
                let pick =
                    if matches!(function.shape, Shape::Timestamp) { Pick::Time } else { Pick::StartTime };
                let selector = ast.unwrap_parens(args[0]);
                let place = *self.layout.place(selector).unwrap_or(place);
                Op::Select(self.instant_selector(selector, &place, pick, Some(function.name)))
            }
            (_, Some(range_arg)) => {
                let inner = ast.unwrap_parens(args[range_arg]);
                let inner_place = *self.layout.place(inner).unwrap_or(place);
                let is_subquery = matches!(ast[inner].kind, Kind::Subquery { .. });
                let input = match ast[inner].kind {
                    Kind::Subquery { expr, .. } => {
                        let reach = self.layout.reach(inner);
                        WindowInput::Subquery { node: self.of(expr), windows: windows(place.grid, reach) }
                    }
                    _ => WindowInput::Selector(self.range_selector(inner, &inner_place, Some(function.name))),
                };
                let params = args
                    .iter()
                    .enumerate()
                    .filter(|&(index, _)| index != range_arg)
                    .map(|(_, &arg)| self.of(arg))
                    .collect();
                Op::Windowed {
                    function,
                    input,
                    params,
                    // Prometheus' notes about a subquery point at the beginning of the query.
                    range_span: if is_subquery { Span::default() } else { ast[inner].span },
                    param_span: self.bare_span(args[if range_arg == 0 { args.len() - 1 } else { 0 }]),
                }
            }
            _ => Op::Call {
                function,
                args: args.iter().filter_map(|&arg| self.of_expr[arg.index()]).collect(),
                spans: args.iter().map(|&arg| self.bare_span(arg)).collect(),
            },
        }
    }

    /// Where notes about an operand point: parentheses around it do not count.
    fn bare_span(&self, id: ExprId) -> Span {
        let ast = self.checked.ast();
        ast[ast.unwrap_parens(id)].span
    }

    #[expect(clippy::cast_precision_loss, reason = "milliseconds within any calendar are exact")]
    fn constant(&self, constant: QueryConstant) -> f64 {
        match constant {
            QueryConstant::Start => self.options.start as f64 / 1000.0,
            QueryConstant::End => self.options.end as f64 / 1000.0,
            QueryConstant::Range => self.times.range,
            QueryConstant::Step if self.options.start == self.options.end => 0.0,
            QueryConstant::Step => self.times.step,
        }
    }

    fn instant_selector(
        &mut self,
        id: ExprId,
        place: &Place,
        pick: Pick,
        function: Option<&'static str>,
    ) -> Selector {
        let mut reach = self.layout.reach(id);
        if let (true, Some(time)) = (place.in_parameter, reach.pinned) {
            // In the parameter of an aggregation `@` is an offset from the first step, which moves along.
            let offset = place.grid.start.saturating_sub(time).saturating_add(reach.offset);
            reach = Reach { pinned: None, offset, ..reach };
        }
        reach.range = self.options.lookback;
        if pick != Pick::Value && reach.pinned.is_some() {
            // Prometheus forgets the offset here, but has read only the samples that the offset asks for.
            reach.range = reach.range.saturating_sub(reach.offset.saturating_abs()).max(0);
            reach.offset = reach.offset.max(0);
        }
        self.selector(id, place, reach, Use::Instant(pick), function)
    }

    fn range_selector(&mut self, id: ExprId, place: &Place, function: Option<&'static str>) -> Selector {
        let Kind::Range { selector, .. } = self.checked.ast()[id].kind else {
            unreachable!("windows come from range selectors or subqueries");
        };
        let reach = Reach { range: self.layout.reach(id).range, ..self.layout.reach(selector) };
        self.selector(selector, place, reach, Use::Range, function)
    }

    fn selector(
        &mut self,
        id: ExprId,
        place: &Place,
        reach: Reach,
        usage: Use,
        function: Option<&'static str>,
    ) -> Selector {
        let Kind::Selector(written) = &self.checked.ast()[id].kind else {
            unreachable!("range selectors and timestamp() hold selectors");
        };
        let (anchored, mut smoothed) = (written.modifiers.anchored, written.modifiers.smoothed);
        let (pick, range) = match usage {
            Use::Instant(pick) => (pick, 0),
            Use::Range => (Pick::Value, reach.range),
        };
        smoothed &= pick == Pick::Value;
        let extended = anchored || smoothed;
        let widen = self.options.lookback;
        let before = if usage == Use::Range && extended { widen } else { 0 };
        let after = if smoothed { widen } else { 0 };
        // What Prometheus asks its storage for does not slip.
        let asked = windows(place.grid, Reach { slip: 0, ..reach });
        let windows = windows(place.grid, reach);
        let last = place.grid.len.saturating_sub(1);
        let presence_only = place.presence_only && !extended;
        let stats = place.reads_stats() && !presence_only;
        let needs = match stats {
            _ if presence_only => Needs::Presence,
            true => Needs::HistogramStats,
            false => Needs::Everything,
        };
        self.requests.push(SelectRequest {
            matchers: self.checked.shared_matchers(id),
            span: TimeSpan {
                start: asked.start(0).saturating_sub(before).saturating_add(1),
                end: asked.end(last).saturating_add(after),
            },
            hints: Hints {
                grid: place.grid,
                range,
                function,
                needs,
                start_times: self.options.start_times,
                limit: None,
            },
        });
        Selector { request: self.requests.len() - 1, windows, anchored, smoothed, stats, pick }
    }
}

/// What a selector is read for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    Instant(Pick),
    Range,
}

/// Which selectors their consumer builds: those of range selectors, and a bare one in `timestamp`.
fn find_consumed(checked: &Checked) -> SmallVec<[bool; 16]> {
    let ast = checked.ast();
    let mut consumed = smallvec![false; ast.nodes().len()];
    for id in ast.ids() {
        match &ast[id].kind {
            Kind::Range { selector, .. } => consumed[selector.index()] = true,
            Kind::Call { args, .. }
                if matches!(checked.function(id).shape, Shape::Timestamp | Shape::StartTimestamp) =>
            {
                let arg = ast.unwrap_parens(args[0]);
                consumed[arg.index()] = matches!(ast[arg].kind, Kind::Selector(_));
            }
            _ => {}
        }
    }
    consumed
}

fn windows(grid: Grid, reach: Reach) -> Windows {
    let pinned = reach.pinned.map(|time| time.saturating_add(reach.slip));
    Windows { grid, range: reach.range, offset: reach.offset, pinned }
}
