//! Selected series of a data directory.

use super::block::Block;
use super::error::TsdbError;
use super::gather::Gather;
use super::head::Head;
use super::index::ChunksPlace;
use super::lookup::matching;
use crate::model::{Labels, Matcher, TimeSpan};
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

/// A series in one of the places where it has samples.
enum Part {
    /// `chunks` begins with the first one that matters.
    Block {
        block: u32,
        series: u32,
        chunks: ChunksPlace,
    },
    Head(u32),
}

/// Selected series.
pub(super) struct TsdbSet {
    data: Arc<Data>,
    labels: Vec<Labels>,
    /// Where each series is, oldest first.
    parts: Vec<Vec<Part>>,
    /// Histograms are reduced to their statistics.
    statistics: bool,
}

impl TsdbSet {
    /// Finds the series that fit and may have samples in the span.
    pub(super) fn select(
        data: &Arc<Data>,
        matchers: &[Matcher],
        span: TimeSpan,
        statistics: bool,
    ) -> Result<Self, TsdbError> {
        let mut places = Places::new(data, statistics);
        for (at, block) in data.blocks.iter().enumerate() {
            if block.meta.min_time > span.end || block.meta.max_time < span.start {
                continue;
            }
            places.begin();
            for series in matching(&block.index, matchers)? {
                let (labels, place) = block.index.series(series)?;
                let mut chunks = block.index.chunks(place)?;
                let mut place = chunks.place();
                while let Some(chunk) = chunks.next()? {
                    if chunk.last >= span.start {
                        if chunk.first <= span.end {
                            places.add(labels, Part::Block { block: at as u32, series, chunks: place });
                        }
                        break;
                    }
                    place = chunks.place();
                }
            }
        }
        places.begin();
        for series in data.head.matching(matchers) {
            if data.head.touches(series, span) {
                places.add(data.head.labels(series).clone(), Part::Head(series));
            }
        }
        Ok(places.set)
    }

    fn gather(&self, row: u32, span: TimeSpan, gather: &mut Gather) -> Result<(), TsdbError> {
        for part in &self.parts[row as usize] {
            gather.begin_place();
            match part {
                Part::Head(series) => self.data.head.read(*series, span, gather)?,
                Part::Block { block, series, chunks } => {
                    let block = &self.data.blocks[*block as usize];
                    let deleted = block.tombstones.of((*series).into());
                    let mut chunks = block.index.chunks_from(chunks)?;
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

/// Series on their way into a set. Each place names a series once, so that only those of a second place have to be
/// looked up.
struct Places {
    set: TsdbSet,
    known: HashMap<Labels, usize>,
    /// The number of series of earlier places.
    earlier: usize,
}

impl Places {
    fn new(data: &Arc<Data>, statistics: bool) -> Self {
        let set = TsdbSet { data: Arc::clone(data), labels: Vec::new(), parts: Vec::new(), statistics };
        Places { set, known: HashMap::new(), earlier: 0 }
    }

    /// A further place follows.
    fn begin(&mut self) {
        self.earlier = self.set.labels.len();
    }

    fn add(&mut self, labels: Labels, part: Part) {
        let fresh = self.set.labels[..self.earlier].iter().enumerate().skip(self.known.len());
        self.known.extend(fresh.map(|(row, labels)| (labels.clone(), row)));
        match self.known.get(&labels) {
            Some(&row) => self.set.parts[row].push(part),
            None => {
                self.set.labels.push(labels);
                self.set.parts.push(vec![part]);
            }
        }
    }
}

impl SeriesSet for TsdbSet {
    fn len(&self) -> usize {
        self.labels.len()
    }

    fn labels(&self, row: usize) -> &Labels {
        &self.labels[row]
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
