//! Whole aggregations: rows in, rows out.

mod numbers;
mod property;
mod reference;
mod rules;

use super::{Aggregated, Aggregation, AggregationError, Argument, GatherScratch, Gathered, Groups};
use crate::column::{Cancel, Heads, Note, RowHead, Tile};
use crate::model::{Grid, Labels, Sample};
use promql_grammar::Span;
use promql_grammar::ast::{Aggregator, Grouping};
use reference::Rows;

/// The grid of `len` steps; one step is a point only on request.
fn grid(len: usize, point: bool) -> Grid {
    Grid { start: 0, step: 60_000, len, point }
}

fn tile(rows: &Rows, len: usize) -> Tile {
    let mut tile = Tile::new(rows.len(), len);
    // What absent slots hold must not matter.
    tile.values_mut().fill(f64::INFINITY);
    for (index, samples) in rows.iter().enumerate() {
        let mut row = tile.row_mut(index);
        for (step, sample) in samples.iter().enumerate() {
            if let Some(sample) = sample {
                row.set(step, sample.clone());
            }
        }
    }
    tile
}

/// Runs an aggregation with a partial for every stretch of rows between the cuts.
fn run_groups(
    op: Aggregator,
    argument: Argument<'_>,
    groups: Groups,
    heads: &Heads,
    rows: &Rows,
    grid: Grid,
    cuts: &[usize],
) -> Result<Aggregated, AggregationError> {
    let tile = tile(rows, grid.len);
    let mut read = |wanted: &[u32], each: &mut dyn FnMut(u32, crate::column::Row<'_>)| {
        wanted.iter().for_each(|&row| each(row, tile.row(row as usize)));
        Ok::<_, AggregationError>(())
    };
    match Aggregation::new(op, argument, groups, heads, grid)? {
        Aggregation::Nothing => Ok(Aggregated::default()),
        Aggregation::Gather(gathering) => {
            let groups = gathering.groups();
            let mut out = Tile::new(groups.len(), grid.len);
            let mut scratch = GatherScratch::default();
            let gathered: Vec<Gathered> = (0..groups.len())
                .map(|group| {
                    let members = groups.members(group as u32).iter();
                    let rows: Vec<_> = members.map(|&row| tile.row(row as usize)).collect();
                    let out = &mut out.row_mut(group);
                    gathering.gather(0, &rows, out, &mut scratch, &Cancel::default()).unwrap()
                })
                .collect();
            gathering.finish(out, &gathered, heads, &mut read)
        }
        Aggregation::Fold(folding) => {
            let mut borders = vec![0];
            borders.extend(cuts);
            borders.push(rows.len());
            let mut whole = None;
            for border in borders.windows(2) {
                let mut partial = folding.partial();
                for row in (border[0]..border[1]).filter(|&row| !folding.skips(row as u32)) {
                    folding.fold(&mut partial, row as u32, tile.row(row))?;
                }
                match &mut whole {
                    None => whole = Some(partial),
                    Some(whole) => folding.merge(whole, partial)?,
                }
            }
            folding.finish(whole.unwrap_or_else(|| folding.partial()), heads, &mut read)
        }
    }
}

/// Rows that differ in the label `i` and belong to the group that the first letter of their name says.
fn heads(names: &[&str]) -> Heads {
    let labels = |(index, name): (usize, &&str)| {
        Labels::from_pairs([("__name__", *name), ("g", &name[..1]), ("i", &index.to_string())])
    };
    names.iter().enumerate().map(labels).map(RowHead::new).collect()
}

fn by(labels: &[&str]) -> Grouping {
    let labels = labels.iter().map(|&name| name.to_owned()).collect();
    Grouping { without: false, labels, span: Span::default() }
}

/// Runs an aggregation `by (g)` in one partial.
fn run(
    op: Aggregator,
    argument: Argument<'_>,
    names: &[&str],
    rows: &Rows,
    point: bool,
) -> Result<Aggregated, String> {
    let heads = heads(names);
    let groups = Aggregation::bind(op, argument, &heads, Some(&by(&["g"])));
    run_groups(op, argument, groups, &heads, rows, grid(rows[0].len(), point), &[])
        .map_err(|error| error.to_string())
}

/// A row of floats; NaN spelled as `N`, gaps as `_`.
fn floats(text: &str) -> Vec<Option<Sample>> {
    text.split_whitespace()
        .map(|word| match word {
            "_" => None,
            "N" => Some(Sample::Float(f64::NAN)),
            number => Some(Sample::Float(number.parse().unwrap())),
        })
        .collect()
}

/// The rows of a result, with the labels `g` and `i` and the values.
fn lines(result: &Aggregated) -> Vec<String> {
    let line = |(index, head): (usize, &RowHead)| {
        let row = result.tile.row(index);
        let mut line = format!("{}{}:", head.labels.get("g"), head.labels.get("i"));
        for step in 0..row.len() {
            match row.sample(step) {
                None => line += " _",
                Some(Sample::Float(value)) => line += &format!(" {value}"),
                Some(Sample::Histogram(histogram)) => line += &format!(" h{}", histogram.count),
            }
        }
        line
    };
    result.heads.iter().enumerate().map(line).collect()
}

fn notes(result: &Aggregated) -> Vec<Note> {
    result.notes.iter().cloned().collect()
}
