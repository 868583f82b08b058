//! What a column is for, by its name and its values.
//!
//! A role is a proposal for the provider to correct; nothing in this crate computes with it
//! without showing it first. What is not clear stays [`Role::Unknown`].

use schema::data::column::{Role, ValueType};

/// What is known of a column besides its name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts<'a> {
    pub(crate) value_type: ValueType,
    /// Distinct values, if at most sixteen.
    pub(crate) few: Option<&'a [Box<[u8]>]>,
    /// Integers that run one by one.
    pub(crate) steady: bool,
}

/// The role a column has by itself. [`Role::Time`] is given to every candidate;
/// [`settle`] leaves it to one.
pub(crate) fn role(name: &str, facts: Facts<'_>) -> Role {
    let words = words(name);
    let has = |list: &[&str]| list.iter().any(|wanted| contains(&words, wanted));
    let value_type = facts.value_type;
    if matches!(value_type, ValueType::Date | ValueType::Timestamp) {
        return Role::Time;
    }
    if value_type == ValueType::Integer && has(&["timestamp", "epoch", "unixtime"]) {
        return Role::Time;
    }
    let few = facts.few.map_or(usize::MAX, <[_]>::len);
    if few <= 16 && has(LABEL) || few <= 4 && says_verdict(facts.few.unwrap_or(&[])) {
        return Role::Label;
    }
    if name.starts_with("__index_level_") || facts.steady && few > 16 {
        return Role::Key;
    }
    let measured = matches!(value_type, ValueType::Number | ValueType::Decimal { .. });
    // `item_no` names an item, `item_weight` or `plate thickness` does not.
    let names = |list: &[&str]| has(list) && names_thing(&words, list);
    if !measured && names(LOT) && !has(AMOUNT) {
        return Role::Lot;
    }
    // A machine is one of few; an integer of many values is a reading of its tool or line.
    let few_or_text = facts.few.is_some() || value_type == ValueType::Text;
    if !measured && (few_or_text && names(MACHINE) || facts.few.is_some_and(says_machine)) {
        return Role::Machine;
    }
    if !measured && has(KEY) {
        return Role::Key;
    }
    if !value_type.is_numeric() {
        return Role::Unknown;
    }
    if has(SET) {
        return Role::Input;
    }
    if has(QUALITY) {
        return Role::Quality;
    }
    if has(STATE) { Role::State } else { Role::Unknown }
}

const LABEL: &[&str] = &[
    "label",
    "target",
    "class",
    "passorfail",
    "pass fail",
    "pass or fail",
    "result",
    "verdict",
    "defect",
    "fault",
    "failure",
    "anomaly",
    "outlier",
    "good bad",
    "ok ng",
    "judge",
    "judgement",
    "changepoint",
    "불량",
    "양불",
    "판정",
    "라벨",
    "합격",
    "고장",
    "이상",
];
const KEY: &[&str] = &[
    "id", "idx", "index", "no", "seq", "sequence", "uid", "udi", "uuid", "rowid", "번호", "순번",
    "순서",
];
const LOT: &[&str] = &[
    "lot",
    "batch",
    "wafer",
    "product",
    "item",
    "part",
    "plate",
    "order",
    "serial",
    "mold",
    "mould",
    "workpiece",
    "material",
    "sku",
    "recipe",
    "제품",
    "품번",
    "품명",
    "로트",
    "수주",
    "자재",
    "금형",
    "원료",
];
const AMOUNT: &[&str] = &["qty", "quantity", "count", "amount", "weight", "량"];
const MACHINE: &[&str] = &[
    "machine",
    "equip",
    "equipment",
    "eqp",
    "line",
    "station",
    "press",
    "furnace",
    "fur",
    "robot",
    "tool",
    "device",
    "facility",
    "unit",
    "plant",
    "설비",
    "호기",
    "장비",
    "라인",
    "공정",
    "기계",
    "지역",
];
const SET: &[&str] =
    &["set", "setpoint", "sp", "setting", "target value", "command", "설정", "목표", "지령"];
const QUALITY: &[&str] = &[
    "quality",
    "roughness",
    "hardness",
    "thickness",
    "weight",
    "dimension",
    "strength",
    "품질",
    "두께",
    "중량",
    "치수",
    "강도",
];
const STATE: &[&str] = &[
    "temp",
    "temperature",
    "pressure",
    "current",
    "voltage",
    "power",
    "vibration",
    "accelerometer",
    "speed",
    "rpm",
    "torque",
    "flow",
    "humidity",
    "force",
    "load",
    "position",
    "time",
    "level",
    "sensor",
    "value",
    "energy",
    "usage",
    "level",
    "volume",
    "rate",
    "thermocouple",
    "cycletime",
    "온도",
    "습도",
    "압력",
    "전류",
    "전압",
    "전력",
    "진동",
    "속도",
    "유량",
    "하중",
    "위치",
    "발전량",
    "토크",
];

/// A name in words: cut at punctuation, at digits, and where a capital follows a small letter.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    for letter in name.chars() {
        let cut = !letter.is_alphabetic() || (letter.is_uppercase() && before.is_lowercase());
        if cut && words.last().is_some_and(|word| !word.is_empty()) {
            words.push(String::new());
        }
        if letter.is_alphabetic()
            && let Some(word) = words.last_mut()
        {
            word.extend(letter.to_lowercase());
        }
        before = letter;
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Whether the words hold `wanted`: whole words of Latin letters, parts of words of Hangul, which
/// are written together.
fn contains(words: &[String], wanted: &str) -> bool {
    if !wanted.is_ascii() {
        return words.iter().any(|word| word.contains(wanted));
    }
    let parts: Vec<&str> = wanted.split(' ').collect();
    let plural = |word: &str, part: &str| word == part || word.strip_suffix('s') == Some(part);
    words
        .windows(parts.len())
        .any(|window| window.iter().zip(&parts).all(|(word, part)| plural(word, part)))
}

/// Whether the last word says that the column names a thing of the list, not a property of it.
fn names_thing(words: &[String], list: &[&str]) -> bool {
    const NAMING: &[&str] =
        &["id", "no", "nr", "num", "number", "code", "cd", "name", "nm", "key", "type"];
    let Some(last) = words.last() else { return false };
    let last = std::slice::from_ref(last);
    list.iter().chain(NAMING).any(|wanted| contains(last, wanted)) || !last[0].is_ascii()
}

/// Whether the few values of a column are verdicts.
fn says_verdict(few: &[Box<[u8]>]) -> bool {
    const VERDICTS: [&str; 14] = [
        "ok",
        "ng",
        "nok",
        "pass",
        "fail",
        "good",
        "bad",
        "양품",
        "불량",
        "합격",
        "불합격",
        "정상",
        "이상",
        "defect",
    ];
    few.len() >= 2
        && few.iter().all(|value| {
            std::str::from_utf8(value)
                .is_ok_and(|value| VERDICTS.contains(&value.to_lowercase().as_str()))
        })
}

/// Whether the few values of a column name machines, as `1호기` does.
fn says_machine(few: &[Box<[u8]>]) -> bool {
    !few.is_empty()
        && few
            .iter()
            .all(|value| std::str::from_utf8(value).is_ok_and(|value| value.ends_with("호기")))
}

/// Leaves [`Role::Time`] to one column: the one whose name says most that it is when the record was
/// made, the first among equals.
pub(crate) fn settle(columns: &mut [(String, Role)]) {
    let score = |name: &str| {
        let words = words(name);
        let has = |list: &[&str]| list.iter().any(|wanted| contains(&words, wanted));
        let whole = |list: &[&str]| list.iter().any(|wanted| words.concat() == *wanted);
        u8::from(whole(&["timestamp", "datetime", "time", "date", "일시", "시각", "날짜", "ts"]))
            * 4
            + u8::from(has(&["timestamp", "datetime", "registration", "일시", "등록"])) * 2
            + u8::from(has(&["time", "date", "시간", "일자", "날짜", "측정"]))
            + 1
            - u8::from(has(&["plan", "due", "end", "finish", "birth", "계획", "납기", "종료"]))
    };
    let best = columns
        .iter()
        .enumerate()
        .filter(|(_, (_, role))| *role == Role::Time)
        .max_by_key(|(at, (name, _))| (score(name), std::cmp::Reverse(*at)))
        .map(|(at, _)| at);
    for (at, (_, role)) in columns.iter_mut().enumerate() {
        if *role == Role::Time && Some(at) != best {
            *role = Role::Unknown;
        }
    }
}

/// Whether a name says that a column holds a signal, a set point or a quality.
pub(super) fn says_signal(name: &str) -> bool {
    let words = words(name);
    [STATE, QUALITY, SET].concat().iter().any(|wanted| contains(&words, wanted))
}

/// Whether a name says "time", so that digits such as `20230103` may be one.
pub(super) fn says_time(name: &str) -> bool {
    let words = words(name);
    [
        "time",
        "timestamp",
        "datetime",
        "date",
        "dt",
        "ts",
        "day",
        "ymd",
        "일시",
        "일자",
        "날짜",
        "시각",
        "시간",
    ]
    .iter()
    .any(|wanted| contains(&words, wanted))
        || ["time", "date"].iter().any(|end| words.concat().ends_with(end))
}

/// Whether a name says "number of a thing", so that digits are a code whatever they look like.
pub(super) fn says_code(name: &str) -> bool {
    let words = words(name);
    KEY.iter().chain(LOT).any(|wanted| contains(&words, wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str, value_type: ValueType, few: &[&str]) -> Role {
        let few: Vec<Box<[u8]>> = few.iter().map(|value| value.as_bytes().into()).collect();
        let few = (!few.is_empty()).then_some(few.as_slice());
        role(name, Facts { value_type, few, steady: false })
    }

    #[test]
    fn names_and_values_give_roles() {
        use ValueType::{Integer, Number, Text, Timestamp};
        for (name, value_type, few, expected) in [
            ("TimeStamp", Timestamp, &[][..], Role::Time),
            ("machine_name", Text, &["Press-01"], Role::Machine),
            ("EQUIP_CD", Text, &["S14"], Role::Machine),
            ("fur_no", Text, &["1호기", "2호기"], Role::Machine),
            ("설비명", Text, &[], Role::Machine),
            ("PassOrFail", Text, &["Y", "N"], Role::Label),
            ("passorfail", Number, &["0.0", "1.0"], Role::Label),
            ("scale", Text, &["양품", "불량"], Role::Label),
            ("Machine failure", Integer, &["0", "1"], Role::Label),
            ("mold_code", Text, &[], Role::Lot),
            ("Product ID", Text, &[], Role::Lot),
            ("run_id", Integer, &[], Role::Key),
            ("T일 예정 수주량", Integer, &[], Role::Unknown),
            ("Tool wear [min]", Integer, &[], Role::Unknown),
            ("__index_level_0__", Integer, &[], Role::Key),
            ("molten_temp", Number, &[], Role::State),
            ("발전량(MWh)", Integer, &[], Role::State),
            ("SET_TEMP", Number, &[], Role::Input),
            ("quality", Number, &["1.0", "2.0"], Role::Quality),
            ("Steel_Plate_Thickness", Integer, &[], Role::Quality),
            ("workpiece_location", Text, &["left", "right"], Role::Unknown),
            ("fur_input_row", Text, &["1열", "2열"], Role::Unknown),
            ("Lotion", Text, &[], Role::Unknown),
        ] {
            assert_eq!(of(name, value_type, few), expected, "{name}");
        }
    }

    #[test]
    fn one_column_is_the_time_of_the_record() {
        let mut columns: Vec<(String, Role)> = ["PLAN_DATE", "TimeStamp", "end_time"]
            .map(|name| (name.to_owned(), Role::Time))
            .to_vec();
        settle(&mut columns);
        let times: Vec<&str> = columns
            .iter()
            .filter(|(_, role)| *role == Role::Time)
            .map(|(name, _)| name.as_str())
            .collect();
        assert_eq!(times, ["TimeStamp"]);
    }

    #[test]
    fn names_that_say_time() {
        for name in ["rolling_date", "DateTime", "측정일시", "workpiece_date", "TS", "updatetime"]
        {
            assert!(says_time(name), "{name}");
        }
        for name in ["order_no", "lot_id", "update_count", "c1"] {
            assert!(!says_time(name), "{name}");
        }
    }
}
