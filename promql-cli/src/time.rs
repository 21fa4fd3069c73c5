//! Times as people write and read them.

use chrono::{DateTime, NaiveDate, NaiveDateTime, SecondsFormat, Utc};
use promql::model::{Millis, format_duration, parse_duration};
use std::str::FromStr;

/// A positive or zero span of time: `1h30m`, `15s`, `90`, `0.5`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Duration(pub(crate) Millis);

/// A time that may depend on the clock and the data: `now`, `end-1h`, `-5m`, `1435781430`, RFC 3339.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    anchor: Anchor,
    distance: Millis,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Anchor {
    /// The epoch: an absolute time.
    Epoch,
    /// What a query without time is asked for.
    Default,
    Now,
    Start,
    End,
}

/// What times are relative to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Clock {
    /// The wall clock.
    pub(crate) now: Millis,
    /// Oldest and newest sample of files.
    pub(crate) data: Option<(Millis, Millis)>,
}

impl Clock {
    /// The wall clock alone.
    pub(crate) fn wall() -> Self {
        Clock { now: Utc::now().timestamp_millis(), data: None }
    }

    /// What a query without time is asked for: now for servers, the newest sample for files.
    pub(crate) fn default_time(&self) -> Millis {
        self.data.map_or(self.now, |(_, newest)| newest)
    }
}

impl Moment {
    /// The time itself. Fails for `start` and `end` where there is no data that starts and ends.
    pub(crate) fn resolve(self, clock: &Clock) -> Result<Millis, &'static str> {
        let bounds = clock.data.ok_or("`start` and `end` are for files with samples; a server has no end");
        let base = match self.anchor {
            Anchor::Epoch => 0,
            Anchor::Default => clock.default_time(),
            Anchor::Now => clock.now,
            Anchor::Start => bounds?.0,
            Anchor::End => bounds?.1,
        };
        Ok(base.saturating_add(self.distance))
    }
}

/// What people may write, for error messages.
const TIMES: &str = "expected RFC 3339 (2026-11-24T07:00:00Z), unix seconds, `now`, `start`, `end`, \
                     a distance (-1h), or both (end-1h)";

impl FromStr for Moment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if let Some(time) = absolute(text)? {
            return Ok(Moment { anchor: Anchor::Epoch, distance: time });
        }
        let at = text.find(['+', '-']).unwrap_or(text.len());
        let (word, distance) = text.split_at(at);
        let anchor = match word.trim_end() {
            "" => Anchor::Default,
            "now" => Anchor::Now,
            "start" => Anchor::Start,
            "end" => Anchor::End,
            _ => return Err(TIMES.into()),
        };
        let sign = if distance.starts_with('-') { -1 } else { 1 };
        let length = match distance.get(1..) {
            Some(length) => length.trim().parse::<Duration>().map_err(|_| TIMES)?.0,
            None if word.is_empty() => return Err(TIMES.into()),
            None => 0,
        };
        Ok(Moment { anchor, distance: sign * length })
    }
}

/// RFC 3339, its parts read as UTC, or unix seconds.
fn absolute(text: &str) -> Result<Option<Millis>, String> {
    if let Ok(seconds) = text.parse::<f64>() {
        return seconds_to_millis(seconds).map(Some).ok_or_else(|| "the time is out of range".into());
    }
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Ok(Some(time.timestamp_millis()));
    }
    let spelled = text.replacen(' ', "T", 1);
    let spelled = spelled.strip_suffix('Z').unwrap_or(&spelled);
    let with_time = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M"]
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(spelled, format).ok());
    let midnight = || NaiveDate::parse_from_str(spelled, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0);
    Ok(with_time.or_else(midnight).map(|time| time.and_utc().timestamp_millis()))
}

fn seconds_to_millis(seconds: f64) -> Option<Millis> {
    let millis = (seconds * 1000.0).round();
    #[expect(clippy::cast_possible_truncation, reason = "checked against the range")]
    (millis.abs() < 9.2e18).then_some(millis as Millis)
}

impl FromStr for Duration {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bad = || format!("{text:?} is no duration such as 90s, 1h30m or 0.5 (seconds)");
        if let Ok(seconds) = text.parse::<f64>() {
            if seconds < 0.0 {
                return Err("a duration cannot be negative".into());
            }
            return seconds_to_millis(seconds).map(Duration).ok_or_else(bad);
        }
        parse_duration(text).map(Duration).map_err(|_| bad())
    }
}

impl std::fmt::Display for Duration {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&format_duration(self.0))
    }
}

/// The time for people, in UTC: `2026-11-24 07:00:00Z`, with milliseconds where there are any.
pub(crate) fn show(time: Millis) -> String {
    match DateTime::from_timestamp_millis(time) {
        Some(date) => {
            let digits = if time % 1000 == 0 { SecondsFormat::Secs } else { SecondsFormat::Millis };
            date.to_rfc3339_opts(digits, true).replacen('T', " ", 1)
        }
        None => seconds(time),
    }
}

/// The time in seconds since the epoch, as the API has it: `1435781430`, `1435781430.781`.
pub(crate) fn seconds(time: Millis) -> String {
    let (whole, part) = (time.unsigned_abs() / 1000, time.unsigned_abs() % 1000);
    let sign = if time < 0 { "-" } else { "" };
    if part == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{part:03}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLOCK: Clock = Clock { now: 10_000_000, data: Some((1000, 5_000_000)) };

    fn resolve(text: &str) -> Result<Millis, String> {
        text.parse::<Moment>()?.resolve(&CLOCK).map_err(str::to_owned)
    }

    #[test]
    fn times_are_read_in_every_form() {
        assert_eq!(resolve("0"), Ok(0));
        assert_eq!(resolve("1435781430.781"), Ok(1_435_781_430_781));
        assert_eq!(resolve("-5"), Ok(-5000));
        assert_eq!(resolve("1970-01-01T00:00:01Z"), Ok(1000));
        assert_eq!(resolve("1970-01-01T01:00:01.5+01:00"), Ok(1500));
        assert_eq!(resolve("1970-01-02"), Ok(86_400_000));
        assert_eq!(resolve("1970-01-01 00:01"), Ok(60_000));
        assert_eq!(resolve("now"), Ok(10_000_000));
        assert_eq!(resolve("now-1m"), Ok(9_940_000));
        assert_eq!(resolve("-1m"), Ok(4_940_000));
        assert_eq!(resolve("start"), Ok(1000));
        assert_eq!(resolve("end - 1s"), Ok(4_999_000));
        assert_eq!(resolve("start+1s"), Ok(2000));
    }

    #[test]
    fn what_is_no_time_says_what_would_be() {
        for text in ["", "yesterday", "-", "now-", "1h", "NaN", "1e300", "end-x", "2026-13-01"] {
            assert!(text.parse::<Moment>().is_err(), "{text}");
        }
        let server = Clock { now: 0, data: None };
        assert!("end".parse::<Moment>().unwrap().resolve(&server).is_err());
        assert_eq!("-1s".parse::<Moment>().unwrap().resolve(&server), Ok(-1000));
    }

    #[test]
    fn durations_are_those_of_prometheus_or_seconds() {
        let read = |text: &str| text.parse::<Duration>().map(|duration| duration.0).ok();
        assert_eq!(read("1h30m"), Some(5_400_000));
        assert_eq!(read("1y2w3d4h5m6s7ms"), Some(31_536_000_000 + 1_209_600_000 + 259_200_000 + 14_706_007));
        assert_eq!(read("90"), Some(90_000));
        assert_eq!(read("0.5"), Some(500));
        for bad in ["", "h", "1m1h", "1s1s", "1x", "-5m", "-1", "9999999999y", "1.5h", "NaN"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    #[test]
    fn durations_print_as_they_are_read() {
        for text in ["1h30m", "15s", "9d", "2w", "1y", "500ms", "0s"] {
            assert_eq!(text.parse::<Duration>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn times_are_shown_with_their_milliseconds() {
        assert_eq!(show(0), "1970-01-01 00:00:00Z");
        assert_eq!(show(1500), "1970-01-01 00:00:01.500Z");
        assert_eq!(show(i64::MAX), "9223372036854775.807");
        assert_eq!(seconds(-1500), "-1.500");
        assert_eq!(seconds(i64::MIN), "-9223372036854775.808");
    }
}
