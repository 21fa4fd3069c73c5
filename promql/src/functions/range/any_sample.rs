//! Samples of either type in the order of their times.

use super::start_time::Life;
use crate::functions::RangeInput;
use crate::model::FloatHistogram;

/// A float or a histogram, borrowed, with its times.
#[derive(Clone, Copy, Debug)]
pub(super) struct AnySample<'a> {
    /// Its start time is 0 unless start times count.
    pub(super) life: Life,
    /// Its value if it is a float.
    pub(super) value: f64,
    /// Its value if it is a histogram.
    pub(super) histogram: Option<&'a FloatHistogram>,
}

impl<'a> AnySample<'a> {
    pub(super) fn float(input: &RangeInput<'a>, at: usize) -> Self {
        let floats = &input.series.floats;
        let start = if input.start_times { floats.start(at) } else { 0 };
        AnySample { life: Life { start, time: floats.times[at] }, value: floats.values[at], histogram: None }
    }

    pub(super) fn histogram(input: &RangeInput<'a>, at: usize) -> Self {
        let histograms = &input.series.histograms;
        let start = if input.start_times { histograms.start(at) } else { 0 };
        AnySample {
            life: Life { start, time: histograms.times[at] },
            value: 0.0,
            histogram: histograms.values.points().get(at),
        }
    }

    /// Both columns merged by time.
    pub(super) fn merged(input: &RangeInput<'a>) -> Vec<Self> {
        let (floats, histograms) = (input.series.floats.times, input.series.histograms.times);
        let (mut float, mut histogram) = (0, 0);
        let mut merged = Vec::with_capacity(floats.len() + histograms.len());
        while float < floats.len() || histogram < histograms.len() {
            let float_first = histogram == histograms.len()
                || (float < floats.len() && floats[float] <= histograms[histogram]);
            if float_first {
                merged.push(AnySample::float(input, float));
                float += 1;
            } else {
                merged.push(AnySample::histogram(input, histogram));
                histogram += 1;
            }
        }
        merged
    }
}
