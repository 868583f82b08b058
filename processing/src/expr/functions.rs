//! The functions that expressions may call.
//!
//! A closed list: what is on it answers the same for the same arguments, looks at one row at a time,
//! gives a storable value and needs no more memory than its arguments promise. `repeat` would not,
//! and `isnan` would always be false.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use datafusion::execution::SessionStateDefaults;
use datafusion::logical_expr::ScalarUDF;

/// Functions by the name under which DataFusion knows them; their other names count, too.
const ALLOWED: &[&str] = &[
    // choice
    "coalesce",
    "greatest",
    "least",
    "nullif",
    "nvl",
    "nvl2",
    // numbers
    "abs",
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "cbrt",
    "ceil",
    "cos",
    "cosh",
    "cot",
    "degrees",
    "exp",
    "floor",
    "gcd",
    "lcm",
    "ln",
    "log",
    "log10",
    "log2",
    "pi",
    "power",
    "radians",
    "round",
    "signum",
    "sin",
    "sinh",
    "sqrt",
    "tan",
    "tanh",
    "trunc",
    // text
    "ascii",
    "bit_length",
    "btrim",
    "character_length",
    "chr",
    "concat",
    "concat_ws",
    "contains",
    "ends_with",
    "initcap",
    "left",
    "levenshtein",
    "lower",
    "lpad",
    "ltrim",
    "octet_length",
    "overlay",
    "replace",
    "reverse",
    "right",
    "rpad",
    "rtrim",
    "split_part",
    "starts_with",
    "strpos",
    "substr",
    "substr_index",
    "to_hex",
    "translate",
    "upper",
    "regexp_count",
    "regexp_instr",
    "regexp_like",
    "regexp_replace",
    // dates and times
    "date_bin",
    "date_part",
    "date_trunc",
    "make_date",
    "to_char",
];

/// Functions whose value changes from run to run, by every name.
const CHANGING: &[&str] = &[
    "current_date",
    "current_time",
    "current_timestamp",
    "input_file_name",
    "file_row_index",
    "localtime",
    "localtimestamp",
    "now",
    "rand",
    "random",
    "today",
    "uuid",
];

/// What a function name stands for.
pub(super) enum Known {
    /// May be called.
    Allowed,
    /// Looks at many rows.
    ManyRows,
    /// Changes from run to run.
    Changing,
    /// Not known, or left out.
    No,
}

/// The functions that may be called.
pub(super) fn allowed() -> Vec<Arc<ScalarUDF>> {
    SessionStateDefaults::default_scalar_functions()
        .into_iter()
        .filter(|function| ALLOWED.contains(&function.name()))
        .collect()
}

/// Every name of the functions that may be called.
pub(super) static NAMES: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let names = |function: &Arc<ScalarUDF>| {
        let aliases = function.aliases().to_vec();
        std::iter::once(function.name().to_owned()).chain(aliases).collect::<Vec<_>>()
    };
    allowed().iter().flat_map(names).collect()
});

/// Every name of a function over many rows.
static MANY_ROWS: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let mut names = BTreeSet::new();
    for function in SessionStateDefaults::default_aggregate_functions() {
        names.insert(function.name().to_lowercase());
        names.extend(function.aliases().iter().map(|alias| alias.to_lowercase()));
    }
    for function in SessionStateDefaults::default_window_functions() {
        names.insert(function.name().to_lowercase());
        names.extend(function.aliases().iter().map(|alias| alias.to_lowercase()));
    }
    names
});

/// What the function `name`, in lower case, stands for.
pub(super) fn known(name: &str) -> Known {
    if NAMES.contains(name) {
        Known::Allowed
    } else if CHANGING.contains(&name) {
        Known::Changing
    } else if MANY_ROWS.contains(name) {
        Known::ManyRows
    } else {
        Known::No
    }
}
