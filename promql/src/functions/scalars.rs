//! Scalars: constants, the evaluation time, and the way between scalars and vectors.

use super::{Function, QueryConstant, Shape};
use crate::model::ValueType::{Scalar, Vector};

const SCALAR: Function = Function { args: &[], returns: Scalar, ..Function::VECTOR };
const CONSTANT: Function = Function { experimental: true, at_unsafe: true, ..SCALAR };
const EXTREMUM: Function = Function { args: &[Scalar, Scalar], experimental: true, ..SCALAR };

pub(super) static FUNCTIONS: &[Function] = &[
    Function { name: "pi", doc: "The number pi.", shape: Shape::Constant(std::f64::consts::PI), ..SCALAR },
    Function {
        name: "time",
        doc: "The evaluation time in seconds since the epoch.",
        shape: Shape::Time,
        at_unsafe: true,
        ..SCALAR
    },
    Function {
        name: "start",
        doc: "The start of the query in seconds since the epoch.",
        shape: Shape::Query(QueryConstant::Start),
        ..CONSTANT
    },
    Function {
        name: "end",
        doc: "The end of the query in seconds since the epoch.",
        shape: Shape::Query(QueryConstant::End),
        ..CONSTANT
    },
    Function {
        name: "range",
        doc: "The seconds from start to end of the query; 0 in instant queries.",
        shape: Shape::Query(QueryConstant::Range),
        ..CONSTANT
    },
    Function {
        name: "step",
        doc: "The step of the query in seconds; 0 in instant queries.",
        shape: Shape::Query(QueryConstant::Step),
        ..CONSTANT
    },
    Function {
        name: "min_of",
        doc: "The smaller of two scalars.",
        shape: Shape::Scalars(min_of),
        ..EXTREMUM
    },
    Function { name: "max_of", doc: "The larger of two scalars.", shape: Shape::Scalars(max_of), ..EXTREMUM },
    Function {
        name: "scalar",
        doc: "The float of a vector with exactly one float sample, else NaN.",
        args: &[Vector],
        shape: Shape::ToScalar,
        ..SCALAR
    },
    Function {
        name: "vector",
        doc: "A scalar as a vector with one sample without labels.",
        args: &[Scalar],
        shape: Shape::ToVector,
        ..Function::VECTOR
    },
];

/// The smaller number: -Inf if there is one, else NaN if there is one; -0 is smaller than 0.
#[inline]
#[must_use]
pub fn min_of(a: f64, b: f64) -> f64 {
    if a < b {
        a
    } else if b < a {
        b
    } else if a == b {
        if a.is_sign_negative() { a } else { b }
    } else if a == f64::NEG_INFINITY || b == f64::NEG_INFINITY {
        f64::NEG_INFINITY
    } else {
        f64::NAN
    }
}

/// The larger number: +Inf if there is one, else NaN if there is one; 0 is larger than -0.
#[inline]
#[must_use]
pub fn max_of(a: f64, b: f64) -> f64 {
    if a > b {
        a
    } else if b > a {
        b
    } else if a == b {
        if a.is_sign_negative() { b } else { a }
    } else if a == f64::INFINITY || b == f64::INFINITY {
        f64::INFINITY
    } else {
        f64::NAN
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn infinities_beat_nan_on_their_side_only() {
        let inf = f64::INFINITY;
        assert_eq!(max_of(inf, f64::NAN), inf);
        assert_eq!(max_of(f64::NAN, inf), inf);
        assert!(max_of(-inf, f64::NAN).is_nan());
        assert_eq!(min_of(-inf, f64::NAN), -inf);
        assert_eq!(min_of(f64::NAN, -inf), -inf);
        assert!(min_of(inf, f64::NAN).is_nan() && min_of(1.0, f64::NAN).is_nan());
    }

    #[test]
    fn zeros_are_ordered_by_sign() {
        for (a, b) in [(0.0, -0.0), (-0.0, 0.0)] {
            assert!(max_of(a, b).is_sign_positive());
            assert!(min_of(a, b).is_sign_negative());
        }
        assert_eq!((min_of(1.0, 2.0), max_of(1.0, 2.0)), (1.0, 2.0));
    }
}
