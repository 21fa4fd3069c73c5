//! `and`, `or`, `unless`: rows pass untouched where the other side has, or has not, a sample of their match group.
//!
//! One side is noted first, only its presence counts; the other side is masked by it. `and` and `unless` note the
//! right side and mask the left; `or` notes the left side, which passes as it is, and masks the right.

use super::error::MatchError;
use super::outputs::{Equals, Joined};
use super::signature::{MatchLabels, Numbering};
use crate::column::{Cancel, NameRemoval, Row, RowHead, RowMut, Tile, bits};
use crate::model::Grid;
use promql_grammar::ast::{BinaryModifiers, BinaryOp, Side};

/// A set operation bound to the heads of its operands.
///
/// Either run [`SetJoin::evaluate`] over whole operands, or, if [`SetJoin::is_row_local`], note the rows of one side
/// with [`SetJoin::note`] and then stream those of the other through [`SetJoin::mask`].
#[derive(Debug)]
pub struct SetJoin {
    op: BinaryOp,
    left: Vec<Member>,
    right: Vec<Member>,
    signatures: usize,
    equals: Equals,
    heads: Vec<RowHead>,
    /// For every result row: rows with different flags may end up in it, the first sample decides.
    undecided: Vec<bool>,
    /// How many label sets there are among the results.
    sets: usize,
    row_local: bool,
}

/// A row of an operand.
#[derive(Clone, Copy, Debug)]
struct Member {
    /// Its match group; none if the other side has nobody in it.
    signature: Option<u32>,
    /// Its label set and its result row; none for rows that only mask others.
    result: Option<(u32, u32)>,
    drop_name: bool,
}

/// For every match group the steps at which it has a sample on the noted side.
#[derive(Clone, Debug)]
pub struct Presence {
    words: usize,
    bits: Vec<u64>,
}

impl Presence {
    /// Adds what another part of the noted rows had.
    pub fn merge(&mut self, other: &Presence) {
        bits::union(&mut self.bits, &other.bits);
    }

    fn group(&self, signature: u32) -> &[u64] {
        &self.bits[signature as usize * self.words..][..self.words]
    }
}

impl SetJoin {
    /// Binds a set operation to the heads of its operands.
    #[must_use]
    pub fn bind(
        op: BinaryOp,
        modifiers: &BinaryModifiers,
        left: &[RowHead],
        right: &[RowHead],
        mode: NameRemoval,
        grid: Grid,
    ) -> SetJoin {
        let matching = MatchLabels::new(modifiers.matching.as_ref());
        let (noted, masked) = if op == BinaryOp::Or { (left, right) } else { (right, left) };
        let mut numbering = Numbering::by(|name: &str| matching.decides(name));
        let mut noted: Vec<_> = noted.iter().map(|head| Some(numbering.number(&head.labels))).collect();
        let masked: Vec<_> = masked.iter().map(|head| numbering.find(&head.labels)).collect();
        let mut needed = vec![false; numbering.len()];
        masked.iter().flatten().for_each(|&signature| needed[signature as usize] = true);
        noted
            .iter_mut()
            .for_each(|signature| *signature = signature.filter(|&number| needed[number as usize]));

        let (left_signatures, right_signatures) =
            if op == BinaryOp::Or { (noted, masked) } else { (masked, noted) };
        let mut join = SetJoin {
            op,
            left: Vec::new(),
            right: Vec::new(),
            signatures: needed.len(),
            equals: Equals::policy(grid, mode),
            heads: Vec::new(),
            undecided: Vec::new(),
            sets: 0,
            row_local: true,
        };
        let mut sets = Numbering::by(|_: &str| true);
        join.left = join.members(left, left_signatures, Some(&mut sets));
        join.right = join.members(right, right_signatures, (op == BinaryOp::Or).then_some(&mut sets));
        join.sets = sets.len();
        join.row_local = !join.equals.check || sets.len() == join.contributions();
        join
    }

    /// The heads of the results: left rows, then for `or` the right rows whose labels are not among them. A flag may
    /// differ in the end where [`SetJoin::is_row_local`] is false.
    #[must_use]
    pub fn heads(&self) -> &[RowHead] {
        &self.heads
    }

    /// The result row that a row of an operand ends up in; none for the right rows of `and` and `unless`.
    #[must_use]
    pub fn result_row(&self, side: Side, row: usize) -> Option<usize> {
        self.side(side)[row].result.map(|(_, output)| output as usize)
    }

    /// True if every result row comes from one row, whatever samples there are.
    #[must_use]
    pub fn is_row_local(&self) -> bool {
        self.row_local
    }

    /// The side whose rows are noted first.
    #[must_use]
    pub fn noted_side(&self) -> Side {
        if self.op == BinaryOp::Or { Side::Left } else { Side::Right }
    }

    /// False if the samples of a row of the noted side cannot mask anything, so nobody needs to note it.
    #[must_use]
    pub fn is_worth_noting(&self, row: usize) -> bool {
        self.side(self.noted_side())[row].signature.is_some()
    }

    /// The rows of the other side that may let something through, if those that cannot are worth leaving out: under
    /// `and` the left rows with a partner.
    #[must_use]
    pub fn partnered(&self) -> Option<Vec<u32>> {
        let has_partner = |&row: &u32| self.left[row as usize].signature.is_some();
        let rows = 0..u32::try_from(self.left.len()).ok()?;
        (self.op == BinaryOp::And).then(|| rows.filter(has_partner).collect())
    }

    /// Nothing noted yet, for rows of `len` steps.
    #[must_use]
    pub fn presence(&self, len: usize) -> Presence {
        let words = bits::words(len);
        Presence { words, bits: vec![0; self.signatures * words] }
    }

    /// Notes a row of the noted side.
    pub fn note(&self, presence: &mut Presence, row: usize, samples: Row<'_>) {
        if let Some(signature) = self.side(self.noted_side())[row].signature {
            let group = &mut presence.bits[signature as usize * presence.words..][..presence.words];
            group.iter_mut().zip(samples.present()).for_each(|(word, present)| *word |= present);
        }
    }

    /// Removes from a row of the other side what the noted rows do not let through.
    pub fn mask(&self, presence: &Presence, row: usize, samples: &mut RowMut<'_>) {
        let side = if self.op == BinaryOp::Or { &self.right } else { &self.left };
        let flip = if self.op == BinaryOp::And { 0 } else { u64::MAX };
        let group = side[row].signature.map(|signature| presence.group(signature));
        let allowed = |word: usize| group.map_or(0, |group| group[word]) ^ flip;
        for (word, bits) in samples.floats.iter_mut().enumerate() {
            *bits &= allowed(word);
        }
        let Some(histograms) = samples.histograms else { return };
        for word in 0..histograms.present().len() {
            for bit in bits::iter(&[histograms.present()[word] & !allowed(word)]) {
                histograms.clear(word * 64 + bit);
            }
        }
        if !bits::any(histograms.present()) {
            samples.drop_histograms();
        }
    }

    /// Runs the operation over the whole operands; the tiles have the rows that were bound. Result rows are those of
    /// [`SetJoin::heads`] that hold a sample.
    ///
    /// # Errors
    /// Two results with equal labels at one step.
    pub fn evaluate(&self, left: &Tile, right: &Tile, cancel: &Cancel) -> Result<Joined, MatchError> {
        let len = left.len().max(right.len());
        let mut presence = self.presence(len);
        let noted = if self.op == BinaryOp::Or { left } else { right };
        for (number, row) in noted.iter().enumerate() {
            self.note(&mut presence, number, row);
        }
        let (mut merge, mut scratch) = (Merge::new(self, len), Tile::new(1, len));
        for (side, tile) in [(Side::Left, left), (Side::Right, right)] {
            for (number, member) in self.side(side).iter().enumerate() {
                cancel.check().map_err(MatchError::Stopped)?;
                let Some(result) = member.result else { continue };
                let mut row = tile.row(number);
                if side != self.noted_side() {
                    scratch.copy_row(0, row);
                    self.mask(&presence, number, &mut scratch.row_mut(0));
                    row = scratch.row(0);
                }
                merge.add(result, row, member.drop_name)?;
            }
        }
        Ok(merge.finish())
    }

    fn side(&self, side: Side) -> &[Member] {
        match side {
            Side::Left => &self.left,
            Side::Right => &self.right,
        }
    }

    fn contributions(&self) -> usize {
        self.left.iter().chain(&self.right).filter(|member| member.result.is_some()).count()
    }

    fn members<F: Fn(&str) -> bool>(
        &mut self,
        heads: &[RowHead],
        signatures: Vec<Option<u32>>,
        mut sets: Option<&mut Numbering<F>>,
    ) -> Vec<Member> {
        let member = |(head, signature): (&RowHead, Option<u32>)| {
            let result = sets.as_mut().map(|sets| {
                let set = sets.number(&head.labels);
                let output = if self.equals.merge { set as usize } else { self.heads.len() };
                match self.heads.get(output) {
                    Some(first) => self.undecided[output] |= first.drop_name != head.drop_name,
                    None => {
                        self.heads.push(head.clone());
                        self.undecided.push(false);
                    }
                }
                (set, u32::try_from(output).expect("fewer than 2^32 rows"))
            });
            Member { signature, result, drop_name: head.drop_name }
        };
        heads.iter().zip(signatures).map(member).collect()
    }
}

/// Result rows that several rows may flow into.
struct Merge<'a> {
    join: &'a SetJoin,
    tile: Tile,
    /// For every label set the steps that hold a sample.
    occupied: Vec<u64>,
    /// For every result row the step of its first sample and the flag that came with it.
    first: Vec<(usize, bool)>,
}

impl<'a> Merge<'a> {
    fn new(join: &'a SetJoin, len: usize) -> Self {
        Merge {
            join,
            tile: Tile::new(join.heads.len(), len),
            occupied: vec![0; join.sets * bits::words(len)],
            first: vec![(usize::MAX, false); join.heads.len()],
        }
    }

    fn add(&mut self, (set, output): (u32, u32), row: Row<'_>, drop_name: bool) -> Result<(), MatchError> {
        let present: Vec<u64> = row.present().collect();
        let words = present.len();
        let occupied = &mut self.occupied[set as usize * words..][..words];
        if self.join.equals.check && bits::first_common(occupied, &present).is_some() {
            return Err(MatchError::SameLabelset);
        }
        let is_first = !bits::any(occupied);
        bits::union(occupied, &present);
        if let Some(step) = bits::iter(&present).next() {
            let first = &mut self.first[output as usize];
            *first = (*first).min((step, drop_name));
        }
        if is_first {
            self.tile.copy_row(output as usize, row);
            return Ok(());
        }
        let mut result = self.tile.row_mut(output as usize);
        for step in bits::iter(&present) {
            if let Some(sample) = row.sample(step) {
                result.set(step, sample);
            }
        }
        Ok(())
    }

    /// Rows without a sample go, or a chain of `or` would gather those of all its operands.
    fn finish(self) -> Joined {
        let shows = |row: usize| self.first[row].0 != usize::MAX;
        let head = |row: usize| {
            let head = self.join.heads[row].clone();
            let drop_name = if self.join.undecided[row] { self.first[row].1 } else { head.drop_name };
            RowHead { drop_name, ..head }
        };
        let shown: Vec<usize> = (0..self.first.len()).filter(|&row| shows(row)).collect();
        let heads = shown.iter().map(|&row| head(row)).collect();
        let tile = if shown.len() == self.first.len() {
            self.tile
        } else {
            let mut tile = Tile::with_capacity(shown.len(), self.tile.len());
            shown.iter().for_each(|&row| tile.push(self.tile.row(row)));
            tile
        };
        Joined { heads, tile, notes: Vec::new() }
    }
}
