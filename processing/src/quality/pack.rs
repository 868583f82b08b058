//! Rule packs: limits of physics and of usual equipment for a kind of line, matched to columns by
//! name and unit.
//!
//! The packs are data (`data/rule-packs/*.yaml`), each figure with its reason, to be edited once a
//! rule set is made of them. A column takes the first signal of the pack that fits it, else the
//! first of the common pack.
//!
//! Deliberately absent: tolerances of products. They are nobody's but the maker's.

use std::sync::OnceLock;

use regex::Regex;
use schema::data::column::{Column, Dictionary, Role, ValueType};
use schema::data::profile::Scalar;
use schema::data::quality::{Check, Rule, Severity};
use schema::lang::Text;
use serde::Deserialize;
use unicode_normalization::UnicodeNormalization as _;

use crate::error::Fault;
use crate::pipeline::unit::{convert, is_known};

/// Columns that tell what kind of line a table is of, at least.
const TELLING_MIN: usize = 2;

/// A kind of line that there is a pack for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Process {
    /// 프레스.
    Press,
    /// 사출성형.
    Injection,
    /// 절삭가공.
    Cnc,
    /// 다이캐스팅.
    Casting,
    /// Limits that hold for any line; part of every other pack.
    Common,
}

impl Process {
    /// Every kind of line that can be chosen.
    pub const ALL: [Self; 4] = [Self::Press, Self::Injection, Self::Cnc, Self::Casting];

    /// The name, as in `--pack`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Press => "press",
            Self::Injection => "injection",
            Self::Cnc => "cnc",
            Self::Casting => "casting",
            Self::Common => "common",
        }
    }

    fn source(self) -> &'static str {
        match self {
            Self::Press => include_str!("../../data/rule-packs/press.yaml"),
            Self::Injection => include_str!("../../data/rule-packs/injection.yaml"),
            Self::Cnc => include_str!("../../data/rule-packs/cnc.yaml"),
            Self::Casting => include_str!("../../data/rule-packs/casting.yaml"),
            Self::Common => include_str!("../../data/rule-packs/common.yaml"),
        }
    }
}

/// A pack, as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    format: u32,
    process: Process,
    title: Text,
    signals: Vec<Signal>,
}

/// A kind of column.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Signal {
    id: String,
    /// Patterns, one of which a name must contain. Names are in lower case with `_` for all that is
    /// neither letter nor digit.
    names: Vec<String>,
    /// Patterns, none of which a name may contain.
    #[serde(default)]
    unless: Vec<String>,
    /// Whether the column tells what kind of line this is.
    #[serde(default)]
    telling: bool,
    #[serde(default)]
    check: Template,
    /// Unit of the bounds.
    #[serde(default)]
    unit: Option<String>,
    /// Whether a column without a declared unit is taken to be in this one. If not, only a bound of
    /// zero holds for it, whatever its unit is.
    #[serde(default = "yes")]
    assume: bool,
    #[serde(default)]
    min: Option<f64>,
    #[serde(default)]
    max: Option<f64>,
    #[serde(default)]
    tolerance_bp: u16,
    reason: Text,
}

/// What is checked of a kind of column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Template {
    /// Bounds.
    #[default]
    Range,
    /// A count that does not fall, by machine.
    Counter,
}

fn yes() -> bool {
    true
}

/// A pack, read.
struct Pack {
    signals: Vec<(Signal, Vec<Regex>, Vec<Regex>)>,
}

impl Pack {
    fn read(process: Process) -> Result<Self, Fault> {
        let bug = |reason: String| Fault::Bug(format!("rule pack {}: {reason}", process.name()));
        let written: Written =
            serde_saphyr::from_str(process.source()).map_err(|error| bug(error.to_string()))?;
        if (written.format, written.process) != (1, process) || written.title.ko.is_empty() {
            return Err(bug("another format or process".to_owned()));
        }
        let compile = |patterns: &[String]| {
            let one = |pattern: &String| Regex::new(pattern).map_err(|e| bug(e.to_string()));
            patterns.iter().map(one).collect::<Result<Vec<_>, _>>()
        };
        let mut signals = Vec::new();
        for signal in written.signals {
            let (names, unless) = (compile(&signal.names)?, compile(&signal.unless)?);
            signals.push((signal, names, unless));
        }
        Ok(Self { signals })
    }

    /// The first signal that fits a column.
    fn signal(&self, column: &Column) -> Option<&Signal> {
        let names = names(column);
        let any = |patterns: &[Regex]| {
            patterns.iter().any(|pattern| names.iter().any(|name| pattern.is_match(name)))
        };
        let found = self
            .signals
            .iter()
            .find(|(signal, wanted, unless)| any(wanted) && !any(unless) && signal.fits(column));
        found.map(|(signal, ..)| signal)
    }
}

/// The packs, read once.
fn pack(process: Process) -> Result<&'static Pack, Fault> {
    static PACKS: [OnceLock<Pack>; 5] = [const { OnceLock::new() }; 5];
    let Some(place) = PACKS.get(process as usize) else {
        return Err(Fault::Bug("no such rule pack".to_owned()));
    };
    if let Some(pack) = place.get() {
        return Ok(pack);
    }
    let pack = Pack::read(process)?;
    Ok(place.get_or_init(|| pack))
}

/// The spellings of a column's name: as stored, as in the source, as titled.
fn names(column: &Column) -> Vec<String> {
    let title = column.title.iter().flat_map(|title| [title.ko.as_str(), title.en.as_str()]);
    let all = [column.name.as_str()].into_iter().chain(column.source_name.as_deref()).chain(title);
    let mut names: Vec<String> = all.map(plain).collect();
    names.dedup();
    names
}

/// A name in lower case, compatibility forms resolved, `_` between its words.
fn plain(name: &str) -> String {
    let mut words = String::new();
    let mut lower_before = false;
    for c in name.nfkc() {
        let gap = !c.is_alphanumeric();
        if (gap || (c.is_uppercase() && lower_before)) && !words.ends_with('_') {
            words.push('_');
        }
        if !gap {
            words.extend(c.to_lowercase());
        }
        lower_before = c.is_lowercase();
    }
    words.trim_matches('_').to_owned()
}

impl Signal {
    /// Whether type and role of a column fit.
    fn fits(&self, column: &Column) -> bool {
        let numeric = column.value_type.is_numeric();
        let whole = column.value_type == ValueType::Integer;
        let thing = matches!(column.role, Role::Time | Role::Machine | Role::Lot | Role::Label);
        let typed = match self.check {
            Template::Range => numeric && column.role != Role::Key,
            Template::Counter => whole,
        };
        typed && !thing
    }

    /// The bounds in the unit of a column; none if it declares a unit of another kind, or if there
    /// is nothing to be said without one.
    fn bounds(&self, column: &Column) -> Option<(Option<f64>, Option<f64>)> {
        let bare = self.min.is_none() && self.max.is_none();
        let declared = column.unit.as_deref().map(str::trim).filter(|unit| !unit.is_empty());
        match (declared, self.unit.as_deref()) {
            (None, Some(_)) if !self.assume => {
                (bare || self.min == Some(0.0)).then_some((self.min, None))
            }
            (Some(declared), Some(unit)) if declared != unit && is_known(declared) => {
                // A bound that does not convert makes the signal unfit.
                let side = |bound: Option<f64>| match bound {
                    None => Some(None),
                    Some(bound) => convert(bound, unit, declared).map(Some),
                };
                Some((side(self.min)?, side(self.max)?))
            }
            (Some(declared), None) if is_known(declared) => None,
            _ => Some((self.min, self.max)),
        }
    }

    /// The rule for a column.
    fn rule(&self, process: Process, column: &Column, group: Option<&str>) -> Option<Rule> {
        let name = column.name.clone();
        let (min, max) = self.bounds(column)?;
        let scalar = |bound: Option<f64>| bound.map(|bound| number(column.value_type, bound));
        let check = match self.check {
            Template::Range => Check::Range { column: name, min: scalar(min), max: scalar(max) },
            Template::Counter => {
                Check::Monotonic { column: name, group: group.map(str::to_owned), strict: false }
            }
        };
        let mut reason = self.reason.clone();
        let declared = column.unit.as_deref().is_some_and(|unit| !unit.trim().is_empty());
        if let Some(unit) = self.unit.as_deref().filter(|_| !declared && self.assume) {
            reason.ko.push_str(&format!(" 단위가 없어 {unit}(으)로 보았습니다."));
            reason.en.push_str(&format!(" The column declares no unit; {unit} is assumed."));
        }
        Some(Rule {
            id: format!("{}.{}.{}", process.name(), self.id, column.name),
            check,
            severity: Severity::Warning,
            tolerance_bp: self.tolerance_bp,
            dimension: None,
            reason: Some(reason),
        })
    }
}

/// A bound as the type of a column has it: integers and decimals without a float's tail.
fn number(value_type: ValueType, bound: f64) -> Scalar {
    let whole = bound.fract() == 0.0 && bound.abs() < 9e15;
    match value_type {
        ValueType::Number => Scalar::Number(bound),
        _ if whole => Scalar::Integer(bound as i64),
        _ => Scalar::Number(bound),
    }
}

/// The rules of a pack, and of the common pack, for the columns of a table.
///
/// # Errors
///
/// [`Fault::Bug`] if a pack cannot be read.
pub fn pack_rules(process: Process, dictionary: &Dictionary) -> Result<Vec<Rule>, Fault> {
    let (own, common) = (pack(process)?, pack(Process::Common)?);
    let machine = dictionary.columns.iter().find(|column| column.role == Role::Machine);
    let group = machine.filter(|m| m.value_type != ValueType::Nested).map(|m| m.name.as_str());
    let rule = |column: &Column| {
        let mine = own.signal(column).map(|signal| (process, signal));
        let (of, signal) = mine.or_else(|| Some((Process::Common, common.signal(column)?)))?;
        signal.rule(of, column, group)
    };
    Ok(dictionary.columns.iter().filter_map(rule).collect())
}

/// The kind of line that a table's columns tell of: the one with most telling columns, if there are
/// two or more and no other has as many.
///
/// # Errors
///
/// [`Fault::Bug`] if a pack cannot be read.
pub fn guess_process(dictionary: &Dictionary) -> Result<Option<Process>, Fault> {
    let mut counts = Vec::new();
    for process in Process::ALL {
        let pack = pack(process)?;
        let telling = |column: &&Column| pack.signal(column).is_some_and(|signal| signal.telling);
        counts.push((dictionary.columns.iter().filter(telling).count(), process));
    }
    let most = counts.iter().map(|(count, _)| *count).max().unwrap_or(0);
    let mut best = counts.into_iter().filter(|(count, _)| *count == most);
    Ok(match (best.next(), best.next()) {
        (Some((count, process)), None) if count >= TELLING_MIN => Some(process),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use schema::data::column::{Dictionary, Role, ValueType};
    use schema::data::profile::Scalar;
    use schema::data::quality::{Check, Rule};

    use super::{Pack, Process, guess_process, pack_rules, plain};
    use crate::profile::testing::dictionary;

    fn declared(columns: &[(&str, Option<&str>)]) -> Dictionary {
        let numbers: Vec<_> =
            columns.iter().map(|(name, _)| (*name, ValueType::Number, Role::State)).collect();
        let mut dictionary = dictionary(&numbers);
        for (column, (_, unit)) in dictionary.columns.iter_mut().zip(columns) {
            column.unit = unit.map(str::to_owned);
        }
        dictionary
    }

    fn bounds(rule: &Rule) -> (Option<f64>, Option<f64>) {
        let number = |scalar: &Option<Scalar>| match scalar {
            Some(Scalar::Number(value)) => Some(*value),
            Some(Scalar::Integer(value)) => Some(*value as f64),
            _ => None,
        };
        match &rule.check {
            Check::Range { min, max, .. } => (number(min), number(max)),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_pack_reads_and_says_why_in_both_languages() {
        for process in Process::ALL.into_iter().chain([Process::Common]) {
            let pack = Pack::read(process).unwrap();
            assert!(pack.signals.len() >= 5, "{process:?}");
            let mut ids = std::collections::HashSet::new();
            for (signal, names, _) in &pack.signals {
                assert!(ids.insert(&signal.id), "{process:?} {}", signal.id);
                assert!(!names.is_empty());
                let hangul = |c: char| ('가'..='힣').contains(&c);
                assert!(signal.reason.ko.contains(hangul) && !signal.reason.en.contains(hangul));
                assert!(signal.min.zip(signal.max).is_none_or(|(min, max)| min < max));
                assert!(process != Process::Common || !signal.telling);
            }
        }
    }

    #[test]
    fn names_are_brought_to_one_spelling() {
        for (name, wanted) in [
            ("Mold_Temperature_1", "mold_temperature_1"),
            ("SpindleSpeed [rpm]", "spindle_speed_rpm"),
            ("금형 온도(℃)", "금형_온도_c"),
            ("ＭＯＬＤ　ＴＥＭＰ", "mold_temp"),
            ("--", ""),
        ] {
            assert_eq!(plain(name), wanted);
        }
    }

    #[test]
    fn korean_and_english_names_take_the_same_limits() {
        for (process, names, wanted) in [
            (Process::Injection, ["Mold_Temperature_3", "금형 온도 3"], (Some(0.0), Some(400.0))),
            (Process::Casting, ["molten_temp", "용탕 온도"], (Some(500.0), Some(800.0))),
            (Process::Casting, ["upper_mold_temp3", "상금형온도3"], (Some(0.0), Some(700.0))),
            (Process::Cnc, ["spindle_speed[rpm]", "주축 회전속도"], (Some(0.0), Some(60_000.0))),
            (Process::Press, ["spm", "분당 타수"], (Some(0.0), Some(3_000.0))),
            (Process::Press, ["Humidity", "습도(%)"], (Some(0.0), Some(100.0))),
            (Process::Press, ["pressure_1", "유압 압력"], (Some(0.0), None)),
        ] {
            let rules = pack_rules(process, &declared(&names.map(|name| (name, None)))).unwrap();
            assert_eq!(rules.len(), 2, "{names:?}");
            assert!(rules.iter().all(|rule| bounds(rule) == wanted), "{rules:?}");
        }
    }

    #[test]
    fn limits_are_converted_to_the_declared_unit_and_other_kinds_are_left_alone() {
        let of = |name, unit| {
            let rules = pack_rules(Process::Injection, &declared(&[(name, Some(unit))])).unwrap();
            rules.first().map(bounds)
        };
        assert_eq!(of("inj_pressure", "bar"), Some((Some(0.0), Some(3_000.0))));
        assert_eq!(of("mold_temp", "[degF]"), Some((Some(32.0), Some(752.0))));
        assert_eq!(of("mold_temp", "K"), Some((Some(273.15), Some(673.15))));
        assert_eq!(of("inj_pressure", "mm"), None, "no pressure");
        assert_eq!(of("screw_rpm", "mm"), None);
    }

    #[test]
    fn the_kind_of_line_is_told_by_its_columns() {
        let of = |names: &[&str]| {
            let columns: Vec<_> = names.iter().map(|name| (*name, None)).collect();
            guess_process(&declared(&columns)).unwrap()
        };
        assert_eq!(of(&["Cushion_Position", "Mold_Temperature_1", "x"]), Some(Process::Injection));
        assert_eq!(of(&["molten_temp", "sleeve_temperature"]), Some(Process::Casting));
        assert_eq!(of(&["spindle_load", "feed_rate"]), Some(Process::Cnc));
        assert_eq!(of(&["press_time", "slide_stroke"]), Some(Process::Press));
        assert_eq!(of(&["temperature", "humidity"]), None);
        assert_eq!(of(&["spindle_load"]), None, "one column is no line");
        assert_eq!(of(&[]), None);
    }

    #[test]
    fn names_of_other_things_take_no_limits() {
        for name in
            ["temperature_setting_time", "feedback", "toolbox", "compression", "item_temp_id"]
        {
            let mut dictionary = declared(&[(name, None)]);
            if name.ends_with("id") {
                dictionary.columns[0].role = Role::Lot;
            }
            for process in Process::ALL {
                assert!(pack_rules(process, &dictionary).unwrap().is_empty(), "{process:?} {name}");
            }
        }
    }
}
