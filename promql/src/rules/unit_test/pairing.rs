//! Which of the things that were found is which of those that are expected.

use super::item::{Expected, Item};
use std::collections::{BTreeMap, VecDeque};

/// For each item the number of what is expected of it. As many as possible are paired, along augmenting paths: an
/// expectation that fits two items leaves the one to another that fits no other.
pub(super) fn pair(expected: &[&Expected], got: &[Item]) -> Vec<Option<usize>> {
    let mut owner: Vec<Option<usize>> = vec![None; got.len()];
    for first in 0..expected.len() {
        // The expectation from which each item was reached.
        let mut reached_from: Vec<Option<usize>> = vec![None; got.len()];
        let mut of_expected: BTreeMap<usize, usize> = BTreeMap::new();
        let mut queue = VecDeque::from([first]);
        let mut free = None;
        'search: while let Some(nth) = queue.pop_front() {
            for (at, item) in got.iter().enumerate() {
                if reached_from[at].is_some() || !expected[nth].is_same(item) {
                    continue;
                }
                reached_from[at] = Some(nth);
                match owner[at] {
                    None => {
                        free = Some(at);
                        break 'search;
                    }
                    Some(other) => {
                        of_expected.insert(other, at);
                        queue.push_back(other);
                    }
                }
            }
        }
        while let Some(at) = free {
            let Some(nth) = reached_from[at] else { break };
            owner[at] = Some(nth);
            free = of_expected.get(&nth).copied();
        }
    }
    owner
}
