//! Which rows form which group: settled once a query, from labels alone.

use crate::column::{Heads, RowHead};
use crate::model::{Labels, is_metadata};
use hashbrown::{DefaultHashBuilder, HashTable};
use promql_grammar::ast::Grouping;
use std::hash::{BuildHasher, Hasher};
use std::sync::OnceLock;

/// The groups of an aggregation over a superset of rows: rows without samples have a group too, but do not show.
#[derive(Debug, Default)]
pub struct Groups {
    of_row: Vec<u32>,
    heads: Vec<RowHead>,
    sizes: Vec<u32>,
    /// Groups whose members disagree about `drop_name` and that keep a metadata label: samples decide.
    undecided: Vec<u32>,
    members: OnceLock<Members>,
    value_label: Option<String>,
}

/// Rows by group: those of group `g` are `rows[starts[g]..starts[g + 1]]`.
#[derive(Debug)]
struct Members {
    starts: Vec<u32>,
    rows: Vec<u32>,
}

/// Which labels make the key of a group.
struct Key<'a> {
    /// Sorted.
    names: Vec<&'a str>,
    without: bool,
}

impl Groups {
    /// The groups of rows, numbered in the order of their first rows.
    #[must_use]
    pub fn bind(heads: &Heads, grouping: Option<&Grouping>) -> Self {
        Groups::by_key(heads, &Key::new(grouping))
    }

    /// The groups of rows for `count_values`, still without the label that holds the value.
    #[must_use]
    pub fn bind_values(heads: &Heads, grouping: Option<&Grouping>, label: &str) -> Self {
        let mut key = Key::new(grouping);
        // The value replaces a label of that name before grouping, so the old one never counts; what `without` drops
        // it drops from the result too.
        let lost = key.without && !key.keeps(label);
        key.names.retain(|&name| name != label);
        if key.without {
            key.names.push(label);
            key.names.sort_unstable();
        }
        let mut groups = Groups::by_key(heads, &key);
        for head in &mut groups.heads {
            head.drop_name = false;
        }
        groups.undecided.clear();
        groups.value_label = (!lost).then(|| label.to_owned());
        groups
    }

    fn by_key(rows: &Heads, key: &Key<'_>) -> Self {
        if rows.len() == 1 || key.is_empty() && !rows.is_empty() {
            return Groups::whole(rows, key);
        }
        let mut groups = Groups { of_row: Vec::with_capacity(rows.len()), ..Groups::default() };
        let hashes = DefaultHashBuilder::default();
        let mut table: HashTable<u32> = HashTable::new();
        let mut dropped: Vec<u32> = Vec::new();
        for row in rows.iter() {
            let hash = key.hash(&row.labels, &hashes);
            let entry = table.entry(
                hash,
                |&group| key.matches(&row.labels, &groups.heads[group as usize].labels),
                |&group| key.hash(&groups.heads[group as usize].labels, &hashes),
            );
            let group = match entry {
                hashbrown::hash_table::Entry::Occupied(entry) => *entry.get(),
                hashbrown::hash_table::Entry::Vacant(entry) => {
                    let group = number(groups.heads.len());
                    entry.insert(group);
                    groups.heads.push(RowHead::new(row.labels.without(|name| !key.keeps(name))));
                    groups.sizes.push(0);
                    dropped.push(0);
                    group
                }
            };
            groups.of_row.push(group);
            groups.sizes[group as usize] += 1;
            dropped[group as usize] += u32::from(row.drop_name);
        }
        for (group, &dropped) in dropped.iter().enumerate() {
            groups.settle_name(group, dropped);
        }
        groups
    }

    /// All rows as one group; there is at least one.
    fn whole(rows: &Heads, key: &Key<'_>) -> Self {
        let labels =
            if key.is_empty() { Labels::empty() } else { rows[0].labels.without(|name| !key.keeps(name)) };
        let mut groups = Groups {
            of_row: vec![0; rows.len()],
            heads: vec![RowHead::new(labels)],
            sizes: vec![number(rows.len())],
            ..Groups::default()
        };
        groups.settle_name(0, number(rows.dropped_names()));
        groups
    }

    /// Decides whether a group keeps its name, of which so many members drop it.
    fn settle_name(&mut self, group: usize, dropped: u32) {
        let head = &mut self.heads[group];
        head.drop_name = dropped > 0;
        let mixed = head.drop_name && dropped < self.sizes[group];
        if mixed && head.labels.iter().any(|(name, _)| is_metadata(name)) {
            self.undecided.push(number(group));
        }
    }

    /// The number of groups.
    #[must_use]
    pub fn len(&self) -> usize {
        self.heads.len()
    }

    /// True without groups, which is: without rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.heads.is_empty()
    }

    /// The number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.of_row.len()
    }

    /// The group of a row.
    #[inline]
    #[must_use]
    pub fn of(&self, row: u32) -> u32 {
        self.of_row[row as usize]
    }

    /// What is known of each group. Where members disagree about `drop_name` it is set; what is right for the samples
    /// at hand stands in the result.
    #[must_use]
    pub fn heads(&self) -> &[RowHead] {
        &self.heads
    }

    /// The rows of a group in order.
    #[must_use]
    pub fn members(&self, group: u32) -> &[u32] {
        let members = self.members.get_or_init(|| Members::new(&self.of_row, &self.sizes));
        let group = group as usize;
        &members.rows[members.starts[group] as usize..members.starts[group + 1] as usize]
    }

    /// How many rows a group has.
    pub(super) fn size(&self, group: u32) -> u32 {
        self.sizes[group as usize]
    }

    /// True if the flag of a group hangs on samples.
    pub(super) fn is_undecided(&self, group: u32) -> bool {
        self.undecided.binary_search(&group).is_ok()
    }

    /// The label that `count_values` puts the value into; none if `without` drops it.
    pub(super) fn value_label(&self) -> Option<&str> {
        self.value_label.as_deref()
    }
}

impl Members {
    fn new(of_row: &[u32], sizes: &[u32]) -> Self {
        let mut starts = Vec::with_capacity(sizes.len() + 1);
        let mut next = 0;
        starts.push(0);
        starts.extend(sizes.iter().map(|size| {
            next += size;
            next
        }));
        let mut free = starts.clone();
        let mut rows = vec![0; of_row.len()];
        for (row, &group) in of_row.iter().enumerate() {
            let slot = &mut free[group as usize];
            rows[*slot as usize] = number(row);
            *slot += 1;
        }
        Members { starts, rows }
    }
}

impl<'a> Key<'a> {
    fn new(grouping: Option<&'a Grouping>) -> Self {
        let mut names: Vec<&str> =
            grouping.map_or_else(Vec::new, |clause| clause.labels.iter().map(String::as_str).collect());
        names.sort_unstable();
        names.dedup();
        Key { names, without: grouping.is_some_and(|clause| clause.without) }
    }

    fn keeps(&self, name: &str) -> bool {
        let listed = self.names.binary_search(&name).is_ok();
        if self.without { !listed && !is_metadata(name) } else { listed }
    }

    /// True if all label sets have the same key: those of the usual `sum(x)`, which looks at no label at all.
    fn is_empty(&self) -> bool {
        !self.without && self.names.is_empty()
    }

    fn part<'l>(&self, labels: &'l Labels) -> impl Iterator<Item = (&'l str, &'l str)> {
        labels.iter().filter(|(name, _)| self.keeps(name))
    }

    fn matches(&self, row: &Labels, group: &Labels) -> bool {
        self.part(row).eq(group.iter())
    }

    fn hash(&self, labels: &Labels, hashes: &DefaultHashBuilder) -> u64 {
        let mut hasher = hashes.build_hasher();
        for (name, value) in self.part(labels) {
            for text in [name, value] {
                hasher.write(text.as_bytes());
                hasher.write_u8(0xff);
            }
        }
        hasher.finish()
    }
}

/// A count of rows as the number of a row or group.
pub(super) fn number(index: usize) -> u32 {
    u32::try_from(index).expect("a query has fewer than 2^32 rows")
}

#[cfg(test)]
mod tests {
    use super::*;
    use promql_grammar::Span;

    fn heads(sets: &[&[(&str, &str)]]) -> Heads {
        sets.iter().map(|set| RowHead::new(Labels::from_pairs(set.iter().copied()))).collect()
    }

    fn clause(without: bool, labels: &[&str]) -> Grouping {
        Grouping {
            without,
            labels: labels.iter().map(|&name| name.to_owned()).collect(),
            span: Span::default(),
        }
    }

    fn texts(groups: &Groups) -> Vec<String> {
        groups.heads().iter().map(|head| head.labels.to_string()).collect()
    }

    #[test]
    fn without_clause_there_is_one_group() {
        let groups = Groups::bind(&heads(&[&[("a", "1")], &[("b", "1")]]), None);
        assert_eq!(texts(&groups), ["{}"]);
        assert_eq!(groups.members(0), [0, 1]);
        assert!(Groups::bind(&Heads::default(), None).is_empty());
    }

    #[test]
    fn groups_are_numbered_by_their_first_rows() {
        let rows = heads(&[
            &[("__name__", "x"), ("g", "b"), ("i", "1")],
            &[("__name__", "x"), ("g", "a")],
            &[("__name__", "y"), ("g", "b"), ("i", "2")],
            &[("__name__", "x"), ("i", "3")],
        ]);
        let by = Groups::bind(&rows, Some(&clause(false, &["nothing", "g", "g"])));
        assert_eq!(texts(&by), [r#"{g="b"}"#, r#"{g="a"}"#, "{}"]);
        assert_eq!((0..4).map(|row| by.of(row)).collect::<Vec<_>>(), [0, 1, 0, 2]);
        assert_eq!(by.members(0), [0, 2]);
        assert_eq!(by.members(2), [3]);
        let without = Groups::bind(&rows, Some(&clause(true, &["i"])));
        assert_eq!(texts(&without), [r#"{g="b"}"#, r#"{g="a"}"#, "{}"]);
        let by_name = Groups::bind(&rows, Some(&clause(false, &["__name__"])));
        assert_eq!(texts(&by_name), ["x", "y"]);
    }

    #[test]
    fn names_and_values_are_kept_apart() {
        let rows =
            heads(&[&[("a", "bc"), ("d", "e")], &[("a", "b"), ("cd", "e")], &[("ab", "c"), ("d", "e")]]);
        assert_eq!(Groups::bind(&rows, Some(&clause(true, &[]))).len(), 3);
    }

    #[test]
    fn flags_are_open_only_where_they_matter() {
        let mut rows =
            heads(&[&[("__name__", "x"), ("g", "1")], &[("__name__", "x"), ("g", "1")], &[("g", "2")]])
                .into_vec();
        rows[1].drop_name = true;
        let rows = rows.into();
        let named = Groups::bind(&rows, Some(&clause(false, &["__name__"])));
        assert!(named.is_undecided(0) && !named.is_undecided(1));
        let unnamed = Groups::bind(&rows, Some(&clause(false, &["g"])));
        assert!(!unnamed.is_undecided(0));
        assert_eq!(unnamed.heads().iter().map(|head| head.drop_name).collect::<Vec<_>>(), [true, false]);
    }

    #[test]
    fn the_value_label_replaces_what_was_there() {
        let rows = heads(&[&[("v", "1"), ("g", "1")], &[("v", "2"), ("g", "1")]]);
        let bind = |grouping: Option<&Grouping>, label| Groups::bind_values(&rows, grouping, label);
        assert_eq!(texts(&bind(None, "v")), ["{}"]);
        assert_eq!(texts(&bind(Some(&clause(false, &["g", "v"])), "v")), [r#"{g="1"}"#]);
        let kept = bind(Some(&clause(true, &["g"])), "v");
        assert_eq!((texts(&kept), kept.value_label()), (vec!["{}".to_owned()], Some("v")));
        assert_eq!(bind(Some(&clause(true, &["v"])), "v").value_label(), None);
        assert_eq!(bind(Some(&clause(true, &[])), "__type__").value_label(), None);
        assert_eq!(bind(None, "__type__").value_label(), Some("__type__"));
    }
}
