//! The orders of the sort functions. They only matter in instant queries; range queries order by labels.

use super::{Arity, Function, Shape};
use crate::column::RowHead;
use crate::model::ValueType::{String, Vector};
use std::cmp::Ordering;

const SORT: Function = Function { keeps_name: true, warns_in_range: true, ..Function::VECTOR };
const BY_LABEL: Function =
    Function { args: &[Vector, String], arity: Arity::Any, experimental: true, ..SORT };

pub(super) static FUNCTIONS: &[Function] = &[
    Function {
        name: "sort",
        doc: "The float samples by value, ascending, NaN last.",
        shape: Shape::Sort(false),
        ..SORT
    },
    Function {
        name: "sort_desc",
        doc: "The float samples by value, descending, NaN last.",
        shape: Shape::Sort(true),
        ..SORT
    },
    Function {
        name: "sort_by_label",
        doc: "The samples by the natural order of the given labels, then of all labels, ascending.",
        shape: Shape::SortByLabel(false),
        ..BY_LABEL
    },
    Function {
        name: "sort_by_label_desc",
        doc: "The samples by the natural order of the given labels, then of all labels, descending.",
        shape: Shape::SortByLabel(true),
        ..BY_LABEL
    },
];

/// Puts rows in the order of `sort` and `sort_desc`: by value, NaN last in both, equal values as they were.
pub fn order_by_value(rows: &mut [u32], value: impl Fn(u32) -> f64, descending: bool) {
    rows.sort_by(|&a, &b| {
        let (a, b) = (value(a), value(b));
        match a.partial_cmp(&b) {
            Some(order) if descending => order.reverse(),
            Some(order) => order,
            None => a.is_nan().cmp(&b.is_nan()),
        }
    });
}

/// Puts rows in the order of `sort_by_label` and `sort_by_label_desc`: by the natural order of the labels one after
/// the other, then by the whole label set.
pub fn order_by_labels(rows: &mut [u32], heads: &[RowHead], labels: &[&str], descending: bool) {
    rows.sort_by(|&a, &b| {
        let (a, b) = (&heads[a as usize].labels, &heads[b as usize].labels);
        let by_label = labels.iter().map(|label| natural(a.get(label), b.get(label)));
        let order = by_label.fold(Ordering::Equal, Ordering::then).then_with(|| a.cmp(b));
        if descending { order.reverse() } else { order }
    });
}

/// Runs of digits compare as numbers, everything else bytewise; of equal beginnings the shorter one comes first.
///
/// Prometheus orders alike wherever its own comparison is an order; where it contradicts itself (a missing label, `1`
/// against `01`) this one does not: what is missing comes first, then what is shorter.
fn natural(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a.as_bytes(), b.as_bytes());
    while !left.is_empty() && !right.is_empty() {
        let (a, b) = (chunk(&mut left), chunk(&mut right));
        let order = if a[0].is_ascii_digit() && b[0].is_ascii_digit() {
            let (a, b) = (significant(a), significant(b));
            a.len().cmp(&b.len()).then_with(|| a.cmp(b))
        } else {
            a.cmp(b)
        };
        if order.is_ne() {
            return order;
        }
    }
    left.len().cmp(&right.len()).then_with(|| a.len().cmp(&b.len())).then_with(|| a.cmp(b))
}

/// Takes the first run of digits or of anything else.
fn chunk<'a>(text: &mut &'a [u8]) -> &'a [u8] {
    let digits = text[0].is_ascii_digit();
    let len = text.iter().position(|byte| byte.is_ascii_digit() != digits).unwrap_or(text.len());
    let (chunk, rest) = text.split_at(len);
    *text = rest;
    chunk
}

fn significant(digits: &[u8]) -> &[u8] {
    &digits[digits.iter().position(|&digit| digit != b'0').unwrap_or(digits.len())..]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Labels;

    #[test]
    fn nan_is_last_both_ways() {
        let values = [2.0, f64::NAN, -1.0, f64::INFINITY, 2.0];
        for (descending, expected) in [(false, [2, 0, 4, 3, 1]), (true, [3, 0, 4, 2, 1])] {
            let mut rows = [0, 1, 2, 3, 4];
            order_by_value(&mut rows, |row| values[row as usize], descending);
            assert_eq!(rows, expected);
        }
    }

    #[test]
    fn natural_order_compares_numbers_as_numbers() {
        let mut names = ["", "cpu10", "cpu2", "cpu", "10", "9", "a-2", "a-10", "4.16", "4.9", "4.9.1", "09"];
        names.sort_by(|a, b| natural(a, b));
        assert_eq!(
            names,
            ["", "4.9", "4.9.1", "4.16", "9", "09", "10", "a-2", "a-10", "cpu", "cpu2", "cpu10"]
        );
        let huge = "99999999999999999999999";
        assert_eq!(natural(huge, "2"), Ordering::Greater);
    }

    #[test]
    fn ties_fall_to_the_next_label_and_then_to_all() {
        let head = |g: &str, i: &str| RowHead::new(Labels::from_pairs([("g", g), ("i", i)]));
        let heads = [head("b", "1"), head("a", "10"), head("a", "2")];
        let mut rows = [0, 1, 2];
        order_by_labels(&mut rows, &heads, &["g"], false);
        assert_eq!(rows, [1, 2, 0]);
        order_by_labels(&mut rows, &heads, &["g", "i"], false);
        assert_eq!(rows, [2, 1, 0]);
        order_by_labels(&mut rows, &heads, &["g", "i"], true);
        assert_eq!(rows, [0, 1, 2]);
        order_by_labels(&mut rows, &heads, &[], false);
        assert_eq!(rows, [1, 2, 0]);
    }
}
