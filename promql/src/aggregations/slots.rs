//! The groups that one partial has met. A morsel touches few of possibly many groups, so everything a partial holds is
//! kept by slot: a small number given to a group when it first shows a sample.

use super::groups::number;
use crate::column::bits;
use hashbrown::HashTable;
use smallvec::SmallVec;

/// Groups by slot, in the order in which they first showed a sample.
#[derive(Debug, Default)]
pub(super) struct Slots {
    groups: SmallVec<[u32; FEW]>,
    table: HashTable<u32>,
    last: usize,
}

/// So many groups are looked through, more are looked up.
const FEW: usize = 8;

impl Slots {
    /// The slot of a group, and whether it is new. Neighbouring rows often share a group: no search then.
    #[inline]
    pub(super) fn of(&mut self, group: u32) -> (usize, bool) {
        if self.groups.get(self.last) == Some(&group) {
            return (self.last, false);
        }
        let known = self.find(group);
        self.last = known.unwrap_or(self.groups.len());
        if known.is_none() {
            self.push(group);
        }
        (self.last, known.is_none())
    }

    fn find(&self, group: u32) -> Option<usize> {
        if self.groups.len() <= FEW {
            return self.groups.iter().position(|&known| known == group);
        }
        let same = |&slot: &u32| self.groups[slot as usize] == group;
        self.table.find(spread(group), same).map(|&slot| slot as usize)
    }

    fn push(&mut self, group: u32) {
        self.groups.push(group);
        let len = self.groups.len();
        let unlisted = match len {
            ..=FEW => return,
            _ if self.table.is_empty() => 0..len,
            _ => len - 1..len,
        };
        let Slots { groups, table, .. } = self;
        for slot in unlisted {
            let rehash = |&slot: &u32| spread(groups[slot as usize]);
            table.insert_unique(spread(groups[slot]), number(slot), rehash);
        }
    }

    /// The groups by slot.
    pub(super) fn groups(&self) -> &[u32] {
        &self.groups
    }
}

fn spread(group: u32) -> u64 {
    u64::from(group).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(32)
}

/// How many samples a group has at each step: those of rows that are there at every step, and the others.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    dense: u32,
    gaps: Option<Box<[u32]>>,
}

impl Tally {
    /// True if there is no sample at all.
    pub(super) fn is_empty(&self) -> bool {
        self.dense == 0 && self.gaps.is_none()
    }

    /// Counts the samples of a row.
    pub(super) fn add(&mut self, present: &[u64], len: usize) {
        if bits::all(present, len) {
            self.dense += 1;
            return;
        }
        let gaps = self.gaps.get_or_insert_with(|| vec![0; len].into());
        for (word, &present) in present.iter().enumerate() {
            let counts = &mut gaps[word * 64..len.min(word * 64 + 64)];
            if present == u64::MAX {
                counts.iter_mut().for_each(|count| *count += 1);
            } else {
                bits::iter(&[present]).for_each(|bit| counts[bit] += 1);
            }
        }
    }

    /// Counts the samples of another tally.
    pub(super) fn join(&mut self, later: &Tally) {
        self.dense += later.dense;
        match (&mut self.gaps, &later.gaps) {
            (Some(own), Some(later)) => own.iter_mut().zip(later).for_each(|(own, later)| *own += later),
            (own @ None, Some(later)) => *own = Some(later.clone()),
            (_, None) => {}
        }
    }

    /// The number of samples at a step.
    #[inline]
    pub(super) fn at(&self, step: usize) -> u32 {
        self.dense + self.gaps.as_ref().map_or(0, |gaps| gaps[step])
    }

    /// Writes the numbers of samples from a step on.
    pub(super) fn copy(&self, first: usize, out: &mut [f64]) {
        match &self.gaps {
            None => out.fill(f64::from(self.dense)),
            Some(gaps) => {
                let counts = &gaps[first..][..out.len()];
                out.iter_mut().zip(counts).for_each(|(out, gaps)| *out = f64::from(self.dense + gaps));
            }
        }
    }

    /// The count that all steps share, if there was no row with gaps.
    pub(super) fn uniform(&self) -> Option<u32> {
        self.gaps.is_none().then_some(self.dense)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_follow_first_appearance() {
        let mut slots = Slots::default();
        let got: Vec<_> = [7, 7, 3, 7, 0, 3].into_iter().map(|group| slots.of(group)).collect();
        assert_eq!(got, [(0, true), (0, false), (1, true), (0, false), (2, true), (1, false)]);
        assert_eq!(slots.groups(), [7, 3, 0]);
        for group in 0..10_000 {
            slots.of(group);
        }
        assert_eq!(slots.groups().len(), 10_000);
        assert_eq!(slots.of(3), (1, false));
    }

    #[test]
    fn tallies_count_dense_rows_and_gaps() {
        let len = 70;
        let mut full = vec![0; 2];
        bits::fill(&mut full, len);
        let mut tally = Tally::default();
        tally.add(&full, len);
        assert_eq!(tally.uniform(), Some(1));
        tally.add(&[u64::MAX, 0b10], len);
        let mut other = Tally::default();
        other.add(&[1, 0], len);
        tally.join(&other);
        let got: Vec<u32> = [0, 1, 63, 64, 65].into_iter().map(|step| tally.at(step)).collect();
        assert_eq!(got, [3, 2, 2, 1, 2]);
        other.join(&tally);
        assert_eq!((other.at(0), other.at(64)), (4, 1));
        assert_eq!(tally.uniform(), None);
    }
}
