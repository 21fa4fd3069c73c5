//! An operator on one pair of samples, whatever they are.

use super::float::scalar;
use super::lane::Remark;
use crate::column::{Note, Row};
use crate::model::histogram::{Combined, HistogramError, ResetHint};
use crate::model::{FloatHistogram, Sample};
use promql_grammar::ast::BinaryOp;

/// One side of a pair.
#[derive(Clone, Copy, Debug)]
pub(super) enum Operand<'a> {
    Float(f64),
    Histogram(&'a FloatHistogram),
}

impl<'a> Operand<'a> {
    /// What a row holds at a step.
    pub(super) fn at(row: &Row<'a>, step: usize) -> Option<Self> {
        match row.float(step) {
            Some(value) => Some(Operand::Float(value)),
            None => row.histogram(step).map(Operand::Histogram),
        }
    }

    fn is_histogram(self) -> bool {
        matches!(self, Operand::Histogram(_))
    }
}

/// What becomes of a pair.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Element {
    /// The operation makes no sense here: no value, and the pair does not count as a match.
    Invalid(Remark),
    /// A comparison that failed.
    Filtered,
    /// A value, and perhaps something to say about it.
    Kept(Sample, Option<Remark>),
}

/// Applies a non-set operator to a pair. A filter comparison keeps the left sample.
pub(super) fn element(op: BinaryOp, return_bool: bool, left: Operand<'_>, right: Operand<'_>) -> Element {
    use Operand::{Float, Histogram};
    match (left, right) {
        (Float(l), Float(r)) => match scalar(op, l, r) {
            Ok(verdict) if op.is_comparison() => compared(return_bool, verdict != 0.0, || Sample::Float(l)),
            Ok(value) => Element::Kept(Sample::Float(value), None),
            Err(_) => incompatible(left, right),
        },
        (Float(factor), Histogram(histogram)) if op == BinaryOp::Mul => scaled(histogram, |h| h.mul(factor)),
        (Histogram(histogram), Float(value)) => match op {
            BinaryOp::Mul => scaled(histogram, |h| h.mul(value)),
            BinaryOp::Div => scaled(histogram, |h| h.div(value)),
            BinaryOp::TrimUpper => trimmed(histogram, |h| h.trim_upper(value)),
            BinaryOp::TrimLower => trimmed(histogram, |h| h.trim_lower(value)),
            _ => incompatible(left, right),
        },
        (Histogram(l), Histogram(r)) => match op {
            BinaryOp::Add => combined(l, |sum| sum.add(r)),
            BinaryOp::Sub => combined(l, |difference| {
                let combined = difference.sub(r)?;
                difference.hint = ResetHint::Gauge;
                Ok(combined)
            }),
            BinaryOp::Equal => compared(return_bool, l == r, || Sample::Histogram(l.clone())),
            BinaryOp::NotEqual => compared(return_bool, l != r, || Sample::Histogram(l.clone())),
            _ => incompatible(left, right),
        },
        _ => incompatible(left, right),
    }
}

fn incompatible(left: Operand<'_>, right: Operand<'_>) -> Element {
    Element::Invalid(Remark::Note(Note::IncompatibleTypes {
        left_histogram: left.is_histogram(),
        right_histogram: right.is_histogram(),
    }))
}

fn compared(return_bool: bool, verdict: bool, kept: impl FnOnce() -> Sample) -> Element {
    match (return_bool, verdict) {
        (true, _) => Element::Kept(Sample::Float(f64::from(verdict)), None),
        (false, true) => Element::Kept(kept(), None),
        (false, false) => Element::Filtered,
    }
}

fn scaled(histogram: &FloatHistogram, scale: impl FnOnce(&mut FloatHistogram)) -> Element {
    let mut histogram = histogram.clone();
    scale(&mut histogram);
    histogram.compact(0);
    Element::Kept(Sample::Histogram(histogram), None)
}

fn trimmed(histogram: &FloatHistogram, trim: impl FnOnce(&mut FloatHistogram)) -> Element {
    let mut histogram = histogram.clone();
    trim(&mut histogram);
    Element::Kept(Sample::Histogram(histogram), None)
}

fn combined(
    left: &FloatHistogram,
    combine: impl FnOnce(&mut FloatHistogram) -> Result<Combined, HistogramError>,
) -> Element {
    let mut histogram = left.clone();
    match combine(&mut histogram) {
        Err(HistogramError::IncompatibleSchema) => Element::Invalid(Remark::Note(Note::IncompatibleLayouts)),
        Err(error) => Element::Invalid(Remark::Broken(error)),
        // A conflict of hints is an error value in Prometheus, so the pair vanishes.
        Ok(combined) if combined.conflicting_resets => {
            Element::Invalid(Remark::Note(Note::ConflictingResets))
        }
        Ok(combined) => {
            histogram.compact(0);
            let remark = combined.reconciled_bounds.then_some(Remark::Note(Note::ReconciledBounds));
            Element::Kept(Sample::Histogram(histogram), remark)
        }
    }
}
