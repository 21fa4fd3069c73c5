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
            self.sum += value;
            self.weighted += value * step as f64;
            self.scale += value.abs();
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
        // Weights are at most the number of steps, which the scale does not know.
        let weight = (self.weighted.abs() / self.sum.abs().max(f64::MIN_POSITIVE)).max(1.0);
        let far = |a: f64, b: f64, scale: f64| (a - b).abs() > TOLERANCE * scale;
        if far(self.sum, peer.sum, self.scale) {
            return differ("sum of values", &self.sum, &peer.sum);
        }
        if far(self.weighted, peer.weighted, self.scale * weight) {
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
