//! Random operands: rows by pairs and by masks give what the walk step by step gives.

use super::*;
use NameRemoval::{Delayed, Immediate};
use proptest::prelude::*;
use std::collections::BTreeMap;

const STEPS: usize = 67;

fn operand() -> impl Strategy<Value = Vector> {
    const LABELS: &[&str] = &[
        "a",
        "b",
        "a k=1",
        "a k=2",
        "b k=1",
        "b k=2 i=1",
        "a k=1 i=1",
        "a i=2 __type__=t",
        "k=1 !",
        "a k=3 !",
    ];
    let samples =
        prop_oneof![Just("_"), Just("_"), Just("1"), Just("2"), Just("NaN"), Just("h1"), Just("h2")];
    let row = prop_oneof![
        proptest::collection::vec(samples, STEPS),
        proptest::collection::vec(Just("3"), STEPS),
        (0..STEPS).prop_map(|end| (0..STEPS).map(|step| if step < end { "1" } else { "_" }).collect()),
    ];
    proptest::collection::vec((proptest::sample::select(LABELS), row), 0..5).prop_map(|rows| {
        let texts: BTreeMap<_, _> = rows.into_iter().map(|(labels, row)| (labels, row.join(" "))).collect();
        let rows: Vec<_> = texts.iter().map(|(labels, row)| (*labels, row.as_str())).collect();
        let mut vector = vector(&rows);
        if rows.is_empty() {
            vector.tile = Tile::new(0, STEPS);
        }
        vector
    })
}

fn clauses(op: BinaryOp) -> BoxedStrategy<String> {
    let matching =
        prop_oneof![Just(""), Just("on(k)"), Just("ignoring(i)"), Just("on(__name__,k)"), Just("on()")];
    let group = prop_oneof![Just(""), Just(" group_left"), Just(" group_left(i)"), Just(" group_right(i)")];
    let fill =
        prop_oneof![Just(""), Just(""), Just(" fill(2)"), Just(" fill_left(1)"), Just(" fill_right(3)")];
    if op.is_set() {
        return matching.prop_map(str::to_owned).boxed();
    }
    let with_bool = any::<bool>().prop_map(move |yes| if yes && op.is_comparison() { "bool " } else { "" });
    (with_bool, matching, group, fill).prop_map(|(b, m, g, f)| format!("{b}{m}{g}{f}")).boxed()
}

fn operation() -> impl Strategy<Value = (BinaryOp, String)> {
    proptest::sample::select(BinaryOp::ALL)
        .prop_flat_map(|op| clauses(op).prop_map(move |clauses| (op, clauses)))
}

/// A set operation as the language describes it, one step at a time: labels to samples, or `None` for a collision.
fn plain_set(
    left: &Vector,
    op: BinaryOp,
    clauses: &str,
    right: &Vector,
) -> Option<BTreeMap<String, Vec<String>>> {
    let matching = signature::MatchLabels::new(modifiers(clauses).matching.as_ref());
    let mut result = BTreeMap::new();
    for step in 0..STEPS {
        let present = |vector: &Vector| -> Vec<(Labels, Sample)> {
            let row = |(row, head): (usize, &RowHead)| {
                Some((head.labels.clone(), vector.tile.row(row).sample(step)?))
            };
            vector.heads.iter().enumerate().filter_map(row).collect()
        };
        let (left, right) = (present(left), present(right));
        let has = |side: &[(Labels, Sample)], labels: &Labels| {
            side.iter().any(|(other, _)| matching.group(other) == matching.group(labels))
        };
        let mut out: Vec<_> = match op {
            BinaryOp::And => left.iter().filter(|(labels, _)| has(&right, labels)).cloned().collect(),
            BinaryOp::Unless => left.iter().filter(|(labels, _)| !has(&right, labels)).cloned().collect(),
            _ => left.clone(),
        };
        if op == BinaryOp::Or {
            out.extend(right.into_iter().filter(|(labels, _)| !has(&left, labels)));
        }
        for (labels, sample) in out {
            let row = result.entry(write(&labels)).or_insert_with(|| vec!["_".to_owned(); STEPS]);
            if row[step] != "_" {
                return None;
            }
            row[step] = match sample {
                Sample::Float(value) => value.to_string(),
                Sample::Histogram(histogram) => format!("h{}", histogram.count),
            };
        }
    }
    Some(result)
}

proptest! {
    #[test]
    fn pairs_agree_with_steps(left in operand(), (op, clauses) in operation(), right in operand(), delayed: bool) {
        let mode = if delayed { Delayed } else { Immediate };
        // The comparison is inside.
        let result = run_on(range(STEPS), mode, &left, op, &clauses, &right);
        if let (true, Ok(joined)) = (op.is_set(), &result) {
            let got: BTreeMap<_, _> = joined.heads.iter().enumerate().filter_map(|(row, head)| {
                let head = RowHead::new(head.labels.clone());
                let mut only = Tile::new(1, STEPS);
                only.copy_row(0, joined.tile.row(row));
                let text = rows(std::slice::from_ref(&head), &only).pop()?;
                let samples = text.strip_prefix(&format!("{} ", write(&head.labels)))?.split(' ').map(str::to_owned).collect();
                Some((write(&head.labels), samples))
            }).collect();
            prop_assert_eq!(Some(got), plain_set(&left, op, &clauses, &right));
        }
        if op.is_set() && result.is_err() {
            prop_assert_eq!(None, plain_set(&left, op, &clauses, &right));
        }
    }
}
