//! Floats with one control prefix for time and value, and start times.

use super::floats::Floats;
use super::reader::VALID;
use super::start::{StartReader, StartWriter};
use super::window::Window;
use super::writer::BitWriter;
use super::{ChunkError, count};
use crate::model::{Millis, STALE_NAN_BITS, is_stale};
use crate::source::Column;

/// Decodes the samples up to `end`, and perhaps some later ones.
pub(super) fn decode(bytes: &[u8], end: Millis, out: &mut Column<f64>) -> Result<(), ChunkError> {
    let (count, rest) = count(bytes)?;
    if count == 0 {
        return Ok(());
    }
    let [header, body @ ..] = rest else { return Err(ChunkError::Truncated(count.into())) };
    let (count, from) = (usize::from(count), out.len());
    let mut starts = StartReader::new(*header);
    let any_starts = starts.any();
    let mut floats = Floats::begin(body, count, any_starts, end, out);
    if any_starts {
        let time = floats.time();
        floats.starts[0] = starts.read(&mut floats.reader, 0, time, 0);
    }
    if floats.value == STALE_NAN_BITS {
        floats.value = 0;
    }
    while floats.goes_on() {
        let nth = floats.nth;
        let previous = if any_starts { floats.time() } else { 0 };
        let bits = floats.reader.peek();
        match bits >> 61 {
            _ if nth == 1 => {
                let distance = floats.reader.uvarint();
                floats.stretch(distance as i64);
                let value = read_value(&mut floats);
                floats.put(value);
            }
            0b000..0b100 if !any_starts => floats.repeat(bits.leading_zeros().min(VALID), 1),
            0b100 | 0b101 if !any_starts => floats.differ(0b100, bits),
            _ => {
                let value = read(&mut floats, bits);
                floats.put(value);
            }
        }
        if any_starts {
            let time = floats.time();
            floats.starts[nth] = starts.read(&mut floats.reader, nth, time, previous);
        }
    }
    let read = floats.finish()?;
    out.truncate(from + read);
    Ok(())
}

/// `0` nothing changes, `10` only the value, `110` and `1110` the distance of times by 13 or 20 bits, `11110` by 64,
/// `11111` a stale marker.
#[inline(always)]
fn read(floats: &mut Floats<'_>, control: u64) -> u64 {
    let reader = &mut floats.reader;
    let ones = control.leading_ones().min(5);
    reader.skip((ones + 1).min(5));
    let change = match ones {
        0 => return floats.value,
        1 => {
            let renewed = reader.read(1) == 1;
            return read_difference(floats, renewed);
        }
        2 => sign_extended(reader.read(13), 13),
        3 => sign_extended(reader.read(20), 20),
        4 => reader.read_wide(64) as i64,
        _ => return STALE_NAN_BITS,
    };
    floats.stretch(change);
    read_value(floats)
}

/// `0` the same, `10` differs inside the window, `110` in a new one, `111` a stale marker.
#[inline(always)]
fn read_value(floats: &mut Floats<'_>) -> u64 {
    let ones = floats.reader.peek().leading_ones().min(3);
    floats.reader.skip((ones + 1).min(3));
    match ones {
        0 => floats.value,
        1 => read_difference(floats, false),
        2 => read_difference(floats, true),
        _ => STALE_NAN_BITS,
    }
}

#[inline(always)]
fn read_difference(floats: &mut Floats<'_>, renewed: bool) -> u64 {
    if renewed {
        let bits = floats.reader.peek();
        floats.window.renew(&mut floats.reader, bits);
    }
    floats.value ^= floats.window.read_difference(&mut floats.reader);
    floats.value
}

fn sign_extended(bits: u64, width: u32) -> i64 {
    (bits << (64 - width)) as i64 >> (64 - width)
}

/// What a writer knows of the samples so far.
#[derive(Default)]
struct State {
    time: Millis,
    delta: i64,
    /// The last value that was no stale marker.
    value: u64,
    window: Window,
}

impl State {
    fn write(&mut self, writer: &mut BitWriter, change: i64, value: u64) {
        let stale = value == STALE_NAN_BITS;
        let difference = value ^ self.value;
        if change == 0 {
            if stale {
                writer.write(0b11111, 5);
            } else if difference == 0 {
                writer.write(0, 1);
            } else {
                writer.write(0b10, 2);
                self.write_difference(writer, difference, 1);
            }
            return;
        }
        match change {
            -0x1000..=0xfff => writer.write(0b110 << 13 | change as u64 & 0x1fff, 16),
            -0x8_0000..=0x7_ffff => writer.write(0b1110 << 20 | change as u64 & 0xf_ffff, 24),
            _ => {
                writer.write(0b11110, 5);
                writer.write(change as u64, 64);
            }
        }
        self.write_value(writer, value);
    }

    fn write_value(&mut self, writer: &mut BitWriter, value: u64) {
        let difference = value ^ self.value;
        if value == STALE_NAN_BITS {
            writer.write(0b111, 3);
        } else if difference == 0 {
            writer.write(0, 1);
        } else {
            writer.write(1, 1);
            self.write_difference(writer, difference, 2);
        }
    }

    /// `control` is how many bits tell that the window is a new one; with one bit the old window takes one as well.
    fn write_difference(&mut self, writer: &mut BitWriter, difference: u64, control: u32) {
        // What a new window costs: its bounds, and its longer control prefix.
        let cost = 10 + control;
        let mut new = Window::of(difference);
        if self.window.holds(&new) && new.zeros() <= self.window.zeros() + cost {
            writer.write(0, 1);
        } else {
            // A slightly wider window may spare the next one.
            let widened = self.window.union(&new).filter(|_| !self.window.holds(&new));
            if let Some(union) = widened
                && new.zeros() - union.zeros() <= cost / 2
            {
                new = union;
            }
            self.window = new;
            writer.write(if control == 1 { 1 } else { 0b10 }, control);
            self.window.write_window(writer);
        }
        self.window.write_difference(writer, difference);
    }
}

pub(super) fn encode(column: &Column<f64>) -> Vec<u8> {
    let [high, low] = (column.len() as u16).to_be_bytes();
    let mut writer = BitWriter::behind(&[high, low, 0]);
    let mut starts = StartWriter::default();
    let mut state = State::default();
    for (nth, (&time, &number)) in column.times.iter().zip(&column.values).enumerate() {
        let (value, previous) = (number.to_bits(), state.time);
        let step = time.wrapping_sub(previous);
        match nth {
            0 => {
                writer.varint(time);
                writer.write(value, 64);
            }
            1 => {
                writer.uvarint(step as u64);
                state.write_value(&mut writer, value);
            }
            _ => state.write(&mut writer, step.wrapping_sub(state.delta), value),
        }
        if nth > 0 {
            state.delta = step;
        }
        state.time = time;
        if !is_stale(number) {
            state.value = value;
        }
        starts.write(&mut writer, nth, time, previous, column.start(nth));
    }
    writer.header()[2] = starts.header;
    writer.finish()
}
