//! The newest samples: what a server has not put into blocks yet.
//!
//! Series and samples come from the write-ahead log, by the order in which they were written; samples that are in a
//! full chunk of `chunks_head` already are taken from there. Samples that came late have a log of their own.

use super::block::numbered;
use super::cursor::Cursor;
use super::error::TsdbError;
use super::gather::Gather;
use super::head_chunks::{ChunkPlace, HeadChunk, HeadChunks};
use super::head_index::HeadIndex;
use super::record::{self, Replay};
use super::segments::read_log;
use super::tail::{Packed, pack};
use super::tombstones::Tombstones;
use crate::model::histogram::ResetHint;
use crate::model::{Labels, Millis, Sample, TimeSpan};
use crate::source::MemorySource;
use crate::source::column::{Columns, first_past};
use hashbrown::HashMap;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Series of the head, by the order in which they appeared.
pub(super) struct Head {
    index: HeadIndex,
    /// First and last sample of each; what is seen of a series before it is read.
    spans: Vec<TimeSpan>,
    series: Vec<HeadSeries>,
    files: HeadChunks,
    deleted: Tombstones,
}

struct HeadSeries {
    /// One behind the other.
    chunks: Vec<HeadChunk>,
    /// Chunks that overlap those.
    late: Vec<HeadChunk>,
    /// Samples that are in no chunk of a file.
    tail: Vec<Packed>,
    /// The same where they are not packed.
    loose: Vec<Columns>,
}

impl HeadSeries {
    fn chunks(&self, span: TimeSpan) -> impl Iterator<Item = &HeadChunk> {
        let from = first_past(&self.chunks, |chunk| chunk.last < span.start);
        let ordered = self.chunks[from..].iter().take_while(move |chunk| chunk.first <= span.end);
        ordered
            .chain(self.late.iter().filter(move |chunk| chunk.first <= span.end && chunk.last >= span.start))
    }

    fn is_empty(&self) -> bool {
        let loose = self.loose.iter().all(|columns| bounds(columns).is_none());
        loose && self.chunks.is_empty() && self.late.is_empty() && self.tail.is_empty()
    }

    fn tail(&self, span: TimeSpan) -> impl Iterator<Item = &Packed> {
        self.tail.iter().filter(move |packed| overlap(packed.span, span))
    }

    /// First and last sample; the reverse without any.
    fn span(&self) -> TimeSpan {
        let chunks = self.chunks.first().into_iter().chain(self.chunks.last()).chain(&self.late);
        let chunks = chunks.map(HeadChunk::span);
        let tail = self.tail.iter().map(|packed| packed.span);
        let all = chunks.chain(tail).chain(self.loose.iter().filter_map(bounds));
        all.fold(TimeSpan { start: Millis::MAX, end: Millis::MIN }, join)
    }

    fn loose(&self, span: TimeSpan) -> impl Iterator<Item = &Columns> {
        self.loose.iter().filter(move |columns| bounds(columns).is_some_and(|own| overlap(own, span)))
    }
}

impl Head {
    /// Reads the head of a data directory; samples before `begin` are in blocks.
    pub(super) fn open(folder: &Path, begin: Millis) -> Result<Self, TsdbError> {
        let mut replayed = Replayed { begin, ..Replayed::default() };
        let mut chunks: HashMap<u64, Vec<HeadChunk>> = HashMap::new();
        let files = HeadChunks::open(&folder.join("chunks_head"), &mut |chunk| {
            chunks.entry(chunk.series).or_default().push(chunk);
        })?;
        replayed.chunks = chunks;
        replayed.end_of_chunks = files.end();
        let log = folder.join("wal");
        let mut from = 0;
        if let Some((number, checkpoint)) = last_checkpoint(&log)? {
            read_log(&checkpoint, 0, &mut |entry: &mut Cursor<'_>| record::read(entry, &mut replayed))?;
            from = number + 1;
        }
        read_log(&log, from, &mut |entry: &mut Cursor<'_>| record::read(entry, &mut replayed))?;
        replayed.is_late = true;
        read_log(&folder.join("wbl"), 0, &mut |entry: &mut Cursor<'_>| record::read(entry, &mut replayed))?;
        Ok(replayed.finish(files))
    }

    /// The labels of all series.
    pub(super) fn index(&self) -> &HeadIndex {
        &self.index
    }

    pub(super) fn labels(&self, series: u32) -> &Labels {
        self.index.labels(series)
    }

    /// True if the series may have samples in the span.
    pub(super) fn touches(&self, series: u32, span: TimeSpan) -> bool {
        overlap(self.spans[series as usize], span)
    }

    /// First and last sample of all.
    pub(super) fn bounds(&self) -> Option<TimeSpan> {
        self.spans.iter().copied().reduce(join).filter(|all| all.start <= all.end)
    }

    /// Gathers the samples of a series that may lie in the span.
    pub(super) fn read(&self, series: u32, span: TimeSpan, gather: &mut Gather) -> Result<(), TsdbError> {
        let own = &self.series[series as usize];
        let deleted = self.deleted.of(series.into());
        let mut chunks = own.chunks(span);
        while let Some(chunk) = chunks.next() {
            let stored = self.files.chunk(chunk)?;
            let decoded = gather.chunk(stored.encoding, stored.bytes, span.end, deleted);
            decoded.map_err(|error| stored.corrupt(&error))?;
            gather.expect(chunks.size_hint().1.unwrap_or(0), span.end);
        }
        for packed in own.tail(span) {
            let decoded = gather.chunk(packed.encoding, &packed.bytes, span.end, deleted);
            decoded.expect("what was packed here can be read");
        }
        own.loose(span).for_each(|columns| gather.samples(columns, span, deleted));
        Ok(())
    }
}

fn overlap(a: TimeSpan, b: TimeSpan) -> bool {
    a.start <= b.end && a.end >= b.start
}

pub(super) fn join(a: TimeSpan, b: TimeSpan) -> TimeSpan {
    TimeSpan { start: a.start.min(b.start), end: a.end.max(b.end) }
}

fn bounds(columns: &Columns) -> Option<TimeSpan> {
    let of = |times: &[Millis]| Some(TimeSpan { start: *times.first()?, end: *times.last()? });
    [of(&columns.floats.times), of(&columns.histograms.times)].into_iter().flatten().reduce(join)
}

/// The newest checkpoint: what older segments held that still counts.
fn last_checkpoint(log: &Path) -> Result<Option<(u64, PathBuf)>, TsdbError> {
    let entries = match std::fs::read_dir(log) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        entries => entries.map_err(|error| TsdbError::io(log, error))?,
    };
    let mut last = None;
    for entry in entries {
        let entry = entry.map_err(|error| TsdbError::io(log, error))?;
        let name = entry.file_name();
        let number = name.to_str().and_then(|name| name.strip_prefix("checkpoint.")?.parse::<u64>().ok());
        last = last.max(number.map(|number| (number, entry.path())));
    }
    match &last {
        // A server that is not done with it has not dropped the segments yet.
        Some((_, path)) if numbered(path)?.is_empty() => Ok(None),
        _ => Ok(last),
    }
}

/// What the logs told so far.
#[derive(Default)]
struct Replayed {
    begin: Millis,
    /// The log of late samples is read.
    is_late: bool,
    memory: MemorySource,
    /// The series of a number; several numbers may name one.
    ids: HashMap<u64, Known>,
    rows: Vec<Row>,
    /// Chunks whose series were not told yet.
    chunks: HashMap<u64, Vec<HeadChunk>>,
    /// Where they end.
    end_of_chunks: ChunkPlace,
    deleted: Tombstones,
}

#[derive(Clone, Copy)]
struct Known {
    id: crate::source::SeriesId,
    row: usize,
    /// How often the series had been dropped.
    life: u32,
}

struct Row {
    life: u32,
    chunks: Vec<HeadChunk>,
    /// Samples up to here are in full chunks.
    full: Millis,
    late: BTreeMap<Millis, (Sample, Millis)>,
}

impl Row {
    fn new(life: u32) -> Self {
        Row { life, chunks: Vec::new(), full: Millis::MIN, late: BTreeMap::new() }
    }

    /// Takes chunks that were written under one number. Where they overlap those of an earlier number, they count.
    fn add_chunks(&mut self, chunks: Vec<HeadChunk>) {
        let overlapped =
            |old: &HeadChunk| chunks.iter().any(|new| !new.late && overlap(new.span(), old.span()));
        self.chunks.retain(|old| old.late || !overlapped(old));
        self.chunks.extend(chunks);
        let full = self.chunks.iter().filter(|chunk| !chunk.late).map(|chunk| chunk.last).max();
        self.full = full.unwrap_or(Millis::MIN);
    }
}

impl Replayed {
    /// The series of a number, unless it was dropped since, with an old segment or as a whole.
    fn known(&self, series: u64) -> Option<Known> {
        self.ids.get(&series).copied().filter(|known| self.rows[known.row].life == known.life)
    }
}

impl Replay for Replayed {
    fn series(&mut self, series: u64, labels: Labels) {
        let id = self.memory.series(&labels);
        let row = id.row() as usize;
        if row == self.rows.len() {
            self.rows.push(Row::new(0));
        } else {
            // A series comes under a new number when it had been dropped: what it had is in chunks or blocks.
            self.memory.take_columns(id.row());
        }
        self.ids.insert(series, Known { id, row, life: self.rows[row].life });
        let mut chunks = self.chunks.remove(&series).unwrap_or_default();
        chunks.retain(|chunk| chunk.late || chunk.last >= self.begin);
        self.rows[row].add_chunks(chunks);
    }

    fn sample(&mut self, series: u64, time: Millis, sample: Sample, start: Millis) {
        let Some(known) = self.known(series) else { return };
        let row = &mut self.rows[known.row];
        if self.is_late {
            row.late.entry(time).or_insert((sample, start));
        } else if time >= self.begin && time > row.full {
            // The log may repeat samples, and holds some that the server refused.
            let _ = self.memory.append_to(known.id, time, sample, start);
        }
    }

    fn stored(&mut self, series: u64, place: ChunkPlace) {
        if let Some(known) = self.known(series).filter(|_| place < self.end_of_chunks) {
            self.rows[known.row].late.clear();
        }
    }

    fn deleted(&mut self, series: u64, span: TimeSpan) {
        let Some(known) = self.known(series) else { return };
        if span.start == Millis::MIN && span.end == Millis::MAX {
            // It was put into a block as a whole, and may come back under another number.
            let row = &mut self.rows[known.row];
            *row = Row::new(row.life + 1);
            self.memory.take_columns(known.id.row());
            self.deleted.forget(known.row as u64);
        } else if span.end >= self.begin {
            self.deleted.add(known.row as u64, span);
        }
    }

    fn begins(&mut self, time: Millis) {
        self.begin = self.begin.max(time);
    }
}

impl Replayed {
    fn finish(self, files: HeadChunks) -> Head {
        let mut memory = self.memory;
        let series = self.rows.into_iter().enumerate().map(|(row, mut own)| {
            own.chunks.sort_by_key(|chunk| (chunk.late, chunk.first));
            let (mut chunks, mut late) = (Vec::<HeadChunk>::new(), Vec::new());
            for chunk in own.chunks {
                let follows = chunks.last().is_none_or(|before| before.last < chunk.first);
                if follows && !chunk.late { chunks.push(chunk) } else { late.push(chunk) }
            }
            let samples = memory.take_columns(row as u32);
            let (tail, mut loose) = match pack(&samples) {
                Some(tail) => (tail, Vec::new()),
                None => (Vec::new(), vec![samples]),
            };
            if !own.late.is_empty() {
                loose.push(late_columns(own.late));
            }
            HeadSeries { chunks, late, tail, loose }
        });
        let series: Vec<HeadSeries> = series.collect();
        let spans = series.iter().map(HeadSeries::span).collect();
        // What has no samples is not to be found.
        let shown = |(labels, series): (&Labels, &HeadSeries)| match series.is_empty() {
            true => Labels::empty(),
            false => labels.clone(),
        };
        let index = HeadIndex::new(memory.labels().zip(&series).map(shown).collect());
        Head { index, spans, series, files, deleted: self.deleted }
    }
}

fn late_columns(samples: BTreeMap<Millis, (Sample, Millis)>) -> Columns {
    let mut columns = Columns::default();
    for (time, (sample, start)) in samples {
        match sample {
            Sample::Float(value) => columns.floats.push(time, value, start),
            Sample::Histogram(mut histogram) => {
                if histogram.hint != ResetHint::Gauge {
                    histogram.hint = ResetHint::Unknown;
                }
                columns.histograms.push(time, histogram, start);
            }
        }
    }
    columns
}
