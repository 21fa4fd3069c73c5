//! Folds against the plain reference, over random rows.

use super::reference::{self, Answer, Rows};
use super::{by, grid, run_groups};
use crate::aggregations::{Aggregated, Groups};
use crate::column::{Heads, Note, RowHead};
use crate::model::histogram::{BucketSpan, CUSTOM_SCHEMA, FloatHistogram, Layout, ResetHint};
use crate::model::{Labels, Sample};
use promql_grammar::ast::Aggregator;
use std::sync::Arc;

struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % limit
    }

    fn pick<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    fn float(&mut self, wild: bool) -> f64 {
        match self.below(if wild { 4 } else { 3 }) {
            0 => self.pick(&[0.0, -0.0, 1.0, 2.0, -3.0]),
            1 => self.below(1_000_000) as f64 / 1024.0 - 300.0,
            2 => self.below(1_000_000) as f64 / 3.0,
            _ => self.pick(&[f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e308, f64::MAX, -1e308, 1e100]),
        }
    }

    fn histogram(&mut self, wild: bool) -> FloatHistogram {
        let custom = self.below(5) == 0;
        let length = 1 + self.below(3) as u32;
        let bounds = if custom { vec![1.0, 2.0, self.pick(&[5.0, 7.0])] } else { Vec::new() };
        let offset = if custom { 0 } else { self.below(3) as i32 };
        let sum = if wild { self.float(true) } else { self.below(100) as f64 };
        FloatHistogram {
            hint: self.pick(&[ResetHint::Unknown, ResetHint::Reset, ResetHint::NotReset, ResetHint::Gauge]),
            schema: if custom { CUSTOM_SCHEMA } else { self.below(2) as i32 },
            zero_threshold: 0.0,
            zero_count: if custom { 0.0 } else { self.below(3) as f64 },
            count: self.below(50) as f64,
            sum,
            layout: Arc::new(Layout {
                positive: vec![BucketSpan { offset, length }],
                negative: Vec::new(),
                bounds,
            }),
            buckets: (0..length).map(|_| self.below(9) as f64).collect(),
        }
    }

    fn rows(&mut self, count: usize, len: usize, wild: bool) -> Rows {
        let histograms = self.pick(&[0, 0, 3, 10]);
        let mut row = |_| {
            let presence = self.pick(&[0, 5, 9, 10, 10]);
            let sample = |_| {
                (self.below(10) < presence).then(|| {
                    if self.below(10) < histograms {
                        Sample::Histogram(self.histogram(wild))
                    } else {
                        Sample::Float(self.float(wild))
                    }
                })
            };
            (0..len).map(sample).collect()
        };
        (0..count).map(&mut row).collect()
    }

    fn heads(&mut self, count: usize, flags: bool) -> Heads {
        let head = |index: usize| {
            let name = self.pick(&["a", "b", "c"]);
            let labels = Labels::from_pairs([("__name__", name), ("i", &index.to_string())]);
            RowHead { labels, drop_name: flags && self.below(2) == 0 }
        };
        (0..count).map(head).collect()
    }
}

const OPS: &[Aggregator] = &[
    Aggregator::Sum,
    Aggregator::Avg,
    Aggregator::Min,
    Aggregator::Max,
    Aggregator::Count,
    Aggregator::Group,
    Aggregator::Stddev,
    Aggregator::Stdvar,
    Aggregator::Quantile,
    Aggregator::Topk,
    Aggregator::Bottomk,
    Aggregator::Limitk,
    Aggregator::LimitRatio,
];

/// Checks a result against the reference; `slack` is what sums may differ by.
fn check(op: Aggregator, result: &Aggregated, answer: &Answer, slack: f64, case: &str) {
    let origins: Vec<u32> = answer.rows.iter().map(|(origin, ..)| *origin).collect();
    assert_eq!(result.origins, origins, "{op} origins, {case}");
    for (index, (_, flag, samples)) in answer.rows.iter().enumerate() {
        let head = &result.heads[index];
        // Without metadata labels there is nothing to drop.
        if !head.labels.name().is_empty() {
            assert_eq!(head.drop_name, *flag, "{op} flag of row {index}, {case}");
        }
        let row = result.tile.row(index);
        for (step, wanted) in samples.iter().enumerate() {
            let got = row.sample(step);
            let same = match (&got, wanted) {
                (Some(Sample::Float(got)), Some(Sample::Float(wanted))) => {
                    got.to_bits() == wanted.to_bits()
                        || (got.is_nan() && wanted.is_nan())
                        || (got - wanted).abs() <= slack
                }
                (Some(Sample::Histogram(got)), Some(Sample::Histogram(wanted))) => {
                    let hint = got.hint == wanted.hint;
                    (got == wanted || (got.sum.is_nan() && wanted.sum.is_nan())) && hint
                }
                (None, None) => true,
                _ => false,
            };
            assert!(same, "{op} row {index} step {step}: {got:?} instead of {wanted:?}, {case}");
        }
    }
}

fn samples(result: &Aggregated) -> Rows {
    result.tile.iter().map(|row| (0..row.len()).map(|step| row.sample(step)).collect()).collect()
}

fn said(result: &Aggregated) -> Vec<&'static str> {
    let mut said: Vec<&str> = result
        .notes
        .iter()
        .filter_map(|note| match note {
            Note::IgnoredHistogramInGroup => Some("ignored"),
            Note::MixedFloatsHistogramsInGroup => Some("mixed"),
            Note::MixedExponentialCustomInGroup(_) => Some("incompatible"),
            Note::ReconciledBounds => Some("reconciled"),
            Note::ConflictingResets => Some("resets"),
            _ => None,
        })
        .collect();
    said.sort_unstable();
    said.dedup();
    said
}

fn each_case(seed: u64, wild: bool, mut test: impl FnMut(&mut Dice, Aggregator, &Case)) {
    for round in 0..400 {
        let mut dice = Dice(seed + round * 0x9e37_79b9);
        let len = dice.pick(&[1, 1, 2, 64, 70]);
        let point = len == 1 && dice.below(2) == 0;
        let count = 1 + dice.below(14);
        let flags = dice.below(3) == 0;
        let case = Case {
            heads: dice.heads(count, flags),
            rows: dice.rows(count, len, wild),
            k: (0..len).map(|_| dice.below(9) as f64 / 2.0).collect(),
            ratio: (0..len).map(|_| dice.below(21) as f64 / 10.0 - 1.0).collect(),
            varies: dice.below(2) == 0,
            named: dice.below(3) > 0,
            point,
        };
        OPS.iter().for_each(|&op| test(&mut dice, op, &case));
    }
}

struct Case {
    heads: Heads,
    rows: Rows,
    k: Vec<f64>,
    ratio: Vec<f64>,
    varies: bool,
    named: bool,
    point: bool,
}

impl Case {
    fn run(&self, op: Aggregator, cuts: &[usize]) -> (Aggregated, Answer) {
        let mut param = match op {
            Aggregator::LimitRatio | Aggregator::Quantile => self.ratio.clone(),
            _ => self.k.clone(),
        };
        if !self.varies {
            let first = param[0];
            param.fill(first);
        }
        let grouping = self.named.then(|| by(&["__name__"]));
        let bind = || Groups::bind(&self.heads, grouping.as_ref());
        let argument = reference::argument(op, &param);
        let grid = grid(param.len(), self.point);
        let result = run_groups(op, argument, bind(), &self.heads, &self.rows, grid, cuts).unwrap();
        (result, reference::run(op, &param, &bind(), &self.heads, &self.rows, self.point))
    }
}

#[test]
fn one_partial_is_bit_for_bit_what_the_reference_is() {
    each_case(1, true, |_, op, case| {
        let (result, mut answer) = case.run(op, &[]);
        if op == Aggregator::LimitRatio && case.point {
            // The order of its groups is that of all rows, whether they show a sample or not.
            let groups = Groups::bind(&case.heads, case.named.then(|| by(&["__name__"])).as_ref());
            answer.rows.sort_by_key(|&(row, ..)| (groups.of(row), row));
        }
        let shown = format!("{:?} point {}", case.rows, case.point);
        check(op, &result, &answer, 0.0, &shown);
        let wanted: Vec<_> = answer.said.iter().copied().collect();
        assert_eq!(said(&result), wanted, "{op} notes, {shown}");
    });
}

#[test]
fn how_rows_are_cut_changes_no_more_than_rounding() {
    each_case(7, false, |dice, op, case| {
        let mut cuts: Vec<usize> =
            (0..dice.pick(&[1, 2, 6])).map(|_| dice.below(case.rows.len() + 1)).collect();
        cuts.sort_unstable();
        let (mut result, mut answer) = case.run(op, &cuts);
        if op == Aggregator::LimitRatio && case.point {
            let by_row = |rows: &mut Vec<(u32, bool, Vec<Option<Sample>>)>| rows.sort_by_key(|row| row.0);
            by_row(&mut answer.rows);
            if !result.origins.is_sorted() {
                result = Aggregated::default();
                answer = Answer::default();
            }
        }
        let slack = match op {
            Aggregator::Sum | Aggregator::Avg => 1e-9,
            Aggregator::Stddev | Aggregator::Stdvar => 1e-3,
            _ => 0.0,
        };
        check(op, &result, &answer, slack, &format!("{cuts:?} of {:?}", case.rows));
    });
}

#[test]
fn wild_values_survive_any_cut() {
    each_case(13, true, |dice, op, case| {
        let (whole, _) = case.run(op, &[]);
        let cut = dice.below(case.rows.len() + 1);
        let (parts, _) = case.run(op, &[cut]);
        assert_eq!(parts.origins, whole.origins, "{op}");
        if !matches!(op, Aggregator::Sum | Aggregator::Avg | Aggregator::Stddev | Aggregator::Stdvar) {
            let shown = |result: &Aggregated| format!("{:?}", samples(result));
            assert_eq!(shown(&parts), shown(&whole), "{op}");
        }
    });
}
