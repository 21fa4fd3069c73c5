//! What both encodings of floats have in common: how far a chunk is read, and runs of samples that are like the one
//! before. Nearly all are: as far away in time, with the same value or a difference inside the window. The bits of
//! such a run lie at a fixed stride, so that nothing has to be asked but whether it goes on.

use super::ChunkError;
use super::reader::BitReader;
use super::window::Window;
use crate::model::Millis;

/// Chunks of up to 65,535 samples that are no further apart than this, two thousand years, and begin no further from
/// zero than 2^62 do not reach the end of time.
const FAR: i64 = 1 << 46;

/// Floats on their way from a chunk into a column.
pub(super) struct Floats<'a> {
    pub(super) reader: BitReader<'a>,
    times: &'a mut [Millis],
    values: &'a mut [f64],
    /// The number of the next sample.
    pub(super) nth: usize,
    /// So many are read before it is asked again whether to go on.
    until: usize,
    /// What is later is not wanted.
    end: Millis,
    /// The last time.
    pub(super) time: Millis,
    /// Its distance from the one before.
    delta: i64,
    pub(super) window: Window,
    /// The bits of the last value.
    pub(super) value: u64,
    /// Times may not ascend.
    is_suspect: bool,
}

impl<'a> Floats<'a> {
    /// Reads the first sample. There is room for as many samples as the chunk has, one at least.
    #[inline(always)]
    pub(super) fn begin(body: &'a [u8], end: Millis, times: &'a mut [Millis], values: &'a mut [f64]) -> Self {
        let mut reader = BitReader::new(body);
        let (time, value) = (reader.varint(), reader.read_wide(64));
        times[0] = time;
        values[0] = f64::from_bits(value);
        let (window, is_suspect) = (Window::default(), time.unsigned_abs() > 1 << 62);
        Floats { reader, times, values, nth: 1, until: 1, end, time, delta: 0, window, value, is_suspect }
    }

    /// True if another sample is to be read; one that turns out to be too late may be read as well.
    #[inline(always)]
    pub(super) fn goes_on(&mut self) -> bool {
        self.nth < self.until || self.looks_ahead()
    }

    /// Foresees how many samples there are up to the end.
    #[inline(always)]
    fn looks_ahead(&mut self) -> bool {
        if self.nth == self.times.len() || self.time > self.end {
            return false;
        }
        // The distance is unknown behind the first sample.
        let more = self.end.saturating_sub(self.time).checked_div(self.delta).unwrap_or(0);
        let until = usize::try_from(more).unwrap_or(0).saturating_add(self.nth + 1);
        self.until = self.times.len().min(until);
        true
    }

    /// The next sample is further away from the last one than that from its predecessor.
    #[inline(always)]
    pub(super) fn stretch(&mut self, change: i64) {
        self.delta = self.delta.wrapping_add(change);
        self.is_suspect |= !(1..=FAR).contains(&self.delta);
    }

    /// Writes the next sample.
    #[inline(always)]
    pub(super) fn put(&mut self, value: u64) {
        self.time = self.time.wrapping_add(self.delta);
        self.times[self.nth] = self.time;
        self.values[self.nth] = f64::from_bits(value);
        self.nth += 1;
    }

    /// Takes a run of up to `count` samples with the last value, `bits` each.
    #[inline(always)]
    pub(super) fn repeat(&mut self, count: u32, bits: u32) {
        let to = self.until.min(self.nth + count as usize);
        for time in &mut self.times[self.nth..to] {
            self.time = self.time.wrapping_add(self.delta);
            *time = self.time;
        }
        self.values[self.nth..to].fill(f64::from_bits(self.value));
        self.reader.skip((to - self.nth) as u32 * bits);
        self.nth = to;
    }

    /// Takes a run of samples that begin with the three bits `control` and go on with a difference inside the window,
    /// at least one.
    #[inline(always)]
    pub(super) fn keep_window(&mut self, control: u64) {
        let leading = self.window.leading();
        let mask = u64::MAX << (64 - self.window.width());
        if self.window.is_narrow() {
            let (mask, turn) = (mask >> 3, leading.wrapping_sub(3));
            self.keep_window_by(control, |_, next| (next & mask).rotate_right(turn));
        } else {
            self.keep_window_by(control, |reader, _| (reader.peek_behind(3) & mask) >> leading);
        }
    }

    #[inline(always)]
    fn keep_window_by(&mut self, control: u64, difference: impl Fn(&BitReader<'a>, u64) -> u64) {
        let stride = 3 + self.window.width();
        let mut next = self.reader.peek();
        let range = self.nth..self.until;
        for (time, value) in self.times[range.clone()].iter_mut().zip(&mut self.values[range]) {
            self.value ^= difference(&self.reader, next);
            self.time = self.time.wrapping_add(self.delta);
            *time = self.time;
            *value = f64::from_bits(self.value);
            self.nth += 1;
            self.reader.skip(stride);
            next = self.reader.peek();
            if next >> 61 != control {
                break;
            }
        }
    }

    /// The number of samples that were read.
    pub(super) fn finish(self) -> Result<usize, ChunkError> {
        if self.reader.is_overrun() {
            return Err(ChunkError::Truncated(self.times.len()));
        }
        if self.is_suspect {
            let mut pairs = self.times[..self.nth].windows(2);
            if let Some(at) = pairs.position(|pair| pair[0] >= pair[1]) {
                return Err(ChunkError::Disordered(at + 2));
            }
        }
        Ok(self.nth)
    }
}
