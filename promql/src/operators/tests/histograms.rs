//! Histograms, mixed rows, and what is said about them.

use super::*;
use crate::column::{Note, Param};
use crate::model::histogram::{BucketSpan, Layout, ResetHint};
use BinaryOp::{Add, Div, Equal, Greater, Mul, NotEqual, Pow, Sub, TrimUpper};
use NameRemoval::Delayed;

fn types(left_histogram: bool, right_histogram: bool) -> Note {
    Note::IncompatibleTypes { left_histogram, right_histogram }
}

fn notes(left: &Vector, op: BinaryOp, clauses: &str, right: &Vector) -> Vec<Note> {
    run_on(range(left.tile.len()), Delayed, left, op, clauses, right).unwrap().notes
}

#[test]
fn mixed_rows_combine_step_by_step() {
    let left = vector(&[("l", "1 h2 3 h4 _")]);
    let right = vector(&[("r", "2 2 h2 h2 h2")]);
    let run = |op| run(&left, op, "", &right, Delayed);
    assert_eq!(run(Add), ["- 3 _ _ h6 _"]);
    assert_eq!(run(Sub), ["- -1 _ _ h2 _"]);
    assert_eq!(run(Mul), ["- 2 h4 h6 _ _"]);
    assert_eq!(run(Div), ["- 0.5 h1 _ _ _"]);
    assert_eq!(run(Pow), ["- 1 _ _ _ _"]);
    assert_eq!(run(NotEqual), ["l 1 _ _ h4 _"]);
    assert_eq!(run(Greater), [""; 0]);
    assert_eq!(run(TrimUpper), ["l _ h2 _ _ _"]);
    assert_eq!(notes(&left, Mul, "", &right), [types(true, true)]);
    assert_eq!(notes(&left, Div, "", &right), [types(false, true), types(true, true)]);
    assert_eq!(
        notes(&left, TrimUpper, "", &right),
        [types(false, false), types(false, true), types(true, true)]
    );
}

#[test]
fn comparing_histograms_with_bool_gives_floats() {
    let left = vector(&[("l", "h2 h3")]);
    let right = vector(&[("r", "h2 h2")]);
    assert_eq!(run(&left, Equal, "bool", &right, Delayed), ["l ! 1 0"]);
    assert_eq!(run(&left, Equal, "", &right, Delayed), ["l h2 _"]);
}

#[test]
fn a_pair_that_cannot_be_combined_leaves_room_for_the_fill() {
    let left = vector(&[("l k=1", "h1")]);
    let right = vector(&[("r k=1", "7")]);
    assert_eq!(run(&left, Add, "on(k) fill_left(100)", &right, Delayed), ["- k=1 107"]);
    assert_eq!(notes(&left, Add, "on(k) fill_left(100)", &right), [types(true, false)]);
}

#[test]
fn an_invalid_pair_does_not_count_as_a_match() {
    let left = vector(&[("l k=1 i=x", "h1"), ("l k=1 i=y", "2")]);
    let right = vector(&[("r k=1", "7")]);
    assert_eq!(run(&left, Add, "on(k)", &right, Delayed), ["- k=1 9"]);
}

#[test]
fn a_difference_is_a_gauge_and_conflicting_hints_take_the_pair_away() {
    let hinted = |hint| {
        let mut vector = vector(&[("v", "h3")]);
        let Some(Sample::Histogram(mut histogram)) = vector.tile.row(0).sample(0) else { panic!() };
        histogram.hint = hint;
        vector.tile.row_mut(0).set_histogram(0, histogram);
        vector
    };
    let (reset, other) = (hinted(ResetHint::Reset), hinted(ResetHint::NotReset));
    let same = run_on(range(1), Delayed, &reset, Sub, "", &reset).unwrap();
    assert_eq!(same.tile.row(0).histogram(0).map(|h| h.hint), Some(ResetHint::Gauge));
    assert_eq!(run(&reset, Add, "", &other, Delayed), [""; 0]);
    assert_eq!(notes(&reset, Sub, "", &other), [Note::ConflictingResets]);
}

#[test]
fn only_the_last_pair_of_a_step_is_heard() {
    let left = vector(&[("l k=1", "1 h1"), ("l k=2", "h1 1")]);
    let right = vector(&[("r k=1", "h1 1"), ("r k=2", "h1 1")]);
    assert_eq!(notes(&left, Pow, "", &right), [types(true, true), types(true, false)]);
}

#[test]
fn a_broken_histogram_fails_unless_something_is_said_after_it() {
    let broken = || {
        let mut histogram = histogram(1.0);
        histogram.schema = 1;
        let span = |offset| BucketSpan { offset, length: 1 };
        histogram.layout = Layout { positive: vec![span(0), span(-3)], ..Layout::default() }.into();
        histogram.buckets = [1.0, 1.0].into();
        histogram
    };
    let mut left = vector(&[("l k=1", "_"), ("l k=2", "h1")]);
    left.tile.row_mut(0).set_histogram(0, broken());
    let run =
        |right| run_on(range(1), Delayed, &left, Add, "", &vector(&[("r k=1", "h1"), ("r k=2", right)]));
    assert!(matches!(run("h1"), Err(MatchError::Histogram(_))));
    assert_eq!(run("1").unwrap().notes, [types(true, false)]);
}

fn scalar_result(
    vector: &Vector,
    op: BinaryOp,
    scalar: Param<'_>,
    on_left: bool,
) -> (Vec<String>, Vec<Note>) {
    let (mut tile, mut lane) = (vector.tile.clone(), NoteLane::default());
    tile_with_scalar(op, false, &mut tile, (scalar, on_left), (&mut lane, 0));
    let heads: Vec<_> = vector.heads.iter().map(|head| head_with_scalar(op, false, head, Delayed)).collect();
    (rows(&heads, &tile), lane.finish().unwrap())
}

#[test]
fn scalars_meet_every_step_on_its_own() {
    let mixed = vector(&[("f", "1 2 _"), ("m", "h4 3 h6")]);
    let two = Param::Const(2.0);
    let (rows, notes) = scalar_result(&mixed, Mul, two, true);
    assert_eq!(rows, ["f ! 2 4 _", "m ! h8 6 h12"]);
    assert_eq!(notes, []);
    let (rows, notes) = scalar_result(&mixed, Div, two, true);
    assert_eq!(rows, ["f ! 2 1 _", "m ! _ 0.6666666666666666 _"]);
    assert_eq!(notes, [types(false, true)]);
    let (rows, notes) = scalar_result(&mixed, Greater, Param::Row(&[0.0, 2.0, 0.0]), false);
    assert_eq!(rows, ["f 1 _ _", "m _ 3 _"]);
    assert_eq!(notes, [types(true, false)]);
    let (rows, _) = scalar_result(&mixed, Greater, two, true);
    assert_eq!(rows, ["f 1 _ _"]);
}

#[test]
fn a_trim_with_the_scalar_on_the_left_reports_its_last_pair() {
    let mixed = vector(&[("f", "1"), ("m", "h4")]);
    assert_eq!(scalar_result(&mixed, TrimUpper, Param::Const(2.0), true), (vec![], vec![types(false, true)]));
    let (rows, notes) = scalar_result(&mixed, TrimUpper, Param::Const(2.0), false);
    assert_eq!((rows, notes), (vec!["m h4".to_owned()], vec![types(false, false)]));
}

#[test]
fn minus_changes_every_sample() {
    let mut mixed = vector(&[("m", "1 h2 _ -0")]);
    negate(&mut mixed.tile);
    assert_eq!(rows(&mixed.heads, &mixed.tile), ["m -1 h-2 _ 0"]);
    negate_row(&mut mixed.tile.row_mut(0));
    assert_eq!(rows(&mixed.heads, &mixed.tile), ["m 1 h2 _ -0"]);
}
