//! Runs of samples whose values differ inside one window. As long as nothing else happens they lie at a fixed stride,
//! several of them in a word if the window is narrow: these are told apart and asked whether the run goes on at once.

use super::reader::{BitReader, VALID};
use super::window::Window;

/// The most samples that are written at once, the last ones perhaps behind the end of the run.
pub(super) const GROUP: usize = 4;

/// Where a run begins.
#[derive(Clone, Copy)]
pub(super) struct Run<'a> {
    pub(super) reader: BitReader<'a>,
    /// The three bits before each difference.
    pub(super) control: u64,
    pub(super) window: Window,
    /// The bits of the value before.
    pub(super) value: u64,
}

impl Run<'_> {
    /// The bits of a sample.
    #[inline(always)]
    pub(super) fn stride(&self) -> u32 {
        3 + self.window.width()
    }

    /// Reads up to `most` samples, of which the first one is known to belong to the run, and tells how many there
    /// are. Behind them there is room for a group.
    ///
    /// It is called, not inlined, because its constants would be made ready wherever a run may begin.
    #[inline(never)]
    pub(super) fn read(self, most: usize, values: &mut [f64]) -> usize {
        match self.stride() {
            stride if stride * 4 <= VALID => self.read_groups::<4>(most, values),
            stride if stride * 2 <= VALID => self.read_groups::<2>(most, values),
            stride if stride <= VALID => self.read_groups::<1>(most, values),
            _ => self.read_wide(most, values),
        }
    }

    /// `N` samples lie in a word. It is turned so that the differences come to lie where they belong, one after the
    /// other.
    #[inline(always)]
    fn read_groups<const N: usize>(self, most: usize, values: &mut [f64]) -> usize {
        let (stride, mask) = (self.stride(), self.window.mask());
        let turn = self.window.leading().wrapping_sub(3);
        let ones = (0..N as u32).fold(0u64, |ones, nth| ones | 1 << 61 >> (nth * stride));
        let [wanted, asked] = [self.control, 0b111].map(|bits| (ones * bits).rotate_right(turn));
        let (mut value, mut taken, mut behind) = (self.value, 0, 0);
        for group in values[..most.next_multiple_of(N)].as_chunks_mut::<N>().0 {
            let mut word = self.reader.peek_behind(behind).rotate_right(turn);
            let others = (word ^ wanted) & asked;
            for slot in group {
                value ^= word & mask;
                *slot = f64::from_bits(value);
                word = word.rotate_left(stride);
            }
            if others != 0 {
                let zeros = others.rotate_left(turn).leading_zeros();
                taken += (1..N as u32).filter(|nth| zeros >= nth * stride).count();
                break;
            }
            taken += N;
            behind += N as u32 * stride;
        }
        taken.min(most)
    }

    /// A sample does not fit into a word.
    #[inline(always)]
    fn read_wide(self, most: usize, values: &mut [f64]) -> usize {
        let (mut value, mut behind) = (self.value, 0);
        for (nth, slot) in values[..most].iter_mut().enumerate() {
            if self.reader.peek_behind(behind) >> 61 != self.control {
                return nth;
            }
            value ^=
                self.reader.peek_wide(behind + 3) >> (64 - self.window.width()) << self.window.trailing();
            *slot = f64::from_bits(value);
            behind += self.stride();
        }
        most
    }
}
