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
        self.phi.at(0)
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
pub(crate) fn note_invalid_quantiles(phi: Param<'_>, len: usize, notes: &mut Notes) {
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
