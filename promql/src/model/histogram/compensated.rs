//! Counts under summation: plain, or with what rounding lost.

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

/// A sum by Kahan and Neumaier. The order of its operations is part of the result: nothing may be fused or reordered.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Compensated {
    pub(super) sum: f64,
    pub(super) lost: f64,
}

impl Compensated {
    pub(super) fn add_value(&mut self, value: f64) {
        let sum = self.sum + value;
        if sum.is_infinite() {
            self.lost = 0.0;
        } else if self.sum.abs() >= value.abs() {
            self.lost += (self.sum - sum) + value;
        } else {
            self.lost += (value - sum) + self.sum;
        }
        self.sum = sum;
    }

    /// The sum with what rounding lost.
    pub(super) fn total(self) -> f64 {
        self.sum + self.lost
    }

    pub(super) fn scale(self, factor: f64) -> Self {
        Compensated { sum: self.sum * factor, lost: self.lost * factor }
    }

    pub(super) fn divide(self, divisor: f64) -> Self {
        Compensated { sum: self.sum / divisor, lost: self.lost / divisor }
    }
}

impl Count for Compensated {
    fn exact(value: f64) -> Self {
        Compensated { sum: value, lost: 0.0 }
    }

    fn add(&mut self, other: Self) {
        self.add_value(other.sum);
        if other.lost != 0.0 {
            self.add_value(other.lost);
        }
    }

    fn value(self) -> f64 {
        self.sum
    }

    fn is_empty(self) -> bool {
        self.sum == 0.0 && self.lost == 0.0
    }
}
