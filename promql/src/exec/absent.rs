//! `absent`, `absent_over_time`, `scalar`: folds over the presence of all rows.

use super::context::Context;
use super::fail::Fail;
use super::rows::Rows;
use super::scalar::Scalar;
use super::scan::{scan, scan_rows};
use crate::column::{RowHead, Tile, bits};
use crate::model::Labels;

/// One row that holds 1 at every step where no row of the input holds anything.
pub(super) fn absent(cx: &Context<'_>, input: &Rows, labels: Labels) -> Result<Rows, Fail> {
    let len = input.grid.len;
    let mut present = vec![0; bits::words(len)];
    let rows: Vec<u32> = input.numbers().collect();
    for rows in strides(input, &rows) {
        scan_rows(
            cx,
            input,
            rows,
            |morsel| {
                let mut present = vec![0; bits::words(len)];
                for (_, row) in morsel.iter() {
                    for (seen, word) in present.iter_mut().zip(row.present()) {
                        *seen |= word;
                    }
                }
                Ok(present)
            },
            |part| {
                bits::union(&mut present, &part);
                Ok(())
            },
        )?;
        if bits::all(&present, len) && !input.speaks() {
            break;
        }
    }
    let mut tile = Tile::new(1, len);
    let row = tile.row_mut(0);
    row.values.fill(1.0);
    bits::fill(row.floats, len);
    for (word, seen) in row.floats.iter_mut().zip(&present) {
        *word &= !seen;
    }
    Ok(Rows::held(vec![RowHead::new(labels)].into(), input.grid, tile))
}

/// The rows in growing strides: mostly one row settles all there is to know, and where it does not, many are read at a
/// time. Where reading may raise anything, all of them at once.
fn strides<'a>(input: &Rows, rows: &'a [u32]) -> impl Iterator<Item = &'a [u32]> {
    let (mut rest, mut stride) = (rows, if input.speaks() { usize::MAX } else { 1 });
    std::iter::from_fn(move || {
        let (now, later) = rest.split_at(rest.len().min(stride));
        (rest, stride) = (later, stride.saturating_mul(8));
        (!now.is_empty()).then_some(now)
    })
}

/// The float of the only row that holds one, NaN where there is none or more than one.
pub(super) fn to_scalar(cx: &Context<'_>, input: &Rows) -> Result<Scalar, Fail> {
    let len = input.grid.len;
    let start = || (vec![f64::NAN; len], vec![0u64; bits::words(len)], vec![0u64; bits::words(len)]);
    let (mut values, mut once, mut more) = start();
    scan(
        cx,
        input,
        |morsel| {
            let (mut values, mut once, mut more) = start();
            for (_, row) in morsel.iter() {
                for (word, &floats) in row.floats.iter().enumerate() {
                    more[word] |= once[word] & floats;
                    once[word] |= floats;
                }
                for step in bits::iter(row.floats) {
                    values[step] = row.values[step];
                }
            }
            Ok((values, once, more))
        },
        |(part, part_once, part_more)| {
            for step in bits::iter(&part_once) {
                values[step] = part[step];
            }
            for word in 0..once.len() {
                more[word] |= part_more[word] | once[word] & part_once[word];
                once[word] |= part_once[word];
            }
            Ok(())
        },
    )?;
    for (step, value) in values.iter_mut().enumerate() {
        if !bits::get(&once, step) || bits::get(&more, step) {
            *value = f64::NAN;
        }
    }
    Ok(Scalar::Row(values))
}
