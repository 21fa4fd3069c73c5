//! Result rows that come into being with their first sample, and the check that no step holds two of equal labels.

use super::error::MatchError;
use super::signature::Numbering;
use crate::column::{NameRemoval, Note, RowHead, Tile};
use crate::model::{Grid, Labels, Sample};

/// A finished operation.
#[derive(Clone, Debug, Default)]
pub struct Joined {
    /// The heads of the rows.
    pub heads: Vec<RowHead>,
    /// The rows; every one holds a sample somewhere.
    pub tile: Tile,
    /// The last note of every step, each once.
    pub notes: Vec<Note>,
}

/// How results with equal labels are treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Equals {
    /// They share a row. At a point every result stays in its own row, so that order and flags stay as they came.
    pub(super) merge: bool,
    /// Two at one step are an error.
    pub(super) check: bool,
}

impl Equals {
    pub(super) fn policy(grid: Grid, mode: NameRemoval) -> Self {
        Equals { merge: !grid.point, check: !(grid.point && mode == NameRemoval::Delayed) }
    }
}

/// Rows under construction, filled step by step.
pub(super) struct Outputs {
    equals: Equals,
    step: usize,
    collided: bool,
    sets: Numbering<fn(&str) -> bool>,
    /// For every label set its row so far and the step it was last written at, counted from 1.
    written: Vec<(u32, usize)>,
    heads: Vec<RowHead>,
    tile: Tile,
}

impl Outputs {
    pub(super) fn new(equals: Equals, len: usize) -> Self {
        Outputs {
            equals,
            step: 0,
            collided: false,
            sets: Numbering::by(|_| true),
            written: Vec::new(),
            heads: Vec::new(),
            tile: Tile::new(0, len),
        }
    }

    /// The number of a label set, for [`Outputs::write`].
    pub(super) fn set(&mut self, labels: &Labels) -> u32 {
        let number = self.sets.number(labels);
        self.written.resize(self.sets.len(), (0, 0));
        number
    }

    /// Adds a sample to the current step. The first sample of a row decides its flag.
    pub(super) fn write(&mut self, set: u32, drop_name: bool, sample: Sample) {
        let (row, last) = &mut self.written[set as usize];
        self.collided |= *last == self.step + 1;
        if *last == 0 || !self.equals.merge {
            *row = u32::try_from(self.heads.len()).expect("fewer than 2^32 rows");
            self.heads.push(RowHead { labels: self.sets.first(set).clone(), drop_name });
            self.tile.push_row();
        }
        *last = self.step + 1;
        self.tile.row_mut(*row as usize).set(self.step, sample);
    }

    /// Ends the current step.
    pub(super) fn end_step(&mut self) -> Result<(), MatchError> {
        self.step += 1;
        if self.collided && self.equals.check { Err(MatchError::SameLabelset) } else { Ok(()) }
    }

    pub(super) fn finish(self, notes: Vec<Note>) -> Joined {
        Joined { heads: self.heads, tile: self.tile, notes }
    }
}
