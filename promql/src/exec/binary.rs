//! Binary operators: scalars, a vector and a scalar, two vectors.

use super::bind::Value;
use super::context::Context;
use super::fail::Fail;
use super::merge::{Merging, merge};
use super::notes::Topic;
use super::rows::{Body, Rows, Stream};
use super::scalar::Scalar;
use super::scan::{hear, hold, hold_rows};
use super::set;
use crate::column::Tile;
use crate::model::Grid;
use crate::operators::{self, Join, Joined, MatchError, NoteLane, Pair};
use crate::plan::NodeId;
use promql_grammar::Span;
use promql_grammar::ast::{BinaryModifiers, BinaryOp, Side};

/// A binary operation without its operands.
#[derive(Clone, Copy)]
pub(super) struct Call<'a> {
    pub op: BinaryOp,
    pub modifiers: &'a BinaryModifiers,
    pub grid: Grid,
    pub node: NodeId,
    pub span: Span,
}

/// Binds a binary operation.
pub(super) fn bind(cx: &Context<'_>, call: Call<'_>, lhs: Value, rhs: Value) -> Result<Value, Fail> {
    match (lhs, rhs) {
        (Value::Scalar(lhs), Value::Scalar(rhs)) => Ok(Value::Scalar(scalars(call, &lhs, &rhs)?)),
        (Value::Rows(lhs), Value::Scalar(rhs)) => with_scalar(cx, call, lhs, rhs, false),
        (Value::Scalar(lhs), Value::Rows(rhs)) => with_scalar(cx, call, rhs, lhs, true),
        (Value::Rows(lhs), Value::Rows(rhs)) if call.op.is_set() => {
            Ok(Value::Rows(set::bind(cx, call, lhs, rhs)?))
        }
        (Value::Rows(lhs), Value::Rows(rhs)) => Ok(Value::Rows(join(cx, call, lhs, rhs)?)),
        // Types were checked.
        _ => Ok(Value::Rows(Rows::none(call.grid))),
    }
}

/// `-x` of a vector.
pub(super) fn negate(cx: &Context<'_>, input: Rows) -> Rows {
    let heads = input.heads.iter().map(|head| cx.options.removal.apply(head)).collect();
    Rows::in_place(input, heads, |_, _, tile| {
        operators::negate(tile);
        Ok(())
    })
}

fn scalars(call: Call<'_>, lhs: &Scalar, rhs: &Scalar) -> Result<Scalar, Fail> {
    let failed = |error: operators::NotForScalars| Fail::at(call.span, error.to_string());
    if let (Scalar::Const(lhs), Scalar::Const(rhs)) = (lhs, rhs) {
        return Ok(Scalar::Const(operators::scalar(call.op, *lhs, *rhs).map_err(failed)?));
    }
    let mut values = vec![0.0; call.grid.len];
    operators::scalars(call.op, lhs.param(), rhs.param(), &mut values).map_err(failed)?;
    Ok(Scalar::Row(values))
}

fn with_scalar(
    cx: &Context<'_>,
    call: Call<'_>,
    input: Rows,
    scalar: Scalar,
    on_left: bool,
) -> Result<Value, Fail> {
    let Call { op, modifiers, node, span, .. } = call;
    let return_bool = modifiers.return_bool;
    let heads = input
        .heads
        .iter()
        .map(|head| operators::head_with_scalar(op, return_bool, head, cx.options.removal))
        .collect();
    let rows = Rows::in_place_speaking(input, heads, move |cx, rows, tile| {
        let mut lane = NoteLane::default();
        let is_run = rows.windows(2).all(|pair| pair[0] + 1 == pair[1]);
        match rows.first() {
            Some(&first) if is_run => {
                let scalar = (scalar.param(), on_left);
                operators::tile_with_scalar(op, return_bool, tile, scalar, (&mut lane, first));
            }
            _ => {
                for (nth, &row) in rows.iter().enumerate() {
                    lane.start_row(row);
                    let mut row = tile.row_mut(nth);
                    operators::with_scalar(op, return_bool, &mut row, scalar.param(), on_left, &mut lane);
                }
            }
        }
        cx.notes.speak(Topic::new(node, span).about(op.as_str()), lane);
        Ok(())
    });
    Ok(Value::Rows(merge(cx, rows, Merging::Stepwise, span)?))
}

pub(super) fn failed(span: Span, error: MatchError) -> Fail {
    match error {
        MatchError::Stopped(stop) => Fail::Stopped(stop),
        error => Fail::at(span, error.to_string()),
    }
}

/// Takes over rows that were joined step by step.
pub(super) fn joined(cx: &Context<'_>, call: Call<'_>, joined: Joined) -> Result<Rows, Fail> {
    for note in joined.notes {
        cx.notes.raise(Topic::new(call.node, call.span).about(call.op.as_str()), note);
    }
    let counted = cx.hold_made(&joined.tile)?;
    Ok(Rows::held(joined.heads.into(), call.grid, joined.tile).counted(counted))
}

fn join(cx: &Context<'_>, call: Call<'_>, lhs: Rows, rhs: Rows) -> Result<Rows, Fail> {
    let join = Join::bind(call.op, call.modifiers, &lhs.heads, &rhs.heads, cx.options.removal, call.grid);
    let Some(pairs) = join.pairs() else {
        let (lhs, rhs) = (hold(cx, lhs)?, hold(cx, rhs)?);
        let (Body::Held(left), Body::Held(right)) = (&lhs.body, &rhs.body) else {
            return Ok(Rows::none(call.grid));
        };
        let result = join.evaluate(left, right, cx.cancel).map_err(|error| failed(call.span, error))?;
        return joined(cx, call, result);
    };
    let mut pairs = pairs.to_vec();
    let (mut lhs, mut rhs) = (lhs, rhs);
    hear_strangers(cx, &lhs, pairs.iter().map(|pair| pair.left))?;
    hear_strangers(cx, &rhs, pairs.iter().map(|pair| pair.right))?;
    // A row that meets many is read once and held; rows that meet one are read when their partner is.
    match call.modifiers.group.as_ref().map(|group| group.side) {
        None => {}
        Some(Side::Left) => rhs = hold_partners(cx, rhs, &mut pairs, |pair| &mut pair.right)?,
        Some(Side::Right) => lhs = hold_partners(cx, lhs, &mut pairs, |pair| &mut pair.left)?,
    }
    let load = lhs.load.and(rhs.load);
    let stream = Pairs {
        op: call.op,
        return_bool: call.modifiers.return_bool,
        lhs,
        rhs,
        pairs,
        grid: call.grid,
        node: call.node,
        span: call.span,
    };
    Ok(Rows::stream(join.heads().to_vec().into(), call.grid, load, stream))
}

/// Hears the rows of one side that meet no partner.
fn hear_strangers(cx: &Context<'_>, rows: &Rows, met: impl Iterator<Item = u32>) -> Result<(), Fail> {
    let mut is_met = vec![false; rows.heads.len()];
    met.for_each(|row| is_met[row as usize] = true);
    hear(cx, rows, |row| is_met[row as usize])
}

/// Holds those rows of one side that meet a partner, and renumbers the pairs accordingly; if each of them meets one
/// only, they stay as they are.
fn hold_partners(
    cx: &Context<'_>,
    rows: Rows,
    pairs: &mut [Pair],
    side: impl Fn(&mut Pair) -> &mut u32,
) -> Result<Rows, Fail> {
    let mut place = vec![None; rows.heads.len()];
    let mut wanted = Vec::new();
    for pair in pairs.iter_mut() {
        let row = *side(pair);
        place[row as usize].get_or_insert_with(|| {
            wanted.push(row);
            u32::try_from(wanted.len() - 1).expect("a vector has fewer than 2^32 rows")
        });
    }
    if wanted.len() == pairs.len() || !matches!(rows.body, Body::Stream(_)) {
        return Ok(rows);
    }
    for pair in pairs {
        let row = side(pair);
        *row = place[*row as usize].unwrap_or_default();
    }
    hold_rows(cx, &rows, &wanted)
}

/// Rows of two vectors, one against one.
struct Pairs {
    op: BinaryOp,
    return_bool: bool,
    lhs: Rows,
    rhs: Rows,
    pairs: Vec<Pair>,
    grid: Grid,
    node: NodeId,
    span: Span,
}

impl Stream for Pairs {
    fn read(&self, cx: &Context<'_>, rows: &[u32], out: &mut Tile) -> Result<(), Fail> {
        let left: Vec<u32> = rows.iter().map(|&row| self.pairs[row as usize].left).collect();
        let right: Vec<u32> = rows.iter().map(|&row| self.pairs[row as usize].right).collect();
        out.reset(rows.len(), self.grid.len);
        let mut lane = NoteLane::default();
        self.lhs.with_rows(cx, &left, |left| {
            self.rhs.with_rows(cx, &right, |right| {
                for (nth, &row) in rows.iter().enumerate() {
                    lane.start_row(row);
                    let (left, right) = (left.row(nth), right.row(nth));
                    operators::combine(
                        self.op,
                        self.return_bool,
                        left,
                        right,
                        &mut out.row_mut(nth),
                        &mut lane,
                    );
                }
                Ok(())
            })
        })?;
        cx.notes.speak(Topic::new(self.node, self.span).about(self.op.as_str()), lane);
        Ok(())
    }

    fn speaks(&self) -> bool {
        true
    }
}
