//! Functions of one float: arithmetic, exponentials, trigonometry.

use super::elementary as go;
use super::{Function, Shape};

/// One entry: name, what it does, the function of a float.
macro_rules! floats {
    ($($name:literal, $doc:literal, $function:expr;)*) => {
        &[$(Function { name: $name, doc: $doc, shape: Shape::Floats(|values| each(values, $function)), ..Function::VECTOR }),*]
    };
}

pub(super) static FUNCTIONS: &[Function] = floats! {
    "abs", "The absolute value of each sample.", f64::abs;
    "ceil", "Each sample rounded up to an integer.", f64::ceil;
    "floor", "Each sample rounded down to an integer.", f64::floor;
    "sgn", "The sign of each sample: 1, -1, or the sample itself if it is zero or NaN.", sign;
    "sqrt", "The square root of each sample.", f64::sqrt;
    "exp", "e to the power of each sample.", go::exp;
    "ln", "The natural logarithm of each sample.", go::ln;
    "log2", "The binary logarithm of each sample.", go::log2;
    "log10", "The decimal logarithm of each sample.", go::log10;
    "sin", "The sine of each sample in radians.", f64::sin;
    "cos", "The cosine of each sample in radians.", f64::cos;
    "tan", "The tangent of each sample in radians.", f64::tan;
    "asin", "The arcsine of each sample, in radians.", f64::asin;
    "acos", "The arccosine of each sample, in radians.", f64::acos;
    "atan", "The arctangent of each sample, in radians.", go::atan;
    "sinh", "The hyperbolic sine of each sample.", go::sinh;
    "cosh", "The hyperbolic cosine of each sample.", go::cosh;
    "tanh", "The hyperbolic tangent of each sample.", f64::tanh;
    "asinh", "The inverse hyperbolic sine of each sample.", go::asinh;
    "acosh", "The inverse hyperbolic cosine of each sample.", go::acosh;
    "atanh", "The inverse hyperbolic tangent of each sample.", go::atanh;
    "deg", "Radians to degrees.", |radians| radians * DEGREES_PER_RADIAN;
    "rad", "Degrees to radians.", |degrees| degrees * RADIANS_PER_DEGREE;
};

// One multiplication by a rounded constant: dividing by pi on the way would overflow and round differently.
const DEGREES_PER_RADIAN: f64 = f64::from_bits(0x404C_A5DC_1A63_C1F8);
const RADIANS_PER_DEGREE: f64 = f64::from_bits(0x3F91_DF46_A252_9D39);

#[inline]
fn each(values: &mut [f64], function: impl Fn(f64) -> f64) {
    for value in values {
        *value = function(*value);
    }
}

/// Zeros keep their sign, NaN its bits.
#[inline]
fn sign(value: f64) -> f64 {
    if value < 0.0 {
        -1.0
    } else if value > 0.0 {
        1.0
    } else {
        value
    }
}

#[cfg(test)]
mod tests {
    use super::super::find;
    use super::*;

    fn call(name: &str, value: f64) -> f64 {
        let Some(Function { shape: Shape::Floats(kernel), .. }) = find(name) else { panic!("{name}") };
        let mut values = [value];
        kernel(&mut values);
        values[0]
    }

    #[test]
    fn conversions_do_not_overflow_on_the_way() {
        assert_eq!(call("rad", 1e308), 1.745_329_251_994_329_5e306);
        assert_eq!(call("deg", 1e306), 5.729_577_951_308_232e307);
        assert_eq!(call("deg", std::f64::consts::PI), 180.0);
    }

    #[test]
    fn the_sign_of_nothing_is_itself() {
        for value in [0.0, -0.0, f64::NAN] {
            assert_eq!(call("sgn", value).to_bits(), value.to_bits());
        }
        assert_eq!((call("sgn", -3.5), call("sgn", f64::INFINITY)), (-1.0, 1.0));
    }

    #[test]
    fn outside_their_domain_functions_are_nan() {
        for (name, value) in [("sqrt", -1.0), ("ln", -1.0), ("acos", 1.1), ("acosh", 0.9), ("atanh", 1.1)] {
            assert!(call(name, value).is_nan(), "{name}");
        }
        assert_eq!(call("ln", 0.0), f64::NEG_INFINITY);
        assert_eq!(call("exp", 1000.0), f64::INFINITY);
    }
}
