//! Many histograms by rows: their numbers in columns, and what neighbours have in common once for all of them.

use super::{Counts, FloatHistogram, Layout, ResetHint};
use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// What the histograms of a series have in common as long as no bucket comes or goes.
#[derive(Clone, Debug)]
pub(crate) struct Shape {
    pub(crate) schema: i32,
    pub(crate) zero_threshold: f64,
    pub(crate) layout: Arc<Layout>,
    /// The number of buckets.
    pub(crate) width: usize,
}

impl PartialEq for Shape {
    fn eq(&self, other: &Self) -> bool {
        self.is(other.schema, other.zero_threshold, &other.layout, other.width)
    }
}

impl Shape {
    /// That of histograms which were reduced to their statistics.
    pub(crate) fn bare(schema: i32) -> Self {
        Shape { schema, zero_threshold: 0.0, layout: Layout::none(), width: 0 }
    }

    pub(crate) fn of(h: &FloatHistogram) -> Self {
        let (layout, width) = (Arc::clone(&h.layout), h.buckets.len());
        Shape { schema: h.schema, zero_threshold: h.zero_threshold, layout, width }
    }

    /// True if a histogram has this shape.
    fn fits(&self, h: &FloatHistogram) -> bool {
        self.is(h.schema, h.zero_threshold, &h.layout, h.buckets.len())
    }

    /// The same buckets; quick where the layout is shared.
    fn is(&self, schema: i32, zero_threshold: f64, layout: &Arc<Layout>, width: usize) -> bool {
        self.schema == schema
            && self.zero_threshold == zero_threshold
            && self.width == width
            && (Arc::ptr_eq(&self.layout, layout) || self.layout == *layout)
    }

    /// A histogram of this shape.
    pub(crate) fn histogram(&self, hint: ResetHint, totals: Totals, buckets: Counts) -> FloatHistogram {
        let [count, sum, zero_count] = totals;
        let &Shape { schema, zero_threshold, ref layout, .. } = self;
        let layout = Arc::clone(layout);
        FloatHistogram { hint, schema, zero_threshold, zero_count, count, sum, layout, buckets }
    }

    /// How many float samples such a histogram weighs as, for limits.
    pub(crate) fn size_in_samples(&self) -> usize {
        self.layout.size_in_samples(self.width)
    }

    /// Sums and differences are made bucket by bucket, and have this shape as well if all their buckets are populated.
    pub(crate) fn is_closed(&self) -> bool {
        self.is_clear() && self.layout.is_compact()
    }

    /// True if no bucket lies inside the zero bucket.
    pub(crate) fn is_clear(&self) -> bool {
        self.layout.lowest_bound(self.schema) > self.zero_threshold
    }
}

/// Count, sum and zero count of a histogram: what is not in buckets.
pub(crate) type Totals = [f64; 3];

/// The place of the count among [`Totals`].
pub(crate) const COUNT: usize = 0;
/// The place of the sum among [`Totals`].
pub(crate) const SUM: usize = 1;

/// Rows of one shape that follow each other, up to the next run.
#[derive(Clone, Debug)]
struct Begin {
    /// None for rows without histograms.
    shape: Option<Shape>,
    row: usize,
    bucket: usize,
}

/// Rows of one shape that follow each other.
#[derive(Clone, Debug)]
pub(crate) struct Run<'a> {
    pub(crate) shape: &'a Shape,
    pub(crate) rows: Range<usize>,
    /// The buckets of the first row, those of the second row, and so on.
    pub(crate) buckets: &'a [f64],
}

impl<'a> Run<'a> {
    /// The buckets of a row, which is counted in the table.
    #[inline]
    pub(crate) fn row(&self, row: usize) -> &'a [f64] {
        let width = self.shape.width;
        &self.buckets[(row - self.rows.start) * width..][..width]
    }

    /// The rows of the run inside a range.
    fn within(self, rows: &Range<usize>) -> Option<Self> {
        let (from, to) = (self.rows.start.max(rows.start), self.rows.end.min(rows.end));
        let (first, width) = (self.rows.start, self.shape.width);
        let buckets = || &self.buckets[(from - first) * width..(to - first) * width];
        (from < to).then(|| Run { shape: self.shape, rows: from..to, buckets: buckets() })
    }
}

/// Histograms by rows, some of which may be empty.
#[derive(Clone, Debug, Default)]
pub struct HistogramTable {
    begins: Vec<Begin>,
    pub(crate) hints: Vec<ResetHint>,
    pub(crate) totals: Vec<Totals>,
    pub(crate) buckets: Vec<f64>,
    /// The rows one by one, once somebody asked for them.
    points: OnceLock<Box<[FloatHistogram]>>,
}

impl HistogramTable {
    /// Makes room for more rows.
    pub(crate) fn reserve(&mut self, rows: usize, buckets: usize) {
        self.hints.reserve(rows);
        self.totals.reserve(rows);
        self.buckets.reserve(buckets);
    }

    /// The number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.totals.len()
    }

    /// True without rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.totals.is_empty()
    }

    /// Adds a histogram.
    pub fn push(&mut self, h: &FloatHistogram) {
        let goes_on =
            self.begins.last().and_then(|last| last.shape.as_ref()).is_some_and(|shape| shape.fits(h));
        if !goes_on {
            self.begin(&Shape::of(h));
        }
        self.points.take();
        self.buckets.extend_from_slice(&h.buckets);
        self.push_numbers(h.hint, [h.count, h.sum, h.zero_count]);
    }

    /// Adds empty rows.
    pub(crate) fn push_empty(&mut self, rows: usize) {
        if rows > 0 {
            let row = self.len();
            self.begin_run(None);
            self.hints.resize(row + rows, ResetHint::Unknown);
            self.totals.resize(row + rows, [0.0; 3]);
        }
    }

    /// The rows that follow have this shape.
    #[inline]
    pub(crate) fn begin(&mut self, shape: &Shape) {
        self.begin_run(Some(shape));
    }

    #[inline]
    fn begin_run(&mut self, shape: Option<&Shape>) {
        self.points.take();
        self.begins.pop_if(|last| last.row == self.totals.len());
        if self.begins.last().is_none_or(|last| last.shape.as_ref() != shape) {
            let shape = shape.cloned();
            self.begins.push(Begin { shape, row: self.len(), bucket: self.buckets.len() });
        }
    }

    /// Adds a row of the shape that was begun. Its buckets are added apart.
    #[inline]
    pub(crate) fn push_numbers(&mut self, hint: ResetHint, totals: Totals) {
        debug_assert!(self.points.get().is_none(), "a run is begun before rows are added");
        self.hints.push(hint);
        self.totals.push(totals);
    }

    /// Adds picked rows of another table in ascending order, and empty ones where nothing is picked.
    pub(crate) fn pick(&mut self, other: &HistogramTable, picks: impl Iterator<Item = Option<usize>>) {
        let mut run: Option<Run<'_>> = None;
        for pick in picks {
            let Some(row) = pick else {
                run = None;
                self.push_empty(1);
                continue;
            };
            if run.as_ref().is_none_or(|run| !run.rows.contains(&row)) {
                run = other.run_at(row);
                run.iter().for_each(|run| self.begin(run.shape));
            }
            if let Some(run) = &run {
                self.buckets.extend_from_slice(run.row(row));
                self.push_numbers(other.hints[row], other.totals[row]);
            }
        }
    }

    /// Adds rows of another table.
    pub(crate) fn extend(&mut self, other: &HistogramTable, rows: Range<usize>) {
        for run in other.runs_within(rows) {
            self.begin(run.shape);
            self.hints.extend_from_slice(&other.hints[run.rows.clone()]);
            self.totals.extend_from_slice(&other.totals[run.rows]);
            self.buckets.extend_from_slice(run.buckets);
        }
    }

    /// Forgets all rows, keeps the memory.
    pub fn clear(&mut self) {
        self.points.take();
        self.begins.clear();
        self.hints.clear();
        self.totals.clear();
        self.buckets.clear();
    }

    /// All runs, rows without histograms left out.
    pub(crate) fn runs(&self) -> impl Iterator<Item = Run<'_>> {
        self.runs_from(0)
    }

    /// The runs inside a range of rows.
    pub(crate) fn runs_within(&self, rows: Range<usize>) -> impl Iterator<Item = Run<'_>> {
        let first = self.begins.partition_point(|begin| begin.row <= rows.start).saturating_sub(1);
        let runs = self.runs_from(first).take_while({
            let end = rows.end;
            move |run| run.rows.start < end
        });
        runs.filter_map(move |run| run.within(&rows))
    }

    /// The run of a row; none if the row is empty.
    pub(crate) fn run_at(&self, row: usize) -> Option<Run<'_>> {
        let at = self.begins.partition_point(|begin| begin.row <= row).checked_sub(1)?;
        self.runs_from(at).next().filter(|run| run.rows.contains(&row))
    }

    /// The histogram of a row; an empty one for an empty row.
    pub(crate) fn histogram(&self, row: usize) -> FloatHistogram {
        self.run_at(row).map_or_else(FloatHistogram::default, |run| {
            let buckets = match run.row(row) {
                [] => Counts::default(),
                buckets => buckets.into(),
            };
            run.shape.histogram(self.hints[row], self.totals[row], buckets)
        })
    }

    /// Whether the counter was reset between the row before and this one, see [`FloatHistogram::detect_reset`].
    pub(crate) fn detects_reset(&self, row: usize) -> bool {
        match self.hints[row] {
            ResetHint::Reset => return true,
            ResetHint::NotReset => return false,
            ResetHint::Unknown | ResetHint::Gauge => {}
        }
        match self.run_at(row) {
            Some(run) if run.rows.start < row && run.shape.is_clear() => {
                let [[count, _, zero], [count_before, _, zero_before]] =
                    [row, row - 1].map(|row| self.totals[row]);
                let mut buckets = run.row(row).iter().zip(run.row(row - 1));
                count < count_before || zero < zero_before || buckets.any(|(own, before)| own < before)
            }
            _ => self.histogram(row).detect_reset(&self.histogram(row - 1)),
        }
    }

    fn runs_from(&self, first: usize) -> impl Iterator<Item = Run<'_>> {
        let end = Begin { shape: None, row: self.len(), bucket: self.buckets.len() };
        let ends = self.begins[first..].iter().skip(1).map(|begin| (begin.row, begin.bucket));
        let ends = ends.chain([(end.row, end.bucket)]);
        self.begins[first..].iter().zip(ends).filter_map(|(begin, (row, bucket))| {
            let shape = begin.shape.as_ref()?;
            Some(Run { shape, rows: begin.row..row, buckets: &self.buckets[begin.bucket..bucket] })
        })
    }

    /// The rows one by one, made when they are asked for; empty histograms stand for empty rows.
    #[must_use]
    pub fn points(&self) -> &[FloatHistogram] {
        self.points.get_or_init(|| {
            let matrix: Arc<[f64]> = self.buckets.as_slice().into();
            let mut points = Vec::with_capacity(self.len());
            let mut from = 0;
            for run in self.runs() {
                points.resize(run.rows.start, FloatHistogram::default());
                for row in run.rows {
                    let buckets = Counts::part(&matrix, from..from + run.shape.width);
                    from += run.shape.width;
                    points.push(run.shape.histogram(self.hints[row], self.totals[row], buckets));
                }
            }
            points.resize(self.len(), FloatHistogram::default());
            points.into()
        })
    }
}

impl<'a> FromIterator<&'a FloatHistogram> for HistogramTable {
    fn from_iter<T: IntoIterator<Item = &'a FloatHistogram>>(histograms: T) -> Self {
        let mut table = HistogramTable::default();
        histograms.into_iter().for_each(|h| table.push(h));
        table
    }
}

#[cfg(test)]
mod tests {
    use super::super::literal;
    use super::*;

    #[test]
    fn rows_come_back_as_they_were() {
        let a = ["count:1 buckets:[1]", "count:3 sum:2 buckets:[3] counter_reset_hint:gauge"].map(literal);
        let b = literal("schema:1 z_bucket:1 z_bucket_w:0.5 count:2 n_buckets:[1 0]");
        let mut table = HistogramTable::default();
        table.push(&a[0]);
        table.push(&a[1]);
        table.push_empty(2);
        table.push(&b);
        table.push(&FloatHistogram::stale());
        let none = FloatHistogram::default;
        assert_eq!(
            table.points(),
            [a[0].clone(), a[1].clone(), none(), none(), b.clone(), FloatHistogram::stale()]
        );
        assert_eq!(table.points()[1].hint, ResetHint::Gauge);
        let runs = |rows: Range<usize>| table.runs_within(rows).map(|run| run.rows).collect::<Vec<_>>();
        assert_eq!(runs(0..6), [0..2, 4..5, 5..6]);
        assert_eq!(runs(1..5), [1..2, 4..5]);
        assert!(runs(2..4).is_empty());
        let run = table.runs_within(1..6).next().unwrap();
        assert_eq!((run.row(1), run.buckets), (&[3.0][..], &[3.0][..]));

        let mut other: HistogramTable = [&a[0]].into_iter().collect();
        other.extend(&table, 1..6);
        assert_eq!(other.points(), [a[0].clone(), a[1].clone(), b, FloatHistogram::stale()]);
        assert_eq!(other.runs().next().unwrap().rows, 0..2);
    }
}
