//! Writing bits, first bit first.

/// Gathers bits into bytes.
#[derive(Default)]
pub(super) struct BitWriter {
    bytes: Vec<u8>,
    /// Bits that are free in the last byte.
    free: u32,
}

impl BitWriter {
    /// Starts behind some bytes.
    pub(super) fn behind(header: &[u8]) -> Self {
        BitWriter { bytes: header.to_vec(), free: 0 }
    }

    /// Writes the lowest `count` bits, up to 64.
    pub(super) fn write(&mut self, bits: u64, count: u32) {
        for at in (0..count).rev() {
            if self.free == 0 {
                self.bytes.push(0);
                self.free = 8;
            }
            self.free -= 1;
            if let Some(last) = self.bytes.last_mut() {
                *last |= ((bits >> at & 1) as u8) << self.free;
            }
        }
    }

    pub(super) fn uvarint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.write(value & 0x7f | 0x80, 8);
            value >>= 7;
        }
        self.write(value, 8);
    }

    pub(super) fn varint(&mut self, value: i64) {
        self.uvarint((value << 1 ^ value >> 63) as u64);
    }

    /// The bytes from the start, for headers that are known late.
    pub(super) fn header(&mut self) -> &mut [u8] {
        &mut self.bytes
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.bytes
    }
}
