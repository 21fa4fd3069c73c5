//! `limitk` and `limit_ratio`: rows as they are, at the steps where they are among the chosen.

use super::groups::Groups;
use super::kept::Kept;
use super::parameter::{Limits, Ratios, includes};
use super::slots::{Slots, Tally};
use crate::column::{Row, RowHead, bits};

/// The rows that a `limitk` has chosen so far.
#[derive(Debug)]
pub(super) struct LimitFold {
    pub(super) kept: Kept,
    slots: Slots,
    /// How many samples each slot shows at each step.
    shown: Vec<Tally>,
    /// How many slots show all they may at every step.
    full: usize,
    mask: Vec<u64>,
}

impl LimitFold {
    pub(super) fn new(len: usize) -> Self {
        let mask = vec![0; bits::words(len)];
        LimitFold { kept: Kept::new(len), slots: Slots::default(), shown: Vec::new(), full: 0, mask }
    }

    pub(super) fn groups(&self) -> &[u32] {
        self.slots.groups()
    }

    /// True if all of `groups` show all they may: no other row can change anything.
    pub(super) fn is_complete(&self, groups: usize) -> bool {
        self.full == groups
    }

    pub(super) fn fold(&mut self, number: u32, group: u32, row: Row<'_>, limits: &Limits) {
        let (slot, new) = self.slots.of(group);
        if new {
            self.shown.push(Tally::default());
        }
        let shown = &mut self.shown[slot];
        let len = row.len();
        let was_full = is_full(shown, limits, len);
        if was_full {
            return;
        }
        for (word, mask) in self.mask.iter_mut().enumerate() {
            *mask = row.present_word(word);
            for bit in bits::iter(&[*mask]) {
                let step = word * 64 + bit;
                if shown.at(step) >= limits.at(step) {
                    *mask &= !(1 << bit);
                }
            }
        }
        if bits::any(&self.mask) {
            shown.add(&self.mask, len);
            self.kept.push(number, row, &self.mask);
        }
        self.full += usize::from(is_full(shown, limits, len));
    }

    /// Later rows may only fill what is still open.
    pub(super) fn merge(&mut self, later: &Self, groups: &Groups, limits: &Limits) {
        for &group in later.groups() {
            let (_, new) = self.slots.of(group);
            if new {
                self.shown.push(Tally::default());
            }
        }
        for (index, &row) in later.kept.rows.iter().enumerate() {
            self.fold(row, groups.of(row), later.kept.tile.row(index), limits);
        }
    }
}

fn is_full(shown: &Tally, limits: &Limits, len: usize) -> bool {
    match (shown.uniform(), limits) {
        (Some(count), Limits::Same(limit)) => count >= *limit,
        _ => (0..len).all(|step| shown.at(step) >= limits.at(step)),
    }
}

/// The rows that a `limit_ratio` has chosen so far.
#[derive(Debug)]
pub(super) struct RatioFold {
    pub(super) kept: Kept,
    mask: Vec<u64>,
}

impl RatioFold {
    pub(super) fn new(len: usize) -> Self {
        RatioFold { kept: Kept::new(len), mask: vec![0; bits::words(len)] }
    }

    pub(super) fn fold(&mut self, number: u32, row: Row<'_>, ratios: &Ratios, place: f64) {
        match ratios {
            Ratios::Same(r) => self.mask.fill(if includes(*r, place) { u64::MAX } else { 0 }),
            Ratios::Each(all) => {
                self.mask.fill(0);
                let steps = all.iter().enumerate().filter(|&(_, &r)| includes(r, place));
                steps.for_each(|(step, _)| bits::set(&mut self.mask, step));
            }
        }
        self.kept.push(number, row, &self.mask);
    }

    pub(super) fn merge(&mut self, later: &Self) {
        self.kept.rows.extend(&later.kept.rows);
        later.kept.tile.iter().for_each(|row| self.kept.tile.push(row));
    }
}

/// Where the hash of each row's labels lies between 0 and 1. The labels are those before any name is dropped.
pub(super) fn places(heads: &[RowHead]) -> Vec<f64> {
    heads.iter().map(|head| head.labels.sampling_hash() as f64 / u64::MAX as f64).collect()
}
