//! Scalars over a grid.

use crate::column::Param;

/// A scalar: one number, or one a step.
#[derive(Clone, Debug)]
pub(super) enum Scalar {
    /// The same at every step.
    Const(f64),
    /// One value a step.
    Row(Vec<f64>),
}

impl Scalar {
    /// The scalar as an argument of a kernel.
    pub(super) fn param(&self) -> Param<'_> {
        match self {
            Scalar::Const(value) => Param::Const(*value),
            Scalar::Row(values) => Param::Row(values),
        }
    }

    /// The value at a step.
    pub(super) fn at(&self, step: usize) -> f64 {
        self.param().at(step)
    }

    /// The scalar over `len` steps, from its first value.
    pub(super) fn repeated(self) -> Self {
        match self {
            Scalar::Row(values) => Scalar::Const(values.first().copied().unwrap_or(f64::NAN)),
            constant @ Scalar::Const(_) => constant,
        }
    }

    /// Combines two scalars step by step.
    pub(super) fn zip(self, other: Scalar, len: usize, combine: impl Fn(f64, f64) -> f64) -> Self {
        match (self, other) {
            (Scalar::Const(a), Scalar::Const(b)) => Scalar::Const(combine(a, b)),
            (a, b) => Scalar::Row((0..len).map(|step| combine(a.at(step), b.at(step))).collect()),
        }
    }

    /// Changes every value.
    pub(super) fn map(self, change: impl Fn(f64) -> f64) -> Self {
        match self {
            Scalar::Const(value) => Scalar::Const(change(value)),
            Scalar::Row(values) => Scalar::Row(values.into_iter().map(change).collect()),
        }
    }
}
