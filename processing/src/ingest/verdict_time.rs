//! The type of a column of dates and times, and what a person should know about how it was read.

use schema::data::column::{Finding, ValueType};

use super::notes::{about, seen};
use super::shapes::{Decided, ShapeCount, Shapes, decide};
use super::stamp::{Order, Zone};
use super::tally::Tally;
use super::verdict::ordered;

/// Date or timestamp with the formats to read it, most frequent first; `None` (with a finding) if
/// some value is no day under any order.
pub(super) fn time_type(
    name: &str,
    shapes: &Shapes,
    findings: &mut Vec<Finding>,
) -> Option<(ValueType, Vec<String>)> {
    if shapes.list.is_empty() {
        return None;
    }
    let Some(list) = ordered(shapes) else {
        findings.push(impossible(name, shapes));
        return None;
    };
    let timed = list.iter().any(|(shape, _)| shape.shape.has_time());
    let formats: Vec<String> = list
        .iter()
        .filter_map(|(shape, decided)| Some(shape.shape.format(decided.order()?, shape.narrow)))
        .collect();
    shape_findings(name, &list, &formats, findings);
    for (shape, decided) in &list {
        if let Some(order) = decided.order() {
            order_findings(name, shape, *decided, order, findings);
            year_findings(name, shape, order, findings);
        }
    }
    if timed {
        time_findings(name, &list, findings);
    }
    let value_type = if timed { ValueType::Timestamp } else { ValueType::Date };
    Some((value_type, formats))
}

/// Formats that read nearly all of the `values` of a column that stays text because of a few; none
/// if more than one value in twenty would be lost. They let a person, or a suggested cleaning, cast
/// the column.
pub(super) fn nearly(shapes: &Shapes, values: u64) -> Vec<String> {
    let mut lost = values.saturating_sub(shapes.stamps());
    let mut list: Vec<_> = shapes.list.iter().collect();
    list.sort_by_key(|shape| std::cmp::Reverse(shape.seen.count));
    let mut formats = Vec::with_capacity(list.len());
    for shape in list {
        let order = decide(shape).order().unwrap_or_else(|| {
            let orders = if shape.shape.is_open() { 3 } else { 1 };
            let all = Order::ALL.into_iter().zip(&shape.impossible).take(orders);
            let least = all.min_by_key(|(_, tally)| tally.count);
            lost += least.map_or(0, |(_, tally)| tally.count);
            least.map_or(Order::Ymd, |(order, _)| order)
        });
        formats.push(shape.shape.format(order, shape.narrow));
    }
    if lost.saturating_mul(20) > values { Vec::new() } else { formats }
}

fn impossible(name: &str, shapes: &Shapes) -> Finding {
    let mut tally = Tally::default();
    for shape in &shapes.list {
        if shape.possible().is_empty() {
            // The order under which the fewest cells are no day.
            let orders = if shape.shape.is_open() { 3 } else { 1 };
            let least = shape.impossible[..orders].iter().min_by_key(|tally| tally.count);
            tally.merge(least.unwrap_or(&Tally::default()), 0);
        }
    }
    seen(
        "date-impossible",
        name,
        &tally,
        format!("달력에 없는 날짜가 {}개 있어 글자로 두었습니다.", tally.count),
        format!("{} values are no day of the calendar; the column is kept as text.", tally.count),
    )
}

/// Several shapes in one column, each with its count.
fn shape_findings(
    name: &str,
    list: &[(&ShapeCount, Decided)],
    formats: &[String],
    findings: &mut Vec<Finding>,
) {
    if list.len() < 2 {
        return;
    }
    let mut tally = Tally::default();
    for (shape, _) in &list[1..] {
        tally.merge(&shape.seen, 0);
    }
    let shapes: Vec<String> = list
        .iter()
        .zip(formats)
        .map(|((shape, _), format)| match shape.narrow_hours {
            0 => format!("{format} × {}", shape.seen.count),
            narrow => format!("{format} × {} (H: {narrow})", shape.seen.count),
        })
        .collect();
    let shapes = shapes.join(", ");
    findings.push(seen(
        "date-shapes-mixed",
        name,
        &tally,
        format!("한 열에 날짜 모양이 {}가지 있습니다: {shapes}.", list.len()),
        format!("One column holds {} shapes of dates: {shapes}.", list.len()),
    ));
}

fn order_findings(
    name: &str,
    shape: &ShapeCount,
    decided: Decided,
    order: Order,
    findings: &mut Vec<Finding>,
) {
    if !shape.shape.is_open() {
        return;
    }
    let (ko, en) = match order {
        Order::Ymd => ("연-월-일", "year, month, day"),
        Order::Mdy => ("월-일-연", "month, day, year"),
        Order::Dmy => ("일-월-연", "day, month, year"),
    };
    let (code, ko, en) = match decided {
        Decided::Certain(_) => (
            "date-order",
            format!("모든 값을 볼 때 순서는 {ko}뿐입니다."),
            format!("Over all values the order can only be {en}."),
        ),
        Decided::Likely(_) => (
            "date-order-likely",
            format!("값이 바뀌는 빠르기로 보아 순서를 {ko}(으)로 읽었습니다."),
            format!("By how fast the numbers change the order is read as {en}."),
        ),
        _ => (
            "date-order-assumed",
            format!("순서를 알 수 없어 {ko}(으)로 추정했습니다. 확인해 주십시오."),
            format!("Nothing tells the order; {en} is assumed. Please check."),
        ),
    };
    findings.push(seen(code, name, &shape.seen, ko, en));
}

fn year_findings(name: &str, shape: &ShapeCount, order: Order, findings: &mut Vec<Finding>) {
    let short = shape.shape.is_short();
    if short {
        findings.push(seen(
            "year-two-digits",
            name,
            &shape.seen,
            "연도가 두 자리입니다. 69~99는 1900년대, 00~68은 2000년대로 읽었습니다.".to_owned(),
            "Years have two digits; 69 to 99 are read as 19xx, 00 to 68 as 20xx.".to_owned(),
        ));
    }
    let strays = shape.years(order).strays(short);
    let (Some((first, _)), Some((last, _))) = (strays.first(), strays.last()) else { return };
    let mut by_row: Vec<&Tally> = strays.iter().map(|(_, tally)| tally).collect();
    by_row.sort_by_key(|tally| tally.rows.list().first().copied());
    let mut tally = Tally::default();
    for stray in by_row {
        tally.merge(stray, 0);
    }
    findings.push(seen(
        "years-implausible",
        name,
        &tally,
        format!(
            "{}개 값의 연도가 나머지와 동떨어져 있습니다 ({first}~{last}, {}가지). 그대로 두었습니다.",
            tally.count,
            strays.len()
        ),
        format!(
            "{} values have years far from the rest ({first} to {last}, {} of them). They were kept.",
            tally.count,
            strays.len()
        ),
    ));
}

fn time_findings(name: &str, list: &[(&ShapeCount, Decided)], findings: &mut Vec<Finding>) {
    let local = |shape: &&(&ShapeCount, Decided)| shape.0.shape.zone == Zone::None;
    let locals = list.iter().filter(local).count();
    if locals > 0 {
        let (ko, en) = if locals == list.len() {
            (
                "시간대가 없어 파일의 시간대(기본: 한국)로 읽고 UTC로 저장합니다.",
                "Times carry no zone; they are read in the zone of the file (Korea by default) and \
              stored in UTC.",
            )
        } else {
            (
                "시간대가 있는 값과 없는 값이 섞여 있습니다. 없는 값은 파일의 시간대로 읽습니다.",
                "Some times carry a zone and some do not; those without are read in the zone of the \
              file.",
            )
        };
        let code = if locals == list.len() { "time-zone-assumed" } else { "time-zone-mixed" };
        findings.push(about(code, name, ko.to_owned(), en.to_owned()));
    }
    let sum = |pick: fn(&ShapeCount) -> &Tally| {
        let mut sum = Tally::default();
        for (shape, _) in list {
            sum.merge(pick(shape), 0);
        }
        sum
    };
    let truncated = sum(|shape| &shape.truncated);
    if truncated.count > 0 {
        findings.push(seen(
            "time-truncated",
            name,
            &truncated,
            "마이크로초보다 작은 자리를 버렸습니다.".to_owned(),
            "Digits beyond microseconds were dropped.".to_owned(),
        ));
    }
    let late = sum(|shape| &shape.late_midnights);
    if late.count > 0 {
        findings.push(seen(
            "time-24-hours",
            name,
            &late,
            "24:00을 다음 날 0시로 읽었습니다.".to_owned(),
            "24:00 was read as midnight of the next day.".to_owned(),
        ));
    }
    let values: u64 = list.iter().map(|(shape, _)| shape.seen.count).sum();
    let midnights: u64 = list.iter().map(|(shape, _)| shape.midnights).sum();
    if midnights == values && values > 1 {
        findings.push(about(
            "time-all-midnight",
            name,
            "시각이 모두 0시입니다. 날짜만 기록된 것으로 보입니다.".to_owned(),
            "Every time is midnight; the column seems to hold dates only.".to_owned(),
        ));
    }
}
