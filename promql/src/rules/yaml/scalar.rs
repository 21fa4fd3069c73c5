//! What a plain scalar is, by the rules of the libraries that Prometheus reads YAML with.

use super::{Scalar, Style};
use crate::model::number::parse_float;

impl Scalar<'_> {
    fn is_plain(&self) -> bool {
        self.style == Style::Plain && !self.is_text
    }

    /// Nothing: an empty value, `~` or `null`.
    pub(crate) fn is_null(&self) -> bool {
        self.is_plain() && matches!(&*self.text, "" | "~" | "null" | "Null" | "NULL")
    }

    /// `true` or `false` in any of their spellings.
    pub(crate) fn boolean(&self) -> Option<bool> {
        if !self.is_plain() {
            return None;
        }
        match &*self.text {
            "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "y" | "Y" => Some(true),
            "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" | "n" | "N" => {
                Some(false)
            }
            _ => None,
        }
    }

    /// A whole number; of a float its whole part.
    pub(crate) fn integer(&self) -> Option<i64> {
        if !self.is_plain() {
            return None;
        }
        let float = || self.float().filter(|value| value.abs() < 9.2e18);
        #[expect(clippy::cast_possible_truncation, reason = "the whole part is wanted")]
        integer(&self.text).or_else(|| float().map(|value| value as i64))
    }

    /// A number.
    pub(crate) fn float(&self) -> Option<f64> {
        if !self.is_plain() {
            return None;
        }
        match &*self.text {
            ".nan" | ".NaN" | ".NAN" => return Some(f64::NAN),
            ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => return Some(f64::INFINITY),
            "-.inf" | "-.Inf" | "-.INF" => return Some(f64::NEG_INFINITY),
            _ => {}
        }
        #[expect(clippy::cast_precision_loss, reason = "large integers become the nearest float")]
        if let Some(value) = integer(&self.text) {
            return Some(value as f64);
        }
        let plain = self.text.replace('_', "");
        let digits = plain.strip_prefix(['+', '-']).unwrap_or(&plain);
        let looks_decimal = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.')
            && digits.bytes().all(|byte| byte.is_ascii_digit() || b".eE+-".contains(&byte));
        if looks_decimal { parse_float(&plain) } else { None }
    }
}

/// Decimal, or with one of the prefixes `0x`, `0o`, `0b` or `0` (octal).
fn integer(text: &str) -> Option<i64> {
    let plain = text.replace('_', "");
    let (negative, digits) = match plain.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, plain.strip_prefix('+').unwrap_or(&plain)),
    };
    let radix = |prefixes: [&str; 2], radix| {
        let digits = prefixes.iter().find_map(|prefix| digits.strip_prefix(prefix))?;
        Some((digits, radix))
    };
    let (digits, radix) = radix(["0x", "0X"], 16)
        .or_else(|| radix(["0o", "0O"], 8))
        .or_else(|| radix(["0b", "0B"], 2))
        .unwrap_or_else(|| match digits.strip_prefix('0') {
            Some(octal) if !octal.is_empty() => (octal, 8),
            _ => (digits, 10),
        });
    if !digits.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return None;
    }
    let value = i64::from_str_radix(digits, radix).ok()?;
    Some(if negative { -value } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> Scalar<'_> {
        Scalar { text: text.into(), style: Style::Plain, is_text: false }
    }

    #[test]
    fn numbers_are_those_of_yaml() {
        for (text, value) in [
            ("1", 1.0),
            ("-1.5e3", -1500.0),
            ("0x1f", 31.0),
            ("010", 8.0),
            ("1_000", 1000.0),
            ("+.inf", f64::INFINITY),
            ("-.Inf", f64::NEG_INFINITY),
            (".5", 0.5),
            ("9218880000", 9_218_880_000.0),
        ] {
            assert_eq!(plain(text).float(), Some(value), "{text}");
        }
        for text in ["NaN", "+Inf", "Inf", "", "x", "1m", "0x1.8p1", "-", "+-1"] {
            assert_eq!(plain(text).float(), None, "{text}");
        }
        assert!(plain(".nan").float().is_some_and(f64::is_nan));
        assert_eq!(Scalar { style: Style::SingleQuoted, ..plain("1") }.float(), None);
        assert_eq!(plain("5.7").integer(), Some(5));
    }

    #[test]
    fn nothing_and_booleans() {
        assert!(plain("~").is_null() && plain("").is_null() && !plain("0").is_null());
        assert!(!Scalar { is_text: true, ..plain("") }.is_null());
        assert_eq!((plain("yes").boolean(), plain("maybe").boolean()), (Some(true), None));
    }
}
