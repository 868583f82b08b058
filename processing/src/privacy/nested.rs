//! The texts and numbers inside of lists, structs and maps.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::DataType;
use arrow::util::display::{ArrayFormatter, FormatOptions};

/// Depth to which values are looked into; Parquet files of deeper nesting are not met.
const DEPTH_MAX: usize = 32;

/// Calls `visit` with every text and every other simple value, as text, that a cell holds.
pub(crate) fn leaves(array: &ArrayRef, row: usize, visit: &mut dyn FnMut(&str)) {
    walk(array, row, DEPTH_MAX, visit);
}

fn walk(array: &ArrayRef, row: usize, depth: usize, visit: &mut dyn FnMut(&str)) {
    if depth == 0 || row >= array.len() || array.is_null(row) {
        return;
    }
    let mut all = |part: &ArrayRef| (0..part.len()).for_each(|at| walk(part, at, depth - 1, visit));
    match array.data_type() {
        DataType::List(_) => all(&array.as_list::<i32>().value(row)),
        DataType::LargeList(_) => all(&array.as_list::<i64>().value(row)),
        DataType::FixedSizeList(..) => all(&array.as_fixed_size_list().value(row)),
        DataType::Map(..) => {
            let entries: ArrayRef = std::sync::Arc::new(array.as_map().value(row));
            all(&entries);
        }
        DataType::Struct(_) => {
            for part in array.as_struct().columns() {
                walk(part, row, depth - 1, visit);
            }
        }
        DataType::Utf8 => visit(array.as_string::<i32>().value(row)),
        DataType::LargeUtf8 => visit(array.as_string::<i64>().value(row)),
        DataType::Utf8View => visit(array.as_string_view().value(row)),
        _ => {
            let options = FormatOptions::default();
            if let Ok(formatter) = ArrayFormatter::try_new(array.as_ref(), &options) {
                visit(&formatter.value(row).to_string());
            }
        }
    }
}
