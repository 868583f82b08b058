//! What a column seems to be for, where the dictionary does not say: the proposals of
//! [`roles`](crate::ingest) from name and values, with the reason.

use schema::data::column::{Role, ValueType};
use schema::data::profile::{ColumnProfile, InferredRole, Scalar};
use schema::lang::Text;

use crate::ingest::roles::{self, Facts};

/// Different values that are few.
const FEW_MAX: u64 = 16;

/// Proposes roles for the columns without one. Only one column of a table is its time.
pub(crate) fn infer(columns: &mut [ColumnProfile]) {
    let mut roles: Vec<(String, Role)> =
        columns.iter().map(|column| (column.name.clone(), role(column))).collect();
    if columns.iter().any(|column| column.role == Role::Time) {
        for ((_, role), column) in roles.iter_mut().zip(columns.iter()) {
            if *role == Role::Time {
                *role = column.role;
            }
        }
    } else {
        roles::settle(&mut roles);
    }
    for (column, (_, role)) in columns.iter_mut().zip(roles) {
        if column.role == Role::Unknown && role != Role::Unknown {
            column.inferred_role = Some(InferredRole { role, reason: reason(column, role) });
        }
    }
}

/// The declared role, or else the one that name and values propose for the column by itself.
pub(crate) fn role(column: &ColumnProfile) -> Role {
    if column.role == Role::Unknown { by_name(column, &column.name) } else { column.role }
}

/// The role that a column with this content would have under a name.
fn by_name(column: &ColumnProfile, name: &str) -> Role {
    let few = few(column);
    let facts =
        Facts { value_type: column.value_type, few: few.as_deref(), steady: is_steady(column) };
    roles::role(name, facts)
}

/// Why: the values alone say so, or else the name.
fn reason(column: &ColumnProfile, role: Role) -> Text {
    if matches!(column.value_type, ValueType::Date | ValueType::Timestamp) {
        return Text::new("값이 날짜나 시각입니다.", "The values are days or instants.");
    }
    if by_name(column, "") != role {
        return Text::new("열 이름이 그렇게 말합니다.", "The name of the column says so.");
    }
    if role == Role::Key {
        return Text::new("값이 하나씩 늘어나는 번호입니다.", "The values are running numbers.");
    }
    Text::new("값의 종류가 그렇게 말합니다.", "The few different values say so.")
}

/// The different values, if they are few; only their number if they are not all named.
fn few(column: &ColumnProfile) -> Option<Vec<Box<[u8]>>> {
    let distinct = column.distinct.as_ref().filter(|d| d.exact && d.count <= FEW_MAX)?;
    if distinct.count != column.top.len() as u64 {
        return Some((0..distinct.count).map(|_| Box::default()).collect());
    }
    let text = |value: &Scalar| match value {
        Scalar::Bool(value) => value.to_string(),
        Scalar::Integer(value) => value.to_string(),
        Scalar::Number(value) => value.to_string(),
        Scalar::Text(text) => text.clone(),
    };
    Some(column.top.iter().map(|top| text(&top.value).into_bytes().into()).collect())
}

/// Whether the values are consecutive integers, each once (to the error of their count).
fn is_steady(column: &ColumnProfile) -> bool {
    let (Some(Scalar::Integer(low)), Some(Scalar::Integer(high))) = (&column.min, &column.max)
    else {
        return false;
    };
    let span = i128::from(*high) - i128::from(*low) + 1;
    let Some(distinct) = &column.distinct else { return false };
    let slack = column.count / 10_000 * 3 * u64::from(distinct.standard_error_bp);
    span == i128::from(column.count) && distinct.count + slack >= column.count
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{
        ArrayRef, Float64Array, Int64Array, StringArray, TimestampMicrosecondArray,
    };
    use schema::data::column::{Role, ValueType};

    use crate::profile::profile;
    use crate::profile::testing::{Layout, dictionary, file, limits};
    use crate::progress::Silent;

    #[test]
    fn roles_come_from_names_and_values_with_a_reason() {
        let rows = 40_i64;
        let verdict = |row: i64| if row % 7 == 0 { "NG" } else { "OK" };
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("made", Arc::new(TimestampMicrosecondArray::from_iter_values(0..rows))),
            ("x", Arc::new(Int64Array::from_iter_values(7..rows + 7))),
            ("y", Arc::new(StringArray::from_iter_values((0..rows).map(verdict)))),
            ("mold_temp", Arc::new(Float64Array::from_iter_values((0..rows).map(|x| x as f64)))),
            ("temp_set", Arc::new(Float64Array::from_iter_values((0..rows).map(|x| x as f64)))),
            (
                "설비명",
                Arc::new(StringArray::from_iter_values((0..rows).map(|x| (x % 3).to_string()))),
            ),
            ("z", Arc::new(Float64Array::from_iter_values((0..rows).map(|x| x as f64)))),
            ("start", Arc::new(TimestampMicrosecondArray::from_iter_values(0..rows))),
        ];
        let file = file(&columns, Layout::PLAIN);
        let found = profile(file.path(), &dictionary(&[]), &limits(1), &Silent).unwrap();
        let told: Vec<Option<(Role, &str)>> = found
            .columns
            .iter()
            .map(|c| c.inferred_role.as_ref().map(|i| (i.role, i.reason.en.as_str())))
            .collect();
        let name = "The name of the column says so.";
        assert_eq!(
            told,
            [
                Some((Role::Time, "The values are days or instants.")),
                Some((Role::Key, "The values are running numbers.")),
                Some((Role::Label, "The few different values say so.")),
                Some((Role::State, name)),
                Some((Role::Input, name)),
                Some((Role::Machine, name)),
                None,
                None,
            ]
        );
        let declared = dictionary(&[
            ("made", ValueType::Timestamp, Role::Unknown),
            ("start", ValueType::Timestamp, Role::Time),
            ("x", ValueType::Integer, Role::Lot),
        ]);
        let found = profile(file.path(), &declared, &limits(1), &Silent).unwrap();
        let inferred = |at: usize| found.columns[at].inferred_role.as_ref().map(|i| i.role);
        assert_eq!((inferred(0), inferred(1), inferred(7)), (None, None, None));
    }
}
