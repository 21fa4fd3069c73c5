//! Numbers as Go prints and reads them.
//!
//! Printing lays out the shortest digits that read back to the same value. `{}` of std is not used: it breaks exact
//! ties differently (1658206780088562.25 ends in `.3` there, in `.2` with Go).

mod parse;

pub use parse::parse_float;

/// `strconv.FormatFloat(v, 'f', -1, 64)`, the form of sample values: plain decimal, never an exponent; `NaN`,
/// `+Inf`, `-Inf`, `-0`.
#[must_use]
pub fn format_plain(value: f64) -> String {
    text(write_plain, value)
}

/// `%g` and `%v` of fmt and `strconv.FormatFloat(v, 'g', -1, 64)`, the form of annotations and histogram texts: an
/// exponent of at least two digits below 1e-4 and from 1e+06 on.
///
/// ```
/// use promql::model::number::format_g;
/// assert_eq!([123456.0, 1e6, 1e-5].map(format_g), ["123456", "1e+06", "1e-05"]);
/// ```
#[must_use]
pub fn format_g(value: f64) -> String {
    text(write_g, value)
}

/// The form of the HTTP API, without its quotes: plain unless 0 < |v| < 1e-6 or |v| >= 1e21.
#[must_use]
pub fn format_json(value: f64) -> String {
    text(write_json, value)
}

/// The form of OpenMetrics, used in `le` and `quantile`: as [`format_g`], with `.0` where neither a point nor an
/// exponent shows a float.
#[must_use]
pub fn format_openmetrics(value: f64) -> String {
    text(write_openmetrics, value)
}

/// Appends [`format_plain`].
pub fn write_plain(out: &mut Vec<u8>, value: f64) {
    if let Some(digits) = Digits::of(out, value) {
        digits.plain(out);
    }
}

/// Appends [`format_g`].
pub fn write_g(out: &mut Vec<u8>, value: f64) {
    if let Some(digits) = Digits::of(out, value) {
        if (-4..6).contains(&digits.exponent()) { digits.plain(out) } else { digits.scientific(out) }
    }
}

/// Appends [`format_json`].
pub fn write_json(out: &mut Vec<u8>, value: f64) {
    if let Some(digits) = Digits::of(out, value) {
        let size = value.abs();
        if size == 0.0 || (1e-6..1e21).contains(&size) { digits.plain(out) } else { digits.scientific(out) }
    }
}

/// Appends [`format_openmetrics`].
pub fn write_openmetrics(out: &mut Vec<u8>, value: f64) {
    let start = out.len();
    // The sign of a zero goes.
    write_g(out, if value == 0.0 { 0.0 } else { value });
    if value.is_finite() && !out[start..].iter().any(|byte| matches!(byte, b'.' | b'e')) {
        out.extend_from_slice(b".0");
    }
}

fn text(write: fn(&mut Vec<u8>, f64), value: f64) -> String {
    let mut out = Vec::with_capacity(24);
    write(&mut out, value);
    String::from_utf8(out).expect("numbers are ASCII")
}

/// The value is `0.d1d2d3… * 10^point`.
struct Digits {
    digits: [u8; 20],
    len: usize,
    point: i32,
}

impl Digits {
    /// The digits of a number whose sign is written here; none if it was not finite and is written already.
    fn of(out: &mut Vec<u8>, value: f64) -> Option<Self> {
        if value.is_nan() {
            out.extend_from_slice(b"NaN");
            return None;
        }
        if value.is_infinite() {
            out.extend_from_slice(if value > 0.0 { b"+Inf" } else { b"-Inf" });
            return None;
        }
        if value.is_sign_negative() {
            out.push(b'-');
        }
        let mut all = Digits { digits: [b'0'; 20], len: 0, point: 0 };
        if value == 0.0 {
            all.len = 1;
            all.point = 1;
            return Some(all);
        }
        // zmij prints `12.5`, `0.001` or `1.25e-7`: collect the digits, and where the point stands among them.
        let mut buffer = zmij::Buffer::new();
        let mut printed = buffer.format_finite(value.abs()).bytes();
        let mut point = None;
        let mut leading = 0;
        while let Some(byte) = printed.next() {
            match byte {
                b'.' => point = Some(all.len),
                b'e' => {
                    all.point = exponent(&mut printed);
                }
                b'0' if all.len == 0 => leading += i32::from(point.is_some()),
                digit if all.len < all.digits.len() => {
                    all.digits[all.len] = digit;
                    all.len += 1;
                }
                // More than 17 digits are zeros before the point.
                _ => all.point += i32::from(point.is_none()),
            }
        }
        all.point += i32::try_from(point.unwrap_or(all.len)).unwrap_or(0) - leading;
        while all.len > 1 && all.digits[all.len - 1] == b'0' {
            all.len -= 1;
        }
        Some(all)
    }

    fn digits(&self) -> &[u8] {
        &self.digits[..self.len]
    }

    fn exponent(&self) -> i32 {
        self.point - 1
    }

    fn plain(&self, out: &mut Vec<u8>) {
        let zeros = |out: &mut Vec<u8>, count: usize| out.resize(out.len() + count, b'0');
        match usize::try_from(self.point) {
            Ok(point) if point >= self.len => {
                out.extend_from_slice(self.digits());
                zeros(out, point - self.len);
            }
            Ok(point) if point > 0 => {
                let (whole, part) = self.digits().split_at(point);
                out.extend_from_slice(whole);
                out.push(b'.');
                out.extend_from_slice(part);
            }
            _ => {
                out.extend_from_slice(b"0.");
                zeros(out, self.point.unsigned_abs() as usize);
                out.extend_from_slice(self.digits());
            }
        }
    }

    fn scientific(&self, out: &mut Vec<u8>) {
        out.push(self.digits[0]);
        if self.len > 1 {
            out.push(b'.');
            out.extend_from_slice(&self.digits[1..self.len]);
        }
        out.push(b'e');
        out.push(if self.exponent() < 0 { b'-' } else { b'+' });
        let size = self.exponent().unsigned_abs();
        if size >= 100 {
            out.push(digit(size / 100));
        }
        out.push(digit(size / 10 % 10));
        out.push(digit(size % 10));
    }
}

fn digit(value: u32) -> u8 {
    b'0' + u8::try_from(value).unwrap_or(0)
}

fn exponent(bytes: &mut impl Iterator<Item = u8>) -> i32 {
    let (mut value, mut sign) = (0, 1);
    for byte in bytes {
        match byte {
            b'-' => sign = -1,
            b'+' => {}
            digit => value = value * 10 + i32::from(digit - b'0'),
        }
    }
    sign * value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_those_of_go() {
        let forms = |value| {
            let all = [format_plain, format_g, format_json, format_openmetrics];
            all.map(|form| form(value)).join(" ")
        };
        assert_eq!(forms(0.0), "0 0 0 0.0");
        assert_eq!(forms(-0.0), "-0 -0 -0 0.0");
        assert_eq!(forms(1.0), "1 1 1 1.0");
        assert_eq!(forms(0.5), "0.5 0.5 0.5 0.5");
        assert_eq!(
            forms(1.0 / 3.0),
            "0.3333333333333333 0.3333333333333333 0.3333333333333333 0.3333333333333333"
        );
        assert_eq!(forms(100_000.0), "100000 100000 100000 100000.0");
        assert_eq!(forms(1_234_567.0), "1234567 1.234567e+06 1234567 1.234567e+06");
        assert_eq!(forms(0.0001), "0.0001 0.0001 0.0001 0.0001");
        assert_eq!(forms(0.00001), "0.00001 1e-05 0.00001 1e-05");
        assert_eq!(forms(1e-7), "0.0000001 1e-07 1e-07 1e-07");
        assert_eq!(forms(1e20), "100000000000000000000 1e+20 100000000000000000000 1e+20");
        assert_eq!(forms(1e21), "1000000000000000000000 1e+21 1e+21 1e+21");
        assert_eq!(forms(f64::NAN), "NaN NaN NaN NaN");
        assert_eq!(forms(f64::INFINITY), "+Inf +Inf +Inf +Inf");
        assert_eq!(forms(f64::NEG_INFINITY), "-Inf -Inf -Inf -Inf");
        assert_eq!(format_g(5e-324), "5e-324");
        assert_eq!(format_g(f64::MAX), "1.7976931348623157e+308");
        assert_eq!(format_plain(f64::MAX).len(), 309);
    }

    #[test]
    #[allow(clippy::excessive_precision)]
    fn ties_go_to_the_even_digit() {
        assert_eq!(format_plain(1_658_206_780_088_562.25), "1658206780088562.2");
    }

    #[test]
    fn what_is_printed_reads_back() {
        let mut bits = 0x9e37_79b9_7f4a_7c15_u64;
        for _ in 0..20_000 {
            bits = bits.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let value = f64::from_bits(bits);
            if value.is_nan() {
                continue;
            }
            for form in [format_plain, format_g, format_json, format_openmetrics] {
                let printed = form(value);
                let read = parse_float(&printed).map(f64::to_bits);
                assert_eq!(read, Some(bits), "{printed}");
            }
        }
    }
}
