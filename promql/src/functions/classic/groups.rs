//! Which rows are one histogram, from labels alone.

use super::kernel::Column;
use crate::column::{NameRemoval, RowHead};
use crate::model::number::{format_openmetrics, parse_float};
use crate::model::{Labels, METRIC_NAME};
use hashbrown::{DefaultHashBuilder, HashTable};
use std::hash::{BuildHasher, Hash, Hasher};

/// The label that holds the upper bound of a classic bucket.
pub(super) const BUCKET_LABEL: &str = "le";

/// Native histograms in rows that have a bucket label, as only a strange `label_replace` makes them.
///
/// They keep the label in the result, so each such row needs an output row of its own, which would be empty for
/// every ordinary bucket. Kernels tell whether they met any: bind again with `Kept` then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strays {
    /// No output rows for them.
    Ignored,
    /// An output row for every row with a bucket label.
    Kept,
}

/// Rows grouped into histograms.
#[derive(Clone, Debug, Default)]
pub struct Groups {
    groups: Vec<Group>,
    outputs: Vec<RowHead>,
}

/// Rows that differ only in their bucket label.
#[derive(Clone, Debug, Default)]
pub struct Group {
    rows: Vec<u32>,
    first_output: u32,
    outputs: u32,
    name: String,
    /// Bounds and members, sorted by bound.
    pub(super) buckets: Vec<(f64, u32)>,
    /// Members whose bucket label is missing or no number, with its value.
    pub(super) malformed: Vec<(u32, String)>,
    /// Members whose native histograms count, each with its output.
    pub(super) natives: Vec<Native>,
    /// Members whose native histograms are strays without output.
    pub(super) strays: Vec<u32>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Native {
    pub(super) member: u32,
    pub(super) output: u32,
    /// Has the labels of the group, so that classic buckets at the same step contradict it.
    pub(super) partner: bool,
}

impl Groups {
    /// Groups rows by their labels without the bucket label, in the order of their first rows.
    #[must_use]
    pub fn bind(heads: &[RowHead], strays: Strays) -> Self {
        let hasher = DefaultHashBuilder::default();
        let mut table: HashTable<u32> = HashTable::new();
        let mut keys: Vec<(u64, Labels)> = Vec::new();
        let mut groups: Vec<Group> = Vec::new();
        for (row, head) in (0u32..).zip(heads) {
            let hash = hash_of(&hasher, &head.labels);
            let same = |&group: &u32| {
                let (own, labels) = &keys[group as usize];
                *own == hash && labels.iter().eq(group_labels(&head.labels))
            };
            let group = match table.find(hash, same) {
                Some(&group) => group as usize,
                None => {
                    let group = groups.len();
                    let labels = head.labels.without(|name| name == BUCKET_LABEL);
                    groups.push(Group { name: labels.get(METRIC_NAME).to_owned(), ..Group::default() });
                    keys.push((hash, labels));
                    let index = u32::try_from(group).expect("there are fewer than 2^32 rows");
                    table.insert_unique(hash, index, |&group| keys[group as usize].0);
                    group
                }
            };
            groups[group].add(row, &head.labels, strays);
        }
        let mut outputs = Vec::with_capacity(groups.len());
        for (group, (_, labels)) in groups.iter_mut().zip(keys) {
            group.first_output = u32::try_from(outputs.len()).expect("there are fewer than 2^32 rows");
            outputs.push(RowHead::new(labels));
            for native in group.natives.iter_mut().filter(|native| native.output != 0) {
                native.output = u32::try_from(outputs.len()).expect("there are fewer than 2^32 rows")
                    - group.first_output;
                outputs.push(RowHead::new(heads[group.rows[native.member as usize] as usize].labels.clone()));
            }
            group.outputs =
                u32::try_from(outputs.len()).expect("there are fewer than 2^32 rows") - group.first_output;
            group.buckets.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        }
        Groups { groups, outputs }
    }

    /// The groups.
    #[must_use]
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// The heads of the result of `histogram_quantile` and `histogram_fraction`.
    #[must_use]
    pub fn heads(&self, names: NameRemoval) -> Vec<RowHead> {
        self.outputs.iter().map(|head| names.apply(head)).collect()
    }

    /// The heads of the result of `histogram_quantiles`: each output once a column, the columns of one output side by
    /// side, with `label` telling the column.
    #[must_use]
    pub fn heads_with(&self, names: NameRemoval, label: &str, columns: &[Column<'_>]) -> Vec<RowHead> {
        let texts: Vec<String> =
            columns.iter().map(|column| format_openmetrics(column.label_value())).collect();
        let heads = self.outputs.iter().map(|head| names.apply(head));
        heads
            .flat_map(|head| {
                let edit = |text: &String| RowHead {
                    labels: head.labels.with(label, text),
                    drop_name: head.drop_name,
                };
                texts.iter().map(edit).collect::<Vec<_>>()
            })
            .collect()
    }
}

impl Group {
    /// The metric name, for notes with delayed name removal.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The input rows that the kernels want side by side in a tile, in this order.
    #[must_use]
    pub fn rows(&self) -> &[u32] {
        &self.rows
    }

    /// The outputs of the group among all outputs, before they are multiplied by columns.
    #[must_use]
    pub fn outputs(&self) -> std::ops::Range<usize> {
        let first = self.first_output as usize;
        first..first + self.outputs as usize
    }

    fn add(&mut self, row: u32, labels: &Labels, strays: Strays) {
        let member = u32::try_from(self.rows.len()).expect("there are fewer than 2^32 rows");
        self.rows.push(row);
        let bound = labels.get(BUCKET_LABEL);
        match parse_float(bound).filter(|bound| !bound.is_nan()) {
            // Adding zero makes -0 the same bound as 0.
            Some(value) => self.buckets.push((value + 0.0, member)),
            None => self.malformed.push((member, bound.to_owned())),
        }
        let partner = bound.is_empty();
        if partner || strays == Strays::Kept {
            // The first partner shares the output of the classic buckets; the others get one of their own later.
            let shares = partner && !self.natives.iter().any(|native| native.partner);
            self.natives.push(Native { member, output: u32::from(!shares), partner });
        } else {
            self.strays.push(member);
        }
    }
}

fn group_labels(labels: &Labels) -> impl Iterator<Item = (&str, &str)> {
    labels.iter().filter(|(name, _)| *name != BUCKET_LABEL)
}

fn hash_of(hasher: &DefaultHashBuilder, labels: &Labels) -> u64 {
    let mut state = hasher.build_hasher();
    for label in group_labels(labels) {
        label.hash(&mut state);
    }
    state.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(labels: &[(&str, &str)]) -> RowHead {
        RowHead::new(Labels::from_pairs(labels.iter().copied()))
    }

    fn texts(heads: &[RowHead]) -> Vec<String> {
        heads.iter().map(|head| head.labels.to_string()).collect()
    }

    #[test]
    fn rows_that_differ_in_le_are_one_group() {
        let heads = [
            head(&[("__name__", "h"), ("job", "a"), ("le", "+Inf")]),
            head(&[("__name__", "h"), ("job", "b"), ("le", "1")]),
            head(&[("__name__", "h"), ("job", "a"), ("le", "0.5")]),
            head(&[("__name__", "h"), ("job", "a")]),
            head(&[("__name__", "h"), ("job", "a"), ("le", "x")]),
        ];
        let bound = Groups::bind(&heads, Strays::Ignored);
        let rows: Vec<_> = bound.groups().iter().map(Group::rows).collect();
        assert_eq!(rows, [&[0, 2, 3, 4][..], &[1]]);
        assert_eq!(bound.groups()[0].buckets, [(0.5, 1), (f64::INFINITY, 0)]);
        assert_eq!(bound.groups()[0].malformed, [(2, String::new()), (3, "x".into())]);
        assert_eq!(texts(&bound.heads(NameRemoval::Immediate)), [r#"{job="a"}"#, r#"{job="b"}"#]);
        let delayed = bound.heads(NameRemoval::Delayed);
        assert!(delayed[0].drop_name);
        assert_eq!(delayed[0].labels.name(), "h");
    }

    #[test]
    fn kept_strays_have_outputs_behind_their_group() {
        let heads = [head(&[("a", "1"), ("le", "1")]), head(&[("a", "2")]), head(&[("a", "1")])];
        let bound = Groups::bind(&heads, Strays::Kept);
        assert_eq!(
            texts(&bound.heads(NameRemoval::Immediate)),
            [r#"{a="1"}"#, r#"{a="1", le="1"}"#, r#"{a="2"}"#]
        );
        let outputs: Vec<_> = bound.groups().iter().map(Group::outputs).collect();
        assert_eq!(outputs, [0..2, 2..3]);
    }

    #[test]
    fn columns_multiply_outputs() {
        let bound = Groups::bind(&[head(&[("a", "1")]), head(&[("a", "2")])], Strays::Ignored);
        let columns = [Column::constant(0.5), Column::constant(1.0)];
        let heads = texts(&bound.heads_with(NameRemoval::Immediate, "q", &columns));
        assert_eq!(heads[0], r#"{a="1", q="0.5"}"#);
        assert_eq!(heads[1], r#"{a="1", q="1.0"}"#);
        assert_eq!(heads[2], r#"{a="2", q="0.5"}"#);
    }
}
