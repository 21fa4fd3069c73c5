//! Answers to digests, and whether two agree.

use crate::protocol::{Digest, Task};
use promql::model::{FloatHistogram, Labels, Millis};
use promql::{QueryOutput, SampleRef};

/// Sums of the two engines may differ by this much, relative to the magnitudes that went into them.
const TOLERANCE: f64 = 1e-10;

impl Digest {
    /// A digest of an answer to the task.
    pub(crate) fn of(answer: &QueryOutput, task: &Task) -> Self {
        let mut digest = Digest::default();
        if let Some((_, value)) = answer.scalar() {
            digest.point(value, 1);
        }
        for series in answer.series() {
            let before = digest.points;
            for (time, sample) in series.samples() {
                let step = step(task, time);
                match sample {
                    SampleRef::Float(value) => digest.point(value, step),
                    SampleRef::Histogram(histogram) => digest.histogram(histogram, step),
                }
            }
            if digest.points > before {
                digest.series += 1;
                digest.labels = digest.labels.wrapping_add(hash(series.labels()));
            }
        }
        digest
    }

    /// Of a task that failed.
    pub(crate) fn failed(error: &impl ToString) -> Self {
        Digest { error: error.to_string(), ..Digest::default() }
    }

    fn histogram(&mut self, histogram: &FloatHistogram, step: i64) {
        self.histograms += 1;
        self.point(histogram.count, step);
        self.point(histogram.sum, step);
        // Buckets without observations may be there or not.
        for bucket in histogram.buckets().filter(|bucket| bucket.count != 0.0) {
            self.value(bucket.count, step);
            if !bucket.upper.is_infinite() {
                self.value(bucket.count * bucket.upper, step);
            }
        }
    }

    fn point(&mut self, value: f64, step: i64) {
        self.points += 1;
        self.value(value, step);
    }

    #[expect(clippy::cast_precision_loss, reason = "numbers of steps are small")]
    fn value(&mut self, value: f64, step: i64) {
        if value.is_nan() {
            self.nans += step;
        } else if value.is_infinite() {
            self.infinities += if value > 0.0 { step } else { -step };
        } else {
            let weighted = value * step as f64;
            self.sum += value;
            self.weighted += weighted;
            self.scale += value.abs();
            self.weighted_scale += weighted.abs();
        }
    }

    /// What is wrong between our answer and the peer's, if anything is. Where values tie, engines may choose
    /// different series.
    pub(crate) fn difference(&self, peer: &Digest, ties: bool) -> Option<String> {
        let differ = |what: &str, ours: &dyn ToString, peers: &dyn ToString| {
            Some(format!("{what}: ours {}, Prometheus {}", ours.to_string(), peers.to_string()))
        };
        let counts = [
            ("series", !ties, self.series as i64, peer.series as i64),
            ("points", true, self.points as i64, peer.points as i64),
            ("histograms", true, self.histograms as i64, peer.histograms as i64),
            ("steps that are NaN", true, self.nans, peer.nans),
            ("steps that are infinite", true, self.infinities, peer.infinities),
        ];
        if !self.error.is_empty() || !peer.error.is_empty() {
            return differ("error", &self.error, &peer.error);
        }
        if let Some((what, _, ours, peers)) = counts.iter().find(|(_, counts, a, b)| *counts && a != b) {
            return differ(what, ours, peers);
        }
        if !ties && self.labels != peer.labels {
            return Some("labels".to_owned());
        }
        let far = |a: f64, b: f64, scale: f64| (a - b).abs() > TOLERANCE * scale;
        if far(self.sum, peer.sum, self.scale) {
            return differ("sum of values", &self.sum, &peer.sum);
        }
        if far(self.weighted, peer.weighted, self.weighted_scale) {
            return differ("weighted sum of values", &self.weighted, &peer.weighted);
        }
        None
    }
}

fn step(task: &Task, time: Millis) -> i64 {
    if task.step == 0 { 1 } else { (time - task.start) / task.step + 1 }
}

/// FNV-1a of names and values, each with a byte behind it that no text has.
fn hash(labels: &Labels) -> u64 {
    let texts = labels.iter().flat_map(|(name, value)| [name, value]);
    let bytes = texts.flat_map(|text| text.bytes().chain([0xff]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Timed;
    use promql::model::Sample;
    use promql::source::MemorySource;
    use promql::{Engine, EngineOptions, Features};

    /// A name and values at steps of a second.
    type Values<'a> = (&'a str, &'a [f64]);

    fn digest(series: &[Values<'_>]) -> Digest {
        let mut source = MemorySource::default();
        for (name, values) in series {
            let labels = Labels::from_pairs([("__name__", "x"), ("name", name)]);
            for (at, value) in (0..).zip(*values) {
                source.append(&labels, at * 1000, Sample::Float(*value), 0).unwrap();
            }
        }
        let engine = Engine::new(EngineOptions { features: Features::all(), ..EngineOptions::default() });
        let task = Task {
            expr: "x".to_owned(),
            start: 0,
            end: 3000,
            step: 1000,
            timed: Timed::All,
            threads: 1,
            budget: 0,
        };
        let answer = engine.parse(&task.expr).unwrap().range(&source, 0, 3000, 1000).unwrap();
        Digest::of(&answer, &task)
    }

    const NAN: f64 = f64::NAN;

    #[test]
    fn the_order_of_series_does_not_matter() {
        let [a, b]: [Values<'_>; 2] = [("a", &[1.0, 2.0, 3.0, NAN]), ("b", &[5.0, 6.0, 7.0, f64::INFINITY])];
        let [one, other] = [digest(&[a, b]), digest(&[b, a])];
        assert_eq!(one.difference(&other, false), None);
        assert_eq!((one.series, one.points, one.nans, one.infinities), (2, 8, 4, 4));
        assert_eq!((one.sum, one.weighted), (24.0, 1.0 + 4.0 + 9.0 + 5.0 + 12.0 + 21.0));
    }

    #[test]
    fn what_differs_is_told() {
        let same = digest(&[("a", &[1.0, 2.0, 3.0, 4.0])]);
        let cases: [(&[Values<'_>], &str); 6] = [
            (&[], "series: ours 1, Prometheus 0"),
            (&[("b", &[1.0, 2.0, 3.0, 4.0])], "labels"),
            (&[("a", &[1.0, 2.0, 3.0, NAN])], "steps that are NaN: ours 0, Prometheus 4"),
            (&[("a", &[1.0, 2.0, -f64::INFINITY, 4.0])], "steps that are infinite: ours 0, Prometheus -3"),
            (&[("a", &[1.0, 2.0, 3.0, 5.0])], "sum of values: ours 10, Prometheus 11"),
            (&[("a", &[1.0, 2.0, 4.0, 3.0])], "weighted sum of values: ours 30, Prometheus 29"),
        ];
        for (series, told) in cases {
            assert_eq!(same.difference(&digest(series), false).as_deref(), Some(told));
        }
        let failed = Digest::failed(&"no");
        assert_eq!(same.difference(&failed, false).as_deref(), Some("error: ours , Prometheus no"));
    }

    #[test]
    fn where_values_tie_other_series_may_be_chosen() {
        let [one, other] = [digest(&[("a", &[1.0; 4])]), digest(&[("b", &[1.0; 4])])];
        assert_eq!(one.difference(&other, true), None);
        assert!(one.difference(&digest(&[("b", &[2.0; 4])]), true).is_some());
    }
}
