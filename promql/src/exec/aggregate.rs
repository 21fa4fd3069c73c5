//! Aggregations: folds over all rows in morsels, or gathers group by group.

use super::bind::Value;
use super::context::{Context, Held};
use super::fail::Fail;
use super::notes::Topic;
use super::rows::Rows;
use super::scan::{hear, in_order, morsel_rows, scan_rows};
use crate::aggregations::{
    Aggregated, Aggregation, AggregationError, AggregatorInfo, Argument, Folding, GatherScratch, Gathered,
    Gathering, HistogramUse, Partial,
};
use crate::column::{Note, Notes, Row, Tile};
use crate::plan::NodeId;
use promql_grammar::Span;
use promql_grammar::ast::{Aggregator, Grouping};
use smallvec::SmallVec;

/// Where the parts of an aggregation stand in the query.
#[derive(Clone, Copy)]
pub(super) struct Spans {
    pub whole: Span,
    pub param: Span,
    pub input: Span,
}

/// An aggregation without its operand.
pub(super) struct Call<'a> {
    pub op: Aggregator,
    pub grouping: Option<&'a Grouping>,
    pub param: Option<Value>,
    pub node: NodeId,
    pub spans: Spans,
}

/// Evaluates an aggregation.
pub(super) fn bind(cx: &Context<'_>, call: &Call<'_>, input: &Rows) -> Result<Rows, Fail> {
    let argument = match &call.param {
        Some(Value::Scalar(scalar)) => Argument::Scalar(scalar.param()),
        Some(Value::Text(label)) => Argument::Label(label),
        _ => Argument::None,
    };
    let groups = Aggregation::bind(call.op, argument, &input.heads, call.grouping);
    let aggregation = Aggregation::new(call.op, argument, groups, &input.heads, input.grid)
        .map_err(|error| failed(call.spans.whole, &error))?;
    let aggregated = match aggregation {
        Aggregation::Nothing => {
            hear(cx, input, |_| false)?;
            return Ok(Rows::none(input.grid));
        }
        Aggregation::Fold(folding) => fold(cx, call, &folding, input)?,
        Aggregation::Gather(gathering) => gather(cx, call, &gathering, input)?,
    };
    let Aggregated { heads, tile, packed, notes, .. } = aggregated;
    call.raise(cx, notes);
    if let Some(packed) = packed {
        let samples = (0..packed.rows()).map(|row| packed.samples(row)).sum();
        let counted = cx.hold_both(samples, samples)?;
        return Ok(Rows::packed(heads.into(), input.grid, packed).counted(counted));
    }
    let counted = cx.hold_made(&tile)?;
    Ok(Rows::held(heads.into(), input.grid, tile).counted(counted))
}

fn failed(span: Span, error: &AggregationError) -> Fail {
    Fail::at(span, error.to_string())
}

/// An error on the way to the result: of the aggregation, or of what it reads again.
enum Finish {
    Aggregation(AggregationError),
    Read(Fail),
}

impl Finish {
    fn into_fail(self, span: Span) -> Fail {
        match self {
            Finish::Aggregation(error) => failed(span, &error),
            Finish::Read(fail) => fail,
        }
    }
}

impl From<AggregationError> for Finish {
    fn from(error: AggregationError) -> Self {
        Finish::Aggregation(error)
    }
}

fn fold(cx: &Context<'_>, call: &Call<'_>, folding: &Folding, input: &Rows) -> Result<Aggregated, Fail> {
    let span = call.spans.whole;
    let wanted: SmallVec<[u32; 8]> = input.numbers().filter(|&row| !folding.skips(row)).collect();
    hear(cx, input, |row| !folding.skips(row))?;
    let mut whole: Option<Partial> = None;
    let mut counted = Held::default();
    // Where reading raises nothing, it may stop as soon as no further row can change anything.
    let stride =
        if folding.may_complete() && !input.speaks() { morsel_rows(input.load.width) } else { usize::MAX };
    for rows in wanted.chunks(stride.max(1)) {
        scan_rows(
            cx,
            input,
            rows,
            |morsel| {
                let mut partial = folding.partial();
                for (number, row) in morsel.iter() {
                    folding.fold(&mut partial, number, row).map_err(|error| failed(span, &error))?;
                }
                Ok(partial)
            },
            |partial| {
                let whole = match &mut whole {
                    None => whole.insert(partial),
                    Some(whole) => {
                        folding.merge(whole, partial).map_err(|error| failed(span, &error))?;
                        whole
                    }
                };
                counted = Held::default();
                counted = cx.hold_slots(whole.held(), 1)?;
                Ok(())
            },
        )?;
        if whole.as_ref().is_some_and(|whole| folding.is_complete(whole)) {
            break;
        }
    }
    drop(counted);
    let whole = whole.unwrap_or_else(|| folding.partial());
    let result = folding.finish(whole, &input.heads, &mut |rows, take| read_again(cx, input, rows, take));
    result.map_err(|error| error.into_fail(span))
}

/// Hands over some rows once more.
fn read_again(
    cx: &Context<'_>,
    input: &Rows,
    rows: &[u32],
    take: &mut dyn FnMut(u32, Row<'_>),
) -> Result<(), Finish> {
    for rows in rows.chunks(morsel_rows(input.load.width)) {
        let read = input.with_rows(cx, rows, |morsel| {
            morsel.iter().for_each(|(number, row)| take(number, row));
            Ok(())
        });
        read.map_err(Finish::Read)?;
    }
    Ok(())
}

fn gather(
    cx: &Context<'_>,
    call: &Call<'_>,
    gathering: &Gathering,
    input: &Rows,
) -> Result<Aggregated, Fail> {
    let groups = gathering.groups();
    let numbers: Vec<u32> = (0..u32::try_from(groups.len()).expect("fewer groups than 2^32")).collect();
    let mut tile = Tile::with_capacity(groups.len(), input.grid.len);
    let mut gathered: Vec<Gathered> = Vec::with_capacity(groups.len());
    in_order(
        cx,
        numbers.iter(),
        input.heads.len().saturating_mul(input.load.width),
        |&group| {
            let members = groups.members(group);
            let _counted = cx.hold_slots(members.len(), input.grid.len)?;
            input.with_rows(cx, members, |morsel| {
                let rows: Vec<Row<'_>> = morsel.iter().map(|(_, row)| row).collect();
                let mut out = Tile::new(1, input.grid.len);
                let mut scratch = GatherScratch::default();
                let seen = gathering.gather(0, &rows, &mut out.row_mut(0), &mut scratch, cx.cancel)?;
                Ok((out, seen))
            })
        },
        |(out, seen)| {
            tile.append(out);
            gathered.push(seen);
            Ok(())
        },
    )?;
    let result =
        gathering.finish(tile, &gathered, &input.heads, &mut |rows, take| read_again(cx, input, rows, take));
    result.map_err(|error| error.into_fail(call.spans.whole))
}

impl Call<'_> {
    /// Passes notes on, each to the expression that it is about.
    fn raise(&self, cx: &Context<'_>, mut notes: Notes) {
        let info = AggregatorInfo::of(self.op);
        for note in notes.drain() {
            let span = match note {
                Note::InvalidQuantile(_) | Note::InvalidRatio(_) => self.spans.param,
                Note::IgnoredHistogramInGroup if info.histograms == HistogramUse::IgnoresAtAggregation => {
                    self.spans.whole
                }
                _ => self.spans.input,
            };
            cx.notes.raise(Topic::new(self.node, span).about(self.op.as_str()), note);
        }
    }
}
