//! Constants. Like Go's, they have no type until they are used: `1e3` is a float that may stand for an integer.

use super::token::Kind;
use super::unquote::{self, NotAChar};
use crate::model::number::parse_float;
use crate::model::quote;

/// A constant under every type that can hold it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in super::super) struct Number {
    /// If it is an integer.
    pub(in super::super) int: Option<i64>,
    /// If it fits a float.
    pub(in super::super) float: f64,
    /// True if it is a float where nothing else is asked for.
    pub(in super::super) is_float: bool,
    /// The imaginary part, if one is written; then it is complex where nothing else is asked for.
    pub(in super::super) imaginary: Option<f64>,
}

/// Reads a constant.
///
/// # Errors
/// The message, without its place.
pub(super) fn number(text: &str, kind: Kind) -> Result<Number, String> {
    if kind == Kind::CharConstant {
        let code = unquote::character(text).map_err(|error| match error {
            NotAChar::Syntax => "invalid syntax".to_owned(),
            NotAChar::Malformed => format!("malformed character constant: {text}"),
        })?;
        return Ok(Number { int: Some(code.into()), float: code.into(), is_float: false, imaginary: None });
    }
    if let Some((real, imaginary)) = complex(text) {
        // Without an imaginary part it may stand for other numbers as well.
        let int = (imaginary == 0.0).then(|| whole(real)).flatten();
        return Ok(Number { int, float: real, is_float: false, imaginary: Some(imaginary) });
    }
    let unsigned = integer(text);
    let int = match text.as_bytes().first() {
        Some(b'-') => integer(&text[1..]).and_then(|size| 0_i64.checked_sub_unsigned(size)),
        Some(b'+') => integer(&text[1..]).and_then(|size| size.try_into().ok()),
        _ => unsigned.and_then(|size| size.try_into().ok()),
    };
    if let Some(int) = int {
        return Ok(Number {
            int: Some(int),
            float: int as f64,
            is_float: has_float_form(text),
            imaginary: None,
        });
    }
    if let Some(unsigned) = unsigned {
        return Ok(Number { int: None, float: unsigned as f64, is_float: false, imaginary: None });
    }
    let float = parse_float(text).ok_or_else(|| format!("illegal number syntax: {}", quote(text)))?;
    if !text.contains(['.', 'e', 'E', 'p', 'P']) {
        return Err(format!("integer overflow: {}", quote(text)));
    }
    Ok(Number { int: whole(float), float, is_float: has_float_form(text), imaginary: None })
}

/// A float that is an integer.
fn whole(float: f64) -> Option<i64> {
    // i64::MAX as a float is one more than there is room for.
    let fits = float.fract() == 0.0 && (-(2_f64.powi(63))..2_f64.powi(63)).contains(&float);
    fits.then_some(float as i64)
}

/// `2i`, `1+2i`: the real and the imaginary part.
fn complex(text: &str) -> Option<(f64, f64)> {
    let text = text.strip_suffix('i')?;
    // The sign between the parts is none of an exponent.
    let bytes = text.as_bytes();
    let is_between = |at: &usize| b"+-".contains(&bytes[*at]) && !b"eEpP".contains(&bytes[at - 1]);
    let (real, imaginary) = match (1..bytes.len()).rev().find(is_between) {
        Some(at) => text.split_at(at),
        None => ("0", text),
    };
    Some((parse_float(real)?, parse_float(imaginary)?))
}

fn has_float_form(text: &str) -> bool {
    let is_hexadecimal = text.starts_with("0x") || text.starts_with("0X");
    if is_hexadecimal { text.contains(['p', 'P']) } else { text.contains(['.', 'e', 'E', 'p', 'P']) }
}

/// An integer without a sign in any base.
fn integer(text: &str) -> Option<u64> {
    let (digits, base) = match text.as_bytes() {
        [b'0', b'x' | b'X', ..] => (&text[2..], 16),
        [b'0', b'o' | b'O', ..] => (&text[2..], 8),
        [b'0', b'b' | b'B', ..] => (&text[2..], 2),
        [b'0', _, ..] => (&text[1..], 8),
        _ => (text, 10),
    };
    let prefixed = digits.len() < text.len();
    let mut before = prefixed;
    for c in digits.chars() {
        match c {
            '_' if before => before = false,
            c if c.is_digit(base) => before = true,
            _ => return None,
        }
    }
    if !before || digits.is_empty() {
        return None;
    }
    u64::from_str_radix(&digits.replace('_', ""), base).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_have_the_types_of_go() {
        let read =
            |text| number(text, Kind::Number).map(|number| (number.int, number.float, number.is_float));
        assert_eq!(read("7"), Ok((Some(7), 7.0, false)));
        assert_eq!(read("-0x10"), Ok((Some(-16), -16.0, false)));
        assert_eq!(read("0x1e"), Ok((Some(30), 30.0, false)));
        assert_eq!(read("1_000"), Ok((Some(1000), 1000.0, false)));
        assert_eq!(read("0755"), Ok((Some(493), 493.0, false)));
        assert_eq!(read("1e3"), Ok((Some(1000), 1000.0, true)));
        assert_eq!(read("0.5"), Ok((None, 0.5, true)));
        assert_eq!(read("18446744073709551615"), Ok((None, 18_446_744_073_709_551_615.0, false)));
        assert_eq!(read("089"), Err("integer overflow: \"089\"".into()));
        assert_eq!(read("."), Err("illegal number syntax: \".\"".into()));
        assert_eq!(read("xi"), Err("illegal number syntax: \"xi\"".into()));
        let complex =
            |text| number(text, Kind::Complex).map(|number| (number.int, number.float, number.imaginary));
        assert_eq!(complex("2i"), Ok((None, 0.0, Some(2.0))));
        assert_eq!(complex("-1e-1-2e+3i"), Ok((None, -0.1, Some(-2000.0))));
        assert_eq!(complex("3+0i"), Ok((Some(3), 3.0, Some(0.0))));
        assert_eq!(number("'a'", Kind::CharConstant).unwrap().int, Some(97));
    }
}
