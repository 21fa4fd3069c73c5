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
    let (count, from) = (usize::from(count), out.len());
    if count == 0 {
        return Ok(());
    }
    out.lengthen(count);
    let mut floats = Floats::begin(body, end, &mut out.times[from..], &mut out.values[from..]);
    if floats.goes_on() {
        let distance = floats.reader.uvarint();
        floats.stretch(distance as i64);
        floats.value = floats.window.read(&mut floats.reader, floats.value);
        floats.put(floats.value);
    }
    while floats.goes_on() {
        let bits = floats.reader.peek();
        match bits >> 61 {
            0b000 | 0b001 => floats.repeat(bits.leading_zeros().min(VALID) / 2, 2),
            0b010 => floats.keep_window(0b010),
            _ => read(&mut floats, bits),
        }
    }
    let read = floats.finish()?;
    out.truncate(from + read);
    Ok(())
}

/// Any sample: `0` as far away as the one before, or by how much further, then the value.
#[inline(always)]
fn read(floats: &mut Floats<'_>, control: u64) {
    let reader = &mut floats.reader;
    let mut bits = control << 1;
    if control >> 63 == 0 {
        reader.skip(1);
    } else {
        let change = read_change(reader, control);
        bits = reader.peek();
        floats.stretch(change);
    }
    floats.value = floats.window.read_from(&mut floats.reader, bits, floats.value);
    floats.put(floats.value);
}

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
