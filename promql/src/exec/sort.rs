//! `sort` and `sort_by_label`: a permutation of the rows of an instant query, nothing in a range query.

use super::context::Context;
use super::fail::Fail;
use super::rows::{Body, Rows};
use super::scan::hold;
use crate::column::{RowHead, Tile};
use std::cmp::Ordering;

/// Orders rows by their only value, NaN last in both directions; histograms go.
pub(super) fn by_value(cx: &Context<'_>, input: Rows, descending: bool) -> Result<Rows, Fail> {
    if !input.grid.point {
        let heads = input.heads.clone();
        return Ok(Rows::in_place(input, heads, |_, _, tile| {
            tile.drop_histograms();
            Ok(())
        }));
    }
    let mut rows = hold(cx, input)?;
    if let Body::Held(tile) = &mut rows.body {
        tile.drop_histograms();
        let tile = &*tile;
        let order = |&a: &usize, &b: &usize| match (tile.row(a).float(0), tile.row(b).float(0)) {
            (Some(a), Some(b)) if a.is_nan() || b.is_nan() => a.is_nan().cmp(&b.is_nan()),
            (Some(a), Some(b)) if descending => b.partial_cmp(&a).unwrap_or(Ordering::Equal),
            (Some(a), Some(b)) => a.partial_cmp(&b).unwrap_or(Ordering::Equal),
            (a, b) => b.is_some().cmp(&a.is_some()),
        };
        let mut permutation: Vec<usize> = (0..rows.heads.len()).collect();
        permutation.sort_by(order);
        return Ok(permuted(&rows, &permutation));
    }
    Ok(rows)
}

/// Orders rows by their labels.
pub(super) fn by_labels(
    cx: &Context<'_>,
    input: Rows,
    order: impl Fn(&RowHead, &RowHead) -> Ordering,
) -> Result<Rows, Fail> {
    if !input.grid.point {
        return Ok(input);
    }
    let rows = hold(cx, input)?;
    let mut permutation: Vec<usize> = (0..rows.heads.len()).collect();
    permutation.sort_by(|&a, &b| order(&rows.heads[a], &rows.heads[b]));
    Ok(permuted(&rows, &permutation))
}

fn permuted(rows: &Rows, permutation: &[usize]) -> Rows {
    let heads = permutation.iter().map(|&row| rows.heads[row].clone()).collect();
    let mut tile = Tile::with_capacity(permutation.len(), rows.grid.len);
    if let Body::Held(held) = &rows.body {
        permutation.iter().for_each(|&row| tile.push(held.row(row)));
    }
    Rows::held(heads, rows.grid, tile)
}
