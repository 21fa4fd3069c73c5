//! Series and windows that hold fast kernels against the loops over one window.

use crate::column::{
    Cancel, Edges, FloatColumn, HistogramColumn, Note, Notes, Param, SeriesColumns, Tile, Windows,
};
use crate::functions::{Extents, Function, RangeError, RangeInput, Shape};
use crate::model::{FloatHistogram, Grid, Millis, Sample};
use std::ops::Range;

/// Owned input of a range function.
#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) name: String,
    pub(super) times: Vec<Millis>,
    pub(super) values: Vec<f64>,
    pub(super) starts: Option<Vec<Millis>>,
    pub(super) histogram_times: Vec<Millis>,
    pub(super) histograms: Vec<FloatHistogram>,
    pub(super) windows: Windows,
    pub(super) params: Vec<f64>,
    pub(super) anchored: bool,
    pub(super) smoothed: bool,
}

/// A case with its edges.
#[derive(Debug)]
pub(super) struct Input {
    case: Case,
    float_edges: Vec<Edges>,
    histogram_edges: Vec<Edges>,
}

/// What a kernel made of a row.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) values: Vec<Option<f64>>,
    pub(super) samples: Vec<Option<Sample>>,
    pub(super) notes: Vec<Note>,
}

/// xorshift; the same numbers in every run.
#[derive(Debug)]
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub(super) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    /// Between -1 and 1.
    pub(super) fn signed(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }
}

pub(super) const LOOKBACK: Millis = 300_000;

impl Case {
    /// Samples every 10 s from 0, windows of a minute at every 20 s.
    pub(super) fn new(name: &str, values: &[f64]) -> Self {
        Case {
            name: name.to_owned(),
            times: (0..values.len() as Millis).map(|at| at * 10_000).collect(),
            values: values.to_vec(),
            starts: None,
            histogram_times: Vec::new(),
            histograms: Vec::new(),
            windows: Windows {
                grid: Grid::range(0, values.len() as Millis * 10_000 + 50_000, 20_000),
                range: 60_000,
                offset: 0,
                pinned: None,
            },
            params: Vec::new(),
            anchored: false,
            smoothed: false,
        }
    }

    /// One window over everything.
    pub(super) fn whole(&self) -> Input {
        let end = self.times.iter().chain(&self.histogram_times).copied().max().unwrap_or(0);
        self.at(end, end + 1_000_000)
    }

    /// One window.
    pub(super) fn at(&self, end: Millis, range: Millis) -> Input {
        let mut case = self.clone();
        case.windows = Windows { grid: Grid::at(end), range, offset: 0, pinned: None };
        case.input()
    }

    pub(super) fn input(&self) -> Input {
        let before = if self.anchored || self.smoothed { LOOKBACK } else { 0 };
        let after = if self.smoothed { LOOKBACK } else { 0 };
        let (mut float_edges, mut histogram_edges) = (Vec::new(), Vec::new());
        self.windows.edges(&self.times, before, after, &mut float_edges);
        self.windows.edges(&self.histogram_times, before, after, &mut histogram_edges);
        Input { case: self.clone(), float_edges, histogram_edges }
    }

    /// The windows in the float column.
    pub(super) fn edges(&self) -> impl Iterator<Item = Range<usize>> {
        let input = self.input();
        input.float_edges.into_iter().map(Edges::range)
    }

    pub(super) fn with_params(mut self, params: &[f64]) -> Self {
        self.params = params.to_vec();
        self
    }

    /// Every shape of data with every shape of windows.
    pub(super) fn all() -> Vec<Case> {
        let mut cases = Vec::new();
        for (name, values) in shapes(400) {
            let regular = Case::new(name, &values);
            let end = 400 * 10_000;
            let mut gaps = regular.clone();
            let mut random = Random::new(7);
            gaps.name += " with gaps";
            for at in 1..gaps.times.len() {
                let stride =
                    if random.below(40) == 0 { 900_000 } else { 3_000 + random.below(14_000) as Millis };
                gaps.times[at] = gaps.times[at - 1] + stride;
            }
            for case in [regular, gaps] {
                for (step, range, pinned) in [
                    (30_000, 300_000, None),
                    (7_000, 650_000, None),
                    (15_000, 2_000_000, None),
                    (600_000, 45_000, None),
                    (60_000, 1_500_000, Some(2_500_000)),
                ] {
                    let mut case = case.clone();
                    case.name += &format!(" [{range}ms] every {step}ms");
                    case.windows =
                        Windows { grid: Grid::range(-50_000, end + 700_000, step), range, offset: 0, pinned };
                    cases.push(case);
                }
            }
        }
        cases
    }
}

impl Input {
    pub(super) fn with<T>(&self, read: impl FnOnce(&RangeInput<'_>) -> T) -> T {
        let case = &self.case;
        let params: Vec<_> = case.params.iter().map(|&value| Param::Const(value)).collect();
        read(&RangeInput {
            series: SeriesColumns {
                floats: FloatColumn {
                    times: &case.times,
                    values: &case.values,
                    starts: case.starts.as_deref(),
                },
                histograms: HistogramColumn {
                    times: &case.histogram_times,
                    values: case.histograms.as_slice().into(),
                    starts: None,
                },
            },
            windows: &case.windows,
            float_edges: &self.float_edges,
            histogram_edges: &self.histogram_edges,
            params: &params,
            anchored: case.anchored,
            smoothed: case.smoothed,
            lookback: LOOKBACK,
            start_times: case.starts.is_some(),
            extents: &Extents::default(),
            histogram_extents: &Extents::default(),
            cancel: &Cancel::default(),
        })
    }
}

/// Runs a function over one series.
pub(super) fn run(function: &Function, input: &Input) -> Answer {
    try_run(function, input).unwrap()
}

pub(super) fn try_run(function: &Function, input: &Input) -> Result<Answer, RangeError> {
    let Shape::Range(range) = function.shape else { panic!("{} is no range function", function.name) };
    let len = input.case.windows.grid.len;
    let mut tile = Tile::new(1, len);
    let mut notes = Notes::default();
    input.with(|input| (range.kernel)(input, &mut tile.row_mut(0), &mut notes))?;
    let row = tile.row(0);
    Ok(Answer {
        values: (0..len).map(|step| row.float(step)).collect(),
        samples: (0..len).map(|step| row.sample(step)).collect(),
        notes: notes.drain().collect(),
    })
}

/// The equality of test scripts: bits, or a relative difference below 1e-6.
pub(super) fn almost_equal(a: f64, b: f64) -> bool {
    if a.to_bits() == b.to_bits() || a == b || (a.is_nan() && b.is_nan()) {
        return true;
    }
    let size = a.abs() + b.abs();
    if a == 0.0 || b == 0.0 || size < f64::MIN_POSITIVE {
        return (a - b).abs() < 1e-6 * f64::MIN_POSITIVE;
    }
    (a - b).abs() / size.min(f64::MAX) < 1e-6
}

fn shapes(len: usize) -> Vec<(&'static str, Vec<f64>)> {
    let mut random = Random::new(42);
    let mut make = |shape: &mut dyn FnMut(usize, &mut Random) -> f64| -> Vec<f64> {
        (0..len).map(|at| shape(at, &mut random)).collect()
    };
    vec![
        ("counter", make(&mut |at, random| at as f64 * 3.0 + random.below(3) as f64)),
        ("fractions", make(&mut |at, random| at as f64 * 0.1 + random.signed())),
        ("resets every 7", make(&mut |at, _| (at % 7) as f64 * 1.5)),
        ("resets every 150", make(&mut |at, random| (at % 150) as f64 + random.below(2) as f64 * 0.25)),
        ("sawtooth", make(&mut |at, _| if at % 2 == 0 { 10.0 } else { 0.1 })),
        ("gauge", make(&mut |_, random| random.signed() * 100.0)),
        ("constant", make(&mut |_, _| 52.1)),
        ("zeros", make(&mut |at, _| if at % 3 == 0 { -0.0 } else { 0.0 })),
        ("steps", make(&mut |at, _| (at / 40) as f64)),
        ("cancelling", make(&mut |at, _| if at % 2 == 0 { 1e17 } else { -1e17 + (at % 5) as f64 })),
        ("huge", make(&mut |_, random| random.signed() * 1e308)),
        ("tiny", make(&mut |_, random| random.signed() * 1e-300)),
        ("large offset", make(&mut |_, random| 1e12 + random.signed())),
        ("mostly nan", make(&mut |_, random| if random.below(4) == 0 { 1.0 } else { f64::NAN })),
        (
            "sprinkled",
            make(&mut |at, random| match random.below(90) {
                0 => f64::NAN,
                1 => f64::INFINITY,
                2 => f64::NEG_INFINITY,
                _ => at as f64,
            }),
        ),
    ]
}

/// A histogram of one bucket with this many observations.
pub(super) fn histogram(count: f64) -> FloatHistogram {
    use crate::model::histogram::{BucketSpan, Layout};
    FloatHistogram {
        count,
        sum: count,
        layout: std::sync::Arc::new(Layout {
            positive: vec![BucketSpan { offset: 1, length: 1 }],
            ..Layout::default()
        }),
        buckets: [count].into(),
        ..FloatHistogram::default()
    }
}
