//! The notes of a binary operator. Of all pairs of a step only the last one with a note is heard.

use crate::column::Note;
use crate::model::histogram::HistogramError;

/// What the operation on one pair of samples has to say.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Remark {
    /// A note for the user.
    Note(Note),
    /// The query fails, unless a later pair of the step has something to say too.
    Broken(HistogramError),
}

/// The last remark of every step.
#[derive(Clone, Debug, Default)]
pub struct NoteLane {
    /// The place of the current row in the order of the vector, counted from 1.
    order: u32,
    /// For every step the order of the row that spoke last (0 for nobody) and what it said, as a number in
    /// `remarks`. Empty as long as nobody spoke.
    last: Vec<(u32, u32)>,
    /// Everything that was said, each once.
    remarks: Vec<Remark>,
}

impl NoteLane {
    /// Says that what follows comes from the row at this place in the order of the vector.
    pub fn start_row(&mut self, order: u32) {
        self.order = order.saturating_add(1);
    }

    /// True if nothing was raised.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.last.is_empty()
    }

    /// Joins the remarks of other rows over the same steps.
    pub fn merge(&mut self, other: NoteLane) {
        for (step, (order, number)) in other.last.into_iter().enumerate() {
            if order > 0 {
                self.put(step, order, other.remarks[number as usize].clone());
            }
        }
    }

    /// The notes that are left, each once, by the first step that has them.
    ///
    /// # Errors
    /// A histogram is broken and nothing was said after it in its step; the earliest step counts.
    pub fn finish(self) -> Result<Vec<Note>, HistogramError> {
        let mut heard = vec![false; self.remarks.len()];
        let mut notes = Vec::new();
        for (_, number) in self.last.iter().filter(|(order, _)| *order > 0) {
            if !std::mem::replace(&mut heard[*number as usize], true) {
                match &self.remarks[*number as usize] {
                    Remark::Note(note) => notes.push(note.clone()),
                    Remark::Broken(error) => return Err(error.clone()),
                }
            }
        }
        Ok(notes)
    }

    pub(super) fn raise(&mut self, step: usize, remark: Remark) {
        self.put(step, self.order, remark);
    }

    /// The error of a step whose last word is that a histogram is broken.
    pub(super) fn broken_at(&self, step: usize) -> Option<&HistogramError> {
        let (order, number) = self.last.get(step)?;
        match self.remarks.get(*number as usize)? {
            Remark::Broken(error) if *order > 0 => Some(error),
            _ => None,
        }
    }

    fn put(&mut self, step: usize, order: u32, remark: Remark) {
        if self.last.len() <= step {
            self.last.resize(step + 1, (0, 0));
        }
        if order < self.last[step].0 {
            return;
        }
        // A handful of different remarks exist, so looking through them is cheap.
        let number = self.remarks.iter().position(|known| *known == remark).unwrap_or_else(|| {
            self.remarks.push(remark);
            self.remarks.len() - 1
        });
        self.last[step] = (order, u32::try_from(number).expect("fewer remarks than steps and rows"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken() -> Remark {
        Remark::Broken(HistogramError::Invalid("bad".to_owned()))
    }

    #[test]
    fn only_the_last_row_of_a_step_is_heard() {
        let mut lane = NoteLane::default();
        lane.start_row(0);
        lane.raise(0, Remark::Note(Note::IncompatibleLayouts));
        lane.raise(3, Remark::Note(Note::IncompatibleLayouts));
        lane.start_row(1);
        lane.raise(0, Remark::Note(Note::ReconciledBounds));
        assert_eq!(lane.clone().finish(), Ok(vec![Note::ReconciledBounds, Note::IncompatibleLayouts]));
        lane.raise(3, Remark::Note(Note::ReconciledBounds));
        assert_eq!(lane.finish(), Ok(vec![Note::ReconciledBounds]));
    }

    #[test]
    fn the_order_of_merging_does_not_matter() {
        let lane = |order, note| {
            let mut lane = NoteLane::default();
            lane.start_row(order);
            lane.raise(1, Remark::Note(note));
            lane
        };
        for reversed in [false, true] {
            let mut parts = [lane(0, Note::IncompatibleLayouts), lane(1, Note::ReconciledBounds)];
            if reversed {
                parts.reverse();
            }
            let mut whole = NoteLane::default();
            parts.into_iter().for_each(|part| whole.merge(part));
            assert_eq!(whole.finish(), Ok(vec![Note::ReconciledBounds]));
        }
    }

    #[test]
    fn a_later_note_hides_a_broken_histogram() {
        let mut lane = NoteLane::default();
        lane.start_row(0);
        lane.raise(2, broken());
        assert!(lane.clone().finish().is_err() && lane.broken_at(2).is_some() && lane.broken_at(1).is_none());
        lane.start_row(1);
        lane.raise(2, Remark::Note(Note::IncompatibleLayouts));
        assert_eq!(lane.broken_at(2), None);
        assert_eq!(lane.finish(), Ok(vec![Note::IncompatibleLayouts]));
    }
}
