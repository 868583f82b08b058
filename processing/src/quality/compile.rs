//! From rules as data to tests that fit the columns of a table.
//!
//! Invariant: a bound is compared exactly: it is brought to the type of the column by rounding
//! inwards, never by converting the values.

use std::collections::HashSet;

use regex::{Regex, RegexBuilder};
use schema::data::profile::Scalar;
use schema::data::quality::{Check, Rule, RuleSet};

use super::across::Across;
use super::form::Form;
use super::prepare::Bench;
use super::whole::Whole;
use crate::error::Fault;
use crate::profile::cells::float_bits;
use crate::profile::scalar::{decimal_exact, decimal_floor, parse_day, parse_instant};
use crate::profile::table::{Kind, Table};

/// Rules of a set.
const RULES_MAX: usize = 20_000;
/// Bytes that a compiled pattern may take.
const PATTERN_BYTES_MAX: usize = 1 << 20;

/// A rule made ready for a table. Columns are positions in the table.
pub(crate) enum Test {
    /// Judged row by row.
    Row {
        /// Column.
        column: usize,
        /// What its cells must be.
        cells: CellTest,
    },
    /// Judged by two cells of a row.
    Delay {
        /// Instant of the event.
        happened: usize,
        /// Instant of the arrival.
        arrived: usize,
        /// Longest delay in microseconds.
        micros: u64,
    },
    /// Judged by all rows: repeated keys.
    Unique {
        /// Columns of the key, ascending.
        columns: Vec<usize>,
    },
    /// Judged row after row.
    Follow {
        /// Column.
        column: usize,
        /// Column of the group.
        group: Option<usize>,
        /// What the rows must be.
        order: OrderTest,
    },
    /// Judged by several columns, or with another table.
    Across(Across),
    /// Judged by the table as a whole.
    Whole(Whole),
}

/// What a cell must be.
pub(crate) enum CellTest {
    /// Neither null nor NaN.
    Present,
    /// Integer, day or instant within bounds.
    Whole(i128, i128),
    /// Finite float within bounds.
    Real(f64, f64),
    /// Unscaled decimal within bounds.
    Wide(i128, i128),
    /// One of these texts.
    TextSet(HashSet<String>),
    /// One of these integers, days or instants.
    WholeSet(HashSet<i64>),
    /// One of these floats, by their bits.
    RealSet(HashSet<u64>),
    /// One of these unscaled decimals.
    WideSet(HashSet<i128>),
    /// Whether `false` and `true` are allowed.
    FlagSet([bool; 2]),
    /// Text with a match.
    Pattern(Regex),
    /// Of a type or length.
    Form(Form),
}

/// What consecutive rows must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OrderTest {
    /// Not smaller than the row before; or larger, if strict.
    Monotonic {
        /// Whether equal values fail.
        strict: bool,
    },
    /// No longer step than so many microseconds (of days: converted).
    MaxGap(u64),
    /// No longer run of one value than so many rows.
    StuckRun(u64),
}

/// Makes all rules of a set ready.
///
/// # Errors
///
/// [`Fault::Input`] `rules-too-many`, `rule-id-repeated`, `column-missing`, `rule-type-mismatch`,
/// `rule-bound`, `rule-pattern` or one of [`Bench::prepare`]; rule and column concerned are named.
pub(crate) fn compile(rules: &RuleSet, bench: &Bench<'_>) -> Result<Vec<Test>, Fault> {
    if rules.rules.len() > RULES_MAX {
        return Err(Fault::input(
            "rules-too-many",
            format!("규칙은 {RULES_MAX}개까지 지정할 수 있습니다."),
            format!("At most {RULES_MAX} rules can be given."),
        ));
    }
    let mut ids = HashSet::new();
    for rule in &rules.rules {
        if !ids.insert(&rule.id) {
            return Err(Fault::input(
                "rule-id-repeated",
                format!("규칙 이름이 겹칩니다: {}", rule.id),
                format!("Two rules have the same name: {}", rule.id),
            ));
        }
    }
    let ready = |(at, rule): (usize, &Rule)| {
        let test = match bench.prepare(&rule.check) {
            Ok(None) => one(rule, bench.table),
            Ok(Some(test)) => Ok(test),
            Err(fault) => Err(fault),
        };
        test.map_err(|fault| bench.context.at_rule(fault, at, &rule.id))
    };
    rules.rules.iter().enumerate().map(ready).collect()
}

fn one(rule: &Rule, table: &Table) -> Result<Test, Fault> {
    match &rule.check {
        Check::NotNull { column } => row(table, column, |_| Ok(CellTest::Present)),
        Check::Range { column, min, max } => {
            row(table, column, |kind| range(kind, min.as_ref(), max.as_ref()))
        }
        Check::Set { column, values } => row(table, column, |kind| set(kind, values)),
        Check::Regex { column, pattern } => row(table, column, |kind| match kind {
            Kind::Text => compile_pattern(pattern).map(CellTest::Pattern),
            _ => Err(Unfit::Type),
        }),
        Check::Unique { columns } => {
            let mut positions = if columns.is_empty() {
                (0..table.columns.len()).collect()
            } else {
                columns.iter().map(|c| table.position(c)).collect::<Result<Vec<_>, _>>()?
            };
            positions.sort_unstable();
            positions.dedup();
            match positions.iter().find(|at| table.columns[**at].kind == Kind::Opaque) {
                Some(at) => Err(Unfit::Type.fault(&table.columns[*at].name)),
                None => Ok(Test::Unique { columns: positions }),
            }
        }
        Check::Monotonic { column, group, strict } => {
            let order = OrderTest::Monotonic { strict: *strict };
            follow(table, column, group.as_deref(), order)
        }
        Check::MaxGap { column, group, micros } => {
            follow(table, column, group.as_deref(), OrderTest::MaxGap(*micros))
        }
        Check::StuckRun { column, group, rows } => {
            follow(table, column, group.as_deref(), OrderTest::StuckRun(*rows))
        }
        Check::Delay { happened, arrived, micros } => {
            let instant = |name: &str| {
                let at = table.position(name)?;
                let fits = matches!(table.columns[at].kind, Kind::Instant { .. });
                if fits { Ok(at) } else { Err(Unfit::Type.fault(name)) }
            };
            let (happened, arrived) = (instant(happened)?, instant(arrived)?);
            Ok(Test::Delay { happened, arrived, micros: *micros })
        }
        _ => Err(Fault::Bug(format!("the check of rule {} was not made ready", rule.id))),
    }
}

/// Why a rule does not fit its column.
pub(super) enum Unfit {
    /// It is for other types.
    Type,
    /// A bound cannot be read.
    Bound(String),
    /// A pattern cannot be read.
    Pattern(String),
}

impl Unfit {
    /// The fault, at a column.
    pub(super) fn fault(self, column: &str) -> Fault {
        let fault = match self {
            Self::Type => Fault::input(
                "rule-type-mismatch",
                "이 규칙은 이 열의 자료형에 쓸 수 없습니다.",
                "This rule does not fit the type of the column.",
            ),
            Self::Bound(value) => Fault::input(
                "rule-bound",
                format!("이 열의 자료형으로 읽을 수 없는 값입니다: {value}"),
                format!("The value cannot be read as the type of the column: {value}"),
            ),
            Self::Pattern(error) => Fault::input(
                "rule-pattern",
                format!("정규식이 올바르지 않습니다. ({error})"),
                format!("The pattern is not valid. ({error})"),
            ),
        };
        fault.at_column(column)
    }
}

fn row(
    table: &Table,
    name: &str,
    test: impl FnOnce(Kind) -> Result<CellTest, Unfit>,
) -> Result<Test, Fault> {
    let column = table.position(name)?;
    let cells = test(table.columns[column].kind).map_err(|unfit| unfit.fault(name))?;
    Ok(Test::Row { column, cells })
}

fn follow(table: &Table, name: &str, group: Option<&str>, order: OrderTest) -> Result<Test, Fault> {
    let column = table.position(name)?;
    let group = group.map(|group| table.position(group)).transpose()?;
    let temporal = |kind| matches!(kind, Kind::Day | Kind::Instant { .. });
    let kind = table.columns[column].kind;
    let fits = match order {
        OrderTest::Monotonic { .. } => matches!(kind, Kind::Whole | Kind::Real) || temporal(kind),
        OrderTest::MaxGap(_) => temporal(kind),
        OrderTest::StuckRun(_) => kind != Kind::Opaque,
    };
    if !fits {
        return Err(Unfit::Type.fault(name));
    }
    if let Some(group) = group.filter(|group| table.columns[*group].kind == Kind::Opaque) {
        return Err(Unfit::Type.fault(&table.columns[group].name));
    }
    let order = match order {
        OrderTest::MaxGap(micros) if kind == Kind::Day => {
            OrderTest::MaxGap(micros / crate::DAY_US.unsigned_abs())
        }
        other => other,
    };
    Ok(Test::Follow { column, group, order })
}

fn compile_pattern(pattern: &str) -> Result<Regex, Unfit> {
    RegexBuilder::new(pattern)
        .size_limit(PATTERN_BYTES_MAX)
        .build()
        .map_err(|error| Unfit::Pattern(error.to_string()))
}

fn range(kind: Kind, min: Option<&Scalar>, max: Option<&Scalar>) -> Result<CellTest, Unfit> {
    let whole = |bound: Option<&Scalar>, open: i128, up: bool| match bound {
        None => Ok(open),
        Some(bound) => whole_bound(kind, bound, up),
    };
    match kind {
        Kind::Whole | Kind::Day | Kind::Instant { .. } => {
            Ok(CellTest::Whole(whole(min, i128::MIN, true)?, whole(max, i128::MAX, false)?))
        }
        Kind::Decimal { .. } => {
            Ok(CellTest::Wide(whole(min, i128::MIN, true)?, whole(max, i128::MAX, false)?))
        }
        Kind::Real => {
            let real = |bound: Option<&Scalar>, open: f64, up: bool| match bound {
                None => Ok(open),
                Some(bound) => real_bound(bound, up),
            };
            Ok(CellTest::Real(real(min, f64::MIN, true)?, real(max, f64::MAX, false)?))
        }
        Kind::Flag | Kind::Text | Kind::Bytes | Kind::Opaque => Err(Unfit::Type),
    }
}

/// A bound of an integer type, rounded up (for a minimum) or down.
fn whole_bound(kind: Kind, bound: &Scalar, up: bool) -> Result<i128, Unfit> {
    let unfit = || Unfit::Bound(show(bound));
    let rounded = |(floor, cut): (i128, bool)| floor.saturating_add(i128::from(up && cut));
    match (kind, bound) {
        (Kind::Whole, Scalar::Integer(value)) => Ok(i128::from(*value)),
        (Kind::Whole, Scalar::Number(value)) if value.is_finite() => {
            Ok(if up { value.ceil() } else { value.floor() } as i128)
        }
        (Kind::Day, Scalar::Text(text)) => parse_day(text).map(i128::from).ok_or_else(unfit),
        (Kind::Instant { .. }, Scalar::Text(text)) => {
            parse_instant(text).map(i128::from).ok_or_else(unfit)
        }
        (Kind::Decimal { scale }, Scalar::Text(text)) => {
            decimal_floor(text, scale).map(rounded).ok_or_else(unfit)
        }
        (Kind::Decimal { scale }, Scalar::Integer(value)) => {
            decimal_floor(&value.to_string(), scale).map(rounded).ok_or_else(unfit)
        }
        (Kind::Decimal { scale }, Scalar::Number(value)) => {
            decimal_floor(&value.to_string(), scale).map(rounded).ok_or_else(unfit)
        }
        _ => Err(unfit()),
    }
}

/// A bound of a float, rounded up (for a minimum) or down if it is an integer that no float equals.
fn real_bound(bound: &Scalar, up: bool) -> Result<f64, Unfit> {
    match bound {
        Scalar::Number(value) if value.is_finite() => Ok(*value),
        Scalar::Integer(value) => {
            let near = *value as f64;
            let (exact, wanted) = (near as i128, i128::from(*value));
            Ok(if up && exact < wanted {
                near.next_up()
            } else if !up && exact > wanted {
                near.next_down()
            } else {
                near
            })
        }
        _ => Err(Unfit::Bound(show(bound))),
    }
}

fn set(kind: Kind, values: &[Scalar]) -> Result<CellTest, Unfit> {
    fn all<T: std::hash::Hash + Eq>(
        values: &[Scalar],
        read: impl Fn(&Scalar) -> Option<T>,
    ) -> Result<HashSet<T>, Unfit> {
        let read = |value| read(value).ok_or_else(|| Unfit::Bound(show(value)));
        values.iter().map(read).collect()
    }
    Ok(match kind {
        Kind::Text => CellTest::TextSet(all(values, |value| match value {
            Scalar::Text(text) => Some(text.clone()),
            _ => None,
        })?),
        Kind::Whole => CellTest::WholeSet(all(values, |value| match value {
            Scalar::Integer(value) => Some(*value),
            _ => None,
        })?),
        Kind::Day => CellTest::WholeSet(all(values, |value| match value {
            Scalar::Text(text) => parse_day(text),
            _ => None,
        })?),
        Kind::Instant { .. } => CellTest::WholeSet(all(values, |value| match value {
            Scalar::Text(text) => parse_instant(text),
            _ => None,
        })?),
        Kind::Real => CellTest::RealSet(all(values, |value| match value {
            Scalar::Integer(value) if (*value as f64) as i128 == i128::from(*value) => {
                Some(float_bits(*value as f64))
            }
            Scalar::Number(value) if value.is_finite() => Some(float_bits(*value)),
            _ => None,
        })?),
        Kind::Decimal { scale } => CellTest::WideSet(all(values, |value| match value {
            Scalar::Integer(value) => decimal_exact(&value.to_string(), scale),
            Scalar::Number(value) => decimal_exact(&value.to_string(), scale),
            Scalar::Text(text) => decimal_exact(text, scale),
            Scalar::Bool(_) => None,
        })?),
        Kind::Flag => {
            let allowed = all(values, |value| match value {
                Scalar::Bool(value) => Some(*value),
                _ => None,
            })?;
            CellTest::FlagSet([allowed.contains(&false), allowed.contains(&true)])
        }
        Kind::Bytes | Kind::Opaque => return Err(Unfit::Type),
    })
}

fn show(value: &Scalar) -> String {
    match value {
        Scalar::Bool(value) => value.to_string(),
        Scalar::Integer(value) => value.to_string(),
        Scalar::Number(value) => value.to_string(),
        Scalar::Text(text) => crate::profile::cut(text, 64),
    }
}
