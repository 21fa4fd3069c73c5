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
