//! `histogram_quantile`, `histogram_quantiles`, `histogram_fraction`: gathers over groups of bucket rows.

use super::bind::Value;
use super::context::{Context, Held};
use super::fail::Fail;
use super::notes::Topic;
use super::rows::Rows;
use super::scalar::Scalar;
use super::scan::{hear, in_order, morsel_rows};
use crate::column::{Notes, Tile};
use crate::functions::Shape;
use crate::functions::classic::{Column, Group, Groups, Strays, columns, note_invalid_quantiles};
use crate::model::Grid;
use crate::plan::NodeId;
use promql_grammar::Span;

/// The arguments, by function.
enum Kind {
    Quantile(Scalar),
    Quantiles { label: String, phis: Vec<Scalar> },
    Fraction(Scalar, Scalar),
}

/// Evaluates one of the functions.
pub(super) fn bind(
    cx: &Context<'_>,
    shape: Shape,
    args: Vec<Value>,
    grid: Grid,
    spans: &[Span],
    node: NodeId,
) -> Result<Rows, Fail> {
    let (mut scalars, mut label, mut input) = (Vec::new(), String::new(), Rows::none(grid));
    let mut input_span = spans[0];
    for (arg, &span) in args.into_iter().zip(spans) {
        match arg {
            Value::Scalar(scalar) => scalars.push((scalar, span)),
            Value::Text(text) => label = text,
            Value::Rows(rows) => (input, input_span) = (rows, span),
            Value::Answer(_) => {}
        }
    }
    if !matches!(shape, Shape::HistogramFraction) {
        for (phi, span) in &scalars {
            let mut notes = Notes::default();
            note_invalid_quantiles(phi.param(), grid.len, &mut notes);
            cx.notes.raise_all(&Topic::new(node, *span), &mut notes);
        }
    }
    let mut scalars = scalars.into_iter().map(|(scalar, _)| scalar);
    let kind = match shape {
        Shape::HistogramQuantiles => Kind::Quantiles { label, phis: scalars.collect() },
        Shape::HistogramFraction => {
            let mut next = || scalars.next().unwrap_or(Scalar::Const(f64::NAN));
            Kind::Fraction(next(), next())
        }
        _ => Kind::Quantile(scalars.next().unwrap_or(Scalar::Const(f64::NAN))),
    };
    let call = Gather { kind, node, span: input_span };
    match call.run(cx, &input, Strays::Ignored)? {
        Some(rows) => Ok(rows),
        None => Ok(call.run(cx, &input, Strays::Kept)?.unwrap_or_else(|| Rows::none(grid))),
    }
}

struct Gather {
    kind: Kind,
    node: NodeId,
    span: Span,
}

impl Gather {
    /// Evaluates all groups; none if native histograms turned up in rows that have no output.
    fn run(&self, cx: &Context<'_>, input: &Rows, strays: Strays) -> Result<Option<Rows>, Fail> {
        let grid = input.grid;
        let groups = Groups::bind(&input.heads, strays);
        let columns = match &self.kind {
            Kind::Quantile(phi) => vec![Column::varying(phi.param())],
            Kind::Quantiles { phis, .. } => {
                let phis: Vec<_> = phis.iter().map(Scalar::param).collect();
                columns(&phis, grid.len)
            }
            Kind::Fraction(..) => vec![Column::constant(0.0)],
        };
        let heads = match &self.kind {
            Kind::Quantiles { label, .. } => groups.heads_with(cx.options.removal, label, &columns),
            _ => groups.heads(cx.options.removal),
        };
        let mut is_read = vec![false; input.heads.len()];
        groups.groups().iter().flat_map(Group::rows).for_each(|&row| is_read[row as usize] = true);
        hear(cx, input, |row| is_read[row as usize])?;
        let jobs = chunks(groups.groups(), morsel_rows(input.load.width));
        let mut counted = cx.hold_slots(heads.len(), grid.len)?;
        let mut tile = Tile::with_capacity(0, grid.len);
        let mut strayed = false;
        let slots = input.heads.len().saturating_mul(input.load.width);
        in_order(
            cx,
            jobs.into_iter(),
            slots,
            |groups| self.evaluate(cx, input, groups, &columns),
            |(part, held, strays)| {
                strayed |= strays;
                counted.absorb(held);
                tile.append(part);
                Ok(())
            },
        )?;
        if strayed && strays == Strays::Ignored {
            return Ok(None);
        }
        Ok(Some(Rows::held(heads.into(), grid, tile).counted(counted)))
    }

    fn evaluate(
        &self,
        cx: &Context<'_>,
        input: &Rows,
        groups: &[Group],
        columns: &[Column<'_>],
    ) -> Result<(Tile, Held, bool), Fail> {
        let rows: Vec<u32> = groups.iter().flat_map(|group| group.rows().iter().copied()).collect();
        let outputs = groups.iter().map(|group| group.outputs().len()).sum::<usize>() * columns.len();
        let mut output = Tile::new(outputs, input.grid.len);
        let mut strays = false;
        cx.with_scratch(|tile| -> Result<(), Fail> {
            input.read(cx, &rows, tile)?;
            let (mut first_in, mut first_out) = (0, 0);
            for group in groups {
                let mut notes = Notes::default();
                let (from, to) = ((&*tile, first_in), (&mut output, first_out));
                strays |= match &self.kind {
                    Kind::Fraction(lower, upper) => {
                        group.fractions(&input.grid, from, (lower.param(), upper.param()), to, &mut notes)
                    }
                    _ => group.quantiles(&input.grid, from, columns, to, &mut notes),
                };
                cx.notes.raise_all(&Topic::new(self.node, self.span).about(group.name()), &mut notes);
                first_in += group.rows().len();
                first_out += group.outputs().len() * columns.len();
            }
            Ok(())
        })?;
        let held = cx.hold(output.iter().map(|row| row.samples()).sum())?;
        Ok((output, held, strays))
    }
}

/// Runs of groups that together have about `rows` rows.
fn chunks(groups: &[Group], rows: usize) -> Vec<&[Group]> {
    let mut chunks = Vec::new();
    let (mut start, mut size) = (0, 0);
    for (index, group) in groups.iter().enumerate() {
        size += group.rows().len();
        if size >= rows {
            chunks.push(&groups[start..=index]);
            (start, size) = (index + 1, 0);
        }
    }
    if start < groups.len() {
        chunks.push(&groups[start..]);
    }
    chunks
}
