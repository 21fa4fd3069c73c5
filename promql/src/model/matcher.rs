//! Matchers: conditions on one label.

use super::labels::Labels;
use super::regex::{Regex, RegexError};
pub use promql_grammar::ast::MatchOp;
use std::borrow::Cow;
use std::hash::{Hash, Hasher};

/// A condition on the value of one label. A missing label counts as empty.
#[derive(Clone, Debug)]
pub struct Matcher {
    /// The label.
    pub name: Cow<'static, str>,
    /// How the value is compared.
    pub op: MatchOp,
    /// The value or the regular expression as written.
    pub value: String,
    regex: Option<Regex>,
}

impl PartialEq for Matcher {
    fn eq(&self, other: &Self) -> bool {
        self.parts() == other.parts()
    }
}

impl Eq for Matcher {}

impl Hash for Matcher {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.parts().hash(state);
    }
}

impl Matcher {
    /// A matcher; the regular expression of `=~` and `!~` is RE2 and matches the whole value.
    ///
    /// # Errors
    /// If the regular expression is not valid RE2.
    pub fn new(name: impl Into<String>, op: MatchOp, value: impl Into<String>) -> Result<Self, RegexError> {
        let (name, value) = (Cow::Owned(name.into()), value.into());
        let regex = match op {
            MatchOp::Regex | MatchOp::NotRegex => Some(Regex::new(&value)?),
            MatchOp::Equal | MatchOp::NotEqual => None,
        };
        Ok(Matcher { name, op, value, regex })
    }

    /// An equality matcher.
    pub fn equal(name: impl Into<Cow<'static, str>>, value: impl Into<String>) -> Self {
        Matcher { name: name.into(), op: MatchOp::Equal, value: value.into(), regex: None }
    }

    /// Everything that it is made of: the regular expression follows from the rest.
    fn parts(&self) -> (&str, MatchOp, &str) {
        (&self.name, self.op, &self.value)
    }

    /// True if a label of this value fits.
    #[must_use]
    pub fn matches(&self, value: &str) -> bool {
        match (self.op, &self.regex) {
            (MatchOp::NotEqual, _) => value != self.value,
            (MatchOp::Regex, Some(regex)) => regex.is_match(value),
            (MatchOp::NotRegex, Some(regex)) => !regex.is_match(value),
            _ => value == self.value,
        }
    }

    /// All texts that the regular expression of `=~` or `!~` matches, sorted, if they are few and known.
    #[must_use]
    pub fn literals(&self) -> Option<&[String]> {
        self.regex.as_ref().and_then(Regex::set_matches)
    }

    /// True if the label set fits.
    #[must_use]
    pub fn matches_labels(&self, labels: &Labels) -> bool {
        self.matches(labels.get(&self.name))
    }
}
