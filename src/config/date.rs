//! Calendar days: no clock, no time zone.

use std::fmt;
use std::str::FromStr;

/// A day of the Gregorian calendar, 1970-01-01 to 9999-12-31, written `YYYY-MM-DD`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Date {
    /// Days since 1970-01-01.
    days: u32,
}

impl Date {
    /// The day that lies `days` after 1970-01-01, at most 9999-12-31.
    #[must_use]
    pub fn from_days(days: u32) -> Self {
        Self {
            days: days.min(LAST),
        }
    }

    /// Days from `other` to this day; negative where this one is earlier.
    #[must_use]
    pub fn days_after(self, other: Self) -> i64 {
        i64::from(self.days) - i64::from(other.days)
    }

    /// Year, month and day of the month (Howard Hinnant's day-count formulas).
    fn parts(self) -> (u32, u32, u32) {
        let shifted = self.days + 719_468;
        let era = shifted / 146_097;
        let of_era = shifted % 146_097;
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * shifted_month + 2) / 5 + 1;
        let month = if shifted_month < 10 {
            shifted_month + 3
        } else {
            shifted_month - 9
        };
        (year_of_era + era * 400 + u32::from(month <= 2), month, day)
    }

    /// The reverse of [`Self::parts`]; `None` of a day that is in no calendar.
    fn of_parts(year: u32, month: u32, day: u32) -> Option<Self> {
        if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || day == 0 {
            return None;
        }
        let shifted_year = year - u32::from(month <= 2);
        let era = shifted_year / 400;
        let year_of_era = shifted_year % 400;
        let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        let of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year;
        let date = Self {
            days: (era * 146_097 + of_era).checked_sub(719_468)?,
        };
        // The 30th of February comes out as a day of March.
        (date.parts() == (year, month, day)).then_some(date)
    }
}

/// 9999-12-31.
const LAST: u32 = 2_932_896;

impl fmt::Display for Date {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.parts();
        write!(out, "{year:04}-{month:02}-{day:02}")
    }
}

impl FromStr for Date {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts: Vec<&str> = text.split('-').collect();
        let number = |text: &str, digits: usize| {
            let plain = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
            plain.then(|| text.parse::<u32>().ok()).flatten()
        };
        let date = match parts.as_slice() {
            [year, month, day] => {
                (|| Self::of_parts(number(year, 4)?, number(month, 2)?, number(day, 2)?))()
            }
            _ => None,
        };
        date.ok_or_else(|| "expected a day such as 2027-02-01 (year-month-day)".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_and_written_alike() {
        for (text, days) in [
            ("1970-01-01", 0),
            ("2000-02-29", 11_016),
            ("2023-11-14", 19_675),
            ("9999-12-31", LAST),
        ] {
            let date: Date = text.parse().unwrap();
            assert_eq!(date, Date::from_days(days), "{text}");
            assert_eq!(date.to_string(), text);
        }
        for days in (0..200_000).step_by(7) {
            let date = Date::from_days(days);
            assert_eq!(date.to_string().parse(), Ok(date));
        }
    }

    #[test]
    fn days_that_do_not_exist_are_refused() {
        for text in [
            "2026-02-29",
            "2026-13-01",
            "2026-00-10",
            "2026-01-00",
            "2026-1-1",
            "26-01-01",
            "2026-01-01T00:00",
            "1969-12-31",
            "tomorrow",
            "",
            "+026-01-01",
        ] {
            assert!(text.parse::<Date>().is_err(), "{text}");
        }
    }

    #[test]
    fn days_between() {
        let of = |text: &str| text.parse::<Date>().unwrap();
        assert_eq!(of("2027-02-01").days_after(of("2026-08-05")), 180);
        assert_eq!(of("2024-02-28").days_after(of("2024-03-01")), -2);
    }
}
