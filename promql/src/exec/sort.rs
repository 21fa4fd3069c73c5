//! `sort` and `sort_by_label`: a permutation of the rows of an instant query, nothing in a range query.

use super::context::Context;
use super::fail::Fail;
use super::rows::{Body, Rows};
use super::scan::hold;
use crate::column::Tile;
use crate::functions::{order_by_labels, order_by_value};
use std::sync::Arc;

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
        Arc::make_mut(tile).drop_histograms();
        let mut permutation: Vec<u32> = all(rows.heads.len());
        permutation.retain(|&row| tile.row(row as usize).float(0).is_some());
        order_by_value(&mut permutation, |row| tile.row(row as usize).values[0], descending);
        return Ok(permuted(rows, &permutation));
    }
    Ok(rows)
}

/// Orders rows by their labels.
pub(super) fn by_labels(
    cx: &Context<'_>,
    input: Rows,
    labels: &[String],
    descending: bool,
) -> Result<Rows, Fail> {
    if !input.grid.point {
        return Ok(input);
    }
    let rows = hold(cx, input)?;
    let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
    let mut permutation = all(rows.heads.len());
    order_by_labels(&mut permutation, &rows.heads, &labels, descending);
    Ok(permuted(rows, &permutation))
}

fn all(rows: usize) -> Vec<u32> {
    (0..u32::try_from(rows).expect("a vector has fewer than 2^32 rows")).collect()
}

fn permuted(rows: Rows, permutation: &[u32]) -> Rows {
    let heads = permutation.iter().map(|&row| rows.heads[row as usize].clone()).collect();
    let mut tile = Tile::with_capacity(permutation.len(), rows.grid.len);
    if let Body::Held(held) = &rows.body {
        permutation.iter().for_each(|&row| tile.push(held.row(row as usize)));
    }
    Rows { counted: rows.counted, ..Rows::held(heads, rows.grid, tile) }
}
