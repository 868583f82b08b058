//! The step `encode`: categories become numbers.
//!
//! The categories of a column are those that the step names, else those found, in ascending order:
//! numbers and days by size, text by code point. The lineage lists them all (`category_0`,
//! `category_1`, …), so that the numbers can be turned back.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use schema::data::column::{Column, ValueType};
use schema::data::lineage::{Fitted, FittedValue, StepRecord};
use schema::data::pipeline::{Encode, EncodeMethod, UnknownCategory};

use super::columns::new_name;
use super::file::plain_column;
use super::shape::Shape;
use super::step::{Fit, Op, Plan, Ready};
use super::table::Table;
use super::work::Work;
use crate::error::Fault;

/// Categories of a column when the step names no bound.
const CATEGORIES_USUAL: u32 = 100;

struct Unfitted {
    step: Encode,
    indices: Vec<usize>,
    categories_max: usize,
}

/// One column and the place of each of its categories.
struct Coded {
    index: usize,
    name: String,
    places: HashMap<String, i64>,
    /// Columns that it becomes under `one_hot`.
    width: usize,
}

struct Encoding {
    step: Encode,
    columns: Vec<Coded>,
    shape: Shape,
    changed: u64,
    rows: u64,
}

pub(super) fn plan(step: &Encode, shape: &Shape) -> Result<Plan, Fault> {
    let indices = shape.indices(&step.columns)?;
    for index in &indices {
        shape.must_be(
            *index,
            is_category,
            "글자·정수·참거짓·날짜",
            "text, integer, boolean or date",
        )?;
    }
    let categories_max = step.categories_max.unwrap_or(CATEGORIES_USUAL);
    if categories_max == 0 || categories_max > Encode::CATEGORIES_MAX {
        let max = Encode::CATEGORIES_MAX;
        return Err(Fault::input(
            "categories-max-invalid",
            format!("categories_max는 1에서 {max}까지의 수입니다."),
            format!("categories_max is a number from 1 to {max}"),
        ));
    }
    let categories_max = categories_max as usize;
    match (step.method, step.order.is_empty()) {
        (EncodeMethod::Ordinal, true) => {
            return Err(order_fault("ordinal은 order가 필요합니다.", "ordinal needs order"));
        }
        (EncodeMethod::Label, false) => {
            return Err(order_fault(
                "label은 order를 쓰지 않습니다. ordinal을 쓰십시오.",
                "label takes no order; use ordinal",
            ));
        }
        _ => {}
    }
    let unfitted = Unfitted { step: step.clone(), indices, categories_max };
    if step.order.is_empty() {
        // Which columns `one_hot` makes is known only on the data; until then the column counts.
        let after = match step.method {
            EncodeMethod::OneHot => shape.clone(),
            _ => unfitted.numbered(shape),
        };
        return Ok(Plan::Fitted(Box::new(unfitted), after));
    }
    let order: Vec<String> = step.order.iter().map(|literal| literal.0.clone()).collect();
    let distinct: BTreeSet<&String> = order.iter().collect();
    if distinct.len() != order.len() {
        return Err(order_fault("order에 같은 값이 두 번 있습니다.", "order names a value twice"));
    }
    let categories = vec![order; unfitted.indices.len()];
    unfitted.ready(categories, shape).map(Plan::Stream)
}

fn is_category(is: ValueType) -> bool {
    matches!(is, ValueType::Text | ValueType::Integer | ValueType::Boolean | ValueType::Date)
}

fn order_fault(ko: &str, en: &str) -> Fault {
    Fault::input("order-invalid", ko, en)
}

/// A column as texts; categories are compared as such.
fn texts(array: &ArrayRef) -> Result<StringArray, Fault> {
    let texts = cast(array, &DataType::Utf8).map_err(|error| Fault::Bug(error.to_string()))?;
    Ok(texts.as_string::<i32>().clone())
}

impl Fit for Unfitted {
    fn fit(self: Box<Self>, table: &Table, work: &Work<'_>) -> Result<Ready, Fault> {
        let mut found: Vec<BTreeSet<String>> = vec![BTreeSet::new(); self.indices.len()];
        for batch in table.scan(Some(&self.indices), work)? {
            let batch = batch?;
            for ((found, array), index) in found.iter_mut().zip(batch.columns()).zip(&self.indices)
            {
                for text in texts(array)?.iter().flatten() {
                    if !found.contains(text) {
                        found.insert(text.to_owned());
                    }
                }
                if found.len() > self.categories_max {
                    return Err(too_many(table.shape.name(*index), self.categories_max));
                }
            }
        }
        let categories = found
            .into_iter()
            .zip(&self.indices)
            .map(|(found, index)| in_order(found, &table.shape.data_type(*index)))
            .collect();
        self.ready(categories, &table.shape)
    }
}

/// Categories in the order of their type.
fn in_order(found: BTreeSet<String>, data_type: &DataType) -> Vec<String> {
    let mut categories: Vec<String> = found.into_iter().collect();
    if let DataType::Int64 = data_type {
        categories.sort_by_key(|text| text.parse::<i64>().unwrap_or(i64::MAX));
    }
    // Days as ISO text and `false` before `true` are in order as texts.
    categories
}

fn too_many(name: &str, max: usize) -> Fault {
    Fault::input(
        "categories-too-many",
        format!("열 ‘{name}’의 값 종류가 {max}가지를 넘습니다. categories_max를 늘리거나 generalise로 먼저 묶으십시오."),
        format!("column “{name}” has more than {max} categories; raise categories_max or group them with generalise first"),
    )
    .at_column(name)
}

impl Unfitted {
    /// The shape with the columns as integers.
    fn numbered(&self, shape: &Shape) -> Shape {
        shape.mapped(|index, column, data_type| {
            if self.indices.contains(&index) {
                let Column { role, title, .. } = column;
                let plain = plain_column(&column.name, ValueType::Integer);
                return (Column { role, title, ..plain }, DataType::Int64);
            }
            (column, data_type)
        })
    }

    /// The encoder of known categories, one list for each column.
    fn ready(self, categories: Vec<Vec<String>>, shape: &Shape) -> Result<Ready, Fault> {
        let total: usize = categories.iter().map(Vec::len).sum();
        if total > StepRecord::FITTED_MAX {
            let name = shape.name(self.indices.first().copied().unwrap_or(0));
            return Err(too_many(name, StepRecord::FITTED_MAX));
        }
        let mut fitted = Vec::with_capacity(total);
        let mut columns = Vec::with_capacity(self.indices.len());
        for (index, categories) in self.indices.iter().zip(&categories) {
            for (n, category) in categories.iter().enumerate() {
                fitted.push(Fitted {
                    column: shape.name(*index).to_owned(),
                    group: Vec::new(),
                    name: format!("category_{n}"),
                    value: FittedValue::Text(category.clone()),
                });
            }
            let places = categories.iter().cloned().zip(0_i64..).collect();
            let other = usize::from(self.step.unknown == UnknownCategory::Other);
            let name = shape.name(*index).to_owned();
            columns.push(Coded { index: *index, name, places, width: categories.len() + other });
        }
        let after = match self.step.method {
            EncodeMethod::OneHot => self.spread(&categories, shape)?,
            _ => self.numbered(shape),
        };
        let step = self.step;
        let op = Encoding { step, columns, shape: after.clone(), changed: 0, rows: 0 };
        Ok(Ready { fitted, ..Ready::new(op, after) })
    }

    /// The shape with a column for each category in place of the columns.
    fn spread(&self, categories: &[Vec<String>], shape: &Shape) -> Result<Shape, Fault> {
        let mut pairs = Vec::new();
        let mut seen = BTreeSet::new();
        for (index, (column, data_type)) in shape.pairs().into_iter().enumerate() {
            let Some(at) = self.indices.iter().position(|other| *other == index) else {
                pairs.push((column, data_type));
                continue;
            };
            let other = (self.step.unknown == UnknownCategory::Other).then_some("*");
            let known = categories.get(at).into_iter().flatten().map(String::as_str);
            for category in known.chain(other) {
                let name = format!("{}={category}", column.name);
                new_name(&name, shape)?;
                if !seen.insert(name.clone()) {
                    return Err(order_fault(
                        "이름이 ‘*’인 값과 unknown: other를 함께 쓸 수 없습니다.",
                        "a value named “*” and unknown: other exclude each other",
                    ));
                }
                let plain = plain_column(&name, ValueType::Integer);
                pairs.push((Column { role: column.role, ..plain }, DataType::Int64));
            }
        }
        if pairs.is_empty() {
            return Err(super::shape::no_columns());
        }
        Ok(Shape::new(shape.reading.clone(), pairs))
    }
}

impl Encoding {
    /// The place of each cell's category.
    fn places(&self, coded: &Coded, array: &ArrayRef) -> Result<Vec<Option<i64>>, Fault> {
        let texts = texts(array)?;
        let other = i64::try_from(coded.places.len()).unwrap_or(i64::MAX);
        let place = |(row, text): (usize, Option<&str>)| {
            let Some(text) = text else { return Ok(None) };
            match (coded.places.get(text), self.step.unknown) {
                (Some(place), _) => Ok(Some(*place)),
                (None, UnknownCategory::ToNull) => Ok(None),
                (None, UnknownCategory::Other) => Ok(Some(other)),
                (None, UnknownCategory::Fail) => {
                    Err(unknown(&coded.name, self.rows + row as u64 + 1))
                }
            }
        };
        texts.iter().enumerate().map(place).collect()
    }
}

fn unknown(name: &str, row: u64) -> Fault {
    Fault::input(
        "category-unknown",
        format!(
            "열 ‘{name}’의 {row}번째 행 값이 order에 없습니다. order에 더하거나 unknown을 쓰십시오."
        ),
        format!("row {row} of column “{name}” is not in order; add it there or set unknown"),
    )
    .at_column(name)
    .at_row(row)
}

impl Op for Encoding {
    fn apply(&mut self, batch: &RecordBatch) -> Result<RecordBatch, Fault> {
        let mut arrays: Vec<ArrayRef> = Vec::new();
        let mut changed = 0;
        for (index, array) in batch.columns().iter().enumerate() {
            let Some(coded) = self.columns.iter().find(|coded| coded.index == index) else {
                arrays.push(Arc::clone(array));
                continue;
            };
            let places = self.places(coded, array)?;
            changed += (array.len() - array.null_count()) as u64;
            if self.step.method == EncodeMethod::OneHot {
                for n in (0_i64..).take(coded.width) {
                    let flags = places.iter().map(|place| place.map(|at| i64::from(at == n)));
                    arrays.push(Arc::new(flags.collect::<Int64Array>()));
                }
            } else {
                arrays.push(Arc::new(Int64Array::from(places)));
            }
        }
        self.changed += changed;
        self.rows += batch.num_rows() as u64;
        self.shape.batch(arrays, batch.num_rows())
    }

    fn changed(&self) -> u64 {
        self.changed
    }
}
