//! Floats: differences of differences of times, values as the bits that differ.

use super::reader::BitReader;
use super::varbit::{fits, signed};
use super::window::Window;
use super::writer::BitWriter;
use super::{ChunkError, count};
use crate::source::Column;

/// Widths of the difference of differences behind 1 to 4 ones; none behind a zero.
const WIDTHS: [u32; 4] = [14, 17, 20, 64];

pub(super) fn decode(bytes: &[u8], out: &mut Column<f64>) -> Result<(), ChunkError> {
    let (count, body) = count(bytes)?;
    let count = usize::from(count);
    if count == 0 {
        return Ok(());
    }
    let from = out.times.len();
    let mut reader = BitReader::new(body);
    let mut time = reader.varint();
    let mut value = reader.read_wide(64);
    if reader.is_overrun() {
        return Err(ChunkError::Truncated(count));
    }
    out.times.resize(from + count, time);
    out.values.resize(from + count, f64::from_bits(value));
    if !out.starts.is_empty() {
        out.starts.resize(from + count, 0);
    }
    let mut window = Window::default();
    let mut delta = 0i64;
    let mut ascends = true;
    let samples = out.times[from..].iter_mut().zip(&mut out.values[from..]).skip(1);
    for (nth, (out_time, out_value)) in samples.enumerate() {
        let mut bits = reader.peek();
        if nth == 0 {
            delta = reader.uvarint() as i64;
            bits = reader.peek();
        } else if bits >> 63 == 0 {
            reader.skip(1);
            bits <<= 1;
        } else {
            delta = delta.wrapping_add(read_change(&mut reader, bits));
            bits = reader.peek();
        }
        let next = time.wrapping_add(delta);
        ascends &= next > time;
        time = next;
        value = window.read_from(&mut reader, bits, value);
        *out_time = time;
        *out_value = f64::from_bits(value);
    }
    if reader.is_overrun() {
        return Err(ChunkError::Truncated(count));
    }
    if !ascends {
        return Err(disordered(&out.times[from..]));
    }
    Ok(())
}

#[inline(always)]
fn read_change(reader: &mut BitReader<'_>, control: u64) -> i64 {
    let ones = control.leading_ones().min(4);
    reader.skip((ones + 1).min(4));
    let width = WIDTHS[ones as usize - 1];
    signed(reader.read_wide(width), width)
}

/// Where times do not ascend.
#[cold]
pub(super) fn disordered(times: &[i64]) -> ChunkError {
    ChunkError::Disordered(times.windows(2).position(|pair| pair[0] >= pair[1]).map_or(0, |at| at + 2))
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
