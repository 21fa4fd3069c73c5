//! Reading all rows of a vector in morsels, on one thread or many, merged in order.

use super::context::Context;
use super::fail::Fail;
use super::rows::{Body, Rows};
use crate::column::{Row, Tile};

/// Slots of a morsel: half of a level 2 cache.
const MORSEL_SLOTS: usize = 65_536;
/// Rows of a morsel, where rows are short.
const MORSEL_ROWS: usize = 8_192;
/// Slots of a whole vector below which no other thread is woken.
const INLINE_SLOTS: usize = 131_072;

/// Some rows with their values.
#[derive(Clone, Copy)]
pub(super) struct Morsel<'a> {
    /// The numbers of the rows.
    pub rows: &'a [u32],
    tile: &'a Tile,
    /// The tile holds all rows of the vector, not only those of the morsel.
    whole: bool,
}

impl<'a> Morsel<'a> {
    /// Numbers and values of the rows.
    pub(super) fn iter(self) -> impl Iterator<Item = (u32, Row<'a>)> {
        let numbered = self.rows.iter().enumerate();
        numbered.map(move |(nth, &row)| (row, self.tile.row(if self.whole { row as usize } else { nth })))
    }
}

/// Runs `work` over all rows in morsels and `merge` over its results in row order. What the morsels are depends on
/// the vector only, never on threads.
///
/// # Errors
/// The error of the first morsel that fails; morsels before it have been merged.
pub(super) fn scan<P: Send>(
    cx: &Context<'_>,
    input: &Rows,
    work: impl Fn(Morsel<'_>) -> Result<P, Fail> + Sync,
    merge: impl FnMut(P) -> Result<(), Fail>,
) -> Result<(), Fail> {
    let all: Vec<u32> = (0..u32::try_from(input.heads.len()).expect("a vector has fewer than 2^32 rows")).collect();
    let morsel_rows = (MORSEL_SLOTS / input.width.max(1)).clamp(1, MORSEL_ROWS);
    let morsels: Vec<&[u32]> = all.chunks(morsel_rows).collect();
    let run = |rows: &[u32]| -> Result<P, Fail> {
        cx.cancel.check()?;
        match &input.body {
            Body::Held(tile) => work(Morsel { rows, tile, whole: true }),
            Body::Stream(stream) => cx.with_scratch(|tile| {
                stream.read(cx, rows, tile)?;
                work(Morsel { rows, tile, whole: false })
            }),
        }
    };
    let slots = all.len().saturating_mul(input.width.max(1));
    if cx.options.parallel && morsels.len() > 1 && slots > INLINE_SLOTS {
        run_on_pool(&morsels, run, merge)
    } else {
        run_here(&morsels, run, merge)
    }
}

fn run_here<P>(
    morsels: &[&[u32]],
    run: impl Fn(&[u32]) -> Result<P, Fail>,
    mut merge: impl FnMut(P) -> Result<(), Fail>,
) -> Result<(), Fail> {
    morsels.iter().try_for_each(|rows| merge(run(rows)?))
}

#[cfg(feature = "threads")]
fn run_on_pool<P: Send>(
    morsels: &[&[u32]],
    run: impl Fn(&[u32]) -> Result<P, Fail> + Sync,
    mut merge: impl FnMut(P) -> Result<(), Fail>,
) -> Result<(), Fail> {
    use rayon::prelude::*;
    // Waves bound how many unmerged results are alive.
    for wave in morsels.chunks(rayon::current_num_threads() * 4) {
        let results: Vec<Result<P, Fail>> = wave.par_iter().map(|rows| run(rows)).collect();
        for result in results {
            merge(result?)?;
        }
    }
    Ok(())
}

#[cfg(not(feature = "threads"))]
fn run_on_pool<P>(
    morsels: &[&[u32]],
    run: impl Fn(&[u32]) -> Result<P, Fail>,
    merge: impl FnMut(P) -> Result<(), Fail>,
) -> Result<(), Fail> {
    run_here(morsels, run, merge)
}

/// Reads all rows and holds them.
pub(super) fn hold(cx: &Context<'_>, input: Rows) -> Result<Rows, Fail> {
    if let Body::Held(_) = input.body {
        return Ok(input);
    }
    let mut tile = Tile::with_capacity(0, input.grid.len);
    scan(
        cx,
        &input,
        |morsel| {
            let mut part = Tile::with_capacity(morsel.rows.len(), input.grid.len);
            let mut samples = 0;
            for (_, row) in morsel.iter() {
                samples += row.samples();
                part.push(row);
            }
            cx.hold(samples)?;
            Ok(part)
        },
        |part| {
            tile.append(part);
            Ok(())
        },
    )?;
    Ok(Rows::held(input.heads, input.grid, tile))
}
