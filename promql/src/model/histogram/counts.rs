//! The counts of one histogram, alone or as a row of a matrix that it shares with its neighbours.

use std::ops::{Deref, Range};
use std::sync::Arc;

/// Bucket counts. A clone costs no copy; histograms that were stored together share one block of memory.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    /// None if there are no counts, as in histograms that were reduced to their statistics.
    matrix: Option<Arc<[f64]>>,
    from: u32,
    len: u32,
}

impl Counts {
    /// The counts of so many histograms that lie one behind the other in one block, `len` each.
    ///
    /// ```
    /// use promql::model::histogram::Counts;
    ///
    /// let rows: Vec<Counts> = Counts::rows(vec![1.0, 2.0, 3.0, 4.0], 2).collect();
    /// assert_eq!(rows[1][..], [3.0, 4.0]);
    /// ```
    pub fn rows(matrix: Vec<f64>, len: usize) -> impl Iterator<Item = Counts> {
        let rows = matrix.len().checked_div(len).unwrap_or(0);
        let matrix: Arc<[f64]> = matrix.into();
        (0..rows).map(move |row| Counts::part(&matrix, row * len..(row + 1) * len))
    }

    /// A part of a block. Blocks that are too large for the numbers in here are not shared.
    pub(crate) fn part(matrix: &Arc<[f64]>, range: Range<usize>) -> Self {
        match (u32::try_from(range.start), u32::try_from(range.len())) {
            (_, Ok(0)) => Counts::default(),
            (Ok(from), Ok(len)) => Counts { matrix: Some(Arc::clone(matrix)), from, len },
            _ => Counts::from(matrix[range].to_vec()),
        }
    }

    /// The counts for changing, copied first if anybody shares them.
    pub fn make_mut(&mut self) -> &mut [f64] {
        let is_alone =
            |matrix: &mut Arc<[f64]>| matrix.len() == self.len as usize && Arc::get_mut(matrix).is_some();
        if !self.matrix.as_mut().is_none_or(is_alone) {
            *self = Counts::from(self.to_vec());
        }
        self.matrix.as_mut().and_then(Arc::get_mut).unwrap_or_default()
    }
}

impl PartialEq for Counts {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Deref for Counts {
    type Target = [f64];

    #[inline]
    fn deref(&self) -> &[f64] {
        match &self.matrix {
            Some(matrix) => &matrix[self.from as usize..][..self.len as usize],
            None => &[],
        }
    }
}

impl<T: Into<Arc<[f64]>>> From<T> for Counts {
    /// # Panics
    /// With more than 2^32 counts, which no histogram has.
    fn from(counts: T) -> Self {
        let matrix: Arc<[f64]> = counts.into();
        let len = u32::try_from(matrix.len()).expect("a histogram has fewer than 2^32 buckets");
        Counts { matrix: Some(matrix), from: 0, len }
    }
}

impl FromIterator<f64> for Counts {
    fn from_iter<T: IntoIterator<Item = f64>>(counts: T) -> Self {
        Counts::from(counts.into_iter().collect::<Arc<[f64]>>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_a_matrix_are_changed_one_by_one() {
        let mut rows: Vec<Counts> = Counts::rows(vec![1.0, 2.0, 3.0, 4.0], 2).collect();
        rows[0].make_mut()[1] = 9.0;
        assert_eq!((&rows[0][..], &rows[1][..]), (&[1.0, 9.0][..], &[3.0, 4.0][..]));
        // Nobody shares it any more, so it is changed where it is.
        let place = rows[0].as_ptr();
        rows[0].make_mut()[0] = 8.0;
        assert_eq!((rows[0].as_ptr(), &rows[0][..]), (place, &[8.0, 9.0][..]));
        assert_eq!(Counts::rows(Vec::new(), 0).count(), 0);
        assert_eq!(Counts::default().len(), 0);
    }
}
