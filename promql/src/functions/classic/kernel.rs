//! The kernels: one group of rows in, its output rows out.

use super::buckets::{self, Bucket, Forced};
use super::groups::Group;
use crate::column::{Note, Notes, Param, Row, Tile, bits};
use crate::model::histogram::QuantileNote;
use crate::model::{FloatHistogram, Grid, Millis};

/// One output column of a quantile function.
#[derive(Clone, Debug)]
pub struct Column<'a> {
    phi: Param<'a>,
    /// The steps at which the column exists; all if there are no bits.
    active: Option<Vec<u64>>,
}

impl<'a> Column<'a> {
    /// The only column of `histogram_quantile`: it exists at every step, whatever the quantile is there.
    #[must_use]
    pub fn varying(phi: Param<'a>) -> Self {
        Column { phi, active: None }
    }

    /// A column of `histogram_quantiles` for a quantile that is the same at every step.
    #[must_use]
    pub fn constant(phi: f64) -> Self {
        Column { phi: Param::Const(phi), active: None }
    }

    /// The quantile by which the column is told from others.
    pub(super) fn label_value(&self) -> f64 {
        match self.phi {
            Param::Const(phi) => phi,
            Param::Row(phis) => phis.first().copied().unwrap_or(f64::NAN),
        }
    }

    fn at(&self, step: usize) -> Option<f64> {
        let active = self.active.as_ref().is_none_or(|active| bits::get(active, step));
        active.then(|| self.phi.at(step))
    }
}

/// The columns of `histogram_quantiles`: one for each quantile argument and each value it takes on the grid.
#[must_use]
pub fn columns<'a>(phis: &[Param<'_>], len: usize) -> Vec<Column<'a>> {
    let mut columns = Vec::new();
    for phi in phis {
        match phi {
            Param::Const(phi) => columns.push(Column::constant(*phi)),
            Param::Row(phis) => {
                let first = columns.len();
                let key = |phi: f64| if phi.is_nan() { f64::NAN.to_bits() } else { phi.to_bits() };
                let mut places = hashbrown::HashMap::new();
                for (step, &phi) in phis.iter().enumerate().take(len) {
                    let place = *places.entry(key(phi)).or_insert_with(|| {
                        columns
                            .push(Column { phi: Param::Const(phi), active: Some(vec![0; bits::words(len)]) });
                        columns.len() - 1 - first
                    });
                    if let Some(active) = &mut columns[first + place].active {
                        bits::set(active, step);
                    }
                }
            }
        }
    }
    columns
}

/// Raises a note for every quantile outside 0 to 1, whether or not there are histograms.
pub fn note_invalid_quantiles(phi: Param<'_>, len: usize, notes: &mut Notes) {
    let mut check = |phi: f64| {
        if !(0.0..=1.0).contains(&phi) {
            notes.raise(Note::InvalidQuantile(phi));
        }
    };
    match phi {
        Param::Const(phi) if len > 0 => check(phi),
        Param::Const(_) => {}
        Param::Row(phis) => phis.iter().take(len).copied().for_each(check),
    }
}

/// What is to be computed for one group.
struct Scan {
    /// Steps with classic buckets and without a native histogram that contradicts them.
    classic: Vec<u64>,
    /// Member, output and steps of native histograms.
    natives: Vec<(usize, usize, Vec<u64>)>,
    strays: bool,
}

impl Group {
    /// The quantiles of the group. Its rows lie in `input` from row `first_in` on; its outputs, each once a column,
    /// go to `output` from row `first_out` on. True if it met histograms that have no output, see
    /// [`Strays`](super::Strays).
    #[must_use]
    pub fn quantiles(
        &self,
        grid: &Grid,
        (input, first_in): (&Tile, usize),
        columns: &[Column<'_>],
        (output, first_out): (&mut Tile, usize),
        notes: &mut Notes,
    ) -> bool {
        let members = self.members(input, first_in);
        let scan = self.scan(&members, grid.len, notes);
        for (member, out, steps) in &scan.natives {
            for (step, histogram) in histograms(members[*member], steps) {
                for (index, column) in columns.iter().enumerate() {
                    let Some(phi) = column.at(step) else { continue };
                    let (value, note) = histogram.quantile(phi);
                    output.row_mut(first_out + out * columns.len() + index).set_float(step, value);
                    match note {
                        QuantileNote::None => {}
                        QuantileNote::NanResult => notes.raise(Note::NanObservationsResultNan),
                        QuantileNote::Skewed => notes.raise(Note::NanObservationsSkewed),
                    }
                }
            }
        }
        let mut buckets = Vec::with_capacity(self.buckets.len());
        for step in bits::iter(&scan.classic) {
            self.collect(&members, step, &mut buckets);
            let complete = buckets::is_complete(&buckets);
            let mut monotonic = false;
            for (index, column) in columns.iter().enumerate() {
                let Some(phi) = column.at(step) else { continue };
                let value = if phi < 0.0 {
                    f64::NEG_INFINITY
                } else if phi > 1.0 {
                    f64::INFINITY
                } else if phi.is_nan() || !complete {
                    f64::NAN
                } else {
                    if !std::mem::replace(&mut monotonic, true)
                        && let Some(forced) = buckets::make_monotonic(&mut buckets)
                    {
                        notes.raise(forced.note(grid.time(step)));
                    }
                    buckets::quantile(phi, &buckets)
                };
                output.row_mut(first_out + index).set_float(step, value);
            }
        }
        scan.strays
    }

    /// The share of the group's observations between two values. Rows, outputs and result as in
    /// [`Group::quantiles`] with one column.
    #[must_use]
    pub fn fractions(
        &self,
        grid: &Grid,
        (input, first_in): (&Tile, usize),
        (lower, upper): (Param<'_>, Param<'_>),
        (output, first_out): (&mut Tile, usize),
        notes: &mut Notes,
    ) -> bool {
        let members = self.members(input, first_in);
        let scan = self.scan(&members, grid.len, notes);
        for (member, out, steps) in &scan.natives {
            for (step, histogram) in histograms(members[*member], steps) {
                let (value, left_out) = histogram.fraction(lower.at(step), upper.at(step));
                output.row_mut(first_out + out).set_float(step, value);
                if left_out {
                    notes.raise(Note::NanObservationsExcluded);
                }
            }
        }
        let mut buckets = Vec::with_capacity(self.buckets.len());
        for step in bits::iter(&scan.classic) {
            self.collect(&members, step, &mut buckets);
            let value = if buckets::is_complete(&buckets) {
                buckets::fraction(lower.at(step), upper.at(step), &buckets)
            } else {
                f64::NAN
            };
            output.row_mut(first_out).set_float(step, value);
        }
        scan.strays
    }

    fn members<'a>(&self, input: &'a Tile, first: usize) -> Vec<Row<'a>> {
        (first..first + self.rows().len()).map(|row| input.row(row)).collect()
    }

    fn scan(&self, members: &[Row<'_>], len: usize, notes: &mut Notes) -> Scan {
        for (member, label) in &self.malformed {
            if bits::any(members[*member as usize].floats) {
                notes.raise(Note::BadBucketLabel(label.clone()));
            }
        }
        let mut classic = vec![0; bits::words(len)];
        for (_, member) in &self.buckets {
            bits::union(&mut classic, members[*member as usize].floats);
        }
        let mut natives = Vec::new();
        for native in &self.natives {
            let Some(row) = members[native.member as usize].histograms else { continue };
            let mut steps = row.present().to_vec();
            if native.partner {
                for (step, classic) in steps.iter_mut().zip(&mut classic) {
                    let both = *step & *classic;
                    if both != 0 {
                        notes.raise(Note::MixedClassicNative);
                    }
                    (*step, *classic) = (*step & !both, *classic & !both);
                }
            }
            natives.push((native.member as usize, native.output as usize, steps));
        }
        let is_stray =
            |member: &u32| members[*member as usize].histograms.is_some_and(|row| bits::any(row.present()));
        Scan { classic, natives, strays: self.strays.iter().any(is_stray) }
    }

    /// The buckets of a step, sorted by bound; those of equal bounds become one.
    fn collect(&self, members: &[Row<'_>], step: usize, buckets: &mut Vec<Bucket>) {
        buckets.clear();
        for &(bound, member) in &self.buckets {
            let Some(count) = members[member as usize].float(step) else { continue };
            match buckets.last_mut() {
                Some(last) if last.bound == bound => last.count += count,
                _ => buckets.push(Bucket { bound, count }),
            }
        }
    }
}

fn histograms<'a>(row: Row<'a>, steps: &'a [u64]) -> impl Iterator<Item = (usize, &'a FloatHistogram)> {
    bits::iter(steps).filter_map(move |step| row.histogram(step).map(|histogram| (step, histogram)))
}

impl Forced {
    fn note(&self, time: Millis) -> Note {
        Note::ForcedMonotonic {
            min_bucket: self.min_bucket,
            max_bucket: self.max_bucket,
            max_diff: self.max_diff,
            times: (time, time),
            count: 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Groups, Strays};
    use super::*;
    use crate::column::RowHead;
    use crate::model::Labels;
    use std::sync::Arc;

    /// One row: its `le` label, and what stands at each step: a number, `_`, or `h` for a native histogram.
    type Input<'a> = (&'a str, &'a str);

    fn native() -> FloatHistogram {
        let spans = vec![crate::model::histogram::BucketSpan { offset: 1, length: 1 }];
        FloatHistogram {
            count: 4.0,
            sum: 6.0,
            layout: Arc::new(crate::model::histogram::Layout { positive: spans, ..Default::default() }),
            buckets: [4.0].into(),
            ..FloatHistogram::default()
        }
    }

    struct Answer {
        values: Vec<Vec<Option<f64>>>,
        notes: Vec<Note>,
        strays: bool,
    }

    fn run(
        inputs: &[Input<'_>],
        strays: Strays,
        width: usize,
        kernel: impl Fn(&Group, &Grid, (&Tile, usize), (&mut Tile, usize), &mut Notes) -> bool,
    ) -> Answer {
        let len = inputs[0].1.split(' ').count();
        let mut tile = Tile::new(inputs.len(), len);
        let mut heads = Vec::new();
        for (index, (le, samples)) in inputs.iter().enumerate() {
            heads.push(RowHead::new(Labels::from_pairs([("__name__", "m"), ("le", le)])));
            let mut row = tile.row_mut(index);
            for (step, sample) in samples.split(' ').enumerate() {
                match sample {
                    "_" => {}
                    "h" => row.set_histogram(step, native()),
                    number => row.set_float(step, number.parse().expect("a number in this test")),
                }
            }
        }
        let groups = Groups::bind(&heads, strays);
        let [group] = groups.groups() else { panic!("one group in this test") };
        let mut output = Tile::new(group.outputs().len() * width, len);
        let mut notes = Notes::default();
        let grid = Grid::range(0, 60_000 * (len as i64 - 1), 60_000);
        let strays = kernel(group, &grid, (&tile, 0), (&mut output, 0), &mut notes);
        let values = output.iter().map(|row| (0..len).map(|step| row.float(step)).collect()).collect();
        Answer { values, notes: notes.drain().collect(), strays }
    }

    fn quantiles(inputs: &[Input<'_>], columns: &[Column<'_>]) -> Answer {
        run(inputs, Strays::Ignored, columns.len(), |group, grid, input, output, notes| {
            group.quantiles(grid, input, columns, output, notes)
        })
    }

    #[test]
    fn quantiles_of_classic_buckets() {
        let answer = quantiles(&[("+Inf", "2 4 _"), ("1", "1 _ 1")], &[Column::constant(0.5)]);
        assert_eq!(answer.values[0][0], Some(1.0));
        assert!(answer.values[0][1].is_some_and(f64::is_nan), "a single bucket says nothing");
        assert!(answer.values[0][2].is_some_and(f64::is_nan), "without +Inf the total is unknown");
        assert!(answer.notes.is_empty() && !answer.strays);
    }

    #[test]
    fn equal_bounds_add_up() {
        let answer = quantiles(&[("1.0", "1"), ("1", "1"), ("+Inf", "4")], &[Column::constant(0.25)]);
        assert_eq!(answer.values, [[Some(0.5)]]);
    }

    #[test]
    fn classic_and_native_at_one_step_give_nothing() {
        let inputs = [("1", "1 1 _ _"), ("+Inf", "2 2 _ _"), ("", "_ h h _")];
        let answer = quantiles(&inputs, &[Column::constant(0.5)]);
        let native = native().quantile(0.5).0;
        assert_eq!(answer.values, [[Some(1.0), None, Some(native), None]]);
        assert_eq!(answer.notes, [Note::MixedClassicNative]);
    }

    #[test]
    fn bad_bounds_are_told_only_where_there_are_floats() {
        let inputs = [("1", "1"), ("+Inf", "2"), ("x", "5"), ("NaN", "5"), ("y", "_"), ("", "5")];
        let answer = quantiles(&inputs, &[Column::constant(0.5)]);
        assert_eq!(answer.values, [[Some(1.0)]]);
        let bad = |label: &str| Note::BadBucketLabel(label.into());
        assert_eq!(answer.notes, [bad("x"), bad("NaN"), bad("")]);
    }

    #[test]
    fn forced_monotonicity_is_counted_once_a_step() {
        let inputs = [("1", "5 1 5"), ("2", "3 1 4"), ("+Inf", "6 2 6")];
        let answer = quantiles(&inputs, &[Column::constant(0.5), Column::constant(0.9)]);
        let expected = Note::ForcedMonotonic {
            min_bucket: 2.0,
            max_bucket: 2.0,
            max_diff: 2.0,
            times: (0, 120_000),
            count: 2,
        };
        assert_eq!(answer.notes, [expected]);
    }

    #[test]
    fn quantiles_outside_need_no_good_buckets() {
        let phis = [-0.5, 1.5, f64::NAN, 0.5];
        let answer = quantiles(&[("1", "1 1 1 1")], &[Column::varying(Param::Row(&phis))]);
        assert_eq!(answer.values[0][..2], [Some(f64::NEG_INFINITY), Some(f64::INFINITY)]);
        assert!(answer.values[0][2..].iter().all(|value| value.is_some_and(f64::is_nan)));
        let mut notes = Notes::default();
        note_invalid_quantiles(Param::Row(&phis), 4, &mut notes);
        assert_eq!(notes.iter().count(), 3);
        note_invalid_quantiles(Param::Const(2.0), 0, &mut notes);
        assert_eq!(notes.iter().count(), 3);
    }

    #[test]
    fn a_varying_quantile_has_a_column_for_each_value() {
        let phis = [0.5, 0.5, 0.75, 0.5];
        let columns = columns(&[Param::Row(&phis), Param::Const(1.0)], 4);
        assert_eq!(columns.iter().map(Column::label_value).collect::<Vec<_>>(), [0.5, 0.75, 1.0]);
        let answer = quantiles(&[("1", "2 2 2 2"), ("2", "4 4 4 4"), ("+Inf", "4 4 4 4")], &columns);
        assert_eq!(answer.values[0], [Some(1.0), Some(1.0), None, Some(1.0)]);
        assert_eq!(answer.values[1], [None, None, Some(1.5), None]);
        assert_eq!(answer.values[2], [Some(2.0); 4]);
    }

    #[test]
    fn strays_are_told_or_kept() {
        let inputs = [("1", "1 h"), ("+Inf", "2 2")];
        assert!(quantiles(&inputs, &[Column::constant(0.5)]).strays);
        let kept = run(&inputs, Strays::Kept, 1, |group, grid, input, output, notes| {
            group.quantiles(grid, input, &[Column::constant(0.5)], output, notes)
        });
        assert!(!kept.strays);
        assert_eq!(kept.values[0][0], Some(1.0));
        assert_eq!(kept.values[1], [None, Some(native().quantile(0.5).0)]);
        assert_eq!(kept.values[2], [None, None]);
    }

    #[test]
    fn fractions_of_both_kinds() {
        let inputs = [("1", "1 _"), ("+Inf", "2 _"), ("", "_ h")];
        let answer = run(&inputs, Strays::Ignored, 1, |group, grid, input, output, notes| {
            let bounds = (Param::Const(f64::NEG_INFINITY), Param::Row(&[0.5, 2.0]));
            group.fractions(grid, input, bounds, output, notes)
        });
        assert_eq!(answer.values, [[Some(0.25), Some(1.0)]]);
    }
}
