//! Which series fit matchers: lists of series numbers, intersected, united and subtracted.
//!
//! Lists are sorted. A regular expression that stands for few texts is looked up by them; others are tried on the
//! values of their label, never on series.

use crate::model::{MatchOp, Matcher};
use smallvec::SmallVec;

/// What is known about labels.
pub(super) trait LabelIndex {
    type Error;

    /// All series.
    fn all(&self) -> Result<Vec<u32>, Self::Error>;

    /// The series in which a label has a value.
    fn with_value(&self, name: &str, value: &str) -> Result<Vec<u32>, Self::Error>;

    /// Keeps the series whose label fits and returns true, if that is less work than to look at all values of the label.
    fn keep_fitting(&self, _series: &mut Vec<u32>, _name: &str, _fits: &dyn Fn(&str) -> bool) -> bool {
        false
    }

    /// The series of each value of a label that fits.
    fn with_values(&self, name: &str, fits: &dyn Fn(&str) -> bool) -> Result<Vec<Vec<u32>>, Self::Error>;
}

/// The series that all matchers fit.
pub(super) fn matching<I: LabelIndex>(index: &I, matchers: &[Matcher]) -> Result<Vec<u32>, I::Error> {
    // A matcher that an absent label fits takes series out, the others bring them in.
    let (mut narrowing, excluding): (Matchers<'_>, Matchers<'_>) =
        matchers.iter().partition(|matcher| !matcher.matches(""));
    // What is looked up goes first, what is tried on values may then have few series left.
    narrowing.sort_by_key(|matcher| !is_looked_up(matcher));
    let mut found: Option<Vec<u32>> = None;
    for matcher in narrowing {
        if let Some(found) = &mut found
            && !is_looked_up(matcher)
            && index.keep_fitting(found, &matcher.name, &|value| matcher.matches(value))
        {
            continue;
        }
        let list = fitting(index, matcher)?;
        found = Some(match found {
            Some(found) => intersect(&found, &list),
            None => list,
        });
        if found.as_ref().is_some_and(Vec::is_empty) {
            return Ok(Vec::new());
        }
    }
    let mut found = found.map_or_else(|| index.all(), Ok)?;
    for matcher in excluding {
        if found.is_empty() {
            break;
        }
        if index.keep_fitting(&mut found, &matcher.name, &|value| matcher.matches(value)) {
            continue;
        }
        let others = match matcher.op {
            MatchOp::NotEqual => index.with_value(&matcher.name, &matcher.value)?,
            _ => match not_literals(matcher) {
                Some(texts) => literals(index, &matcher.name, texts)?,
                None => union(index.with_values(&matcher.name, &|value| !matcher.matches(value))?),
            },
        };
        found = subtract(&found, &others);
    }
    Ok(found)
}

type Matchers<'m> = SmallVec<[&'m Matcher; 4]>;

/// True if the series that fit stand in lists of few values.
fn is_looked_up(matcher: &Matcher) -> bool {
    matcher.op == MatchOp::Equal || matcher.op == MatchOp::Regex && matcher.literals().is_some()
}

fn fitting<I: LabelIndex>(index: &I, matcher: &Matcher) -> Result<Vec<u32>, I::Error> {
    match (matcher.op, matcher.literals()) {
        (MatchOp::Equal, _) => index.with_value(&matcher.name, &matcher.value),
        (MatchOp::Regex, Some(texts)) => literals(index, &matcher.name, texts),
        _ => Ok(union(index.with_values(&matcher.name, &|value| matcher.matches(value))?)),
    }
}

/// The texts that a negated expression does not want.
fn not_literals(matcher: &Matcher) -> Option<&[String]> {
    matcher.literals().filter(|_| matcher.op == MatchOp::NotRegex)
}

fn literals<I: LabelIndex>(index: &I, name: &str, texts: &[String]) -> Result<Vec<u32>, I::Error> {
    let lists = texts.iter().filter(|text| !text.is_empty()).map(|text| index.with_value(name, text));
    Ok(union(lists.collect::<Result<_, _>>()?))
}

/// What is in both.
fn intersect(a: &[u32], b: &[u32]) -> Vec<u32> {
    let (small, mut large) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    let mut both = Vec::with_capacity(small.len());
    for &number in small {
        large = &large[first_from(large, number)..];
        if large.first() == Some(&number) {
            both.push(number);
        }
    }
    both
}

/// What is in the first only.
fn subtract(a: &[u32], mut b: &[u32]) -> Vec<u32> {
    let mut rest = Vec::with_capacity(a.len());
    for &number in a {
        b = &b[first_from(b, number)..];
        if b.first() != Some(&number) {
            rest.push(number);
        }
    }
    rest
}

/// Where numbers from `number` on begin. Looks ahead in growing strides.
fn first_from(list: &[u32], number: u32) -> usize {
    let mut stride = 1;
    while list.get(stride - 1).is_some_and(|&other| other < number) {
        stride *= 2;
    }
    let low = stride / 2;
    low + list[low..list.len().min(stride)].partition_point(|&other| other < number)
}

/// What is in any; no number is in two lists of values of one label.
fn union(mut lists: Vec<Vec<u32>>) -> Vec<u32> {
    if lists.len() == 1 {
        return lists.pop().unwrap_or_default();
    }
    let mut all = lists.concat();
    // A stable sort goes by the runs that it finds.
    all.sort();
    all.dedup();
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    /// Label `a` and label `b` of series 0 to 5.
    struct Table;

    const SERIES: [(&str, &str); 6] = [("x", ""), ("x", "1"), ("y", ""), ("y", "2"), ("", "1"), ("zz", "2")];

    fn value(series: u32, name: &str) -> &'static str {
        let (a, b) = SERIES[series as usize];
        match name {
            "a" => a,
            "b" => b,
            _ => "",
        }
    }

    impl LabelIndex for Table {
        type Error = Infallible;

        fn all(&self) -> Result<Vec<u32>, Infallible> {
            Ok((0..6).collect())
        }

        fn with_value(&self, name: &str, wanted: &str) -> Result<Vec<u32>, Infallible> {
            Ok((0..6).filter(|&series| !wanted.is_empty() && value(series, name) == wanted).collect())
        }

        fn with_values(&self, name: &str, fits: &dyn Fn(&str) -> bool) -> Result<Vec<Vec<u32>>, Infallible> {
            let mut values: Vec<&str> = (0..6).map(|series| value(series, name)).collect();
            values.sort_unstable();
            values.dedup();
            values.retain(|value| !value.is_empty() && fits(value));
            values.into_iter().map(|value| self.with_value(name, value)).collect()
        }
    }

    #[test]
    fn every_pair_of_matchers_finds_what_trying_all_series_finds() {
        use MatchOp::{Equal, NotEqual, NotRegex, Regex};
        let mut all = Vec::new();
        for name in ["a", "b", "c"] {
            for op in [Equal, NotEqual, Regex, NotRegex] {
                for value in ["", "x", "1", "x|y", ".+", ".*", "z.*", "x|", "1?"] {
                    all.push(Matcher::new(name, op, value).unwrap());
                }
            }
        }
        for first in &all {
            for second in &all {
                let pair = [first.clone(), second.clone()];
                let fits =
                    |&series: &u32| pair.iter().all(|matcher| matcher.matches(value(series, &matcher.name)));
                let wanted: Vec<u32> = (0..6).filter(fits).collect();
                assert_eq!(matching(&Table, &pair).unwrap(), wanted, "{pair:?}");
            }
        }
    }

    #[test]
    fn strides_find_what_comparing_finds() {
        let list: Vec<u32> = (0..100).map(|n| n * 3).collect();
        for len in [0, 1, 2, 3, 7, 8, 9, 100] {
            for number in 0..310 {
                let wanted = list[..len].partition_point(|&other| other < number);
                assert_eq!(first_from(&list[..len], number), wanted, "{len} {number}");
            }
        }
    }
}
