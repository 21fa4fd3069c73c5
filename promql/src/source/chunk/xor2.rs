//! Floats with one control prefix for time and value, and start times.

use super::reader::BitReader;
use super::start::{StartReader, StartWriter};
use super::window::Window;
use super::writer::BitWriter;
use super::xor::disordered;
use super::{ChunkError, count};
use crate::model::{STALE_NAN_BITS, is_stale};
use crate::source::Column;

pub(super) fn decode(bytes: &[u8], out: &mut Column<f64>) -> Result<(), ChunkError> {
    let (count, rest) = count(bytes)?;
    let count = usize::from(count);
    if count == 0 {
        return Ok(());
    }
    let [header, body @ ..] = rest else { return Err(ChunkError::Truncated(count)) };
    let mut starts = StartReader::new(*header);
    let from = out.times.len();
    let mut reader = BitReader::new(body);
    let mut state = State::default();
    out.times.resize(from + count, 0);
    out.values.resize(from + count, 0.0);
    let any_starts = starts.any();
    if any_starts || !out.starts.is_empty() {
        out.starts.resize(from + count, 0);
    }
    let mut ascends = true;
    let samples = out.times[from..].iter_mut().zip(&mut out.values[from..]);
    for (nth, (out_time, out_value)) in samples.enumerate() {
        let previous = state.time;
        let value = match nth {
            0 => state.read_first(&mut reader),
            1 => {
                state.delta = reader.uvarint() as i64;
                state.advance(0);
                state.read_value(&mut reader)
            }
            _ => state.read(&mut reader),
        };
        ascends &= nth == 0 || state.time > previous;
        *out_time = state.time;
        *out_value = f64::from_bits(value);
        if any_starts {
            out.starts[from + nth] = starts.read(&mut reader, nth, state.time, previous);
        }
    }
    if reader.is_overrun() {
        return Err(ChunkError::Truncated(count));
    }
    if !ascends {
        return Err(disordered(&out.times[from..]));
    }
    Ok(())
}

#[derive(Default)]
struct State {
    time: i64,
    delta: i64,
    /// The last value that was no stale marker.
    value: u64,
    window: Window,
}

impl State {
    #[inline(always)]
    fn read_first(&mut self, reader: &mut BitReader<'_>) -> u64 {
        self.time = reader.varint();
        let value = reader.read_wide(64);
        if value != STALE_NAN_BITS {
            self.value = value;
        }
        value
    }

    /// `0` nothing changes, `10` only the value, `110` and `1110` the distance of times by 13 or 20 bits, `11110` by
    /// 64, `11111` a stale marker.
    #[inline(always)]
    fn read(&mut self, reader: &mut BitReader<'_>) -> u64 {
        let control = reader.peek();
        let ones = control.leading_ones().min(5);
        reader.skip((ones + 1).min(5));
        match ones {
            0 => {
                self.advance(0);
                return self.value;
            }
            1 => {
                self.advance(0);
                let renewed = reader.read(1) == 1;
                return self.read_difference(reader, renewed);
            }
            2 => self.advance(sign_extended(reader.read(13), 13)),
            3 => self.advance(sign_extended(reader.read(20), 20)),
            4 => self.advance(reader.read_wide(64) as i64),
            _ => {
                self.advance(0);
                return STALE_NAN_BITS;
            }
        }
        self.read_value(reader)
    }

    #[inline(always)]
    fn advance(&mut self, change: i64) {
        self.delta = self.delta.wrapping_add(change);
        self.time = self.time.wrapping_add(self.delta);
    }

    /// `0` the same, `10` differs inside the window, `110` in a new one, `111` a stale marker.
    #[inline(always)]
    fn read_value(&mut self, reader: &mut BitReader<'_>) -> u64 {
        let ones = reader.peek().leading_ones().min(3);
        reader.skip((ones + 1).min(3));
        match ones {
            0 => self.value,
            1 => self.read_difference(reader, false),
            2 => self.read_difference(reader, true),
            _ => STALE_NAN_BITS,
        }
    }

    #[inline(always)]
    fn read_difference(&mut self, reader: &mut BitReader<'_>, renewed: bool) -> u64 {
        if renewed {
            self.window.read_window(reader);
        }
        self.value ^= self.window.read_difference(reader);
        self.value
    }

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

fn sign_extended(bits: u64, width: u32) -> i64 {
    (bits << (64 - width)) as i64 >> (64 - width)
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
