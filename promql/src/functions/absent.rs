//! `absent` and `absent_over_time`: what they are called, and the labels of their result.

use super::{Function, RangeFunction, Shape, Stats};
use crate::model::{Labels, LabelsEdit, MatchOp, Matcher, ValueType, is_metadata};

pub(super) static FUNCTIONS: &[Function] = &[
    Function {
        name: "absent",
        doc: "1 if the vector is empty, with the labels that its selector asks for; else nothing.",
        shape: Shape::Absent,
        stats: Stats::On,
        presence_only: true,
        ..Function::VECTOR
    },
    Function {
        name: "absent_over_time",
        doc: "1 if the range vector is empty, with the labels that its selector asks for; else nothing.",
        args: &[ValueType::Matrix],
        shape: Shape::AbsentOverTime(RangeFunction { range_arg: 0, kernel: super::range::present }),
        presence_only: true,
        silent: true,
        ..Function::VECTOR
    },
];

/// The labels of the result of `absent` over a selector with these matchers (in written order, the metric name last);
/// over anything but a selector the result has no labels.
///
/// The first equality matcher on a label sets it, every other matcher on the label before or after removes it again
/// unless that equality follows.
#[must_use]
pub fn absent_labels(matchers: &[Matcher]) -> Labels {
    let mut labels = LabelsEdit::default();
    let mut equalities: Vec<&str> = Vec::new();
    for matcher in matchers.iter().filter(|matcher| !is_metadata(&matcher.name)) {
        if matcher.op == MatchOp::Equal && !equalities.contains(&&*matcher.name) {
            labels.set(&matcher.name, &matcher.value);
            equalities.push(&matcher.name);
        } else {
            labels.remove(&matcher.name);
        }
    }
    labels.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(matchers: &[(&str, MatchOp, &str)]) -> String {
        let matchers: Vec<_> = matchers
            .iter()
            .map(|&(name, op, value)| Matcher::new(name, op, value).expect("valid in this test"))
            .collect();
        absent_labels(&matchers).to_string()
    }

    #[test]
    fn only_unambiguous_equalities_count() {
        use MatchOp::{Equal, NotEqual, Regex};
        assert_eq!(labels(&[("job", Equal, "a"), ("__name__", Equal, "x")]), r#"{job="a"}"#);
        assert_eq!(labels(&[("job", Equal, "a"), ("job", Equal, "a"), ("i", Equal, "b")]), r#"{i="b"}"#);
        assert_eq!(labels(&[("job", Equal, "a"), ("job", Regex, "a")]), "{}");
        assert_eq!(labels(&[("job", Regex, "a"), ("job", Equal, "a")]), r#"{job="a"}"#);
        assert_eq!(labels(&[("job", NotEqual, "a"), ("i", Regex, "b")]), "{}");
        assert_eq!(labels(&[("__type__", Equal, "gauge"), ("__unit__", Equal, "s"), ("a", Equal, "")]), "{}");
    }
}
