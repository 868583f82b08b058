//! The type of a column, from the census of all its cells.
//!
//! Rule: a column gets a type only if every value fits it without losing a digit. Otherwise it
//! stays text and a finding says what stood in the way, so that a person may decide and nothing is
//! lost meanwhile.

use schema::data::column::{Finding, ValueType};

use super::census::Census;
use super::notes::seen;
use super::number::Style;
use super::roles;
use super::shapes::{Decided, ShapeCount, Shapes, decide};
use super::stamp::TimeForm;
use super::tally::Tally;
use super::verdict_time::{self as time};

/// What a column was found to be.
#[derive(Clone, Debug)]
pub(super) struct Verdict {
    pub(super) value_type: ValueType,
    pub(super) formats: Vec<String>,
    pub(super) findings: Vec<Finding>,
    /// Share of the values that are of the most frequent kind, in basis points.
    pub(super) confidence_bp: u16,
}

/// What the other columns of the file tell about this one.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Surroundings {
    /// Some column has numbers whose comma can only be a decimal sign.
    pub(super) decimal_commas: bool,
}

/// Whether all values of a column are the same, nulls apart.
pub(super) fn is_constant(census: &Census) -> bool {
    constant(census).is_some()
}

/// The value that all values of a column are, if there are two or more.
fn constant(census: &Census) -> Option<String> {
    if census.values() < 2 {
        return None;
    }
    if census.numbers() == census.values() && census.separated_numbers() == 0 {
        let (low, high) = census.extremes.range()?;
        let plain = census.infinite.count + census.long.count + census.padded.count == 0;
        #[expect(clippy::float_cmp, reason = "the same value, whatever it is")]
        let same = low == high && plain && census.wide.count == 0;
        return same.then(|| low.to_string());
    }
    let mut values =
        census.few.list()?.iter().filter(|cell| super::words::null_word(cell).is_none());
    let value = values.next()?;
    values.next().is_none().then(|| String::from_utf8_lossy(value).into_owned())
}

/// Decides the type of a column.
pub(super) fn judge(name: &str, census: &Census, around: Surroundings) -> Verdict {
    let values = census.values();
    let mut findings = Vec::new();
    if values == 0 {
        return Verdict {
            value_type: ValueType::Text,
            formats: Vec::new(),
            findings: vec![super::notes::empty(name)],
            confidence_bp: 0,
        };
    }
    let numbers = census.numbers();
    let stamps = census.shapes.stamps();
    let best = numbers.max(stamps).max(census.truths).max(census.other.count);
    let confidence_bp = u16::try_from(best * 10_000 / values).unwrap_or(10_000);
    let typed = if census.truths == values {
        Some((ValueType::Boolean, Vec::new()))
    } else if numbers == values {
        digit_time(name, census, &mut findings)
            .or_else(|| number_type(name, census, around, &mut findings))
    } else if stamps == values {
        time::time_type(name, &census.shapes, &mut findings)
    } else {
        mixed(name, census, values, &mut findings);
        None
    };
    let (value_type, formats) =
        typed.unwrap_or_else(|| (ValueType::Text, time::nearly(&census.shapes, values)));
    if let Some(value) = constant(census) {
        findings.push(super::notes::constant(name, &value, values));
    }
    match value_type {
        ValueType::Text => text_findings(name, census, values, &mut findings),
        ValueType::Integer | ValueType::Number => {
            findings.extend(epoch(name, census).or_else(|| serial_days(name, census)));
        }
        _ => {}
    }
    if value_type == ValueType::Text {
        if census.edged.count > 0 {
            findings.push(seen(
                "text-padded",
                name,
                &census.edged,
                "앞뒤에 빈칸이 있는 글자 값이 있습니다. 그대로 두었습니다.".to_owned(),
                "Some texts have blanks at an end; they were kept.".to_owned(),
            ));
        }
    } else {
        findings.extend(null_words(name, census));
    }
    Verdict { value_type, formats, findings, confidence_bp }
}

/// Texts that are values of a kind no stored type holds.
fn text_findings(name: &str, census: &Census, values: u64, findings: &mut Vec<Finding>) {
    if census.clocks.count == values {
        findings.push(seen(
            "time-of-day-as-text",
            name,
            &census.clocks,
            "날짜 없는 시각이라 글자로 두었습니다.".to_owned(),
            "A time of day without a date; kept as text.".to_owned(),
        ));
    } else if census.other.count == values
        && let Some(suffix) = census.suffix.common()
    {
        findings.push(seen(
            "numbers-with-suffix",
            name,
            &census.other,
            format!("모든 값이 숫자 뒤에 \"{suffix}\"을(를) 붙인 글자입니다. 그대로 두었습니다."),
            format!("Every value is a number with \"{suffix}\" behind it; kept as text."),
        ));
    }
}

/// Integers that count seconds or milliseconds since 1970, by name and size.
fn epoch(name: &str, census: &Census) -> Option<Finding> {
    // 2000 to 2050.
    const SECONDS: std::ops::Range<f64> = 946_684_800.0..2_524_608_000.0;
    let (low, high) = census.extremes.range()?;
    let counts = |unit: f64| SECONDS.contains(&(low / unit)) && SECONDS.contains(&(high / unit));
    let (unit, unit_en, format) = if counts(1.0) {
        ("초", "seconds", "%s")
    } else if counts(1e3) {
        ("밀리초", "milliseconds", "%s%3f")
    } else if counts(1e6) {
        ("마이크로초", "microseconds", "%s%6f")
    } else {
        return None;
    };
    roles::says_time(name).then(|| {
        super::notes::about(
            "epoch-suspected",
            name,
            format!("1970년부터 센 {unit}로 보입니다. 시각으로 쓰려면 형식을 {format}(으)로 선언하십시오."),
            format!("This looks like {unit_en} since 1970. Declare a timestamp with format {format} to use it as one."),
        )
    })
}

/// Numbers that count days as spreadsheets do, by name and size.
fn serial_days(name: &str, census: &Census) -> Option<Finding> {
    // 1954 to 2119.
    const DAYS: std::ops::Range<f64> = 20_000.0..80_000.0;
    let (low, high) = census.extremes.range()?;
    let inside = DAYS.contains(&low) && DAYS.contains(&high);
    (inside && roles::says_time(name)).then(|| {
        super::notes::about(
            "serial-days-suspected",
            name,
            "엑셀 날짜 일련번호로 보입니다. 시각으로 쓰려면 형식을 excel(으)로 선언하십시오.".to_owned(),
            "This looks like serial days of a spreadsheet. Declare a timestamp with format `excel` to \
             use it as one."
                .to_owned(),
        )
    })
}

/// What words for "no value" were read as null.
fn null_words(name: &str, census: &Census) -> Option<Finding> {
    let mut words: Vec<(&str, &Tally)> = census
        .null_words
        .iter()
        .map(|(word, tally)| (super::words::NULL_WORDS[usize::from(*word)], tally))
        .collect();
    if census.shapes.zeros.count > 0 {
        words.push(("0000-00-00", &census.shapes.zeros));
    }
    let mut all = Tally::default();
    for (_, tally) in &words {
        all.merge(tally, 0);
    }
    let counts: Vec<(&str, u64)> = words.iter().map(|(word, tally)| (*word, tally.count)).collect();
    (all.count > 0).then(|| super::notes::null_words(name, &all, &counts))
}

/// Values of several kinds: text, and a note if one kind is nearly all.
fn mixed(name: &str, census: &Census, values: u64, findings: &mut Vec<Finding>) {
    let numbers = census.numbers();
    let stamps = census.shapes.stamps();
    let (kind, kind_en, most) = if numbers >= stamps {
        ("숫자", "numbers", numbers)
    } else {
        ("날짜·시각", "dates or times", stamps)
    };
    if most * 2 <= values {
        return;
    }
    let mut misfits = census.other;
    if census.other.count != values - most {
        misfits.count = values - most;
    }
    findings.push(seen(
        "values-mixed",
        name,
        &misfits,
        format!(
            "{values}개 값 중 {most}개는 {kind}이고 {}개는 아닙니다. 값을 잃지 않도록 글자로 \
             두었습니다.",
            misfits.count
        ),
        format!(
            "{most} of {values} values are {kind_en}, {} are not. The column is kept as text so \
             that nothing is lost.",
            misfits.count
        ),
    ));
}

/// Digits that are dates or times throughout: `20230103`, `20230103070753`, with milliseconds.
fn digit_time(
    name: &str,
    census: &Census,
    findings: &mut Vec<Finding>,
) -> Option<(ValueType, Vec<String>)> {
    let shapes = &census.digit_shapes;
    if shapes.stamps() != census.values() {
        return None;
    }
    // Fourteen digits are hardly a date by chance, eight may be.
    let long = shapes
        .list
        .iter()
        .all(|shape| !matches!(shape.shape.time, TimeForm::None | TimeForm::Minutes(_)));
    let believable =
        roles::says_time(name) || (long && !roles::says_code(name) && shapes.stamps() >= 3);
    let tally = shapes.list.first().map(|shape| shape.seen)?;
    if !believable {
        if census.few.list().is_none_or(|few| few.len() > 1) {
            findings.push(seen(
                "digits-may-be-time",
                name,
                &tally,
                "모든 값이 날짜·시각 숫자로도 읽히지만 이름이 시각을 뜻하지 않아 정수로 두었습니다."
                    .to_owned(),
                "Every value could be a date in digits, but the name does not say so; kept as \
                 integers."
                    .to_owned(),
            ));
        }
        return None;
    }
    findings.push(seen(
        "digits-read-as-time",
        name,
        &tally,
        "숫자로만 쓴 날짜·시각으로 읽었습니다.".to_owned(),
        "Digits were read as dates or times.".to_owned(),
    ));
    time::time_type(name, shapes, findings)
}

/// Integer, number, or text if digits would be lost.
fn number_type(
    name: &str,
    census: &Census,
    around: Surroundings,
    findings: &mut Vec<Finding>,
) -> Option<(ValueType, Vec<String>)> {
    let style = style(name, census, around, findings)?;
    let keep = |findings: &mut Vec<Finding>, code: &str, tally: &Tally, ko: &str, en: &str| {
        findings.push(seen(code, name, tally, ko.to_owned(), en.to_owned()));
        None
    };
    if census.padded.count > 0 {
        let (ko, en) = (
            "0으로 시작하는 값이 있어 코드로 보고 글자로 두었습니다.",
            "Some values begin with zeros; the column is taken for a code and kept as text.",
        );
        return keep(findings, "leading-zeros", &census.padded, ko, en);
    }
    if census.long.count > 0 {
        let (ko, en) = (
            "64비트를 넘는 정수가 있어 글자로 두었습니다.",
            "Some integers exceed 64 bits; the column is kept as text.",
        );
        return keep(findings, "integer-too-long", &census.long, ko, en);
    }
    if census.bare_exponents.count == census.values() {
        let (ko, en) = (
            "12E4 같은 값뿐이라 코드로 보고 글자로 두었습니다.",
            "All values look like 12E4; the column is taken for a code and kept as text.",
        );
        return keep(findings, "exponents-only", &census.bare_exponents, ko, en);
    }
    let fractions = census.decimals + census.thousands[1].count + census.comma_decimals.count;
    let formats: Vec<String> = style.pattern().map(str::to_owned).into_iter().collect();
    if fractions == 0 {
        return Some((ValueType::Integer, formats));
    }
    if census.wide.count > 0 {
        let (ko, en) = (
            "소수와 함께 2^53보다 큰 정수가 있어 자릿수를 잃지 않도록 글자로 두었습니다.",
            "Integers beyond 2^53 stand among decimals; kept as text so that no digit is lost.",
        );
        return keep(findings, "integer-too-wide", &census.wide, ko, en);
    }
    if census.rounded.count > 0 {
        findings.push(seen(
            "number-rounded",
            name,
            &census.rounded,
            "유효 숫자가 17자리를 넘어 64비트 실수로 반올림했습니다.".to_owned(),
            "More than 17 significant digits were rounded to 64-bit floats.".to_owned(),
        ));
    }
    if census.infinite.count > 0 {
        findings.push(seen(
            "number-infinite",
            name,
            &census.infinite,
            "무한대 값이 있습니다.".to_owned(),
            "Some values are infinite.".to_owned(),
        ));
    }
    Some((ValueType::Number, formats))
}

/// How the numbers of a column are written; `None` if they contradict each other.
fn style(
    name: &str,
    census: &Census,
    around: Surroundings,
    findings: &mut Vec<Finding>,
) -> Option<Style> {
    if census.separated_numbers() == 0 {
        return Some(Style::Plain);
    }
    let mut tally = census.comma_either;
    tally.merge(&census.thousands[0], 0);
    tally.merge(&census.thousands[1], 0);
    tally.merge(&census.comma_decimals, 0);
    tally.merge(&census.point_groups, 0);
    let thousands = census.thousands[0].count + census.thousands[1].count;
    let decimal = census.comma_decimals.count + census.point_groups.count;
    // A point next to a decimal comma is a contradiction, unless it parts thousands.
    let contradicts = decimal > 0 && (thousands > 0 || census.decimals > 0);
    if contradicts {
        findings.push(seen(
            "number-marks-mixed",
            name,
            &tally,
            "쉼표와 점의 쓰임이 값마다 달라 글자로 두었습니다.".to_owned(),
            "Commas and points are used in contradicting ways; kept as text.".to_owned(),
        ));
        return None;
    }
    let style = if thousands > 0 || decimal == 0 && !around.decimal_commas {
        Style::CommaThousands
    } else {
        Style::CommaDecimal
    };
    let open = thousands == 0 && decimal == 0;
    let (code, ko, en) = match (style, open) {
        (Style::CommaDecimal, false) => {
            ("decimal-comma", "쉼표를 소수점으로 읽었습니다.", "Commas were read as decimal signs.")
        }
        (Style::CommaDecimal, true) => (
            "decimal-comma-assumed",
            "다른 열처럼 쉼표를 소수점으로 추정했습니다.",
            "Commas are assumed to be decimal signs, as in other columns.",
        ),
        (_, false) => (
            "thousands-comma",
            "쉼표를 천 단위 구분으로 읽었습니다.",
            "Commas were read as separators of thousands.",
        ),
        (_, true) => (
            "thousands-comma-assumed",
            "쉼표를 천 단위 구분으로 추정했습니다.",
            "Commas are assumed to part thousands.",
        ),
    };
    findings.push(seen(code, name, &tally, ko.to_owned(), en.to_owned()));
    Some(style)
}

/// The shapes of a column with the order of each, as `formats` spells them.
pub(super) fn ordered(shapes: &Shapes) -> Option<Vec<(&ShapeCount, Decided)>> {
    let mut list: Vec<(&ShapeCount, Decided)> =
        shapes.list.iter().map(|shape| (shape, decide(shape))).collect();
    // What one shape proves holds for the others of the column, if it can.
    let proven = list.iter().find_map(|(shape, decided)| match decided {
        Decided::Certain(order) if shape.shape.is_open() => Some(*order),
        _ => None,
    });
    for (shape, decided) in &mut list {
        if let (Some(order), Decided::Likely(_) | Decided::Habit(_)) = (proven, *decided)
            && shape.possible().contains(&order)
        {
            *decided = Decided::Likely(order);
        }
    }
    list.sort_by_key(|(shape, _)| std::cmp::Reverse(shape.seen.count));
    list.iter().all(|(_, decided)| decided.order().is_some()).then_some(list)
}
