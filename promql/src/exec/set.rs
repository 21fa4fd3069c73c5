//! `and`, `or`, `unless`: rows of one side pass where the other side lets them.

use super::binary::{Call, failed, joined};
use super::context::Context;
use super::fail::Fail;
use super::rows::{Body, Rows};
use super::scan::{hear, hold, pack, scan_rows};
use crate::column::Row;
use crate::operators::{Presence, SetJoin};
use promql_grammar::ast::{BinaryOp, Side};
use std::sync::Arc;

/// Binds a set operation.
pub(super) fn bind(cx: &Context<'_>, call: Call<'_>, lhs: Rows, rhs: Rows) -> Result<Rows, Fail> {
    let join = SetJoin::bind(call.op, call.modifiers, &lhs.heads, &rhs.heads, cx.options.removal, call.grid);
    if !join.is_row_local() {
        let (lhs, rhs) = (hold(cx, lhs)?, hold(cx, rhs)?);
        let (Body::Held(left), Body::Held(right)) = (&lhs.body, &rhs.body) else {
            return Ok(Rows::none(call.grid));
        };
        let result = join.evaluate(left, right, cx.cancel).map_err(|error| failed(call.span, error))?;
        return joined(cx, call, result);
    }
    if call.op == BinaryOp::Or {
        return either(cx, join, lhs, rhs);
    }
    let noted = worth_noting(&join, &rhs);
    hear(cx, &rhs, |row| join.is_worth_noting(row as usize))?;
    let presence = note(cx, &join, &rhs, &noted)?;
    // Rows that cannot pass need not be read unless they have something to say.
    let kept = join.partnered().filter(|_| !lhs.speaks());
    let masked = mask(&Arc::new(join), presence, lhs);
    Ok(match kept {
        Some(kept) => Rows::selected(masked, &kept),
        None => masked,
    })
}

/// `or`: the left rows, behind them what they leave of the right ones. Left rows that hide others are read for it and
/// held, the others are read when they are asked for. Right rows are read at once: where nothing is left of them they
/// go, or a chain of `or` would gather those of all its operands.
fn either(cx: &Context<'_>, join: SetJoin, lhs: Rows, rhs: Rows) -> Result<Rows, Fail> {
    let noted = worth_noting(&join, &lhs);
    let lhs = lhs.holding(cx, &noted)?;
    let presence = note(cx, &join, &lhs, &noted)?;
    let grid = lhs.grid;
    let join = Arc::new(join);
    let (kept, packed, counted) = pack(cx, &mask(&join, presence, rhs))?;
    if kept.is_empty() {
        return Ok(lhs);
    }
    let row = |row: &u32| join.result_row(Side::Right, *row as usize);
    let right: Vec<_> = kept.iter().filter_map(row).map(|row| join.heads()[row].clone()).collect();
    let places = lhs.numbers().map(|row| (0, row)).chain((0..).zip(&right).map(|(row, _)| (1, row)));
    let (places, heads) = (places.collect(), lhs.heads.iter().chain(&right).cloned().collect());
    let right = Rows::packed(right.into(), grid, packed).counted(counted);
    Ok(Rows::union(heads, grid, vec![lhs, right], places))
}

/// The rows of the noted side that can mask anything.
fn worth_noting(join: &SetJoin, rows: &Rows) -> Vec<u32> {
    rows.numbers().filter(|&row| join.is_worth_noting(row as usize)).collect()
}

/// Notes where the given rows hold samples.
fn note(cx: &Context<'_>, join: &SetJoin, rows: &Rows, noted: &[u32]) -> Result<Presence, Fail> {
    let mut presence = join.presence(rows.grid.len);
    scan_rows(
        cx,
        rows,
        noted,
        |morsel| {
            Ok(morsel.iter().map(|(row, samples)| (row, samples.present().collect::<Vec<u64>>())).collect())
        },
        |part: Vec<(u32, Vec<u64>)>| {
            for (row, present) in part {
                let samples = Row { values: &[], floats: &present, histograms: None };
                join.note(&mut presence, row as usize, samples);
            }
            Ok(())
        },
    )?;
    Ok(presence)
}

/// What the noted rows let through of the others.
fn mask(join: &Arc<SetJoin>, presence: Presence, rows: Rows) -> Rows {
    let join = Arc::clone(join);
    let heads = rows.heads.clone();
    Rows::in_place(rows, heads, move |_, rows, tile| {
        for (nth, &row) in rows.iter().enumerate() {
            join.mask(&presence, row as usize, &mut tile.row_mut(nth));
        }
        Ok(())
    })
}
