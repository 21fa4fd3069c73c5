//! Presence bits: whole words a row, bit `i` of word `i / 64`. Bits past the row's length are zero.

/// The number of words for `len` bits.
#[must_use]
pub fn words(len: usize) -> usize {
    len.div_ceil(64)
}

/// Reads bit `index`.
#[inline]
#[must_use]
pub fn get(bits: &[u64], index: usize) -> bool {
    bits[index / 64] >> (index % 64) & 1 == 1
}

/// Sets bit `index`.
#[inline]
pub fn set(bits: &mut [u64], index: usize) {
    bits[index / 64] |= 1 << (index % 64);
}

/// Clears bit `index`.
#[inline]
pub fn clear(bits: &mut [u64], index: usize) {
    bits[index / 64] &= !(1 << (index % 64));
}

/// Sets the first `len` bits and clears the rest.
pub fn fill(bits: &mut [u64], len: usize) {
    for (word, slot) in bits.iter_mut().enumerate() {
        let left = len.saturating_sub(word * 64);
        *slot = if left >= 64 { u64::MAX } else { (1u64 << left) - 1 };
    }
}

/// True if the first `len` bits are all set.
#[must_use]
pub fn all(bits: &[u64], len: usize) -> bool {
    let (full, rest) = (len / 64, len % 64);
    bits[..full].iter().all(|&word| word == u64::MAX) && (rest == 0 || bits[full] == (1u64 << rest) - 1)
}

/// True if any bit is set.
#[must_use]
pub fn any(bits: &[u64]) -> bool {
    bits.iter().any(|&word| word != 0)
}

/// The number of set bits.
#[must_use]
pub fn count(bits: &[u64]) -> usize {
    bits.iter().map(|word| word.count_ones() as usize).sum()
}

/// The indexes of the set bits in ascending order.
pub fn iter(bits: &[u64]) -> impl Iterator<Item = usize> {
    bits.iter().enumerate().flat_map(|(index, &word)| {
        std::iter::successors((word != 0).then_some(word), |rest| {
            let rest = rest & (rest - 1);
            (rest != 0).then_some(rest)
        })
        .map(move |rest| index * 64 + rest.trailing_zeros() as usize)
    })
}

/// The first index set in both.
#[must_use]
pub fn first_common(a: &[u64], b: &[u64]) -> Option<usize> {
    a.iter()
        .zip(b)
        .position(|(a, b)| a & b != 0)
        .map(|word| word * 64 + (a[word] & b[word]).trailing_zeros() as usize)
}

/// Adds the bits of `other`.
pub fn union(bits: &mut [u64], other: &[u64]) {
    for (bits, other) in bits.iter_mut().zip(other) {
        *bits |= other;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_past_the_length_stay_clear() {
        for len in [0, 1, 63, 64, 65, 130] {
            let mut bits = vec![u64::MAX; words(len)];
            fill(&mut bits, len);
            assert_eq!(count(&bits), len);
            assert!(all(&bits, len));
            assert_eq!(iter(&bits).collect::<Vec<_>>(), (0..len).collect::<Vec<_>>());
        }
    }

    #[test]
    fn one_clear_bit_is_noticed() {
        let mut bits = vec![0; words(70)];
        fill(&mut bits, 70);
        clear(&mut bits, 69);
        assert!(!all(&bits, 70));
        assert!(!get(&bits, 69) && get(&bits, 68));
        set(&mut bits, 69);
        assert!(all(&bits, 70));
        assert_eq!(first_common(&bits, &[0, 0b100]), Some(66));
    }
}
