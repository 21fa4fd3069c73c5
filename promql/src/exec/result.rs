//! From the value of the root to the answer.

use super::bind::Value;
use super::columns::{ColumnBuffers, Preparation};
use super::context::{Context, Held};
use super::fail::Fail;
use super::merge::{Merging, merge};
use super::order::sort_by_labels;
use super::rows::{Body, Rows};
use super::scan::{pack, scan};
use crate::column::{NameRemoval, PackedRows, RowHead, Tile};
use crate::functions::select::extended_points;
use crate::model::{Grid, Labels, Millis, Sample, TimeSpan};
use crate::plan::{Plan, Selector};
use crate::source::{RowData, RowSink, SeriesSet};
use promql_grammar::Span;
use std::ops::ControlFlow;
use std::sync::Arc;

/// The value of a query.
#[derive(Debug)]
pub(crate) enum Answer {
    Text(String),
    Scalar(f64),
    /// One sample a series, in evaluation order.
    Vector {
        heads: Vec<RowHead>,
        samples: Vec<Sample>,
    },
    /// Rows over a grid; `order` lists those that hold anything, by labels.
    Grid {
        heads: Vec<RowHead>,
        rows: GridRows,
        order: Vec<u32>,
        grid: Grid,
    },
    /// Series of a range selector, sorted by labels.
    Raw(Vec<RawSeries>),
}

/// The rows of an answer.
#[derive(Debug)]
pub(crate) enum GridRows {
    /// As they were held on the way.
    Whole(Arc<Tile>),
    /// As they were read at the end.
    Packed(Arc<PackedRows>),
}

/// A series of a range selector.
#[derive(Debug)]
pub(crate) struct RawSeries {
    pub labels: Labels,
    pub points: Vec<(Millis, Sample)>,
}

/// Makes the answer from the value of the root.
pub(super) fn finish(cx: &Context<'_>, plan: &Plan, value: Value, instant: bool) -> Result<Answer, Fail> {
    let root = &plan.nodes[plan.root];
    match value {
        Value::Answer(answer) => Ok(answer),
        Value::Text(text) => Ok(Answer::Text(text)),
        Value::Scalar(scalar) if instant => Ok(Answer::Scalar(scalar.at(0))),
        Value::Scalar(scalar) => {
            let grid = plan.grid;
            cx.hold(grid.len)?;
            let mut tile = Tile::new(usize::from(grid.len > 0), grid.len);
            let heads = vec![RowHead::default(); tile.rows()];
            if tile.rows() > 0 {
                let mut row = tile.row_mut(0);
                (0..grid.len).for_each(|step| row.set_float(step, scalar.at(step)));
            }
            let order = (0..u32::from(grid.len > 0)).collect();
            Ok(Answer::Grid { heads, rows: GridRows::Whole(Arc::new(tile)), order, grid })
        }
        Value::Rows(mut rows) => {
            if cx.options.removal == NameRemoval::Delayed {
                let end = |head: &RowHead| match head.drop_name {
                    true => RowHead::new(head.labels.without_metadata()),
                    false => head.clone(),
                };
                rows.heads = rows.heads.iter().map(end).collect();
            }
            let rows = merge(cx, rows, Merging::Final, root.span)?;
            // A subquery as the answer is a matrix over its own grid.
            if instant && !matches!(root.op, crate::plan::Op::Subquery(_)) {
                return vector(cx, rows);
            }
            grid(cx, rows)
        }
    }
}

fn vector(cx: &Context<'_>, rows: Rows) -> Result<Answer, Fail> {
    // What is held has been counted.
    let is_held = matches!(rows.body, Body::Held(_));
    let mut counted = if is_held { Held::default() } else { cx.hold_slots(rows.heads.len(), rows.grid.len)? };
    let (mut kept, mut samples): (Vec<u32>, Vec<Sample>) = (Vec::new(), Vec::new());
    scan(
        cx,
        &rows,
        |morsel| {
            let most = morsel.rows.len();
            let mut found = (Vec::with_capacity(most), Vec::with_capacity(most));
            found.extend(morsel.iter().filter_map(|(row, values)| Some((row, values.sample(0)?))));
            let size = found.1.iter().map(Sample::size_in_samples).sum();
            Ok((found, if is_held { Held::default() } else { cx.hold(size)? }))
        },
        |(mut found, held)| {
            counted.absorb(held);
            if kept.is_empty() {
                (kept, samples) = found;
            } else {
                kept.append(&mut found.0);
                samples.append(&mut found.1);
            }
            Ok(())
        },
    )?;
    let (mut heads, mut row) = (rows.heads.into_vec(), 0);
    let mut kept = kept.into_iter().peekable();
    heads.retain(|_| {
        row += 1;
        kept.next_if_eq(&(row - 1)).is_some()
    });
    Ok(Answer::Vector { heads, samples })
}

fn grid(cx: &Context<'_>, rows: Rows) -> Result<Answer, Fail> {
    let Rows { heads, grid, load, body, counted } = rows;
    let numbers = |count: usize| 0..u32::try_from(count).expect("a vector has fewer than 2^32 rows");
    let (heads, rows, mut order): (Vec<RowHead>, GridRows, Vec<u32>) = match body {
        Body::Held(tile) => {
            let order = numbers(tile.rows()).filter(|&row| !tile.row(row as usize).is_absent()).collect();
            (heads.into_vec(), GridRows::Whole(tile), order)
        }
        Body::Packed(packed) => {
            let order = numbers(packed.rows()).filter(|&row| !packed.is_absent(row as usize)).collect();
            (heads.into_vec(), GridRows::Packed(packed), order)
        }
        body @ Body::Stream(_) => {
            let rows = Rows { heads, grid, load, body, counted };
            let (kept, packed, _) = pack(cx, &rows)?;
            let heads = kept.iter().map(|&row| rows.heads[row as usize].clone()).collect();
            (heads, GridRows::Packed(Arc::new(packed)), numbers(kept.len()).collect())
        }
    };
    sort_by_labels(&mut order, &heads);
    Ok(Answer::Grid { heads, rows, order, grid })
}

/// The samples of a range selector that is the whole query.
pub(super) fn raw(
    cx: &Context<'_>,
    set: &dyn SeriesSet,
    (selector, times): (Selector, TimeSpan),
    span: Span,
) -> Result<Answer, Fail> {
    let rows: Vec<u32> =
        (0..u32::try_from(set.len()).expect("a selection has fewer than 2^32 series")).collect();
    let mut sink =
        RawSink { cx, set, selector, span, series: Vec::new(), counted: Held::default(), failed: None };
    set.read(&rows, times, &mut sink)?;
    if let Some(fail) = sink.failed {
        return Err(fail);
    }
    let mut series = sink.series;
    series.sort_by(|a, b| a.labels.cmp(&b.labels));
    Ok(Answer::Raw(series))
}

struct RawSink<'a> {
    cx: &'a Context<'a>,
    set: &'a dyn SeriesSet,
    selector: Selector,
    span: Span,
    series: Vec<RawSeries>,
    counted: Held,
    failed: Option<Fail>,
}

impl RawSink<'_> {
    fn points(&self, data: RowData<'_>) -> Result<(Vec<(Millis, Sample)>, Held), Fail> {
        let Selector { windows, anchored, smoothed, .. } = self.selector;
        let mut buffers = ColumnBuffers::default();
        let how = Preparation { drop_stale: true, stats: false, starts: false };
        let series = buffers.prepare(data, how);
        self.cx.count_read(series.floats.len() + series.histograms.len());
        let points: Vec<(Millis, Sample)> = if anchored || smoothed {
            let points = extended_points(&series, &windows, smoothed, self.cx.options.lookback)
                .map_err(|error| Fail::range(self.span, &error))?;
            points.into_iter().map(|(time, value)| (time, Sample::Float(value))).collect()
        } else {
            let inside = |time: &Millis| windows.start(0) < *time && *time <= windows.end(0);
            let floats = series.floats.times.iter().zip(series.floats.values);
            let histograms = series.histograms.times.iter().zip(series.histograms.values.points());
            let mut points: Vec<(Millis, Sample)> = floats
                .filter(|(time, _)| inside(time))
                .map(|(&time, &value)| (time, Sample::Float(value)))
                .chain(
                    histograms
                        .filter(|(time, _)| inside(time))
                        .map(|(&time, histogram)| (time, Sample::Histogram(histogram.clone()))),
                )
                .collect();
            points.sort_by_key(|&(time, _)| time);
            points
        };
        let counted = self.cx.hold(points.iter().map(|(_, sample)| sample.size_in_samples()).sum())?;
        Ok((points, counted))
    }
}

impl RowSink for RawSink<'_> {
    fn row(&mut self, nth: usize, data: RowData<'_>) -> ControlFlow<()> {
        match self.points(data) {
            Ok((points, _)) if points.is_empty() => ControlFlow::Continue(()),
            Ok((points, counted)) => {
                self.counted.absorb(counted);
                self.series.push(RawSeries { labels: self.set.labels(nth).clone(), points });
                ControlFlow::Continue(())
            }
            Err(fail) => {
                self.failed = Some(fail);
                ControlFlow::Break(())
            }
        }
    }
}
