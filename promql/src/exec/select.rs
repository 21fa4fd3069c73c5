//! Instant selectors as streams over the series of a source.

use super::columns::{ColumnBuffers, Preparation};
use super::context::Context;
use super::fail::Fail;
use super::notes::Topic;
use super::rows::{Rows, Stream};
use super::spare::Spare;
use crate::column::{MakeHead, Notes, RowHead, Tile};
use crate::functions::select::{Picks, Take, instant, smoothed_instant};
use crate::model::TimeSpan;
use crate::plan::{Pick, Selector};
use crate::source::{RowData, RowSink, SeriesSet};
use promql_grammar::Span;
use std::ops::ControlFlow;

/// Binds an instant selector to its series.
pub(super) fn bind(
    set: Box<dyn SeriesSet>,
    selector: Selector,
    times: TimeSpan,
    node: usize,
    span: Span,
) -> Rows {
    let grid = selector.windows.grid;
    let series = set.len();
    let stream = SelectStream { set, selector, times, node, span, picks: Spare::default() };
    Rows::of_series(series, true, grid, stream)
}

struct SelectStream {
    set: Box<dyn SeriesSet>,
    selector: Selector,
    times: TimeSpan,
    node: usize,
    span: Span,
    picks: Spare<Picks>,
}

impl MakeHead for SelectStream {
    fn head(&self, row: usize) -> RowHead {
        RowHead::new(self.set.labels(row).clone())
    }
}

impl Stream for SelectStream {
    fn read(&self, cx: &Context<'_>, rows: &[u32], out: &mut Tile) -> Result<(), Fail> {
        out.reset(rows.len(), self.selector.windows.grid.len);
        self.picks.with(|picks| {
            let buffers = ColumnBuffers::default();
            let mut sink = SelectSink { stream: self, cx, rows, out, buffers, picks, failed: None };
            self.set.read(rows, self.times, &mut sink)?;
            cx.count_read(sink.buffers.samples_read);
            sink.failed.map_or(Ok(()), Err)
        })
    }

    fn speaks(&self) -> bool {
        self.selector.smoothed && self.selector.pick == Pick::Value
    }
}

struct SelectSink<'a> {
    stream: &'a SelectStream,
    cx: &'a Context<'a>,
    rows: &'a [u32],
    out: &'a mut Tile,
    buffers: ColumnBuffers,
    picks: &'a mut Picks,
    failed: Option<Fail>,
}

impl RowSink for SelectSink<'_> {
    fn row(&mut self, nth: usize, data: RowData<'_>) -> ControlFlow<()> {
        let SelectStream { set, selector, node, span, .. } = self.stream;
        let how = Preparation {
            drop_stale: selector.smoothed,
            stats: selector.stats,
            starts: selector.pick == Pick::StartTime,
        };
        let columns = self.buffers.prepare(data, how);
        let mut row = self.out.row_mut(nth);
        match selector.pick {
            Pick::Value if selector.smoothed => {
                let mut notes = Notes::default();
                let lookback = self.cx.options.lookback;
                let result = smoothed_instant(&columns, &selector.windows, lookback, &mut row, &mut notes);
                if !notes.is_empty() {
                    let name = set.labels(self.rows[nth] as usize).name();
                    self.cx.notes.raise_all(&Topic::new(*node, *span).about(name), &mut notes);
                }
                if let Err(error) = result {
                    self.failed = Some(Fail::range(*span, &error));
                    return ControlFlow::Break(());
                }
            }
            Pick::Value => instant(&columns, &selector.windows, Take::Value, self.picks, &mut row),
            Pick::Time => instant(&columns, &selector.windows, Take::Time, self.picks, &mut row),
            Pick::StartTime => {
                instant(&columns, &selector.windows, Take::StartTime, self.picks, &mut row);
            }
        }
        ControlFlow::Continue(())
    }
}
