//! Lines of a text, found again and again.

/// Where each line of a text begins, but for the first.
#[derive(Debug)]
pub(super) struct Lines(Vec<usize>);

impl Lines {
    pub(super) fn new(text: &str) -> Self {
        Lines(text.match_indices('\n').map(|(at, _)| at + 1).collect())
    }

    /// The line of a place, from 1.
    pub(super) fn at(&self, place: u32) -> usize {
        self.0.partition_point(|start| *start <= place as usize) + 1
    }
}
