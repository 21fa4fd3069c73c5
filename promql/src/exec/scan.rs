//! Reading all rows of a vector in morsels, on one thread or many, merged in order.

use super::context::{Context, Held};
use super::fail::Fail;
use super::rows::{Body, Morsel, Rows};
use crate::column::{PackedRows, Tile};
use smallvec::SmallVec;

/// Slots of a morsel: half of a level 2 cache.
const MORSEL_SLOTS: usize = 65_536;
/// Rows of a morsel, where rows are short.
const MORSEL_ROWS: usize = 8_192;
/// Slots of a whole vector below which no other thread is woken.
const INLINE_SLOTS: usize = 131_072;

/// Runs `work` over all rows in morsels and `merge` over its results in row order. What the morsels are depends on
/// the vector only, never on threads.
///
/// # Errors
/// The error of the first morsel that fails; morsels before it have been merged.
pub(super) fn scan<P: Send>(
    cx: &Context<'_>,
    input: &Rows,
    work: impl Fn(Morsel<'_>) -> Result<P, Fail> + Sync,
    merge: impl FnMut(P) -> Result<(), Fail> + Send,
) -> Result<(), Fail> {
    scan_rows(cx, input, &all(input), work, merge)
}

/// [`scan`] over some of the rows.
///
/// # Errors
/// See [`scan`].
pub(super) fn scan_rows<P: Send>(
    cx: &Context<'_>,
    input: &Rows,
    rows: &[u32],
    work: impl Fn(Morsel<'_>) -> Result<P, Fail> + Sync,
    merge: impl FnMut(P) -> Result<(), Fail> + Send,
) -> Result<(), Fail> {
    let run = |rows: &[u32]| input.with_rows(cx, rows, &work);
    in_order(cx, morsels(input, rows), rows.len().saturating_mul(input.load.width), run, merge)
}

/// Reads rows that nobody has a use for, for the notes and errors that reading them raises.
///
/// # Errors
/// See [`scan`].
pub(super) fn hear(cx: &Context<'_>, input: &Rows, is_read: impl Fn(u32) -> bool) -> Result<(), Fail> {
    if !input.speaks() {
        return Ok(());
    }
    let unread: Vec<u32> = input.numbers().filter(|&row| !is_read(row)).collect();
    scan_rows(cx, input, &unread, |_| Ok(()), |()| Ok(()))
}

/// The numbers of all rows.
fn all(input: &Rows) -> SmallVec<[u32; 8]> {
    input.numbers().collect()
}

/// Rows in portions.
fn morsels<'r>(input: &Rows, rows: &'r [u32]) -> std::slice::Chunks<'r, u32> {
    rows.chunks(morsel_rows(input.load.width))
}

/// The rows of a morsel if the longest row alive is `width` steps long.
pub(super) fn morsel_rows(width: usize) -> usize {
    (MORSEL_SLOTS / width.max(1)).clamp(1, MORSEL_ROWS)
}

/// Runs `work` over all jobs, on other threads too if they are worth `slots` in all, and `merge` over the results in
/// the order of the jobs.
///
/// # Errors
/// The error of the first job that fails; jobs before it have been merged.
pub(super) fn in_order<J: Send, P: Send>(
    cx: &Context<'_>,
    jobs: impl ExactSizeIterator<Item = J> + Send,
    slots: usize,
    work: impl Fn(J) -> Result<P, Fail> + Sync,
    merge: impl FnMut(P) -> Result<(), Fail> + Send,
) -> Result<(), Fail> {
    let run = |job| {
        cx.cancel.check()?;
        work(job)
    };
    cx.pool.in_order(jobs, slots > INLINE_SLOTS, run, merge)
}

/// Reads all rows and holds them.
pub(super) fn hold(cx: &Context<'_>, input: Rows) -> Result<Rows, Fail> {
    if let Body::Held(_) = input.body {
        return Ok(input);
    }
    let (tile, counted) = hold_tile(cx, &input, &all(&input))?;
    Ok(Rows::held(input.heads, input.grid, tile).counted(counted))
}

/// Reads some rows and holds them.
pub(super) fn hold_rows(cx: &Context<'_>, input: &Rows, rows: &[u32]) -> Result<Rows, Fail> {
    let (tile, counted) = hold_tile(cx, input, rows)?;
    let heads = rows.iter().map(|&row| input.heads[row as usize].clone()).collect();
    Ok(Rows::held(heads, input.grid, tile).counted(counted))
}

fn hold_tile(cx: &Context<'_>, input: &Rows, rows: &[u32]) -> Result<(Tile, Held), Fail> {
    let mut counted = cx.hold_slots(rows.len(), input.grid.len)?;
    let morsels = morsels(input, rows);
    // What comes first is moved, not copied.
    let room = if morsels.len() > 1 { rows.len() } else { 0 };
    let mut tile = Tile::with_capacity(room, input.grid.len);
    let read = |rows: &[u32]| {
        let mut part = Tile::default();
        input.read(cx, rows, &mut part)?;
        let samples = part.iter().map(|row| row.samples()).sum();
        Ok((part, cx.hold(samples)?))
    };
    let slots = rows.len().saturating_mul(input.load.width);
    in_order(cx, morsels, slots, read, |(part, held)| {
        tile.append(part);
        counted.absorb(held);
        Ok(())
    })?;
    Ok((tile, counted))
}

/// Reads all rows and keeps those that hold anything, with their numbers.
pub(super) fn pack(cx: &Context<'_>, input: &Rows) -> Result<(Vec<u32>, PackedRows, Held), Fail> {
    let (mut kept, mut packed) = (Vec::new(), PackedRows::new(input.grid.len));
    let mut counted = Held::default();
    let all = all(input);
    let read = |rows: &[u32]| {
        cx.with_scratch(|tile| {
            input.read(cx, rows, tile)?;
            let samples = tile.iter().map(|row| row.samples()).sum();
            // What is not there still takes a bit.
            let held = cx.hold_both(samples, samples + rows.len() * input.grid.len.div_ceil(64))?;
            if tile.is_dense() {
                return Ok((rows.to_vec(), PackedRows::dense(std::mem::take(tile)), held));
            }
            let (mut kept, mut part) = (Vec::new(), PackedRows::new(input.grid.len));
            for (&number, row) in rows.iter().zip(tile.iter()).filter(|(_, row)| !row.is_absent()) {
                kept.push(number);
                part.push(row);
            }
            Ok((kept, part, held))
        })
    };
    in_order(
        cx,
        morsels(input, &all),
        all.len().saturating_mul(input.load.width),
        read,
        |(mut numbers, part, held)| {
            if kept.is_empty() {
                kept = numbers;
            } else {
                kept.append(&mut numbers);
            }
            packed.append(part);
            counted.absorb(held);
            Ok(())
        },
    )?;
    Ok((kept, packed, counted))
}
