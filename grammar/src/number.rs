//! Numbers as Go prints them, from the shortest digits that read back to the same value.

use std::fmt::Write;

/// `strconv.FormatFloat(v, 'f', -1, 64)`: never an exponent.
pub(crate) fn plain(out: &mut String, value: f64) {
    match Decimal::of(value) {
        Ok(decimal) => decimal.plain(out),
        Err(word) => out.push_str(word),
    }
}

/// `%v`: with an exponent below 1e-4 and from 1e+06 on.
pub(crate) fn general(out: &mut String, value: f64) {
    match Decimal::of(value) {
        Ok(decimal) => decimal.general(out),
        Err(word) => out.push_str(word),
    }
}

/// Digits without leading or trailing zeros, and where the point stands among them.
struct Decimal {
    negative: bool,
    digits: String,
    point: i32,
}

impl Decimal {
    /// The digits of a finite value, or the word for another.
    fn of(value: f64) -> Result<Self, &'static str> {
        if value.is_nan() {
            return Err("NaN");
        }
        if value.is_infinite() {
            return Err(if value > 0.0 { "+Inf" } else { "-Inf" });
        }
        let mut buffer = zmij::Buffer::new();
        let text = buffer.format_finite(value.abs());
        let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all = format!("{whole}{fraction}");
        let digits = all.trim_start_matches('0');
        let point = whole.len() as i32 - (all.len() - digits.len()) as i32 + exponent.parse().unwrap_or(0);
        Ok(Decimal {
            negative: value.is_sign_negative(),
            digits: digits.trim_end_matches('0').to_owned(),
            point,
        })
    }

    fn plain(&self, out: &mut String) {
        if self.negative {
            out.push('-');
        }
        if self.digits.is_empty() {
            out.push('0');
            return;
        }
        let length = self.digits.len() as i32;
        match self.point {
            point if point <= 0 => {
                out.push_str("0.");
                out.extend((point..0).map(|_| '0'));
                out.push_str(&self.digits);
            }
            point if point >= length => {
                out.push_str(&self.digits);
                out.extend((length..point).map(|_| '0'));
            }
            point => {
                let (whole, fraction) = self.digits.split_at(point as usize);
                out.push_str(whole);
                out.push('.');
                out.push_str(fraction);
            }
        }
    }

    fn general(&self, out: &mut String) {
        let exponent = self.point - 1;
        if self.digits.is_empty() || (-4..6).contains(&exponent) {
            return self.plain(out);
        }
        if self.negative {
            out.push('-');
        }
        let (first, rest) = self.digits.split_at(1);
        out.push_str(first);
        if !rest.is_empty() {
            out.push('.');
            out.push_str(rest);
        }
        // Writing to a string does not fail.
        let _ = write!(out, "e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn print(print: impl Fn(&mut String, f64), value: f64) -> String {
        let mut out = String::new();
        print(&mut out, value);
        out
    }

    #[test]
    fn plain_has_no_exponent() {
        for (value, text) in [
            (0.0, "0"),
            (-0.0, "-0"),
            (1.0, "1"),
            (-1.5, "-1.5"),
            (0.001, "0.001"),
            (1e21, "1000000000000000000000"),
            (1.25e-7, "0.000000125"),
            (123_456_789.0, "123456789"),
            (1_658_206_780_088_562.2, "1658206780088562.2"),
            (f64::INFINITY, "+Inf"),
            (f64::NEG_INFINITY, "-Inf"),
            (f64::NAN, "NaN"),
        ] {
            assert_eq!(print(plain, value), text);
        }
    }

    #[test]
    fn general_has_one_for_large_and_small_numbers() {
        for (value, text) in
            [(0.0, "0"), (999_999.5, "999999.5"), (1e6, "1e+06"), (-1.5e-7, "-1.5e-07"), (0.0001, "0.0001")]
        {
            assert_eq!(print(general, value), text);
        }
    }
}
