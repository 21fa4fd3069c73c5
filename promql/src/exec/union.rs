//! Rows of several vectors as one vector, and some rows of one.

use super::context::Context;
use super::fail::Fail;
use super::rows::{Body, Load, Rows, Stream};
use super::scan::{hold, hold_rows};
use crate::column::{Heads, Tile};
use crate::model::Grid;

/// Where a row of the union comes from: the number of a vector, and of the row in it.
type Place = (usize, u32);

struct Union {
    parts: Vec<Rows>,
    places: Vec<Place>,
    grid: Grid,
}

impl Rows {
    /// The rows at the given places of several vectors.
    pub(super) fn union(heads: Heads, grid: Grid, parts: Vec<Rows>, places: Vec<Place>) -> Rows {
        debug_assert_eq!(heads.len(), places.len());
        let load = parts.iter().fold(Load::default(), |load, part| load.and(part.load));
        Rows::stream(heads, grid, load, Union { parts, places, grid })
    }

    /// Some rows of a vector, in the given order.
    pub(super) fn selected(input: Rows, numbers: &[u32]) -> Rows {
        let heads: Heads = numbers.iter().map(|&row| input.heads[row as usize].clone()).collect();
        Rows::union(heads, input.grid, vec![input], numbers.iter().map(|&row| (0, row)).collect())
    }

    /// The same rows, of which some are read and held.
    pub(super) fn holding(self, cx: &Context<'_>, wanted: &[u32]) -> Result<Rows, Fail> {
        if wanted.is_empty() || !matches!(self.body, Body::Stream(_)) {
            return Ok(self);
        }
        if wanted.len() == self.heads.len() {
            return hold(cx, self);
        }
        let held = hold_rows(cx, &self, wanted)?;
        let mut places: Vec<Place> = self.numbers().map(|row| (1, row)).collect();
        (0..).zip(wanted).for_each(|(nth, &row)| places[row as usize] = (0, nth));
        let (heads, grid) = (self.heads.clone(), self.grid);
        Ok(Rows::union(heads, grid, vec![held, self], places))
    }
}

impl Stream for Union {
    fn read(&self, cx: &Context<'_>, rows: &[u32], out: &mut Tile) -> Result<(), Fail> {
        let place = |&row: &u32| self.places[row as usize];
        let first = rows.first().map_or(0, |row| place(row).0);
        if rows.iter().all(|row| place(row).0 == first) {
            let numbers: Vec<u32> = rows.iter().map(|row| place(row).1).collect();
            return self.parts[first].read(cx, &numbers, out);
        }
        out.reset(rows.len(), self.grid.len);
        for (nth, part) in self.parts.iter().enumerate() {
            let of_part = || rows.iter().enumerate().filter(|(_, row)| place(row).0 == nth);
            let numbers: Vec<u32> = of_part().map(|(_, row)| place(row).1).collect();
            part.with_rows(cx, &numbers, |morsel| {
                of_part().enumerate().for_each(|(nth, (to, _))| out.copy_row(to, morsel.row(nth)));
                Ok(())
            })?;
        }
        Ok(())
    }

    fn speaks(&self) -> bool {
        self.parts.iter().any(Rows::speaks)
    }
}
