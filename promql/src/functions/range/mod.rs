//! Functions of a window of samples: kernels over a whole series.
//!
//! Each family file holds its table entries, the loop over one window that defines the result (`plain`), and where
//! it pays a kernel that needs the samples only once. Both give the same answer; a property test holds them together.
//! Kernels see edges and columns, never selectors: where windows come from is not their business.

mod any_sample;
mod blocks;
mod ends;
mod extended;
mod extended_histogram;
mod extent;
mod extremes;
mod instant_rate;
mod integral;
mod pairs;
mod quantile;
mod ranks;
mod rate;
mod rate_histogram;
mod regression;
mod smoothing;
mod start_time;
mod statistic;
mod steady;
mod sum;
mod sum_histogram;
mod ticker;
mod transitions;
mod variance;

#[cfg(test)]
mod testing;

use super::{Function, RangeError, RangeFunction, RangeInput, Shape};
use crate::column::{Edges, Note, Notes, RowMut};
use crate::model::{Millis, ValueType};
use std::borrow::Cow;

pub(crate) use ends::present;
pub(crate) use extended::between as float_between;
pub use extended::extended_points;
pub(crate) use extended_histogram::between as histogram_between;
pub use extent::Extents;

/// All range functions, a slice a family.
pub(crate) static RANGE_FUNCTIONS: &[&[Function]] = &[
    ends::FUNCTIONS,
    extremes::FUNCTIONS,
    instant_rate::FUNCTIONS,
    integral::FUNCTIONS,
    quantile::FUNCTIONS,
    rate::FUNCTIONS,
    regression::FUNCTIONS,
    smoothing::FUNCTIONS,
    sum::FUNCTIONS,
    transitions::FUNCTIONS,
    variance::FUNCTIONS,
];

type Kernel = fn(&RangeInput<'_>, &mut RowMut<'_>, &mut Notes) -> Result<(), RangeError>;

/// The entry of a stable function whose only argument is the range vector.
const fn entry(name: &'static str, doc: &'static str, kernel: Kernel) -> Function {
    Function {
        name,
        doc,
        args: &[ValueType::Matrix],
        shape: Shape::Range(RangeFunction { range_arg: 0, kernel }),
        ..Function::VECTOR
    }
}

/// The windows that hold floats and nothing else; a window with both kinds raises the warning and counts as empty.
fn only_floats<'a>(input: &RangeInput<'a>, notes: &mut Notes) -> Cow<'a, [Edges]> {
    if input.series.histograms.is_empty() {
        return Cow::Borrowed(input.float_edges);
    }
    let mut edges = input.float_edges.to_vec();
    for (floats, histograms) in edges.iter_mut().zip(input.histogram_edges) {
        if !floats.is_empty() && !histograms.is_empty() {
            notes.raise(Note::MixedFloatsHistograms);
            *floats = Edges::default();
        }
    }
    Cow::Owned(edges)
}

/// The steps whose window holds histograms and nothing else.
fn only_histograms<'a>(input: &RangeInput<'a>) -> impl Iterator<Item = (usize, Edges)> + use<'a> {
    let (floats, histograms) = (input.float_edges, input.histogram_edges);
    let len = if input.series.histograms.is_empty() { 0 } else { histograms.len() };
    (0..len)
        .filter(move |&step| floats[step].is_empty() && !histograms[step].is_empty())
        .map(move |step| (step, histograms[step]))
}

/// Functions of floats pass over histograms; where a window holds both, they say so.
fn note_mixed_windows(input: &RangeInput<'_>, notes: &mut Notes) {
    let (floats, histograms) = (input.float_edges, input.histogram_edges);
    let mixed = |(floats, histograms): (&Edges, &Edges)| !floats.is_empty() && !histograms.is_empty();
    if !input.series.histograms.is_empty() && floats.iter().zip(histograms).any(mixed) {
        notes.raise(Note::IgnoredHistogramsInMixedRange);
    }
}

/// The steps whose window holds a float; see [`note_mixed_windows`].
fn float_steps<'a>(
    input: &RangeInput<'a>,
    notes: &mut Notes,
) -> impl Iterator<Item = (usize, Edges)> + use<'a> {
    note_mixed_windows(input, notes);
    input.float_edges.iter().copied().enumerate().filter(|(_, edges)| !edges.is_empty())
}

/// A span of time in seconds, rounded as Go's `Duration.Seconds` rounds it: whole seconds and the rest apart.
fn duration_seconds(span: Millis) -> f64 {
    (span / 1000) as f64 + (span % 1000 * 1_000_000) as f64 / 1e9
}

/// A time or a difference of times in seconds.
#[inline]
fn seconds(time: Millis) -> f64 {
    time as f64 / 1000.0
}

/// The ordinary NaN of Prometheus.
fn normal_nan() -> f64 {
    f64::from_bits(crate::model::NORMAL_NAN_BITS)
}
