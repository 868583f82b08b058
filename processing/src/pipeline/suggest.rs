//! A cautious cleaning for a table that nobody has described yet.
//!
//! What is suggested loses no reading and invents none that a person would miss:
//! - rows go when they repeat another in every column, when their time is impossible, or when a key
//!   or label is missing in few of them;
//! - readings beyond what physics allows become empty, where nine tenths of a column are within;
//! - columns go when more than 30 % of them is missing, each named with its share;
//! - gaps of measured signals are filled on a straight line over time when they are short, never in
//!   keys, labels or measured qualities;
//! - rows are put in order of time when they mostly are in it already.
//!
//! Columns with one value are only pointed out. Every step has a note that says why it is there.

mod limits;

use jiff::civil::Date;
use schema::data::column::{Column, Dictionary, Role, ValueType};
use schema::data::pipeline::{
    BadTime, Cast, CastError, Columns, DropDuplicates, FillMethod, FillMissing, Literal,
    NumberRows, PipelineSpec, SentinelToNull, Sort, SortKey, Step, StepNote,
};
use schema::data::profile::{ColumnProfile, Profile, Scalar, TimeOrder};
use schema::lang::Text;

use super::filter::usual;

/// Missing cells above which a column is not worth keeping.
const SPARSE_BP: u64 = 3_000;
/// Rows that may be dropped for one reason before the reason must be wrong.
const ROWS_BP: u64 = 500;
/// Backward steps up to which a file counts as mostly in order.
const BACKWARD_BP: u64 = 2_000;
/// Sampling steps that a gap may last and still be filled.
const GAP_STEPS: u64 = 10;

/// A cleaning of the table that `profile` and `dictionary` describe.
pub fn suggest(profile: &Profile, dictionary: &Dictionary) -> PipelineSpec {
    let spec = PipelineSpec::default();
    let mut plan = Plan { profile, dictionary, spec, gone: Vec::new(), recovered: None };
    if profile.rows > 0 {
        plan.nearly_typed();
        plan.impossible_times();
        plan.duplicates();
        plan.sentinels();
        plan.beyond_physics();
        plan.sparse();
        plan.rows_without_key_or_label();
        plan.order();
        plan.gaps();
        plan.constants();
    }
    plan.spec
}

struct Plan<'a> {
    profile: &'a Profile,
    dictionary: &'a Dictionary,
    spec: PipelineSpec,
    /// Columns that an earlier step drops.
    gone: Vec<String>,
    /// A time that an earlier step makes of text, and that was therefore not measured.
    recovered: Option<String>,
}

/// A column as described and as measured.
type Pair<'a> = (&'a Column, &'a ColumnProfile);

impl<'a> Plan<'a> {
    fn add(&mut self, step: Step, ko: String, en: String) {
        self.spec.steps.push(step);
        let step = u32::try_from(self.spec.steps.len()).unwrap_or(u32::MAX);
        self.spec.notes.push(StepNote { step, text: Text { ko, en } });
    }

    /// Columns that are still there.
    fn columns(&self) -> Vec<Pair<'a>> {
        let profile = self.profile;
        self.dictionary
            .columns
            .iter()
            .filter(|column| !self.gone.contains(&column.name))
            .filter_map(|column| Some((column, profile.column(&column.name)?)))
            .collect()
    }

    fn time(&self) -> Option<Pair<'a>> {
        self.columns().into_iter().find(|(column, _)| {
            column.role == Role::Time
                && matches!(column.value_type, ValueType::Timestamp | ValueType::Date)
        })
    }

    /// Cells of a column that are missing once sentinels are nulls.
    fn missing(&self, (column, measured): Pair<'_>) -> u64 {
        let sentinels = if takes_sentinels(column) { measured.sentinels } else { 0 };
        measured.nulls + measured.nan + sentinels
    }

    fn share_bp(&self, count: u64) -> u64 {
        let share = u128::from(count) * 10_000 / u128::from(self.profile.rows.max(1));
        u64::try_from(share).unwrap_or(u64::MAX)
    }

    /// The same rows, or none: a share that is not nought but too small to matter rounds to nought.
    fn few(&self, count: u64) -> bool {
        count > 0 && self.share_bp(count) <= ROWS_BP
    }

    /// Columns that are text only because of a few values (a 30 February, “측정불가”).
    fn nearly_typed(&mut self) {
        let mut cast = Cast {
            columns: std::collections::BTreeMap::new(),
            on_error: CastError::ToNull,
            formats: Vec::new(),
        };
        let mut times = Vec::new();
        let has_time = self.time().is_some();
        for (column, measured) in self.columns() {
            if column.value_type != ValueType::Text || column.role == Role::Key {
                continue;
            }
            if let Some(to) = time_type(column) {
                // Formats are one list for all columns of a step: the first such column has it.
                if times.is_empty() && !has_time {
                    cast.columns.insert(column.name.clone(), to);
                    cast.formats.clone_from(&column.formats);
                    times.push(column.name.clone());
                }
            } else if nearly_number(column, measured) {
                cast.columns.insert(column.name.clone(), ValueType::Number);
            }
        }
        if cast.columns.is_empty() {
            return;
        }
        let list = cast.columns.keys().cloned().collect::<Vec<_>>().join(", ");
        self.add(
            Step::Cast(cast),
            format!("몇 값 때문에 글자로 읽힌 열의 형식을 되찾습니다. 맞지 않는 값은 빈칸이 됩니다: {list}."),
            format!("columns that a few values kept as text get their type; what does not fit becomes empty: {list}"),
        );
        for name in times {
            let step = BadTime {
                column: name.clone(),
                min: None,
                max: None,
                usual: true,
                keep_missing: false,
            };
            self.add(
                Step::DropRowsWithBadTime(step),
                format!("‘{name}’이(가) 없거나 달력에 없는 날짜인 행, 90 %가 있는 기간에서 크게 벗어난 행을 버립니다."),
                format!("rows without “{name}”, with a day that no calendar has, or far from where 90 % of the times are, go"),
            );
            self.recovered = Some(name);
        }
    }

    fn impossible_times(&mut self) {
        let Some((column, measured)) = self.time() else { return };
        let Some(bounds) = time_bounds(measured) else { return };
        let name = column.name.clone();
        let missing = measured.nulls;
        if !bounds.needed && !self.few(missing) {
            return;
        }
        let step = if bounds.needed {
            Step::DropRowsWithBadTime(BadTime {
                column: name.clone(),
                min: Some(bounds.min.clone()),
                max: Some(bounds.max.clone()),
                usual: false,
                keep_missing: missing > 0 && !self.few(missing),
            })
        } else {
            Step::DropMissingRows(Columns { columns: vec![name.clone()] })
        };
        let (min, max) = (bounds.min, bounds.max);
        let (ko, en) = if bounds.needed {
            (
                format!(
                    "‘{name}’의 90 %가 있는 기간에서 크게 벗어난 시각(손상된 연도 등)의 행을 버립니다: {min} ~ {max}만 남깁니다."
                ),
                format!(
                    "rows whose “{name}” lies far from where 90 % of the times are (damaged years) go; {min} to {max} stays"
                ),
            )
        } else {
            (
                format!("‘{name}’이(가) 없는 행 {missing}개를 버립니다."),
                format!("{missing} rows without “{name}” go"),
            )
        };
        self.add(step, ko, en);
    }

    fn duplicates(&mut self) {
        let rows = self.profile.duplicate_rows.as_ref().map_or(0, |duplicate| duplicate.rows);
        if rows == 0 {
            return;
        }
        // In a table of one column equal values are no repeated records: the place tells them apart.
        if self.profile.columns.len() == 1 {
            let ko = "열이 하나뿐이어서 행의 순서가 식별자입니다. 행 번호 열을 만듭니다.";
            let en = "with a single column the place of a row identifies it; a column of row numbers is made";
            let step = Step::NumberRows(NumberRows { name: "row_no".to_owned() });
            self.add(step, ko.to_owned(), en.to_owned());
            return;
        }
        self.add(
            Step::DropDuplicates(DropDuplicates::default()),
            format!("모든 열이 같은 중복 행 {rows}개를 버립니다(첫 행은 남깁니다)."),
            format!("{rows} rows that repeat an earlier row in every column go; the first stays"),
        );
    }

    fn sentinels(&mut self) {
        let mut step = SentinelToNull::default();
        let mut cells = 0;
        for (column, measured) in self.columns() {
            if measured.sentinels > 0 && takes_sentinels(column) {
                let values = column.sentinels.iter().cloned().map(Literal).collect();
                step.columns.insert(column.name.clone(), values);
                cells += measured.sentinels;
            }
        }
        if step.columns.is_empty() {
            return;
        }
        let count = step.columns.len();
        self.add(
            Step::SentinelToNull(step),
            format!(
                "‘측정값 없음’을 뜻하는 값(센티널) {cells}개를 빈칸으로 바꿉니다({count}개 열)."
            ),
            format!("{cells} cells that stand for “no reading” become empty ({count} columns)"),
        );
    }

    fn sparse(&mut self) {
        let columns = self.columns();
        let sparse = |pair: &Pair<'_>| self.share_bp(self.missing(*pair)) > SPARSE_BP;
        let label_stays = columns.iter().any(|pair| pair.0.role == Role::Label && !sparse(pair));
        let dropped: Vec<Pair<'_>> = columns
            .iter()
            .copied()
            .filter(sparse)
            .filter(|(column, measured)| {
                let empty = measured.count == measured.nan;
                match column.role {
                    // The only label of a table is what it is about, however sparse.
                    Role::Label => label_stays || empty,
                    Role::Time | Role::Key => empty,
                    _ => true,
                }
            })
            .collect();
        if dropped.is_empty() || dropped.len() == columns.len() {
            return;
        }
        let told: Vec<String> = dropped
            .iter()
            .take(10)
            .map(|pair| {
                let bp = self.share_bp(self.missing(*pair));
                format!("{} ({}.{:02} %)", pair.0.name, bp / 100, bp % 100)
            })
            .collect();
        let more = dropped.len().saturating_sub(10);
        let (ko, en) = if more == 0 {
            (String::new(), String::new())
        } else {
            (format!(" 외 {more}개"), format!(" and {more} more"))
        };
        let names: Vec<String> = dropped.iter().map(|(column, _)| column.name.clone()).collect();
        self.gone.extend(names.iter().cloned());
        self.add(
            Step::DropColumns(Columns { columns: names }),
            format!("결측이 30 %를 넘는 열을 버립니다: {}{ko}.", told.join(", ")),
            format!("columns with more than 30 % missing go: {}{en}", told.join(", ")),
        );
    }

    fn rows_without_key_or_label(&mut self) {
        let wanted = |pair: &Pair<'_>| {
            matches!(pair.0.role, Role::Key | Role::Label | Role::Machine | Role::Lot)
                && self.few(self.missing(*pair))
        };
        let columns: Vec<String> = self
            .columns()
            .iter()
            .filter(|pair| wanted(pair))
            .map(|(column, _)| column.name.clone())
            .collect();
        if columns.is_empty() {
            return;
        }
        let list = columns.join(", ");
        self.add(
            Step::DropMissingRows(Columns { columns }),
            format!("키나 라벨이 빈 행은 지어내지 않고 버립니다: {list}."),
            format!("rows without a key or label go, nothing is made up: {list}"),
        );
    }

    /// How the whole file and, if there is one, its machines run through time.
    fn runs(&self, time: &str) -> (Option<&'a TimeOrder>, Option<&'a TimeOrder>) {
        let of = |grouped: bool| {
            self.profile
                .time
                .iter()
                .find(|order| order.column == time && order.group.is_some() == grouped)
        };
        (of(false), of(true))
    }

    fn order(&mut self) {
        if let Some(name) = self.recovered.clone() {
            let by = vec![SortKey { column: name.clone(), descending: false, nulls_first: false }];
            self.add(
                Step::Sort(Sort { by }),
                format!("되찾은 시각 ‘{name}’ 순으로 정렬합니다."),
                format!("rows are put in order of the recovered time “{name}”"),
            );
            return;
        }
        let Some((column, _)) = self.time() else { return };
        let name = column.name.clone();
        let (whole, by_machine) = self.runs(&name);
        let Some(whole) = whole else { return };
        // A file that keeps its machines apart is in order as it is.
        let settled = by_machine.is_some_and(|order| order.backward == 0);
        if whole.backward == 0 || settled || self.share_bp(whole.backward) > BACKWARD_BP {
            return;
        }
        let backward = whole.backward;
        let by = vec![SortKey { column: name.clone(), descending: false, nulls_first: false }];
        self.add(
            Step::Sort(Sort { by }),
            format!("거의 시간순이므로 ‘{name}’ 순으로 정렬합니다(거꾸로 간 행 {backward}개)."),
            format!("the file is mostly in order of time; {backward} rows that run backward are put in order of “{name}”"),
        );
    }

    fn gaps(&mut self) {
        let Some((time, _)) = self.time() else { return };
        if time.value_type != ValueType::Timestamp {
            return;
        }
        // Where each record is an item of its own, its neighbours say nothing about it.
        if self.columns().iter().any(|pair| self.names_items(*pair)) {
            return;
        }
        let (whole, by_machine) = self.runs(&time.name);
        let stays = |order: &&TimeOrder| {
            order.group.as_ref().is_none_or(|group| !self.gone.contains(group))
        };
        let run = by_machine.filter(stays).or(whole);
        let Some(step_us) = run.and_then(|run| run.median_step_us).filter(|us| *us > 0) else {
            return;
        };
        // Between rows that do not follow each other in time there is no line to draw.
        if run.is_none_or(|run| self.share_bp(run.backward) > BACKWARD_BP) {
            return;
        }
        let columns: Vec<String> = self
            .columns()
            .iter()
            .filter(|pair| fillable(pair.0) && self.missing(**pair) > 0)
            .map(|(column, _)| column.name.clone())
            .collect();
        if columns.is_empty() {
            return;
        }
        let group: Vec<String> = run.and_then(|run| run.group.clone()).into_iter().collect();
        #[expect(clippy::cast_precision_loss, reason = "sampling steps are far below 2^53 µs")]
        let gap_s = (step_us.saturating_mul(GAP_STEPS)) as f64 / 1e6;
        let count = columns.len();
        let fill = FillMissing {
            columns,
            method: FillMethod::Linear,
            value: None,
            group,
            time: Some(time.name.clone()),
            max_gap_rows: None,
            max_gap_s: Some(gap_s),
        };
        self.add(
            Step::FillMissing(fill),
            format!("측정 신호 {count}개 열에서 {gap_s}초(표본 간격의 {GAP_STEPS}배) 이하의 빈칸만 시간에 따라 직선으로 채웁니다."),
            format!("gaps of at most {gap_s} s ({GAP_STEPS} sampling steps) in {count} measured signals are filled on a line over time"),
        );
    }

    /// Whether a column names the item that each record is about (a serial or plate number).
    fn names_items(&self, (column, measured): Pair<'_>) -> bool {
        matches!(column.role, Role::Key | Role::Lot)
            && measured.distinct.as_ref().is_some_and(|distinct| {
                u128::from(distinct.count) * 10 >= u128::from(self.profile.rows) * 9
            })
    }

    fn constants(&mut self) {
        let names: Vec<String> = self
            .columns()
            .iter()
            .filter(|(_, measured)| {
                measured.distinct.as_ref().is_some_and(|distinct| distinct.count == 1)
            })
            .map(|(column, _)| column.name.clone())
            .collect();
        if names.is_empty() || self.profile.rows < 2 {
            return;
        }
        let (count, list) = (names.len(), names.iter().take(10).cloned().collect::<Vec<_>>());
        let list = list.join(", ");
        self.spec.notes.push(StepNote {
            step: 0,
            text: Text {
                ko: format!("값이 하나뿐인 열이 {count}개 있습니다(버리지 않음): {list}"),
                en: format!("{count} columns hold a single value; they stay: {list}"),
            },
        });
    }
}

/// Whether a declared sentinel of the column is taken for "no reading".
fn takes_sentinels(column: &Column) -> bool {
    !column.sentinels.is_empty()
        && !matches!(column.role, Role::Time | Role::Key | Role::Label | Role::Machine | Role::Lot)
}

/// Whether a gap of the column may be filled: a measured or set signal, not a verdict or a count.
fn fillable(column: &Column) -> bool {
    let signal = matches!(column.role, Role::State | Role::Input)
        || (column.role == Role::Unknown && column.value_type == ValueType::Number);
    signal && column.value_type.is_numeric()
}

/// The type of a text column that would be a date or time column but for a few values.
fn time_type(column: &Column) -> Option<ValueType> {
    let dated = |format: &String| format.contains("%d") || format.contains("%-d");
    if !column.formats.iter().any(dated) {
        return None;
    }
    let timed =
        |format: &String| ["%H", "%-H", "%I", "%-I"].iter().any(|hour| format.contains(hour));
    let timed = column.formats.iter().any(timed);
    Some(if timed { ValueType::Timestamp } else { ValueType::Date })
}

/// Whether nearly all values of a text column are numbers, written so that a cast reads them.
fn nearly_number(column: &Column, measured: &ColumnProfile) -> bool {
    let confident = column.confidence_bp.is_some_and(|bp| (9_500..10_000).contains(&bp));
    let number = |value: &Scalar| match value {
        Scalar::Text(text) => text.trim().parse::<f64>().is_ok_and(f64::is_finite),
        _ => false,
    };
    let frequent = measured.top.len();
    let numbers = measured.top.iter().filter(|top| number(&top.value)).count();
    confident && column.role != Role::Label && frequent > 0 && numbers * 10 >= frequent * 8
}

struct TimeBounds {
    min: String,
    max: String,
    /// Whether any row lies outside.
    needed: bool,
}

/// Days from the first to the last of the year around which the times of a column lie: 90 % of them,
/// and at least a year, or twice their span, on either side.
fn time_bounds(measured: &ColumnProfile) -> Option<TimeBounds> {
    let quantiles = measured.quantiles.as_ref()?;
    let (low, high) = (day(&quantiles.p05)?, day(&quantiles.p95)?);
    let (first, last) = (day(measured.min.as_ref()?)?, day(measured.max.as_ref()?)?);
    let (min, max) = usual(low, high)?;
    let needed = first < min || last > max;
    Some(TimeBounds { min: min.to_string(), max: max.to_string(), needed })
}

fn day(value: &Scalar) -> Option<Date> {
    let Scalar::Text(text) = value else { return None };
    text.get(..10)?.parse().ok()
}

#[cfg(test)]
#[path = "suggest_tests.rs"]
mod tests;
