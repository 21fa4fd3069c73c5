//! Floats: differences of differences of times, values as the bits that differ.

use super::floats::Floats;
use super::reader::{BitReader, VALID};
use super::varbit::{fits, signed};
use super::window::Window;
use super::writer::BitWriter;
use super::{ChunkError, count};
use crate::model::Millis;
use crate::source::Column;

/// Widths of the difference of differences behind 1 to 4 ones; none behind a zero.
const WIDTHS: [u32; 4] = [14, 17, 20, 64];

/// Decodes the samples up to `end`, and perhaps some later ones.
pub(super) fn decode(bytes: &[u8], end: Millis, out: &mut Column<f64>) -> Result<(), ChunkError> {
    let (count, body) = count(bytes)?;
    if count == 0 {
        return Ok(());
    }
    let from = out.len();
    let mut floats = Floats::begin(body, count.into(), false, end, out);
    if floats.goes_on() {
        let distance = floats.reader.uvarint();
        floats.stretch(distance as i64);
        let bits = floats.reader.peek();
        read_value(&mut floats, bits);
    }
    while floats.goes_on() {
        let bits = floats.reader.peek();
        match bits >> 61 {
            0b000 | 0b001 => floats.repeat(bits.leading_zeros().min(VALID) / 2, 2),
            0b010 | 0b011 => floats.differ(0b010, bits),
            // Foreseen, where a table would be waited for.
            0b100 | 0b101 => {
                floats.reader.skip(2 + WIDTHS[0]);
                floats.stretch(signed(bits << 2 >> (64 - WIDTHS[0]), WIDTHS[0]));
                read_value(&mut floats, bits << (2 + WIDTHS[0]));
            }
            _ => {
                let change = read_change(&mut floats.reader, bits);
                floats.stretch(change);
                let bits = floats.reader.peek();
                read_value(&mut floats, bits);
            }
        }
    }
    let read = floats.finish()?;
    out.truncate(from + read);
    Ok(())
}

/// By how much further away a sample is than the one before.
#[inline(always)]
fn read_change(reader: &mut BitReader<'_>, control: u64) -> i64 {
    let ones = control.leading_ones();
    if ones > 3 {
        reader.skip(4);
        return reader.read_wide(64) as i64;
    }
    let width = WIDTHS[ones as usize - 1];
    reader.skip(ones + 1 + width);
    signed(control << (ones + 1) >> (64 - width), width)
}

#[inline(always)]
fn read_value(floats: &mut Floats<'_>, bits: u64) {
    floats.value = floats.window.read_from(&mut floats.reader, bits, floats.value);
    floats.put(floats.value);
}

pub(super) fn encode(column: &Column<f64>) -> Vec<u8> {
    let mut writer = BitWriter::behind(&(column.len() as u16).to_be_bytes());
    let mut window = Window::default();
    let (mut time, mut delta, mut value) = (0i64, 0i64, 0u64);
    for (nth, (&next, number)) in column.times.iter().zip(&column.values).enumerate() {
        let bits = number.to_bits();
        let step = next.wrapping_sub(time);
        match nth {
            0 => {
                writer.varint(next);
                writer.write(bits, 64);
            }
            1 => writer.uvarint(step as u64),
            _ => write_change(&mut writer, step.wrapping_sub(delta)),
        }
        if nth > 0 {
            window.write(&mut writer, bits, value);
            delta = step;
        }
        (time, value) = (next, bits);
    }
    writer.finish()
}

fn write_change(writer: &mut BitWriter, change: i64) {
    if change == 0 {
        return writer.write(0, 1);
    }
    let ones = WIDTHS.iter().position(|&width| fits(change, width)).map_or(4, |at| at as u32 + 1);
    match ones {
        4 => writer.write(0b1111, 4),
        ones => writer.write((1 << (ones + 1)) - 2, ones + 1),
    }
    writer.write(change as u64, WIDTHS[ones as usize - 1]);
}
