//! A cautious rule set from what a table looks like.
//!
//! A suggestion is a beginning for a person to edit: it holds for the data that it came from
//! (except where the data shows a fault: NaN, backward time, repeated keys), and its bounds leave
//! room. Only rules on time, machine and key columns are errors; all others are warnings.
//!
//! Deliberately absent: stuck runs and bounds of physics, which need knowledge of the sensor.

use schema::data::column::{Dictionary, Role, ValueType};
use schema::data::profile::{ColumnProfile, Profile, Scalar, TimeOrder};
use schema::data::quality::{Check, Rule, RuleSet, Severity};

/// Values of a column that make a set, at most.
const SET_MAX: usize = 10;
/// Rows for each value of a set, at least.
const SET_ROWS: u64 = 20;
/// A gap rule is suggested if at most one in so many rows is behind a gap.
const GAP_ROWS: u64 = 1_000;
/// A key is suggested if at most one in so many rows repeats it.
const KEY_ROWS: u64 = 100;

/// Suggests rules for a table from its profile.
///
/// `dictionary` is not needed for roles, which the profile has already; columns that it declares
/// nullable get no not-null rule as errors.
pub fn suggest(profile: &Profile, dictionary: &Dictionary) -> RuleSet {
    let mut rules = vec![rule(
        "row_count".to_owned(),
        Check::RowCount { min: Some(1), max: None },
        Severity::Error,
    )];
    for column in &profile.columns {
        let declared = dictionary.columns.iter().find(|c| c.name == column.name);
        let nullable = declared.is_some_and(|c| c.nullable);
        rules.extend(not_null(profile, column, nullable));
        rules.extend(set(column).or_else(|| range(column)));
    }
    rules.extend(order(profile));
    rules.push(key(profile));
    RuleSet { rules, ..RuleSet::default() }
}

fn rule(id: String, check: Check, severity: Severity) -> Rule {
    Rule { id, check, severity, tolerance_bp: 0, dimension: None }
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
    Some(rule(format!("not_null.{}", column.name), check, severity))
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
    Some(rule(format!("set.{}", column.name), check, Severity::Warning))
}

fn range(column: &ColumnProfile) -> Option<Rule> {
    if is_anchor(column.role) || column.role == Role::Lot {
        return None;
    }
    let quantiles = column.quantiles.as_ref()?;
    let (min, max) = match (column.min.as_ref()?, column.max.as_ref()?) {
        // A sentinel is likely one of the ends, so the body of the values says where they belong.
        _ if column.sentinels > 0 => match (&quantiles.p05, &quantiles.p95) {
            (Scalar::Number(low), Scalar::Number(high)) => wide(*low, *high, 3.0)?,
            (Scalar::Integer(low), Scalar::Integer(high)) => whole(*low, *high, 3),
            _ => return None,
        },
        (Scalar::Number(low), Scalar::Number(high)) => wide(*low, *high, 0.1)?,
        (Scalar::Integer(low), Scalar::Integer(high)) => whole(*low, *high, 0),
        _ => return None,
    };
    let check = Check::Range { column: column.name.clone(), min: Some(min), max: Some(max) };
    Some(rule(format!("range.{}", column.name), check, Severity::Warning))
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
    if order.backward <= order.timed / KEY_ROWS {
        rules.push(rule(format!("monotonic.{column}"), check, Severity::Warning));
        // A pause of the line is no fault of a record: the bound holds for the pauses seen.
        let seen = order.largest_gap.as_ref().map_or(0, |gap| gap.micros);
        let micros = order.median_step_us.map(|median| median.saturating_mul(5).max(seen));
        if let Some(micros) = micros.filter(|_| order.gaps <= order.timed / GAP_ROWS) {
            let id = format!("max_gap.{column}");
            rules.push(rule(id, Check::MaxGap { column, group, micros }, Severity::Warning));
        }
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
        return rule(format!("unique.{}", column.name), Check::Unique { columns }, Severity::Error);
    }
    let repeats = |order: &&TimeOrder| order.repeated + order.backward <= order.timed / KEY_ROWS;
    if let Some(order) = main_order(profile).filter(repeats) {
        let mut columns: Vec<String> = order.group.iter().cloned().collect();
        columns.push(order.column.clone());
        let id = format!("unique.{}", columns.join("."));
        return rule(id, Check::Unique { columns }, Severity::Warning);
    }
    // Nested columns cannot be compared; without them, empty means all columns.
    let mut columns = Vec::new();
    if profile.columns.iter().any(|column| column.value_type == ValueType::Nested) {
        let flat = profile.columns.iter().filter(|c| c.value_type != ValueType::Nested);
        columns.extend(flat.map(|column| column.name.clone()));
    }
    rule("unique.row".to_owned(), Check::Unique { columns }, Severity::Warning)
}
