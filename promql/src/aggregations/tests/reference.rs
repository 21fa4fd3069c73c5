//! The aggregators as Prometheus runs them: step by step over all rows, without any of the folds.

use crate::aggregations::{Argument, Groups};
use crate::column::RowHead;
use crate::model::histogram::{HistogramError, HistogramMean, HistogramSum};
use crate::model::{FloatHistogram, Sample};
use promql_grammar::ast::Aggregator;
use std::collections::BTreeSet;

/// Rows of samples, `None` where there is none.
pub(super) type Rows = Vec<Vec<Option<Sample>>>;

/// What comes out: origins, flags, samples; what was said.
#[derive(Debug, Default)]
pub(super) struct Answer {
    pub(super) rows: Vec<(u32, bool, Vec<Option<Sample>>)>,
    pub(super) said: BTreeSet<&'static str>,
}

/// One output of one step: origin, flag, sample.
type Output = (u32, bool, Sample);

/// Runs an aggregator. Rows come out in the order of their first samples on a point grid, else by origin.
pub(super) fn run(
    op: Aggregator,
    param: &[f64],
    groups: &Groups,
    heads: &[RowHead],
    rows: &Rows,
    point: bool,
) -> Answer {
    let mut answer = Answer::default();
    // Groups count from the first row that shows anything at all.
    let mut order: Vec<u32> = Vec::new();
    for (row, samples) in rows.iter().enumerate() {
        let group = groups.of(row as u32);
        if samples.iter().any(Option::is_some) && !order.contains(&group) {
            order.push(group);
        }
    }
    for (step, &param) in param.iter().enumerate() {
        let mut outputs: Vec<Output> = Vec::new();
        for &group in &order {
            let members: Vec<(u32, &Sample)> = (0..rows.len() as u32)
                .filter(|&row| groups.of(row) == group)
                .filter_map(|row| Some((row, rows[row as usize][step].as_ref()?)))
                .collect();
            if members.is_empty() {
                continue;
            }
            match op {
                Aggregator::Topk | Aggregator::Bottomk | Aggregator::Limitk | Aggregator::LimitRatio => {
                    select(op, param, heads, &members, &mut outputs, &mut answer.said);
                }
                _ => outputs.extend(reduce(op, param, group, heads, &members, &mut answer.said)),
            }
        }
        for (origin, flag, sample) in outputs {
            let at = answer.rows.iter().position(|(own, ..)| *own == origin).unwrap_or_else(|| {
                answer.rows.push((origin, flag, vec![None; rows[0].len()]));
                answer.rows.len() - 1
            });
            answer.rows[at].1 = flag;
            answer.rows[at].2[step] = Some(sample);
        }
    }
    if !point {
        let place = |origin: u32| match op {
            Aggregator::Topk | Aggregator::Bottomk | Aggregator::Limitk | Aggregator::LimitRatio => {
                origin as usize
            }
            _ => order.iter().position(|&group| group == origin).unwrap(),
        };
        answer.rows.sort_by_key(|&(origin, ..)| place(origin));
    }
    answer
}

fn select(
    op: Aggregator,
    param: f64,
    heads: &[RowHead],
    members: &[(u32, &Sample)],
    outputs: &mut Vec<Output>,
    said: &mut BTreeSet<&'static str>,
) {
    let flag = |row: u32| heads[row as usize].drop_name;
    if op == Aggregator::LimitRatio {
        for &(row, sample) in members {
            let place = heads[row as usize].labels.sampling_hash() as f64 / u64::MAX as f64;
            if (param >= 0.0 && place < param) || (param < 0.0 && place >= 1.0 + param) {
                outputs.push((row, flag(row), sample.clone()));
            }
        }
        return;
    }
    let k = param.trunc();
    if k < 1.0 {
        return;
    }
    let mut best: Vec<(u32, &Sample)> = members.to_vec();
    if op != Aggregator::Limitk {
        let float = |sample: &Sample| if let Sample::Float(value) = sample { Some(*value) } else { None };
        best.retain(|(_, sample)| float(sample).is_some());
        if best.len() < members.len() {
            said.insert("ignored");
        }
        best.sort_by(|(_, a), (_, b)| {
            let (a, b) = (float(a).unwrap(), float(b).unwrap());
            a.is_nan().cmp(&b.is_nan()).then_with(|| {
                let order = a.partial_cmp(&b).unwrap_or(std::cmp::Ordering::Equal);
                if op == Aggregator::Topk { order.reverse() } else { order }
            })
        });
    }
    best.truncate(k as usize);
    outputs.extend(best.into_iter().map(|(row, sample)| (row, flag(row), sample.clone())));
}

/// The state of one group at one step.
struct State {
    value: f64,
    mean: f64,
    lost: f64,
    count: f64,
    incremental: bool,
    floats: bool,
    histograms: bool,
    incompatible: bool,
    sum: Option<HistogramSum>,
    histogram_mean: Option<HistogramMean>,
    all: Vec<f64>,
    flag: bool,
}

fn reduce(
    op: Aggregator,
    param: f64,
    group: u32,
    heads: &[RowHead],
    members: &[(u32, &Sample)],
    said: &mut BTreeSet<&'static str>,
) -> Option<Output> {
    let adds = matches!(op, Aggregator::Sum | Aggregator::Avg);
    let ignores = !adds && !matches!(op, Aggregator::Count | Aggregator::Group);
    let mut state: Option<State> = None;
    for &(row, sample) in members {
        let (float, histogram) = match sample {
            Sample::Float(value) => (*value, None),
            Sample::Histogram(histogram) => (0.0, Some(histogram)),
        };
        let flag = heads[row as usize].drop_name;
        if state.is_none() {
            if ignores && histogram.is_some() {
                said.insert("ignored");
                continue;
            }
            let wild = matches!(op, Aggregator::Stddev | Aggregator::Stdvar);
            let value = match op {
                _ if wild => float * 0.0,
                Aggregator::Group => 1.0,
                _ => float,
            };
            state = Some(State {
                value: if wild && value == 0.0 { 0.0 } else { value },
                mean: float,
                lost: 0.0,
                count: 1.0,
                incremental: false,
                floats: histogram.is_none(),
                histograms: histogram.is_some(),
                incompatible: false,
                sum: histogram.map(HistogramSum::new),
                histogram_mean: histogram.map(HistogramMean::new),
                all: vec![float],
                flag,
            });
            continue;
        }
        let state = state.as_mut().unwrap();
        if state.incompatible {
            continue;
        }
        state.flag |= flag;
        match (histogram, adds) {
            (Some(histogram), true) => {
                state.count += 1.0;
                state.histograms = true;
                let added = match op {
                    Aggregator::Sum => state.sum.as_mut().map(|sum| sum.add(histogram)),
                    _ => state.histogram_mean.as_mut().map(|mean| mean.add(histogram)),
                };
                match added {
                    None | Some(Ok(())) => {}
                    Some(Err(HistogramError::IncompatibleSchema)) => {
                        state.incompatible = true;
                        said.insert("incompatible");
                    }
                    Some(Err(error)) => panic!("{error}"),
                }
            }
            (Some(_), false) if ignores => {
                said.insert("ignored");
            }
            _ => state.add(op, float),
        }
    }
    let state = state?;
    let value = match op {
        Aggregator::Avg if state.incremental => state.mean + state.lost,
        Aggregator::Avg => state.value / state.count + state.lost / state.count,
        Aggregator::Sum => state.value + state.lost,
        Aggregator::Count => state.count,
        Aggregator::Stdvar => state.value / state.count,
        Aggregator::Stddev => (state.value / state.count).sqrt(),
        Aggregator::Quantile => quantile(param, state.all),
        _ => state.value,
    };
    if adds {
        let (histogram, combined): (Option<FloatHistogram>, _) = match op {
            Aggregator::Sum => {
                (state.sum.as_ref().map(HistogramSum::finish), state.sum.map(|sum| sum.combined()))
            }
            _ => (
                state.histogram_mean.as_ref().map(HistogramMean::finish),
                state.histogram_mean.map(|mean| mean.combined()),
            ),
        };
        if combined.is_some_and(|combined| combined.reconciled_bounds) {
            said.insert("reconciled");
        }
        if state.floats && state.histograms {
            said.insert("mixed");
            return None;
        }
        if state.incompatible {
            return None;
        }
        if let Some(mut histogram) = histogram {
            if combined.is_some_and(|combined| combined.conflicting_resets) {
                said.insert("resets");
            }
            histogram.compact(0);
            return Some((group, state.flag, Sample::Histogram(histogram)));
        }
    }
    Some((group, state.flag, Sample::Float(value)))
}

impl State {
    fn add(&mut self, op: Aggregator, float: f64) {
        self.floats = true;
        self.count += 1.0;
        match op {
            Aggregator::Sum => (self.value, self.lost) = increment(float, self.value, self.lost),
            Aggregator::Avg => {
                if !self.incremental {
                    let (value, lost) = increment(float, self.value, self.lost);
                    if !value.is_infinite() {
                        (self.value, self.lost) = (value, lost);
                        return;
                    }
                    self.incremental = true;
                    self.mean = self.value / (self.count - 1.0);
                    self.lost /= self.count - 1.0;
                }
                let share = (self.count - 1.0) / self.count;
                (self.mean, self.lost) = increment(float / self.count, share * self.mean, share * self.lost);
            }
            Aggregator::Max if self.value < float || self.value.is_nan() => self.value = float,
            Aggregator::Min if self.value > float || self.value.is_nan() => self.value = float,
            Aggregator::Stddev | Aggregator::Stdvar => {
                let delta = float - self.mean;
                self.mean += delta / self.count;
                self.value += delta * (float - self.mean);
            }
            Aggregator::Quantile => self.all.push(float),
            _ => {}
        }
    }
}

fn increment(value: f64, sum: f64, lost: f64) -> (f64, f64) {
    let total = sum + value;
    if total.is_infinite() {
        (total, 0.0)
    } else if sum.abs() >= value.abs() {
        (total, lost + ((sum - total) + value))
    } else {
        (total, lost + ((value - total) + sum))
    }
}

fn quantile(phi: f64, mut values: Vec<f64>) -> f64 {
    if phi.is_nan() {
        return f64::NAN;
    }
    if phi < 0.0 {
        return f64::NEG_INFINITY;
    }
    if phi > 1.0 {
        return f64::INFINITY;
    }
    values.sort_by(|a, b| b.is_nan().cmp(&a.is_nan()).then(a.total_cmp(b)));
    let last = values.len() as f64 - 1.0;
    let rank = phi * last;
    let lower = rank.floor().max(0.0);
    let upper = (lower + 1.0).min(last);
    let weight = rank - rank.floor();
    if weight == 0.0 {
        return values[lower as usize];
    }
    values[lower as usize] * (1.0 - weight) + values[upper as usize] * weight
}

/// The argument that a parameter row makes.
pub(super) fn argument<'a>(op: Aggregator, param: &'a [f64]) -> Argument<'a> {
    match op {
        Aggregator::Topk
        | Aggregator::Bottomk
        | Aggregator::Limitk
        | Aggregator::LimitRatio
        | Aggregator::Quantile => Argument::Scalar(crate::column::Param::Row(param)),
        _ => Argument::None,
    }
}
