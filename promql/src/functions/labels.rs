//! `label_replace` and `label_join`: edits of label sets. Rows that become equal are merged elsewhere.

use super::{Arity, Function, Shape};
use crate::column::RowHead;
use crate::model::ValueType::{String, Vector};
use crate::model::{METRIC_NAME, Regex, is_label_name};

pub(super) static FUNCTIONS: &[Function] = &[
    Function {
        name: "label_replace",
        doc: "Sets a label from the parts of another one that a regular expression captures: vector, label to set, \
              replacement ($1, $name), label to read, regular expression.",
        args: &[Vector, String, String, String, String],
        shape: Shape::LabelReplace,
        keeps_name: true,
        ..Function::VECTOR
    },
    Function {
        name: "label_join",
        doc: "Sets a label to the values of others in a row: vector, label to set, separator, labels to read.",
        args: &[Vector, String, String, String],
        arity: Arity::Any,
        shape: Shape::LabelJoin,
        keeps_name: true,
        ..Function::VECTOR
    },
];

/// Why labels cannot be edited; the texts are Prometheus'.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LabelError {
    /// `label_replace` with a bad regular expression.
    #[error("invalid regular expression in label_replace(): {0}")]
    ReplaceRegex(std::string::String),
    /// `label_replace` would set a label that cannot be.
    #[error("invalid destination label name in label_replace(): {0}")]
    ReplaceDestination(std::string::String),
    /// `label_join` reads a label that cannot be.
    #[error("invalid source label name in label_join(): {0}")]
    JoinSource(std::string::String),
    /// `label_join` would set a label that cannot be.
    #[error("invalid destination label name in label_join(): {0}")]
    JoinDestination(std::string::String),
}

/// The heads after `label_replace`: where `regex` matches the whole value of `source`, `destination` becomes the
/// `replacement` with its `$1`, `${name}` filled in; other heads stay.
///
/// # Errors
/// If the regular expression or the destination is invalid, whether or not there are heads.
pub fn label_replace(
    heads: &[RowHead],
    destination: &str,
    replacement: &str,
    source: &str,
    regex: &str,
) -> Result<Vec<RowHead>, LabelError> {
    let compiled = Regex::for_replace(regex).map_err(|_| LabelError::ReplaceRegex(regex.to_owned()))?;
    if !is_label_name(destination) {
        return Err(LabelError::ReplaceDestination(destination.to_owned()));
    }
    let replace = |head: &RowHead| match compiled.expand(head.labels.get(source), replacement) {
        Some(value) => with_label(head, destination, &value),
        None => head.clone(),
    };
    Ok(heads.iter().map(replace).collect())
}

/// The heads after `label_join`: `destination` becomes the values of `sources` with the separator between them.
///
/// # Errors
/// If a label name is invalid, whether or not there are heads.
pub fn label_join(
    heads: &[RowHead],
    destination: &str,
    separator: &str,
    sources: &[&str],
) -> Result<Vec<RowHead>, LabelError> {
    if let Some(source) = sources.iter().find(|source| !is_label_name(source)) {
        return Err(LabelError::JoinSource((*source).to_owned()));
    }
    if !is_label_name(destination) {
        return Err(LabelError::JoinDestination(destination.to_owned()));
    }
    let mut joined = std::string::String::new();
    let join = |head: &RowHead| {
        joined.clear();
        for (nth, source) in sources.iter().enumerate() {
            joined.push_str(if nth > 0 { separator } else { "" });
            joined.push_str(head.labels.get(source));
        }
        with_label(head, destination, &joined)
    };
    Ok(heads.iter().map(join).collect())
}

/// A written name is meant to stay, even where the name before it was about to be dropped.
fn with_label(head: &RowHead, name: &str, value: &str) -> RowHead {
    RowHead { labels: head.labels.with(name, value), drop_name: head.drop_name && name != METRIC_NAME }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Labels;

    fn head(drop_name: bool) -> RowHead {
        RowHead { labels: Labels::from_pairs([("__name__", "m"), ("a", "x"), ("b", "y")]), drop_name }
    }

    fn text(heads: Result<Vec<RowHead>, LabelError>) -> std::string::String {
        match heads {
            Ok(heads) => heads[0].labels.to_string(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn joined_values_keep_their_order_and_gaps() {
        let heads = [head(false)];
        assert_eq!(text(label_join(&heads, "c", "-", &["b", "no", "a"])), r#"m{a="x", b="y", c="y--x"}"#);
        assert_eq!(text(label_join(&heads, "a", ",", &[])), r#"m{b="y"}"#);
    }

    #[test]
    fn bad_names_are_told_before_any_head_is_seen() {
        let text = |result: Result<Vec<RowHead>, LabelError>| result.map(|_| ()).map_err(|e| e.to_string());
        let join = |to, from| text(label_join(&[], to, ",", &[from]));
        assert_eq!(join("", "a"), Err("invalid destination label name in label_join(): ".into()));
        assert_eq!(join("", ""), Err("invalid source label name in label_join(): ".into()));
        let replace = |to, regex| text(label_replace(&[], to, "$1", "a", regex));
        let bad_regex = "invalid regular expression in label_replace(): (.*";
        assert_eq!(replace("", "(.*"), Err(bad_regex.into()));
        assert_eq!(replace("", ""), Err("invalid destination label name in label_replace(): ".into()));
    }

    #[test]
    fn a_written_name_stays() {
        let dropped = [head(true)];
        let joined = |to| label_join(&dropped, to, "", &["a"]).expect("valid names")[0].drop_name;
        assert!(joined("c"));
        assert!(!joined("__name__"));
    }

    #[test]
    fn heads_that_do_not_match_stay() {
        let heads = [head(true)];
        let replaced = label_replace(&heads, "__name__", "n", "a", "y.*").expect("valid");
        assert_eq!(replaced, heads);
    }
}
