//! Rows of equal labels: an error where two of them hold a sample at one step, one row otherwise.

use super::context::Context;
use super::fail::Fail;
use super::rows::{Body, Rows};
use super::scan::hold;
use crate::column::{HistogramRow, NameRemoval, Row, RowHead, Tile};
use crate::model::Labels;
use hashbrown::DefaultHashBuilder;
use hashbrown::hash_table::{Entry, HashTable};
use promql_grammar::Span;
use std::hash::BuildHasher;
use std::sync::Arc;

/// Which operations look for equal labels in their result. Read off Prometheus' evaluator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Merging {
    /// Functions and operators that Prometheus evaluates step by step.
    Stepwise,
    /// Range functions and unary minus, which it evaluates series by series.
    Serieswise,
    /// Functions that write labels.
    Relabeling,
    /// The end of the query.
    Final,
}

impl Merging {
    fn applies(self, removal: NameRemoval, point: bool) -> bool {
        match (self, removal) {
            (Merging::Stepwise, NameRemoval::Delayed) => !point,
            (Merging::Serieswise, removal) => removal == NameRemoval::Immediate,
            (Merging::Final, removal) => removal == NameRemoval::Delayed,
            (Merging::Stepwise, NameRemoval::Immediate) | (Merging::Relabeling, _) => true,
        }
    }
}

/// Unites rows of equal labels.
///
/// # Errors
/// If two of them hold a sample at the same step.
pub(super) fn merge(cx: &Context<'_>, rows: Rows, merging: Merging, span: Span) -> Result<Rows, Fail> {
    if !merging.applies(cx.options.removal, rows.grid.point) {
        return Ok(rows);
    }
    if rows.heads.are_distinct() {
        return Ok(rows);
    }
    let Some(targets) = targets(&rows.heads) else { return Ok(rows) };
    let rows = hold(cx, rows)?;
    let Body::Held(tile) = &rows.body else { return Ok(rows) };
    let count = targets.iter().max().map_or(0, |&last| last + 1);
    let mut heads: Vec<Option<(usize, RowHead)>> = vec![None; count];
    let counted = cx.hold_slots(count, rows.grid.len)?;
    let mut merged = Tile::new(count, rows.grid.len);
    let mut conflict: Option<usize> = None;
    for (row, (&target, head)) in targets.iter().zip(rows.heads.iter()).enumerate() {
        let values = tile.row(row);
        if let Some(step) = first_overlap(merged.row(target), values) {
            conflict = Some(conflict.map_or(step, |first| first.min(step)));
        }
        // The flag of a merged row is that of its first sample, or of its first member with a sample.
        let first = values.present().enumerate().find(|&(_, word)| word != 0);
        let first = first.map_or(usize::MAX, |(index, word)| index * 64 + word.trailing_zeros() as usize);
        let wins = heads[target].as_ref().is_none_or(|(known, _)| {
            *known == usize::MAX && first != usize::MAX || merging == Merging::Stepwise && first < *known
        });
        if wins {
            heads[target] = Some((first, head.clone()));
        }
        let mut into = merged.row_mut(target);
        for step in crate::column::bits::iter(values.floats) {
            into.set_float(step, values.values[step]);
        }
        for (step, histogram) in values.histograms.into_iter().flat_map(HistogramRow::iter) {
            into.set_histogram(step, histogram.clone());
        }
    }
    if conflict.is_some() {
        return Err(Fail::same_labels(span));
    }
    let heads: Vec<RowHead> = heads.into_iter().flatten().map(|(_, head)| head).collect();
    let rows_merged = if rows.grid.point {
        by_first_sample(&rows, &targets, &heads, &merged)
    } else {
        Rows::held(heads.into(), rows.grid, merged)
    };
    // The samples are the same ones, the memory is new.
    let mut held = rows.counted.and_then(Arc::into_inner).unwrap_or_default();
    held.absorb(counted);
    Ok(rows_merged.counted(held))
}

/// Merged rows in the order of their first members that hold a sample, as the order of an instant vector shows it.
fn by_first_sample(rows: &Rows, targets: &[usize], heads: &[RowHead], merged: &Tile) -> Rows {
    let Body::Held(tile) = &rows.body else { return Rows::none(rows.grid) };
    let mut order: Vec<usize> = Vec::with_capacity(heads.len());
    let mut is_placed = vec![false; heads.len()];
    for (row, &target) in targets.iter().enumerate() {
        let is_first = tile.row(row).present().any(|word| word != 0);
        if is_first && !std::mem::replace(&mut is_placed[target], true) {
            order.push(target);
        }
    }
    let mut ordered = Tile::with_capacity(order.len(), rows.grid.len);
    order.iter().for_each(|&target| ordered.push(merged.row(target)));
    let heads = order.iter().map(|&target| heads[target].clone()).collect();
    Rows::held(heads, rows.grid, ordered)
}

/// For every row the number of the merged row, in order of first members; none if all labels differ.
fn targets(heads: &[RowHead]) -> Option<Vec<usize>> {
    let hasher = DefaultHashBuilder::default();
    let hash = |labels: &Labels| hasher.hash_one(labels);
    let mut table: HashTable<(usize, usize)> = HashTable::with_capacity(heads.len());
    let mut targets = Vec::with_capacity(heads.len());
    let mut count = 0;
    for (row, head) in heads.iter().enumerate() {
        let entry = table.entry(
            hash(&head.labels),
            |&(first, _)| heads[first].labels == head.labels,
            |&(first, _)| hash(&heads[first].labels),
        );
        targets.push(match entry {
            Entry::Occupied(known) => known.get().1,
            Entry::Vacant(place) => {
                place.insert((row, count));
                count += 1;
                count - 1
            }
        });
    }
    (count < heads.len()).then_some(targets)
}

fn first_overlap(a: Row<'_>, b: Row<'_>) -> Option<usize> {
    let common = a.present().zip(b.present()).map(|(a, b)| a & b).enumerate().find(|&(_, word)| word != 0);
    common.map(|(index, word)| index * 64 + word.trailing_zeros() as usize)
}
