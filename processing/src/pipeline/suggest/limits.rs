//! Readings that no working sensor gives become empty: values beyond the physical limits of the rule
//! packs, such as an oil at 450 °C.

use std::collections::BTreeMap;

use schema::data::pipeline::{CastError, Derive, Step};

use super::{Plan, fillable};
use crate::quality::{Bounds, stray_limits};

impl Plan<'_> {
    /// Nulls what lies beyond the limits of physics, column by column.
    ///
    /// A column of which more than a twentieth lies beyond a limit keeps its values: there the unit or
    /// the kind of signal must be other than its name says, which is for a person to find.
    pub(super) fn beyond_physics(&mut self) {
        let limits = stray_limits(self.profile, self.dictionary);
        let (mut columns, mut units) = (BTreeMap::new(), BTreeMap::new());
        let mut told = Vec::new();
        for (column, _) in self.columns().into_iter().filter(|(column, _)| fillable(column)) {
            let Some(bounds) = limits.get(&column.name) else { continue };
            columns.insert(column.name.clone(), within(&column.name, bounds));
            units.extend(column.unit.clone().map(|unit| (column.name.clone(), unit)));
            told.push(format!("{} ({})", column.name, interval(bounds)));
        }
        if told.is_empty() {
            return;
        }
        let list = told.join(", ");
        self.add(
            Step::Derive(Derive { columns, units, on_error: CastError::Fail }),
            format!("물리적으로 나올 수 없는 값(센서 이상)을 빈칸으로 바꿉니다: {list}."),
            format!("readings that no working sensor gives become empty: {list}"),
        );
    }
}

/// The value where it lies within, as SQL.
fn within(name: &str, (min, max): &Bounds) -> String {
    let name = format!("\"{}\"", name.replace('"', "\"\""));
    let tests: Vec<String> = [(">=", min), ("<=", max)]
        .into_iter()
        .filter_map(|(sign, bound)| Some(format!("{name} {sign} {}", (*bound)?)))
        .collect();
    format!("CASE WHEN {} THEN {name} END", tests.join(" AND "))
}

fn interval((min, max): &Bounds) -> String {
    let bound = |bound: &Option<f64>| bound.map(|bound| bound.to_string()).unwrap_or_default();
    format!("{}–{}", bound(min), bound(max))
}
