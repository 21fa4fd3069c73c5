//! Durations as milliseconds, for one step and range of the query.

use super::PlanError;
use crate::model::Millis;
use promql_grammar::Ast;
use promql_grammar::ast::{BinaryOp, DurationId, DurationKind};
use smallvec::{SmallVec, smallvec};

/// The largest duration Prometheus can hold, in seconds.
const MAX_SECONDS: f64 = 9_223_372_036.854_776;

/// `step()` and `range()` of the query, in seconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct QueryTimes {
    pub step: f64,
    pub range: f64,
}

/// What a duration may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Allowed {
    /// Anything: an offset.
    Any,
    /// More than zero: a range or a step.
    Positive,
}

/// The duration in whole milliseconds, truncated.
pub(super) fn evaluate(
    ast: &Ast,
    id: DurationId,
    times: QueryTimes,
    allowed: Allowed,
) -> Result<Millis, PlanError> {
    let seconds = seconds(ast, id, times)?;
    let node = &ast[id];
    let fail = |message: &str| {
        // Computed durations carry their place in the text, as Prometheus has it: byte offsets from zero.
        let message = format!("{}:{}: {message}", node.span.start, node.span.end);
        Err(PlanError { message, span: node.span })
    };
    if !seconds.is_finite() {
        return fail("duration is NaN or infinite");
    }
    if allowed == Allowed::Positive && seconds <= 0.0 {
        return fail("duration must be greater than 0");
    }
    if seconds.abs() > MAX_SECONDS {
        return fail("duration is out of range");
    }
    #[expect(clippy::cast_possible_truncation, reason = "in range as checked; truncation is meant")]
    let millis = match (&node.kind, node.wrapped) {
        // A plain literal is rounded to nanoseconds before it is cut to milliseconds.
        (DurationKind::Literal(_), false) => (seconds * 1e9).round() as i64 / 1_000_000,
        _ => (seconds * 1000.0) as i64,
    };
    Ok(millis)
}

/// Evaluates with an explicit stack: a duration may be nested as deeply as memory allows.
fn seconds(ast: &Ast, root: DurationId, times: QueryTimes) -> Result<f64, PlanError> {
    enum Work {
        Visit(DurationId),
        Apply(DurationId),
    }
    let mut work: SmallVec<[Work; 8]> = smallvec![Work::Visit(root)];
    let mut values: SmallVec<[f64; 8]> = SmallVec::new();
    while let Some(item) = work.pop() {
        match item {
            Work::Visit(id) => match ast[id].kind {
                DurationKind::Literal(number) => values.push(number.value),
                DurationKind::Step => values.push(times.step),
                DurationKind::Range => values.push(times.range),
                DurationKind::Negative(inner) => work.extend([Work::Apply(id), Work::Visit(inner)]),
                DurationKind::Binary(_, l, r) | DurationKind::MinOf(l, r) | DurationKind::MaxOf(l, r) => {
                    work.extend([Work::Apply(id), Work::Visit(r), Work::Visit(l)]);
                }
            },
            Work::Apply(id) => {
                let right = values.pop().expect("operands were visited before");
                let value = match ast[id].kind {
                    DurationKind::Negative(_) => -right,
                    ref kind => {
                        let left = values.pop().expect("operands were visited before");
                        binary(kind, left, right).map_err(|message| {
                            let span = ast[id].span;
                            PlanError { message: format!("{}:{}: {message}", span.start, span.end), span }
                        })?
                    }
                };
                values.push(value);
            }
        }
    }
    Ok(values.pop().expect("the root leaves one value"))
}

fn binary(kind: &DurationKind, left: f64, right: f64) -> Result<f64, &'static str> {
    use crate::functions::{max_of, min_of};
    Ok(match kind {
        DurationKind::MinOf(..) => min_of(left, right),
        DurationKind::MaxOf(..) => max_of(left, right),
        DurationKind::Binary(BinaryOp::Add, ..) => left + right,
        DurationKind::Binary(BinaryOp::Sub, ..) => left - right,
        DurationKind::Binary(BinaryOp::Mul, ..) => left * right,
        DurationKind::Binary(BinaryOp::Div, ..) if right == 0.0 => return Err("division by zero"),
        DurationKind::Binary(BinaryOp::Div, ..) => left / right,
        DurationKind::Binary(BinaryOp::Mod, ..) if right == 0.0 => return Err("modulo by zero"),
        DurationKind::Binary(BinaryOp::Mod, ..) => left % right,
        DurationKind::Binary(BinaryOp::Pow, ..) => crate::model::elementary::pow(left, right),
        _ => return Err("unexpected operator in a duration"),
    })
}
