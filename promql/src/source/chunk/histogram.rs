//! Histograms with integer counts: differences of differences of everything but the sum.

use super::layout::{self, Common, Detail, Header, Rows};
use super::reader::BitReader;
use super::start::{StartReader, StartWriter};
use super::varbit::{read_signed, read_unsigned, write_signed, write_unsigned};
use super::window::Window;
use super::writer::BitWriter;
use super::{ChunkError, Encoding};
use crate::model::histogram::ResetHint;
use crate::model::{FloatHistogram, is_stale};
use crate::source::Column;
use crate::source::column::TableColumn;

pub(super) fn decode(
    encoding: Encoding,
    bytes: &[u8],
    out: &mut TableColumn,
    detail: Detail<'_>,
) -> Result<(), ChunkError> {
    let (header, body) = Header::read(encoding, bytes)?;
    if header.count == 0 {
        return Ok(());
    }
    let mut reader = BitReader::new(body);
    let common = Common::read(&mut reader)?;
    let mut starts = StartReader::new(header.starts);
    let mut window = Window::default();
    let mut sum = 0u64;
    // Time, count and zero count, and by how much they change.
    let (mut numbers, mut deltas) = ([0i64; 3], [0i64; 3]);
    let mut rows = Rows::new(&common, out, detail, header.count, reader.left());
    let mut buckets = Buckets::new(&common);
    for nth in 0..header.count {
        let previous = numbers[0];
        if nth == 0 {
            let time = read_signed(&mut reader);
            numbers = [time, read_unsigned(&mut reader) as i64, read_unsigned(&mut reader) as i64];
            sum = reader.read_wide(64);
            buckets.read_first(&mut reader);
        } else {
            read_changes(&mut reader, &mut deltas);
            numbers.iter_mut().zip(deltas).for_each(|(number, delta)| *number = number.wrapping_add(delta));
            sum = window.read(&mut reader, sum);
            if !is_stale(f64::from_bits(sum)) {
                buckets.read(&mut reader);
            }
        }
        let [time, count, zero_count] = numbers;
        let start = starts.read(&mut reader, nth, time, previous);
        if reader.is_overrun() {
            return Err(ChunkError::Truncated(header.count));
        }
        if nth > 0 && time <= previous {
            return Err(ChunkError::Disordered(nth + 1));
        }
        let totals = [count as u64 as f64, f64::from_bits(sum), zero_count as u64 as f64];
        rows.push((time, start), header.hint(nth), totals, buckets.counts());
    }
    rows.finish(buckets.counts());
    Ok(())
}

/// The buckets of a histogram. Each is stored as its difference to the one before on its side, and that by the
/// difference of its differences, which is 0 as long as a series is as busy as before.
struct Buckets {
    /// Where the negative ones begin.
    split: usize,
    /// By how much the stored numbers change.
    deltas: Vec<i64>,
    /// By how much the counts change.
    steps: Vec<i64>,
    counts: Vec<i64>,
}

impl Buckets {
    fn new(common: &Common) -> Self {
        let zeros = || vec![0; common.shape.width];
        Buckets { split: common.split, deltas: zeros(), steps: zeros(), counts: zeros() }
    }

    fn read_first(&mut self, reader: &mut BitReader<'_>) {
        self.counts.iter_mut().for_each(|count| *count = read_signed(reader));
        accumulate(&mut self.counts, self.split);
    }

    #[inline(always)]
    fn read(&mut self, reader: &mut BitReader<'_>) {
        if read_changes(reader, &mut self.deltas) {
            self.steps.copy_from_slice(&self.deltas);
            accumulate(&mut self.steps, self.split);
        }
        for (count, step) in self.counts.iter_mut().zip(&self.steps) {
            *count = count.wrapping_add(*step);
        }
    }

    fn counts(&self) -> impl Iterator<Item = f64> {
        self.counts.iter().map(|&count| count as f64)
    }
}

/// Changes differences by their own differences, most of which are 0; false if all are.
#[inline(always)]
fn read_changes(reader: &mut BitReader<'_>, deltas: &mut [i64]) -> bool {
    let mut at = reader.skip_zeros(deltas.len());
    if at == deltas.len() {
        return false;
    }
    while let Some(delta) = deltas.get_mut(at) {
        *delta = delta.wrapping_add(read_signed(reader));
        at += 1;
        at += reader.skip_zeros(deltas.len() - at);
    }
    true
}

/// Each number becomes the sum of those up to it on its side.
fn accumulate(numbers: &mut [i64], split: usize) {
    let (positive, negative) = numbers.split_at_mut(split);
    for side in [positive, negative] {
        side.iter_mut().fold(0i64, |sum, number| {
            *number = sum.wrapping_add(*number);
            *number
        });
    }
}

/// A number by the difference of its differences.
#[derive(Clone, Copy, Default)]
struct Counter {
    value: i64,
    delta: i64,
}

impl Counter {
    fn write(&mut self, writer: &mut BitWriter, value: i64) {
        let delta = value.wrapping_sub(self.value);
        write_signed(writer, delta.wrapping_sub(self.delta));
        *self = Counter { value, delta };
    }
}

/// The counts as they are stored; none if they are no integers.
pub(super) fn integers(h: &FloatHistogram) -> Option<[Vec<i64>; 2]> {
    let whole = |count: f64| (count.fract() == 0.0 && (0.0..9e15).contains(&count)).then_some(count as i64);
    let side = |counts: &[f64]| -> Option<Vec<i64>> {
        let mut last = 0;
        let mut difference = |count: i64| count - std::mem::replace(&mut last, count);
        counts.iter().map(|&count| whole(count).map(&mut difference)).collect()
    };
    let mut buckets = side(h.positive_counts())?;
    buckets.extend(side(h.negative_counts())?);
    Some([vec![whole(h.count)?, whole(h.zero_count)?], buckets])
}

/// Histograms that share one layout and have integer counts.
pub(super) fn encode(column: &Column<FloatHistogram>, counts: &[[Vec<i64>; 2]]) -> (BitWriter, StartWriter) {
    let mut writer = BitWriter::behind(&[0; 3]);
    let mut starts = StartWriter::default();
    let mut window = Window::default();
    let mut sum = 0u64;
    let [mut time, mut count, mut zero_count] = [Counter::default(); 3];
    let mut buckets = Vec::new();
    for (nth, (&now, h)) in column.times.iter().zip(&column.values).enumerate() {
        let previous = time.value;
        let [totals, own] = &counts[nth];
        if nth == 0 {
            layout::write(&mut writer, h);
            write_signed(&mut writer, now);
            totals.iter().for_each(|&total| write_unsigned(&mut writer, total as u64));
            writer.write(h.sum.to_bits(), 64);
            own.iter().for_each(|&bucket| write_signed(&mut writer, bucket));
            let first = |&value: &i64| Counter { value, delta: 0 };
            buckets = own.iter().map(first).collect();
            [time, count, zero_count] = [&now, &totals[0], &totals[1]].map(first);
        } else {
            time.write(&mut writer, now);
            count.write(&mut writer, totals[0]);
            zero_count.write(&mut writer, totals[1]);
            window.write(&mut writer, h.sum.to_bits(), sum);
            if !h.is_stale() {
                buckets.iter_mut().zip(own).for_each(|(bucket, &value)| bucket.write(&mut writer, value));
            }
        }
        sum = h.sum.to_bits();
        starts.write(&mut writer, nth, now, previous, column.start(nth));
    }
    (writer, starts)
}

/// The two bits about the first histogram.
pub(super) fn flags(hint: ResetHint) -> u8 {
    match hint {
        ResetHint::Unknown => 0,
        ResetHint::NotReset => 0b01 << 6,
        ResetHint::Reset => 0b10 << 6,
        ResetHint::Gauge => 0b11 << 6,
    }
}
