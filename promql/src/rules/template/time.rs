//! Times in UTC, of any year.

/// A time, in nanoseconds since the epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Time(i128);

/// Calendar and clock of a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Parts {
    pub(super) year: i64,
    /// From 1.
    pub(super) month: i64,
    /// From 1.
    pub(super) day: i64,
    /// From 1.
    pub(super) year_day: i64,
    /// Sunday is 0.
    pub(super) weekday: i64,
    pub(super) hour: i64,
    pub(super) minute: i64,
    pub(super) second: i64,
    pub(super) nanosecond: i64,
}

const SECOND: i128 = 1_000_000_000;
const DAY: i128 = 86_400 * SECOND;
/// Further from the epoch there are no times.
const LIMIT: i128 = DAY * 365_000_000_000;

/// The year 1, where Go's times begin.
const ZERO: i128 = -62_135_596_800 * SECOND;

impl Time {
    pub(super) fn from_milliseconds(milliseconds: i64) -> Self {
        Time(i128::from(milliseconds) * 1_000_000)
    }

    /// The start of a day of the calendar; months and days may lie outside of their ranges.
    fn from_date(year: i64, month: i64, day: i64) -> Self {
        let months = year.saturating_mul(12).saturating_add(month - 1);
        let days =
            i128::from(days_before(months.div_euclid(12), months.rem_euclid(12) + 1)) + i128::from(day - 1);
        Time((days * DAY).clamp(-LIMIT, LIMIT))
    }

    pub(super) fn is_zero(self) -> bool {
        self.0 == ZERO
    }

    /// The time in units of so many nanoseconds since the epoch, rounded down.
    pub(super) fn unix(self, unit: i64) -> i64 {
        // What does not fit wraps around, as in Go.
        self.0.div_euclid(i128::from(unit)) as i64
    }

    pub(super) fn add(self, nanoseconds: i64) -> Self {
        Time((self.0 + i128::from(nanoseconds)).clamp(-LIMIT, LIMIT))
    }

    /// The duration since another time, as much of it as fits.
    pub(super) fn since(self, other: Time) -> i64 {
        let difference = self.0 - other.0;
        i64::try_from(difference).unwrap_or(if difference < 0 { i64::MIN } else { i64::MAX })
    }

    /// The time so many years, months and days later.
    pub(super) fn add_date(self, years: i64, months: i64, days: i64) -> Self {
        let limit = |count: i64| count.clamp(-1_000_000_000, 1_000_000_000);
        let Parts { year, month, day, .. } = self.parts();
        let date = Time::from_date(year + limit(years), month + limit(months), day + limit(days));
        Time((date.0 + self.0.rem_euclid(DAY)).clamp(-LIMIT, LIMIT))
    }

    /// The time rounded down to a multiple of a duration since the year 1.
    pub(super) fn truncate(self, unit: i64) -> Self {
        if unit <= 0 { self } else { Time(self.0 - (self.0 - ZERO).rem_euclid(i128::from(unit))) }
    }

    /// The time rounded to the nearest multiple, up if there are two.
    pub(super) fn round(self, unit: i64) -> Self {
        if unit <= 0 {
            return self;
        }
        let rest = (self.0 - ZERO).rem_euclid(i128::from(unit));
        let up = rest * 2 >= i128::from(unit);
        Time(self.0 - rest + if up { i128::from(unit) } else { 0 })
    }

    pub(super) fn parts(self) -> Parts {
        let days = self.0.div_euclid(DAY) as i64;
        let clock = self.0.rem_euclid(DAY) as i64;
        let (year, month, day) = date(days);
        let second = clock / 1_000_000_000;
        Parts {
            year,
            month,
            day,
            year_day: days - days_before(year, 1) + 1,
            weekday: (days + 4).rem_euclid(7),
            hour: second / 3600,
            minute: second / 60 % 60,
            second: second % 60,
            nanosecond: clock % 1_000_000_000,
        }
    }
}

/// Days from the epoch to the first of a month. Years begin in March here, so that leap days come last.
fn days_before(year: i64, month: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// The date of a day since the epoch.
fn date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = days.div_euclid(146_097) * 400 + year_of_era + i64::from(month <= 2);
    (year, month, day_of_year - (153 * shifted + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_go_both_ways() {
        for days in (-800_000..800_000).step_by(7) {
            let (year, month, day) = date(days);
            assert_eq!(days_before(year, month) + day - 1, days);
        }
        assert_eq!(date(0), (1970, 1, 1));
        assert_eq!(date(19_416), (2023, 2, 28));
        assert_eq!(date(11_016), (2000, 2, 29));
    }
}
