//! Range functions as streams: over the series of a source, or over the rows of a subquery.

use super::columns::{ColumnBuffers, Preparation};
use super::context::Context;
use super::fail::Fail;
use super::notes::Topic;
use super::rows::{Rows, Stream};
use super::scalar::Scalar;
use super::spare::Spare;
use crate::column::{
    Edges, FloatColumn, Heads, HistogramColumn, HistogramRow, MakeHead, NameRemoval, Note, Notes, Param, Row,
    RowHead, RowMut, SeriesColumns, Tile, Windows,
};
use crate::functions::{Extents, Function, RangeFunction, RangeInput};
use crate::model::histogram::ResetHint;
use crate::model::{FloatHistogram, Labels, METRIC_TYPE, Millis, TimeSpan, is_stale};
use crate::source::{RowData, RowSink, SeriesSet};
use promql_grammar::Span;
use std::ops::ControlFlow;

/// A range function with everything but its samples.
pub(super) struct WindowCall {
    pub function: &'static Function,
    pub kernel: RangeFunction,
    pub params: Vec<Scalar>,
    pub windows: Windows,
    pub anchored: bool,
    pub smoothed: bool,
    pub node: usize,
    pub span: Span,
    pub range_span: Span,
    pub param_span: Span,
}

/// Binds a range function to the series of a selection.
pub(super) fn over_series(
    cx: &Context<'_>,
    call: WindowCall,
    set: Box<dyn SeriesSet>,
    stats: bool,
    times: TimeSpan,
) -> Rows {
    let (series, grid) = (set.len(), call.windows.grid);
    let drops_name = !call.function.keeps_name && cx.options.removal == NameRemoval::Immediate;
    let distinct = !drops_name || set.is_one_metric();
    let flagged = !call.function.keeps_name && !drops_name;
    let stream = SeriesWindows { call, set, stats, times, drops_name, edges: Spare::default() };
    let rows = Rows::of_series(series, distinct, grid, stream);
    if flagged {
        let heads = rows.heads.iter().map(|head| cx.options.removal.apply(head)).collect();
        return rows.relabeled(heads);
    }
    rows
}

/// Binds a range function to the rows of a subquery.
pub(super) fn over_rows(cx: &Context<'_>, call: WindowCall, input: Rows) -> Rows {
    let heads = call.heads(cx, &input.heads);
    let (grid, load) = (call.windows.grid, input.load);
    let times = input.grid.times().collect();
    Rows::stream(heads, grid, load, RowWindows { call, input, times })
}

impl WindowCall {
    fn heads(&self, cx: &Context<'_>, inputs: &Heads) -> Heads {
        if self.function.keeps_name {
            return inputs.clone();
        }
        inputs.iter().map(|head| cx.options.removal.apply(head)).collect()
    }

    fn start_times(&self, cx: &Context<'_>) -> bool {
        cx.options.start_times && self.function.uses_start_times
    }

    /// Runs the kernel over one series.
    fn run(
        &self,
        cx: &Context<'_>,
        series: SeriesColumns<'_>,
        edges: &mut EdgeBuffers,
        labels: &Labels,
        out: &mut RowMut<'_>,
    ) -> Result<(), Fail> {
        let lookback = cx.options.lookback;
        let (before, after) = match (self.anchored, self.smoothed) {
            (true, _) => (lookback, 0),
            (_, true) => (lookback, lookback),
            _ => (0, 0),
        };
        edges.update(&self.windows, series, before, after);
        let params: Vec<Param<'_>> = self.params.iter().map(Scalar::param).collect();
        let input = RangeInput {
            series,
            windows: &self.windows,
            float_edges: &edges.floats.edges,
            histogram_edges: &edges.histograms.edges,
            params: &params,
            anchored: self.anchored,
            smoothed: self.smoothed,
            lookback,
            start_times: self.start_times(cx),
            extents: &edges.floats.extents,
            histogram_extents: &edges.histograms.extents,
            cancel: cx.cancel,
        };
        let mut notes = Notes::default();
        let result = (self.kernel.kernel)(&input, out, &mut notes);
        for note in notes.drain() {
            self.raise(cx, labels, note);
        }
        result.map_err(|error| Fail::range(self.span, &error))
    }

    fn raise(&self, cx: &Context<'_>, labels: &Labels, note: Note) {
        let span = match note {
            Note::CounterOutput if !self.function.wants_counter => return,
            Note::InvalidQuantile(_) | Note::InvalidStrategy(_) => self.param_span,
            // Told at the first argument, whichever that is.
            Note::IgnoredHistogramsInMixedRange if self.kernel.range_arg > 0 => self.param_span,
            _ => self.range_span,
        };
        let name = labels.name();
        let note = match note {
            Note::CounterOutput if name.is_empty() => return,
            Note::CounterOutput if cx.options.type_and_unit => match labels.get(METRIC_TYPE) {
                "counter" | "histogram" => return,
                kind => Note::NotTypedCounter(kind.to_owned()),
            },
            Note::CounterOutput if COUNTER_SUFFIXES.iter().any(|suffix| name.ends_with(suffix)) => return,
            note => note,
        };
        cx.notes.raise(Topic::new(self.node, span).about(name), note);
    }
}

/// How the names of counters end.
const COUNTER_SUFFIXES: [&str; 4] = ["_total", "_sum", "_count", "_bucket"];

/// Window edges of both columns of the last series.
#[derive(Default)]
struct EdgeBuffers {
    floats: ColumnEdges,
    histograms: ColumnEdges,
}

/// Window edges of the last column, kept while the next one has the same times.
#[derive(Default)]
struct ColumnEdges {
    times: Vec<Millis>,
    edges: Vec<Edges>,
    extents: Extents,
    valid: bool,
}

impl EdgeBuffers {
    fn update(&mut self, windows: &Windows, series: SeriesColumns<'_>, before: Millis, after: Millis) {
        self.floats.update(windows, series.floats.times, before, after);
        self.histograms.update(windows, series.histograms.times, before, after);
    }
}

impl ColumnEdges {
    fn update(&mut self, windows: &Windows, times: &[Millis], before: Millis, after: Millis) {
        if self.valid && self.times == times {
            return;
        }
        windows.edges(times, before, after, &mut self.edges);
        self.extents = Extents::default();
        self.times.clear();
        self.times.extend_from_slice(times);
        self.valid = true;
    }
}

struct SeriesWindows {
    call: WindowCall,
    set: Box<dyn SeriesSet>,
    stats: bool,
    times: TimeSpan,
    /// Names go at once.
    drops_name: bool,
    edges: Spare<EdgeBuffers>,
}

impl MakeHead for SeriesWindows {
    fn head(&self, row: usize) -> RowHead {
        let labels = self.set.labels(row);
        RowHead::new(if self.drops_name { labels.without_metadata() } else { labels.clone() })
    }
}

impl Stream for SeriesWindows {
    fn read(&self, cx: &Context<'_>, rows: &[u32], out: &mut Tile) -> Result<(), Fail> {
        out.reset(rows.len(), self.call.windows.grid.len);
        self.edges.with(|edges| {
            let buffers = ColumnBuffers::default();
            let mut sink = WindowSink { stream: self, cx, rows, out, buffers, edges, failed: None };
            self.set.read(rows, self.times, &mut sink)?;
            cx.count_read(sink.buffers.samples_read);
            sink.failed.map_or(Ok(()), Err)
        })
    }

    fn speaks(&self) -> bool {
        !self.call.function.silent
    }
}

struct WindowSink<'a> {
    stream: &'a SeriesWindows,
    cx: &'a Context<'a>,
    rows: &'a [u32],
    out: &'a mut Tile,
    buffers: ColumnBuffers,
    edges: &'a mut EdgeBuffers,
    failed: Option<Fail>,
}

impl RowSink for WindowSink<'_> {
    fn row(&mut self, nth: usize, data: RowData<'_>) -> ControlFlow<()> {
        let SeriesWindows { call, set, stats, .. } = self.stream;
        let how = Preparation { drop_stale: true, stats: *stats, starts: call.start_times(self.cx) };
        let series = self.buffers.prepare(data, how);
        let labels = set.labels(self.rows[nth] as usize);
        let mut row = self.out.row_mut(nth);
        let result = self
            .cx
            .cancel
            .check()
            .map_err(Fail::from)
            .and_then(|()| call.run(self.cx, series, self.edges, labels, &mut row));
        match result {
            Ok(()) => ControlFlow::Continue(()),
            Err(fail) => {
                self.failed = Some(fail);
                ControlFlow::Break(())
            }
        }
    }
}

struct RowWindows {
    call: WindowCall,
    input: Rows,
    times: Vec<Millis>,
}

impl Stream for RowWindows {
    fn read(&self, cx: &Context<'_>, rows: &[u32], out: &mut Tile) -> Result<(), Fail> {
        out.reset(rows.len(), self.call.windows.grid.len);
        cx.with_scratch(|inner| {
            self.input.read(cx, rows, inner)?;
            let mut points = PointBuffers::default();
            let mut edges = EdgeBuffers::default();
            for (nth, &row) in rows.iter().enumerate() {
                cx.cancel.check()?;
                let series = points.series(inner.row(nth), &self.times);
                let labels = &self.input.heads[row as usize].labels;
                self.call.run(cx, series, &mut edges, labels, &mut out.row_mut(nth))?;
            }
            Ok(())
        })
    }

    fn speaks(&self) -> bool {
        !self.call.function.silent || self.input.speaks()
    }
}

/// The points of a row as columns, for rows with gaps or histograms.
#[derive(Default)]
struct PointBuffers {
    times: Vec<Millis>,
    values: Vec<f64>,
    histogram_times: Vec<Millis>,
    histograms: Vec<FloatHistogram>,
}

impl PointBuffers {
    fn series<'a>(&'a mut self, row: Row<'a>, times: &'a [Millis]) -> SeriesColumns<'a> {
        // A subquery may compute the stale marker's bits; range functions never see them.
        if row.is_dense() && !row.values.iter().any(|&value| is_stale(value)) {
            let floats = FloatColumn { times, values: row.values, starts: None };
            return SeriesColumns { floats, histograms: HistogramColumn::default() };
        }
        self.times.clear();
        self.values.clear();
        for step in crate::column::bits::iter(row.floats) {
            if !is_stale(row.values[step]) {
                self.times.push(times[step]);
                self.values.push(row.values[step]);
            }
        }
        self.histogram_times.clear();
        self.histograms.clear();
        for (step, histogram) in row.histograms.into_iter().flat_map(HistogramRow::iter) {
            let mut histogram = histogram.clone();
            // Hints speak about neighbours in storage, not about neighbours in a subquery.
            if matches!(histogram.hint, ResetHint::Reset | ResetHint::NotReset) {
                histogram.hint = ResetHint::Unknown;
            }
            self.histogram_times.push(times[step]);
            self.histograms.push(histogram);
        }
        SeriesColumns {
            floats: FloatColumn { times: &self.times, values: &self.values, starts: None },
            histograms: HistogramColumn {
                times: &self.histogram_times,
                values: self.histograms.as_slice().into(),
                starts: None,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::source::text;
    use crate::{Engine, EngineOptions, Features};

    #[test]
    fn edges_of_one_series_never_reach_into_the_next() {
        // The histograms of the first series lie between the windows, the second series has none.
        let source = text::load(
            "load 1m\n  m{x=\"1\"} _x4 {{schema:0 count:1 sum:1 buckets:[1]}}x2\n  m{x=\"2\"} 1+1x20\n",
        )
        .unwrap();
        let features = Features::all();
        let engine = Engine::new(EngineOptions { features, threads: 1, ..EngineOptions::default() });
        for function in crate::functions::functions() {
            let text = match (function.name, function.shape) {
                (name, crate::functions::Shape::Range(kernel)) => {
                    match (kernel.range_arg, function.min_args()) {
                        (0, 1) => format!("{name}(m[2m])"),
                        (0, 2) => format!("{name}(m[2m], 1)"),
                        (0, _) => format!("{name}(m[2m], 0.5, 0.5)"),
                        _ => format!("{name}(0.5, m[2m])"),
                    }
                }
                _ => continue,
            };
            let query = engine.parse(&text).unwrap();
            query.range(&source, 0, 1_200_000, 600_000).unwrap();
        }
    }
}
