//! Methods of times, durations, and of what else has a `String` method.

use super::convert::seconds;
use super::layout::{self, MONTHS, WEEKDAYS};
use super::{Environment, Function, Param, call, text};
use crate::rules::template::call::DURATION as DURATION_PARAM;
use crate::rules::template::time::{Parts, Time};
use crate::rules::template::value::{IntType, Value};

const INT: Param = Param::Int(IntType::Int);
const SECOND: i64 = 1_000_000_000;

/// Methods of `time.Time`.
pub(in super::super) static TIME: &[Function] = &[
    call("Add", &[DURATION_PARAM], |_, v| Ok(Value::Time(time(v).add(int(v, 1))))),
    call("AddDate", &[INT, INT, INT], |_, v| {
        Ok(Value::Time(time(v).add_date(int(v, 1), int(v, 2), int(v, 3))))
    }),
    call("After", &[Param::Time], |_, v| Ok((time(v) > other(v)).into())),
    call("Before", &[Param::Time], |_, v| Ok((time(v) < other(v)).into())),
    call("Compare", &[Param::Time], |_, v| Ok(Value::Int(time(v).cmp(&other(v)) as i64, IntType::Int))),
    call("Day", &[], |_, v| Ok(Value::Int(parts(v).day, IntType::Int))),
    call("Equal", &[Param::Time], |_, v| Ok((time(v) == other(v)).into())),
    call("Format", &[Param::String], |_, v| Ok(layout::format(&text(&v[1]), &parts(v)).into())),
    call("GoString", &[], |_, v| Ok(time_syntax(time(v)).into())),
    call("Hour", &[], |_, v| Ok(Value::Int(parts(v).hour, IntType::Int))),
    // A template's result does not depend on where it is expanded: the local time is UTC.
    call("IsDST", &[], |_, _| Ok(false.into())),
    call("IsZero", &[], |_, v| Ok(time(v).is_zero().into())),
    call("Local", &[], |_, v| Ok(Value::Time(time(v)))),
    call("Minute", &[], |_, v| Ok(Value::Int(parts(v).minute, IntType::Int))),
    call("Month", &[], |_, v| Ok(Value::Int(parts(v).month, IntType::Month))),
    call("Nanosecond", &[], |_, v| Ok(Value::Int(parts(v).nanosecond, IntType::Int))),
    call("Round", &[DURATION_PARAM], |_, v| Ok(Value::Time(time(v).round(int(v, 1))))),
    call("Second", &[], |_, v| Ok(Value::Int(parts(v).second, IntType::Int))),
    call("String", &[], |_, v| Ok(printed_time(time(v)).into())),
    call("Sub", &[Param::Time], |_, v| Ok(Value::Int(time(v).since(other(v)), IntType::Duration))),
    call("Truncate", &[DURATION_PARAM], |_, v| Ok(Value::Time(time(v).truncate(int(v, 1))))),
    call("UTC", &[], |_, v| Ok(Value::Time(time(v)))),
    call("Unix", &[], |_, v| Ok(Value::Int(time(v).unix(SECOND), IntType::Int64))),
    call("UnixMicro", &[], |_, v| Ok(Value::Int(time(v).unix(1000), IntType::Int64))),
    call("UnixMilli", &[], |_, v| Ok(Value::Int(time(v).unix(1_000_000), IntType::Int64))),
    call("UnixNano", &[], |_, v| Ok(Value::Int(time(v).unix(1), IntType::Int64))),
    call("Weekday", &[], |_, v| Ok(Value::Int(parts(v).weekday, IntType::Weekday))),
    call("Year", &[], |_, v| Ok(Value::Int(parts(v).year, IntType::Int))),
    call("YearDay", &[], |_, v| Ok(Value::Int(parts(v).year_day, IntType::Int))),
];

/// Methods of `time.Duration`.
pub(in super::super) static DURATION: &[Function] = &[
    call("Abs", &[], |_, v| Ok(Value::Int(int(v, 0).saturating_abs(), IntType::Duration))),
    call("Hours", &[], |_, v| Ok(Value::Float(in_units(int(v, 0), 3600 * SECOND)))),
    call("Microseconds", &[], |_, v| Ok(Value::Int(int(v, 0) / 1000, IntType::Int64))),
    call("Milliseconds", &[], |_, v| Ok(Value::Int(int(v, 0) / 1_000_000, IntType::Int64))),
    call("Minutes", &[], |_, v| Ok(Value::Float(in_units(int(v, 0), 60 * SECOND)))),
    call("Nanoseconds", &[], |_, v| Ok(Value::Int(int(v, 0), IntType::Int64))),
    call("Round", &[DURATION_PARAM], |_, v| Ok(Value::Int(round(int(v, 0), int(v, 1)), IntType::Duration))),
    call("Seconds", &[], |_, v| Ok(Value::Float(seconds(int(v, 0))))),
    call("String", &[], string),
    call("Truncate", &[DURATION_PARAM], |_, v| {
        let (duration, unit) = (int(v, 0), int(v, 1));
        Ok(Value::Int(if unit <= 0 { duration } else { duration - duration % unit }, IntType::Duration))
    }),
];

/// Methods of values that can do nothing but print themselves.
pub(in super::super) static NAMED: &[Function] = &[call("String", &[], string)];

pub(super) fn string(_: &mut Environment<'_>, values: &[Value]) -> Result<Value, String> {
    Ok(crate::rules::template::print::plain(&values[0]).into())
}

fn time(values: &[Value]) -> Time {
    match values.first() {
        Some(Value::Time(time)) => *time,
        _ => Time::from_milliseconds(0),
    }
}

fn other(values: &[Value]) -> Time {
    time(&values[1..])
}

fn parts(values: &[Value]) -> Parts {
    time(values).parts()
}

fn int(values: &[Value], index: usize) -> i64 {
    match values.get(index) {
        Some(Value::Int(value, _)) => *value,
        _ => 0,
    }
}

/// Hours or minutes of a duration, added up as Go does.
fn in_units(nanoseconds: i64, unit: i64) -> f64 {
    (nanoseconds / unit) as f64 + (nanoseconds % unit) as f64 / unit as f64
}

/// Rounds to the nearest multiple, away from zero if there are two; stays where that does not fit.
fn round(duration: i64, unit: i64) -> i64 {
    if unit <= 0 {
        return duration;
    }
    let rest = i128::from(duration % unit);
    let down = i128::from(duration) - rest;
    let away = if rest.abs() * 2 >= i128::from(unit) { i128::from(unit) * rest.signum() } else { 0 };
    i64::try_from(down + away).unwrap_or(if duration < 0 { i64::MIN } else { i64::MAX })
}

/// A time as Go prints it.
pub(in super::super) fn printed_time(time: Time) -> String {
    layout::format("2006-01-02 15:04:05.999999999 -0700 MST", &time.parts())
}

/// A time in Go syntax.
pub(in super::super) fn time_syntax(time: Time) -> String {
    let parts = time.parts();
    let Parts { year, day, hour, minute, second, nanosecond, .. } = parts;
    let month = named(parts.month, IntType::Month);
    format!("time.Date({year}, time.{month}, {day}, {hour}, {minute}, {second}, {nanosecond}, time.UTC)")
}

/// The text of integers that stand for something.
pub(in super::super) fn named(value: i64, kind: IntType) -> String {
    let of = |names: &[&str], kind: &str, index: i64| {
        let name = usize::try_from(index).ok().and_then(|index| names.get(index));
        name.map_or_else(|| format!("%!{kind}({value})"), |name| (*name).to_owned())
    };
    match kind {
        IntType::Month => of(&MONTHS, "Month", value - 1),
        IntType::Weekday => of(&WEEKDAYS, "Weekday", value),
        _ => printed_duration(value),
    }
}

/// `1h2m3.5s`, or below a second `1.5ms`.
fn printed_duration(nanoseconds: i64) -> String {
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let size = nanoseconds.unsigned_abs();
    let decimal = |value: u64, unit: u64, digits: usize| {
        let text = format!("{}.{:0digits$}", value / unit, value % unit);
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    };
    let text = match size {
        0 => "0s".to_owned(),
        1..1_000 => format!("{size}ns"),
        1_000..1_000_000 => format!("{}µs", decimal(size, 1_000, 3)),
        1_000_000..1_000_000_000 => format!("{}ms", decimal(size, 1_000_000, 6)),
        _ => {
            let minutes = size / 60_000_000_000;
            let seconds = decimal(size % 60_000_000_000, 1_000_000_000, 9);
            match (minutes / 60, minutes % 60) {
                (0, 0) => format!("{seconds}s"),
                (0, minutes) => format!("{minutes}m{seconds}s"),
                (hours, minutes) => format!("{hours}h{minutes}m{seconds}s"),
            }
        }
    };
    format!("{sign}{text}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_print_as_in_go() {
        let all = [
            (0, "0s"),
            (1, "1ns"),
            (1_100, "1.1µs"),
            (2_200_000, "2.2ms"),
            (3_300_000_000, "3.3s"),
            (245_000_000_000, "4m5s"),
            (18_367_001_000_000, "5h6m7.001s"),
            (10_000_000_000, "10s"),
            (-1_800_000_000_000, "-30m0s"),
            (i64::MIN, "-2562047h47m16.854775808s"),
        ];
        for (duration, text) in all {
            assert_eq!(printed_duration(duration), text);
        }
    }
}
