//! Vector matching, settled from row heads alone: who may meet whom, and what the results are called.

use super::outputs::Equals;
use super::signature::{MatchLabels, Numbering};
use super::table::operator;
use crate::column::{NameRemoval, RowHead};
use crate::model::{Grid, Labels, is_metadata};
use hashbrown::HashSet;
use promql_grammar::ast::{BinaryModifiers, BinaryOp, Side};

/// A binary operation between two vectors, bound to their heads; not for set operators.
///
/// If no pair of rows can get in another's way, whatever samples there are, [`Join::pairs`] lists the rows that meet and
/// [`super::combine`] does the rest. Otherwise [`Join::evaluate`] walks step by step; it works for every join.
#[derive(Debug)]
pub struct Join {
    pub(super) op: BinaryOp,
    pub(super) return_bool: bool,
    pub(super) rule: LabelRule,
    pub(super) equals: Equals,
    /// The side whose rows may share a partner; left in one-to-one matching.
    pub(super) many_side: Side,
    pub(super) one_to_one: bool,
    /// Stands in for a missing row of the many side, of the one side.
    pub(super) fills: (Option<f64>, Option<f64>),
    pub(super) many: Vec<Member>,
    pub(super) one: Vec<Member>,
    pub(super) signatures: usize,
    pairs: Option<(Vec<Pair>, Vec<RowHead>)>,
}

/// Two rows that meet, by their numbers in the written operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The row of the left operand.
    pub left: u32,
    /// The row of the right operand.
    pub right: u32,
}

/// A row of an operand.
#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) labels: Labels,
    /// Its match group; none if the group has no row on the other side and nothing is filled in.
    pub(super) signature: Option<u32>,
}

/// How the labels of a result follow from the pair's.
#[derive(Clone, Debug)]
pub(super) struct LabelRule {
    pub(super) matching: MatchLabels,
    one_to_one: bool,
    drop_metadata: bool,
    /// The flag of every result.
    pub(super) drop_name: bool,
    /// Labels taken from the one side.
    pub(super) include: Vec<String>,
}

impl LabelRule {
    pub(super) fn result(&self, many: &Labels, one: &Labels) -> Labels {
        let base = many.without(|name| {
            (self.drop_metadata && is_metadata(name)) || (self.one_to_one && !self.matching.keeps(name))
        });
        if self.include.is_empty() {
            return base;
        }
        let mut edit = base.edit();
        for name in &self.include {
            edit.set(name, one.get(name));
        }
        edit.finish()
    }
}

impl Join {
    /// Binds an operation to the heads of its operands.
    #[must_use]
    pub fn bind(
        op: BinaryOp,
        modifiers: &BinaryModifiers,
        left: &[RowHead],
        right: &[RowHead],
        mode: NameRemoval,
        grid: Grid,
    ) -> Join {
        let many_side = modifiers.group.as_ref().map_or(Side::Left, |group| group.side);
        let (many, one, fills) = match many_side {
            Side::Left => (left, right, (modifiers.fill_left, modifiers.fill_right)),
            Side::Right => (right, left, (modifiers.fill_right, modifiers.fill_left)),
        };
        let matching = MatchLabels::new(modifiers.matching.as_ref());
        let (many, one, signatures) = members(&matching, many, one, fills != (None, None));
        let delayed = mode == NameRemoval::Delayed;
        let mut join = Join {
            op,
            return_bool: modifiers.return_bool,
            rule: LabelRule {
                matching,
                one_to_one: modifiers.group.is_none(),
                drop_metadata: operator(op).changes_schema || (modifiers.return_bool && !delayed),
                drop_name: modifiers.return_bool && delayed,
                include: modifiers.group.as_ref().map_or_else(Vec::new, |group| group.include.clone()),
            },
            equals: Equals::policy(grid, mode),
            many_side,
            one_to_one: modifiers.group.is_none(),
            fills,
            many,
            one,
            signatures,
            pairs: None,
        };
        join.pairs = join.find_pairs();
        join
    }

    /// The rows that meet, one result row each, if nothing else can happen. Ordered by the many side (left in
    /// one-to-one matching).
    #[must_use]
    pub fn pairs(&self) -> Option<&[Pair]> {
        self.pairs.as_ref().map(|(pairs, _)| pairs.as_slice())
    }

    /// The heads of the results of [`Join::pairs`]; empty if there are no such pairs.
    #[must_use]
    pub fn heads(&self) -> &[RowHead] {
        self.pairs.as_ref().map_or(&[], |(_, heads)| heads)
    }

    fn find_pairs(&self) -> Option<(Vec<Pair>, Vec<RowHead>)> {
        if self.fills != (None, None) {
            return None;
        }
        let mut partners = vec![None; self.signatures];
        for (number, one) in (0..).zip(&self.one) {
            // A second row is an error as soon as both hold a sample, with or without anybody to match them.
            if partners[one.signature? as usize].replace(number).is_some() && !self.many.is_empty() {
                return None;
            }
        }
        let (mut pairs, mut heads) = (Vec::new(), Vec::new());
        let mut taken = vec![false; self.signatures];
        let mut labels = HashSet::new();
        for (number, many) in (0..).zip(&self.many) {
            let Some(signature) = many.signature.map(|signature| signature as usize) else { continue };
            let Some(partner) = partners[signature] else { continue };
            let result = self.rule.result(&many.labels, &self.one[partner as usize].labels);
            let is_taken = self.one_to_one && std::mem::replace(&mut taken[signature], true);
            if is_taken || !labels.insert(result.clone()) {
                return None;
            }
            pairs.push(match self.many_side {
                Side::Left => Pair { left: number, right: partner },
                Side::Right => Pair { left: partner, right: number },
            });
            heads.push(RowHead { labels: result, drop_name: self.rule.drop_name });
        }
        Some((pairs, heads))
    }
}

/// Numbers the match groups. Those of the many side that nothing can meet stay without number.
fn members(
    matching: &MatchLabels,
    many: &[RowHead],
    one: &[RowHead],
    all: bool,
) -> (Vec<Member>, Vec<Member>, usize) {
    let mut numbering = Numbering::by(|name: &str| matching.decides(name));
    let mut number = |heads: &[RowHead], all: bool| -> Vec<Member> {
        let mut members = Vec::with_capacity(heads.len());
        for RowHead { labels, .. } in heads {
            let signature = if all { Some(numbering.number(labels)) } else { numbering.find(labels) };
            members.push(Member { labels: labels.clone(), signature });
        }
        members
    };
    let one = number(one, true);
    let many = number(many, all);
    (many, one, numbering.len())
}
