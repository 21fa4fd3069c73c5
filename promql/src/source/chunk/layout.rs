//! What stands before the first histogram of a chunk: the header and the layout that all of them share.

use super::reader::BitReader;
use super::varbit::{read_signed, read_unsigned, write_signed, write_unsigned};
use super::writer::BitWriter;
use super::{ChunkError, Encoding, count};
use crate::model::histogram::{BucketSpan, CUSTOM_SCHEMA, Counts, Layout, ResetHint};
use crate::model::{FloatHistogram, Millis, is_stale};
use crate::source::Column;
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

/// The numbers of a histogram that are not in buckets.
#[derive(Clone, Copy, Default)]
pub(super) struct Totals {
    pub(super) count: f64,
    pub(super) zero_count: f64,
    pub(super) sum: f64,
}

/// The histograms of a chunk on their way into a column. Their counts are gathered in one block, which they share.
pub(super) struct Rows<'a> {
    shape: &'a Shape,
    out: &'a mut Column<FloatHistogram>,
    /// None for stale markers, which have no counts.
    totals: Vec<Option<(ResetHint, Totals)>>,
    counts: Vec<f64>,
}

impl<'a> Rows<'a> {
    /// Room for so many histograms, of which so many bits are left: what they claim is not believed.
    pub(super) fn new(
        shape: &'a Shape,
        out: &'a mut Column<FloatHistogram>,
        count: usize,
        left: usize,
    ) -> Self {
        let count = count.min(left);
        // Each bucket takes at least a bit a histogram.
        let counts = Vec::with_capacity(count.saturating_mul(shape.buckets).min(left));
        Rows { shape, out, totals: Vec::with_capacity(count), counts }
    }

    /// Adds a histogram.
    #[inline]
    pub(super) fn push(
        &mut self,
        (time, start): (Millis, Millis),
        hint: ResetHint,
        totals: Totals,
        counts: impl Iterator<Item = f64>,
    ) {
        self.out.push_time(time, start);
        if is_stale(totals.sum) {
            self.totals.push(None);
        } else {
            self.counts.extend(counts);
            self.totals.push(Some((hint, totals)));
        }
    }

    /// Hands the counts out.
    pub(super) fn finish(self) {
        let Rows { shape, out, totals, counts } = self;
        let mut rows = Counts::rows(counts, shape.buckets);
        out.values.extend(totals.into_iter().map(|totals| match totals {
            Some((hint, totals)) => {
                shape.coarsened(shape.histogram(hint, totals, rows.next().unwrap_or_default()))
            }
            None => FloatHistogram::stale(),
        }));
    }
}

/// What all histograms of a chunk have in common.
pub(super) struct Shape {
    pub(super) schema: i32,
    pub(super) zero_threshold: f64,
    pub(super) layout: Arc<Layout>,
    /// The number of positive buckets.
    pub(super) split: usize,
    /// The number of all buckets.
    pub(super) buckets: usize,
}

impl Shape {
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
        let shape = Shape { schema, zero_threshold, layout, split, buckets: split + rest };
        // Each bucket takes at least a bit of the first sample.
        if shape.buckets > reader.left() || reader.is_overrun() {
            return Err(ChunkError::Histogram("they claim more buckets than there is room for".to_owned()));
        }
        let buckets = vec![0.0; shape.buckets].into();
        let empty = shape.histogram(ResetHint::Unknown, Totals::default(), buckets);
        match empty.check_layout() {
            Ok(()) => Ok(shape),
            Err(error) => Err(ChunkError::Histogram(error.to_string())),
        }
    }

    pub(super) fn histogram(&self, hint: ResetHint, totals: Totals, buckets: Counts) -> FloatHistogram {
        let Totals { count, zero_count, sum } = totals;
        FloatHistogram {
            hint,
            schema: self.schema,
            zero_threshold: self.zero_threshold,
            zero_count,
            count,
            sum,
            layout: Arc::clone(&self.layout),
            buckets,
        }
    }

    /// Brings a histogram down to the finest schema that is worked with.
    fn coarsened(&self, histogram: FloatHistogram) -> FloatHistogram {
        if self.schema <= FINEST {
            return histogram;
        }
        // The layout was checked.
        histogram.copy_to_schema(FINEST).unwrap_or(histogram)
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
