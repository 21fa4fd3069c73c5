//! Which labels decide a match, and numbers for label sets that agree in them.

use crate::model::{Labels, METRIC_NAME, METRIC_TYPE, METRIC_UNIT, is_metadata};
use hashbrown::{DefaultHashBuilder, HashTable, hash_table::Entry};
use promql_grammar::ast::Matching;
use std::hash::{BuildHasher, Hash, Hasher};

/// The labels that decide a match: the listed ones, or all but the listed ones and metadata.
#[derive(Clone, Debug, Default)]
pub(crate) struct MatchLabels {
    on: bool,
    names: Vec<String>,
}

impl MatchLabels {
    /// What an `on` or `ignoring` clause says; without one, `ignoring ()`.
    pub(crate) fn new(matching: Option<&Matching>) -> Self {
        matching.map_or_else(Self::default, |matching| MatchLabels {
            on: matching.on,
            names: matching.labels.clone(),
        })
    }

    /// True if the label takes part in the match.
    pub(crate) fn decides(&self, name: &str) -> bool {
        self.is_listed(name) == self.on && (self.on || !is_metadata(name))
    }

    /// True if all labels decide but metadata and some for which `of_no_account` is true.
    pub(crate) fn spares_all_but(&self, of_no_account: impl Fn(&str) -> bool) -> bool {
        let metadata = [METRIC_NAME, METRIC_TYPE, METRIC_UNIT];
        !self.on && self.names.iter().map(String::as_str).chain(metadata).all(of_no_account)
    }

    /// True if a one-to-one result keeps the label: metadata stays unless listed or dropped by the operation.
    pub(super) fn keeps(&self, name: &str) -> bool {
        self.is_listed(name) == self.on
    }

    /// The part of a label set that decides the match.
    pub(super) fn group(&self, labels: &Labels) -> Labels {
        labels.without(|name| !self.decides(name))
    }

    fn is_listed(&self, name: &str) -> bool {
        self.names.iter().any(|listed| listed == name)
    }
}

/// Numbers label sets from 0 on; those that agree in the labels that count have one number.
pub(super) struct Numbering<F> {
    counts: F,
    hasher: DefaultHashBuilder,
    table: HashTable<u32>,
    /// The first label set of every number, with its hash.
    firsts: Vec<(u64, Labels)>,
}

impl<F: Fn(&str) -> bool> Numbering<F> {
    /// An empty numbering by the labels that `counts` names.
    pub(super) fn by(counts: F) -> Self {
        Numbering {
            counts,
            hasher: DefaultHashBuilder::default(),
            table: HashTable::new(),
            firsts: Vec::new(),
        }
    }

    /// How many numbers there are.
    pub(super) fn len(&self) -> usize {
        self.firsts.len()
    }

    /// The number of a label set, a new one if nothing like it was seen.
    pub(super) fn number(&mut self, labels: &Labels) -> u32 {
        let hash = self.hash(labels);
        let (counts, table, firsts) = (&self.counts, &mut self.table, &mut self.firsts);
        let is_same = |&number: &u32| same(counts, &firsts[number as usize].1, labels);
        match table.entry(hash, is_same, |&number| firsts[number as usize].0) {
            Entry::Occupied(entry) => *entry.get(),
            Entry::Vacant(entry) => {
                let number = u32::try_from(firsts.len()).expect("fewer than 2^32 rows");
                entry.insert(number);
                firsts.push((hash, labels.clone()));
                number
            }
        }
    }

    /// The number of a label set, if anything like it was seen.
    pub(super) fn find(&self, labels: &Labels) -> Option<u32> {
        let is_same = |&number: &u32| same(&self.counts, &self.firsts[number as usize].1, labels);
        self.table.find(self.hash(labels), is_same).copied()
    }

    /// The first label set of a number.
    pub(super) fn first(&self, number: u32) -> &Labels {
        &self.firsts[number as usize].1
    }

    fn hash(&self, labels: &Labels) -> u64 {
        let mut state = self.hasher.build_hasher();
        labels.iter().filter(|(name, _)| (self.counts)(name)).for_each(|label| label.hash(&mut state));
        state.finish()
    }
}

fn same(counts: impl Fn(&str) -> bool, a: &Labels, b: &Labels) -> bool {
    let part = |(name, _): &(&str, &str)| counts(name);
    a.iter().filter(part).eq(b.iter().filter(part))
}

#[cfg(test)]
mod tests {
    use super::*;
    use promql_grammar::Span;

    fn matching(on: bool, names: &[&str]) -> MatchLabels {
        let labels = names.iter().map(|&name| name.to_owned()).collect();
        MatchLabels::new(Some(&Matching { on, labels, span: Span::default() }))
    }

    fn group(matching: &MatchLabels) -> String {
        let pairs = [("__name__", "m"), ("__type__", "gauge"), ("a", "1"), ("b", "2")];
        matching.group(&Labels::from_pairs(pairs)).to_string()
    }

    #[test]
    fn metadata_takes_part_only_where_it_is_listed() {
        assert_eq!(group(&MatchLabels::new(None)), r#"{a="1", b="2"}"#);
        assert_eq!(group(&matching(false, &["a"])), r#"{b="2"}"#);
        assert_eq!(group(&matching(true, &["a", "missing"])), r#"{a="1"}"#);
        assert_eq!(group(&matching(true, &["__type__"])), r#"{__type__="gauge"}"#);
        assert_eq!(group(&matching(true, &[])), "{}");
    }

    #[test]
    fn equal_parts_have_one_number() {
        let matching = matching(true, &["a"]);
        let mut numbering = Numbering::by(|name: &str| matching.decides(name));
        let one = Labels::from_pairs([("a", "1"), ("b", "1")]);
        let two = Labels::from_pairs([("a", "2")]);
        assert_eq!(numbering.find(&one), None);
        assert_eq!([numbering.number(&one), numbering.number(&two)], [0, 1]);
        assert_eq!(numbering.number(&Labels::from_pairs([("a", "1"), ("b", "2")])), 0);
        assert_eq!(numbering.number(&Labels::empty()), 2);
        assert_eq!((numbering.find(&two), numbering.len()), (Some(1), 3));
        for index in 0..1000 {
            numbering.number(&Labels::from_pairs([("a", format!("x{index}"))]));
        }
        assert_eq!((numbering.number(&two), numbering.len()), (1, 1003));
    }
}
