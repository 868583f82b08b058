//! Probes: each a fixed query, and an answer that tells of many rows or of none.

use schema::api::trade::{Probe, ProbeWindow};
use schema::code::Code;
use schema::data::column::{Column, Dictionary, Role, ValueType};
use schema::problem::Refusal;
use serde_json::Value;

/// Fewest rows (or cycles) that an answer may tell of, besides none at all.
pub(super) const FEW: u64 = 10;
/// Fewest numbers behind percentiles.
pub(super) const FEW_NUMBERS: u64 = 100;

/// What an aggregate may tell.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Told {
    pub(super) count: Option<u64>,
    pub(super) percent: Option<u32>,
    pub(super) quantiles: Option<Vec<f64>>,
    pub(super) held_back: bool,
}

impl Told {
    fn held_back() -> Told {
        Told { held_back: true, ..Told::default() }
    }
}

/// A name as SQL reads it, whatever is in it.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn unfit(field: &'static str, ko: String, en: String) -> Refusal {
    Code::InvalidField.because(ko, en).rule("R-155").field(field)
}

fn column<'a>(
    dictionary: &'a Dictionary,
    field: &'static str,
    name: &str,
    fits: impl Fn(&Column) -> bool,
    wanted: (&str, &str),
) -> Result<&'a Column, Refusal> {
    let found = dictionary.columns.iter().find(|column| column.name == name).ok_or_else(|| {
        unfit(field, format!("`{name}` 열이 없습니다."), format!("There is no column `{name}`."))
    })?;
    if !fits(found) {
        let (ko, en) = wanted;
        return Err(unfit(
            field,
            format!("`{name}` 열은 {ko} 열이 아닙니다."),
            format!("The column `{name}` is not one of {en}."),
        ));
    }
    Ok(found)
}

fn number(dictionary: &Dictionary, name: &str) -> Result<String, Refusal> {
    let found = column(
        dictionary,
        "column",
        name,
        |column| column.value_type.is_numeric() && !matches!(column.role, Role::Key | Role::Lot),
        ("숫자", "numbers"),
    )?;
    Ok(quoted(&found.name))
}

fn time(dictionary: &Dictionary, field: &'static str, name: &str) -> Result<String, Refusal> {
    let is_time = |column: &Column| column.value_type == ValueType::Timestamp;
    let found = column(dictionary, field, name, is_time, ("시각", "times"))?;
    Ok(quoted(&found.name))
}

fn finite(field: &'static str, value: f64) -> Result<f64, Refusal> {
    if value.is_finite() {
        return Ok(value);
    }
    Err(unfit(field, "유한한 수여야 합니다.".to_owned(), "It must be a finite number.".to_owned()))
}

/// The rows that are meant.
fn source(dictionary: &Dictionary, window: Option<&ProbeWindow>) -> Result<String, Refusal> {
    let Some(window) = window else { return Ok("data".to_owned()) };
    if window.until <= window.from {
        return Err(unfit(
            "window.until",
            "끝은 시작보다 뒤여야 합니다.".to_owned(),
            "The end must be after the beginning.".to_owned(),
        ));
    }
    let column = time(dictionary, "window.column", &window.column)?;
    Ok(format!("data WHERE {column} >= '{}' AND {column} < '{}'", window.from, window.until))
}

/// The query that answers a probe.
pub(super) fn sql(probe: &Probe, dictionary: &Dictionary) -> Result<String, Refusal> {
    let of = |window: &Option<ProbeWindow>| source(dictionary, window.as_ref());
    Ok(match probe {
        Probe::Rows { window } => format!("SELECT count(*) FROM {}", of(window)?),
        Probe::Missing { column: name, window } => {
            let found = column(dictionary, "column", name, |_| true, ("", ""))?;
            let name = quoted(&found.name);
            format!("SELECT count(*), count(*) - count({name}) FROM {}", of(window)?)
        }
        Probe::Between { column, low, high, window } => {
            let name = number(dictionary, column)?;
            let (low, high) = (finite("low", *low)?, finite("high", *high)?);
            format!(
                "SELECT count({name}), count(CASE WHEN {name} >= {low:?} AND {name} <= {high:?} THEN 1 END) \
                 FROM {}",
                of(window)?
            )
        }
        Probe::Spread { column, window } => {
            let name = number(dictionary, column)?;
            let at =
                |share: &str| format!("approx_percentile_cont(CAST({name} AS DOUBLE), {share})");
            format!(
                "SELECT count({name}), {}, {}, {} FROM {}",
                at("0.05"),
                at("0.5"),
                at("0.95"),
                of(window)?
            )
        }
        Probe::Cycles { column: name, time: clock, at_least_hz, window } => {
            let is_group = |column: &Column| {
                !column.value_type.is_numeric()
                    || matches!(column.role, Role::Key | Role::Lot | Role::Machine | Role::Unknown)
            };
            let name = column(dictionary, "column", name, is_group, ("묶음", "groups"))?;
            let (name, clock) = (quoted(&name.name), time(dictionary, "time", clock)?);
            let hz = finite("at_least_hz", *at_least_hz)?;
            let seconds =
                format!("(date_part('epoch', max({clock})) - date_part('epoch', min({clock})))");
            format!(
                "SELECT count(*), count(CASE WHEN n >= 2 AND n - 1 >= {hz:?} * s THEN 1 END) FROM \
                 (SELECT {name} AS g, count({clock}) AS n, {seconds} AS s FROM {} GROUP BY {name})",
                of(window)?
            )
        }
    })
}

/// A number rounded down to its first two digits.
fn two_digits(count: u64) -> u64 {
    let unit = 10_u64.pow(count.checked_ilog10().unwrap_or(0).saturating_sub(1));
    count / unit * unit
}

/// A number rounded to two digits.
fn two_digits_of(value: f64) -> Option<f64> {
    if !value.is_finite() {
        return None;
    }
    format!("{value:.1e}").parse().ok()
}

/// Some of many: told when neither part is a few.
fn part(all: u64, some: u64) -> Option<u64> {
    let few = |n: u64| n > 0 && n < FEW;
    (!few(all) && !few(some) && !few(all.saturating_sub(some))).then_some(some)
}

/// What may be told of the one row that a probe's query gives; none when it is not such a row.
pub(super) fn told(probe: &Probe, row: &[Value]) -> Option<Told> {
    let count = |at: usize| row.get(at).and_then(Value::as_u64);
    let all = count(0)?;
    Some(match probe {
        Probe::Rows { .. } => part(all, all).map_or_else(Told::held_back, |n| Told {
            count: Some(two_digits(n)),
            ..Told::default()
        }),
        Probe::Cycles { .. } => part(all, count(1)?).map_or_else(Told::held_back, |n| Told {
            count: Some(two_digits(n)),
            ..Told::default()
        }),
        Probe::Missing { .. } | Probe::Between { .. } => match part(all, count(1)?) {
            Some(some) if all > 0 => {
                let percent = (u128::from(some) * 100 + u128::from(all) / 2) / u128::from(all);
                Told { percent: u32::try_from(percent).ok(), ..Told::default() }
            }
            _ => Told::held_back(),
        },
        Probe::Spread { .. } if all >= FEW_NUMBERS => {
            let values = row.get(1..4)?.iter().map(|v| v.as_f64().and_then(two_digits_of));
            match values.collect::<Option<Vec<f64>>>() {
                Some(values) => Told { quantiles: Some(values), ..Told::default() },
                None => Told::held_back(),
            }
        }
        Probe::Spread { .. } => Told::held_back(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_few_rows_are_never_told_of() {
        let missing = Probe::Missing { column: "x".to_owned(), window: None };
        let of = |all: u64, some: u64| told(&missing, &[json!(all), json!(some)]).unwrap();
        assert_eq!(of(1_000, 0).percent, Some(0));
        assert_eq!(of(1_000, 1_000).percent, Some(100));
        assert_eq!(of(1_000, 255).percent, Some(26));
        for (all, some) in [(0, 0), (5, 5), (1_000, 1), (1_000, 9), (1_000, 995)] {
            assert!(of(all, some).held_back, "{all} {some}");
        }
        let rows = Probe::Rows { window: None };
        assert_eq!(told(&rows, &[json!(0)]).unwrap().count, Some(0));
        assert_eq!(told(&rows, &[json!(12_999)]).unwrap().count, Some(12_000));
        assert!(told(&rows, &[json!(9)]).unwrap().held_back);
        assert_eq!(told(&rows, &[]), None);
        let spread = Probe::Spread { column: "x".to_owned(), window: None };
        let of = |all: u64| {
            told(&spread, &[json!(all), json!(1.26), json!(-0.0349), json!(987.0)]).unwrap()
        };
        assert_eq!(of(100).quantiles, Some(vec![1.3, -0.035, 990.0]));
        assert!(of(99).held_back);
    }

    #[test]
    fn two_digits_stay() {
        for (count, kept) in [
            (0, 0),
            (7, 7),
            (99, 99),
            (100, 100),
            (129, 120),
            (u64::MAX, 18_000_000_000_000_000_000),
        ] {
            assert_eq!(two_digits(count), kept);
        }
    }
}
