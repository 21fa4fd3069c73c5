//! Elementary functions to the last bit of Go's: its logarithm is that of FreeBSD, its exponential that of SLEEF, its arc
//! tangent that of Cephes.

use std::f64::consts::{FRAC_PI_2, FRAC_PI_4, LOG2_E, PI};

/// The natural logarithm of 2 in two parts; the first has zeros at the end.
const LN_2: [f64; 2] = [6.931_471_803_691_238e-1, 1.908_214_929_270_587_7e-10];

/// The natural logarithm. Of subnormal numbers it is right, where that of Go's assembly is not.
pub(crate) fn ln(value: f64) -> f64 {
    let is_normal = value >= f64::MIN_POSITIVE && value.is_finite();
    if is_normal { ln_of_normal(value) } else { value.ln() }
}

fn ln_of_normal(value: f64) -> f64 {
    /// Coefficients of the odd powers behind the first two, lowest first.
    const L: [f64; 7] = [
        f64::from_bits(0x3fe5_5555_5555_5593),
        f64::from_bits(0x3fd9_9999_9997_fa04),
        f64::from_bits(0x3fd2_4924_9422_9359),
        f64::from_bits(0x3fcc_71c5_1d8e_78af),
        f64::from_bits(0x3fc7_4664_96cb_03de),
        f64::from_bits(0x3fc3_9a09_d078_c69f),
        f64::from_bits(0x3fc2_f112_df3e_5244),
    ];
    let (mut fraction, mut exponent) = split(value);
    if fraction < std::f64::consts::FRAC_1_SQRT_2 {
        fraction *= 2.0;
        exponent -= 1.0;
    }
    let f = fraction - 1.0;
    let s = f / (2.0 + f);
    let (s2, s4) = (s * s, (s * s) * (s * s));
    let odd = s2 * (L[0] + s4 * (L[2] + s4 * (L[4] + s4 * L[6])));
    let even = s4 * (L[1] + s4 * (L[3] + s4 * L[5]));
    let half_square = 0.5 * f * f;
    let low = s * (half_square + (odd + even)) + exponent * LN_2[1];
    exponent * LN_2[0] - ((half_square - low) - f)
}

/// The binary logarithm, exact for powers of two.
pub(crate) fn log2(value: f64) -> f64 {
    if value.is_nan() || value < 0.0 {
        return f64::NAN;
    }
    if value == 0.0 || value.is_infinite() {
        return if value == 0.0 { f64::NEG_INFINITY } else { value };
    }
    let (fraction, exponent) = split(value);
    if fraction == 0.5 { exponent - 1.0 } else { ln_of_normal(fraction) * LOG2_E + exponent }
}

/// Two to some power.
pub(crate) fn exp2(value: f64) -> f64 {
    const P: [f64; 5] = [
        1.666_666_666_666_666_6e-1,
        -2.777_777_777_701_559_3e-3,
        6.613_756_321_437_934e-5,
        -1.653_390_220_546_525_2e-6,
        4.138_136_797_057_238_5e-8,
    ];
    if value.is_nan() || value > 1_023.999_999_999_999_9 {
        return if value.is_nan() { value } else { f64::INFINITY };
    }
    if value < -1074.0 {
        return 0.0;
    }
    let whole = (value + 0.5f64.copysign(value)).trunc();
    let part = value - whole;
    let (high, low) = (part * LN_2[0], -part * LN_2[1]);
    let r = high - low;
    let t = r * r;
    let c = r - t * (P[0] + t * (P[1] + t * (P[2] + t * (P[3] + t * P[4]))));
    let y = 1.0 - ((low - (r * c) / (2.0 - c)) - high);
    scale(y, whole as i32)
}

/// `value` times two to the power of `exponent`, rounded once; `value` is near 1.
fn scale(value: f64, exponent: i32) -> f64 {
    let power = |exponent: i32| f64::from_bits(((exponent + 1023) as u64) << 52);
    match exponent {
        1023.. => value * power(1022) * power(exponent - 1022),
        -1021..=1022 => value * power(exponent),
        _ => value * power(exponent + 200) * power(-200),
    }
}

/// The exponential function, by the Taylor series that Go's assembly for amd64 has from SLEEF. Where Go fuses a product
/// and a sum, as on every processor that can, so does this.
pub(crate) fn exp(value: f64) -> f64 {
    /// The natural logarithm of 2 in two parts, cut elsewhere than [`LN_2`].
    const PARTS: [f64; 2] = [0.693_147_180_559_663, 2.823_529_056_303_157_7e-13];
    const LARGEST: f64 = 7.097_827_128_933_84e2;
    /// Behind the highest coefficient of the series, whose terms are those of 1/n!.
    const SERIES: [f64; 7] = [1.0 / 5040.0, 1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0];
    if value.is_nan() {
        return value;
    }
    if value > LARGEST {
        return f64::INFINITY;
    }
    if value < -1100.0 {
        return 0.0;
    }
    let exponent = (value * LOG2_E).round_ties_even();
    let rest = (-exponent).mul_add(PARTS[1], (-exponent).mul_add(PARTS[0], value)) * 0.0625;
    let series = SERIES.iter().fold(1.0 / 40320.0, |sum: f64, &term| sum.mul_add(rest, term));
    // exp(x) - 1 of a sixteenth of the rest, doubled four times.
    let mut less_one = rest * series;
    for _ in 0..3 {
        less_one *= less_one + 2.0;
    }
    let result = (less_one + 2.0).mul_add(less_one, 1.0);
    let power = |exponent: i32| f64::from_bits(((exponent + 1023) as u64) << 52);
    match exponent as i32 {
        1024.. => f64::INFINITY,
        -1022.. => result * power(exponent as i32),
        -1075.. => result * power(exponent as i32 + 1022) * power(-1022),
        _ => 0.0,
    }
}

/// `x` to the power of `y`: the whole part of `y` by squaring, the rest through logarithm and exponential.
pub(crate) fn pow(x: f64, y: f64) -> f64 {
    /// Powers of larger numbers are zero or infinite, but for those of 1.
    const LARGEST: f64 = (1u64 << 63) as f64;
    /// Beyond this an exponent only grows.
    const FAR: i64 = 1 << 12;
    // Zeros, ones, infinities and NaN have exact answers.
    if x == 0.0 || x == 1.0 || !x.is_finite() || y == 0.0 || y == 1.0 || !y.is_finite() {
        return x.powf(y);
    }
    let (mut whole, mut part) = (y.abs().trunc(), y.abs().fract());
    match () {
        () if y == 0.5 => return x.sqrt(),
        () if y == -0.5 => return 1.0 / x.sqrt(),
        () if part != 0.0 && x < 0.0 => return f64::NAN,
        () if whole >= LARGEST => return x.powf(y),
        () => {}
    }
    if part > 0.5 {
        part -= 1.0;
        whole += 1.0;
    }
    let mut fraction = if part == 0.0 { 1.0 } else { exp(part * ln(x)) };
    let (mut square, exponent) = split(x);
    let (mut power, mut square_power) = (0i64, exponent as i64);
    let mut left = whole as u64;
    while left != 0 {
        if square_power.abs() > FAR {
            power += square_power;
            break;
        }
        if left & 1 == 1 {
            fraction *= square;
            power += square_power;
        }
        square *= square;
        square_power *= 2;
        if square < 0.5 {
            square += square;
            square_power -= 1;
        }
        left >>= 1;
    }
    if y < 0.0 {
        fraction = 1.0 / fraction;
        power = -power;
    }
    scale_far(fraction, power)
}

/// `value` times two to the power of any exponent, rounded once.
fn scale_far(value: f64, exponent: i64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    let (fraction, own) = split(value);
    match exponent + own as i64 {
        1025.. => f64::INFINITY.copysign(value),
        ..-1080 => 0.0f64.copysign(value),
        // The fraction lies below 1, so that one power less fits into a number.
        near => scale(fraction * 2.0, near as i32 - 1),
    }
}

/// Fraction in [0.5, 1) and binary exponent of a finite number that is not 0.
fn split(value: f64) -> (f64, f64) {
    let (normal, shift) =
        if value.abs() < f64::MIN_POSITIVE { (value * (1u64 << 52) as f64, 52) } else { (value, 0) };
    let exponent = ((normal.to_bits() >> 52) & 0x7ff) as i32 - 1022 - shift;
    let sign_and_fraction = normal.to_bits() & !(0x7ff << 52);
    (f64::from_bits(sign_and_fraction | 1022 << 52), f64::from(exponent))
}

/// The arc tangent.
pub(crate) fn atan(value: f64) -> f64 {
    /// The tangent of 3/8 pi.
    const LARGE: f64 = 2.414_213_562_373_095;
    /// What `pi/2` as a double lacks.
    const MORE: f64 = 6.123_233_995_736_766e-17;
    let x = value.abs();
    let result = if x <= 0.66 {
        atan_small(x)
    } else if x > LARGE {
        FRAC_PI_2 - atan_small(1.0 / x) + MORE
    } else {
        FRAC_PI_4 + atan_small((x - 1.0) / (x + 1.0)) + 0.5 * MORE
    };
    result.copysign(value)
}

/// Between 0 and 0.66, or as far below 0.
fn atan_small(x: f64) -> f64 {
    const P: [f64; 5] = [
        -8.750_608_600_031_904e-1,
        -1.615_753_718_733_365_2e1,
        -7.500_855_792_314_705e1,
        -1.228_866_684_490_136_1e2,
        -6.485_021_904_942_025e1,
    ];
    const Q: [f64; 5] = [
        2.485_846_490_142_306_3e1,
        1.650_270_098_316_988_6e2,
        4.328_810_604_912_903e2,
        4.853_903_996_359_137e2,
        1.945_506_571_482_614e2,
    ];
    let z = x * x;
    let p = (((P[0] * z + P[1]) * z + P[2]) * z + P[3]) * z + P[4];
    let q = ((((z + Q[0]) * z + Q[1]) * z + Q[2]) * z + Q[3]) * z + Q[4];
    x * (z * p / q) + x
}

/// The angle of a point.
pub(crate) fn atan2(y: f64, x: f64) -> f64 {
    // Zeros, infinities and NaN have exact answers.
    if y == 0.0 || x == 0.0 || !y.is_finite() || !x.is_finite() {
        return y.atan2(x);
    }
    let angle = atan(y / x);
    match () {
        () if x > 0.0 => angle,
        () if angle <= 0.0 => angle + PI,
        () => angle - PI,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_are_those_of_go() {
        for (x, y, power) in [
            (1.5, 2.5, 2.7556759606310757),
            (10.0, 0.3, 1.9952623149688797),
            (4.5, 2.5, 42.95673695708277),
            (10.0, -3.0, 0.001),
            (-2.0, 3.0, -8.0),
            (2.0, 0.5, std::f64::consts::SQRT_2),
            (0.25, -0.5, 2.0),
            (2.0, -1074.0, 5e-324),
            (2.0, -1075.0, 0.0),
            (-2.0, 1025.0, f64::NEG_INFINITY),
            (1e-300, 1e300, 0.0),
            (-1.0, 1e300, 1.0),
            (5e-324, 2.0, 0.0),
        ] {
            assert_eq!(pow(x, y), power, "{x} ^ {y}");
        }
        assert!(pow(-2.0, 0.3).is_nan());
    }

    #[test]
    fn a_bit_off_where_go_is() {
        assert_eq!(atan2(0.25, 1.25), 0.197_395_559_849_880_78);
        assert_eq!(log2(8.0), 3.0);
        assert_eq!(log2(f64::from_bits(1)), -1074.0);
        assert_eq!(exp2(-1074.0), f64::from_bits(1));
        assert_eq!(exp2(1023.0), 2f64.powi(1023));
        assert_eq!((exp2(1024.0), exp2(-1075.0)), (f64::INFINITY, 0.0));
        assert!(log2(-1.0).is_nan() && exp2(f64::NAN).is_nan());
    }

    #[test]
    fn never_far_from_the_standard_library() {
        let near = |a: f64, b: f64| (a - b).abs() <= 2e-15 * b.abs().max(1.0);
        for n in -4000..4000 {
            let x = f64::from(n) * 0.37;
            assert!(near(exp2(x / 4.0) / (x / 4.0).exp2(), 1.0), "{x}");
            assert!(x <= 0.0 || near(log2(x), x.log2()), "{x}");
            assert!(near(atan2(x, 3.3), x.atan2(3.3)) && near(atan2(1.1, x), 1.1f64.atan2(x)), "{x}");
        }
    }
}
