//! The bits in which a value differs from the one before, without the zeros around them.

use super::reader::BitReader;
use super::writer::BitWriter;

/// Where the differing bits lie.
#[derive(Clone, Copy)]
pub(super) struct Window {
    /// How many there may be, 1 to 64.
    width: u32,
    trailing: u32,
    /// Only writers ask: there is nothing to keep before the first difference.
    known: bool,
}

/// All bits.
impl Default for Window {
    fn default() -> Self {
        Window { width: 64, trailing: 0, known: false }
    }
}

impl Window {
    #[inline(always)]
    pub(super) fn width(&self) -> u32 {
        self.width
    }

    #[inline(always)]
    pub(super) fn trailing(&self) -> u32 {
        self.trailing
    }

    #[inline(always)]
    pub(super) fn leading(&self) -> u32 {
        64 - self.width - self.trailing
    }

    /// Ones where bits may differ.
    #[inline(always)]
    pub(super) fn mask(&self) -> u64 {
        u64::MAX >> (64 - self.width) << self.trailing
    }

    /// The next value behind `value`: `0` the same, `10` differs inside the window, `11` in a new one.
    #[inline(always)]
    pub(super) fn read(&mut self, reader: &mut BitReader<'_>, value: u64) -> u64 {
        let next = reader.peek();
        self.read_from(reader, next, value)
    }

    /// As [`Window::read`]; at least 13 of the next bits were peeked at.
    #[inline(always)]
    pub(super) fn read_from(&mut self, reader: &mut BitReader<'_>, next: u64, value: u64) -> u64 {
        if next >> 63 == 0 {
            reader.skip(1);
            return value;
        }
        reader.skip(2);
        if next >> 62 == 0b11 {
            self.renew(reader, next << 2);
        }
        value ^ self.read_difference(reader)
    }

    /// Reads a new window, which was peeked at.
    #[inline(always)]
    pub(super) fn renew(&mut self, reader: &mut BitReader<'_>, next: u64) {
        reader.skip(11);
        let bits = (next >> 53) as u32;
        let leading = bits >> 6;
        // No difference has no bits; a zero stands for 64.
        let width = match bits & 63 {
            0 => 64,
            width => width,
        };
        match 64u32.checked_sub(leading + width) {
            Some(trailing) => *self = Window { width, trailing, known: true },
            None => reader.fail(),
        }
    }

    #[inline(always)]
    pub(super) fn read_difference(&self, reader: &mut BitReader<'_>) -> u64 {
        reader.read_wide(self.width) << self.trailing
    }

    /// What [`Window::read`] reads.
    pub(super) fn write(&mut self, writer: &mut BitWriter, value: u64, previous: u64) {
        let difference = value ^ previous;
        if difference == 0 {
            return writer.write(0, 1);
        }
        let new = Window::of(difference);
        if self.holds(&new) {
            writer.write(0b10, 2);
        } else {
            *self = new;
            writer.write(0b11, 2);
            self.write_window(writer);
        }
        self.write_difference(writer, difference);
    }

    fn between(leading: u32, trailing: u32) -> Self {
        Window { width: 64 - leading - trailing, trailing, known: true }
    }

    /// The narrowest window of a difference.
    pub(super) fn of(difference: u64) -> Self {
        Window::between(difference.leading_zeros().min(31), difference.trailing_zeros())
    }

    pub(super) fn holds(&self, other: &Window) -> bool {
        self.known && other.leading() >= self.leading() && other.trailing >= self.trailing
    }

    /// Zeros around the window.
    pub(super) fn zeros(&self) -> u32 {
        64 - self.width
    }

    /// The window that holds both; none if nothing is known yet.
    pub(super) fn union(&self, other: &Window) -> Option<Window> {
        let (leading, trailing) = (self.leading().min(other.leading()), self.trailing.min(other.trailing));
        self.known.then_some(Window::between(leading, trailing))
    }

    pub(super) fn write_window(&self, writer: &mut BitWriter) {
        writer.write(u64::from(self.leading()), 5);
        writer.write(u64::from(self.width), 6);
    }

    pub(super) fn write_difference(&self, writer: &mut BitWriter, difference: u64) {
        writer.write(difference >> self.trailing, self.width);
    }
}
