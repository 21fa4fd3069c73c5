//! `count_values`: for each group and distinct value the number of samples at each step. The only aggregator whose
//! labels depend on values.

use super::groups::Groups;
use super::slots::Slots;
use crate::column::{PackedRows, Row, RowHead, bits};
use crate::model::number::format_plain;
use hashbrown::hash_table::Entry;
use hashbrown::{DefaultHashBuilder, HashTable};
use std::hash::BuildHasher;

/// The values seen so far.
#[derive(Debug)]
pub(super) struct ValuesFold {
    len: usize,
    slots: Slots,
    /// Hashes of groups with their values, and where those are counted.
    index: HashTable<(u64, usize)>,
    hasher: DefaultHashBuilder,
    /// In the order of first appearance: the group, the value, its samples.
    counts: Vec<(u32, Value, Count)>,
}

/// A value as its label tells values apart.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Value {
    /// The bits of a float, the same for every NaN.
    Float(u64),
    /// The text of a histogram.
    Histogram(String),
    /// The label is lost, so all values are one.
    Any,
}

/// How often a value was seen.
#[derive(Debug)]
enum Count {
    /// Never yet.
    None,
    /// Once, as it is with most values, at this step.
    Once(u32),
    /// The step of every sample; fewer than there are steps.
    Steps(Vec<u32>),
    /// The number of samples a step.
    Dense(Box<[u32]>),
}

impl Value {
    fn float(value: f64) -> Self {
        Value::Float(if value.is_nan() { f64::NAN.to_bits() } else { value.to_bits() })
    }

    fn text(&self) -> String {
        match self {
            Value::Float(bits) => format_plain(f64::from_bits(*bits)),
            Value::Histogram(text) => text.clone(),
            Value::Any => String::new(),
        }
    }
}

impl Count {
    fn add(&mut self, step: usize, len: usize) {
        let number = super::groups::number(step);
        match self {
            Count::None => *self = Count::Once(number),
            Count::Once(first) if len > 2 => *self = Count::Steps(vec![*first, number]),
            Count::Steps(steps) if steps.len() + 1 < len => steps.push(number),
            Count::Dense(counts) => counts[step] += 1,
            Count::Once(_) | Count::Steps(_) => {
                let mut counts = vec![0; len];
                self.each(|step, number| counts[step] += number);
                counts[step] += 1;
                *self = Count::Dense(counts.into());
            }
        }
    }

    fn add_many(&mut self, step: usize, number: u32, len: usize) {
        match self {
            Count::Dense(counts) => counts[step] += number,
            _ => (0..number).for_each(|_| self.add(step, len)),
        }
    }

    /// Calls with a step and a number of samples, possibly more than once a step.
    fn each(&self, mut call: impl FnMut(usize, u32)) {
        match self {
            Count::None => {}
            Count::Once(step) => call(*step as usize, 1),
            Count::Steps(steps) => steps.iter().for_each(|&step| call(step as usize, 1)),
            Count::Dense(counts) => {
                let seen = counts.iter().enumerate().filter(|&(_, &count)| count > 0);
                seen.for_each(|(step, &count)| call(step, count));
            }
        }
    }
}

impl Count {
    /// Steps in ascending order with their numbers of samples.
    fn list(&self, steps: &mut Vec<(usize, u32)>) {
        steps.clear();
        self.each(|step, number| steps.push((step, number)));
        steps.sort_unstable_by_key(|&(step, _)| step);
        steps.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 += next.1;
            }
            same
        });
    }
}

impl ValuesFold {
    pub(super) fn new(len: usize) -> Self {
        ValuesFold {
            len,
            slots: Slots::default(),
            index: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
            counts: Vec::new(),
        }
    }

    pub(super) fn held(&self) -> usize {
        let numbers = self.counts.iter().map(|(_, _, count)| match count {
            Count::None | Count::Once(_) => 1,
            Count::Steps(steps) => steps.len(),
            Count::Dense(counts) => counts.len(),
        });
        numbers.sum::<usize>() / 2 + self.counts.len()
    }

    fn place(&mut self, group: u32, value: Value) -> usize {
        let hash = self.hasher.hash_one((group, &value));
        let is_same = |&(known, place): &(u64, usize)| {
            let (of_group, known_value, _) = &self.counts[place];
            known == hash && *of_group == group && *known_value == value
        };
        match self.index.entry(hash, is_same, |&(hash, _)| hash) {
            Entry::Occupied(entry) => entry.get().1,
            Entry::Vacant(entry) => {
                let place = self.counts.len();
                entry.insert((hash, place));
                self.slots.of(group);
                self.counts.push((group, value, Count::None));
                place
            }
        }
    }

    pub(super) fn fold(&mut self, group: u32, row: Row<'_>, any: bool) {
        // Values mostly stay what they were the step before: only changes are looked up.
        let mut last: Option<(u64, usize)> = None;
        for (word, present) in row.present().enumerate() {
            for step in bits::iter(&[present]).map(|bit| word * 64 + bit) {
                let place = match (row.float(step), row.histogram(step)) {
                    _ if any => match last {
                        Some((_, place)) => place,
                        None => self.place(group, Value::Any),
                    },
                    (Some(value), _) => match last {
                        Some((bits, place)) if bits == value.to_bits() => place,
                        _ => self.place(group, Value::float(value)),
                    },
                    (None, Some(histogram)) => self.place(group, Value::Histogram(histogram.to_string())),
                    (None, None) => continue,
                };
                last = row.float(step).map(|value| (value.to_bits(), place));
                self.counts[place].2.add(step, self.len);
            }
        }
    }

    pub(super) fn merge(&mut self, later: Self) {
        if self.counts.is_empty() {
            *self = later;
            return;
        }
        for (group, value, count) in later.counts {
            let place = self.place(group, value);
            let (own, len) = (&mut self.counts[place].2, self.len);
            match own {
                Count::None => *own = count,
                _ => count.each(|step, number| own.add_many(step, number, len)),
            }
        }
    }

    /// One row for each value of each group, groups in the order in which they first showed a sample, values likewise.
    /// No two have the same labels.
    pub(super) fn finish(self, groups: &Groups) -> (Vec<RowHead>, PackedRows) {
        let mut order: Vec<usize> = vec![0; groups.len()];
        self.slots.groups().iter().enumerate().for_each(|(slot, &group)| order[group as usize] = slot);
        let mut counts = self.counts;
        counts.sort_by_key(|(group, ..)| order[*group as usize]);
        // Most values show at a few steps only.
        let mut rows = PackedRows::new(self.len);
        let mut heads = Vec::with_capacity(counts.len());
        let mut steps = Vec::new();
        for (group, value, count) in &counts {
            let base = &groups.heads()[*group as usize].labels;
            heads.push(RowHead::new(match groups.value_label() {
                Some(label) => base.with(label, &value.text()),
                None => base.clone(),
            }));
            count.list(&mut steps);
            rows.push_floats(steps.iter().map(|&(step, number)| (step, f64::from(number))));
        }
        (heads, rows)
    }
}
