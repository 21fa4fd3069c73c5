//! Sums of histograms at many places at once: row by row, as long as those that meet at a place have one shape.

use super::compensated::Count;
use super::{HistogramSum, HistogramTable, ResetHint, Shape};
use crate::model::kahan::KahanRow;
use std::ops::Range;

/// More shapes than this are the business of sums one by one.
const MOST_SHAPES: usize = 16;

/// Running sums, one a place.
#[derive(Clone, Debug)]
pub(crate) struct HistogramSums {
    places: Vec<Place>,
    /// Count, sum and zero count of each place.
    totals: KahanRow,
    shapes: Vec<Buckets>,
}

/// What a place holds beside numbers.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    /// How many histograms met here.
    number: u32,
    /// Who brought the first one.
    first: u32,
    shape: usize,
    hint: ResetHint,
    seen_reset: bool,
    seen_not_reset: bool,
}

impl Place {
    fn see(&mut self, hint: ResetHint) {
        self.seen_reset |= hint == ResetHint::Reset;
        self.seen_not_reset |= hint == ResetHint::NotReset;
        self.hint = if self.number == 0 { hint } else { self.hint.combine(hint).0 };
    }
}

/// The buckets of all places of a shape.
#[derive(Clone, Debug)]
struct Buckets {
    shape: Shape,
    /// The places that there is room for.
    places: Range<usize>,
    sums: KahanRow,
}

impl Buckets {
    /// Where the buckets of some places are.
    fn range(&self, places: &Range<usize>) -> Range<usize> {
        let at = |place: usize| (place - self.places.start) * self.shape.width;
        at(places.start)..at(places.end)
    }

    fn make_room(&mut self, places: &Range<usize>) {
        let old = std::mem::replace(&mut self.places, places.clone());
        if old.is_empty() {
            self.sums = KahanRow::nothing(places.len() * self.shape.width);
        } else if old.start > places.start || old.end < places.end {
            self.places = old.start.min(places.start)..old.end.max(places.end);
            let mut sums = KahanRow::nothing(self.places.len() * self.shape.width);
            sums.copy(self.range(&old).start, &self.sums, 0..self.sums.len());
            self.sums = sums;
        } else {
            self.places = old;
        }
    }
}

impl HistogramSums {
    pub(crate) fn new(places: usize) -> Self {
        let totals = KahanRow::nothing(places * 3);
        HistogramSums { places: vec![Place::default(); places], totals, shapes: Vec::new() }
    }

    /// Adds the rows of a table to the places of their numbers. False if their shapes do not allow it; the sums are
    /// unchanged then. `who` brings them.
    pub(crate) fn add(&mut self, table: &HistogramTable, who: u32) -> bool {
        if !table.runs().all(|run| self.fits(run.shape, &run.rows)) {
            return false;
        }
        for run in table.runs() {
            let Some(shape) = self.shape(run.shape) else { continue };
            for (place, &hint) in self.places[run.rows.clone()].iter_mut().zip(&table.hints[run.rows.clone()])
            {
                if place.number == 0 {
                    (place.first, place.shape) = (who, shape);
                }
                if place.number == 0 || place.hint != hint {
                    place.see(hint);
                }
                place.number += 1;
            }
            self.totals.add_at(run.rows.start * 3, table.totals[run.rows.clone()].as_flattened());
            let buckets = &mut self.shapes[shape];
            buckets.make_room(&run.rows);
            let from = buckets.range(&run.rows).start;
            buckets.sums.add_at(from, run.buckets);
        }
        true
    }

    /// Adds the sums of others, who came later. False as for [`HistogramSums::add`].
    pub(crate) fn merge(&mut self, later: &HistogramSums) -> bool {
        let fit = later.places.iter().enumerate().all(|(at, place)| {
            place.number == 0 || self.fits(&later.shapes[place.shape].shape, &(at..at + 1))
        });
        if !fit {
            return false;
        }
        for (at, other) in later.places.iter().enumerate().filter(|(_, place)| place.number > 0) {
            let (from, place) = (&later.shapes[other.shape], at..at + 1);
            let Some(shape) = self.shape(&from.shape) else { continue };
            let (own, to) = (&mut self.places[at], &mut self.shapes[shape]);
            to.make_room(&from.places);
            let (totals, buckets) = (at * 3..at * 3 + 3, from.range(&place));
            if own.number == 0 {
                *own = Place { shape, ..*other };
                self.totals.copy(totals.start, &later.totals, totals);
                to.sums.copy(to.range(&place).start, &from.sums, buckets);
            } else {
                own.hint = own.hint.combine(other.hint).0;
                own.seen_reset |= other.seen_reset;
                own.seen_not_reset |= other.seen_not_reset;
                own.number += other.number;
                self.totals.merge_at(totals.start, &later.totals, totals, Count::add);
                to.sums.merge_at(to.range(&place).start, &from.sums, buckets, Count::add);
            }
        }
        true
    }

    /// The sum at a place, how many histograms are in it, and who brought the first one; none without any.
    pub(crate) fn at(&self, at: usize) -> Option<(HistogramSum, u32, u32)> {
        let place = self.places.get(at).filter(|place| place.number > 0)?;
        let Buckets { shape, sums, .. } = &self.shapes[place.shape];
        let buckets = self.shapes[place.shape].range(&(at..at + 1));
        let totals = [0, 1, 2].map(|nth| self.totals.get(at * 3 + nth));
        let seen = [place.seen_reset, place.seen_not_reset];
        let buckets = buckets.map(|at| sums.get(at)).collect();
        Some((
            HistogramSum::of(shape, place.hint, totals, buckets, seen, place.number > 1),
            place.number,
            place.first,
        ))
    }

    /// How many float samples all sums weigh as.
    pub(crate) fn size_in_samples(&self) -> usize {
        let there = self.places.iter().filter(|place| place.number > 0);
        there.map(|place| self.shapes[place.shape].shape.size_in_samples()).sum()
    }

    /// True if histograms of a shape may be added row by row at some places.
    fn fits(&mut self, shape: &Shape, places: &Range<usize>) -> bool {
        let Some(shape) = self.shape(shape) else { return false };
        self.places[places.clone()].iter().all(|place| place.number == 0 || place.shape == shape)
    }

    /// The number of a shape; none if its buckets cannot be added one by one, or if there are too many.
    fn shape(&mut self, shape: &Shape) -> Option<usize> {
        let known = self.shapes.iter().position(|buckets| buckets.shape == *shape);
        if known.is_none() && shape.is_clear() && self.shapes.len() < MOST_SHAPES {
            self.shapes.push(Buckets { shape: shape.clone(), places: 0..0, sums: KahanRow::default() });
            return Some(self.shapes.len() - 1);
        }
        known
    }
}

#[cfg(test)]
mod tests {
    use super::super::{FloatHistogram, literal};
    use super::*;

    /// Tables of three rows, each of them of one of the shapes or empty.
    fn tables(choices: &[[usize; 3]], shapes: &[FloatHistogram]) -> Vec<HistogramTable> {
        let mut scale = 1.0;
        let table = |rows: &[usize; 3]| {
            let mut table = HistogramTable::default();
            for &row in rows {
                scale *= -1e7;
                match shapes.get(row) {
                    Some(shape) => {
                        let mut h = shape.clone();
                        h.mul(scale);
                        h.hint = shape.hint;
                        table.push(&h);
                    }
                    None => table.push_empty(1),
                }
            }
            table
        };
        choices.iter().map(table).collect()
    }

    fn shapes() -> Vec<FloatHistogram> {
        let all = [
            "count:3 sum:0.1 z_bucket:1 buckets:[0.3 1 7] counter_reset_hint:not_reset",
            "count:2 sum:0.7 z_bucket:3 buckets:[0.1 1 9] counter_reset_hint:reset",
            "schema:2 count:1 sum:3 n_buckets:[0.7] counter_reset_hint:gauge",
        ];
        all.map(literal).to_vec()
    }

    /// What the sums one by one are at a place.
    fn one_by_one<'a>(
        tables: impl Iterator<Item = &'a HistogramTable>,
        place: usize,
    ) -> Option<HistogramSum> {
        let mut there = tables.filter(|table| table.run_at(place).is_some());
        let mut sum = HistogramSum::new(&there.next()?.histogram(place));
        there.for_each(|table| sum.add(&table.histogram(place)).unwrap());
        Some(sum)
    }

    fn assert_same(sums: &HistogramSums, tables: &[HistogramTable], merged: Option<usize>) {
        for place in 0..sums.places.len() {
            let want = match merged {
                None => one_by_one(tables.iter(), place),
                Some(at) => {
                    match (one_by_one(tables[..at].iter(), place), one_by_one(tables[at..].iter(), place)) {
                        (Some(mut own), Some(later)) => {
                            own.merge(&later).unwrap();
                            Some(own)
                        }
                        (own, later) => own.or(later),
                    }
                }
            };
            let result =
                |sum: &HistogramSum| (sum.finish(), sum.finish().hint, sum.mean(3.0), sum.combined());
            assert_eq!(sums.at(place).map(|(sum, ..)| result(&sum)), want.as_ref().map(result));
        }
    }

    #[test]
    fn rows_add_up_to_the_sums_one_by_one() {
        // The second shape has the buckets of the first one; 9 is no histogram.
        let choices = [[9, 0, 2], [0, 1, 9], [1, 0, 2], [0, 0, 2], [0, 9, 9]];
        let tables = tables(&choices, &shapes());
        let sum = |tables: &[HistogramTable]| {
            let mut sums = HistogramSums::new(3);
            assert!((0..).zip(tables).all(|(who, table)| sums.add(table, who)));
            sums
        };
        assert_same(&sum(&tables), &tables, None);
        for at in 1..tables.len() {
            let mut whole = sum(&tables[..at]);
            assert!(whole.merge(&sum(&tables[at..])));
            assert_same(&whole, &tables, Some(at));
        }
        let whole = sum(&tables);
        assert_eq!((0..3).map(|place| whole.at(place).unwrap().2).collect::<Vec<_>>(), [1, 0, 0]);
        assert_eq!(whole.at(0).unwrap().1, 4);
        assert_eq!(whole.size_in_samples(), 13 + 13 + 12);
    }

    #[test]
    fn other_shapes_are_refused_and_change_nothing() {
        let tables = tables(&[[0, 0, 2], [9, 1, 1], [1, 1, 2]], &shapes());
        let mut sums = HistogramSums::new(3);
        assert!(sums.add(&tables[0], 0));
        let mut other = HistogramSums::new(3);
        assert!(other.add(&tables[1], 0));
        assert!(!sums.add(&tables[1], 1));
        assert!(!sums.merge(&other));
        assert_same(&sums, &tables[..1], None);
        // Buckets inside the zero bucket do not add up one by one.
        let inside = [&literal("z_bucket_w:9 z_bucket:1 buckets:[1]")].into_iter().collect();
        assert!(!HistogramSums::new(1).add(&inside, 0));
    }

    #[test]
    fn a_lone_minus_zero_stays_one() {
        let table = [&literal("count:-0 sum:-0 buckets:[-0]")].into_iter().collect();
        let mut sums = HistogramSums::new(1);
        sums.add(&table, 0);
        assert_same(&sums, &[table], None);
    }
}
