//! Start times beside samples: nothing while they do not change, then differences to the time of the sample before.

use super::reader::BitReader;
use super::varbit;
use super::writer::BitWriter;
use crate::model::Millis;

/// The highest sample number that fits into the header.
const LATEST: usize = 0x7f;

/// Reads start times; made from the header byte.
#[derive(Clone, Copy)]
pub(super) struct StartReader {
    /// The first sample has a start time.
    first: bool,
    /// The sample from which on each has a difference; 0 if none has.
    from: usize,
    start: Millis,
    distance: i64,
}

impl StartReader {
    pub(super) fn new(header: u8) -> Self {
        StartReader { first: header & 0x80 != 0, from: usize::from(header & 0x7f), start: 0, distance: 0 }
    }

    /// True if the chunk has start times at all.
    pub(super) fn any(&self) -> bool {
        self.first || self.from > 0
    }

    /// The start time of sample `nth`, behind which the reader stands.
    #[inline(always)]
    pub(super) fn read(
        &mut self,
        reader: &mut BitReader<'_>,
        nth: usize,
        time: Millis,
        previous: Millis,
    ) -> Millis {
        if nth == 0 {
            if self.first {
                self.start = time.wrapping_sub(reader.varint());
            }
        } else if self.from > 0 && nth >= self.from {
            let change = varbit::read_signed(reader);
            self.distance = if nth == self.from { change } else { self.distance.wrapping_add(change) };
            self.start = previous.wrapping_sub(self.distance);
        }
        self.start
    }
}

/// Writes start times and the header byte.
#[derive(Default)]
pub(super) struct StartWriter {
    /// The byte in the header.
    pub(super) header: u8,
    start: Millis,
    distance: i64,
}

impl StartWriter {
    pub(super) fn write(
        &mut self,
        writer: &mut BitWriter,
        nth: usize,
        time: Millis,
        previous: Millis,
        start: Millis,
    ) {
        let from = usize::from(self.header & 0x7f);
        if nth == 0 {
            if start != 0 {
                writer.varint(time.wrapping_sub(start));
                self.header = 0x80;
            }
        } else if from > 0 || start != self.start || nth == LATEST {
            let distance = previous.wrapping_sub(start);
            if from == 0 {
                self.header |= nth.min(LATEST) as u8;
            }
            varbit::write_signed(writer, distance.wrapping_sub(self.distance));
            self.distance = distance;
        }
        self.start = start;
    }
}
