//! Functions that look only at the edges of a window: how many samples, the first and the last one.

use super::{Function, entry, seconds};
use crate::column::{Notes, RowMut};
use crate::functions::{RangeError, RangeInput};
use crate::model::Millis;

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        presence_only: true,
        silent: true,
        ..entry("count_over_time", "Number of samples in the range, of either type.", count)
    },
    Function {
        presence_only: true,
        silent: true,
        ..entry("present_over_time", "1 if the range holds any sample.", present)
    },
    Function {
        keeps_name: true,
        silent: true,
        ..entry("first_over_time", "Oldest sample in the range, of either type.", first)
    },
    Function {
        keeps_name: true,
        silent: true,
        ..entry("last_over_time", "Newest sample in the range, of either type.", last)
    },
    Function {
        experimental: true,
        presence_only: true,
        silent: true,
        ..entry("ts_of_first_over_time", "Time of the oldest sample in the range, in seconds.", time_of_first)
    },
    Function {
        experimental: true,
        presence_only: true,
        silent: true,
        ..entry("ts_of_last_over_time", "Time of the newest sample in the range, in seconds.", time_of_last)
    },
];

fn count(input: &RangeInput<'_>, out: &mut RowMut<'_>, _: &mut Notes) -> Result<(), RangeError> {
    for (step, (floats, histograms)) in input.float_edges.iter().zip(input.histogram_edges).enumerate() {
        let count = floats.range().len() + histograms.range().len();
        if count > 0 {
            out.set_float(step, count as f64);
        }
    }
    Ok(())
}

pub(crate) fn present(input: &RangeInput<'_>, out: &mut RowMut<'_>, _: &mut Notes) -> Result<(), RangeError> {
    for (step, (floats, histograms)) in input.float_edges.iter().zip(input.histogram_edges).enumerate() {
        if !floats.is_empty() || !histograms.is_empty() {
            out.set_float(step, 1.0);
        }
    }
    Ok(())
}

/// Which column a sample stands in, and where.
#[derive(Clone, Copy)]
enum Place {
    Float(usize),
    Histogram(usize),
}

impl Place {
    fn time(self, input: &RangeInput<'_>) -> Millis {
        match self {
            Place::Float(at) => input.series.floats.times[at],
            Place::Histogram(at) => input.series.histograms.times[at],
        }
    }

    fn copy(self, input: &RangeInput<'_>, out: &mut RowMut<'_>, step: usize) {
        match self {
            Place::Float(at) => out.set_float(step, input.series.floats.values[at]),
            Place::Histogram(at) => out.set_histogram(step, input.series.histograms.values[at].clone()),
        }
    }
}

/// The oldest sample of the window at `step`. At equal times the histogram counts.
fn oldest(input: &RangeInput<'_>, step: usize) -> Option<Place> {
    let (floats, histograms) = (input.float_edges[step].range(), input.histogram_edges[step].range());
    let (float, histogram) = (Place::Float(floats.start), Place::Histogram(histograms.start));
    match (floats.is_empty(), histograms.is_empty()) {
        (true, true) => None,
        (false, true) => Some(float),
        (true, false) => Some(histogram),
        (false, false) => Some(if float.time(input) < histogram.time(input) { float } else { histogram }),
    }
}

/// The newest sample of the window at `step`. At equal times the histogram counts.
fn newest(input: &RangeInput<'_>, step: usize) -> Option<Place> {
    let (floats, histograms) = (input.float_edges[step].range(), input.histogram_edges[step].range());
    match (floats.is_empty(), histograms.is_empty()) {
        (true, true) => None,
        (false, true) => Some(Place::Float(floats.end - 1)),
        (true, false) => Some(Place::Histogram(histograms.end - 1)),
        (false, false) => {
            let (float, histogram) = (Place::Float(floats.end - 1), Place::Histogram(histograms.end - 1));
            Some(if histogram.time(input) < float.time(input) { float } else { histogram })
        }
    }
}

/// Hands the place that `pick` finds in each window to `write`.
fn each(
    input: &RangeInput<'_>,
    pick: fn(&RangeInput<'_>, usize) -> Option<Place>,
    mut write: impl FnMut(usize, Place),
) {
    for step in 0..input.float_edges.len() {
        if let Some(place) = pick(input, step) {
            write(step, place);
        }
    }
}

fn first(input: &RangeInput<'_>, out: &mut RowMut<'_>, _: &mut Notes) -> Result<(), RangeError> {
    each(input, oldest, |step, place| place.copy(input, out, step));
    Ok(())
}

fn last(input: &RangeInput<'_>, out: &mut RowMut<'_>, _: &mut Notes) -> Result<(), RangeError> {
    each(input, newest, |step, place| place.copy(input, out, step));
    Ok(())
}

fn time_of_first(input: &RangeInput<'_>, out: &mut RowMut<'_>, _: &mut Notes) -> Result<(), RangeError> {
    each(input, oldest, |step, place| out.set_float(step, seconds(place.time(input))));
    Ok(())
}

fn time_of_last(input: &RangeInput<'_>, out: &mut RowMut<'_>, _: &mut Notes) -> Result<(), RangeError> {
    each(input, newest, |step, place| out.set_float(step, seconds(place.time(input))));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::functions::range::testing::{Case, histogram, run};
    use crate::model::Sample;

    /// Floats at 0, 10 and 20 s, histograms at 5 and 25 s.
    fn case() -> Case {
        let mut case = Case::new("mixed", &[1.0, 2.0, 3.0]);
        case.histogram_times = vec![5_000, 25_000];
        case.histograms = vec![histogram(4.0), histogram(6.0)];
        case
    }

    fn run_at(name: &str, end: Millis, range: Millis) -> Option<Sample> {
        let function = FUNCTIONS.iter().find(|function| function.name == name).unwrap();
        run(function, &case().at(end, range)).samples[0].clone()
    }

    #[test]
    fn both_types_count() {
        assert_eq!(run_at("count_over_time", 25_000, 60_000), Some(Sample::Float(5.0)));
        assert_eq!(run_at("count_over_time", -1, 60_000), None);
        assert_eq!(run_at("present_over_time", 5_000, 1), Some(Sample::Float(1.0)));
    }

    #[test]
    fn ends_are_of_either_type() {
        assert_eq!(run_at("first_over_time", 25_000, 60_000), Some(Sample::Float(1.0)));
        assert_eq!(run_at("first_over_time", 25_000, 25_000), Some(Sample::Histogram(histogram(4.0))));
        assert_eq!(run_at("last_over_time", 25_000, 60_000), Some(Sample::Histogram(histogram(6.0))));
        assert_eq!(run_at("last_over_time", 24_000, 60_000), Some(Sample::Float(3.0)));
        assert_eq!(run_at("ts_of_first_over_time", 25_000, 25_000), Some(Sample::Float(5.0)));
        assert_eq!(run_at("ts_of_last_over_time", 25_000, 60_000), Some(Sample::Float(25.0)));
    }
}
