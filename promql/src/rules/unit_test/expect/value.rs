//! Conditions on numbers: exact, within a tolerance, or compared.

use crate::model::number::{format_g, format_plain, parse_float};
use std::fmt;

/// What is expected of a float.
#[derive(Clone, Debug, PartialEq)]
pub enum ValueExpectation {
    /// This number, within the tolerance.
    Number {
        /// The number.
        value: f64,
        /// Written as `NaN`, which is then equal to itself; the number `.nan` is not.
        nan_is_equal: bool,
    },
    /// All of these comparisons hold.
    Conditions(Vec<(Comparison, f64)>),
}

/// How a value is compared with a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `!=`
    NotEqual,
}

/// Longer words first: `>=` begins with `>`.
const COMPARISONS: [(&str, Comparison); 5] = [
    (">=", Comparison::AtLeast),
    ("<=", Comparison::AtMost),
    ("!=", Comparison::NotEqual),
    (">", Comparison::Greater),
    ("<", Comparison::Less),
];

/// How far a number may be from the expected one.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Tolerance {
    /// Not at all.
    #[default]
    Exact,
    /// One step of the last bit, as `fuzzy_compare` wants it.
    LastBit,
    /// This far.
    Absolute(f64),
    /// This part of the expected number.
    Relative(f64),
}

impl Tolerance {
    /// Reads `0.001` or `1%`.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let valid = |value: f64| (value.is_finite() && value >= 0.0).then_some(value);
        match text.strip_suffix('%') {
            Some(percent) => Some(Tolerance::Relative(valid(parse_float(percent.trim_end())?)? / 100.0)),
            None => Some(Tolerance::Absolute(valid(parse_float(text)?)?)),
        }
    }

    fn allows(self, expected: f64, got: f64) -> bool {
        expected == got
            || match self {
                Tolerance::Exact => false,
                Tolerance::LastBit => expected.next_up() == got || expected.next_down() == got,
                Tolerance::Absolute(most) => (expected - got).abs() <= most,
                Tolerance::Relative(part) => {
                    (expected - got).abs() <= part * expected.abs() && expected.is_finite()
                }
            }
    }
}

impl ValueExpectation {
    /// A number as YAML writes it.
    #[must_use]
    pub fn number(value: f64) -> Self {
        ValueExpectation::Number { value, nan_is_equal: false }
    }

    /// Reads what is no number of YAML: `NaN`, `+Inf`, `> 5`, `>= 1 and < 2`.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Some(value) = parse_float(text) {
            // Promtool takes no number in quotes.
            return (!value.is_finite()).then_some(ValueExpectation::Number { value, nan_is_equal: true });
        }
        let condition = |part: &str| {
            let part = part.trim();
            let (word, comparison) = COMPARISONS.iter().find(|(word, _)| part.starts_with(word))?;
            Some((*comparison, parse_float(part[word.len()..].trim())?))
        };
        text.split(" and ").map(condition).collect::<Option<Vec<_>>>().map(ValueExpectation::Conditions)
    }

    /// True if the value is as expected.
    #[must_use]
    pub fn holds(&self, got: f64, tolerance: Tolerance) -> bool {
        match self {
            ValueExpectation::Number { value, nan_is_equal } => {
                tolerance.allows(*value, got) || *nan_is_equal && value.is_nan() && got.is_nan()
            }
            ValueExpectation::Conditions(conditions) => {
                conditions.iter().all(|(comparison, limit)| match comparison {
                    Comparison::Greater => got > *limit,
                    Comparison::AtLeast => got >= *limit,
                    Comparison::Less => got < *limit,
                    Comparison::AtMost => got <= *limit,
                    Comparison::NotEqual => got != *limit,
                })
            }
        }
    }

    /// The expectation in words, with the tolerance where it matters.
    pub(crate) fn show(&self, tolerance: Tolerance) -> String {
        match self {
            ValueExpectation::Number { value, .. } => {
                let number = format_plain(*value);
                match tolerance {
                    Tolerance::Exact | Tolerance::LastBit => number,
                    Tolerance::Absolute(most) => format!("{number} ± {}", format_g(most)),
                    Tolerance::Relative(part) => format!("{number} ± {}%", format_g(part * 100.0)),
                }
            }
            ValueExpectation::Conditions(_) => self.to_string(),
        }
    }
}

impl fmt::Display for ValueExpectation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ValueExpectation::Number { value, .. } => f.write_str(&format_plain(*value)),
            ValueExpectation::Conditions(conditions) => {
                for (nth, (comparison, limit)) in conditions.iter().enumerate() {
                    let word = COMPARISONS.iter().find(|(_, known)| known == comparison);
                    let and = if nth > 0 { " and " } else { "" };
                    write!(f, "{and}{} {}", word.map_or("", |(word, _)| word), format_plain(*limit))?;
                }
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(text: &str, got: f64) -> bool {
        ValueExpectation::read(text).unwrap().holds(got, Tolerance::Exact)
    }

    #[test]
    fn values_are_compared() {
        assert!(holds("> 5", 5.1) && !holds("> 5", 5.0) && holds(">=5", 5.0));
        assert!(holds("< 5", 4.9) && !holds("< 5", 5.0) && holds("<= 5", 5.0));
        assert!(holds(">= 1 and < 2", 1.5) && !holds(">= 1 and < 2", 2.0));
        assert!(holds("!= 1", 2.0) && !holds("!= 1", 1.0));
        assert!(holds("NaN", f64::NAN) && !holds("NaN", 0.0) && !holds("> 0", f64::NAN));
        assert!(!ValueExpectation::number(f64::NAN).holds(f64::NAN, Tolerance::Absolute(1.0)));
        assert!(holds("+Inf", f64::INFINITY) && !holds("Inf", f64::NEG_INFINITY));
        for bad in ["", "1", "about 5", ">", "> x", "> 1 and", "> 1 or < 2", "=> 5"] {
            assert_eq!(ValueExpectation::read(bad), None, "{bad}");
        }
    }

    #[test]
    fn tolerances_are_absolute_or_relative() {
        let near = |tolerance: &str, expected: f64, got: f64| {
            ValueExpectation::number(expected).holds(got, Tolerance::read(tolerance).unwrap())
        };
        assert!(near("0.5", 1.0, 1.5) && near("0.5", 1.0, 0.5) && !near("0.5", 1.0, 1.6));
        assert!(near("10%", -200.0, -220.0) && !near("10%", -200.0, -221.0));
        assert!(near("1%", f64::INFINITY, f64::INFINITY) && !near("1%", f64::INFINITY, 5.0));
        assert!(near("0", 1.0, 1.0) && !near("1%", 0.0, 1e-300));
        for bad in ["-1", "NaN", "Inf", "1 %%", "some", ""] {
            assert_eq!(Tolerance::read(bad), None, "{bad}");
        }
    }

    #[test]
    fn fuzzy_means_one_step() {
        let holds = |got| ValueExpectation::number(3.0).holds(got, Tolerance::LastBit);
        assert!(holds(2.999_999_999_999_999_6) && !holds(2.999_999_999_999_999));
    }
}
