//! From checks over several columns, other tables or the table as a whole to tests that fit.

use schema::data::column::Dictionary;
use schema::data::quality::Check;

use super::across::Across;
use super::compile::{CellTest, Test, Unfit};
use super::condition::Condition;
use super::form::Form;
use super::number::scale_of;
use super::reference::Context;
use super::trace::Sequence;
use super::whole::{Whole, may_ask_for, measures, physical, time_unit};
use crate::error::Fault;
use crate::expr::query;
use crate::limits::Limits;
use crate::profile::table::{Kind, Table};

/// Windows of a `spike` check.
const WINDOW_MAX: u32 = 1_001;

/// What rules are made ready for.
pub(crate) struct Bench<'a> {
    /// The table.
    pub(crate) table: &'a Table,
    /// What is declared of it.
    pub(crate) dictionary: &'a Dictionary,
    /// References and the like.
    pub(crate) context: &'a Context,
    /// Bounds.
    pub(crate) limits: &'a Limits,
}

impl Bench<'_> {
    /// Makes a check ready; none if it is judged by a single column alone.
    ///
    /// # Errors
    ///
    /// `column-missing`, `rule-type-mismatch`, `rule-bound`, `rule-unit`, `reference-…`,
    /// `as-of-missing`, and those of an [expression](crate::expr) or a query.
    pub(crate) fn prepare(&self, check: &Check) -> Result<Option<Test>, Fault> {
        let test = match check {
            Check::Type { column, is } => {
                let (column, kind) = self.column(column)?;
                Test::Row { column, cells: CellTest::Form(Form::of_type(kind, *is)) }
            }
            Check::Length { column: name, min, max } => {
                let (column, kind) = self.column(name)?;
                must(matches!(kind, Kind::Text | Kind::Bytes), name)?;
                let form = Form::Length(min.unwrap_or(0), max.unwrap_or(u64::MAX));
                Test::Row { column, cells: CellTest::Form(form) }
            }
            Check::ForeignKey { columns, reference, reference_columns } => {
                self.key(columns, reference, reference_columns)?
            }
            Check::Sampling { .. } | Check::RateOfChange { .. } | Check::Spike { .. } => {
                self.sequence(check)?
            }
            Check::Distribution { column, reference, reference_column, measure, max } => {
                bound(*max >= 0.0, column, *max)?;
                let (at, _) = self.column(column)?;
                self.context.reference(reference)?;
                Test::Across(Across::Shift {
                    column: at,
                    reference: reference.clone(),
                    theirs: reference_column.as_ref().unwrap_or(column).clone(),
                    measure: *measure,
                    max: *max,
                })
            }
            Check::RowCount { .. }
            | Check::Freshness { .. }
            | Check::Aggregate { .. }
            | Check::Schema { .. }
            | Check::Unit { .. } => Test::Whole(self.whole(check)?),
            Check::Expression { expr, null_passes } => {
                let offset_min = self.dictionary.reading.utc_offset_min;
                let condition = Condition::new(expr, *null_passes, self.table, offset_min)?;
                Test::Across(Across::Condition(Box::new(condition)))
            }
            Check::Sql { query } => {
                let tables = self.context.named(&self.table.path);
                query::check(query, &tables, self.limits)?;
                Test::Across(Across::Query(query.clone()))
            }
            _ => return Ok(None),
        };
        Ok(Some(test))
    }

    fn column(&self, name: &str) -> Result<(usize, Kind), Fault> {
        let column = self.table.position(name)?;
        Ok((column, self.table.columns[column].kind))
    }

    fn group(&self, name: Option<&str>) -> Result<Option<usize>, Fault> {
        let Some(name) = name else { return Ok(None) };
        let (group, kind) = self.column(name)?;
        must(kind != Kind::Opaque, name)?;
        Ok(Some(group))
    }

    fn key(&self, columns: &[String], reference: &str, theirs: &[String]) -> Result<Test, Fault> {
        let other = self.context.table(reference, self.limits)?;
        let names = if theirs.is_empty() { columns } else { theirs };
        if columns.is_empty() || names.len() != columns.len() {
            return Err(Fault::input(
                "rule-bound",
                "외래 키의 열과 참조 열은 하나 이상이고 개수가 같아야 합니다.",
                "A foreign key needs columns, and as many columns of the reference.",
            ));
        }
        let (mut mine, mut found) = (Vec::new(), Vec::new());
        for (name, theirs) in columns.iter().zip(names) {
            let (column, kind) = self.column(name)?;
            must(kind != Kind::Opaque, name)?;
            let at = other.position(theirs).map_err(|_| {
                Fault::input(
                    "column-missing",
                    format!("참조 ‘{reference}’에 열 ‘{theirs}’이(가) 없습니다."),
                    format!("The reference “{reference}” has no column “{theirs}”."),
                )
                .at_column(theirs)
            })?;
            if other.columns[at].kind != kind {
                return Err(Fault::input(
                    "reference-type-mismatch",
                    format!("참조 ‘{reference}’의 열 ‘{theirs}’과(와) 자료형이 다릅니다. 같은 자료형으로 변환하세요."),
                    format!("Column “{theirs}” of the reference “{reference}” is of another type; cast one of them."),
                )
                .at_column(name));
            }
            mine.push(column);
            found.push(at);
        }
        let reference = reference.to_owned();
        Ok(Test::Across(Across::Key { columns: mine, reference, theirs: found }))
    }

    fn sequence(&self, check: &Check) -> Result<Test, Fault> {
        let temporal = |kind| matches!(kind, Kind::Day | Kind::Instant { .. });
        let numeric = |kind| matches!(kind, Kind::Whole | Kind::Real | Kind::Decimal { .. });
        let (column, group, sequence) = match check {
            Check::Sampling { column: name, group, micros, within_bp } => {
                let (column, kind) = self.column(name)?;
                must(temporal(kind), name)?;
                let unit = i128::from(time_unit(kind));
                let (wanted, slack) = (i128::from(*micros) * 10_000, i128::from(*within_bp));
                let slack = i128::from(*micros) * slack;
                // Bounds of whole units, rounded inwards.
                let low = -((slack - wanted).div_euclid(10_000 * unit));
                let high = (wanted + slack).div_euclid(10_000 * unit);
                (column, group, Sequence::Sampling { low, high })
            }
            Check::RateOfChange { column: name, time, group, per_second } => {
                let (column, kind) = self.column(name)?;
                must(numeric(kind), name)?;
                bound(*per_second >= 0.0, name, *per_second)?;
                let (time_column, time_kind) = self.column(time)?;
                must(temporal(time_kind), time)?;
                let sequence = Sequence::Rate {
                    time: time_column,
                    time_unit: time_unit(time_kind),
                    per_second: *per_second,
                    scale: scale_of(kind),
                };
                (column, group, sequence)
            }
            Check::Spike { column: name, group, window, threshold, floor } => {
                let (column, kind) = self.column(name)?;
                must(numeric(kind), name)?;
                let odd = window % 2 == 1 && (3..=WINDOW_MAX).contains(window);
                bound(odd, name, f64::from(*window))?;
                bound(*threshold >= 0.0, name, *threshold)?;
                bound(*floor >= 0.0, name, *floor)?;
                let (window, threshold, floor) = (*window as usize, *threshold, *floor);
                let scale = scale_of(kind);
                (column, group, Sequence::Spike { window, threshold, floor, scale })
            }
            _ => return Err(Fault::Bug("not a check of a sequence".to_owned())),
        };
        let group = self.group(group.as_deref())?;
        Ok(Test::Across(Across::Sequence { column, group, sequence }))
    }

    fn whole(&self, check: &Check) -> Result<Whole, Fault> {
        Ok(match check {
            Check::RowCount { min, max } => {
                Whole::RowCount(min.unwrap_or(0), max.unwrap_or(u64::MAX))
            }
            Check::Freshness { column: name, micros } => {
                let (column, kind) = self.column(name)?;
                must(matches!(kind, Kind::Day | Kind::Instant { .. }), name)?;
                let Some(as_of) = self.context.as_of_us else {
                    return Err(Fault::input(
                        "as-of-missing",
                        "최신성을 판단할 기준 시각이 주어지지 않았습니다.",
                        "The time that freshness counts back from was not given.",
                    )
                    .at_column(name));
                };
                // Times without a zone and days are those of the place that the file was made in.
                let local = i128::from(self.dictionary.reading.utc_offset_min) * 60_000_000;
                let utc = kind == Kind::Instant { utc: true };
                let as_of = i128::from(as_of) + if utc { 0 } else { local };
                Whole::Freshness { column, micros: *micros, as_of }
            }
            Check::Aggregate { column: name, measure, min, max } => {
                let (column, kind) = self.column(name)?;
                must(measures(*measure, kind), name)?;
                for value in [min, max].into_iter().flatten() {
                    bound(value.is_finite(), name, *value)?;
                }
                Whole::Aggregate { column, measure: *measure, min: *min, max: *max }
            }
            Check::Schema { columns, ordered, extra } => {
                Whole::Schema { columns: columns.clone(), ordered: *ordered, extra: *extra }
            }
            Check::Unit { columns, unit } => {
                if let Some(unit) = unit.as_deref().filter(|unit| !may_ask_for(unit)) {
                    return Err(Fault::input(
                        "rule-unit",
                        format!("환산할 수 없는 단위입니다: {unit}. UCUM 부호로 적으세요."),
                        format!("The unit cannot be converted: {unit}. Write a UCUM code."),
                    ));
                }
                let columns = if columns.is_empty() {
                    physical(self.table)
                } else {
                    columns.iter().map(|c| self.table.position(c)).collect::<Result<_, _>>()?
                };
                Whole::Unit(columns, unit.clone())
            }
            _ => return Err(Fault::Bug("not a check of the whole table".to_owned())),
        })
    }
}

fn must(fits: bool, column: &str) -> Result<(), Fault> {
    if fits { Ok(()) } else { Err(Unfit::Type.fault(column)) }
}

fn bound(fits: bool, column: &str, value: f64) -> Result<(), Fault> {
    if fits { Ok(()) } else { Err(Unfit::Bound(value.to_string()).fault(column)) }
}
