//! Reading numbers and texts from bytes of a file, each length checked.

use super::error::TsdbError;
use std::path::Path;

/// True if the bytes have this CRC-32C.
pub(super) fn is_sound(bytes: &[u8], stored: u32) -> bool {
    #[cfg(test)]
    if super::tests::TRUSTING.get() {
        return true;
    }
    crc32c::crc32c(bytes) == stored
}

/// A place in bytes of a file.
#[derive(Clone, Copy)]
pub(super) struct Cursor<'a> {
    path: &'a Path,
    bytes: &'a [u8],
    at: usize,
    /// Where in the file `bytes` begin.
    base: u64,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(path: &'a Path, bytes: &'a [u8], base: u64) -> Self {
        Cursor { path, bytes, at: 0, base }
    }

    /// The place in the file.
    pub(super) fn offset(&self) -> u64 {
        self.base + self.at as u64
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.at == self.bytes.len()
    }

    /// How many bytes are left.
    pub(super) fn left(&self) -> usize {
        self.bytes.len() - self.at
    }

    #[cold]
    pub(super) fn corrupt(&self, found: impl Into<String>) -> TsdbError {
        TsdbError::Corrupt { path: self.path.to_owned(), offset: self.offset(), found: found.into() }
    }

    /// The next `len` bytes.
    pub(super) fn take(&mut self, len: usize) -> Result<&'a [u8], TsdbError> {
        match self.at.checked_add(len).and_then(|end| self.bytes.get(self.at..end)) {
            Some(bytes) => {
                self.at += len;
                Ok(bytes)
            }
            None => Err(self.corrupt(format!("{len} bytes are expected, {} are left", self.left()))),
        }
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], TsdbError> {
        let bytes = self.take(N)?;
        Ok(bytes.try_into().expect("as many bytes were taken"))
    }

    pub(super) fn u8(&mut self) -> Result<u8, TsdbError> {
        Ok(self.array::<1>()?[0])
    }

    pub(super) fn u16(&mut self) -> Result<u16, TsdbError> {
        self.array().map(u16::from_be_bytes)
    }

    pub(super) fn u32(&mut self) -> Result<u32, TsdbError> {
        self.array().map(u32::from_be_bytes)
    }

    pub(super) fn u64(&mut self) -> Result<u64, TsdbError> {
        self.array().map(u64::from_be_bytes)
    }

    pub(super) fn i64(&mut self) -> Result<i64, TsdbError> {
        self.array().map(i64::from_be_bytes)
    }

    pub(super) fn f64(&mut self) -> Result<f64, TsdbError> {
        self.u64().map(f64::from_bits)
    }

    /// A number in groups of seven bits, lowest first.
    #[inline(always)]
    pub(super) fn uvarint(&mut self) -> Result<u64, TsdbError> {
        let mut value = 0;
        for (nth, &byte) in self.bytes[self.at..].iter().take(10).enumerate() {
            value |= u64::from(byte & 0x7f) << (7 * nth);
            if byte < 0x80 {
                self.at += nth + 1;
                return Ok(value);
            }
        }
        Err(self.corrupt("a number does not end"))
    }

    /// A number with a sign.
    #[inline(always)]
    pub(super) fn varint(&mut self) -> Result<i64, TsdbError> {
        let value = self.uvarint()?;
        Ok((value >> 1) as i64 ^ -((value & 1) as i64))
    }

    /// A number of things that take at least `size` bytes each.
    pub(super) fn count(&mut self, size: usize) -> Result<usize, TsdbError> {
        let count = self.uvarint()?;
        match usize::try_from(count) {
            Ok(fitting) if fitting <= self.left() / size => Ok(fitting),
            _ => Err(self.corrupt(format!("there is no room for {count} entries"))),
        }
    }

    /// A text behind its length.
    pub(super) fn text(&mut self) -> Result<&'a str, TsdbError> {
        let len = self.count(1)?;
        let bytes = self.take(len)?;
        std::str::from_utf8(bytes).map_err(|_| self.corrupt("a text is not UTF-8"))
    }

    /// The next `len` bytes, held to the CRC-32C behind them.
    pub(super) fn checked(&mut self, len: usize) -> Result<Cursor<'a>, TsdbError> {
        let (start, mut whole) = (self.at, *self);
        let bytes = whole.take(len)?;
        let stored = whole.u32()?;
        if !is_sound(bytes, stored) {
            return Err(self.corrupt(format!("the checksum of {len} bytes is wrong")));
        }
        *self = whole;
        Ok(Cursor::new(self.path, bytes, self.base + start as u64))
    }

    /// A section: its length in four bytes, that many bytes, their checksum.
    pub(super) fn section(&mut self) -> Result<Cursor<'a>, TsdbError> {
        let len = self.u32()? as usize;
        self.checked(len)
    }
}
