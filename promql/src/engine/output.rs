//! Answers.

use crate::annotation::Annotation;
use crate::column::{PackedRows, PackedSample, Row};
use crate::exec::{Answer, GridRows, QueryStats};
use crate::model::{FloatHistogram, Grid, Labels, Millis, Sample, ValueType};
use std::io;

/// The answer to a query.
#[derive(Debug)]
pub struct QueryOutput {
    answer: Answer,
    time: Millis,
    annotations: Vec<Annotation>,
    stats: QueryStats,
}

/// A sample of an answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SampleRef<'a> {
    /// A number.
    Float(f64),
    /// A native histogram.
    Histogram(&'a FloatHistogram),
}

/// A series of an answer.
#[derive(Clone, Copy, Debug)]
pub struct Series<'a> {
    labels: &'a Labels,
    samples: Samples<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Samples<'a> {
    One(Millis, &'a Sample),
    Row(Grid, Row<'a>),
    Packed(Grid, &'a PackedRows, usize),
    Points(&'a [(Millis, Sample)]),
}

impl QueryOutput {
    pub(super) fn new(answer: Answer, time: Millis, annotations: Vec<Annotation>, stats: QueryStats) -> Self {
        QueryOutput { answer, time, annotations, stats }
    }

    /// The type: an instant query gives any type, a range query a matrix.
    #[must_use]
    pub fn value_type(&self) -> ValueType {
        match self.answer {
            Answer::Text(_) => ValueType::String,
            Answer::Scalar(_) => ValueType::Scalar,
            Answer::Vector { .. } => ValueType::Vector,
            Answer::Grid { .. } | Answer::Raw(_) => ValueType::Matrix,
        }
    }

    /// Time and value of a scalar.
    #[must_use]
    pub fn scalar(&self) -> Option<(Millis, f64)> {
        match self.answer {
            Answer::Scalar(value) => Some((self.time, value)),
            _ => None,
        }
    }

    /// Time and text of a string.
    #[must_use]
    pub fn string(&self) -> Option<(Millis, &str)> {
        match &self.answer {
            Answer::Text(text) => Some((self.time, text)),
            _ => None,
        }
    }

    /// The series of a vector (one sample each) or a matrix; none of other types.
    pub fn series(&self) -> impl Iterator<Item = Series<'_>> {
        let count = match &self.answer {
            Answer::Text(_) | Answer::Scalar(_) => 0,
            Answer::Vector { heads, .. } => heads.len(),
            Answer::Grid { order, .. } => order.len(),
            Answer::Raw(series) => series.len(),
        };
        (0..count).filter_map(|index| self.nth(index))
    }

    fn nth(&self, index: usize) -> Option<Series<'_>> {
        Some(match &self.answer {
            Answer::Text(_) | Answer::Scalar(_) => return None,
            Answer::Vector { heads, samples } => {
                Series { labels: &heads[index].labels, samples: Samples::One(self.time, &samples[index]) }
            }
            Answer::Grid { heads, rows, order, grid } => {
                let row = order[index] as usize;
                let samples = match rows {
                    GridRows::Whole(tile) => Samples::Row(*grid, tile.row(row)),
                    GridRows::Packed(packed) => Samples::Packed(*grid, packed, row),
                };
                Series { labels: &heads[row].labels, samples }
            }
            Answer::Raw(series) => {
                Series { labels: &series[index].labels, samples: Samples::Points(&series[index].points) }
            }
        })
    }

    /// Warnings and infos: warnings first, then by place, then by text.
    #[must_use]
    pub fn annotations(&self) -> &[Annotation] {
        &self.annotations
    }

    /// What the evaluation took.
    #[must_use]
    pub fn stats(&self) -> &QueryStats {
        &self.stats
    }

    /// Writes the `data` member of Prometheus' HTTP API: `{"resultType":…,"result":…}`.
    ///
    /// # Errors
    /// If the writer fails.
    pub fn write_json(&self, out: &mut dyn io::Write) -> io::Result<()> {
        super::json::write(self, out)
    }
}

impl<'a> Series<'a> {
    /// The labels.
    #[must_use]
    pub fn labels(&self) -> &'a Labels {
        self.labels
    }

    /// Times and samples in time order.
    pub fn samples(&self) -> impl Iterator<Item = (Millis, SampleRef<'a>)> + use<'a> {
        let samples = self.samples;
        let slots = match samples {
            Samples::One(..) => 1,
            Samples::Row(grid, _) => grid.len,
            Samples::Points(points) => points.len(),
            Samples::Packed(..) => 0,
        };
        let packed = match samples {
            Samples::Packed(grid, packed, row) => Some((grid, packed.iter(row))),
            _ => None,
        };
        let packed = packed.into_iter().flat_map(|(grid, points)| {
            points.map(move |(step, sample)| {
                let sample = match sample {
                    PackedSample::Float(value) => SampleRef::Float(value),
                    PackedSample::Histogram(histogram) => SampleRef::Histogram(histogram),
                };
                (grid.time(step), sample)
            })
        });
        (0..slots).filter_map(move |slot| samples.at(slot)).chain(packed)
    }
}

impl<'a> Samples<'a> {
    /// The sample of a slot, if there is one.
    fn at(self, slot: usize) -> Option<(Millis, SampleRef<'a>)> {
        Some(match self {
            Samples::One(time, sample) => (time, SampleRef::from(sample)),
            Samples::Points(points) => (points[slot].0, SampleRef::from(&points[slot].1)),
            // Packed rows have no slots to look at.
            Samples::Packed(..) => return None,
            Samples::Row(grid, row) => match row.float(slot) {
                Some(value) => (grid.time(slot), SampleRef::Float(value)),
                None => (grid.time(slot), SampleRef::Histogram(row.histogram(slot)?)),
            },
        })
    }
}

impl<'a> From<&'a Sample> for SampleRef<'a> {
    fn from(sample: &'a Sample) -> Self {
        match sample {
            Sample::Float(value) => SampleRef::Float(*value),
            Sample::Histogram(histogram) => SampleRef::Histogram(histogram),
        }
    }
}
