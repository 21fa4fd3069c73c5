//! A join step by step: what decides here is who holds a sample at the step.
//!
//! Match groups are numbers; result labels are made when a pair first meets and remembered.

use super::element::{Element, Operand, element};
use super::error::MatchError;
use super::join::Join;
use super::lane::NoteLane;
use super::outputs::{Joined, Outputs};
use crate::column::{Cancel, Row, Tile, bits};
use hashbrown::HashMap;
use promql_grammar::ast::Side;

/// Stands for a filled-in row.
const FILL: u32 = u32::MAX;
/// No pair met yet.
const NOBODY: (u32, u32) = (u32::MAX - 1, u32::MAX);

impl Join {
    /// Runs the join over the whole operands; the tiles have the rows that were bound. Result rows are in the order
    /// in which they got their first sample, within a step by the many side, then filled-in rows of that side.
    ///
    /// # Errors
    /// The earliest step that breaks a rule of matching decides.
    pub fn evaluate(&self, left: &Tile, right: &Tile, cancel: &Cancel) -> Result<Joined, MatchError> {
        let (many, one) = match self.many_side {
            Side::Left => (left, right),
            Side::Right => (right, left),
        };
        let mut steps = Steps::new(self, many, one);
        for step in 0..left.len().max(right.len()) {
            cancel.check().map_err(MatchError::Stopped)?;
            steps.run(step)?;
        }
        let notes = steps.lane.finish()?;
        Ok(steps.outputs.finish(notes))
    }
}

struct Steps<'a> {
    join: &'a Join,
    many: Vec<Row<'a>>,
    one: Vec<Row<'a>>,
    /// Which steps hold a sample of the many side, of the one side.
    present: (Vec<u64>, Vec<u64>),
    step: usize,
    groups: Vec<Group>,
    /// Results with equal labels in one match group share a slot.
    slots: Vec<Slot>,
    slot_numbers: HashMap<(u32, u32), u32>,
    /// The partner that each many row, then each filled-in row, met last, and their slot.
    last_slots: Vec<(u32, u32)>,
    /// The slots of all pairs that ever met, if labels depend on the partner.
    pair_slots: HashMap<(u32, u32), u32>,
    outputs: Outputs,
    lane: NoteLane,
}

/// A match group at the current step. Steps count from 1.
#[derive(Clone, Copy, Default)]
struct Group {
    /// The row of the one side and the step it was seen at.
    one: (u32, usize),
    /// The step of the last valid pair.
    matched: usize,
}

#[derive(Clone, Copy)]
struct Slot {
    /// The label set in the outputs.
    set: u32,
    /// The step of the last valid pair.
    matched: usize,
}

impl<'a> Steps<'a> {
    fn new(join: &'a Join, many: &'a Tile, one: &'a Tile) -> Self {
        // An operand without rows may come without steps too.
        let len = many.len().max(one.len());
        Steps {
            join,
            present: (presence(many, len), presence(one, len)),
            many: many.iter().collect(),
            one: one.iter().collect(),
            step: 0,
            groups: vec![Group::default(); join.signatures],
            slots: Vec::new(),
            slot_numbers: HashMap::new(),
            last_slots: vec![NOBODY; many.rows() + one.rows()],
            pair_slots: HashMap::new(),
            outputs: Outputs::new(join.equals, len),
            lane: NoteLane::default(),
        }
    }

    fn run(&mut self, step: usize) -> Result<(), MatchError> {
        self.step = step;
        let holds = |present: &[u64]| bits::get(present, step);
        let (has_many, has_one) = (holds(&self.present.0), holds(&self.present.1));
        let fills = self.join.fills != (None, None);
        if (has_many && has_one) || (fills && (has_many || has_one)) {
            self.seat_one_side()?;
            self.match_many_side()?;
            self.match_filled_in()?;
            if let Some(error) = self.lane.broken_at(step) {
                return Err(error.clone().into());
            }
        }
        self.outputs.end_step()
    }

    fn seat_one_side(&mut self) -> Result<(), MatchError> {
        for (number, (row, member)) in (0..).zip(self.one.iter().zip(&self.join.one)) {
            let Some(signature) = member.signature.filter(|_| row.is_present(self.step)) else { continue };
            let group = &mut self.groups[signature as usize];
            if group.one.1 == self.step + 1 {
                return Err(self.join.duplicate(number, group.one.0));
            }
            group.one = (number, self.step + 1);
        }
        Ok(())
    }

    fn match_many_side(&mut self) -> Result<(), MatchError> {
        for number in 0..self.many.len() {
            let Some(signature) = self.join.many[number].signature else { continue };
            let Some(many) = Operand::at(&self.many[number], self.step) else { continue };
            let (partner, seen) = self.groups[signature as usize].one;
            if seen == self.step + 1 {
                if let Some(one) = Operand::at(&self.one[partner as usize], self.step) {
                    self.pair(number, many, partner, one, signature)?;
                }
            } else if let Some(fill) = self.join.fills.1 {
                self.pair(number, many, FILL, Operand::Float(fill), signature)?;
            }
        }
        Ok(())
    }

    fn match_filled_in(&mut self) -> Result<(), MatchError> {
        let Some(fill) = self.join.fills.0 else { return Ok(()) };
        for number in 0..self.one.len() {
            let Some(signature) = self.join.one[number].signature else { continue };
            let Some(one) = Operand::at(&self.one[number], self.step) else { continue };
            if self.groups[signature as usize].matched != self.step + 1 {
                let filled_in = self.many.len() + number;
                self.pair(filled_in, Operand::Float(fill), index(number), one, signature)?;
            }
        }
        Ok(())
    }

    /// `place` is a row of the many side, or past those a filled-in one for a row of the one side.
    fn pair(
        &mut self,
        place: usize,
        many: Operand<'_>,
        partner: u32,
        one: Operand<'_>,
        signature: u32,
    ) -> Result<(), MatchError> {
        let (left, right) = if self.join.many_side == Side::Left { (many, one) } else { (one, many) };
        self.lane.start_row(index(place));
        let sample = match element(self.join.op, self.join.return_bool, left, right) {
            Element::Invalid(remark) => {
                self.lane.raise(self.step, remark);
                return Ok(());
            }
            Element::Filtered => None,
            Element::Kept(sample, remark) => {
                remark.into_iter().for_each(|remark| self.lane.raise(self.step, remark));
                Some(sample)
            }
        };
        let group = &mut self.groups[signature as usize];
        if self.join.one_to_one && group.matched == self.step + 1 {
            return Err(MatchError::NotExplicit);
        }
        group.matched = self.step + 1;
        let slot = self.slot(place, partner, signature);
        let slot = &mut self.slots[slot as usize];
        if !self.join.one_to_one && slot.matched == self.step + 1 {
            return Err(MatchError::AmbiguousGrouping);
        }
        slot.matched = self.step + 1;
        if let Some(sample) = sample {
            self.outputs.write(slot.set, self.join.rule.drop_name, sample);
        }
        Ok(())
    }

    fn slot(&mut self, place: usize, partner: u32, signature: u32) -> u32 {
        let rule = &self.join.rule;
        let (last, slot) = self.last_slots[place];
        if last == partner || (rule.include.is_empty() && last != NOBODY.0) {
            return slot;
        }
        let slot = match self.pair_slots.get(&(index(place), partner)) {
            Some(&slot) => slot,
            None => {
                let slot = self.new_slot(place, partner, signature);
                if !rule.include.is_empty() {
                    self.pair_slots.insert((index(place), partner), slot);
                }
                slot
            }
        };
        self.last_slots[place] = (partner, slot);
        slot
    }

    fn new_slot(&mut self, place: usize, partner: u32, signature: u32) -> u32 {
        let Join { rule, many, one, .. } = self.join;
        let labels = match (many.get(place), one.get(partner as usize)) {
            (Some(many), Some(one)) => rule.result(&many.labels, &one.labels),
            (Some(many), None) => rule.result(&many.labels, &rule.matching.group(&many.labels)),
            (None, Some(one)) => rule.result(&rule.matching.group(&one.labels), &one.labels),
            (None, None) => unreachable!("one of the two is a row"),
        };
        let set = self.outputs.set(&labels);
        *self.slot_numbers.entry((signature, set)).or_insert_with(|| {
            self.slots.push(Slot { set, matched: 0 });
            index(self.slots.len() - 1)
        })
    }
}

impl Join {
    fn duplicate(&self, row: u32, earlier: u32) -> MatchError {
        let labels = |row: u32| &self.one[row as usize].labels;
        let mut texts = [row, earlier].map(|row| format!("{:?}", labels(row)));
        texts.sort();
        let [first, second] = texts;
        MatchError::DuplicateSeries {
            group: self.rule.matching.group(labels(row)),
            side: if self.many_side == Side::Left { Side::Right } else { Side::Left },
            first,
            second,
        }
    }
}

fn presence(tile: &Tile, len: usize) -> Vec<u64> {
    let mut any = vec![0; bits::words(len)];
    for row in tile.iter() {
        any.iter_mut().zip(row.present()).for_each(|(any, word)| *any |= word);
    }
    any
}

fn index(row: usize) -> u32 {
    u32::try_from(row).expect("operands have fewer than 2^31 rows")
}
