//! Recovery of support and charges on it.

use super::won;
use crate::money::{BasisPoints, Won};
use crate::notice::Sanctions;
use crate::time::{Day, Period};

/// Months of delay that are counted at most.
const MONTHS_MAX: u32 = 60;

/// Recovery for a listing year that was not served: `support × unserved / total`, rounded
/// up to the state. None if there are no days, or more unserved than there are.
pub fn pro_rata_recovery(support: Won, unserved_days: u32, total_days: u32) -> Option<Won> {
    if total_days == 0 || unserved_days > total_days {
        return None;
    }
    let (unserved, total) = (i128::from(unserved_days), i128::from(total_days));
    won((i128::from(support.get()) * unserved + total - 1) / total)
}

/// The rate of the late charge on a recovery that was due on `due` and is paid on `paid`, by
/// the bounds of a notice: in 2024 1 % within a week, 2 % within a month, 1 % more for each further
/// month begun, 5 % at most.
pub fn late_charge_rate(due: Day, paid: Day, bounds: &Sanctions) -> BasisPoints {
    let rate = match due.days_until(paid) {
        ..=0 => 0,
        1..=7 => bounds.late_week_bp.get(),
        _ => {
            let over = |months: &u32| {
                Period::months_after(due, *months).is_ok_and(|month| paid > month.base_end())
            };
            let months = (1..=MONTHS_MAX).take_while(over).count();
            let months = i64::try_from(months).unwrap_or(i64::MAX);
            let more = bounds.late_month_more_bp.get().saturating_mul(months);
            bounds.late_month_bp.get().saturating_add(more)
        }
    };
    BasisPoints::new(rate.min(bounds.late_max_bp.get())).unwrap_or(BasisPoints::WHOLE)
}

/// The late charge in won, rounded down.
#[must_use]
pub fn late_charge(principal: Won, due: Day, paid: Day, bounds: &Sanctions) -> Won {
    principal.share_floor(late_charge_rate(due, paid, bounds))
}

/// The most that a surcharge may be: nothing up to `exempt` won of principal, otherwise
/// `times` the principal. None if it is above [`Won::MAX`].
pub fn surcharge_max(principal: Won, exempt: Won, times: u8) -> Option<Won> {
    if principal <= exempt {
        return Some(Won::ZERO);
    }
    won(i128::from(principal.get()) * i128::from(times))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money_rules::w;
    use crate::notice::Notice;

    #[test]
    fn r_134_recovery_is_pro_rata_and_rounds_up() {
        assert_eq!(pro_rata_recovery(w(50_000_000), 184, 365), Some(w(25_205_480)));
        assert_eq!(pro_rata_recovery(w(50_000_000), 0, 365), Some(w(0)));
        assert_eq!(pro_rata_recovery(w(50_000_000), 365, 365), Some(w(50_000_000)));
        assert_eq!(pro_rata_recovery(w(50_000_000), 366, 365), None);
        assert_eq!(pro_rata_recovery(w(50_000_000), 0, 0), None);
    }

    #[test]
    fn r_132_late_charges_grow_to_five_percent() {
        let day = |text: &str| text.parse::<Day>().unwrap();
        let bounds = &Notice::embedded().unwrap().parameters.sanctions;
        for (paid, points) in [
            ("2024-10-09", 0),
            ("2024-10-10", 0),
            ("2024-10-11", 100),
            ("2024-10-17", 100),
            ("2024-10-18", 200),
            ("2024-11-10", 200),
            ("2024-11-11", 300),
            ("2024-12-10", 300),
            ("2024-12-11", 400),
            ("2025-01-11", 500),
            ("2030-01-01", 500),
        ] {
            let rate = late_charge_rate(day("2024-10-10"), day(paid), bounds);
            assert_eq!(rate.get(), points, "{paid}");
        }
        let charge = late_charge(w(1_999), day("2024-10-10"), day("2024-10-11"), bounds);
        assert_eq!(charge, w(19));
    }

    #[test]
    fn r_132_the_rates_are_those_of_the_notice() {
        let day = |text: &str| text.parse::<Day>().unwrap();
        let bp = |points| BasisPoints::new(points).unwrap();
        let bounds = Sanctions {
            late_week_bp: bp(50),
            late_month_bp: bp(300),
            late_month_more_bp: bp(70),
            late_max_bp: bp(400),
            ..Sanctions::default()
        };
        let rate = |paid, bounds| late_charge_rate(day("2024-10-10"), day(paid), bounds).get();
        for (paid, points) in [
            ("2024-10-11", 50),
            ("2024-10-18", 300),
            ("2024-11-11", 370),
            ("2024-12-11", 400),
            ("2034-12-11", 400),
        ] {
            assert_eq!(rate(paid, &bounds), points, "{paid}");
        }
        let flat = Sanctions { late_month_more_bp: bp(0), ..bounds };
        assert_eq!(rate("2034-12-11", &flat), 300);
    }

    #[test]
    fn r_132_small_principals_bear_no_surcharge() {
        assert_eq!(surcharge_max(w(1_000_000), w(1_000_000), 5), Some(w(0)));
        assert_eq!(surcharge_max(w(1_000_001), w(1_000_000), 5), Some(w(5_000_005)));
        assert_eq!(surcharge_max(Won::MAX, w(0), 5), None);
    }
}
