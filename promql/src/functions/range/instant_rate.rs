//! `irate` and `idelta`: the difference between the last two samples of a window, of whatever type.

use super::any_sample::AnySample;
use super::rate_histogram::{compatible, note_bounds};
use super::{Function, entry, seconds};
use crate::column::{Edges, Note, Notes, RowMut};
use crate::functions::{RangeError, RangeInput};
use crate::model::Sample;
use crate::model::histogram::ResetHint;

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        uses_start_times: true,
        ..entry(
            "irate",
            "Increase of a counter per second between the last two samples.",
            |input, out, notes| run(input, out, notes, true),
        )
    },
    entry("idelta", "Difference between the last two samples.", |input, out, notes| {
        run(input, out, notes, false)
    }),
];

fn run(
    input: &RangeInput<'_>,
    out: &mut RowMut<'_>,
    notes: &mut Notes,
    counter: bool,
) -> Result<(), RangeError> {
    for (step, (&floats, &histograms)) in input.float_edges.iter().zip(input.histogram_edges).enumerate() {
        if let Some([before, last]) = last_two(input, floats, histograms)
            && let Some(sample) = difference(before, last, counter, notes)?
        {
            out.set(step, sample);
        }
    }
    Ok(())
}

/// The last two samples of both columns together.
fn last_two<'a>(input: &RangeInput<'a>, floats: Edges, histograms: Edges) -> Option<[AnySample<'a>; 2]> {
    let (floats, histograms) = (floats.range(), histograms.range());
    let mut left = (floats.end, histograms.end);
    let mut newest = || {
        let float = (left.0 > floats.start).then(|| AnySample::float(input, left.0 - 1));
        let histogram = (left.1 > histograms.start).then(|| AnySample::histogram(input, left.1 - 1));
        match (float, histogram) {
            (Some(float), histogram) if histogram.is_none_or(|other| float.life.time >= other.life.time) => {
                left.0 -= 1;
                Some(float)
            }
            (_, Some(histogram)) => {
                left.1 -= 1;
                Some(histogram)
            }
            _ => None,
        }
    };
    let last = newest()?;
    Some([newest()?, last])
}

fn difference(
    before: AnySample<'_>,
    last: AnySample<'_>,
    counter: bool,
    notes: &mut Notes,
) -> Result<Option<Sample>, RangeError> {
    let distance = last.life.time.saturating_sub(before.life.time);
    if distance == 0 {
        return Ok(None);
    }
    let reset = counter && last.life.is_reset_since(before.life);
    let (earlier, later) = match (before.histogram, last.histogram) {
        (Some(earlier), Some(later)) => (earlier, later),
        (None, None) => {
            let fresh = reset || (counter && last.value < before.value);
            let value = if fresh { last.value } else { last.value - before.value };
            return Ok(Some(Sample::Float(if counter { value / seconds(distance) } else { value })));
        }
        _ => {
            notes.raise(Note::MixedFloatsHistograms);
            return Ok(None);
        }
    };
    let gauges = [earlier, later].map(|histogram| histogram.hint == ResetHint::Gauge);
    if counter && gauges.contains(&true) {
        notes.raise(Note::HistogramNotCounter);
    }
    if !counter && gauges.contains(&false) {
        notes.raise(Note::HistogramNotGauge);
    }
    let mut result = later.clone();
    let fresh = reset || (counter && later.detect_reset(earlier));
    if !fresh {
        let Some(combined) = compatible(result.sub(earlier))? else {
            notes.raise(Note::MixedExponentialCustom);
            return Ok(None);
        };
        note_bounds(combined, Note::ReconciledBoundsInSubtraction, notes);
    }
    result.hint = ResetHint::Gauge;
    result.compact(0);
    if counter {
        result.div(seconds(distance));
    }
    Ok(Some(Sample::Histogram(result)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::functions::range::testing::{Case, histogram, run};

    const IRATE: &Function = &FUNCTIONS[0];
    const IDELTA: &Function = &FUNCTIONS[1];

    #[test]
    fn the_last_two_samples_count() {
        let case = Case::new("floats", &[100.0, 50.0, 70.0]);
        assert_eq!(run(IRATE, &case.whole()).values, [Some(2.0)]);
        assert_eq!(run(IDELTA, &case.whole()).values, [Some(20.0)]);
        let reset = Case::new("reset", &[100.0, 50.0]);
        assert_eq!(run(IRATE, &reset.whole()).values, [Some(5.0)]);
        assert_eq!(run(IDELTA, &reset.whole()).values, [Some(-50.0)]);
        assert_eq!(run(IRATE, &Case::new("one", &[100.0]).whole()).values, [None]);
    }

    #[test]
    fn start_times_make_resets() {
        let mut case = Case::new("starts", &[50.0, 70.0]);
        case.starts = Some(vec![-5, 5_000]);
        assert_eq!(run(IRATE, &case.whole()).values, [Some(7.0)]);
    }

    #[test]
    fn types_do_not_mix() {
        let mut case = Case::new("mixed", &[1.0]);
        case.histogram_times = vec![10_000];
        case.histograms = vec![histogram(2.0)];
        assert_eq!(run(IRATE, &case.whole()).notes, [Note::MixedFloatsHistograms]);
        case.histogram_times.push(20_000);
        case.histograms.push(histogram(12.0));
        let answer = run(IRATE, &case.whole());
        assert!(matches!(&answer.samples[0], Some(Sample::Histogram(h)) if h.count == 1.0), "{answer:?}");
        assert_eq!(run(IDELTA, &case.whole()).notes, [Note::HistogramNotGauge]);
    }
}
