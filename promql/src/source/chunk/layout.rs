//! What stands before the first histogram of a chunk: the header and the layout that all of them share.

use super::reader::BitReader;
use super::varbit::{read_signed, read_unsigned, write_signed, write_unsigned};
use super::writer::BitWriter;
use super::{ChunkError, Encoding, count};
use crate::model::histogram::{BucketSpan, CUSTOM_SCHEMA, Counts, Layout, ResetHint, Shape, Totals};
use crate::model::{FloatHistogram, Millis, is_stale};
use crate::source::column::TableColumn;
use std::sync::Arc;

/// The finest schema that is worked with; finer ones are brought down to it.
const FINEST: i32 = 8;
/// Schemas that later versions may write.
const KNOWN: std::ops::RangeInclusive<i32> = -9..=52;
/// The most samples where two bits of their number tell something else.
pub(super) const FEW: u16 = 0x3fff;

/// The bytes before the bits.
#[derive(Clone, Copy)]
pub(super) struct Header {
    pub(super) count: usize,
    /// Hint of the first histogram and those behind it.
    pub(super) gauge: bool,
    /// The byte about start times.
    pub(super) starts: u8,
}

impl Header {
    pub(super) fn read(encoding: Encoding, bytes: &[u8]) -> Result<(Self, &[u8]), ChunkError> {
        let (count, rest) = count(bytes)?;
        let [third, body @ ..] = rest else { return Err(ChunkError::Truncated(count.into())) };
        let gauge = |flags: u8| flags >> 6 == 0b11;
        let header = if encoding.has_starts() {
            Header { count: (count & FEW).into(), gauge: gauge((count >> 8) as u8), starts: *third }
        } else {
            Header { count: count.into(), gauge: gauge(*third), starts: 0 }
        };
        Ok((header, body))
    }

    /// The hint of histogram `nth`. What the header says of the first one is about a chunk before it that may be gone.
    pub(super) fn hint(&self, nth: usize) -> ResetHint {
        match (self.gauge, nth) {
            (true, _) => ResetHint::Gauge,
            (_, 0) => ResetHint::Unknown,
            _ => ResetHint::NotReset,
        }
    }
}

/// What is kept of the histograms of a chunk.
pub(crate) enum Detail<'a> {
    /// All of it.
    Everything,
    /// Count and sum. The first histogram of a chunk tells of a reset by its buckets: the one before it is handed on
    /// from chunk to chunk.
    #[cfg_attr(not(feature = "tsdb"), allow(dead_code, reason = "data directories ask for it"))]
    Statistics(&'a mut Option<FloatHistogram>),
}

/// The histograms of a chunk on their way into a table.
pub(super) struct Rows<'a> {
    common: &'a Common,
    out: &'a mut TableColumn,
    detail: Detail<'a>,
    /// The shape of the rows.
    kept: Shape,
    /// The rows that are added have this shape already.
    begun: bool,
    /// The row of the last one that is no stale marker.
    last: Option<usize>,
    /// Its zero count, which statistics lack.
    zero_count: f64,
}

impl<'a> Rows<'a> {
    /// Room for so many histograms, of which so many bits are left: what they claim is not believed.
    pub(super) fn new(
        common: &'a Common,
        out: &'a mut TableColumn,
        detail: Detail<'a>,
        count: usize,
        left: usize,
    ) -> Self {
        let kept = match detail {
            Detail::Everything => common.shape.clone(),
            Detail::Statistics(_) => Shape::bare(common.shape.schema.min(FINEST)),
        };
        // Each bucket takes at least a bit a histogram.
        out.stamps.times.reserve(count.min(left));
        out.table.reserve(count.min(left), count.saturating_mul(kept.width).min(left));
        Rows { common, out, detail, kept, begun: false, last: None, zero_count: 0.0 }
    }

    /// Adds a histogram.
    #[inline(always)]
    pub(super) fn push(
        &mut self,
        (time, start): (Millis, Millis),
        hint: ResetHint,
        totals @ [count, sum, zero_count]: Totals,
        counts: impl Iterator<Item = f64>,
    ) {
        self.out.stamps.push_time(time, start);
        let table = &mut self.out.table;
        if is_stale(sum) {
            self.begun = false;
            return table.push(&FloatHistogram::stale());
        }
        if !self.begun {
            table.begin(&self.kept);
            self.begun = true;
        }
        match &self.detail {
            Detail::Everything if self.common.is_too_fine() => {
                table.push(&self.common.histogram(hint, totals, counts.collect()));
            }
            Detail::Everything => {
                table.buckets.extend(counts);
                table.push_numbers(hint, totals);
            }
            Detail::Statistics(before) => {
                let hint = match &**before {
                    Some(before) if hint == ResetHint::Unknown => {
                        self.common.hint_after(before, totals, counts.collect())
                    }
                    _ => hint,
                };
                (self.last, self.zero_count) = (Some(table.len()), zero_count);
                table.push_numbers(hint, [count, sum, 0.0]);
            }
        }
    }

    /// Ends with the counts of the last histogram that is no stale marker.
    pub(super) fn finish(self, counts: impl Iterator<Item = f64>) {
        if let (Detail::Statistics(before), Some(last)) = (self.detail, self.last) {
            let [count, sum, _] = self.out.table.totals[last];
            let totals = [count, sum, self.zero_count];
            *before = Some(self.common.histogram(ResetHint::Unknown, totals, counts.collect()));
        }
    }
}

/// What all histograms of a chunk have in common.
pub(super) struct Common {
    pub(super) shape: Shape,
    /// The number of positive buckets.
    pub(super) split: usize,
}

impl Common {
    pub(super) fn read(reader: &mut BitReader<'_>) -> Result<Self, ChunkError> {
        let zero_threshold = read_zero_threshold(reader);
        let schema = read_signed(reader) as i32;
        if schema != CUSTOM_SCHEMA && !KNOWN.contains(&schema) {
            return Err(ChunkError::Histogram(format!("there is no schema {schema}")));
        }
        let (positive, split) = read_spans(reader)?;
        let (negative, rest) = read_spans(reader)?;
        let bounds = if schema == CUSTOM_SCHEMA { read_bounds(reader)? } else { Vec::new() };
        let layout = Arc::new(Layout { positive, negative, bounds });
        let shape = Shape { schema, zero_threshold, layout, width: split + rest };
        // Each bucket takes at least a bit of the first sample.
        if shape.width > reader.left() || reader.is_overrun() {
            return Err(ChunkError::Histogram("they claim more buckets than there is room for".to_owned()));
        }
        let buckets = vec![0.0; shape.width].into();
        match shape.histogram(ResetHint::Unknown, [0.0; 3], buckets).check_layout() {
            Ok(()) => Ok(Common { shape, split }),
            Err(error) => Err(ChunkError::Histogram(error.to_string())),
        }
    }

    /// The hint of a counter that tells nothing itself.
    #[cold]
    fn hint_after(&self, before: &FloatHistogram, totals: Totals, counts: Counts) -> ResetHint {
        let reset = self.histogram(ResetHint::Unknown, totals, counts).detect_reset(before);
        if reset { ResetHint::Reset } else { ResetHint::NotReset }
    }

    /// True if its schema is finer than what is worked with.
    fn is_too_fine(&self) -> bool {
        self.shape.schema > FINEST
    }

    /// A histogram of the chunk, brought down to the finest schema that is worked with.
    fn histogram(&self, hint: ResetHint, totals: Totals, counts: Counts) -> FloatHistogram {
        let histogram = self.shape.histogram(hint, totals, counts);
        // The layout was checked.
        if self.is_too_fine() { histogram.copy_to_schema(FINEST).unwrap_or(histogram) } else { histogram }
    }
}

fn read_spans(reader: &mut BitReader<'_>) -> Result<(Vec<BucketSpan>, usize), ChunkError> {
    let count = read_count(reader)?;
    let mut buckets = 0usize;
    let mut spans = Vec::with_capacity(count);
    for _ in 0..count {
        let length = read_unsigned(reader) as u32;
        let offset = read_signed(reader) as i32;
        buckets = buckets.saturating_add(length as usize);
        spans.push(BucketSpan { offset, length });
    }
    if buckets > reader.left() {
        return Err(ChunkError::Histogram("they claim more buckets than there is room for".to_owned()));
    }
    Ok((spans, buckets))
}

fn read_bounds(reader: &mut BitReader<'_>) -> Result<Vec<f64>, ChunkError> {
    let count = read_count(reader)?;
    let bound = |_| match read_unsigned(reader) {
        0 => f64::from_bits(reader.read_wide(64)),
        thousandths => (thousandths - 1) as f64 / 1000.0,
    };
    Ok((0..count).map(bound).collect())
}

/// A number of things that take at least a bit each.
fn read_count(reader: &mut BitReader<'_>) -> Result<usize, ChunkError> {
    match usize::try_from(read_unsigned(reader)) {
        Ok(count) if count <= reader.left() => Ok(count),
        _ => Err(ChunkError::Histogram("they claim more spans or bounds than there is room for".to_owned())),
    }
}

fn read_zero_threshold(reader: &mut BitReader<'_>) -> f64 {
    match reader.read(8) {
        0 => 0.0,
        255 => f64::from_bits(reader.read_wide(64)),
        // A power of two by its exponent.
        code => f64::from_bits((code + 1023 - 244) << 52),
    }
}

pub(super) fn write(writer: &mut BitWriter, h: &FloatHistogram) {
    write_zero_threshold(writer, h.zero_threshold);
    write_signed(writer, h.schema.into());
    for spans in [&h.layout.positive, &h.layout.negative] {
        write_unsigned(writer, spans.len() as u64);
        for span in spans {
            write_unsigned(writer, span.length.into());
            write_signed(writer, span.offset.into());
        }
    }
    if h.schema == CUSTOM_SCHEMA {
        write_unsigned(writer, h.layout.bounds.len() as u64);
        for &bound in &h.layout.bounds {
            write_bound(writer, bound);
        }
    }
}

fn write_zero_threshold(writer: &mut BitWriter, threshold: f64) {
    if threshold == 0.0 {
        return writer.write(0, 8);
    }
    let (exponent, fraction) = (threshold.to_bits() >> 52, threshold.to_bits() << 12);
    match (exponent + 244).checked_sub(1023) {
        Some(code @ 1..=254) if fraction == 0 => writer.write(code, 8),
        _ => {
            writer.write(255, 8);
            writer.write(threshold.to_bits(), 64);
        }
    }
}

fn write_bound(writer: &mut BitWriter, bound: f64) {
    let thousandths = (bound * 1000.0).round();
    if (0.0..=33_554_430.0).contains(&(bound * 1000.0)) && thousandths / 1000.0 == bound {
        write_unsigned(writer, thousandths as u64 + 1);
    } else {
        writer.write(0, 1);
        writer.write(bound.to_bits(), 64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_and_bounds_read_as_written() {
        let tiny = f64::from_bits((1023 - 243) << 52);
        let all = [0.0, 1e-3, tiny, tiny / 2.0, 2f64.powi(-128), 1024.0, 2048.0, 0.5, 3.0, f64::INFINITY];
        let mut writer = BitWriter::default();
        all.iter().for_each(|&threshold| write_zero_threshold(&mut writer, threshold));
        let bounds = [0.0, 0.005, 33554.43, 33554.431, -1.0, 0.1 + 0.2, 1e300];
        bounds.iter().for_each(|&bound| write_bound(&mut writer, bound));
        let bytes = writer.finish();
        let mut reader = BitReader::new(&bytes);
        for threshold in all {
            assert_eq!(read_zero_threshold(&mut reader), threshold);
        }
        for bound in bounds {
            let read = match read_unsigned(&mut reader) {
                0 => f64::from_bits(reader.read_wide(64)),
                thousandths => (thousandths - 1) as f64 / 1000.0,
            };
            assert_eq!(read, bound);
        }
        let mut writer = BitWriter::default();
        write_zero_threshold(&mut writer, 2f64.powi(-128));
        assert_eq!(writer.finish(), [116]);
    }
}
