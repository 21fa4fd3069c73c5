//! What both encodings of floats have in common: how far a chunk is read, and runs of samples that are like the one
//! before. Nearly all are: as far away in time, with the same value or a difference inside the window. The bits of
//! such a run lie at a fixed stride, so that nothing has to be asked but whether it goes on, of several samples at
//! once. Times are written once for all samples that are equally far apart.

use super::ChunkError;
use super::reader::BitReader;
use super::run::{GROUP, Run};
use super::window::Window;
use crate::model::Millis;
use crate::source::Column;

/// Chunks of up to 65,535 samples that are no further apart than this, two thousand years, and begin no further from
/// zero than 2^62 do not reach the end of time.
const FAR: i64 = 1 << 46;

/// Floats on their way from a chunk into a column.
pub(super) struct Floats<'a> {
    pub(super) reader: BitReader<'a>,
    /// Those of the chunk, and room to write a whole group.
    times: &'a mut [Millis],
    values: &'a mut [f64],
    /// As many as samples, where any are kept.
    pub(super) starts: &'a mut [Millis],
    /// The number of samples in the chunk.
    count: usize,
    /// The number of the next sample.
    pub(super) nth: usize,
    /// So many are read before it is asked again whether to go on.
    until: usize,
    /// So many times are written.
    timed: usize,
    /// What is later is not wanted.
    end: Millis,
    /// The last time that is written.
    time: Millis,
    /// How far samples are apart from there on.
    delta: i64,
    pub(super) window: Window,
    /// The bits of the last value.
    pub(super) value: u64,
    /// Times may not ascend.
    is_suspect: bool,
}

impl<'a> Floats<'a> {
    /// Reads the first of `count` samples, which are one at least.
    #[inline(always)]
    pub(super) fn begin(
        body: &'a [u8],
        count: usize,
        any_starts: bool,
        end: Millis,
        out: &'a mut Column<f64>,
    ) -> Self {
        let from = out.len();
        out.lengthen(count + GROUP - 1);
        let Column { times, values, starts } = out;
        if any_starts {
            starts.resize(times.len(), 0);
        }
        let mut reader = BitReader::new(body);
        let (time, value) = (reader.varint(), reader.read_wide(64));
        let (times, values) = (&mut times[from..], &mut values[from..]);
        let starts = starts.get_mut(from..).unwrap_or_default();
        times[0] = time;
        values[0] = f64::from_bits(value);
        let (window, is_suspect) = (Window::default(), time.unsigned_abs() > 1 << 62);
        Floats {
            reader,
            times,
            values,
            starts,
            count,
            nth: 1,
            until: 1,
            timed: 1,
            end,
            time,
            delta: 0,
            window,
            value,
            is_suspect,
        }
    }

    /// True if another sample is to be read; one that turns out to be too late may be read as well.
    #[inline(always)]
    pub(super) fn goes_on(&mut self) -> bool {
        self.nth < self.until || self.looks_ahead()
    }

    /// Foresees how many samples there are up to the end.
    #[inline(always)]
    fn looks_ahead(&mut self) -> bool {
        if self.nth == self.count || self.time() > self.end {
            return false;
        }
        // The distance is unknown behind the first sample.
        let more = self.end.saturating_sub(self.time).checked_div(self.delta).unwrap_or(0);
        let until = usize::try_from(more).unwrap_or(0).saturating_add(self.nth + 1);
        self.until = self.count.min(until);
        true
    }

    /// The time of the last sample.
    #[inline(always)]
    pub(super) fn time(&mut self) -> Millis {
        if self.timed < self.nth {
            self.time = progress(&mut self.times[self.timed..self.nth], self.time, self.delta);
            self.timed = self.nth;
        }
        self.time
    }

    /// The next sample is further away from the last one than that from its predecessor.
    #[inline(always)]
    pub(super) fn stretch(&mut self, change: i64) {
        self.time();
        self.delta = self.delta.wrapping_add(change);
        self.is_suspect |= !(1..=FAR).contains(&self.delta);
    }

    /// Writes the next sample.
    #[inline(always)]
    pub(super) fn put(&mut self, value: u64) {
        self.time = self.time().wrapping_add(self.delta);
        self.times[self.nth] = self.time;
        self.values[self.nth] = f64::from_bits(value);
        self.nth += 1;
        self.timed = self.nth;
    }

    /// Takes a run of up to `count` samples with the last value, `bits` each.
    #[inline(always)]
    pub(super) fn repeat(&mut self, count: u32, bits: u32) {
        let taken = (self.until - self.nth).min(count as usize);
        let room = &mut self.values[self.nth..][..taken.next_multiple_of(GROUP)];
        for group in room.as_chunks_mut::<GROUP>().0 {
            *group = [f64::from_bits(self.value); GROUP];
        }
        self.reader.skip(taken as u32 * bits);
        self.nth += taken;
    }

    /// Takes a sample whose value differs, and those like it that follow. It begins with the three bits `control` or,
    /// where a new window is told first, with one more.
    #[inline(always)]
    pub(super) fn differ(&mut self, control: u64, bits: u64) {
        self.reader.skip(3);
        if bits >> 61 != control {
            self.window.renew(&mut self.reader, bits << 3);
        }
        self.value ^= self.window.read_difference(&mut self.reader);
        self.values[self.nth] = f64::from_bits(self.value);
        self.nth += 1;
        if self.nth < self.until && self.reader.peek() >> 61 == control {
            let run = Run { reader: self.reader, control, window: self.window, value: self.value };
            let taken = run.read(self.until - self.nth, &mut self.values[self.nth..]);
            self.reader.skip(taken as u32 * run.stride());
            self.nth += taken;
            self.value = self.values[self.nth - 1].to_bits();
        }
    }

    /// The number of samples that were read.
    pub(super) fn finish(mut self) -> Result<usize, ChunkError> {
        self.time();
        if self.reader.is_overrun() {
            return Err(ChunkError::Truncated(self.count));
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

/// Writes times that are equally far apart.
#[inline(never)]
fn progress(times: &mut [Millis], mut last: Millis, delta: i64) -> Millis {
    for time in times {
        last = last.wrapping_add(delta);
        *time = last;
    }
    last
}
