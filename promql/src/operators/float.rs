//! Operators on floats: one pair, and loops over slices that the compiler can vectorise.
//!
//! Loops may touch slots without a sample; what they compute there means nothing.

use super::error::NotForScalars;
use crate::column::Param;
use crate::model::elementary::{atan2, pow};
use promql_grammar::ast::BinaryOp;

/// Binds `$f` to the function of an operator from two floats to one; a comparison gives 0 or 1. Each arm has its own
/// copy of the body, so that loops are compiled once per operator.
macro_rules! with_function {
    ($op:expr, $f:ident => $body:expr, else $otherwise:expr) => {
        with_function!(@arms $op, $f, $body, $otherwise,
            Add: |l, r| l + r,
            Sub: |l, r| l - r,
            Mul: |l, r| l * r,
            Div: |l, r| l / r,
            Mod: |l, r| l % r,
            Pow: |l, r| pow(l, r),
            Atan2: |l, r| atan2(l, r),
            Equal: |l, r| f64::from(l == r),
            NotEqual: |l, r| f64::from(l != r),
            Less: |l, r| f64::from(l < r),
            LessEqual: |l, r| f64::from(l <= r),
            Greater: |l, r| f64::from(l > r),
            GreaterEqual: |l, r| f64::from(l >= r),
        )
    };
    (@arms $op:expr, $f:ident, $body:expr, $otherwise:expr,
     $($name:ident: |$l:ident, $r:ident| $value:expr,)*) => {
        match $op {
            $(BinaryOp::$name => {
                let $f = |$l: f64, $r: f64| $value;
                $body
            })*
            BinaryOp::And
            | BinaryOp::Or
            | BinaryOp::Unless
            | BinaryOp::TrimUpper
            | BinaryOp::TrimLower => $otherwise,
        }
    };
}

/// The operation between two scalars; a comparison gives 0 or 1, `bool` or not.
///
/// # Errors
/// A trim or set operator.
pub fn scalar(op: BinaryOp, left: f64, right: f64) -> Result<f64, NotForScalars> {
    with_function!(op, f => Ok(f(left, right)), else Err(NotForScalars(op)))
}

/// The operation between two scalars at every step of `out`.
///
/// # Errors
/// A trim or set operator, unless there are no steps.
pub fn scalars(
    op: BinaryOp,
    left: Param<'_>,
    right: Param<'_>,
    out: &mut [f64],
) -> Result<(), NotForScalars> {
    if out.is_empty() {
        return Ok(());
    }
    scalar(op, 0.0, 0.0)?;
    match left {
        Param::Const(left) => out.fill(left),
        Param::Row(left) => out.copy_from_slice(left),
    }
    map(op, out, right, false);
    Ok(())
}

/// `out[i] = left[i] op right[i]`; a comparison gives 0 or 1. Does nothing for operators without value.
pub(super) fn zip(op: BinaryOp, left: &[f64], right: &[f64], out: &mut [f64]) {
    with_function!(op, f => {
        for (out, (&left, &right)) in out.iter_mut().zip(left.iter().zip(right)) {
            *out = f(left, right);
        }
    }, else ());
}

/// `values[i] = values[i] op scalar`, or `scalar op values[i]`; a comparison gives 0 or 1. With a row of scalars the
/// slice is one row. Does nothing for operators without value.
pub(super) fn map(op: BinaryOp, values: &mut [f64], scalar: Param<'_>, scalar_on_left: bool) {
    with_function!(op, f => match (scalar, scalar_on_left) {
        (Param::Const(scalar), false) => values.iter_mut().for_each(|value| *value = f(*value, scalar)),
        (Param::Const(scalar), true) => values.iter_mut().for_each(|value| *value = f(scalar, *value)),
        (Param::Row(row), false) => values.iter_mut().zip(row).for_each(|(value, &scalar)| *value = f(*value, scalar)),
        (Param::Row(row), true) => values.iter_mut().zip(row).for_each(|(value, &scalar)| *value = f(scalar, *value)),
    }, else ());
}

/// Clears the bits of slots where the comparison `left[i] op right[i]` fails.
pub(super) fn retain_zip(op: BinaryOp, left: &[f64], right: &[f64], bits: &mut [u64]) {
    with_function!(op, f => {
        for (bits, (left, right)) in bits.iter_mut().zip(left.chunks(64).zip(right.chunks(64))) {
            *bits &= mask(left.iter().zip(right), |(&left, &right)| f(left, right) != 0.0);
        }
    }, else ());
}

/// Clears the bits of slots where the comparison with the scalar fails.
pub(super) fn retain(
    op: BinaryOp,
    values: &[f64],
    bits: &mut [u64],
    scalar: Param<'_>,
    scalar_on_left: bool,
) {
    with_function!(op, f => match (scalar, scalar_on_left) {
        (Param::Const(scalar), false) => {
            for (bits, values) in bits.iter_mut().zip(values.chunks(64)) {
                *bits &= mask(values.iter(), |&value| f(value, scalar) != 0.0);
            }
        }
        (Param::Const(scalar), true) => {
            for (bits, values) in bits.iter_mut().zip(values.chunks(64)) {
                *bits &= mask(values.iter(), |&value| f(scalar, value) != 0.0);
            }
        }
        (Param::Row(row), false) => retain_zip(op, values, row, bits),
        (Param::Row(row), true) => retain_zip(op, row, values, bits),
    }, else ());
}

fn mask<T>(items: impl Iterator<Item = T>, test: impl Fn(T) -> bool) -> u64 {
    items.enumerate().fold(0, |mask, (bit, item)| mask | u64::from(test(item)) << bit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(op: BinaryOp, left: f64, right: f64) -> f64 {
        scalar(op, left, right).unwrap()
    }

    #[test]
    fn remainders_have_the_sign_of_the_left_side() {
        assert_eq!(value(BinaryOp::Mod, -5.0, 3.0), -2.0);
        assert_eq!(value(BinaryOp::Mod, 5.0, -3.0), 2.0);
        assert!(value(BinaryOp::Mod, 5.0, 0.0).is_nan());
        assert_eq!(value(BinaryOp::Mod, 5.0, f64::INFINITY), 5.0);
        assert!(value(BinaryOp::Mod, -6.0, 3.0).is_sign_negative());
    }

    #[test]
    fn powers_have_the_special_cases_of_c() {
        assert_eq!(value(BinaryOp::Pow, 0.0, -1.0), f64::INFINITY);
        assert_eq!(value(BinaryOp::Pow, -0.0, -1.0), f64::NEG_INFINITY);
        assert_eq!(value(BinaryOp::Pow, 1.0, f64::NAN), 1.0);
        assert_eq!(value(BinaryOp::Pow, f64::NAN, 0.0), 1.0);
        assert_eq!(value(BinaryOp::Pow, -1.0, f64::INFINITY), 1.0);
        assert!(value(BinaryOp::Pow, -1.0, 0.5).is_nan());
    }

    #[test]
    fn comparisons_with_nan_are_false_except_not_equal() {
        for &op in BinaryOp::ALL.iter().filter(|op| op.is_comparison()) {
            assert_eq!(value(op, f64::NAN, f64::NAN), f64::from(op == BinaryOp::NotEqual), "{op}");
        }
        assert_eq!(value(BinaryOp::Atan2, 1.0, 0.0), std::f64::consts::FRAC_PI_2);
    }

    #[test]
    fn trims_have_no_meaning_between_scalars() {
        let error = scalar(BinaryOp::TrimUpper, 1.0, 2.0).unwrap_err();
        assert_eq!(error.to_string(), r#"operator "</" not allowed for Scalar operations"#);
        let row = Param::Row(&[1.0]);
        assert!(scalars(BinaryOp::TrimLower, row, row, &mut [0.0]).is_err());
        assert!(scalars(BinaryOp::TrimLower, Param::Row(&[]), Param::Const(1.0), &mut []).is_ok());
    }

    #[test]
    fn slices_agree_with_single_values() {
        let left: Vec<f64> = (0..130).map(|i| f64::from(i) / 7.0 - 5.0).collect();
        let right: Vec<f64> = (0..130).map(|i| f64::from(i % 11) - 5.0).collect();
        for &op in BinaryOp::ALL.iter().filter(|op| !op.is_set() && !op.is_trim()) {
            let want: Vec<u64> = left.iter().zip(&right).map(|(&l, &r)| value(op, l, r).to_bits()).collect();
            let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
            let mut out = vec![0.0; 130];
            zip(op, &left, &right, &mut out);
            assert_eq!(bits(&out), want, "{op}");
            out.copy_from_slice(&left);
            map(op, &mut out, Param::Row(&right), false);
            assert_eq!(bits(&out), want, "{op}");
            out.copy_from_slice(&right);
            map(op, &mut out, Param::Row(&left), true);
            assert_eq!(bits(&out), want, "{op}");
            scalars(op, Param::Row(&left), Param::Row(&right), &mut out).unwrap();
            assert_eq!(bits(&out), want, "{op}");
            for scalar_on_left in [false, true] {
                out.copy_from_slice(&right);
                map(op, &mut out, Param::Const(2.0), scalar_on_left);
                for (&got, &right) in out.iter().zip(&right) {
                    let (l, r) = if scalar_on_left { (2.0, right) } else { (right, 2.0) };
                    assert_eq!(got.to_bits(), value(op, l, r).to_bits(), "{op}");
                }
            }
        }
    }
}
