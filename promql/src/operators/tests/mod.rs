//! Whole operations, written down as rows of text.
//!
//! A row is `name label=value …`, a trailing `!` sets its drop flag. Samples are numbers, `_` for nothing, `h2` for a
//! histogram with two observations.

mod agree;
mod histograms;
mod joins;
mod sets;

use super::*;
use crate::column::{Cancel, NameRemoval, RowHead, Tile};
use crate::model::{FloatHistogram, Grid, Labels, METRIC_NAME, Sample};
use promql_grammar::Span;
use promql_grammar::ast::{BinaryModifiers, BinaryOp, Group, Matching, Side};

pub(super) struct Vector {
    pub(super) heads: Vec<RowHead>,
    pub(super) tile: Tile,
}

impl std::fmt::Debug for Vector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(rows(&self.heads, &self.tile)).finish()
    }
}

pub(super) fn vector(rows: &[(&str, &str)]) -> Vector {
    let len = rows.first().map_or(0, |(_, samples)| samples.split_whitespace().count());
    let mut vector = Vector { heads: Vec::new(), tile: Tile::new(rows.len(), len) };
    for (row, (labels, samples)) in rows.iter().enumerate() {
        vector.heads.push(head(labels));
        for (step, sample) in samples.split_whitespace().enumerate() {
            if sample != "_" {
                vector.tile.row_mut(row).set(step, self::sample(sample));
            }
        }
    }
    vector
}

fn head(text: &str) -> RowHead {
    let mut head = RowHead::default();
    let mut edit = head.labels.edit();
    for word in text.split_whitespace() {
        match word.split_once('=') {
            Some((name, value)) => {
                edit.set(name, value);
            }
            None if word == "!" => head.drop_name = true,
            None => {
                edit.set(METRIC_NAME, word);
            }
        }
    }
    head.labels = edit.finish();
    head
}

fn sample(text: &str) -> Sample {
    match text.strip_prefix('h') {
        Some(count) => Sample::Histogram(histogram(count.parse().unwrap())),
        None => Sample::Float(text.parse().unwrap()),
    }
}

/// All observations in the zero bucket.
pub(super) fn histogram(count: f64) -> FloatHistogram {
    FloatHistogram {
        hint: Default::default(),
        schema: 0,
        zero_threshold: 0.5,
        zero_count: count,
        count,
        sum: count,
        layout: Default::default(),
        buckets: [].into(),
    }
}

/// One text a row with samples, in the form rows are written.
pub(super) fn rows(heads: &[RowHead], tile: &Tile) -> Vec<String> {
    let row = |(row, head): (usize, &RowHead)| {
        let samples: Vec<String> = (0..tile.len())
            .map(|step| match tile.row(row).sample(step) {
                None => "_".to_owned(),
                Some(Sample::Float(value)) => value.to_string(),
                Some(Sample::Histogram(histogram)) => format!("h{}", histogram.count),
            })
            .collect();
        let empty = samples.iter().all(|sample| sample == "_");
        let flag = if head.drop_name { " !" } else { "" };
        (!empty).then(|| format!("{}{flag} {}", write(&head.labels), samples.join(" ")))
    };
    heads.iter().enumerate().filter_map(row).collect()
}

fn write(labels: &Labels) -> String {
    let name = labels.name().to_owned();
    let rest = labels.iter().filter(|(label, _)| *label != METRIC_NAME);
    let mut words: Vec<String> = rest.map(|(label, value)| format!("{label}={value}")).collect();
    words.insert(0, if name.is_empty() { "-".to_owned() } else { name });
    words.join(" ")
}

pub(super) fn range(len: usize) -> Grid {
    Grid { start: 0, step: 60_000, len, point: false }
}

/// `+ on(k) group_left(a, b) fill_right(1)` without the operator.
pub(super) fn modifiers(text: &str) -> BinaryModifiers {
    let mut modifiers = BinaryModifiers::default();
    for clause in text.replace(", ", ",").split_whitespace() {
        let (word, list) = clause.trim_end_matches(')').split_once('(').unwrap_or((clause, ""));
        let labels = || list.split(',').filter(|label| !label.is_empty()).map(str::to_owned).collect();
        let span = Span::default();
        let group = |side| Some(Group { side, include: labels(), span });
        match word {
            "bool" => modifiers.return_bool = true,
            "on" | "ignoring" => {
                modifiers.matching = Some(Matching { on: word == "on", labels: labels(), span });
            }
            "group_left" => modifiers.group = group(Side::Left),
            "group_right" => modifiers.group = group(Side::Right),
            "fill_left" => modifiers.fill_left = Some(list.parse().unwrap()),
            "fill_right" => modifiers.fill_right = Some(list.parse().unwrap()),
            "fill" => {
                modifiers.fill_left = Some(list.parse().unwrap());
                modifiers.fill_right = modifiers.fill_left;
            }
            _ => panic!("unknown clause {clause}"),
        }
    }
    modifiers
}

/// Runs an operation step by step, and where possible also by pairs, which must not differ.
pub(super) fn run_on(
    grid: Grid,
    mode: NameRemoval,
    left: &Vector,
    op: BinaryOp,
    clauses: &str,
    right: &Vector,
) -> Result<Joined, MatchError> {
    let modifiers = modifiers(clauses);
    if op.is_set() {
        let join = SetJoin::bind(op, &modifiers, &left.heads, &right.heads, mode, grid);
        return join.evaluate(&left.tile, &right.tile, &Cancel::default());
    }
    let join = Join::bind(op, &modifiers, &left.heads, &right.heads, mode, grid);
    let plain = join.evaluate(&left.tile, &right.tile, &Cancel::default());
    if let Some(pairs) = join.pairs() {
        let mut lane = NoteLane::default();
        let mut tile = Tile::new(pairs.len(), grid.len);
        for (row, pair) in pairs.iter().enumerate() {
            let (left, right) = (left.tile.row(pair.left as usize), right.tile.row(pair.right as usize));
            lane.start_row(u32::try_from(row).unwrap());
            combine(op, modifiers.return_bool, left, right, &mut tile.row_mut(row), &mut lane);
        }
        match (&plain, lane.finish()) {
            (Ok(plain), notes) => {
                let (mut fast, mut slow) = (rows(join.heads(), &tile), rows(&plain.heads, &plain.tile));
                fast.sort();
                slow.sort();
                assert_eq!(fast, slow);
                assert_eq!(notes.as_ref(), Ok(&plain.notes));
            }
            (Err(error), Err(broken)) => assert_eq!(*error, broken.into()),
            (Err(error), Ok(_)) => panic!("simple pairs do not fail by {error}"),
        }
    }
    plain
}

/// The sorted result rows of a range query, or the error text.
pub(super) fn run(
    left: &Vector,
    op: BinaryOp,
    clauses: &str,
    right: &Vector,
    mode: NameRemoval,
) -> Vec<String> {
    let len = left.tile.len().max(right.tile.len());
    match run_on(range(len), mode, left, op, clauses, right) {
        Ok(joined) => {
            let mut rows = rows(&joined.heads, &joined.tile);
            rows.sort();
            rows
        }
        Err(error) => vec![error.to_string()],
    }
}

/// The result rows of an instant query in their order, or the error text.
pub(super) fn run_at(
    left: &Vector,
    op: BinaryOp,
    clauses: &str,
    right: &Vector,
    mode: NameRemoval,
) -> Vec<String> {
    match run_on(Grid::at(0), mode, left, op, clauses, right) {
        Ok(joined) => rows(&joined.heads, &joined.tile),
        Err(error) => vec![error.to_string()],
    }
}
