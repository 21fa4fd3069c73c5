//! What is known about a row before any sample is read.

use crate::model::Labels;

/// The labels of a row, and whether its metadata labels are to be dropped when the query is done.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct RowHead {
    /// The labels.
    pub labels: Labels,
    /// With delayed name removal: metadata labels go at the end of the query. Never set otherwise.
    pub drop_name: bool,
}

impl RowHead {
    /// A head that keeps its name.
    #[must_use]
    pub fn new(labels: Labels) -> Self {
        RowHead { labels, drop_name: false }
    }
}

/// When metadata labels are removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum NameRemoval {
    /// Inside each operation that changes the meaning of the values.
    #[default]
    Immediate,
    /// Once, at the end of the query; until then operations only set [`RowHead::drop_name`].
    Delayed,
}

impl NameRemoval {
    /// The head of a row whose values no longer are what the name says.
    #[must_use]
    pub fn apply(self, head: &RowHead) -> RowHead {
        match self {
            NameRemoval::Immediate => RowHead::new(head.labels.without_metadata()),
            NameRemoval::Delayed => RowHead { labels: head.labels.clone(), drop_name: true },
        }
    }
}
