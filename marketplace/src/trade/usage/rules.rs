//! Sums over contracts and downloads.

use schema::money::Won;
use schema::time::{Instant, Period};

/// A download, as far as it is counted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Download {
    pub(super) at: Instant,
    pub(super) bytes: i64,
}

/// What downloads add up to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Traffic {
    pub(super) count: u32,
    pub(super) bytes: i64,
    pub(super) first: Option<Instant>,
    pub(super) last: Option<Instant>,
    pub(super) inside: u32,
}

/// Adds downloads up; `inside` are those within `period`.
pub(super) fn traffic(downloads: &[Download], period: Option<&Period>) -> Traffic {
    let mut sum = Traffic::default();
    for one in downloads {
        sum.count = sum.count.saturating_add(1);
        sum.bytes = sum.bytes.saturating_add(one.bytes);
        sum.first = Some(sum.first.map_or(one.at, |first| first.min(one.at)));
        sum.last = Some(sum.last.map_or(one.at, |last| last.max(one.at)));
        let within = period.is_none_or(|period| !period.is_over(one.at));
        sum.inside = sum.inside.saturating_add(u32::from(within));
    }
    sum
}

/// Part of `whole` in hundredths of a per cent, floored.
pub(super) fn part_bp(part: Won, whole: Won) -> u32 {
    let bp = i128::from(part.get()) * 10_000 / i128::from(whole.get().max(1));
    u32::try_from(bp).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use schema::money::Won;
    use schema::time::{Instant, Period};

    use super::{Download, Traffic, part_bp, traffic};

    #[test]
    fn r_060_use_after_the_last_day_is_not_use_in_the_period() {
        let at = |text: &str| text.parse::<Instant>().unwrap();
        let period = Period::months_after("2024-06-10".parse().unwrap(), 4).unwrap();
        let one = |text: &str| Download { at: at(text), bytes: 5 };
        let all = [
            one("2024-10-10T23:59:59+09:00"),
            one("2024-10-11T00:00:00+09:00"),
            one("2024-07-01T00:00:00+09:00"),
        ];
        let expected = Traffic {
            count: 3,
            bytes: 15,
            first: Some(at("2024-07-01T00:00:00+09:00")),
            last: Some(at("2024-10-11T00:00:00+09:00")),
            inside: 2,
        };
        assert_eq!(traffic(&all, Some(&period)), expected);
        assert_eq!(traffic(&[], None), Traffic::default());
        assert_eq!(traffic(&all, None).inside, 3);
    }

    #[test]
    fn parts_are_floored() {
        let won = |amount| Won::new(amount).unwrap();
        assert_eq!(part_bp(won(9_876_543), won(10_000_000)), 9_876);
        assert_eq!(part_bp(Won::ZERO, Won::ZERO), 0);
        assert_eq!(part_bp(Won::MAX, won(1)), u32::MAX);
    }
}
