//! Parts of a date in UTC, by the proleptic Gregorian calendar, for every number that a float can hold.

use super::{Arity, Function, Shape};

/// One entry: name, what it does, the part of the date.
macro_rules! dates {
    ($($name:literal, $doc:literal, $part:expr;)*) => {
        &[$(Function {
            name: $name,
            doc: concat!($doc, " of each sample taken as seconds since the epoch (default: the evaluation time), in UTC."),
            arity: Arity::Optional(1),
            shape: Shape::Date(|seconds| $part(Date::at(seconds))),
            at_unsafe: true,
            ..Function::VECTOR
        }),*]
    };
}

pub(super) static FUNCTIONS: &[Function] = dates! {
    "year", "The year", |date: Date| date.year;
    "month", "The month (1 to 12)", |date: Date| f64::from(date.month);
    "day_of_month", "The day of the month (1 to 31)", |date: Date| f64::from(date.day);
    "day_of_week", "The day of the week (0 is Sunday)", |date: Date| f64::from(date.weekday);
    "day_of_year", "The day of the year (1 to 366)", |date: Date| f64::from(date.day_of_year());
    "days_in_month", "The number of days of the month", |date: Date| f64::from(date.days_in_month());
    "hour", "The hour (0 to 23)", |date: Date| f64::from(date.second / 3_600);
    "minute", "The minute (0 to 59)", |date: Date| f64::from(date.second / 60 % 60);
};

const DAY: u64 = 86_400;
/// Days of 400 years.
const ERA: u64 = 146_097;
/// The first year of the count of days, counted from March; far enough back for every 64-bit second.
const FIRST_YEAR: i64 = -292_277_022_400;
/// Seconds from March 1 of the first year to the epoch.
const EPOCH: u64 = (FIRST_YEAR.unsigned_abs() / 400 * ERA + 719_468) * DAY;

struct Date {
    year: f64,
    leap: bool,
    month: u32,
    day: u32,
    weekday: u32,
    /// Of the day.
    second: u32,
}

impl Date {
    fn at(seconds: f64) -> Date {
        // What no 64-bit integer holds becomes the smallest one, as on the machines Prometheus runs on.
        let in_range = (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&seconds);
        let seconds = if in_range { seconds as i64 } else { i64::MIN };
        // Wraps for the smallest numbers only, as Go's calendar does.
        let since_first = EPOCH.wrapping_add_signed(seconds);
        let (days, second) = (since_first / DAY, since_first % DAY);
        // Years are counted from March, so that the leap day is the last one: five months of 153 days repeat.
        let (era, day_of_era) = (days / ERA, days % ERA);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let next_year = month_from_march >= 10;
        let month = if next_year { month_from_march - 9 } else { month_from_march + 3 };
        let year = FIRST_YEAR + (era * 400 + year_of_era) as i64 + i64::from(next_year);
        Date {
            year: year as f64,
            leap: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0),
            month: month as u32,
            day: day as u32,
            weekday: ((days + 3) % 7) as u32,
            second: second as u32,
        }
    }

    fn days_in_month(&self) -> u32 {
        match self.month {
            2 => 28 + u32::from(self.leap),
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        }
    }

    fn day_of_year(&self) -> u32 {
        const BEFORE: [u32; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
        BEFORE[self.month as usize - 1] + self.day + u32::from(self.leap && self.month > 2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(seconds: f64) -> [f64; 8] {
        std::array::from_fn(|index| match FUNCTIONS[index].shape {
            Shape::Date(part) => part(seconds),
            _ => f64::NAN,
        })
    }

    /// Year, month, day, weekday, day of the year, days in the month, hour, minute; all from Go.
    #[test]
    fn dates_are_gos() {
        assert_eq!(parts(0.0), [1970.0, 1.0, 1.0, 4.0, 1.0, 31.0, 0.0, 0.0]);
        assert_eq!(parts(-1.0), [1969.0, 12.0, 31.0, 3.0, 365.0, 31.0, 23.0, 59.0]);
        assert_eq!(parts(951_782_400.0), [2000.0, 2.0, 29.0, 2.0, 60.0, 29.0, 0.0, 0.0]);
        assert_eq!(parts(4_102_444_799.0), [2099.0, 12.0, 31.0, 4.0, 365.0, 31.0, 23.0, 59.0]);
        assert_eq!(parts(-62_135_596_801.0), [0.0, 12.0, 31.0, 0.0, 366.0, 31.0, 23.0, 59.0]);
        let large = 9_007_199_254_740_992.0;
        assert_eq!(parts(large), [285_428_751.0, 11.0, 12.0, 1.0, 316.0, 30.0, 7.0, 36.0]);
        assert_eq!(parts(-large), [-285_424_812.0, 2.0, 20.0, 6.0, 51.0, 29.0, 16.0, 23.0]);
    }

    #[test]
    fn fractions_are_cut_towards_zero() {
        assert_eq!(parts(59.999)[7], 0.0);
        assert_eq!(parts(-0.5), parts(0.0));
    }

    #[test]
    fn what_is_no_integer_is_the_smallest_one() {
        let smallest = [292_277_026_596.0, 12.0, 4.0, 0.0, 339.0, 31.0, 15.0, 30.0];
        for seconds in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300, -1e300, -9.223_372_036_854_776e18]
        {
            assert_eq!(parts(seconds), smallest, "{seconds}");
        }
    }
}
