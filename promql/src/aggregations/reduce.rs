//! The frame of all aggregators that make one float a group: a few numbers of state a step, changed element by element
//! so that the loops over the steps vectorize.

use super::slots::{Slots, Tally};
use crate::column::{Row, RowMut, bits};

/// What happens at one step. `L` numbers of state; `count` is how many samples have come in.
pub(super) trait Kernel<const L: usize>: Copy + Send {
    /// The state before the first value.
    const START: [f64; L];
    /// Looks at the count; those that do not are spared the counting of rows with gaps.
    const COUNTS: bool;

    /// Takes in a value, which `count` already includes. Branch-free, so that it vectorizes.
    fn add(state: [f64; L], value: f64, count: f64) -> [f64; L];

    /// Joins the states of earlier and later rows, each with at least one value.
    fn join(earlier: ([f64; L], f64), later: ([f64; L], f64)) -> [f64; L];

    /// The result of at least one value.
    fn finish(self, state: [f64; L], count: f64) -> f64;
}

/// The states of the groups that a partial has met.
#[derive(Debug)]
pub(super) struct Reduction<K, const L: usize> {
    kernel: K,
    len: usize,
    slots: Slots,
    tallies: Vec<Tally>,
    /// State number `l` of slot `s` at step `i` is `lanes[l][s * len + i]`.
    lanes: [Vec<f64>; L],
}

impl<K: Kernel<L>, const L: usize> Reduction<K, L> {
    pub(super) fn new(kernel: K, len: usize) -> Self {
        let lanes = std::array::from_fn(|_| Vec::new());
        Reduction { kernel, len, slots: Slots::default(), tallies: Vec::new(), lanes }
    }

    /// The slot of a group.
    pub(super) fn slot(&mut self, group: u32) -> usize {
        let (slot, new) = self.slots.of(group);
        if new {
            self.tallies.push(Tally::default());
            for (lane, start) in self.lanes.iter_mut().zip(K::START) {
                lane.resize(lane.len() + self.len, start);
            }
        }
        slot
    }

    pub(super) fn groups(&self) -> &[u32] {
        self.slots.groups()
    }

    pub(super) fn tally(&self, slot: usize) -> &Tally {
        &self.tallies[slot]
    }

    /// The state of a slot at a step.
    pub(super) fn state(&self, slot: usize, step: usize) -> [f64; L] {
        std::array::from_fn(|lane| self.lanes[lane][slot * self.len + step])
    }

    /// How many numbers are held.
    pub(super) fn held(&self) -> usize {
        L.max(1) * self.tallies.len() * self.len
    }

    fn lanes_mut(&mut self, slot: usize) -> [&mut [f64]; L] {
        let len = self.len;
        self.lanes.each_mut().map(|lane| &mut lane[slot * len..][..len])
    }

    /// Takes in the values at the steps whose bits are set.
    pub(super) fn add(&mut self, slot: usize, values: &[f64], present: &[u64]) {
        self.tallies[slot].add(present, self.len);
        // Moved out for the while of the loops, which change the lanes.
        let tally = std::mem::take(&mut self.tallies[slot]);
        let mut lanes = self.lanes_mut(slot);
        let len = values.len();
        if let Some(count) = tally.uniform().or_else(|| unasked::<K, L>(present, len)) {
            let count = f64::from(count);
            each_step(&mut lanes, values, |state, value, _| K::add(state, value, count));
        } else {
            for (word, &present) in present.iter().enumerate() {
                let steps = word * 64..len.min(word * 64 + 64);
                if bits::all(&[present], steps.len()) {
                    let mut lanes = lanes.each_mut().map(|lane| &mut lane[steps.clone()]);
                    let values = &values[steps.clone()];
                    if K::COUNTS {
                        let mut counts = [0.0; 64];
                        tally.copy(steps.start, &mut counts[..values.len()]);
                        each_step(&mut lanes, values, |state, value, at| {
                            K::add(state, value, counts[at & 63])
                        });
                    } else {
                        each_step(&mut lanes, values, |state, value, _| K::add(state, value, 0.0));
                    }
                    continue;
                }
                for step in bits::iter(&[present]).map(|bit| steps.start + bit) {
                    let count = if K::COUNTS { f64::from(tally.at(step)) } else { 0.0 };
                    let state = std::array::from_fn(|lane| lanes[lane][step]);
                    let state = K::add(state, values[step], count);
                    lanes.iter_mut().zip(state).for_each(|(lane, state)| lane[step] = state);
                }
            }
        }
        self.tallies[slot] = tally;
    }

    /// Takes in what a later partial knows of the group that has slot `from` there and slot `slot` here.
    pub(super) fn join(&mut self, slot: usize, later: &Self, from: usize) {
        let theirs = &later.tallies[from];
        let ours = std::mem::take(&mut self.tallies[slot]);
        let their_lanes: [&[f64]; L] =
            later.lanes.each_ref().map(|lane| &lane[from * self.len..][..self.len]);
        let mut lanes = self.lanes_mut(slot);
        let joined =
            |own: [f64; L], own_count: u32, other: [f64; L], other_count: u32| match (own_count, other_count)
            {
                (_, 0) => own,
                (0, _) => other,
                _ => K::join((own, f64::from(own_count)), (other, f64::from(other_count))),
            };
        if ours.uniform() == Some(0) {
            lanes.iter_mut().zip(their_lanes).for_each(|(lane, other)| lane.copy_from_slice(other));
        } else {
            let uniform = ours.uniform().zip(theirs.uniform());
            for step in 0..lanes.first().map_or(0, |lane| lane.len()) {
                let (own, other) = uniform.unwrap_or_else(|| (ours.at(step), theirs.at(step)));
                let state = std::array::from_fn(|lane| lanes[lane][step]);
                let state = joined(state, own, std::array::from_fn(|lane| their_lanes[lane][step]), other);
                lanes.iter_mut().zip(state).for_each(|(lane, state)| lane[step] = state);
            }
        }
        self.tallies[slot] = ours;
        self.tallies[slot].join(theirs);
    }

    /// Takes in everything of a later partial.
    pub(super) fn merge(&mut self, later: &Self) {
        for (from, &group) in later.groups().iter().enumerate() {
            let slot = self.slot(group);
            self.join(slot, later, from);
        }
    }

    /// Writes the results of a slot.
    pub(super) fn write(&self, slot: usize, out: &mut RowMut<'_>) {
        let tally = &self.tallies[slot];
        match tally.uniform() {
            Some(0) => {}
            Some(count) => {
                let count = f64::from(count);
                for (step, out) in out.values.iter_mut().enumerate() {
                    *out = self.kernel.finish(self.state(slot, step), count);
                }
                bits::fill(out.floats, self.len);
            }
            None => {
                for step in 0..self.len {
                    let count = tally.at(step);
                    if count > 0 {
                        out.values[step] = self.kernel.finish(self.state(slot, step), f64::from(count));
                        bits::set(out.floats, step);
                    }
                }
            }
        }
    }
}

/// A count that serves a row without gaps under a kernel that does not look at it.
fn unasked<K: Kernel<L>, const L: usize>(present: &[u64], len: usize) -> Option<u32> {
    (!K::COUNTS && bits::all(present, len)).then_some(0)
}

/// Changes the state at every step. All slices are cut to one length first: no checks are left in the loop.
#[inline(always)]
fn each_step<const L: usize>(
    lanes: &mut [&mut [f64]; L],
    values: &[f64],
    change: impl Fn([f64; L], f64, usize) -> [f64; L],
) {
    let len = values.len();
    let lanes = lanes.each_mut().map(|lane| &mut lane[..len]);
    for (step, &value) in values.iter().enumerate() {
        let state = std::array::from_fn(|lane| lanes[lane][step]);
        let state = change(state, value, step);
        for lane in 0..L {
            lanes[lane][step] = state[lane];
        }
    }
}

/// The presence bits of a row's floats and histograms together; `scratch` serves rows that have both.
pub(super) fn any_kind<'a>(row: Row<'a>, scratch: &'a mut Vec<u64>) -> &'a [u64] {
    if row.histograms.is_none() {
        return row.floats;
    }
    scratch.clear();
    scratch.extend(row.present());
    scratch
}
