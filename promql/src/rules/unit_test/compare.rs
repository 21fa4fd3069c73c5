//! Expected and actual alerts and series: which belong together, and what is different about them.

use super::difference::{Difference, Outcome};
use super::expect::Match;
use super::fields::{Axis, describe, differences, distance};
use super::item::{Expected, Item};
use super::pairing::pair;

/// So many differences are paired with what was probably meant; it takes long, and nobody reads more.
const MOST_PAIRED: usize = 50;

/// Pairs what belongs together; the order does not matter. None if all is as expected.
pub(super) fn compare(expected: &[Expected], got: &[Item], matching: Match, axis: Axis) -> Option<Outcome> {
    let (wanted, forbidden): (Vec<_>, Vec<_>) = expected.iter().partition(|expected| expected.present);
    let owner = pair(&wanted, got);
    let mut outcome = Outcome::default();
    let mut unmatched: Vec<&Item> = Vec::new();
    for (item, owner) in got.iter().zip(&owner) {
        let is_forbidden = forbidden.iter().any(|expected| expected.is_same(item));
        match owner {
            _ if is_forbidden => {
                outcome.focus.push(item.labels.clone());
                let note = Some("`present: false` says that it must not be there".to_owned());
                outcome.differences.push(Difference::Unexpected { got: item.show(), note });
            }
            Some(_) => outcome.same.push(item.show()),
            None => unmatched.push(item),
        }
    }
    let missing = (0..wanted.len()).filter(|nth| !owner.contains(&Some(*nth)));
    for expected in missing.map(|nth| wanted[nth]) {
        outcome.focus.push(expected.exact_labels());
        // What is most alike was probably meant, if at least half of its labels are the same.
        let candidates = if outcome.focus.len() <= MOST_PAIRED { &unmatched[..] } else { &[] };
        let nearest = candidates.iter().enumerate().min_by_key(|(_, got)| distance(expected, got));
        let near = nearest.filter(|(_, got)| {
            let labels = differences("", &expected.labels, &got.labels, expected.matching);
            labels.len() <= expected.labels.len().max(got.labels.len()) / 2
        });
        outcome.differences.push(match near.map(|(at, _)| at) {
            Some(at) => describe(expected, unmatched.remove(at), axis),
            None => Difference::Missing { expected: expected.show() },
        });
    }
    if matching == Match::Exact {
        for item in unmatched {
            outcome.focus.push(item.labels.clone());
            outcome.differences.push(Difference::Unexpected { got: item.show(), note: None });
        }
    }
    (!outcome.differences.is_empty()).then_some(outcome)
}

#[cfg(test)]
mod tests {
    use super::super::expect::{TextExpectation, ValueExpectation};
    use super::super::item::{ExpectedValue, Value, pairs};
    use super::*;
    use crate::model::{Labels, MatchOp};

    fn item(labels: &[(&str, &str)], float: f64) -> Item {
        let labels = Labels::from_pairs(labels.iter().copied());
        Item {
            labels: pairs(&labels),
            values: vec![Some(Value { float, histogram: None })],
            ..Item::default()
        }
    }

    fn expected(labels: &[(&str, &str)], float: f64) -> Expected {
        let text = |(name, value): &(&str, &str)| ((*name).to_owned(), TextExpectation::equals(*value));
        Expected {
            labels: labels.iter().map(text).collect(),
            values: vec![Some(ExpectedValue { float: ValueExpectation::number(float), histogram: None })],
            present: true,
            ..Expected::default()
        }
    }

    fn differ(expected: &[Expected], got: &[Item]) -> Option<Outcome> {
        compare(expected, got, Match::Exact, Axis::default())
    }

    #[test]
    fn the_order_does_not_matter() {
        let (a, b) = (expected(&[("a", "1")], 1.0), expected(&[("a", "2")], 2.0));
        let (c, d) = (item(&[("a", "1")], 1.0), item(&[("a", "2")], 2.0));
        assert!(differ(&[a.clone(), b], &[d.clone(), c.clone()]).is_none());
        assert!(differ(&[a.clone(), a], &[c, d]).is_some());
    }

    #[test]
    fn what_fits_several_leaves_one_to_others() {
        let any = |op, value: &str| {
            let mut any = expected(&[], 1.0);
            any.labels.insert("a".into(), TextExpectation::matcher(op, value).unwrap());
            any
        };
        let all = [any(MatchOp::Regex, ".+"), any(MatchOp::Regex, "1|2"), any(MatchOp::Equal, "1")];
        let got = [item(&[("a", "1")], 1.0), item(&[("a", "2")], 1.0), item(&[("a", "3")], 1.0)];
        assert!(differ(&all, &got).is_none());
        let text = differ(&all, &[item(&[("a", "1")], 1.0), item(&[("a", "2")], 1.0)]).unwrap().to_string();
        assert_eq!(text, "missing     {a=\"1\"} 1");
    }

    #[test]
    fn others_may_be_there_and_some_must_not() {
        let mut part = expected(&[("a", "1")], 1.0);
        part.matching = Match::Subset;
        let got = [item(&[("a", "1"), ("b", "2")], 1.0), item(&[("a", "3")], 1.0)];
        let subset = |expected: &[Expected]| compare(expected, &got, Match::Subset, Axis::default());
        assert!(subset(&[part.clone()]).is_none());
        assert!(differ(&[part.clone()], &got).is_some());
        part.present = false;
        let text = subset(&[part]).unwrap().to_string();
        assert!(text.starts_with("unexpected  {a=\"1\", b=\"2\"} 1\n  `present: false`"), "{text}");
    }

    #[test]
    fn many_differences_are_counted() {
        let label = |nth: usize| nth.to_string();
        let expected: Vec<_> = (0..2000).map(|nth| expected(&[("a", &label(nth))], 1.0)).collect();
        let got: Vec<_> = (0..2000).map(|nth| item(&[("b", &label(nth))], 1.0)).collect();
        let text = differ(&expected, &got).unwrap().to_string();
        assert_eq!(text.lines().count(), 21);
        assert!(text.ends_with("… and 3980 more differences"), "{text}");
    }

    #[test]
    fn differences_are_told_label_by_label() {
        let expected = [expected(&[("__name__", "up"), ("job", "a")], 1.0), expected(&[("x", "y")], 1.0)];
        let got = [item(&[("__name__", "up"), ("job", "b")], 2.5), item(&[("__name__", "down")], 1.0)];
        let outcome = differ(&expected, &got).unwrap();
        let text = outcome.to_string();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines,
            [
                "different   up{job=\"b\"}",
                "  label job",
                "    expected  \"a\"",
                "    got       \"b\"",
                "  value",
                "    expected  1",
                "    got       2.5",
                "missing     {x=\"y\"} 1",
                "unexpected  down 1",
            ]
        );
        let sign = |mark| match mark {
            super::super::Mark::Both => ' ',
            super::super::Mark::Expected => '-',
            super::super::Mark::Got => '+',
        };
        let unified: Vec<String> =
            outcome.unified().iter().map(|(mark, line)| format!("{}{line}", sign(*mark))).collect();
        assert_eq!(unified, ["-up{job=\"a\"} 1", "+up{job=\"b\"} 2.5", "-{x=\"y\"} 1", "+down 1"]);
    }
}
