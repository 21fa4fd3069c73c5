//! Set operators.

use super::*;
use BinaryOp::{And, Or, Unless};
use NameRemoval::{Delayed, Immediate};

#[test]
fn rows_pass_where_the_other_side_has_their_group() {
    let left = vector(&[("a k=1", "1 2 h3 _"), ("a k=2", "5 5 5 5")]);
    let right = vector(&[("b k=1", "_ h1 0 0")]);
    for mode in [Immediate, Delayed] {
        assert_eq!(run(&left, And, "", &right, mode), ["a k=1 _ 2 h3 _"]);
        assert_eq!(run(&left, Unless, "", &right, mode), ["a k=1 1 _ _ _", "a k=2 5 5 5 5"]);
        assert_eq!(run(&right, Or, "", &left, mode), ["a k=1 1 _ _ _", "a k=2 5 5 5 5", "b k=1 _ h1 0 0"]);
        assert_eq!(run(&left, And, "on()", &right, mode), ["a k=1 _ 2 h3 _", "a k=2 _ 5 5 5"]);
        assert_eq!(run(&left, And, "on(__name__)", &right, mode), [""; 0]);
    }
}

#[test]
fn an_empty_side_is_no_special_case() {
    let some = vector(&[("a k=1", "1")]);
    let none = vector(&[]);
    assert_eq!(run(&some, And, "", &none, Delayed), [""; 0]);
    assert_eq!(run(&none, Or, "", &some, Delayed), ["a k=1 1"]);
}

#[test]
fn equal_labels_of_both_sides_share_a_row_and_the_first_sample_has_the_flag() {
    let minus = |samples| vector(&[("v !", samples)]);
    let plain = |samples| vector(&[("v", samples)]);
    assert_eq!(run(&minus("-1 -1 _ _"), Or, "", &plain("1 1 2 2"), Delayed), ["v ! -1 -1 2 2"]);
    assert_eq!(run(&minus("_ _ -1 -1"), Or, "", &plain("2 2 1 1"), Delayed), ["v 2 2 -1 -1"]);
}

#[test]
fn the_order_of_an_instant_result_is_left_then_right() {
    let left = vector(&[("v", "_"), ("w", "1")]);
    let right = vector(&[("u k=1", "1"), ("v", "2")]);
    assert_eq!(run_at(&left, Or, "on(k)", &right, Delayed), ["w 1", "u k=1 1"]);
    assert_eq!(run_at(&left, Or, "on(__name__)", &right, Delayed), ["w 1", "u k=1 1", "v 2"]);
}

#[test]
fn equal_labels_on_one_side_collide_where_they_meet() {
    let twice = vector(&[("v", "1 _"), ("v", "2 2")]);
    let other = vector(&[("v", "1 _")]);
    assert_eq!(
        run(&twice, And, "", &other, Delayed),
        ["vector cannot contain metrics with the same labelset"]
    );
    assert_eq!(run(&twice, Unless, "", &other, Delayed), ["v _ 2"]);
}

#[test]
fn rows_are_local_unless_labels_meet() {
    let left = vector(&[("a k=1", "1"), ("a k=2", "1")]);
    let right = vector(&[("b k=1", "1"), ("b k=3", "1")]);
    let bind = |op, right: &Vector| {
        SetJoin::bind(op, &BinaryModifiers::default(), &left.heads, &right.heads, Delayed, range(1))
    };
    let join = bind(Or, &right);
    assert!(join.is_row_local() && join.is_worth_noting(0) && !join.is_worth_noting(1));
    assert_eq!(join.heads().len(), 4);
    assert_eq!(join.result_row(Side::Right, 1), Some(3));
    assert!(!bind(Or, &left).is_row_local() && bind(And, &left).is_row_local());
    assert_eq!(bind(And, &left).result_row(Side::Right, 0), None);
}
