//! The walk over a plan: every node is bound to its inputs, breakers run at once.

use super::context::Context;
use super::fail::Fail;
use super::merge::{Merging, merge};
use super::result::{self, Answer};
use super::rows::{Body, Rows};
use super::scalar::Scalar;
use super::scan::hold;
use super::windowed::{WindowCall, over_rows, over_series};
use super::{aggregate, binary, call, info, select};
use crate::column::{Tile, bits};
use crate::functions::{Function, Shape};
use crate::model::{Grid, TimeSpan, ValueType};
use crate::plan::{NodeId, Op, Plan, PlanNode, Selector, WindowInput};
use crate::source::{Selection, SeriesSet, SeriesSource};
use promql_grammar::Span;
use smallvec::SmallVec;

/// The value of a bound node.
pub(super) enum Value {
    Scalar(Scalar),
    Text(String),
    Rows(Rows),
    Answer(Answer),
}

impl Value {
    /// The same value for two readers; see [`Rows::twice`].
    fn twice(self) -> (Value, Value) {
        match self {
            Value::Scalar(scalar) => (Value::Scalar(scalar.clone()), Value::Scalar(scalar)),
            Value::Text(text) => (Value::Text(text.clone()), Value::Text(text)),
            Value::Rows(rows) => {
                let (rows, again) = rows.twice();
                (Value::Rows(rows), Value::Rows(again))
            }
            // Of a range selector that is the whole query: the root has one reader.
            Value::Answer(_) => (self, Value::Text(String::new())),
        }
    }
}

/// Evaluates a plan.
///
/// # Errors
/// The first failure in evaluation order.
pub(crate) async fn evaluate(
    plan: &Plan,
    source: &dyn SeriesSource,
    cx: &Context<'_>,
    instant: bool,
) -> Result<Answer, Fail> {
    let selections =
        if plan.requests.is_empty() { Vec::new() } else { source.select(&plan.requests).await? };
    let mut binder = Binder {
        plan,
        cx,
        values: (0..plan.nodes.len()).map(|_| None).collect(),
        readers: plan.nodes.iter().map(|node| node.readers).collect(),
        selections: selections.into_iter().map(Some).collect(),
    };
    for (id, node) in plan.nodes.iter().enumerate().filter(|(_, node)| node.twin_of.is_none()) {
        cx.cancel.check()?;
        let value = match &node.op {
            Op::Info { input, matchers, windows } if node.grid.len > 0 => {
                let base = binder.rows(*input, node.grid)?;
                let call = info::Call { matchers: matchers.as_deref(), windows: *windows, span: node.span };
                Value::Rows(info::bind(cx, source, &call, base).await?)
            }
            _ => binder.bind(id, node)?,
        };
        binder.values[id] = Some(match value {
            Value::Rows(rows) if rows.is_deep() || is_spared(cx, node, &rows) => Value::Rows(hold(cx, rows)?),
            value => value,
        });
    }
    let value = binder.take(plan.root);
    result::finish(cx, plan, value, instant)
}

/// Rows that several nodes read are evaluated once if they do not take too much memory, else once a reader.
fn is_spared(cx: &Context<'_>, node: &PlanNode, rows: &Rows) -> bool {
    node.readers > 1 && matches!(rows.body, Body::Stream(_)) && cx.affords(rows.heads.len(), node.grid.len)
}

struct Binder<'a> {
    plan: &'a Plan,
    cx: &'a Context<'a>,
    values: Vec<Option<Value>>,
    /// Per node how many have yet to read its value.
    readers: SmallVec<[usize; 16]>,
    selections: Vec<Option<Selection>>,
}

impl Binder<'_> {
    /// The value of an input, for one of its readers.
    fn take(&mut self, id: NodeId) -> Value {
        let value = self.values[id].take().unwrap_or(Value::Text(String::new()));
        self.readers[id] = self.readers[id].saturating_sub(1);
        if self.readers[id] == 0 {
            return value;
        }
        let (value, again) = value.twice();
        self.values[id] = Some(again);
        value
    }

    fn rows(&mut self, id: NodeId, grid: Grid) -> Result<Rows, Fail> {
        Ok(match self.take(id) {
            Value::Rows(rows) => rows,
            // Unreachable in a checked query; an empty vector is the harmless answer.
            _ => Rows::none(grid),
        })
    }

    fn scalar(&mut self, id: NodeId) -> Scalar {
        match self.take(id) {
            Value::Scalar(scalar) => scalar,
            _ => Scalar::Const(f64::NAN),
        }
    }

    /// The series of a selector, what is left to do for it, and when its samples lie.
    fn series(&mut self, selector: Selector) -> Result<(Box<dyn SeriesSet>, Selector, TimeSpan), Fail> {
        let selection = self.selections.get_mut(selector.request).and_then(Option::take);
        let selection = selection.ok_or_else(|| {
            Fail::Source(crate::source::SourceError::Other("the source left a selector unanswered".into()))
        })?;
        for warning in selection.warnings {
            self.cx.notes.warn(warning);
        }
        self.cx.count_series(selection.set.len());
        let stats = selector.stats && !selection.applied.histogram_stats;
        let times = self.plan.requests[selector.request].span;
        Ok((selection.set, Selector { stats, ..selector }, times))
    }

    fn bind(&mut self, id: NodeId, node: &PlanNode) -> Result<Value, Fail> {
        let PlanNode { op, grid, span, .. } = node;
        let (grid, span) = (*grid, *span);
        if grid.len == 0 {
            return Ok(self.nothing(op, grid));
        }
        Ok(match op {
            Op::Number(value) => Value::Scalar(Scalar::Const(*value)),
            Op::Text(text) => Value::Text(text.clone()),
            Op::Time => Value::Scalar(time(grid)),
            Op::Select(selector) => {
                let (set, selector, times) = self.series(*selector)?;
                let rows = select::bind(set, selector, times, id, span);
                Value::Rows(call::after_select(self.cx, rows, selector, span)?)
            }
            // Awaited by the loop over the nodes; over an empty grid there is nothing to do.
            Op::Info { .. } => Value::Rows(Rows::none(grid)),
            Op::Raw(selector) => {
                let (set, selector, times) = self.series(*selector)?;
                Value::Answer(result::raw(self.cx, &*set, (selector, times), span)?)
            }
            Op::Subquery(input) => Value::Rows(self.rows(*input, grid)?),
            Op::Repeat(input) => match self.take(*input) {
                Value::Scalar(scalar) => Value::Scalar(scalar.repeated()),
                Value::Rows(rows) => Value::Rows(repeat(rows, grid)),
                other => other,
            },
            Op::Negate(input) => match self.take(*input) {
                Value::Scalar(scalar) => Value::Scalar(scalar.map(|value| -value)),
                Value::Rows(rows) => {
                    let rows = binary::negate(self.cx, rows);
                    Value::Rows(merge(self.cx, rows, Merging::Serieswise, span)?)
                }
                other => other,
            },
            Op::Windowed { function, input, params, range_span, param_span } => {
                self.windowed(id, node, function, input, params, (*range_span, *param_span))?
            }
            Op::Call { function, args, spans } => {
                let values = args.iter().map(|&arg| self.take(arg)).collect();
                let plan = self.plan;
                let call =
                    call::Call { function, args: values, arg_nodes: args, spans, grid, node: id, span, plan };
                call::bind(self.cx, call)?
            }
            Op::Aggregate { op, grouping, param, param_span, input, input_span } => {
                let param = param.map(|param| self.take(param));
                let input = self.rows(*input, grid)?;
                let spans = aggregate::Spans { whole: span, param: *param_span, input: *input_span };
                let call = aggregate::Call { op: *op, grouping: grouping.as_deref(), param, node: id, spans };
                Value::Rows(aggregate::bind(self.cx, &call, &input)?)
            }
            Op::Binary { op, modifiers, lhs, rhs } => {
                let (lhs, rhs) = (self.take(*lhs), self.take(*rhs));
                binary::bind(self.cx, binary::Call { op: *op, modifiers, grid, node: id, span }, lhs, rhs)?
            }
        })
    }

    fn windowed(
        &mut self,
        id: NodeId,
        node: &PlanNode,
        function: &'static Function,
        input: &WindowInput,
        params: &[NodeId],
        (range_span, param_span): (Span, Span),
    ) -> Result<Value, Fail> {
        let params = params.iter().map(|&param| self.scalar(param)).collect();
        let (kernel, absent) = match function.shape {
            Shape::Range(kernel) => (kernel, false),
            Shape::AbsentOverTime(kernel) => (kernel, true),
            _ => return Ok(Value::Rows(Rows::none(node.grid))),
        };
        let (windows, anchored, smoothed) = match input {
            WindowInput::Selector(selector) => (selector.windows, selector.anchored, selector.smoothed),
            WindowInput::Subquery { windows, .. } => (*windows, false, false),
        };
        for (asked, modifier, takes) in [
            (anchored, "anchored", (|function| function.anchored) as fn(&Function) -> bool),
            (smoothed, "smoothed", |function| function.smoothed),
        ] {
            if asked && !takes(function) {
                let known: Vec<&str> = crate::functions::functions()
                    .filter(|function| takes(function))
                    .map(|known| known.name)
                    .collect();
                let known = known.join(", ");
                let name = function.name;
                let message = format!("{modifier} modifier can only be used with: {known} - not with {name}");
                return Err(Fail::at(node.span, message));
            }
        }
        let call = WindowCall {
            function,
            kernel,
            params,
            windows,
            anchored,
            smoothed,
            node: id,
            span: node.span,
            range_span,
            param_span,
        };
        let rows = match input {
            WindowInput::Selector(selector) => {
                let (set, selector, times) = self.series(*selector)?;
                over_series(self.cx, call, set, selector.stats, times)
            }
            WindowInput::Subquery { node: inner, .. } => {
                let inner = self.rows(*inner, node.grid)?;
                over_rows(self.cx, call, inner)
            }
        };
        if absent {
            let labels = match input {
                WindowInput::Selector(selector) => {
                    crate::functions::absent_labels(&self.plan.requests[selector.request].matchers)
                }
                WindowInput::Subquery { .. } => crate::model::Labels::empty(),
            };
            return Ok(Value::Rows(super::absent::absent(self.cx, &rows, labels)?));
        }
        Ok(Value::Rows(merge(self.cx, rows, Merging::Serieswise, node.span)?))
    }

    /// The value of a node over an empty grid: Prometheus evaluates nothing there, not even to find errors.
    fn nothing(&mut self, op: &Op, grid: Grid) -> Value {
        let is_scalar = match op {
            Op::Text(text) => return Value::Text(text.clone()),
            Op::Number(_) | Op::Time => true,
            Op::Call { function, .. } => function.returns == ValueType::Scalar,
            Op::Repeat(input) | Op::Negate(input) => matches!(self.values[*input], Some(Value::Scalar(_))),
            Op::Binary { lhs, rhs, .. } => {
                [lhs, rhs].iter().all(|&&side| matches!(self.values[side], Some(Value::Scalar(_))))
            }
            _ => false,
        };
        if is_scalar { Value::Scalar(Scalar::Const(f64::NAN)) } else { Value::Rows(Rows::none(grid)) }
    }
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds within any calendar are exact")]
fn time(grid: Grid) -> Scalar {
    if grid.len == 1 {
        return Scalar::Const(grid.start as f64 / 1000.0);
    }
    Scalar::Row(grid.times().map(|time| time as f64 / 1000.0).collect())
}

/// The rows of one step at every step of a grid.
fn repeat(rows: Rows, grid: Grid) -> Rows {
    let heads = rows.heads.clone();
    let load = rows.load;
    Rows::stream(heads, grid, load, Repeat { rows, grid })
}

struct Repeat {
    rows: Rows,
    grid: Grid,
}

impl super::rows::Stream for Repeat {
    fn read(&self, cx: &Context<'_>, rows: &[u32], out: &mut Tile) -> Result<(), Fail> {
        out.reset(rows.len(), self.grid.len);
        cx.with_scratch(|once| {
            self.rows.read(cx, rows, once)?;
            for nth in 0..rows.len() {
                let from = once.row(nth);
                let mut row = out.row_mut(nth);
                if let Some(value) = from.float(0) {
                    row.values.fill(value);
                    bits::fill(row.floats, self.grid.len);
                } else if let Some(histogram) = from.histogram(0) {
                    for step in 0..self.grid.len {
                        row.set_histogram(step, histogram.clone());
                    }
                }
            }
            Ok(())
        })
    }

    fn speaks(&self) -> bool {
        self.rows.speaks()
    }
}
