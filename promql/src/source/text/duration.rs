//! Durations: `1h30m`.

use crate::model::Millis;

/// The units in the order in which they may appear, in milliseconds.
const UNITS: [(&str, Millis); 7] = [
    ("y", 365 * 24 * 3_600_000),
    ("w", 7 * 24 * 3_600_000),
    ("d", 24 * 3_600_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

/// No duration is longer: 2^63 nanoseconds.
const LONGEST: Millis = i64::MAX / 1_000_000;

/// Reads a duration without sign: numbers with units from years to milliseconds in descending order, or a bare `0`.
///
/// # Errors
/// Prometheus' text.
pub fn parse_duration(text: &str) -> Result<Millis, String> {
    if text == "0" {
        return Ok(0);
    }
    if text.is_empty() {
        return Err("empty duration string".to_owned());
    }
    let invalid = || format!("not a valid duration string: {text:?}");
    let mut total: Millis = 0;
    let mut units = UNITS.iter();
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(invalid)?;
        let (number, behind) = rest.split_at(digits);
        let end = behind.find(|c: char| c.is_ascii_digit()).unwrap_or(behind.len());
        let (unit, behind) = behind.split_at(end);
        let (_, millis) = units.find(|(name, _)| *name == unit).ok_or_else(invalid)?;
        if number.is_empty() {
            return Err(invalid());
        }
        let part = number.parse::<Millis>().ok().and_then(|number| number.checked_mul(*millis));
        let sum = part.and_then(|part| total.checked_add(part)).filter(|&sum| sum <= LONGEST);
        total = sum.ok_or_else(|| "duration out of range".to_owned())?;
        rest = behind;
    }
    Ok(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_come_in_descending_order() {
        assert_eq!(parse_duration("0"), Ok(0));
        assert_eq!(parse_duration("1h30m"), Ok(5_400_000));
        assert_eq!(parse_duration("1s500ms"), Ok(1_500));
        assert_eq!(parse_duration("2w"), Ok(1_209_600_000));
        for bad in
            ["", "1", "m", "1m1h", "1m1m", "-1m", "1.5h", "1x", "10000y", "99999999999999999999s", "5 m"]
        {
            assert!(parse_duration(bad).is_err(), "{bad:?}");
        }
    }
}
