//! The wire format of protocol buffers: fields by number. What they mean, `remote_read` knows.

/// A field's value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Wire<'a> {
    Varint(u64),
    Fixed64(u64),
    Bytes(&'a [u8]),
    Fixed32(u32),
}

/// A message was cut off or is none.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Broken;

/// The fields of a message in order.
pub(crate) struct Fields<'a>(pub(crate) &'a [u8]);

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u64, Wire<'a>), Broken>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_none() {
            self.0 = &[];
        }
        Some(field.ok_or(Broken))
    }
}

impl<'a> Fields<'a> {
    fn field(&mut self) -> Option<(u64, Wire<'a>)> {
        let key = self.varint()?;
        let wire = match key & 7 {
            0 => Wire::Varint(self.varint()?),
            1 => Wire::Fixed64(u64::from_le_bytes(self.take(8)?.try_into().ok()?)),
            2 => {
                let length = usize::try_from(self.varint()?).ok()?;
                Wire::Bytes(self.take(length)?)
            }
            5 => Wire::Fixed32(u32::from_le_bytes(self.take(4)?.try_into().ok()?)),
            _ => return None,
        };
        Some((key >> 3, wire))
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.take(1)?[0];
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    fn take(&mut self, size: usize) -> Option<&'a [u8]> {
        let (head, tail) = self.0.split_at_checked(size)?;
        self.0 = tail;
        Some(head)
    }
}

impl<'a> Wire<'a> {
    /// An unsigned number; 0 for a field of another type.
    pub(crate) fn uint(self) -> u64 {
        match self {
            Wire::Varint(value) | Wire::Fixed64(value) => value,
            Wire::Fixed32(value) => value.into(),
            Wire::Bytes(_) => 0,
        }
    }

    /// A signed number in two's complement.
    pub(crate) fn int(self) -> i64 {
        self.uint().cast_signed()
    }

    /// A signed number in zigzag form.
    pub(crate) fn zigzag(self) -> i64 {
        unzigzag(self.uint())
    }

    /// A float.
    pub(crate) fn double(self) -> f64 {
        f64::from_bits(self.uint())
    }

    /// The bytes of a text or a message; none for a field of another type.
    pub(crate) fn bytes(self) -> &'a [u8] {
        match self {
            Wire::Bytes(bytes) => bytes,
            _ => &[],
        }
    }

    /// Adds the floats of a repeated field, packed or not.
    pub(crate) fn doubles(self, out: &mut Vec<f64>) {
        match self {
            Wire::Bytes(bytes) => out.extend(
                bytes.as_chunks::<8>().0.iter().map(|chunk| f64::from_bits(u64::from_le_bytes(*chunk))),
            ),
            _ => out.push(self.double()),
        }
    }

    /// Adds the zigzag numbers of a repeated field, packed or not.
    pub(crate) fn zigzags(self, out: &mut Vec<i64>) -> Result<(), Broken> {
        match self {
            Wire::Bytes(bytes) => {
                let mut fields = Fields(bytes);
                while !fields.0.is_empty() {
                    out.push(unzigzag(fields.varint().ok_or(Broken)?));
                }
            }
            _ => out.push(self.zigzag()),
        }
        Ok(())
    }
}

fn unzigzag(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ -(value & 1).cast_signed()
}

/// Adds a number as field `number`.
pub(crate) fn put_int(out: &mut Vec<u8>, number: u8, value: i64) {
    out.push(number << 3);
    put_varint(out, value.cast_unsigned());
}

/// Adds a text or a message as field `number`.
pub(crate) fn put_bytes(out: &mut Vec<u8>, number: u8, bytes: &[u8]) {
    out.push(number << 3 | 2);
    put_varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_come_back() {
        let mut out = Vec::new();
        put_int(&mut out, 1, -1);
        put_int(&mut out, 2, 300);
        put_bytes(&mut out, 3, b"abc");
        let fields: Vec<_> = Fields(&out).map(Result::unwrap).collect();
        assert_eq!(fields[0].1.int(), -1);
        assert_eq!((fields[1].0, fields[1].1.int()), (2, 300));
        assert_eq!(fields[2].1.bytes(), b"abc");
    }

    #[test]
    fn zigzag_alternates() {
        assert_eq!([0, 1, 2, 3, u64::MAX].map(unzigzag), [0, -1, 1, -2, i64::MIN]);
    }

    #[test]
    fn what_breaks_off_is_broken() {
        for bytes in [&[0x08_u8][..], &[0x1a, 5, 1], &[0x09, 1, 2], &[0x0b], &[0xff; 12]] {
            assert_eq!(Fields(bytes).last(), Some(Err(Broken)), "{bytes:?}");
        }
    }
}
