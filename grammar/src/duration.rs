//! Durations: `1h30m`. What they say, and how a length is written.

use crate::quote::quote;
use std::fmt::Write;

/// The units, from large to small, with their length in milliseconds.
const UNITS: [(&str, u64); 7] = [
    ("y", 365 * 24 * 3_600_000),
    ("w", 7 * 24 * 3_600_000),
    ("d", 24 * 3_600_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

/// No duration is longer: 2^63 nanoseconds.
const LONGEST: u64 = i64::MAX as u64 / 1_000_000;

/// Seconds whose nanoseconds just fit in 64 bits.
const LONGEST_SECONDS: f64 = (1u64 << 63) as f64 / 1e9;

/// Why a text is no duration; prints as Prometheus says it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DurationError {
    /// Nothing is written.
    #[error("empty duration string")]
    Empty,
    /// Units repeated, out of order or without an amount.
    #[error("not a valid duration string: {}", quote(.0))]
    Malformed(String),
    /// No such unit of time.
    #[error("unknown unit {} in duration {}", quote(.unit), quote(.text))]
    UnknownUnit {
        /// The unit.
        unit: String,
        /// The whole duration.
        text: String,
    },
    /// More than about 292 years.
    #[error("duration out of range")]
    OutOfRange,
}

/// The milliseconds of a duration without sign: amounts with units from years to milliseconds in descending order,
/// each at most once, or a bare `0`. Prometheus' `model.ParseDuration`.
///
/// ```
/// use promql_grammar::parse_duration;
///
/// assert_eq!(parse_duration("1h30m"), Ok(5_400_000));
/// assert_eq!(parse_duration("5q").unwrap_err().to_string(), "unknown unit \"q\" in duration \"5q\"");
/// ```
///
/// # Errors
/// If it is anything else, or longer than 2^63 nanoseconds.
pub fn parse_duration(text: &str) -> Result<i64, DurationError> {
    match text {
        "0" => return Ok(0),
        "" => return Err(DurationError::Empty),
        _ => {}
    }
    let malformed = || DurationError::Malformed(text.to_owned());
    let (mut rest, mut milliseconds, mut units) = (text, 0u64, &UNITS[..]);
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let amount: u64 = rest[..digits].parse().map_err(|_| malformed())?;
        rest = &rest[digits..];
        let letters = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        if letters == 0 {
            return Err(malformed());
        }
        let (unit, tail) = rest.split_at(letters);
        rest = tail;
        if !UNITS.iter().any(|(name, _)| *name == unit) {
            return Err(DurationError::UnknownUnit { unit: unit.to_owned(), text: text.to_owned() });
        }
        let place = units.iter().position(|(name, _)| *name == unit).ok_or_else(malformed)?;
        let (_, length) = units[place];
        units = &units[place + 1..];
        milliseconds = (amount.checked_mul(length))
            .and_then(|part| milliseconds.checked_add(part))
            .filter(|&sum| sum <= LONGEST)
            .ok_or(DurationError::OutOfRange)?;
    }
    i64::try_from(milliseconds).map_err(|_| DurationError::OutOfRange)
}

/// So many milliseconds in units; years and weeks only where nothing is left over, because 90d is easier to read than
/// 12w6d.
///
/// ```
/// assert_eq!(promql_grammar::format_duration(5_400_000), "1h30m");
/// ```
#[must_use]
pub fn format_duration(milliseconds: i64) -> String {
    if milliseconds == 0 {
        return "0s".to_owned();
    }
    let mut text = if milliseconds < 0 { "-".to_owned() } else { String::new() };
    let mut rest = milliseconds.unsigned_abs();
    for (unit, length) in UNITS {
        let amount = rest / length;
        if amount == 0 || (matches!(unit, "y" | "w") && !rest.is_multiple_of(length)) {
            continue;
        }
        rest %= length;
        // Writing to a string does not fail.
        let _ = write!(text, "{amount}{unit}");
    }
    text
}

/// Whether a number of seconds is too long for a duration.
pub(crate) fn is_out_of_range(seconds: f64) -> bool {
    seconds.abs() > LONGEST_SECONDS
}

/// Seconds as Prometheus stores them: nanoseconds, rounded half away from zero, saturating.
pub(crate) fn nanoseconds(seconds: f64) -> i64 {
    (seconds * 1e9).round() as i64
}

/// The value of a duration that is written as so many milliseconds.
pub(crate) fn seconds(milliseconds: u64) -> f64 {
    (milliseconds / 1000) as f64 + (milliseconds % 1000 * 1_000_000) as f64 / 1e9
}

/// The length of a range, step or offset of so many seconds.
pub(crate) fn milliseconds(seconds: f64) -> i64 {
    nanoseconds(seconds) / 1_000_000
}

/// The milliseconds to write for a length so that it is read as the same: where the seconds of a long one have no
/// digits left for them, reading takes off one more.
pub(crate) fn written_milliseconds(length: i64) -> i64 {
    let read = milliseconds(seconds(length.unsigned_abs()));
    if read < length.abs() { length + length.signum() } else { length }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_come_in_descending_order() {
        let week = 604_800_000;
        assert_eq!(
            parse_duration("1y2w3d4h5m6s7ms"),
            Ok(31_536_000_000 + 2 * week + 259_200_000 + 14_706_007)
        );
        assert_eq!(parse_duration("0s"), Ok(0));
        assert_eq!(parse_duration("0"), Ok(0));
        assert_eq!(parse_duration("1s500ms"), Ok(1_500));
        assert_eq!(seconds(14_706_007), 14_706.007);
        for bad in ["", "1", "m", "1m1h", "1m1m", "-1m", "1.5h", "1x", "10000y", "5 m"] {
            assert!(parse_duration(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn mistakes_are_told_as_by_prometheus() {
        let message = |text| parse_duration(text).unwrap_err().to_string();
        assert_eq!(message(""), "empty duration string");
        assert_eq!(message("5m1h"), "not a valid duration string: \"5m1h\"");
        assert_eq!(message("1.5h"), "unknown unit \".\" in duration \"1.5h\"");
        assert_eq!(message("5y1hs"), "unknown unit \"hs\" in duration \"5y1hs\"");
        assert_eq!(message("293y"), "duration out of range");
        assert_eq!(
            message("99999999999999999999s"),
            "not a valid duration string: \"99999999999999999999s\""
        );
    }

    #[test]
    fn lengths_are_written_as_they_are_read() {
        for text in ["1h30m", "15s", "9d", "2w", "1y", "500ms", "1d1ms"] {
            assert_eq!(format_duration(parse_duration(text).unwrap()), text);
        }
        assert_eq!(format_duration(-90_000), "-1m30s");
        assert_eq!(format_duration(0), "0s");
    }
}
