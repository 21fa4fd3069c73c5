//! The block format of snappy, as remote read uses it. Reading is complete; writing stores, which every reader takes.

/// Blocks that claim to be larger are refused before memory is taken.
const LARGEST: usize = 1 << 30;

/// Packs bytes as literals: our requests are too small to gain from more.
pub(crate) fn store(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + bytes.len() / 60 + 8);
    let mut length = bytes.len();
    while length >= 0x80 {
        out.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    out.push((length & 0x7f) as u8);
    for chunk in bytes.chunks(60) {
        out.push(((chunk.len() - 1) << 2) as u8);
        out.extend_from_slice(chunk);
    }
    out
}

/// Unpacks a block; `None` if it is broken.
pub(crate) fn unpack(mut input: &[u8]) -> Option<Vec<u8>> {
    let length = header(&mut input)?;
    // A literal byte or a copy of at most 64 bytes a byte of input: more cannot come out.
    if length > LARGEST || length > input.len().saturating_mul(64) {
        return None;
    }
    let mut out = Vec::with_capacity(length);
    while let Some((&tag, rest)) = input.split_first() {
        input = rest;
        let small = usize::from(tag >> 2);
        let (size, offset) = match tag & 3 {
            0 => {
                let size = if small < 60 { small } else { number(&mut input, small - 59)? } + 1;
                out.extend_from_slice(take(&mut input, size)?);
                continue;
            }
            1 => (4 + (small & 7), usize::from(tag >> 5) << 8 | number(&mut input, 1)?),
            2 => (small + 1, number(&mut input, 2)?),
            _ => (small + 1, number(&mut input, 4)?),
        };
        let from = out.len().checked_sub(offset).filter(|_| offset > 0)?;
        // The copy may overlap what it writes.
        for at in from..from + size {
            out.push(out[at]);
        }
        if out.len() > length {
            return None;
        }
    }
    (out.len() == length).then_some(out)
}

fn header(input: &mut &[u8]) -> Option<usize> {
    let mut value = 0_usize;
    for shift in (0..32).step_by(7) {
        let byte = *take(input, 1)?.first()?;
        value |= usize::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

/// A little-endian number of `size` bytes.
fn number(input: &mut &[u8], size: usize) -> Option<usize> {
    Some(take(input, size)?.iter().rev().fold(0, |value, byte| value << 8 | usize::from(*byte)))
}

fn take<'a>(input: &mut &'a [u8], size: usize) -> Option<&'a [u8]> {
    let (head, tail) = input.split_at_checked(size)?;
    *input = tail;
    Some(head)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_comes_back() {
        for size in [0, 1, 59, 60, 61, 200, 70_000] {
            let bytes: Vec<u8> = (0..size).map(|at| (at % 251) as u8).collect();
            assert_eq!(unpack(&store(&bytes)), Some(bytes));
        }
    }

    #[test]
    fn copies_repeat_what_was_written() {
        // "ab", then 8 bytes from 2 back.
        assert_eq!(unpack(&[10, 4, b'a', b'b', 4 << 2 | 1, 2]).as_deref(), Some(b"ababababab".as_slice()));
        assert_eq!(unpack(&[5, 0, b'x', 3 << 2 | 2, 1, 0]).as_deref(), Some(b"xxxxx".as_slice()));
    }

    #[test]
    fn broken_blocks_are_refused() {
        let broken: [&[u8]; 6] =
            [&[], &[0x80], &[5, 0], &[200, 1, 0, b'x'], &[2, 0, b'x', 1, 9], &[0xff, 0xff, 0xff, 0xff, 0x0f]];
        for block in broken {
            assert_eq!(unpack(block), None, "{block:?}");
        }
    }
}
