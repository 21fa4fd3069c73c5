//! Histograms with float counts: every number as the bits in which it differs from the one before.

use super::layout::{self, Common, Detail, Header, Rows};
use super::reader::BitReader;
use super::start::{StartReader, StartWriter};
use super::varbit::{read_signed, write_signed};
use super::window::Window;
use super::writer::BitWriter;
use super::{ChunkError, Encoding};
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
    let (mut time, mut delta) = (0i64, 0i64);
    let [mut count, mut zero_count, mut sum] = [Number::default(); 3];
    let mut buckets = vec![Number::default(); common.shape.width];
    let mut rows = Rows::new(&common, out, detail, header.count, reader.left());
    for nth in 0..header.count {
        let previous = time;
        if nth == 0 {
            time = read_signed(&mut reader);
            for number in [&mut count, &mut zero_count, &mut sum].into_iter().chain(&mut buckets) {
                number.bits = reader.read_wide(64);
            }
        } else {
            delta = delta.wrapping_add(read_signed(&mut reader));
            time = time.wrapping_add(delta);
            for number in [&mut count, &mut zero_count, &mut sum] {
                number.read(&mut reader);
            }
            if !is_stale(sum.value()) {
                let mut changed = reader.skip_zeros(buckets.len());
                while let Some(bucket) = buckets.get_mut(changed) {
                    bucket.read(&mut reader);
                    changed += 1;
                    changed += reader.skip_zeros(buckets.len() - changed);
                }
            }
        }
        let start = starts.read(&mut reader, nth, time, previous);
        if reader.is_overrun() {
            return Err(ChunkError::Truncated(header.count));
        }
        if nth > 0 && time <= previous {
            return Err(ChunkError::Disordered(nth + 1));
        }
        let totals = [count, sum, zero_count].map(|number| number.value());
        rows.push((time, start), header.hint(nth), totals, buckets.iter().map(Number::value));
    }
    rows.finish(buckets.iter().map(Number::value));
    Ok(())
}

#[derive(Clone, Copy, Default)]
struct Number {
    bits: u64,
    window: Window,
}

impl Number {
    fn value(&self) -> f64 {
        f64::from_bits(self.bits)
    }

    #[inline(always)]
    fn read(&mut self, reader: &mut BitReader<'_>) {
        self.bits = self.window.read(reader, self.bits);
    }

    fn write(&mut self, writer: &mut BitWriter, value: f64) {
        let last = std::mem::replace(&mut self.bits, value.to_bits());
        self.window.write(writer, self.bits, last);
    }
}

/// Histograms that share one layout.
pub(super) fn encode(column: &Column<FloatHistogram>) -> (BitWriter, StartWriter) {
    let mut writer = BitWriter::behind(&[0; 3]);
    let mut starts = StartWriter::default();
    let (mut time, mut delta) = (0i64, 0i64);
    let mut numbers: Vec<Number> = Vec::new();
    for (nth, (&now, h)) in column.times.iter().zip(&column.values).enumerate() {
        let (previous, step) = (time, now.wrapping_sub(time));
        let totals = [h.count, h.zero_count, h.sum];
        let all = totals.iter().chain(h.buckets.iter());
        if nth == 0 {
            layout::write(&mut writer, h);
            write_signed(&mut writer, now);
            numbers = all.map(|value| Number { bits: value.to_bits(), window: Window::default() }).collect();
            numbers.iter().for_each(|number| writer.write(number.bits, 64));
        } else {
            write_signed(&mut writer, step.wrapping_sub(delta));
            delta = step;
            let stored = if h.is_stale() { totals.len() } else { numbers.len() };
            numbers
                .iter_mut()
                .zip(all)
                .take(stored)
                .for_each(|(number, &value)| number.write(&mut writer, value));
        }
        time = now;
        starts.write(&mut writer, nth, now, previous, column.start(nth));
    }
    (writer, starts)
}
