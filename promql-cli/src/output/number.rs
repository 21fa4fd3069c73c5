//! Numbers for people: short ones where only the size matters, and the place of their decimal point.

use promql::model::number;

/// The number with about six significant digits; whole numbers keep all of theirs.
pub(crate) fn short(value: f64) -> String {
    let size = value.abs();
    if !value.is_finite() || size == 0.0 {
        return number::format_plain(value);
    }
    if !(1e-4..1e15).contains(&size) {
        return number::format_g(significant(value));
    }
    if value.fract() == 0.0 { number::format_plain(value) } else { number::format_plain(significant(value)) }
}

/// The number nearest to the value that has six significant digits, or none after the point if it is larger.
fn significant(value: f64) -> f64 {
    let digits =
        if value.abs() >= 1e5 && value.abs() < 1e15 { format!("{value:.0}") } else { format!("{value:.5e}") };
    digits.parse().unwrap_or(value)
}

/// How many characters stand before the decimal point, the point or the exponent.
pub(crate) fn whole_part(text: &str) -> usize {
    text.find(['.', 'e']).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_numbers_keep_their_size() {
        for (value, text) in [
            (0.0, "0"),
            (1.0 / 3.0, "0.333333"),
            (1234.5678, "1234.57"),
            (1_234_567.0, "1234567"),
            (123_456_789.75, "123456790"),
            (-2.5, "-2.5"),
            (f64::INFINITY, "+Inf"),
        ] {
            assert_eq!(short(value), text);
        }
        assert_eq!(short(f64::NAN), "NaN");
    }

    #[test]
    fn the_point_is_found() {
        assert_eq!(
            [whole_part("12"), whole_part("1.25"), whole_part("-3e-05"), whole_part("NaN")],
            [2, 1, 2, 3]
        );
    }
}
