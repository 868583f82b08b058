//! Scores of an evaluation, in hundredths of a point and without fractions. Pure.

use schema::api::applications::AxisPoints;
use schema::code::Code;
use schema::notice::{Axis, Evaluation};
use schema::problem::{Reason, Refusal};

/// The sum of a sheet: every axis of the notice once, none above its points.
pub(super) fn sheet_total(axes: &[Axis], points: &[AxisPoints]) -> Result<u32, Refusal> {
    let mut faults = Vec::new();
    let mut total = 0_u32;
    for axis in axes {
        let mut given = points.iter().filter(|one| one.axis == axis.code);
        match (given.next(), given.next()) {
            (Some(one), None) if one.points <= axis.points => total += u32::from(one.points),
            (Some(one), None) => faults.push(fault(
                &axis.code,
                format!("{}: {}점을 넘습니다 ({}점).", axis.name.ko, axis.points, one.points),
                format!("{}: above {} points ({}).", axis.name.en, axis.points, one.points),
            )),
            (None, _) => faults.push(fault(
                &axis.code,
                format!("{}: 점수가 없습니다.", axis.name.ko),
                format!("{}: no points.", axis.name.en),
            )),
            (Some(_), Some(_)) => faults.push(fault(
                &axis.code,
                format!("{}: 점수가 둘 이상입니다.", axis.name.ko),
                format!("{}: points twice.", axis.name.en),
            )),
        }
    }
    for one in points.iter().filter(|one| axes.iter().all(|axis| axis.code != one.axis)) {
        faults.push(fault(
            &one.axis,
            "공고에 없는 평가 항목입니다.".to_owned(),
            "The notice has no such axis.".to_owned(),
        ));
    }
    if faults.is_empty() {
        return Ok(total);
    }
    Err(Code::InvalidField
        .because(
            "평가 항목마다 점수가 하나씩 있어야 합니다.",
            "Every axis needs points once, within its limit.",
        )
        .rule("R-023")
        .field("points")
        .reasons(faults))
}

fn fault(axis: &str, ko: String, en: String) -> Reason {
    let mut reason = Reason::new("axis", Some("R-023"), ko, en);
    reason.field = Some(format!("points.{}", axis.chars().take(40).collect::<String>()));
    reason
}

/// The mean of sheets in hundredths, floored: without one highest and one lowest if the notice
/// drops them. `None` without a sheet that is left.
pub(super) fn mean_hundredths(evaluation: &Evaluation, totals: &[u32]) -> Option<i64> {
    let mut sorted = totals.to_vec();
    sorted.sort_unstable();
    if evaluation.drop_extremes {
        sorted.pop()?;
        if !sorted.is_empty() {
            sorted.remove(0);
        }
    }
    let count = i64::try_from(sorted.len()).ok().filter(|count| *count > 0)?;
    let sum: i64 = sorted.iter().map(|total| i64::from(*total)).sum();
    Some(sum * 100 / count)
}

/// Whether a mean passes.
pub(super) fn passes(evaluation: &Evaluation, mean: i64) -> bool {
    mean >= i64::from(evaluation.pass_mark) * 100
}

/// The score that is ranked: the bonus is only for a mean at or above the pass mark.
pub(super) fn score(evaluation: &Evaluation, mean: i64, bonus_items: i64) -> i64 {
    if !passes(evaluation, mean) {
        return mean;
    }
    let items = bonus_items.clamp(0, i64::from(evaluation.bonus_items_max));
    mean + items * i64::from(evaluation.bonus_points) * 100
}

#[cfg(test)]
mod tests {
    use schema::notice::Notice;

    use super::*;

    fn evaluation() -> Evaluation {
        Notice::embedded().unwrap().parameters.evaluation.clone()
    }

    fn sheet(points: &[(&str, u8)]) -> Vec<AxisPoints> {
        points
            .iter()
            .map(|(axis, points)| AxisPoints { axis: (*axis).to_owned(), points: *points })
            .collect()
    }

    #[test]
    fn r_023_a_sheet_has_every_axis_of_the_notice_once() {
        let axes = evaluation().axes;
        let good = [("data_use", 25), ("strategy", 0), ("goal", 20), ("capacity", 17)];
        assert_eq!(sheet_total(&axes, &sheet(&good)), Ok(62));
        for (bad, axis) in [
            (vec![("data_use", 25), ("strategy", 0), ("goal", 20)], "points.capacity"),
            (vec![("data_use", 26), good[1], good[2], good[3]], "points.data_use"),
            (vec![good[0], good[0], good[1], good[2], good[3]], "points.data_use"),
            (vec![good[0], good[1], good[2], good[3], ("price", 1)], "points.price"),
        ] {
            let refusal = sheet_total(&axes, &sheet(&bad)).unwrap_err();
            assert_eq!(refusal.code, Code::InvalidField);
            let fields: Vec<_> = refusal.reasons.iter().flat_map(|one| one.field.clone()).collect();
            assert_eq!(fields, [axis], "{bad:?}");
        }
    }

    #[test]
    fn r_023_one_highest_and_one_lowest_are_dropped_and_the_mean_is_floored() {
        let mut evaluation = evaluation();
        for (totals, mean) in [
            (&[60, 60, 60, 60, 60][..], Some(6_000)),
            // 0 and 100 go: (70 + 70 + 71) / 3 = 70.333…
            (&[100, 70, 71, 0, 70], Some(7_033)),
            // Two equal highest: only one goes. (50 + 59 + 90) / 3 = 66.333…
            (&[90, 90, 50, 40, 59], Some(6_633)),
            (&[59, 60, 60, 60, 60, 60], Some(6_000)),
            (&[1, 2, 2], Some(200)),
            (&[1, 2], None),
            (&[], None),
        ] {
            assert_eq!(mean_hundredths(&evaluation, totals), mean, "{totals:?}");
        }
        evaluation.drop_extremes = false;
        assert_eq!(mean_hundredths(&evaluation, &[59, 60, 61, 62]), Some(6_050));
        assert_eq!(mean_hundredths(&evaluation, &[59, 60, 60]), Some(5_966));
    }

    #[test]
    fn r_024_the_bonus_is_only_for_who_passes_and_has_a_cap() {
        let mut evaluation = evaluation();
        assert_eq!(score(&evaluation, 6_000, 4), 6_000, "2024 has no bonus");
        evaluation.bonus_items_max = 4;
        evaluation.bonus_points = 3;
        for (mean, items, expected) in [
            (6_000, 0, 6_000),
            (6_000, 2, 6_600),
            (6_000, 4, 7_200),
            (6_000, 9, 7_200),
            (6_000, -1, 6_000),
            (5_999, 4, 5_999),
        ] {
            assert_eq!(score(&evaluation, mean, items), expected, "{mean} {items}");
        }
        assert!(passes(&evaluation, 6_000) && !passes(&evaluation, 5_999));
    }
}
