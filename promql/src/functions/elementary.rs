//! Elementary functions where the standard library and Go part ways in more than the last bit: logarithms to other
//! bases, hyperbolic functions near overflow. The formulas are those that Go uses, so that
//! `log10(1e15)` is 14.999999999999998 here as there.

pub(super) use crate::model::elementary::{atan, exp, ln, log2};
use std::f64::consts::{LN_2, LOG10_E};

/// Beyond 2^28 the square in the formulas swallows the 1.
const LARGE: f64 = (1u64 << 28) as f64;

/// The decimal logarithm, from the natural one.
pub(super) fn log10(value: f64) -> f64 {
    ln(value) * LOG10_E
}

/// The hyperbolic sine; overflows where `exp` does.
pub(super) fn sinh(value: f64) -> f64 {
    if value.abs() > 21.0 { (exp(value.abs()) * 0.5).copysign(value) } else { value.sinh() }
}

/// The hyperbolic cosine; overflows where `exp` does.
pub(super) fn cosh(value: f64) -> f64 {
    let magnitude = value.abs();
    let exp = exp(magnitude);
    if magnitude > 21.0 { exp * 0.5 } else { (exp + 1.0 / exp) * 0.5 }
}

/// The inverse hyperbolic sine; the standard library's overflows half way to the largest number.
pub(super) fn asinh(value: f64) -> f64 {
    let x = value.abs();
    if !value.is_finite() || x < 1.0 / LARGE {
        return value;
    }
    let result = if x > LARGE {
        ln(x) + LN_2
    } else if x > 2.0 {
        ln(2.0 * x + 1.0 / ((x * x + 1.0).sqrt() + x))
    } else {
        (x + x * x / (1.0 + (1.0 + x * x).sqrt())).ln_1p()
    };
    result.copysign(value)
}

/// The inverse hyperbolic cosine; NaN below 1.
pub(super) fn acosh(x: f64) -> f64 {
    if x < 1.0 || x.is_nan() {
        f64::NAN
    } else if x == 1.0 {
        0.0
    } else if x >= LARGE {
        ln(x) + LN_2
    } else if x > 2.0 {
        ln(2.0 * x - 1.0 / (x + (x * x - 1.0).sqrt()))
    } else {
        let t = x - 1.0;
        (t + (2.0 * t + t * t).sqrt()).ln_1p()
    }
}

/// The inverse hyperbolic tangent; NaN beyond -1 and 1.
pub(super) fn atanh(value: f64) -> f64 {
    let x = value.abs();
    if x > 1.0 || x.is_nan() {
        return f64::NAN;
    }
    let result = if x == 1.0 {
        f64::INFINITY
    } else if x < 1.0 / LARGE {
        x
    } else if x < 0.5 {
        let twice = x + x;
        0.5 * (twice + twice * x / (1.0 - x)).ln_1p()
    } else {
        0.5 * ((x + x) / (1.0 - x)).ln_1p()
    };
    result.copysign(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithms_of_powers_are_gos() {
        assert_eq!(log2(f64::from_bits(1)), -1074.0);
        for exponent in [-1022, -1, 0, 1, 10, 1023] {
            assert_eq!(log2(2f64.powi(exponent)), f64::from(exponent));
        }
        assert_eq!((log10(1000.0), log10(1e15)), (3.0, 14.999_999_999_999_998));
        assert_eq!(log10(100.0), 2.0);
        assert_eq!(log2(0.0), f64::NEG_INFINITY);
        assert_eq!(log10(f64::INFINITY), f64::INFINITY);
        assert!(log2(-1.0).is_nan() && log10(f64::NAN).is_nan());
    }

    #[test]
    fn hyperbolic_functions_overflow_where_gos_do() {
        assert_eq!(sinh(710.0), f64::INFINITY);
        assert_eq!(cosh(-710.0), f64::INFINITY);
        assert_eq!(sinh(f64::NEG_INFINITY), f64::NEG_INFINITY);
        assert_eq!(asinh(1e308), 709.889_355_822_726);
        assert_eq!(asinh(-1e308), -709.889_355_822_726);
        assert_eq!(acosh(1e308), 709.889_355_822_726);
    }

    #[test]
    fn inverse_functions_undo() {
        for x in [1e-12, 0.1, 0.49, 0.51, 1.5, 2.5, 15.0] {
            assert!((asinh(sinh(x)) - x).abs() < 1e-14 * x.max(1.0), "{x}");
            assert!((acosh(cosh(x)) - x).abs() < 1e-8 * x.max(1.0), "{x}");
        }
        assert!((atanh(0.9f64.tanh()) - 0.9).abs() < 1e-15);
        assert_eq!(atanh(-1.0), f64::NEG_INFINITY);
        assert_eq!(asinh(-0.0).to_bits(), (-0.0f64).to_bits());
    }
}
