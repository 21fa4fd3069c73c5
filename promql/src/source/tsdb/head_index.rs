//! Which series of the head have which labels.

use super::lookup::LabelIndex;
use crate::model::Labels;
use hashbrown::HashMap;
use std::convert::Infallible;
use std::sync::OnceLock;

/// The labels of all series, by the order in which they appeared.
pub(super) struct HeadIndex {
    labels: Vec<Labels>,
    /// What is known about each name, found out when somebody asks for it.
    names: HashMap<String, OnceLock<Values>>,
}

/// The series of each value of a label.
type Values = HashMap<String, Vec<u32>>;

impl HeadIndex {
    pub(super) fn new(labels: Vec<Labels>) -> Self {
        let mut names = HashMap::new();
        for (name, _) in labels.iter().flat_map(Labels::iter) {
            if !names.contains_key(name) {
                names.insert(name.to_owned(), OnceLock::new());
            }
        }
        HeadIndex { labels, names }
    }

    /// The labels of a series.
    pub(super) fn labels(&self, series: u32) -> &Labels {
        &self.labels[series as usize]
    }

    /// True if there is a label of that name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.names.contains_key(name)
    }

    /// The names of all labels.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.keys().map(String::as_str)
    }

    /// The values of a label.
    pub(super) fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        self.known(name).into_iter().flat_map(HashMap::keys).map(String::as_str)
    }

    fn known(&self, name: &str) -> Option<&Values> {
        let values = || {
            let mut values = Values::new();
            for (series, labels) in (0..).zip(&self.labels) {
                let value = labels.get(name);
                if !value.is_empty() {
                    values.entry_ref(value).or_default().push(series);
                }
            }
            values
        };
        Some(self.names.get(name)?.get_or_init(values))
    }
}

impl LabelIndex for HeadIndex {
    type Error = Infallible;

    fn all(&self) -> Result<Vec<u32>, Infallible> {
        Ok((0..).zip(&self.labels).map(|(series, _)| series).collect())
    }

    fn with_value(&self, name: &str, value: &str) -> Result<Vec<u32>, Infallible> {
        let series = self.known(name).and_then(|values| values.get(value));
        Ok(series.cloned().unwrap_or_default())
    }

    fn keep_fitting(&self, series: &mut Vec<u32>, name: &str, fits: &dyn Fn(&str) -> bool) -> bool {
        let is_less = self.known(name).is_none_or(|values| series.len() < values.len());
        if is_less {
            series.retain(|&series| fits(self.labels(series).get(name)));
        }
        is_less
    }

    fn with_values(&self, name: &str, fits: &dyn Fn(&str) -> bool) -> Result<Vec<Vec<u32>>, Infallible> {
        let fitting = self.known(name).into_iter().flatten().filter(|(value, _)| fits(value));
        Ok(fitting.map(|(_, series)| series.clone()).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::super::lookup::matching;
    use super::*;
    use crate::model::{MatchOp, Matcher};

    #[test]
    fn labels_are_found_by_name_and_value() {
        let sets = [&[("a", "1"), ("b", "1")][..], &[("b", "2")], &[("a", "1")], &[]];
        let index = HeadIndex::new(sets.map(|set| Labels::from_pairs(set.iter().copied())).to_vec());
        let found = |matchers: &[(&str, MatchOp, &str)]| {
            let matchers: Vec<Matcher> =
                matchers.iter().map(|&(name, op, value)| Matcher::new(name, op, value).unwrap()).collect();
            let Ok(found) = matching(&index, &matchers);
            found
        };
        assert_eq!(found(&[]), [0, 1, 2, 3]);
        assert_eq!(found(&[("a", MatchOp::Equal, "1")]), [0, 2]);
        assert_eq!(found(&[("b", MatchOp::Regex, ".+")]), [0, 1]);
        assert_eq!(found(&[("b", MatchOp::NotEqual, ""), ("a", MatchOp::Equal, "")]), [1]);
        assert_eq!(found(&[("c", MatchOp::Equal, "")]), [0, 1, 2, 3]);
        assert!(found(&[("c", MatchOp::Equal, "1")]).is_empty());
        assert_eq!(found(&[("b", MatchOp::Regex, "[12]")]), [0, 1]);
        assert_eq!(found(&[("a", MatchOp::Equal, "1"), ("b", MatchOp::Regex, "[13]")]), [0]);
        assert_eq!(found(&[("a", MatchOp::Equal, "1"), ("b", MatchOp::NotRegex, "[13]")]), [2]);
    }
}
