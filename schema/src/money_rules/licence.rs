//! Payment models of a licence. A lump sum is its price and needs no arithmetic.

use super::won;
use crate::money::{BasisPoints, Won};
use crate::time::{Day, Period};

/// Longest term of a flat licence that is counted, in months.
const MONTHS_MAX: u32 = 1_200;

/// A metered invoice: `units × price`, the unit price in thousandths of a won, rounded down once
/// per invoice and never per unit. None if the amount is above [`Won::MAX`].
pub fn metered(units: u64, unit_price_milli: u64) -> Option<Won> {
    let milli = u128::from(units).checked_mul(u128::from(unit_price_milli))?;
    won(i128::try_from(milli / 1_000).ok()?)
}

/// A flat licence: the monthly price times the months begun. None if the amount is above
/// [`Won::MAX`].
pub fn flat_period(monthly: Won, months_begun: u32) -> Option<Won> {
    won(i128::from(monthly.get()) * i128::from(months_begun))
}

/// The months that a use from `first` to `last` (both included) has begun: a part of a month counts
/// as a month. None if `last` is before `first`, or the use is longer than a century.
pub fn months_begun(first: Day, last: Day) -> Option<u32> {
    if last < first {
        return None;
    }
    let whole_years = u32::try_from(i32::from(last.year()) - i32::from(first.year())).ok()?;
    // A year has at most twelve month ends, so the search starts one year short.
    let from = whole_years.saturating_sub(1).saturating_mul(12).max(1);
    (from..=MONTHS_MAX)
        .find(|months| Period::months_from(first, *months).is_ok_and(|p| p.base_end() >= last))
}

/// The days of a licence of `months` from the day of delivery on; one too long to count has no end.
pub fn term(delivered: Day, months: u32) -> Option<Period> {
    Period::months_after(delivered, months).ok()
}

/// A royalty for a quarter: `floor(revenue × rate)`.
#[must_use]
pub fn royalty(revenue: Won, rate: BasisPoints) -> Won {
    revenue.share_floor(rate)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money_rules::{bp, w};

    #[test]
    fn r_211_metered_use_is_rounded_once() {
        assert_eq!(metered(1_234_567, 35), Some(w(43_209)));
        assert_eq!(metered(999, 1), Some(w(0)));
        assert_eq!(metered(0, u64::MAX), Some(w(0)));
        assert_eq!(metered(u64::MAX, u64::MAX), None);
    }

    #[test]
    fn r_211_a_part_of_a_month_is_a_month() {
        let day = |text: &str| text.parse::<Day>().unwrap();
        for (first, last, months) in [
            ("2024-06-10", "2024-06-10", 1),
            ("2024-06-10", "2024-07-09", 1),
            ("2024-06-10", "2024-07-10", 2),
            ("2024-01-31", "2024-02-29", 1),
            ("2024-01-31", "2024-03-01", 2),
            ("2024-06-10", "2027-06-09", 36),
            ("2024-06-10", "2027-06-10", 37),
        ] {
            assert_eq!(months_begun(day(first), day(last)), Some(months), "{first} {last}");
        }
        assert_eq!(months_begun(day("2024-06-10"), day("2024-06-09")), None);
        assert_eq!(months_begun(Day::MIN, Day::MAX), None);
        assert_eq!(flat_period(w(300_000), 4), Some(w(1_200_000)));
        assert_eq!(flat_period(Won::MAX, 2), None);
    }

    #[test]
    fn r_211_royalties_are_rounded_down() {
        assert_eq!(royalty(w(12_345_678), bp(250)), w(308_641));
    }
}
