//! Functions that are not over windows.

use super::absent::{absent, to_scalar};
use super::bind::Value;
use super::context::Context;
use super::fail::Fail;
use super::merge::{Merging, merge};
use super::notes::Topic;
use super::rows::Rows;
use super::scalar::Scalar;
use super::scan::hear;
use super::{classic, sort};
use crate::column::{Heads, Note, Param, RowHead, Tile, bits};
use crate::functions::{self, Function, Shape};
use crate::model::{FloatHistogram, Grid, Labels};
use crate::plan::{NodeId, Op, Pick, Plan, Selector};
use promql_grammar::Span;

/// A call with its arguments.
pub(super) struct Call<'a> {
    pub function: &'static Function,
    pub args: Vec<Value>,
    pub arg_nodes: &'a [NodeId],
    pub spans: &'a [Span],
    pub grid: Grid,
    pub node: NodeId,
    pub span: Span,
    pub plan: &'a Plan,
}

/// Binds a call.
pub(super) fn bind(cx: &Context<'_>, call: Call<'_>) -> Result<Value, Fail> {
    let Call { function, args, grid, node, span, .. } = call;
    let mut args = Args { values: args.into_iter(), grid };
    let stepwise =
        |rows: Rows| -> Result<Value, Fail> { Ok(Value::Rows(merge(cx, rows, Merging::Stepwise, span)?)) };
    let removed = |rows: &Rows| -> Heads {
        if function.keeps_name {
            return rows.heads.clone();
        }
        rows.heads.iter().map(|head| cx.options.removal.apply(head)).collect()
    };
    match function.shape {
        Shape::Floats(kernel) => {
            let input = args.rows();
            let heads = removed(&input);
            stepwise(Rows::in_place(input, heads, move |_, _, tile| {
                tile.drop_histograms();
                kernel(tile.values_mut());
                Ok(())
            }))
        }
        Shape::FloatsWith(kernel) => {
            let input = args.rows();
            let params: Vec<Scalar> = args.scalars();
            let heads = removed(&input);
            stepwise(Rows::in_place(input, heads, move |_, rows, tile| {
                tile.drop_histograms();
                let params: Vec<Param<'_>> = params.iter().map(Scalar::param).collect();
                (0..rows.len()).for_each(|nth| kernel(&mut tile.row_mut(nth), &params));
                Ok(())
            }))
        }
        Shape::Date(part) => {
            // The evaluation time as such has no name to remove, so that one written over it stays.
            let (input, heads) = if call.spans.is_empty() {
                (now(grid), vec![RowHead::default()].into())
            } else {
                let input = args.rows();
                let heads = removed(&input);
                (input, heads)
            };
            stepwise(Rows::in_place(input, heads, move |_, _, tile| {
                tile.drop_histograms();
                tile.values_mut().iter_mut().for_each(|value| *value = part(*value));
                Ok(())
            }))
        }
        Shape::Histograms(kernel) => {
            let input = args.rows();
            let heads = removed(&input);
            stepwise(Rows::in_place(input, heads, move |_, rows, tile| {
                of_histograms(rows.len(), tile, kernel);
                Ok(())
            }))
        }
        Shape::Timestamp => {
            let input = args.rows();
            let heads = removed(&input);
            stepwise(Rows::in_place(input, heads, move |_, rows, tile| {
                (0..rows.len()).for_each(|nth| step_times(&mut tile.row_mut(nth), grid));
                Ok(())
            }))
        }
        Shape::StartTimestamp => {
            hear(cx, &args.rows(), |_| false)?;
            Ok(Value::Rows(Rows::none(grid)))
        }
        Shape::Absent => {
            let labels = match call.arg_nodes.first().map(|&arg| &call.plan.nodes[arg].op) {
                Some(Op::Select(selector)) if selector.pick == Pick::Value => {
                    functions::absent_labels(&call.plan.requests[selector.request].matchers)
                }
                _ => Labels::empty(),
            };
            Ok(Value::Rows(absent(cx, &args.rows(), labels)?))
        }
        Shape::ToScalar => Ok(Value::Scalar(to_scalar(cx, &args.rows())?)),
        Shape::ToVector => Ok(Value::Rows(from_scalar(&args.scalar(), grid))),
        Shape::Scalars(kernel) => {
            let (a, b) = (args.scalar(), args.scalar());
            Ok(Value::Scalar(a.zip(b, grid.len, kernel)))
        }
        Shape::Sort(descending) => {
            warn_in_range(cx, function.warns_in_range, grid, node, span);
            stepwise(sort::by_value(cx, args.rows(), descending)?)
        }
        Shape::SortByLabel(descending) => {
            warn_in_range(cx, function.warns_in_range, grid, node, span);
            let input = args.rows();
            let labels = args.texts();
            stepwise(sort::by_labels(cx, input, &labels, descending)?)
        }
        Shape::LabelReplace | Shape::LabelJoin => {
            let input = args.rows();
            let texts = args.texts();
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let heads = match (function.shape, texts.as_slice()) {
                (Shape::LabelReplace, [destination, replacement, source, regex]) => {
                    functions::label_replace(&input.heads, destination, replacement, source, regex)
                }
                (_, [destination, separator, sources @ ..]) => {
                    functions::label_join(&input.heads, destination, separator, sources)
                }
                _ => Ok(input.heads.to_vec()),
            };
            let heads = heads.map_err(|error| Fail::at(span, error.to_string()))?;
            Ok(Value::Rows(merge(cx, input.relabeled(heads.into()), Merging::Relabeling, span)?))
        }
        Shape::HistogramQuantile | Shape::HistogramQuantiles | Shape::HistogramFraction => {
            let rows = classic::bind(cx, function.shape, args.values.collect(), grid, call.spans, node)?;
            stepwise(rows)
        }
        // The plan has made other nodes of these.
        Shape::Range(_)
        | Shape::AbsentOverTime(_)
        | Shape::Time
        | Shape::Constant(_)
        | Shape::Query(_)
        | Shape::Info => Ok(Value::Rows(Rows::none(grid))),
    }
}

/// The arguments of a call, taken one after the other. Types were checked; the stand-ins are never seen.
struct Args {
    values: std::vec::IntoIter<Value>,
    grid: Grid,
}

impl Args {
    fn rows(&mut self) -> Rows {
        match self.values.next() {
            Some(Value::Rows(rows)) => rows,
            _ => Rows::none(self.grid),
        }
    }

    fn scalar(&mut self) -> Scalar {
        match self.values.next() {
            Some(Value::Scalar(scalar)) => scalar,
            _ => Scalar::Const(f64::NAN),
        }
    }

    fn scalars(&mut self) -> Vec<Scalar> {
        let is_scalar = |value| if let Value::Scalar(scalar) = value { Some(scalar) } else { None };
        self.values.by_ref().filter_map(is_scalar).collect()
    }

    fn texts(&mut self) -> Vec<String> {
        let is_text = |value| if let Value::Text(text) = value { Some(text) } else { None };
        self.values.by_ref().filter_map(is_text).collect()
    }
}

/// What `timestamp` and `start_timestamp` do to the labels of a bare selector; nothing for any other.
pub(super) fn after_select(
    cx: &Context<'_>,
    rows: Rows,
    selector: Selector,
    span: Span,
) -> Result<Rows, Fail> {
    match selector.pick {
        Pick::Value => Ok(rows),
        Pick::StartTime if !cx.options.start_times => Ok(Rows::none(rows.grid)),
        Pick::Time | Pick::StartTime => {
            let heads = rows.heads.iter().map(|head| cx.options.removal.apply(head)).collect();
            merge(cx, rows.relabeled(heads), Merging::Stepwise, span)
        }
    }
}

fn warn_in_range(cx: &Context<'_>, warns: bool, grid: Grid, node: NodeId, span: Span) {
    if warns && !grid.point {
        cx.notes.raise(Topic::new(node, span), Note::SortInRange);
    }
}

/// One row without labels that holds the evaluation time in whole seconds.
#[expect(clippy::cast_precision_loss, reason = "seconds within any calendar are exact")]
fn now(grid: Grid) -> Rows {
    from_scalar(&Scalar::Row(grid.times().map(|time| (time / 1000) as f64).collect()), grid)
}

fn from_scalar(scalar: &Scalar, grid: Grid) -> Rows {
    let mut tile = Tile::new(1, grid.len);
    let mut row = tile.row_mut(0);
    (0..grid.len).for_each(|step| row.set_float(step, scalar.at(step)));
    Rows::held(vec![RowHead::default()].into(), grid, tile)
}

fn of_histograms(rows: usize, tile: &mut Tile, kernel: fn(&FloatHistogram) -> f64) {
    for nth in 0..rows {
        let mut row = tile.row_mut(nth);
        row.floats.fill(0);
        if let Some(histograms) = row.histograms.take() {
            for (step, histogram) in histograms.iter() {
                row.set_float(step, kernel(histogram));
            }
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds within any calendar are exact")]
fn step_times(row: &mut crate::column::RowMut<'_>, grid: Grid) {
    if let Some(histograms) = row.histograms.take() {
        bits::union(row.floats, histograms.present());
    }
    for (step, value) in row.values.iter_mut().enumerate() {
        *value = grid.time(step) as f64 / 1000.0;
    }
}
