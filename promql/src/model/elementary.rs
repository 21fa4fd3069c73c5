//! Elementary functions to the last bit of Go's: its logarithm is that of FreeBSD, its arc tangent that of Cephes.

use std::f64::consts::{FRAC_PI_2, FRAC_PI_4, LOG2_E, PI};

/// The natural logarithm of 2 in two parts; the first has zeros at the end.
const LN_2: [f64; 2] = [6.931_471_803_691_238e-1, 1.908_214_929_270_587_7e-10];

/// The natural logarithm of a normal positive number.
fn ln(value: f64) -> f64 {
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
    if fraction == 0.5 { exponent - 1.0 } else { ln(fraction) * LOG2_E + exponent }
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

/// Fraction in [0.5, 1) and binary exponent of a finite number that is not 0.
fn split(value: f64) -> (f64, f64) {
    let (normal, shift) =
        if value.abs() < f64::MIN_POSITIVE { (value * (1u64 << 52) as f64, 52) } else { (value, 0) };
    let exponent = ((normal.to_bits() >> 52) & 0x7ff) as i32 - 1022 - shift;
    let sign_and_fraction = normal.to_bits() & !(0x7ff << 52);
    (f64::from_bits(sign_and_fraction | 1022 << 52), f64::from(exponent))
}

/// The arc tangent.
fn atan(value: f64) -> f64 {
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
