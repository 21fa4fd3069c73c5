//! Times by Go's layouts, which show how a certain time would look: `Mon Jan 2 15:04:05 MST 2006`.

use crate::rules::template::time::Parts;

pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
pub(super) const WEEKDAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// A part of a layout.
#[derive(Clone, Copy)]
enum Part {
    LongMonth,
    Month,
    LongWeekday,
    Weekday,
    Zone,
    /// A number with at least so many digits.
    Number(Unit, usize),
    /// A number with blanks before it.
    Spaced(Unit, usize),
    /// `PM` or `pm`.
    Half(&'static str, &'static str),
    /// The offset of UTC.
    Fixed(&'static str),
}

#[derive(Clone, Copy)]
enum Unit {
    Year,
    ShortYear,
    Month,
    Day,
    YearDay,
    Hour,
    HalfHour,
    Minute,
    Second,
}

/// The parts, a longer one before the one that it starts with.
const PARTS: [(&str, Part); 33] = [
    ("January", Part::LongMonth),
    ("Jan", Part::Month),
    ("Monday", Part::LongWeekday),
    ("Mon", Part::Weekday),
    ("MST", Part::Zone),
    ("002", Part::Number(Unit::YearDay, 3)),
    ("01", Part::Number(Unit::Month, 2)),
    ("02", Part::Number(Unit::Day, 2)),
    ("03", Part::Number(Unit::HalfHour, 2)),
    ("04", Part::Number(Unit::Minute, 2)),
    ("05", Part::Number(Unit::Second, 2)),
    ("06", Part::Number(Unit::ShortYear, 2)),
    ("15", Part::Number(Unit::Hour, 2)),
    ("1", Part::Number(Unit::Month, 0)),
    ("2006", Part::Number(Unit::Year, 4)),
    ("2", Part::Number(Unit::Day, 0)),
    ("__2", Part::Spaced(Unit::YearDay, 3)),
    ("_2", Part::Spaced(Unit::Day, 2)),
    ("3", Part::Number(Unit::HalfHour, 0)),
    ("4", Part::Number(Unit::Minute, 0)),
    ("5", Part::Number(Unit::Second, 0)),
    ("PM", Part::Half("AM", "PM")),
    ("pm", Part::Half("am", "pm")),
    ("-070000", Part::Fixed("+000000")),
    ("-07:00:00", Part::Fixed("+00:00:00")),
    ("-0700", Part::Fixed("+0000")),
    ("-07:00", Part::Fixed("+00:00")),
    ("-07", Part::Fixed("+00")),
    ("Z070000", Part::Fixed("Z")),
    ("Z07:00:00", Part::Fixed("Z")),
    ("Z0700", Part::Fixed("Z")),
    ("Z07:00", Part::Fixed("Z")),
    ("Z07", Part::Fixed("Z")),
];

/// Prints a time by a layout.
pub(super) fn format(layout: &str, time: &Parts) -> String {
    let mut out = String::new();
    let mut rest = layout;
    while let Some(first) = rest.chars().next() {
        if let Some((digits, tail)) = fraction(rest) {
            write_fraction(&mut out, digits, time.nanosecond);
            rest = tail;
        } else if let Some((part, tail)) = part(rest) {
            write_part(&mut out, part, time);
            rest = tail;
        } else {
            out.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    out
}

/// The part that the layout starts with.
fn part(layout: &str) -> Option<(Part, &str)> {
    // `_2006` is an underscore before a year, not a day before 006.
    if layout.starts_with("_2006") {
        return None;
    }
    let (spelling, part) = PARTS.iter().find(|(spelling, _)| layout.starts_with(spelling))?;
    let rest = &layout[spelling.len()..];
    // `Month` and `Janet` are words.
    let is_word =
        matches!(part, Part::Month | Part::Weekday) && rest.starts_with(|c: char| c.is_ascii_lowercase());
    (!is_word).then_some((*part, rest))
}

/// `.000` or `,999`: the separator with its digits, if no other digit follows.
fn fraction(layout: &str) -> Option<(&str, &str)> {
    let inside = layout.strip_prefix(['.', ','])?;
    let digit = inside.chars().next().filter(|c| matches!(c, '0' | '9'))?;
    let len = inside.len() - inside.trim_start_matches(digit).len();
    let ends = !inside[len..].starts_with(|c: char| c.is_ascii_digit());
    ends.then(|| layout.split_at(1 + len))
}

fn write_fraction(out: &mut String, layout: &str, nanosecond: i64) {
    let digits = format!("{nanosecond:09}");
    let count = layout.len() - 1;
    let shown = &digits[..count.min(9)];
    let shown = if layout.ends_with('9') { shown.trim_end_matches('0') } else { shown };
    if !shown.is_empty() {
        out.push_str(&layout[..1]);
        out.push_str(shown);
        if layout.ends_with('0') {
            out.extend(std::iter::repeat_n('0', count.saturating_sub(9)));
        }
    }
}

fn name(names: &[&'static str], index: i64) -> &'static str {
    usize::try_from(index).ok().and_then(|index| names.get(index)).copied().unwrap_or_default()
}

fn write_part(out: &mut String, part: Part, time: &Parts) {
    let number = |unit| match unit {
        Unit::Year => time.year,
        Unit::ShortYear => time.year.abs() % 100,
        Unit::Month => time.month,
        Unit::Day => time.day,
        Unit::YearDay => time.year_day,
        Unit::Hour => time.hour,
        Unit::HalfHour => (time.hour + 11) % 12 + 1,
        Unit::Minute => time.minute,
        Unit::Second => time.second,
    };
    match part {
        Part::LongMonth => out.push_str(name(&MONTHS, time.month - 1)),
        Part::Month => out.push_str(&name(&MONTHS, time.month - 1)[..3]),
        Part::LongWeekday => out.push_str(name(&WEEKDAYS, time.weekday)),
        Part::Weekday => out.push_str(&name(&WEEKDAYS, time.weekday)[..3]),
        Part::Zone => out.push_str("UTC"),
        Part::Number(unit, digits) => {
            let value = number(unit);
            out.push_str(if value < 0 { "-" } else { "" });
            out.push_str(&format!("{:0digits$}", value.unsigned_abs()));
        }
        Part::Spaced(unit, width) => out.push_str(&format!("{:width$}", number(unit))),
        Part::Half(morning, evening) => out.push_str(if time.hour < 12 { morning } else { evening }),
        Part::Fixed(text) => out.push_str(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::template::time::Time;

    #[test]
    fn layouts_are_those_of_go() {
        let parts = Time::from_milliseconds(1_353_755_652_070).parts();
        let all = [
            ("Mon Jan 2 15:04:05 2006", "Sat Nov 24 11:14:12 2012"),
            ("2006-01-02T15:04:05Z07:00", "2012-11-24T11:14:12Z"),
            ("Monday, January _2 06 3:4:5PM -0700 MST", "Saturday, November 24 12 11:14:12AM +0000 UTC"),
            ("05.000 05.999 05.99 05.0000000000 .00x", "12.070 12.07 12.07 12.0700000000 .07x"),
            ("Month 002 _2006 __2 Januaryx Janx", "Month 329 _2012 329 Novemberx Janx"),
        ];
        for (layout, text) in all {
            assert_eq!(format(layout, &parts), text);
        }
    }
}
