//! Selected series of a data directory.

use super::block::Block;
use super::error::TsdbError;
use super::gather::Gather;
use super::head::Head;
use super::index::ChunksPlace;
use super::lookup::matching;
use crate::model::{Labels, METRIC_NAME, METRIC_TYPE, METRIC_UNIT, MatchOp, Matcher, TimeSpan};
use crate::source::{RowSink, SeriesSet, SourceError};
use hashbrown::HashMap;
use std::ops::ControlFlow;
use std::sync::Arc;

/// What is in a data directory.
pub(super) struct Data {
    /// By their first time.
    pub(super) blocks: Vec<Block>,
    pub(super) head: Head,
}

impl Data {
    /// True if a series may have such a label.
    fn has_label(&self, name: &str) -> bool {
        self.head.index().has(name) || self.blocks.iter().any(|block| block.index.has(name))
    }
}

/// A series in one of the places where it has samples.
#[derive(Clone, Copy)]
enum Part {
    /// By its number among those found in blocks.
    Block(u32),
    Head(u32),
}

/// A series of a block.
struct InBlock {
    labels: Labels,
    block: u32,
    series: u32,
    /// From the first one that matters.
    chunks: ChunksPlace,
}

/// Selected series.
pub(super) struct TsdbSet {
    data: Arc<Data>,
    in_blocks: Vec<InBlock>,
    /// Where each series is, series by series, oldest first.
    parts: Vec<Part>,
    /// Where the parts of each series begin, and where the last ones end.
    starts: Vec<u32>,
    /// Histograms are reduced to their statistics.
    statistics: bool,
    /// A matcher says what the metric is called.
    is_named: bool,
}

impl TsdbSet {
    /// Finds the series that fit and may have samples in the span.
    pub(super) fn select(
        data: &Arc<Data>,
        matchers: &[Matcher],
        span: TimeSpan,
        statistics: bool,
    ) -> Result<Self, TsdbError> {
        let (mut in_blocks, mut parts, mut places) = (Vec::new(), Vec::new(), 0);
        for (at, block) in data.blocks.iter().enumerate() {
            if block.meta.min_time > span.end || block.meta.max_time < span.start {
                continue;
            }
            let earlier = parts.len();
            for series in matching(&block.index, matchers)? {
                let (labels, place) = block.index.series(series)?;
                let mut chunks = block.index.chunks(place)?;
                let mut place = chunks.place();
                while let Some(chunk) = chunks.next()? {
                    if chunk.last >= span.start {
                        if chunk.first <= span.end {
                            parts.push(Part::Block(number(in_blocks.len())));
                            in_blocks.push(InBlock { labels, block: number(at), series, chunks: place });
                        }
                        break;
                    }
                    place = chunks.place();
                }
            }
            places += usize::from(parts.len() > earlier);
        }
        let earlier = parts.len();
        let Ok(in_head) = matching(data.head.index(), matchers);
        parts.extend(in_head.into_iter().filter(|&series| data.head.touches(series, span)).map(Part::Head));
        places += usize::from(parts.len() > earlier);
        let is_named = matchers.iter().any(|m| m.name == METRIC_NAME && m.op == MatchOp::Equal);
        let starts = (0..=number(parts.len())).collect();
        let mut set = TsdbSet { data: Arc::clone(data), in_blocks, parts, starts, statistics, is_named };
        // A place names a series once.
        if places > 1 {
            set.join_parts();
        }
        Ok(set)
    }

    /// Brings the parts of each series together, series in the order in which they were found first.
    fn join_parts(&mut self) {
        let mut known: HashMap<&Labels, usize> = HashMap::with_capacity(self.parts.len());
        let mut parts: Vec<(usize, Part)> = Vec::with_capacity(self.parts.len());
        for &part in &self.parts {
            let next = known.len();
            parts.push((*known.entry(self.labels_of(part)).or_insert(next), part));
        }
        drop(known);
        parts.sort_by_key(|&(row, _)| row);
        self.starts.clear();
        for (at, &(row, _)) in parts.iter().enumerate() {
            if row == self.starts.len() {
                self.starts.push(number(at));
            }
        }
        self.starts.push(number(parts.len()));
        self.parts = parts.into_iter().map(|(_, part)| part).collect();
    }

    /// The parts of a series.
    fn parts(&self, row: usize) -> &[Part] {
        &self.parts[self.starts[row] as usize..self.starts[row + 1] as usize]
    }

    fn labels_of(&self, part: Part) -> &Labels {
        match part {
            Part::Block(at) => &self.in_blocks[at as usize].labels,
            Part::Head(series) => self.data.head.labels(series),
        }
    }

    fn gather(&self, row: u32, span: TimeSpan, gather: &mut Gather) -> Result<(), TsdbError> {
        for part in self.parts(row as usize) {
            gather.begin_place();
            match *part {
                Part::Head(series) => self.data.head.read(series, span, gather)?,
                Part::Block(at) => {
                    let found = &self.in_blocks[at as usize];
                    let block = &self.data.blocks[found.block as usize];
                    let deleted = block.tombstones.of(found.series.into());
                    let mut chunks = block.index.chunks_from(&found.chunks)?;
                    while let Some(meta) = chunks.next()? {
                        if meta.first > span.end {
                            break;
                        }
                        if meta.last >= span.start {
                            let stored = block.chunk(&meta)?;
                            let decoded = gather.chunk(stored.encoding, stored.bytes, span.end, deleted);
                            decoded.map_err(|error| stored.corrupt(&error))?;
                            gather.expect(chunks.left(), span.end);
                        }
                    }
                }
            }
        }
        Ok(())
    }
}

fn number(index: usize) -> u32 {
    u32::try_from(index).expect("fewer than 2^32 series fit into memory")
}

impl SeriesSet for TsdbSet {
    fn len(&self) -> usize {
        self.starts.len() - 1
    }

    fn labels(&self, row: usize) -> &Labels {
        self.labels_of(self.parts(row)[0])
    }

    fn is_one_metric(&self) -> bool {
        self.is_named && ![METRIC_TYPE, METRIC_UNIT].iter().any(|name| self.data.has_label(name))
    }

    fn read(&self, rows: &[u32], span: TimeSpan, sink: &mut dyn RowSink) -> Result<(), SourceError> {
        let mut gather = Gather::new(self.statistics);
        for (nth, &row) in rows.iter().enumerate() {
            gather.clear();
            self.gather(row, span, &mut gather)?;
            if gather.again() {
                self.gather(row, span, &mut gather)?;
            }
            if let ControlFlow::Break(()) = sink.row(nth, gather.finish(span)) {
                break;
            }
        }
        Ok(())
    }
}
