//! Numbers in a few bits when they are small: a prefix of ones tells the width.

use super::reader::BitReader;
use super::writer::BitWriter;

/// Widths behind 0 to 8 ones, a zero behind all but the last prefix.
const WIDTHS: [u32; 9] = [0, 3, 6, 9, 12, 18, 25, 56, 64];

/// The width that the prefix tells. Most numbers are 0, and a branch is foreseen where a table would be waited for.
#[inline(always)]
fn width(reader: &mut BitReader<'_>) -> u32 {
    let prefix = reader.peek();
    if prefix >> 63 == 0 {
        reader.skip(1);
        return 0;
    }
    let ones = (prefix >> 56 << 56).leading_ones();
    reader.skip((ones + 1).min(8));
    WIDTHS[ones as usize]
}

#[inline(always)]
pub(super) fn read_unsigned(reader: &mut BitReader<'_>) -> u64 {
    match width(reader) {
        0 => 0,
        width => reader.read_wide(width),
    }
}

#[inline(always)]
pub(super) fn read_signed(reader: &mut BitReader<'_>) -> i64 {
    match width(reader) {
        0 => 0,
        width => signed(reader.read_wide(width), width),
    }
}

/// Of a number of `width` bits: the highest positive one is one larger than two's complement has it. Signs are not
/// foreseen, so there is no branch.
#[inline(always)]
pub(super) fn signed(bits: u64, width: u32) -> i64 {
    let unused = 64 - width;
    (((bits.wrapping_sub(1) << unused) as i64) >> unused).wrapping_add(1)
}

/// True if [`signed`] can tell the number in so many bits.
pub(super) fn fits(value: i64, width: u32) -> bool {
    width >= 64 || -((1 << (width - 1)) - 1) <= value && value <= 1 << (width - 1)
}

pub(super) fn write_unsigned(writer: &mut BitWriter, value: u64) {
    let at = WIDTHS.iter().position(|&width| width >= u64::BITS - value.leading_zeros());
    write(writer, value, at);
}

pub(super) fn write_signed(writer: &mut BitWriter, value: i64) {
    let at = if value == 0 { Some(0) } else { (1..WIDTHS.len()).find(|&at| fits(value, WIDTHS[at])) };
    write(writer, value as u64, at);
}

fn write(writer: &mut BitWriter, value: u64, at: Option<usize>) {
    let at = at.unwrap_or(WIDTHS.len() - 1);
    if at < WIDTHS.len() - 1 {
        writer.write((1 << (at + 1)) - 2, at as u32 + 1);
    } else {
        writer.write(0xff, 8);
    }
    writer.write(value, WIDTHS[at]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let edges = |width: u32| [(1i64 << (width - 1)) - 1, 1 << (width - 1), (1 << (width - 1)) + 1];
        let mut values = vec![0, 1, -1, i64::MAX, i64::MIN];
        for width in WIDTHS.into_iter().filter(|width| (1..64).contains(width)) {
            values.extend(edges(width));
            values.extend(edges(width).map(|value| -value));
        }
        let mut writer = BitWriter::default();
        for &value in &values {
            write_signed(&mut writer, value);
            write_unsigned(&mut writer, value as u64);
        }
        let bytes = writer.finish();
        let mut reader = BitReader::new(&bytes);
        for &value in &values {
            assert_eq!(read_signed(&mut reader), value);
            assert_eq!(read_unsigned(&mut reader), value as u64);
        }
        assert!(!reader.is_overrun());
    }

    #[test]
    fn small_numbers_take_few_bits() {
        for (value, bytes) in
            [(0, &[0u8][..]), (4, &[0b1010_0000]), (-3, &[0b1010_1000]), (5, &[0b1100_0010, 0b1000_0000])]
        {
            let mut writer = BitWriter::default();
            write_signed(&mut writer, value);
            assert_eq!(writer.finish(), bytes, "{value}");
        }
    }
}
