//! Expected and actual values, compared with the tolerance of Prometheus' scripts.

use crate::model::{FloatHistogram, Labels, Millis, Sample, is_stale, number};
use crate::source::text::Item;
use crate::{QueryOutput, SampleRef};
use std::collections::HashMap;

/// A series as a statement expects it: one value a step.
#[derive(Clone, Debug)]
pub(super) struct ExpectedSeries {
    pub labels: Labels,
    /// `None` where nothing is expected. The reset hint of a histogram counts if it was written.
    pub values: Vec<Option<Item>>,
}

/// The relative error allowed for values.
const EPSILON: f64 = 0.000_001;

/// True if two floats are equal as far as scripts care.
pub(super) fn almost_equal(a: f64, b: f64) -> bool {
    if is_stale(a) || is_stale(b) {
        return is_stale(a) && is_stale(b);
    }
    if a == b || a.is_nan() && b.is_nan() {
        return true;
    }
    let (sum, difference) = (a.abs() + b.abs(), (a - b).abs());
    if a == 0.0 || b == 0.0 || sum < f64::MIN_POSITIVE {
        return difference < EPSILON * f64::MIN_POSITIVE;
    }
    difference / sum.min(f64::MAX) < EPSILON
}

fn histograms_match(expected: &FloatHistogram, got: &FloatHistogram, with_hint: bool) -> bool {
    let compacted = |histogram: &FloatHistogram| {
        let mut histogram = histogram.clone();
        histogram.compact(0);
        histogram
    };
    let (expected, got) = (compacted(expected), compacted(got));
    (!with_hint || expected.hint == got.hint)
        && expected.schema == got.schema
        && expected.layout == got.layout
        && expected.zero_threshold.to_bits() == got.zero_threshold.to_bits()
        && [(expected.count, got.count), (expected.sum, got.sum), (expected.zero_count, got.zero_count)]
            .into_iter()
            .chain(expected.buckets.iter().copied().zip(got.buckets.iter().copied()))
            .all(|(expected, got)| almost_equal(expected, got))
}

fn samples_match(expected: &Sample, with_hint: bool, got: SampleRef<'_>) -> bool {
    match (expected, got) {
        (Sample::Float(expected), SampleRef::Float(got)) => almost_equal(*expected, got),
        (Sample::Histogram(expected), SampleRef::Histogram(got)) => {
            histograms_match(expected, got, with_hint)
        }
        _ => false,
    }
}

/// What is expected of an answer.
#[derive(Clone, Debug, Default)]
pub(super) struct Expected {
    pub scalar: Option<f64>,
    pub text: Option<String>,
    pub series: Vec<ExpectedSeries>,
}

/// How values stand in time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    pub start: Millis,
    pub end: Millis,
    pub step: Millis,
}

impl Times {
    pub(super) fn at(time: Millis) -> Self {
        Times { start: time, end: time, step: 1 }
    }

    fn nth(self, index: usize) -> Millis {
        self.start.saturating_add(self.step.saturating_mul(i64::try_from(index).unwrap_or(i64::MAX)))
    }
}

impl Expected {
    /// Compares with an answer, or with its part at one time.
    pub(super) fn check(
        &self,
        output: &QueryOutput,
        times: Times,
        at: Option<Millis>,
        ordered: bool,
    ) -> Result<(), String> {
        if let Some((_, text)) = output.string() {
            return match &self.text {
                Some(expected) if expected == text => Ok(()),
                expected => Err(format!("expected {expected:?}\ngot      {text:?}")),
            };
        }
        if let Some((_, got)) = output.scalar() {
            return self.check_scalar(got);
        }
        let mut got: Vec<(&Labels, Vec<(Millis, SampleRef<'_>)>)> = output
            .series()
            .map(|series| {
                let samples = series.samples().filter(|(time, _)| at.is_none_or(|at| *time == at));
                (series.labels(), samples.collect())
            })
            .collect();
        got.retain(|(_, samples)| !samples.is_empty());
        if let (Some(_), [(labels, samples)]) = (self.scalar, got.as_slice())
            && labels.is_empty()
            && let [(_, SampleRef::Float(value))] = samples.as_slice()
            && at.is_some()
        {
            return self.check_scalar(*value);
        }
        if self.scalar.is_some() {
            return Err("expected a scalar, got series".to_owned());
        }
        self.check_series(&got, times, ordered)
    }

    fn check_scalar(&self, got: f64) -> Result<(), String> {
        match self.scalar {
            Some(expected) if almost_equal(expected, got) => Ok(()),
            Some(expected) => Err(format!(
                "expected {}\ngot      {}",
                number::format_plain(expected),
                number::format_plain(got)
            )),
            None => Err(format!("expected series, got scalar {}", number::format_plain(got))),
        }
    }

    fn check_series(
        &self,
        got: &[(&Labels, Vec<(Millis, SampleRef<'_>)>)],
        times: Times,
        ordered: bool,
    ) -> Result<(), String> {
        // A later description of the same labels replaces an earlier one.
        let expected: HashMap<&Labels, (usize, &ExpectedSeries)> =
            self.series.iter().enumerate().map(|(place, series)| (&series.labels, (place, series))).collect();
        let mut problems = Vec::new();
        for (place, (labels, samples)) in got.iter().enumerate() {
            let Some((expected_place, series)) = expected.get(labels) else {
                problems.push(format!("unexpected {labels} {}", describe_points(samples)));
                continue;
            };
            if ordered && *expected_place != place {
                problems.push(format!(
                    "expected {labels} at position {}, got it at {}",
                    expected_place + 1,
                    place + 1
                ));
            }
            let points: Vec<(Millis, &Sample, bool)> = series
                .values
                .iter()
                .enumerate()
                .filter_map(|(index, value)| {
                    value.as_ref().map(|item| (times.nth(index), &item.sample, item.hint_written))
                })
                .collect();
            let same = points.len() == samples.len()
                && points.iter().zip(samples).all(|((time, sample, with_hint), (got_time, got))| {
                    time == got_time && *time <= times.end && samples_match(sample, *with_hint, *got)
                });
            if !same {
                let wanted: Vec<(Millis, SampleRef<'_>)> =
                    points.iter().map(|&(time, sample, _)| (time, SampleRef::from(sample))).collect();
                problems.push(format!(
                    "{labels}\n  expected {}\n  got      {}",
                    describe_points(&wanted),
                    describe_points(samples)
                ));
            }
        }
        for (labels, (_, series)) in &expected {
            if !got.iter().any(|(known, _)| known == labels) {
                let wanted: Vec<(Millis, SampleRef<'_>)> = series
                    .values
                    .iter()
                    .enumerate()
                    .filter_map(|(index, value)| {
                        value.as_ref().map(|item| (times.nth(index), SampleRef::from(&item.sample)))
                    })
                    .collect();
                problems.push(format!("missing {labels} {}", describe_points(&wanted)));
            }
        }
        problems.sort();
        if problems.is_empty() { Ok(()) } else { Err(problems.join("\n")) }
    }
}

fn describe_points(points: &[(Millis, SampleRef<'_>)]) -> String {
    let describe = |(time, sample): &(Millis, SampleRef<'_>)| {
        let value = match sample {
            SampleRef::Float(value) => number::format_plain(*value),
            SampleRef::Histogram(histogram) => histogram.to_string(),
        };
        format!("{value} @[{time}]")
    };
    match points {
        [one] => describe(one),
        many => many.iter().map(describe).collect::<Vec<_>>().join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::almost_equal;

    #[test]
    fn zero_is_not_nearly_anything() {
        assert!(almost_equal(1.0, 1.000_000_1));
        assert!(!almost_equal(1.0, 1.000_01));
        assert!(!almost_equal(0.0, 1e-17));
        assert!(almost_equal(f64::NAN, -f64::NAN));
        assert!(!almost_equal(f64::NAN, crate::model::stale_nan()));
        assert!(almost_equal(f64::INFINITY, f64::INFINITY) && !almost_equal(f64::INFINITY, 1.0));
    }
}
