//! Reading floats by the rules of Go's `strconv.ParseFloat`.

use crate::model::NORMAL_NAN_BITS;

/// Reads a float as Go's `strconv.ParseFloat` does; none where that gives an error, also for numbers out of range.
///
/// Decimal and hexadecimal floats (`0x1.8p-2`, the exponent is needed), an underscore between digits, `inf` and
/// `infinity` in any case with or without a sign, `nan` without.
#[must_use]
pub fn parse_float(text: &str) -> Option<f64> {
    let (negative, size) = match text.as_bytes() {
        [b'+', ..] => (false, &text[1..]),
        [b'-', ..] => (true, &text[1..]),
        _ => (false, text),
    };
    let magnitude = if size.eq_ignore_ascii_case("inf") || size.eq_ignore_ascii_case("infinity") {
        f64::INFINITY
    } else if text.eq_ignore_ascii_case("nan") {
        return Some(f64::from_bits(NORMAL_NAN_BITS));
    } else if let Some(hex) = size.strip_prefix("0x").or_else(|| size.strip_prefix("0X")) {
        hexadecimal(&without_underscores(hex, true)?)?
    } else {
        decimal(&without_underscores(size, false)?)?
    };
    Some(if negative { -magnitude } else { magnitude })
}

/// The text without underscores, each of which must stand between two digits (or behind the prefix `0x`).
fn without_underscores(text: &str, prefixed: bool) -> Option<std::borrow::Cow<'_, str>> {
    if !text.contains('_') {
        return Some(text.into());
    }
    let is_digit = |byte: u8| if prefixed { byte.is_ascii_hexdigit() } else { byte.is_ascii_digit() };
    let bytes = text.as_bytes();
    let fits = |at: usize| {
        let before = at.checked_sub(1).map_or(prefixed, |before| is_digit(bytes[before]));
        before && bytes.get(at + 1).is_some_and(|&after| is_digit(after))
    };
    let all = bytes.iter().enumerate().all(|(at, &byte)| byte != b'_' || fits(at));
    all.then(|| text.replace('_', "").into())
}

fn decimal(text: &str) -> Option<f64> {
    // What std reads beyond this are the names, which are dealt with above, and a sign, which may not come twice.
    let plain = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'));
    let starts = text.bytes().next().is_some_and(|byte| byte.is_ascii_digit() || byte == b'.');
    if !plain || !starts {
        return None;
    }
    text.parse().ok().filter(|value: &f64| value.is_finite())
}

/// A hexadecimal float behind its prefix: `1.8p-2`.
fn hexadecimal(text: &str) -> Option<f64> {
    let (mantissa, exponent) = text.split_once(['p', 'P'])?;
    let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let size = digits.bytes().fold(0_i64, |all, byte| (all * 10 + i64::from(byte - b'0')).min(1 << 40));
    let mut power = if exponent.starts_with('-') { -size } else { size };

    let (mut bits, mut sticky, mut point, mut any) = (0_u64, false, false, false);
    for c in mantissa.chars() {
        if c == '.' && !point {
            point = true;
            continue;
        }
        let digit = u64::from(c.to_digit(16)?);
        any = true;
        if bits >> 60 == 0 {
            bits = bits << 4 | digit;
            power -= if point { 4 } else { 0 };
        } else {
            sticky |= digit != 0;
            power += if point { 0 } else { 4 };
        }
    }
    if !any {
        return None;
    }
    scaled(bits, sticky, power)
}

/// `bits * 2^power` rounded once to the nearest float, ties to even; none if that is too large.
fn scaled(bits: u64, sticky: bool, power: i64) -> Option<f64> {
    if bits == 0 {
        return Some(0.0);
    }
    let shift = i64::from(bits.leading_zeros());
    let (bits, power) = (bits << shift, power - shift);
    // The value is 1.xxx * 2^top; subnormals keep fewer bits.
    let top = power + 63;
    if top > 1023 {
        return None;
    }
    let kept = if top >= -1022 { 53 } else { 53 - (-1022 - top) };
    if kept < 0 {
        return Some(0.0);
    }
    let cut = 64 - kept;
    let whole = bits.checked_shr(u32::try_from(cut).ok()?).unwrap_or(0);
    let rest = if cut == 64 { bits } else { bits << kept };
    let half = 1 << 63;
    let up = rest > half || (rest == half && (sticky || whole & 1 == 1));
    let whole = whole + u64::from(up);
    // A carry out of the mantissa moves into the exponent field by itself.
    let exponent = u64::try_from((top + 1022).max(0)).ok()?;
    let value = f64::from_bits(if top >= -1022 { (exponent << 52) + whole } else { whole });
    value.is_finite().then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_go_reads() {
        let good = [
            ("1", 1.0),
            ("1.", 1.0),
            (".5", 0.5),
            ("-1e5", -1e5),
            ("1e-400", 0.0),
            ("-inf", f64::NEG_INFINITY),
            ("Infinity", f64::INFINITY),
            ("+INF", f64::INFINITY),
            ("1_000", 1000.0),
            ("0x1p4", 16.0),
            ("0x_1p4", 16.0),
            ("0x.8p0", 0.5),
            ("0X1.8P-2", 0.375),
            ("0x_1_2.3_4p+1", 36.406_25),
            ("0x1p-1074", 5e-324),
            ("0x1p-1075", 0.0),
            ("0x1.8p-1075", 5e-324),
            ("0x1.8p-1074", 1e-323),
            ("0x0.0000000000001p-1022", 5e-324),
            ("0x1.fffffffffffffp-1023", f64::MIN_POSITIVE),
            ("0x1.00000000000008p0", 1.0),
            ("0x1.00000000000018p0", 1.000_000_000_000_000_4),
            ("0x1.000000000000080000001p0", 1.000_000_000_000_000_2),
            ("0x1.fffffffffffffp1023", f64::MAX),
            ("0x0p5", 0.0),
        ];
        for (text, value) in good {
            assert_eq!(parse_float(text), Some(value), "{text}");
        }
        assert_eq!(parse_float("-0x0p0").map(f64::to_bits), Some((-0.0_f64).to_bits()));
        assert_eq!(parse_float("NaN").map(f64::to_bits), Some(NORMAL_NAN_BITS));
    }

    #[test]
    fn refuses_what_go_refuses() {
        let bad = [
            "",
            "+",
            "-",
            ".",
            "e5",
            "1e",
            "1e+",
            "+-1",
            "--1",
            "+nan",
            "-nan",
            "infi",
            "0x",
            "0x1",
            "0x.p1",
            "0x1p",
            "0x1p+",
            "0b1",
            "1 ",
            " 1",
            "١",
            "1_",
            "_1",
            "1__0",
            "1_.5",
            "1e400",
            "-1e400",
            "0x1p1024",
            "0x1.fffffffffffff8p1023",
            "0x1p99999999999999999999",
            "0x1p--1",
            "0x-1p1",
            "0x1.1.1p1",
            "1.1.1",
        ];
        for text in bad {
            assert_eq!(parse_float(text), None, "{text}");
        }
    }
}
