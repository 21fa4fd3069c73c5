//! `topk` and `bottomk`: for each group and step a heap of the best samples, the worst of them on top.
//!
//! Order is by value, NaN behind all numbers, then by row, so what wins does not depend on how the rows are cut into
//! partials. `bottomk` is `topk` of the negated values.

use super::groups::Groups;
use super::kept::Kept;
use super::parameter::Limits;
use super::slots::Slots;
use crate::column::{Row, bits};
use std::cmp::Ordering;

/// The winners so far.
#[derive(Debug)]
pub(super) struct TopFold {
    negate: bool,
    len: usize,
    slots: Slots,
    contests: Vec<Contest>,
    /// Rows of groups so small that everybody wins.
    kept: Kept,
    /// A histogram was left out.
    pub(super) ignored: bool,
}

/// One group's contest.
#[derive(Debug)]
enum Contest {
    Unopposed,
    Heaps(Heaps),
}

/// A heap a step, `width` places each.
#[derive(Debug)]
struct Heaps {
    width: usize,
    places: Vec<Place>,
    filled: Vec<u32>,
    /// What a key must beat, a step: NaN as long as there is room.
    bars: Vec<f64>,
}

/// A sample that holds a place.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    key: f64,
    row: u32,
}

impl Place {
    /// Less is better.
    fn rank(&self, other: &Place) -> Ordering {
        let by_key = match (self.key.is_nan(), other.key.is_nan()) {
            (false, false) => other.key.partial_cmp(&self.key).unwrap_or(Ordering::Equal),
            (own, other) => own.cmp(&other),
        };
        by_key.then(self.row.cmp(&other.row))
    }
}

impl Heaps {
    fn new(len: usize, limits: &Limits, size: u32) -> Self {
        let width = limits.max().min(size) as usize;
        let bar = |step| if limits.at(step) == 0 { f64::INFINITY } else { f64::NAN };
        Heaps {
            width,
            places: vec![Place::default(); width * len],
            filled: vec![0; len],
            bars: (0..len).map(bar).collect(),
        }
    }

    /// The places taken at a step.
    fn taken(&self, step: usize) -> &[Place] {
        &self.places[step * self.width..][..self.filled[step] as usize]
    }

    fn offer(&mut self, step: usize, place: Place, limit: u32) {
        let room = (limit as usize).min(self.width);
        let heap = &mut self.places[step * self.width..][..room];
        let filled = self.filled[step] as usize;
        if filled < room {
            heap[filled] = place;
            self.filled[step] += 1;
            rise(&mut heap[..=filled]);
        } else if heap.first().is_some_and(|worst| place.rank(worst).is_lt()) {
            heap[0] = place;
            sink(heap);
        }
        if self.filled[step] as usize == room && room > 0 {
            self.bars[step] = heap[0].key;
        }
    }
}

/// Moves the last place up to where it belongs.
fn rise(heap: &mut [Place]) {
    let mut at = heap.len() - 1;
    while at > 0 {
        let parent = (at - 1) / 2;
        if heap[at].rank(&heap[parent]).is_le() {
            break;
        }
        heap.swap(at, parent);
        at = parent;
    }
}

/// Moves the first place down to where it belongs.
fn sink(heap: &mut [Place]) {
    let mut at = 0;
    loop {
        let (left, right) = (2 * at + 1, 2 * at + 2);
        let Some(mut child) = (left < heap.len()).then_some(left) else { break };
        if right < heap.len() && heap[right].rank(&heap[left]).is_gt() {
            child = right;
        }
        if heap[child].rank(&heap[at]).is_le() {
            break;
        }
        heap.swap(at, child);
        at = child;
    }
}

impl TopFold {
    pub(super) fn new(negate: bool, len: usize) -> Self {
        let (slots, contests) = (Slots::default(), Vec::new());
        TopFold { negate, len, slots, contests, kept: Kept::new(len), ignored: false }
    }

    pub(super) fn groups(&self) -> &[u32] {
        self.slots.groups()
    }

    pub(super) fn held(&self) -> usize {
        let heaps = self.contests.iter().map(|contest| match contest {
            Contest::Unopposed => 0,
            Contest::Heaps(heaps) => 2 * (heaps.places.len() + heaps.bars.len()),
        });
        self.kept.held() + heaps.sum::<usize>()
    }

    fn slot(&mut self, group: u32, groups: &Groups, limits: &Limits) -> usize {
        let (slot, new) = self.slots.of(group);
        if new {
            let size = groups.size(group);
            self.contests.push(if size <= limits.min() {
                Contest::Unopposed
            } else {
                Contest::Heaps(Heaps::new(self.len, limits, size))
            });
        }
        slot
    }

    pub(super) fn fold(&mut self, number: u32, row: Row<'_>, groups: &Groups, limits: &Limits) {
        let slot = self.slot(groups.of(number), groups, limits);
        if let Some(histograms) = row.histograms {
            // At steps where k shows nothing, nobody looks at the samples.
            self.ignored |= histograms.iter().any(|(step, _)| limits.at(step) > 0);
        }
        let row = Row { histograms: None, ..row };
        let heaps = match &mut self.contests[slot] {
            Contest::Unopposed => return self.kept.push(number, row, row.floats),
            Contest::Heaps(heaps) => heaps,
        };
        let negate = self.negate;
        let key = |value: f64| if negate { -value } else { value };
        let mut look = |step: usize, key: f64| {
            let hopeless = key <= heaps.bars[step];
            if !hopeless {
                heaps.offer(step, Place { key, row: number }, limits.at(step));
            }
        };
        if row.is_dense() {
            row.values.iter().enumerate().for_each(|(step, &value)| look(step, key(value)));
        } else {
            bits::iter(row.floats).for_each(|step| look(step, key(row.values[step])));
        }
    }

    pub(super) fn merge(&mut self, later: &Self, groups: &Groups, limits: &Limits) {
        self.ignored |= later.ignored;
        for (contest, &group) in later.contests.iter().zip(later.groups()) {
            let slot = self.slot(group, groups, limits);
            if let (Contest::Heaps(own), Contest::Heaps(other)) = (&mut self.contests[slot], contest) {
                for step in 0..self.len {
                    other.taken(step).iter().for_each(|&place| own.offer(step, place, limits.at(step)));
                }
            }
        }
        self.kept.rows.extend(&later.kept.rows);
        later.kept.tile.iter().for_each(|row| self.kept.tile.push(row));
    }

    /// Hands over every winning sample: row, step, value.
    pub(super) fn winners(&self, each: &mut dyn FnMut(u32, usize, f64)) {
        for (index, &number) in self.kept.rows.iter().enumerate() {
            let row = self.kept.tile.row(index);
            bits::iter(row.floats).for_each(|step| each(number, step, row.values[step]));
        }
        for contest in &self.contests {
            let Contest::Heaps(heaps) = contest else { continue };
            for step in 0..self.len {
                for place in heaps.taken(step) {
                    each(place.row, step, if self.negate { -place.key } else { place.key });
                }
            }
        }
    }

    /// The rows that win at the only step, group by group in the order in which the groups first showed a sample, the
    /// best first.
    pub(super) fn ranking(&self, groups: &Groups) -> Vec<u32> {
        let mut order = vec![0; groups.len()];
        self.groups().iter().enumerate().for_each(|(slot, &group)| order[group as usize] = slot);
        let mut ranking: Vec<(usize, Place)> = Vec::new();
        self.winners(&mut |row, _, value| {
            let key = if self.negate { -value } else { value };
            ranking.push((order[groups.of(row) as usize], Place { key, row }));
        });
        ranking.sort_by(|(a, place_a), (b, place_b)| a.cmp(b).then_with(|| place_a.rank(place_b)));
        ranking.into_iter().map(|(_, place)| place.row).collect()
    }
}
