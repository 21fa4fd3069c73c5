//! Packed records of a write-ahead log.

use ruzstd::decoding::{FrameDecoder, StreamingDecoder};
use std::io::Read;

const SNAPPY: u8 = 1 << 3;
const ZSTD: u8 = 1 << 4;
/// A segment has no more bytes, and no record was meant to be longer.
const LONGEST: usize = 128 << 20;
/// No snappy block grows by more than this.
const MOST_GROWTH: usize = 64;
/// How far back a zstd frame may refer; what Prometheus writes needs no more.
const WINDOW: u64 = 8 << 20;

/// Unpacks one record after the other, in the same memory.
#[derive(Default)]
pub(super) struct Unpacker {
    zstd: FrameDecoder,
    snappy: snap::raw::Decoder,
    bytes: Vec<u8>,
}

impl Unpacker {
    /// The record as it was before it was packed; `flags` stand before its fragments.
    pub(super) fn unpack<'a>(&'a mut self, record: &'a [u8], flags: u8) -> Result<&'a [u8], String> {
        if flags & SNAPPY != 0 {
            self.snappy(record).map_err(|error| error.to_string())
        } else if flags & ZSTD != 0 {
            self.zstd(record).map_err(|error| format!("zstd: {error}"))
        } else {
            Ok(record)
        }
    }

    fn snappy(&mut self, record: &[u8]) -> Result<&[u8], Box<dyn std::error::Error>> {
        let len = snap::raw::decompress_len(record)?;
        if len > LONGEST.min(record.len().saturating_mul(MOST_GROWTH)) {
            return Err(format!("a record of {} bytes claims to hold {len}", record.len()).into());
        }
        self.bytes.resize(len, 0);
        self.snappy.decompress(record, &mut self.bytes)?;
        Ok(&self.bytes)
    }

    fn zstd(&mut self, mut record: &[u8]) -> Result<&[u8], Box<dyn std::error::Error>> {
        self.zstd.set_max_window_size(WINDOW);
        self.bytes.clear();
        let stream = StreamingDecoder::new_with_decoder(&mut record, &mut self.zstd)?;
        stream.take(LONGEST as u64 + 1).read_to_end(&mut self.bytes)?;
        if self.bytes.len() > LONGEST {
            return Err(format!("the record holds more than {LONGEST} bytes").into());
        }
        if !record.is_empty() {
            return Err(format!("{} bytes are behind the record", record.len()).into());
        }
        Ok(&self.bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &[u8] = b"abcabcabcabcabcabc";

    /// A frame of one raw block, and one of a block that repeats a byte.
    fn raw(text: &[u8]) -> Vec<u8> {
        let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd, 0x20, text.len() as u8];
        frame.extend(&((text.len() as u32) << 3 | 1).to_le_bytes()[..3]);
        frame.extend(text);
        frame
    }

    #[test]
    fn records_come_back() {
        let mut unpacker = Unpacker::default();
        let snappy = snap::raw::Encoder::new().compress_vec(TEXT).unwrap();
        for (record, flags) in [(TEXT, 1), (&*snappy, SNAPPY | 1), (&*raw(TEXT), ZSTD | 4), (TEXT, 2)] {
            assert_eq!(unpacker.unpack(record, flags).unwrap(), TEXT);
        }
        assert_eq!(unpacker.unpack(&raw(b""), ZSTD).unwrap(), b"");
    }

    #[test]
    fn what_is_no_record_is_told() {
        let mut unpacker = Unpacker::default();
        let mut error = |record: &[u8], flags| unpacker.unpack(record, flags).unwrap_err();
        assert!(error(TEXT, ZSTD).starts_with("zstd: "));
        assert!(error(&raw(TEXT)[..15], ZSTD).starts_with("zstd: "));
        assert!(error(b"", ZSTD).starts_with("zstd: "));
        assert_eq!(error(&[&*raw(TEXT), b"xx"].concat(), ZSTD), "zstd: 2 bytes are behind the record");
        assert_eq!(error(b"\xff\xff\xff\x07x", SNAPPY), "a record of 5 bytes claims to hold 16777215");
    }

    #[test]
    fn a_record_cannot_claim_all_memory() {
        // Blocks of 128 KiB of one byte, four bytes each, and a window that is too long.
        let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x40];
        for _ in 0..LONGEST / (128 << 10) + 9 {
            frame.extend([0x02, 0x00, 0x10, b'x']);
        }
        let mut unpacker = Unpacker::default();
        assert!(unpacker.unpack(&frame, ZSTD).unwrap_err().contains("more than"));
        frame[5] = 0xf0;
        assert!(unpacker.unpack(&frame, ZSTD).is_err());
        assert_eq!(unpacker.unpack(&raw(TEXT), ZSTD).unwrap(), TEXT);
    }
}
