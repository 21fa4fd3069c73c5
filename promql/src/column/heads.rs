//! What is known about a vector's rows before any sample is read, made when somebody asks.

use super::RowHead;
use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

/// The heads of all rows of a vector: a slice that may be made by the first one who looks at it. `sum(x)` never does.
#[derive(Clone, Default)]
pub struct Heads {
    len: usize,
    list: OnceLock<Vec<RowHead>>,
    /// None where the list is there from the beginning.
    maker: Option<Arc<dyn MakeHead>>,
    distinct: bool,
}

/// Tells the heads of rows one by one.
pub trait MakeHead: Send + Sync {
    /// The head of a row. It keeps its name.
    fn head(&self, row: usize) -> RowHead;
}

impl Heads {
    /// Heads that are made when they are asked for; `distinct` if all their labels are known to differ.
    #[must_use]
    pub fn lazy(len: usize, distinct: bool, maker: Arc<dyn MakeHead>) -> Self {
        Heads { len, list: OnceLock::new(), maker: Some(maker), distinct }
    }

    /// The number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// True without rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// True if all labels are known to differ; they may where they are not.
    #[must_use]
    pub fn are_distinct(&self) -> bool {
        self.distinct || self.len < 2
    }

    /// How many names are to be dropped when the query is done.
    pub(crate) fn dropped_names(&self) -> usize {
        self.list.get().map_or(0, |heads| heads.iter().filter(|head| head.drop_name).count())
    }

    fn list(&self) -> &Vec<RowHead> {
        let make = |maker: &Arc<dyn MakeHead>| (0..self.len).map(|row| maker.head(row)).collect();
        self.list.get_or_init(|| self.maker.as_ref().map(make).unwrap_or_default())
    }

    /// The heads on their own.
    #[must_use]
    pub fn into_vec(self) -> Vec<RowHead> {
        self.list();
        self.list.into_inner().unwrap_or_default()
    }
}

impl Deref for Heads {
    type Target = [RowHead];

    fn deref(&self) -> &[RowHead] {
        self.list()
    }
}

impl From<Vec<RowHead>> for Heads {
    fn from(heads: Vec<RowHead>) -> Self {
        Heads { len: heads.len(), list: heads.into(), maker: None, distinct: false }
    }
}

impl FromIterator<RowHead> for Heads {
    fn from_iter<I: IntoIterator<Item = RowHead>>(heads: I) -> Self {
        Vec::from_iter(heads).into()
    }
}

impl fmt::Debug for Heads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Labels;

    struct Numbered;

    impl MakeHead for Numbered {
        fn head(&self, row: usize) -> RowHead {
            RowHead::new(Labels::from_pairs([("i", row.to_string())]))
        }
    }

    #[test]
    fn heads_are_made_when_they_are_looked_at() {
        let heads = Heads::lazy(3, true, Arc::new(Numbered));
        assert!(heads.len() == 3 && heads.are_distinct() && heads.dropped_names() == 0);
        assert!(heads.list.get().is_none());
        assert_eq!(heads[2].labels.get("i"), "2");
        assert_eq!(heads.clone().into_vec(), heads.list.get().unwrap()[..]);
        assert!(!Heads::from(heads.into_vec()).are_distinct());
    }
}
