//! Checks of the table as a whole: freshness, measures of a column, schema, units.
//!
//! They know no records, so they feed no index; their details say in words what was found.

use schema::data::column::Role;
use schema::data::profile::{ColumnProfile, Profile, Scalar};
use schema::data::quality::{CellType, ExpectedColumn, Measure};
use schema::lang::Text;

use super::judge::RuleCount;
use crate::pipeline::unit::{is_known, is_same_kind};
use crate::profile::scalar::{DAY_US, parse_day, parse_instant};
use crate::profile::table::{Kind, Table, TableColumn};

/// Details that a result gives at most.
const DETAILS_MAX: usize = 20;

/// A check of the table as a whole, made ready.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Whole {
    /// So many rows.
    RowCount(u64, u64),
    /// The newest instant is no older.
    Freshness {
        /// Column.
        column: usize,
        /// Greatest age in microseconds.
        micros: u64,
        /// The time counted back from, in microseconds of the column's own clock.
        as_of: i128,
    },
    /// A measure within bounds.
    Aggregate {
        /// Column.
        column: usize,
        /// What is measured.
        measure: Measure,
        /// Smallest.
        min: Option<f64>,
        /// Largest.
        max: Option<f64>,
    },
    /// Columns.
    Schema {
        /// Columns wanted.
        columns: Vec<ExpectedColumn>,
        /// Whether in this order.
        ordered: bool,
        /// Whether others are allowed.
        extra: bool,
    },
    /// Columns declare a unit, of the same kind as this one if there is one.
    Unit(Vec<usize>, Option<String>),
}

impl Whole {
    /// Whether only a profile knows what it needs.
    pub(crate) fn needs_profile(&self) -> bool {
        matches!(self, Self::Freshness { .. } | Self::Aggregate { .. })
    }

    /// What comes of the check.
    pub(crate) fn count(&self, table: &Table, profile: Option<&Profile>) -> RuleCount {
        let of = |column: usize| profile.and_then(|profile| profile.columns.get(column));
        match self {
            Self::RowCount(min, max) => one(!(*min..=*max).contains(&table.rows), None, Vec::new()),
            Self::Freshness { column, micros, as_of } => {
                let newest = of(*column).and_then(|c| c.max.as_ref());
                freshness(table.columns[*column].kind, newest, *micros, *as_of)
            }
            Self::Aggregate { column, measure, min, max } => {
                let found = of(*column).and_then(|c| measured(*measure, c, table.rows));
                let within = found.is_some_and(|value| {
                    min.is_none_or(|min| value >= min) && max.is_none_or(|max| value <= max)
                });
                let details = if found.is_none() { vec![no_measure()] } else { Vec::new() };
                one(!within, found.map(Scalar::Number), details)
            }
            Self::Schema { columns, ordered, extra } => several(
                columns.len(),
                schema_differences(&table.columns, columns, *ordered, *extra),
            ),
            Self::Unit(columns, unit) => {
                let wrong = columns
                    .iter()
                    .filter_map(|at| wrong_unit(&table.columns[*at], unit.as_deref()));
                several(columns.len(), wrong.collect())
            }
        }
    }
}

/// The columns that must have a unit: numbers that are physical as far as is known.
pub(crate) fn physical(table: &Table) -> Vec<usize> {
    let signal = |column: &TableColumn| {
        matches!(column.kind, Kind::Whole | Kind::Real | Kind::Decimal { .. })
            && matches!(column.role(), Role::Input | Role::State | Role::Quality | Role::Unknown)
    };
    (0..table.columns.len()).filter(|at| signal(&table.columns[*at])).collect()
}

fn one(fails: bool, measured: Option<Scalar>, details: Vec<Text>) -> RuleCount {
    RuleCount {
        checked: 1,
        violations: u64::from(fails),
        measured,
        details,
        ..RuleCount::default()
    }
}

fn several(checked: usize, mut details: Vec<Text>) -> RuleCount {
    let violations = details.len() as u64;
    details.truncate(DETAILS_MAX);
    RuleCount { checked: checked as u64, violations, details, ..RuleCount::default() }
}

fn no_measure() -> Text {
    Text::new("값이 없어 잴 수 없습니다.", "There are no values to measure.")
}

/// The age of the newest instant; a day lasts until its end.
fn freshness(kind: Kind, newest: Option<&Scalar>, micros: u64, as_of: i128) -> RuleCount {
    let newest = newest.and_then(|newest| match (kind, newest) {
        (Kind::Day, Scalar::Text(text)) => {
            parse_day(text).map(|day| (i128::from(day) + 1) * i128::from(DAY_US))
        }
        (_, Scalar::Text(text)) => {
            parse_instant(text).or_else(|| text.parse().ok()).map(i128::from)
        }
        _ => None,
    });
    let Some(newest) = newest else { return one(true, None, vec![no_measure()]) };
    let age = as_of - newest;
    let shown = i64::try_from(age).unwrap_or(if age < 0 { i64::MIN } else { i64::MAX });
    one(age > i128::from(micros), Some(Scalar::Integer(shown)), Vec::new())
}

/// A measure of a column, if it has one.
fn measured(measure: Measure, column: &ColumnProfile, rows: u64) -> Option<f64> {
    let share = |part: u64, whole: u64| (whole > 0).then(|| part as f64 / whole as f64);
    let quantiles = column.quantiles.as_ref();
    match measure {
        Measure::Min => number(column.min.as_ref()),
        Measure::Max => number(column.max.as_ref()),
        Measure::Mean => column.mean,
        Measure::Std => column.std,
        Measure::P05 => number(quantiles.map(|q| &q.p05)),
        Measure::P25 => number(quantiles.map(|q| &q.p25)),
        Measure::P50 => number(quantiles.map(|q| &q.p50)),
        Measure::P75 => number(quantiles.map(|q| &q.p75)),
        Measure::P95 => number(quantiles.map(|q| &q.p95)),
        Measure::MissingShare => share(column.nulls + column.nan, rows),
        Measure::ZeroShare => share(column.zeros, column.count),
        Measure::Distinct => column.distinct.as_ref().map(|distinct| distinct.count as f64),
    }
}

/// A value as a number; a decimal is written as text.
fn number(value: Option<&Scalar>) -> Option<f64> {
    match value? {
        Scalar::Integer(value) => Some(*value as f64),
        Scalar::Number(value) => Some(*value),
        Scalar::Text(text) => text.parse().ok().filter(|value: &f64| value.is_finite()),
        Scalar::Bool(_) => None,
    }
}

/// Whether a measure can be taken of a kind of column.
pub(crate) fn measures(measure: Measure, kind: Kind) -> bool {
    match measure {
        Measure::MissingShare => true,
        Measure::Distinct => kind != Kind::Opaque,
        Measure::ZeroShare => {
            matches!(kind, Kind::Flag | Kind::Whole | Kind::Real | Kind::Decimal { .. })
        }
        _ => matches!(kind, Kind::Whole | Kind::Real | Kind::Decimal { .. }),
    }
}

/// Whether a stored kind is of a type.
fn is_type(kind: Kind, is: CellType) -> bool {
    match is {
        CellType::Boolean => kind == Kind::Flag,
        CellType::Integer => kind == Kind::Whole || kind == Kind::Decimal { scale: 0 },
        CellType::Number => {
            matches!(kind, Kind::Real | Kind::Decimal { .. }) || kind == Kind::Whole
        }
        CellType::Text => kind == Kind::Text,
        CellType::Date => kind == Kind::Day,
        CellType::Timestamp => matches!(kind, Kind::Instant { .. }),
    }
}

/// What differs from the columns wanted: missing or of another type, others, out of order.
fn schema_differences(
    found: &[TableColumn],
    wanted: &[ExpectedColumn],
    ordered: bool,
    extra: bool,
) -> Vec<Text> {
    let mut differences = Vec::new();
    let mut last = None;
    for column in wanted {
        let name = &column.name;
        let Some(at) = found.iter().position(|found| &found.name == name) else {
            if !column.optional {
                differences.push(Text::new(
                    format!("열 ‘{name}’이(가) 없습니다."),
                    format!("Column “{name}” is missing."),
                ));
            }
            continue;
        };
        if column.cell_type.is_some_and(|is| !is_type(found[at].kind, is)) {
            differences.push(Text::new(
                format!("열 ‘{name}’의 자료형이 다릅니다."),
                format!("Column “{name}” is of another type."),
            ));
        }
        if ordered && last.is_some_and(|last| at < last) {
            differences.push(Text::new(
                format!("열 ‘{name}’의 순서가 다릅니다."),
                format!("Column “{name}” is out of order."),
            ));
        }
        last = last.max(Some(at));
    }
    if !extra {
        let others = found.iter().filter(|f| !wanted.iter().any(|w| w.name == f.name));
        differences.extend(others.map(|TableColumn { name, .. }| {
            Text::new(
                format!("열 ‘{name}’은(는) 정해지지 않은 열입니다."),
                format!("Column “{name}” was not expected."),
            )
        }));
    }
    differences
}

/// What is wrong with the unit of a column, if anything.
fn wrong_unit(column: &TableColumn, wanted: Option<&str>) -> Option<Text> {
    let name = &column.name;
    let declared = column.declared.as_ref().and_then(|column| column.unit.as_deref());
    let Some(unit) = declared.map(str::trim).filter(|unit| !unit.is_empty()) else {
        return Some(Text::new(
            format!("E_UNIT: 열 ‘{name}’에 단위가 없습니다. 무차원이면 1로 적으세요."),
            format!("E_UNIT: column “{name}” has no unit; declare 1 if it is dimensionless."),
        ));
    };
    let wanted = wanted.filter(|wanted| !is_same_kind(unit, wanted))?;
    Some(Text::new(
        format!("E_UNIT: 열 ‘{name}’의 단위 {unit}은(는) {wanted}(으)로 환산할 수 없습니다."),
        format!("E_UNIT: the unit {unit} of column “{name}” cannot be converted to {wanted}."),
    ))
}

/// Whether a unit may be asked for: it must be one that can be converted, or a dimensionless 1.
pub(crate) fn may_ask_for(unit: &str) -> bool {
    unit == "1" || is_known(unit)
}

/// Microseconds of one unit of a time column.
pub(crate) fn time_unit(kind: Kind) -> i64 {
    if kind == Kind::Day { DAY_US } else { 1 }
}
