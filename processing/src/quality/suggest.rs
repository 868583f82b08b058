//! A cautious rule set from what a table looks like.
//!
//! A suggestion is a beginning for a person to edit, and every rule says why it is there. It holds
//! for the data that it came from at the tolerance it states, except where the data shows a fault:
//! NaN, a sentinel, a value beyond what is physically possible, backward time, repeated keys. Only
//! rules on time, machine and key columns are errors; all others are warnings.
//!
//! Deliberately absent: tolerances of products, which are their maker's.

use std::collections::BTreeMap;

use schema::data::column::{Column, Dictionary, Role, ValueType};
use schema::data::profile::{ColumnProfile, Profile, Scalar, TimeOrder};
use schema::data::quality::{Check, Rule, RuleSet, Severity};
use schema::lang::Text;

use super::pack::{Process, guess_process, pack_rules};

/// Values of a column that make a set, at most.
const SET_MAX: usize = 10;
/// Rows for each value of a set, at least.
const SET_ROWS: u64 = 20;
/// A gap rule is suggested if at most one in so many rows is behind a gap.
const GAP_ROWS: u64 = 1_000;
/// A key is suggested if at most one in so many rows repeats it.
const KEY_ROWS: u64 = 100;
/// A run is bounded if it is below one in so many rows.
const STUCK_SHARE: u64 = 10;
/// Shapes of a column of names, at most.
const SHAPES_MAX: usize = 3;
/// Values for each shape, at least.
const SHAPE_ROWS: u64 = 20;
/// Widths of the middle nine tenths by which the body of a column is extended on either side.
const BODY_MARGIN: f64 = 3.0;

/// Suggests rules for a table from its profile, and from the rule pack of the kind of line that its
/// columns tell of.
///
/// `dictionary` is not needed for roles, which the profile has already; columns that it declares
/// nullable get no not-null rule as errors.
pub fn suggest(profile: &Profile, dictionary: &Dictionary) -> RuleSet {
    suggest_for(None, profile, dictionary)
}

/// The same for a kind of line that is known.
pub fn suggest_for(
    process: Option<Process>,
    profile: &Profile,
    dictionary: &Dictionary,
) -> RuleSet {
    suggested(process, profile, dictionary, false)
}

/// The same for a person to edit: with bounds of stuck readings and the shapes of keys, lots and
/// machines. A table is not judged by these unasked, because rules that hold by how they were made
/// would only raise an index.
pub fn propose(process: Option<Process>, profile: &Profile, dictionary: &Dictionary) -> RuleSet {
    suggested(process, profile, dictionary, true)
}

fn suggested(
    process: Option<Process>,
    profile: &Profile,
    dictionary: &Dictionary,
    to_edit: bool,
) -> RuleSet {
    let why = Text::new("빈 파일은 데이터가 아닙니다.", "A file without rows is no data.");
    let check = Check::RowCount { min: Some(1), max: None };
    let mut rules = vec![rule("row_count".to_owned(), check, Severity::Error, why)];
    let physical = physical(process, profile, dictionary);
    for column in &profile.columns {
        let declared = dictionary.columns.iter().find(|c| c.name == column.name);
        let nullable = declared.is_some_and(|c| c.nullable);
        rules.extend(not_null(profile, column, nullable));
        let limits = physical.iter().find(|rule| range_column(rule) == Some(&column.name));
        let mut bounds = set(column).or_else(|| range(column));
        let broken = limits.filter(|limits| exceeded(limits, column));
        if let (Some(limits), None, Some(found)) = (limits, broken, &mut bounds) {
            clip(found, limits);
        }
        let bounded = bounds.is_some();
        rules.extend(bounds);
        rules.extend(broken.cloned());
        if to_edit {
            rules.extend(shapes(column).filter(|_| !bounded));
            rules.extend(stuck(profile, column));
        }
    }
    rules.extend(physical.into_iter().filter(|rule| range_column(rule).is_none()));
    rules.extend(order(profile));
    rules.push(key(profile));
    RuleSet { rules, ..RuleSet::default() }
}

/// Least and greatest value that is physically possible.
pub(crate) type Bounds = (Option<f64>, Option<f64>);

/// The columns of which a few values lie beyond what is physically possible, and the bounds of each.
/// Where not even nine tenths lie within, from the 5 % to the 95 % quantile, the unit or the kind of
/// signal must be other than its name says.
pub(crate) fn stray_limits(profile: &Profile, dictionary: &Dictionary) -> BTreeMap<String, Bounds> {
    let stray = |limits: Rule| {
        let column = profile.column(range_column(&limits)?)?;
        let declared = dictionary.columns.iter().find(|declared| declared.name == column.name);
        let sentinels = declared.map_or(&[][..], |declared| &declared.sentinels);
        let quantiles = column.quantiles.as_ref()?;
        let (low, high) = (number(&quantiles.p05)?, number(&quantiles.p95)?);
        let (min, max) = bounds(&limits);
        let within = min.is_none_or(|min| low >= min) && max.is_none_or(|max| high <= max);
        (within && beyond((min, max), column, sentinels)).then(|| (column.name.clone(), (min, max)))
    };
    physical(None, profile, dictionary).into_iter().filter_map(stray).collect()
}

/// The rules of the pack that is named or guessed, for columns as they are profiled.
fn physical(process: Option<Process>, profile: &Profile, dictionary: &Dictionary) -> Vec<Rule> {
    let columns = profile.columns.iter().map(|found| {
        let declared = dictionary.columns.iter().find(|column| column.name == found.name);
        let mut column = declared.cloned().unwrap_or_else(|| bare(found));
        (column.value_type, column.role) = (found.value_type, found.role);
        column
    });
    let seen = Dictionary { columns: columns.collect(), ..dictionary.clone() };
    let process = process.or_else(|| guess_process(&seen).ok().flatten());
    pack_rules(process.unwrap_or(Process::Common), &seen).unwrap_or_default()
}

/// A column of which only the profile knows.
fn bare(found: &ColumnProfile) -> Column {
    Column {
        name: found.name.clone(),
        source_name: None,
        value_type: found.value_type,
        role: found.role,
        unit: found.unit.clone(),
        title: None,
        semantic_id: None,
        nullable: true,
        formats: Vec::new(),
        sentinels: Vec::new(),
        confidence_bp: None,
    }
}

fn rule(id: String, check: Check, severity: Severity, reason: Text) -> Rule {
    Rule { id, check, severity, tolerance_bp: 0, dimension: None, reason: Some(reason) }
}

fn is_anchor(role: Role) -> bool {
    matches!(role, Role::Time | Role::Machine | Role::Key)
}

fn not_null(profile: &Profile, column: &ColumnProfile, nullable: bool) -> Option<Rule> {
    if profile.rows == 0 || column.nulls + column.nan > 0 {
        return None;
    }
    let anchor = is_anchor(column.role) && !nullable;
    let severity = if anchor { Severity::Error } else { Severity::Warning };
    let check = Check::NotNull { column: column.name.clone() };
    let rows = profile.rows;
    let why = Text::new(
        format!("{rows}행 모두에 값이 있습니다."),
        format!("All {rows} rows have a value."),
    );
    Some(rule(format!("not_null.{}", column.name), check, severity, why))
}

fn set(column: &ColumnProfile) -> Option<Rule> {
    let distinct = column.distinct.as_ref().filter(|distinct| distinct.exact)?;
    let count = usize::try_from(distinct.count).ok()?;
    let category = match column.value_type {
        ValueType::Text => true,
        ValueType::Integer => column.role == Role::Label,
        _ => false,
    };
    let cut = |value: &Scalar| matches!(value, Scalar::Text(text) if text.ends_with('…'));
    let usual = category
        && (1..=SET_MAX).contains(&count)
        && count == column.top.len()
        && column.count / distinct.count >= SET_ROWS
        && !column.top.iter().any(|top| cut(&top.value));
    if !usual {
        return None;
    }
    let values = column.top.iter().map(|top| top.value.clone()).collect();
    let check = Check::Set { column: column.name.clone(), values };
    let why = Text::new(
        format!("서로 다른 값이 {count}개뿐입니다. 새 값이 생기면 더하세요."),
        format!("There are {count} different values only; add new ones as they come."),
    );
    Some(rule(format!("set.{}", column.name), check, Severity::Warning, why))
}

/// Bounds of a column of numbers: all values seen and a margin. Outliers are within, because a
/// guess must not lower the index of data that nobody has judged.
fn range(column: &ColumnProfile) -> Option<Rule> {
    if is_anchor(column.role) || column.role == Role::Lot {
        return None;
    }
    let quantiles = column.quantiles.as_ref()?;
    let (min, max) = (column.min.as_ref()?, column.max.as_ref()?);
    let ((min, max), why) = if column.sentinels > 0 {
        // A sentinel is likely one of the ends, so the body of the values says where they belong.
        let why = Text::new(
            "결측 표시값이 있어, 가운데 90 %의 범위를 양쪽으로 그 폭의 세 배만큼 넓혔습니다.",
            "There are sentinels, so the middle nine tenths were widened on both sides by three times their width.",
        );
        (widened(&quantiles.p05, &quantiles.p95, true)?, why)
    } else {
        let why = Text::new(
            "관측한 최솟값과 최댓값에 폭의 10 %를 더했습니다.",
            "The smallest and largest value seen, and a tenth of their distance.",
        );
        (widened(min, max, false)?, why)
    };
    let check = Check::Range { column: column.name.clone(), min: Some(min), max: Some(max) };
    Some(rule(format!("range.{}", column.name), check, Severity::Warning, why))
}

/// Two values with a margin: of a body three times its width, else a tenth.
fn widened(low: &Scalar, high: &Scalar, body: bool) -> Option<(Scalar, Scalar)> {
    match (low, high) {
        (Scalar::Number(low), Scalar::Number(high)) => {
            wide(*low, *high, if body { BODY_MARGIN } else { 0.1 })
        }
        (Scalar::Integer(low), Scalar::Integer(high)) => {
            Some(whole(*low, *high, if body { 3 } else { 0 }))
        }
        _ => None,
    }
}

/// The range with a margin at both ends, a share of its width; what is never negative stays so.
fn wide(low: f64, high: f64, margin: f64) -> Option<(Scalar, Scalar)> {
    let room = (high - low) * margin;
    let from = if low >= 0.0 { (low - room).max(0.0) } else { low - room };
    let to = high + room;
    // −0.0 would be a strange bound to read.
    (from.is_finite() && to.is_finite()).then_some((Scalar::Number(from + 0.0), Scalar::Number(to)))
}

/// The same for integers; `times` 0 stands for a tenth.
fn whole(low: i64, high: i64, times: i64) -> (Scalar, Scalar) {
    let width = high.saturating_sub(low);
    let room = if times == 0 { width / 10 } else { width.saturating_mul(times) };
    let from = low.saturating_sub(room);
    let from = if low >= 0 { from.max(0) } else { from };
    (Scalar::Integer(from), Scalar::Integer(high.saturating_add(room)))
}

/// The column of a rule on a range.
fn range_column(rule: &Rule) -> Option<&String> {
    match &rule.check {
        Check::Range { column, .. } => Some(column),
        _ => None,
    }
}

fn number(scalar: &Scalar) -> Option<f64> {
    match scalar {
        Scalar::Integer(value) => Some(*value as f64),
        Scalar::Number(value) => Some(*value),
        Scalar::Text(text) => text.parse().ok(),
        Scalar::Bool(_) => None,
    }
}

/// Narrows a suggested range to what is physically possible.
fn clip(found: &mut Rule, limits: &Rule) {
    let (Check::Range { min, max, .. }, Check::Range { min: lowest, max: highest, .. }) =
        (&mut found.check, &limits.check)
    else {
        return;
    };
    let below = |a: &Option<Scalar>, b: &Option<Scalar>| {
        let of = |scalar: &Option<Scalar>| scalar.as_ref().and_then(number);
        of(a).zip(of(b)).is_some_and(|(a, b)| a < b)
    };
    if below(min, lowest) && below(lowest, max) {
        min.clone_from(lowest);
    }
    if below(highest, max) && below(min, highest) {
        max.clone_from(highest);
    }
}

/// Whether a column has values beyond what is physically possible.
fn exceeded(limits: &Rule, column: &ColumnProfile) -> bool {
    beyond(bounds(limits), column, &[])
}

/// The bounds of a range rule.
fn bounds(limits: &Rule) -> Bounds {
    let Check::Range { min, max, .. } = &limits.check else { return (None, None) };
    let of = |scalar: &Option<Scalar>| scalar.as_ref().and_then(number);
    (of(min), of(max))
}

/// Whether the least or greatest value of a column is beyond the bounds and no sentinel.
fn beyond((min, max): Bounds, column: &ColumnProfile, sentinels: &[String]) -> bool {
    let sentinel = |seen: &f64| sentinels.iter().any(|text| text.parse() == Ok(*seen));
    let beyond = |seen: f64| min.is_some_and(|min| seen < min) || max.is_some_and(|max| seen > max);
    let infinite = column.infinite_negative + column.infinite_positive > 0;
    let ends =
        [&column.min, &column.max].into_iter().filter_map(|end| end.as_ref().and_then(number));
    infinite || ends.filter(|seen| !sentinel(seen)).any(beyond)
}

/// The longest run of one reading. A run that is suspect is within, because a guess must not lower the
/// index of data that nobody has judged; the reason names what chance explains.
fn stuck(profile: &Profile, column: &ColumnProfile) -> Option<Rule> {
    let found = column.stuck.as_ref()?;
    let machine = profile.columns.iter().find(|column| column.role == Role::Machine);
    // Readings without a machine belong to none of them, and would be followed as one of their own.
    let whole = machine.is_none_or(|machine| machine.nulls == 0);
    // A signal that hardly ever changes has no run that is too long.
    let moves =
        found.limit < profile.rows / STUCK_SHARE && found.longest < profile.rows / STUCK_SHARE;
    if !whole || !moves {
        return None;
    }
    let (limit, longest) = (found.limit, found.longest);
    let why = if longest > limit {
        Text::new(
            format!(
                "가장 오래 멈춘 값이 {longest}번입니다. 우연히는 {limit}번까지 있을 수 있으니, 고장이었다면 낮추세요."
            ),
            format!(
                "The longest run has {longest} readings; chance explains {limit}. Lower it if that was a fault."
            ),
        )
    } else {
        Text::new(
            format!("같은 값이 우연히 {limit}번까지 이어질 수 있습니다."),
            format!("By chance one reading repeats up to {limit} times in a row."),
        )
    };
    let group = machine.map(|machine| machine.name.clone());
    let check = Check::StuckRun { column: column.name.clone(), group, rows: limit.max(longest) };
    Some(rule(format!("stuck_run.{}", column.name), check, Severity::Warning, why))
}

/// The shapes of the texts that name things, where they are few.
fn shapes(column: &ColumnProfile) -> Option<Rule> {
    let names = matches!(column.role, Role::Key | Role::Lot | Role::Machine);
    let all = column.patterns.iter().map(|found| found.count).sum::<u64>();
    let few = (1..=SHAPES_MAX).contains(&column.patterns.len());
    let usual = names
        && column.value_type == ValueType::Text
        && few
        && all == column.count
        && all >= SHAPE_ROWS * column.patterns.len() as u64;
    if !usual {
        return None;
    }
    let lengths = column.lengths.as_ref()?;
    let mut parts = Vec::new();
    for found in &column.patterns {
        let (part, length) = expression(&found.pattern)?;
        // A brace in a text may look like a number of repeats.
        if !(lengths.chars_min..=lengths.chars_max).contains(&length) {
            return None;
        }
        parts.push(part);
    }
    let pattern = match &parts[..] {
        [one] => format!("^{one}$"),
        several => format!("^(?:{})$", several.join("|")),
    };
    let shown: Vec<&str> = column.patterns.iter().map(|found| found.pattern.as_str()).collect();
    let shown = shown.join(", ");
    let why = Text::new(
        format!("모든 값의 꼴이 {shown}입니다(9 숫자, A·a 로마자, 가 한글)."),
        "All values are of the same few shapes of digits and letters.".to_owned(),
    );
    let check = Check::Regex { column: column.name.clone(), pattern };
    Some(rule(format!("regex.{}", column.name), check, Severity::Warning, why))
}

/// A shape as a regular expression, and how many characters it has; `None` of a shape cut off.
fn expression(shape: &str) -> Option<(String, u64)> {
    let mut signs = shape.chars().peekable();
    let (mut out, mut length) = (String::new(), 0_u64);
    while let Some(sign) = signs.next() {
        match sign {
            '…' | '\n' | '\r' => return None,
            '9' => out.push_str(r"\d"),
            'A' => out.push_str(r"\p{Lu}"),
            'a' => out.push_str(r"\p{Ll}"),
            '가' => out.push_str("[가-힣ㄱ-ㆎ]"),
            other => out.push_str(&regex::escape(&other.to_string())),
        }
        let mut count = 1;
        if signs.peek() == Some(&'{') {
            let digits: String = signs.clone().skip(1).take_while(char::is_ascii_digit).collect();
            count = digits.parse().ok().filter(|count| *count > 4)?;
            let end = digits.len() + 1;
            if signs.clone().nth(end) != Some('}') {
                return None;
            }
            signs.nth(end);
            out.push_str(&format!("{{{count}}}"));
        }
        length += count;
    }
    (length > 0).then_some((out, length))
}

/// The order by machine if it was followed, else that of the whole file.
fn main_order(profile: &Profile) -> Option<&TimeOrder> {
    profile.time.last().filter(|order| order.timed > 0)
}

fn order(profile: &Profile) -> Vec<Rule> {
    let Some(order) = main_order(profile) else { return Vec::new() };
    let (column, group) = (order.column.clone(), order.group.clone());
    let check = Check::Monotonic { column: column.clone(), group: group.clone(), strict: false };
    let mut rules = Vec::new();
    // A file that is not in the order of time at all is not a faulty series.
    if order.backward > order.timed / KEY_ROWS {
        return rules;
    }
    let (timed, backward) = (order.timed, order.backward);
    let why = Text::new(
        format!("시각이 있는 {timed}행 가운데 {backward}행만 앞 행보다 이릅니다."),
        format!("Of {timed} rows with a time {backward} are earlier than the row before."),
    );
    rules.push(rule(format!("monotonic.{column}"), check, Severity::Warning, why));
    // A pause of the line is no fault of a record: the bound holds for the pauses seen.
    let seen = order.largest_gap.as_ref().map_or(0, |gap| gap.micros);
    let micros = order.median_step_us.map(|median| median.saturating_mul(5).max(seen));
    if let Some(micros) = micros.filter(|_| order.gaps <= order.timed / GAP_ROWS) {
        let id = format!("max_gap.{column}");
        let why = Text::new(
            "표본 간격 중앙값의 다섯 배와 관측한 가장 긴 공백 가운데 긴 쪽입니다.",
            "Five median steps, or the longest pause seen if that is longer.",
        );
        rules.push(rule(id, Check::MaxGap { column, group, micros }, Severity::Warning, why));
    }
    rules
}

/// A key: a declared key column, else machine and time, else the whole row.
fn key(profile: &Profile) -> Rule {
    let near_unique = |column: &&ColumnProfile| {
        let Some(distinct) = &column.distinct else { return false };
        let slack = if distinct.exact { 0 } else { profile.rows / 10_000 * 123 };
        profile.rows > 0 && distinct.count + slack + profile.rows / KEY_ROWS >= profile.rows
    };
    let declared = profile.columns.iter().filter(|column| column.role == Role::Key);
    if let Some(column) = declared.into_iter().find(near_unique) {
        let columns = vec![column.name.clone()];
        let why = Text::new("번호 열의 값이 거의 모두 다릅니다.", "Nearly all numbers differ.");
        let id = format!("unique.{}", column.name);
        return rule(id, Check::Unique { columns }, Severity::Error, why);
    }
    let repeats = |order: &&TimeOrder| order.repeated + order.backward <= order.timed / KEY_ROWS;
    if let Some(order) = main_order(profile).filter(repeats) {
        let mut columns: Vec<String> = order.group.iter().cloned().collect();
        columns.push(order.column.clone());
        let id = format!("unique.{}", columns.join("."));
        let why =
            Text::new("설비와 시각이 한 기록을 가리킵니다.", "Machine and time name one record.");
        return rule(id, Check::Unique { columns }, Severity::Warning, why);
    }
    // Nested columns cannot be compared; without them, empty means all columns.
    let mut columns = Vec::new();
    if profile.columns.iter().any(|column| column.value_type == ValueType::Nested) {
        let flat = profile.columns.iter().filter(|c| c.value_type != ValueType::Nested);
        columns.extend(flat.map(|column| column.name.clone()));
    }
    let why = Text::new(
        "키로 쓸 열을 찾지 못해 행 전체를 비교합니다. 키 열을 정하면 바꾸세요.",
        "No key was found, so whole rows are compared; name the key columns instead.",
    );
    rule("unique.row".to_owned(), Check::Unique { columns }, Severity::Warning, why)
}
