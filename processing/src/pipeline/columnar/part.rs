//! The part of a step that concerns one column, as a step of its own.

use schema::data::pipeline::{Cast, Derive, SentinelToNull, Step, UnitConvert};

use crate::pipeline::shape::Shape;

/// The computation of one column.
pub(super) fn computed(step: &Derive, name: &str, expression: &str) -> Step {
    let unit = step.units.get(name).map(|unit| (name.to_owned(), unit.clone()));
    Step::Derive(Derive {
        columns: [(name.to_owned(), expression.to_owned())].into(),
        units: unit.into_iter().collect(),
        on_error: step.on_error,
    })
}

/// A step of cells for one column; `None` where the step leaves it alone.
pub(super) fn part(step: &Step, name: &str, shape: &Shape) -> Option<Step> {
    let one = |key: &String| key == name;
    match step {
        Step::SentinelToNull(SentinelToNull { columns }) if columns.is_empty() => {
            let of = shape.columns.iter().find(|column| column.name == name)?;
            (!of.sentinels.is_empty()).then(|| step.clone())
        }
        Step::SentinelToNull(SentinelToNull { columns }) => {
            let columns = columns.iter().filter(|(key, _)| one(key));
            let columns: std::collections::BTreeMap<_, _> =
                columns.map(|(key, values)| (key.clone(), values.clone())).collect();
            let some = columns.values().any(|values| !values.is_empty());
            some.then_some(Step::SentinelToNull(SentinelToNull { columns }))
        }
        Step::UnitConvert(UnitConvert { columns, from }) => {
            let to = columns.get(name)?.clone();
            let from = from.iter().filter(|(key, _)| one(key));
            Some(Step::UnitConvert(UnitConvert {
                columns: [(name.to_owned(), to)].into(),
                from: from.map(|(key, unit)| (key.clone(), unit.clone())).collect(),
            }))
        }
        Step::Cast(Cast { columns, on_error, formats }) => {
            let to = *columns.get(name)?;
            Some(Step::Cast(Cast {
                columns: [(name.to_owned(), to)].into(),
                on_error: *on_error,
                formats: formats.clone(),
            }))
        }
        _ => None,
    }
}
