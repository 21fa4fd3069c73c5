//! Conditions on labels, annotations and messages.

use crate::model::{MatchOp, Regex, RegexError, quote};
use std::fmt;

/// What is expected of a text; all conditions must hold.
#[derive(Clone, Debug)]
pub struct TextExpectation(Vec<TextCondition>);

/// A condition on a text that may be missing.
#[derive(Clone, Debug)]
pub enum TextCondition {
    /// Exactly this text.
    Equals(String),
    /// Any other text, or none.
    NotEquals(String),
    /// All of the text matches; no text counts as an empty one.
    Regex(Regex),
    /// The text does not match; no text counts as an empty one.
    NotRegex(Regex),
    /// This text is part of it.
    Contains(String),
    /// There is any text, or there is none.
    Present(bool),
}

/// The words of a test file and what they make of the text behind them.
const CONDITIONS: [(&str, Read); 6] = [
    ("equals", |text| Ok(TextCondition::Equals(text.to_owned()))),
    ("not_equals", |text| Ok(TextCondition::NotEquals(text.to_owned()))),
    ("regex", |text| Ok(TextCondition::Regex(regex(text)?))),
    ("not_regex", |text| Ok(TextCondition::NotRegex(regex(text)?))),
    ("contains", |text| Ok(TextCondition::Contains(text.to_owned()))),
    ("present", |text| match text {
        "true" => Ok(TextCondition::Present(true)),
        "false" => Ok(TextCondition::Present(false)),
        _ => Err(format!("`present` must be true or false, found `{text}`")),
    }),
];

type Read = fn(&str) -> Result<TextCondition, String>;

fn regex(text: &str) -> Result<Regex, String> {
    Regex::new(text).map_err(|error| error.to_string())
}

impl TextCondition {
    /// The fields of a test file that make conditions.
    pub(crate) const FIELDS: &[&str] = &[
        CONDITIONS[0].0,
        CONDITIONS[1].0,
        CONDITIONS[2].0,
        CONDITIONS[3].0,
        CONDITIONS[4].0,
        CONDITIONS[5].0,
    ];

    /// The condition that a field of a test file makes.
    pub(crate) fn read(field: &str, text: &str) -> Result<Self, String> {
        match CONDITIONS.iter().find(|(name, _)| *name == field) {
            Some((_, read)) => read(text),
            None => Err(format!("unknown condition `{field}`")),
        }
    }

    fn holds(&self, text: Option<&str>) -> bool {
        match self {
            TextCondition::Equals(own) => text == Some(own),
            TextCondition::NotEquals(own) => text != Some(own),
            TextCondition::Regex(regex) => regex.is_match(text.unwrap_or_default()),
            TextCondition::NotRegex(regex) => !regex.is_match(text.unwrap_or_default()),
            TextCondition::Contains(part) => text.is_some_and(|text| text.contains(part)),
            TextCondition::Present(present) => text.is_some() == *present,
        }
    }
}

impl TextExpectation {
    /// All of these conditions.
    #[must_use]
    pub fn all(conditions: Vec<TextCondition>) -> Self {
        TextExpectation(conditions)
    }

    /// Exactly this text.
    pub fn equals(text: impl Into<String>) -> Self {
        TextExpectation(vec![TextCondition::Equals(text.into())])
    }

    /// The condition of a label matcher, under which an empty text is none.
    pub(crate) fn matcher(op: MatchOp, value: &str) -> Result<Self, RegexError> {
        Ok(TextExpectation(vec![match op {
            MatchOp::Equal if value.is_empty() => TextCondition::Present(false),
            MatchOp::Equal => TextCondition::Equals(value.to_owned()),
            MatchOp::NotEqual if value.is_empty() => TextCondition::Present(true),
            MatchOp::NotEqual => TextCondition::NotEquals(value.to_owned()),
            MatchOp::Regex => TextCondition::Regex(Regex::new(value)?),
            MatchOp::NotRegex => TextCondition::NotRegex(Regex::new(value)?),
        }]))
    }

    /// True if the text, or that there is none, is as expected.
    #[must_use]
    pub fn holds(&self, text: Option<&str>) -> bool {
        self.0.iter().all(|condition| condition.holds(text))
    }

    /// Adds the conditions of another expectation.
    pub(crate) fn and(&mut self, other: TextExpectation) {
        self.0.extend(other.0);
    }

    /// The conditions on a label as a selector writes them, as far as it can.
    pub(crate) fn show_as_matchers(&self, label: &str) -> String {
        let show = |condition: &TextCondition| match condition {
            TextCondition::Equals(text) => format!("{label}={}", quote(text)),
            TextCondition::NotEquals(text) => format!("{label}!={}", quote(text)),
            TextCondition::Regex(regex) => format!("{label}=~{}", quote(regex.as_str())),
            TextCondition::NotRegex(regex) => format!("{label}!~{}", quote(regex.as_str())),
            TextCondition::Contains(part) => format!("{label} with {}", quote(part)),
            TextCondition::Present(true) => format!("{label}!=\"\""),
            TextCondition::Present(false) => format!("{label}=\"\""),
        };
        self.0.iter().map(show).collect::<Vec<_>>().join(", ")
    }

    /// The text, if it must be exactly one.
    #[must_use]
    pub fn exact(&self) -> Option<&str> {
        match self.0.as_slice() {
            [TextCondition::Equals(text)] => Some(text),
            _ => None,
        }
    }
}

impl fmt::Display for TextExpectation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (nth, condition) in self.0.iter().enumerate() {
            f.write_str(if nth > 0 { " and " } else { "" })?;
            match condition {
                TextCondition::Equals(text) => f.write_str(&quote(text)),
                TextCondition::NotEquals(text) => write!(f, "not {}", quote(text)),
                TextCondition::Regex(regex) => write!(f, "a match of {}", quote(regex.as_str())),
                TextCondition::NotRegex(regex) => write!(f, "no match of {}", quote(regex.as_str())),
                TextCondition::Contains(part) => write!(f, "a text with {}", quote(part)),
                TextCondition::Present(true) => f.write_str("any text"),
                TextCondition::Present(false) => f.write_str("nothing"),
            }?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_hold_of_texts_and_of_none() {
        for (field, text, good, bad) in [
            ("equals", "a", &[Some("a")][..], &[None, Some("ab")][..]),
            ("not_equals", "a", &[None, Some("ab")], &[Some("a")]),
            ("regex", "a.*", &[Some("ab"), Some("a\nb")], &[None, Some("ba")]),
            ("regex", ".*", &[None, Some("")], &[]),
            ("not_regex", "a.*", &[None, Some("ba")], &[Some("ab")]),
            ("contains", "b", &[Some("abc")], &[None, Some("ac")]),
            ("present", "true", &[Some("")], &[None]),
            ("present", "false", &[None], &[Some("")]),
        ] {
            let expectation = TextExpectation::all(vec![TextCondition::read(field, text).unwrap()]);
            assert!(good.iter().all(|value| expectation.holds(*value)), "{field} {text}");
            assert!(!bad.iter().any(|value| expectation.holds(*value)), "{field} {text}");
        }
        for (field, text) in [("regex", "("), ("present", "maybe"), ("like", "a")] {
            assert!(TextCondition::read(field, text).is_err(), "{field} {text}");
        }
    }
}
