//! Reading bits, first bit first.

/// Reads bits from bytes. Behind the end zeros are read; [`BitReader::is_overrun`] tells it afterwards, which keeps
/// checks out of loops whose length is known.
///
/// What changes is a position only: where widths are foreseen, no read has to wait for the one before. All of it is
/// inlined and calls nothing, so that the position and what its users keep beside it stay in registers.
#[derive(Clone, Copy)]
pub(super) struct BitReader<'a> {
    bytes: &'a [u8],
    /// The number of the next bit.
    at: usize,
    failed: bool,
    /// The last eight bytes, and the number of the first of them.
    last: (u64, usize),
}

/// So many bits of a word that was peeked at are valid.
pub(super) const VALID: u32 = 57;

impl<'a> BitReader<'a> {
    #[inline(always)]
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        let last = match bytes.last_chunk::<8>() {
            Some(last) => (u64::from_be_bytes(*last), bytes.len() - 8),
            None => (bytes.iter().rev().fold(0, |word, &byte| word >> 8 | u64::from(byte) << 56), 0),
        };
        BitReader { bytes, at: 0, failed: false, last }
    }

    /// Eight bytes from `next` on, zeros behind the end.
    #[inline(always)]
    fn word(&self, next: usize) -> u64 {
        match self.bytes.get(next..next + 8).and_then(<[u8]>::first_chunk::<8>) {
            Some(word) => u64::from_be_bytes(*word),
            None => {
                let (last, first) = self.last;
                let behind = (next - first) * 8;
                if behind < 64 { last << behind } else { 0 }
            }
        }
    }

    /// The next [`VALID`] bits at the top of a word, what follows them undefined.
    #[inline(always)]
    pub(super) fn peek(&self) -> u64 {
        self.peek_behind(0)
    }

    /// As [`BitReader::peek`], behind the next `skipped` bits.
    #[inline(always)]
    pub(super) fn peek_behind(&self, skipped: u32) -> u64 {
        let at = self.at + skipped as usize;
        self.word(at >> 3) << (at & 7)
    }

    /// 64 bits behind the next `skipped` ones.
    #[inline(always)]
    pub(super) fn peek_wide(&self, skipped: u32) -> u64 {
        let at = self.at + skipped as usize;
        let (next, shift) = (at >> 3, at & 7);
        let ninth = self.bytes.get(next + 8).copied().unwrap_or(0);
        self.word(next) << shift | u64::from(ninth) >> (8 - shift)
    }

    /// Leaves out bits that were peeked at.
    #[inline(always)]
    pub(super) fn skip(&mut self, count: u32) {
        self.at += count as usize;
    }

    /// The next 1 to [`VALID`] bits as a number.
    #[inline(always)]
    pub(super) fn read(&mut self, count: u32) -> u64 {
        let bits = self.peek() >> (64 - count);
        self.skip(count);
        bits
    }

    /// Leaves out zeros, up to a number of them, and says how many there were. May stop before a zero behind many.
    #[inline(always)]
    pub(super) fn skip_zeros(&mut self, most: usize) -> usize {
        let zeros = (self.peek().leading_zeros().min(VALID) as usize).min(most);
        self.at += zeros;
        zeros
    }

    /// The next 1 to 64 bits as a number.
    #[inline(always)]
    pub(super) fn read_wide(&mut self, count: u32) -> u64 {
        if count <= VALID {
            self.read(count)
        } else {
            let bits = self.peek_wide(0) >> (64 - count);
            self.skip(count);
            bits
        }
    }

    /// A number in groups of seven bits, lowest first.
    #[inline(always)]
    pub(super) fn uvarint(&mut self) -> u64 {
        let mut value = 0;
        for shift in (0..70).step_by(7) {
            let byte = self.read(8);
            value |= (byte & 0x7f).wrapping_shl(shift);
            if byte < 0x80 {
                return value;
            }
        }
        self.fail();
        0
    }

    /// A number with a sign, in groups of seven bits.
    #[inline(always)]
    pub(super) fn varint(&mut self) -> i64 {
        let value = self.uvarint();
        (value >> 1) as i64 ^ -((value & 1) as i64)
    }

    /// Counts as read behind the end from now on.
    #[inline(always)]
    pub(super) fn fail(&mut self) {
        self.failed = true;
    }

    /// True if more was read than there is.
    #[inline(always)]
    pub(super) fn is_overrun(&self) -> bool {
        self.failed || self.at > self.bytes.len() * 8
    }

    /// Bits that are left, roughly: no fewer than there are.
    pub(super) fn left(&self) -> usize {
        (self.bytes.len() * 8).saturating_sub(self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_come_in_order_and_end_in_zeros() {
        let bytes: Vec<u8> = (1..=20).collect();
        let mut reader = BitReader::new(&bytes);
        assert_eq!(reader.read(8), 1);
        assert_eq!(reader.read(4), 0);
        assert_eq!(reader.read_wide(64), 0x2030_4050_6070_8090);
        assert_eq!(reader.read_wide(57), 0xa0b_0c0d_0e0f_1011 >> 3);
        assert!(!reader.is_overrun());
        assert_eq!(reader.read(27), 0x112_1314);
        assert!(!reader.is_overrun());
        assert_eq!(reader.read(1), 0);
        assert!(reader.is_overrun());
    }

    #[test]
    fn numbers_that_never_end_are_broken() {
        let mut reader = BitReader::new(&[0x80; 30]);
        reader.uvarint();
        assert!(reader.is_overrun());
        assert_eq!(BitReader::new(&[0x83, 0x01]).varint(), -66);
    }
}
