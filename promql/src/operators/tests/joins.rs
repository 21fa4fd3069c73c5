//! Vector matching.

use super::*;
use BinaryOp::{Add, Div, Equal, Greater, Less, Mul, NotEqual, Pow, Sub};
use NameRemoval::{Delayed, Immediate};

const NOT_EXPLICIT: &str =
    "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)";
const AMBIGUOUS: &str = "multiple matches for labels: grouping labels must ensure unique matches";
const SAME_LABELSET: &str = "vector cannot contain metrics with the same labelset";

#[test]
fn rows_meet_by_their_labels_without_metadata() {
    let left = vector(&[("a k=1 __type__=gauge", "1 2"), ("a k=2", "3 4")]);
    let right = vector(&[("b k=2 __unit__=s", "10 _"), ("b k=1", "20 20")]);
    for mode in [Immediate, Delayed] {
        assert_eq!(run(&left, Add, "", &right, mode), ["- k=1 21 22", "- k=2 13 _"]);
        assert_eq!(run(&left, Less, "", &right, mode), ["a __type__=gauge k=1 1 2", "a k=2 3 _"]);
    }
    assert_eq!(run(&left, Less, "bool", &right, Immediate), ["- k=1 1 1", "- k=2 1 _"]);
    assert_eq!(run(&left, Less, "bool", &right, Delayed), ["a __type__=gauge k=1 ! 1 1", "a k=2 ! 1 _"]);
}

#[test]
fn one_to_one_results_keep_what_decides() {
    let left = vector(&[("a k=1 i=x __type__=t", "1")]);
    let right = vector(&[("b k=1 i=y __type__=t", "1")]);
    assert_eq!(run(&left, Add, "on(k)", &right, Immediate), ["- k=1 2"]);
    assert_eq!(run(&left, Add, "ignoring(i)", &right, Immediate), ["- k=1 2"]);
    assert_eq!(run(&left, Equal, "on(k)", &right, Immediate), ["- k=1 1"]);
    assert_eq!(run(&left, Equal, "ignoring(i)", &right, Immediate), ["a __type__=t k=1 1"]);
    assert_eq!(run(&left, Add, "on(k,__type__)", &right, Delayed), ["- k=1 2"]);
    assert_eq!(run(&left, Equal, "on(k,__type__)", &right, Delayed), ["- __type__=t k=1 1"]);
    assert_eq!(run(&left, Add, "on(__name__)", &right, Delayed), [""; 0]);
}

#[test]
fn a_filter_comparison_forgets_the_flags_of_its_operands() {
    let left = vector(&[("a k=1 !", "2")]);
    let right = vector(&[("b k=1 !", "1")]);
    assert_eq!(run(&left, Greater, "", &right, Delayed), ["a k=1 2"]);
}

#[test]
fn the_many_side_gives_the_labels_and_the_left_side_the_value() {
    let many = vector(&[("a k=1 i=x", "1"), ("a k=1 i=y", "5")]);
    let one = vector(&[("b k=1 v=2", "3")]);
    assert_eq!(
        run(&many, Sub, "on(k) group_left(v)", &one, Immediate),
        ["- i=x k=1 v=2 -2", "- i=y k=1 v=2 2"]
    );
    assert_eq!(run(&one, Sub, "on(k) group_right", &many, Immediate), ["- i=x k=1 2", "- i=y k=1 -2"]);
    assert_eq!(run(&one, Greater, "on(k) group_right(v)", &many, Immediate), ["a i=x k=1 v=2 3"]);
    assert_eq!(run(&many, Greater, "on(k) group_left", &one, Immediate), ["a i=y k=1 5"]);
}

#[test]
fn an_included_label_that_the_one_side_lacks_is_removed() {
    let many = vector(&[("a k=1 v=old", "1")]);
    let one = vector(&[("b k=1", "3")]);
    assert_eq!(run(&many, Mul, "on(k) group_left(v)", &one, Immediate), ["- k=1 3"]);
}

#[test]
fn an_included_name_survives_unless_the_flag_takes_it() {
    let left = vector(&[("x k=1", "1")]);
    let right = vector(&[("y __type__=t", "1")]);
    let clauses = "bool on() group_left(__name__)";
    assert_eq!(run(&left, Equal, clauses, &right, Immediate), ["y k=1 1"]);
    assert_eq!(run(&left, Equal, clauses, &right, Delayed), ["y k=1 ! 1"]);
    assert_eq!(run(&left, Add, "on() group_left(__type__)", &right, Delayed), ["- __type__=t k=1 2"]);
}

fn dup() -> Vector {
    vector(&[
        ("dup i=a k=1", "1 1 1 _ _ _ _ _ _ _ _ 1 1 1 _"),
        ("dup i=b k=1", "_ _ _ _ _ _ _ _ _ _ _ _ _ 1 1"),
    ])
}

/// The first `len` steps.
fn until(vector: Vector, len: usize) -> Vector {
    let mut tile = Tile::new(vector.tile.rows(), len);
    for row in 0..vector.tile.rows() {
        for step in 0..len {
            if let Some(sample) = vector.tile.row(row).sample(step) {
                tile.row_mut(row).set(step, sample);
            }
        }
    }
    Vector { tile, ..vector }
}

#[test]
fn duplicates_matter_only_where_both_hold_a_sample() {
    let one = || vector(&[("one k=1", &"1 ".repeat(15))]);
    let found = "found duplicate series for the match group {k=\"1\"} on the right hand-side of the operation: \
                 [{__name__=\"dup\", i=\"a\", k=\"1\"}, {__name__=\"dup\", i=\"b\", k=\"1\"}];many-to-many \
                 matching not allowed: matching labels must be unique on one side";
    assert_eq!(run(&one(), Add, "on(k)", &dup(), Delayed), [found]);
    assert_eq!(
        run(&dup(), Add, "on(k) group_right", &one(), Delayed),
        [found.replace("right hand", "left hand")]
    );
    assert_eq!(run(&dup(), Add, "on(k)", &one(), Delayed), [NOT_EXPLICIT]);
    assert_eq!(run(&dup(), Greater, "on(k)", &one(), Delayed), [NOT_EXPLICIT]);
    assert_eq!(
        run(&dup(), Add, "on(k) group_left(i)", &one(), Delayed),
        [AMBIGUOUS],
        "the label is removed from both"
    );
    let until_12 = ["- k=1 2 2 2 _ _ _ _ _ _ _ _ 2 2"];
    assert_eq!(run(&until(one(), 13), Add, "on(k)", &until(dup(), 13), Delayed), until_12);
    assert_eq!(run(&until(dup(), 13), Add, "on(k)", &until(one(), 13), Delayed), until_12);
}

#[test]
fn duplicates_need_somebody_on_the_other_side_or_a_fill() {
    let absent = vector(&[("one k=1", &"_ ".repeat(15))]);
    assert_eq!(run(&absent, Add, "on(k)", &dup(), Delayed), [""; 0]);
    assert!(run(&absent, Add, "on(k) fill_left(3)", &dup(), Delayed)[0].starts_with("found duplicate"));
    let stranger = vector(&[("one k=9", &"1 ".repeat(15))]);
    assert!(run(&stranger, Add, "on(k)", &dup(), Delayed)[0].starts_with("found duplicate"));
}

#[test]
fn duplicates_without_a_partner_still_fail() {
    let left = vector(&[("a k=1", "1")]);
    let right = vector(&[("b k=1", "1"), ("b k=9 i=2", "1"), ("b k=9 i=1", "1")]);
    assert_eq!(
        run(&left, Add, "on(k)", &right, Delayed),
        ["found duplicate series for the match group {k=\"9\"} on the right hand-side of the operation: \
          [{__name__=\"b\", i=\"1\", k=\"9\"}, {__name__=\"b\", i=\"2\", k=\"9\"}];many-to-many matching not \
          allowed: matching labels must be unique on one side"]
    );
}

#[test]
fn the_earliest_step_decides_which_error_is_told() {
    let left =
        vector(&[("a i=1 k=1", "1 1"), ("a i=2 k=1", "_ 1"), ("a i=1 k=2", "1 1"), ("a i=2 k=2", "1 _")]);
    let right = vector(&[("b k=1 i=1", "1 1"), ("b k=1 i=2", "_ 1"), ("b k=2", "1 1")]);
    assert_eq!(run(&left, Add, "on(k)", &right, Delayed), [NOT_EXPLICIT]);
}

#[test]
fn included_labels_follow_the_partner_of_the_step() {
    let many = vector(&[("many k=1 i=x", "1 1 1 1")]);
    let info = vector(&[("info k=1 ver=1", "1 1 _ _"), ("info k=1 ver=2", "_ _ 1 1")]);
    assert_eq!(
        run(&many, Mul, "on(k) group_left(ver)", &info, Delayed),
        ["- i=x k=1 ver=1 1 1 _ _", "- i=x k=1 ver=2 _ _ 1 1"]
    );
    assert_eq!(run(&many, Mul, "on(k) group_left", &info, Delayed), ["- i=x k=1 1 1 1 1"]);
    let again = vector(&[("info k=1 ver=1", "1 _ 1 _"), ("info k=1 ver=2", "_ 1 _ 1")]);
    assert_eq!(
        run(&many, Mul, "on(k) group_left(ver)", &again, Delayed),
        ["- i=x k=1 ver=1 1 _ 1 _", "- i=x k=1 ver=2 _ 1 _ 1"]
    );
}

#[test]
fn equal_results_of_different_groups_collide_by_step() {
    let left = vector(&[("a x=1", "1 _"), ("b x=1", "_ 1")]);
    assert_eq!(run(&left, Add, "on(__name__)", &left, Delayed), ["- 2 2"]);
    let both = vector(&[("a x=1", "1 1"), ("b x=1", "_ 1")]);
    for mode in [Immediate, Delayed] {
        assert_eq!(run(&both, Add, "on(__name__)", &both, mode), [SAME_LABELSET]);
    }
    let point = vector(&[("a x=1", "1"), ("b x=1", "2")]);
    assert_eq!(run_at(&point, Add, "on(__name__)", &point, Immediate), [SAME_LABELSET]);
    assert_eq!(run_at(&point, Add, "on(__name__)", &point, Delayed), ["- 2", "- 4"]);
    assert_eq!(run(&point, Add, "on(__name__)", &point, Delayed), [SAME_LABELSET]);
}

#[test]
fn a_pair_that_is_filtered_out_does_not_collide_with_a_result() {
    let left = vector(&[("a __type__=1 x=1", "1 1"), ("a __type__=2 x=1", "5 5")]);
    let right = vector(&[("b __type__=1", "3 3"), ("b __type__=2", "3 3")]);
    let clauses = "on(__type__) group_left(__type__,x)";
    assert_eq!(run(&left, Greater, clauses, &right, Delayed), ["a __type__=2 5 5"]);
    assert_eq!(
        run(&left, Greater, "on(__type__) group_left(__unit__)", &right, Delayed),
        ["a __type__=2 x=1 5 5"]
    );
}

#[test]
fn missing_partners_are_filled_in() {
    let left = vector(&[("l label=a", "10"), ("l label=b", "20"), ("l label=c", "30")]);
    let right = vector(&[("r label=a", "100"), ("r label=b", "200"), ("r label=d", "400")]);
    let at = |op, clauses| run_at(&left, op, clauses, &right, Delayed);
    assert_eq!(at(Add, "fill(0)"), ["- label=a 110", "- label=b 220", "- label=c 30", "- label=d 400"]);
    assert_eq!(at(Add, "fill_left(0)"), ["- label=a 110", "- label=b 220", "- label=d 400"]);
    assert_eq!(at(Add, "fill_right(0)"), ["- label=a 110", "- label=b 220", "- label=c 30"]);
    assert_eq!(
        at(Add, "fill_left(5) fill_right(7)"),
        ["- label=a 110", "- label=b 220", "- label=c 37", "- label=d 405"]
    );
    assert_eq!(at(Equal, "fill(30)"), ["l label=c 30"]);
    assert_eq!(at(NotEqual, "fill(30)"), ["l label=a 10", "l label=b 20", "- label=d 30"]);
    assert_eq!(
        at(Greater, "bool fill(25)"),
        ["l label=a ! 0", "l label=b ! 0", "l label=c ! 1", "- label=d ! 0"]
    );
}

#[test]
fn filled_in_rows_are_called_by_their_match_group() {
    let left = vector(&[
        ("l job=foo instance=a", "10"),
        ("l job=foo instance=b", "20"),
        ("l job=bar instance=a", "30"),
    ]);
    let right = vector(&[("r job=foo instance=a", "100"), ("r job=foo instance=c", "300")]);
    assert_eq!(
        run_at(&left, Add, "ignoring(job) group_left fill(0)", &right, Delayed),
        [
            "- instance=a job=foo 110",
            "- instance=b job=foo 20",
            "- instance=a job=bar 130",
            "- instance=c 300"
        ]
    );
}

#[test]
fn sides_of_fills_are_the_written_ones() {
    let one = vector(&[("one k=1", "10"), ("one k=2", "20")]);
    let many = vector(&[("many k=1 i=x", "1"), ("many k=3 i=y", "3")]);
    assert_eq!(
        run_at(&one, Sub, "on(k) group_right fill_left(5) fill_right(7)", &many, Delayed),
        ["- i=x k=1 9", "- i=y k=3 2", "- k=2 13"]
    );
}

#[test]
fn a_fill_can_be_included_from_the_match_group() {
    let many = vector(&[("many k=1 i=x", "1 1")]);
    let one = vector(&[("one k=1 i=y v=2", "_ 2")]);
    assert_eq!(
        run(&many, Add, "ignoring(i,v) group_left(k,v) fill_right(5)", &one, Delayed),
        ["- i=x k=1 6 _", "- i=x k=1 v=2 _ 3"]
    );
}

#[test]
fn filled_and_matched_points_share_a_row_where_labels_agree() {
    let left = vector(&[("fl k=1", "5 5 _")]);
    let right = vector(&[("fr k=1", "1 1 1")]);
    assert_eq!(run(&left, Greater, "fill(2)", &right, Delayed), ["- k=1 _ _ 2", "fl k=1 5 5 _"]);
    assert_eq!(run(&left, Pow, "fill(2)", &right, Delayed), ["- k=1 5 5 2"]);
}

/// Prometheus remembers result labels by the two label sets written one after the other, so in a range query it takes
/// (X, nothing) for (nothing, X) and prolongs `{i="1"}`; its instant queries agree with us.
#[test]
fn a_filled_in_row_does_not_take_the_name_of_its_mirror_image() {
    let left = vector(&[("b i=1", "1 _")]);
    let right = vector(&[("b i=1", "_ 1")]);
    assert_eq!(run(&left, Add, "on(k) group_left fill(2)", &right, Delayed), ["- _ 3", "- i=1 3 _"]);
}

#[test]
fn fills_share_a_group_as_partners_do() {
    let left = vector(&[("l k=1 i=x", "1"), ("l k=1 i=y", "1")]);
    let right = vector(&[("r k=2", "1")]);
    assert_eq!(run(&left, Div, "on(k) fill_right(2)", &right, Delayed), [NOT_EXPLICIT]);
    assert_eq!(
        run(&right, Div, "on(k) fill_left(2)", &left, Delayed)[0].split(':').next(),
        Some("found duplicate series for the match group {k=\"1\"} on the right hand-side of the operation")
    );
}

#[test]
fn a_canceled_join_stops() {
    let left = vector(&[("l k=1", "1")]);
    let join = Join::bind(Add, &modifiers("fill(1)"), &left.heads, &left.heads, Delayed, range(1));
    let cancel = Cancel::default();
    cancel.cancel();
    let result = join.evaluate(&left.tile, &left.tile, &cancel);
    assert_eq!(result.unwrap_err(), MatchError::Stopped(crate::column::Stop::Canceled));
}
