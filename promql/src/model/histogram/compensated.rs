//! Counts under summation: plain, or with what rounding lost.

use crate::model::Kahan;

/// A count that can be added to.
pub(super) trait Count: Copy {
    /// A count that is exactly this number.
    fn exact(value: f64) -> Self;
    /// Adds another count.
    fn add(&mut self, other: Self);
    /// The number, without what rounding lost.
    fn value(self) -> f64;
    /// True if there is nothing in it.
    fn is_empty(self) -> bool;
}

impl Count for f64 {
    fn exact(value: f64) -> Self {
        value
    }

    fn add(&mut self, other: Self) {
        *self += other;
    }

    fn value(self) -> f64 {
        self
    }

    fn is_empty(self) -> bool {
        self == 0.0
    }
}

impl Count for Kahan {
    fn exact(value: f64) -> Self {
        Kahan { sum: value, lost: 0.0 }
    }

    fn add(&mut self, other: Self) {
        Kahan::add(self, other.sum);
        if other.lost != 0.0 {
            Kahan::add(self, other.lost);
        }
    }

    fn value(self) -> f64 {
        self.sum
    }

    fn is_empty(self) -> bool {
        self.sum == 0.0 && self.lost == 0.0
    }
}
