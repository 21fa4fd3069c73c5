//! Functions that look only at the edges of a window: how many samples, the first and the last one.

use super::{Function, entry, seconds};
use crate::column::{Notes, RowMut};
use crate::functions::{RangeError, RangeInput};
use crate::model::Millis;

pub(super) const FUNCTIONS: &[Function] = &[
    entry("count_over_time", "Number of samples in the range, of either type.", count),
    entry("present_over_time", "1 if the range holds any sample.", present),
    Function {
        keeps_name: true,
        ..entry("first_over_time", "Oldest sample in the range, of either type.", first)
    },
    Function {
        keeps_name: true,
        ..entry("last_over_time", "Newest sample in the range, of either type.", last)
    },
    Function {
        experimental: true,
        ..entry("ts_of_first_over_time", "Time of the oldest sample in the range, in seconds.", time_of_first)
    },
    Function {
        experimental: true,
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

fn first(input: &RangeInput<'_>, out: &mut RowMut<'_>, _: &mut Notes) -> Result<(), RangeError> {
    for step in 0..input.float_edges.len() {
        if let Some(place) = oldest(input, step) {
            place.copy(input, out, step);
        }
    }
    Ok(())
}

fn last(input: &RangeInput<'_>, out: &mut RowMut<'_>, _: &mut Notes) -> Result<(), RangeError> {
    for step in 0..input.float_edges.len() {
        if let Some(place) = newest(input, step) {
            place.copy(input, out, step);
        }
    }
    Ok(())
}

fn time_of_first(input: &RangeInput<'_>, out: &mut RowMut<'_>, _: &mut Notes) -> Result<(), RangeError> {
    for step in 0..input.float_edges.len() {
        if let Some(place) = oldest(input, step) {
            out.set_float(step, seconds(place.time(input)));
        }
    }
    Ok(())
}

fn time_of_last(input: &RangeInput<'_>, out: &mut RowMut<'_>, _: &mut Notes) -> Result<(), RangeError> {
    for step in 0..input.float_edges.len() {
        if let Some(place) = newest(input, step) {
            out.set_float(step, seconds(place.time(input)));
        }
    }
    Ok(())
}
