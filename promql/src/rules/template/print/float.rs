//! Floats in all of Go's formats.

use crate::model::number::{format_g, format_plain};
use std::fmt::Write;

/// More digits than that are zeros.
const MAX_DIGITS: usize = 1100;

/// `%.Ng`.
pub(in super::super) fn rounded(value: f64, precision: usize) -> String {
    format(value, 'g', Some(precision))
}

/// `strconv.FormatFloat` for the formats b, e, E, f, g, G, x and X; as many digits as needed without a precision.
pub(super) fn format(value: f64, format: char, precision: Option<usize>) -> String {
    if !value.is_finite() {
        return format_plain(value);
    }
    let text = match (format.to_ascii_lowercase(), precision) {
        ('b', _) => binary(value),
        ('x', _) => hexadecimal(value, precision),
        ('e', precision) => scientific(value, precision.unwrap_or(6)),
        ('f', None) => format_plain(value),
        ('f', Some(precision)) => fixed(value, precision),
        (_, None) => format_g(value),
        (_, Some(precision)) => general(value, precision.max(1)),
    };
    if format.is_ascii_uppercase() { text.to_ascii_uppercase() } else { text }
}

fn zeros(text: &mut String, count: usize) {
    text.extend(std::iter::repeat_n('0', count));
}

fn fixed(value: f64, precision: usize) -> String {
    let digits = precision.min(MAX_DIGITS);
    let mut text = format!("{value:.digits$}");
    zeros(&mut text, precision - digits);
    text
}

/// One digit, `precision` digits, and an exponent of at least two.
fn scientific(value: f64, precision: usize) -> String {
    let digits = precision.min(MAX_DIGITS);
    let text = format!("{value:.digits$e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let mut out = mantissa.to_owned();
    zeros(&mut out, precision - digits);
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let _ = write!(out, "e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.unsigned_abs());
    out
}

/// The shorter of the two other forms, without zeros at the end.
fn general(value: f64, precision: usize) -> String {
    let text = scientific(value, precision.min(MAX_DIGITS) - 1);
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let mantissa =
        if mantissa.contains('.') { mantissa.trim_end_matches('0').trim_end_matches('.') } else { mantissa };
    let digits = mantissa.bytes().filter(u8::is_ascii_digit).count();
    // A number that is whole within its digits keeps its point as long as it has more digits than are asked for.
    let point = exponent + 1;
    let mut limit = i32::try_from(precision).unwrap_or(i32::MAX);
    let shown = i32::try_from(digits).unwrap_or(i32::MAX);
    if limit > shown && shown >= point {
        limit = shown;
    }
    if exponent < -4 || exponent >= limit {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{mantissa}e{sign}{:02}", exponent.unsigned_abs());
    }
    let decimals = usize::try_from(shown - point).unwrap_or(0);
    fixed(value, decimals)
}

/// The parts of a finite number: `mantissa * 2^exponent`.
fn parts(value: f64) -> (u64, i64) {
    let bits = value.to_bits();
    let fraction = bits & ((1 << 52) - 1);
    match bits >> 52 & 0x7ff {
        0 => (fraction, -1074),
        exponent => (fraction | 1 << 52, i64::try_from(exponent).unwrap_or_default() - 1075),
    }
}

fn sign(value: f64) -> &'static str {
    if value.is_sign_negative() { "-" } else { "" }
}

/// `4503599627370496p-52`.
fn binary(value: f64) -> String {
    let (mantissa, exponent) = parts(value);
    format!("{}{mantissa}p{exponent:+}", sign(value))
}

/// `0x1.8p+01`.
fn hexadecimal(value: f64, precision: Option<usize>) -> String {
    let (mut mantissa, mut exponent) = parts(value);
    if mantissa == 0 {
        exponent = 0;
    } else {
        let shift = mantissa.leading_zeros() - 3;
        // The first digit is a 1 at bit 60.
        mantissa <<= shift;
        exponent += 60 - i64::from(shift);
    }
    if let Some(precision) = precision.filter(|&precision| precision < 15) {
        let cut = 60 - 4 * precision;
        let half = 1_u64 << (cut - 1);
        let rest = mantissa & ((1 << cut) - 1);
        mantissa >>= cut;
        mantissa += u64::from(rest > half || (rest == half && mantissa & 1 == 1));
        mantissa <<= cut;
        if mantissa >> 61 != 0 {
            mantissa >>= 1;
            exponent += 1;
        }
    }
    let mut digits = format!("{:015x}", mantissa & ((1 << 60) - 1));
    match precision {
        None => digits.truncate(digits.trim_end_matches('0').len()),
        Some(precision) if precision <= 15 => digits.truncate(precision),
        Some(precision) => zeros(&mut digits, precision - 15),
    }
    let point = if digits.is_empty() { "" } else { "." };
    let (first, power) = (mantissa >> 60, exponent.unsigned_abs());
    format!("{}0x{first}{point}{digits}p{}{power:02}", sign(value), if exponent < 0 { '-' } else { '+' })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_those_of_go() {
        let all = [
            (1234567.891, 'g', Some(4), "1.235e+06"),
            (1000.0, 'g', Some(4), "1000"),
            (100_000.0, 'g', Some(4), "1e+05"),
            (100_000.0, 'g', Some(10), "100000"),
            (0.000_012_34, 'g', Some(3), "1.23e-05"),
            (0.0, 'g', Some(4), "0"),
            (-0.0, 'f', Some(2), "-0.00"),
            (0.125, 'f', Some(2), "0.12"),
            (2.5, 'f', Some(0), "2"),
            (1234.5, 'e', Some(3), "1.234e+03"),
            (1.0, 'x', None, "0x1p+00"),
            (-0.1, 'x', None, "-0x1.999999999999ap-04"),
            (1.9999, 'x', Some(1), "0x1.0p+01"),
            (1.0, 'b', None, "4503599627370496p-52"),
            (1e100, 'G', None, "1E+100"),
        ];
        for (value, verb, precision, text) in all {
            assert_eq!(format(value, verb, precision), text);
        }
    }
}
