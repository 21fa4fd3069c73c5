//! Classic histograms turned into native ones with custom buckets.

use super::load::LoadError;
use crate::model::histogram::{BucketSpan, CUSTOM_SCHEMA, FloatHistogram, Layout};
use crate::model::number::{format_g, parse_float};
use crate::model::{Labels, METRIC_NAME, Millis, Sample};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Series `X_bucket`, `X_count` and `X_sum` on their way to a native histogram `X`.
#[derive(Default)]
pub(super) struct Conversion {
    /// By the labels of the native histogram, in the order in which they appeared.
    series: Vec<(Labels, BTreeMap<Millis, Classic>)>,
}

/// A classic histogram at one time.
#[derive(Default)]
struct Classic {
    /// Bounds and cumulative counts, ascending.
    buckets: Vec<(f64, f64)>,
    count: Option<f64>,
    sum: f64,
    /// The first thing that was wrong.
    error: Option<String>,
}

/// Which part of a classic histogram a series is.
enum Part {
    Bucket(f64),
    Count,
    Sum,
}

impl Conversion {
    /// Takes in a series, if it is a part of a classic histogram.
    pub(super) fn add<'a>(
        &mut self,
        labels: &Labels,
        samples: impl Iterator<Item = (Millis, &'a Sample)>,
    ) -> Result<(), LoadError> {
        let name = labels.name();
        let (base, part) = if let Some(base) = name.strip_suffix("_bucket") {
            let bound = labels.get("le");
            if bound.is_empty() {
                return Err(LoadError::Conversion(format!("expected bucket label in metric {labels}")));
            }
            match parse_float(bound).filter(|bound| !bound.is_nan()) {
                Some(bound) => (base, Part::Bucket(bound)),
                None => return Ok(()),
            }
        } else if let Some(base) = name.strip_suffix("_sum") {
            (base, Part::Sum)
        } else if let Some(base) = name.strip_suffix("_count") {
            (base, Part::Count)
        } else {
            return Ok(());
        };
        let labels = labels.edit().set(METRIC_NAME, base).remove("le").finish();
        let at = self.series.iter().position(|(own, _)| *own == labels).unwrap_or_else(|| {
            self.series.push((labels, BTreeMap::new()));
            self.series.len() - 1
        });
        for (time, sample) in samples {
            if let Sample::Float(value) = *sample {
                self.series[at].1.entry(time).or_default().set(&part, value);
            }
        }
        Ok(())
    }

    /// The native histograms.
    pub(super) fn finish(self) -> impl Iterator<Item = Result<(Labels, Millis, FloatHistogram), LoadError>> {
        self.series.into_iter().flat_map(|(labels, by_time)| {
            by_time.into_iter().map(move |(time, classic)| {
                let native = classic.convert().map_err(LoadError::Conversion)?;
                native.validate().map_err(|error| LoadError::Conversion(error.to_string()))?;
                Ok((labels.clone(), time, native))
            })
        })
    }
}

impl Classic {
    fn set(&mut self, part: &Part, value: f64) {
        if self.error.is_some() {
            return;
        }
        match *part {
            Part::Sum => self.sum = value,
            Part::Count if value < 0.0 => {
                self.error = Some(format!("count must be non-negative: count={}", format_g(value)));
            }
            Part::Count => self.count = Some(value),
            Part::Bucket(bound) if value < 0.0 => {
                self.error = Some(format!(
                    "bucket count must be non-negative: le={}, count={}",
                    format_g(bound),
                    format_g(value)
                ));
            }
            Part::Bucket(bound) => self.error = self.set_bucket(bound, value).err(),
        }
    }

    fn set_bucket(&mut self, bound: f64, count: f64) -> Result<(), String> {
        let at = self.buckets.partition_point(|&(own, _)| own < bound);
        if self.buckets.get(at).is_some_and(|&(own, _)| own == bound) {
            return Ok(());
        }
        let lower = at.checked_sub(1).map(|at| self.buckets[at].1).filter(|&lower| count < lower);
        if let Some(lower) = lower {
            return Err(format!("count is not cumulative: {} < {}", format_g(count), format_g(lower)));
        }
        if let Some(&(_, upper)) = self.buckets.get(at).filter(|&&(_, upper)| count > upper) {
            return Err(format!("count is not cumulative: {} > {}", format_g(count), format_g(upper)));
        }
        self.buckets.insert(at, (bound, count));
        Ok(())
    }

    fn convert(self) -> Result<FloatHistogram, String> {
        if let Some(error) = self.error {
            return Err(error);
        }
        let mut buckets = self.buckets;
        let count = match (self.count, buckets.last()) {
            (Some(count), _) | (None, Some(&(_, count))) => count,
            (None, None) => return Err("count must be provided when no buckets are present".to_owned()),
        };
        if buckets.last().is_none_or(|&(bound, _)| bound != f64::INFINITY) {
            buckets.push((f64::INFINITY, count));
        }
        let (last_bound, last) = buckets[buckets.len() - 1];
        if count != last {
            let [count, bound, last] = [count, last_bound, last].map(format_g);
            return Err(format!("count mismatch: count={count} != le={bound} count={last}"));
        }
        let integers = is_integer(count) && buckets.iter().all(|&(_, count)| is_integer(count));
        let mut below = 0.0;
        let counts: Vec<f64> =
            buckets.iter().map(|&(_, count)| count - std::mem::replace(&mut below, count)).collect();
        let length = u32::try_from(counts.len()).map_err(|_| "too many buckets".to_owned())?;
        let mut native = FloatHistogram {
            schema: CUSTOM_SCHEMA,
            count,
            sum: self.sum,
            layout: Arc::new(Layout {
                positive: vec![BucketSpan { offset: 0, length }],
                negative: Vec::new(),
                bounds: buckets
                    .iter()
                    .map(|&(bound, _)| bound)
                    .filter(|&bound| bound != f64::INFINITY)
                    .collect(),
            }),
            buckets: counts.into(),
            ..FloatHistogram::default()
        };
        native.compact(if integers { 2 } else { 0 });
        Ok(native)
    }
}

fn is_integer(count: f64) -> bool {
    count == count.round() && count < 9.2e18
}
