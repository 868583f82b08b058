//! From the state of a column to what is said of it.

use std::collections::HashMap;

use schema::data::column::Role;
use schema::data::profile::{
    ColumnProfile, Distinct, Histogram, Lengths, QuantileMethod, Quantiles, Scalar, TopValue,
};

use super::grid::{AnyGrid, Found, Grid, PERCENT, rank};
use super::hll::STANDARD_ERROR_BP;
use super::number::{BINS, CELLS, Number, Numbers, Range, Real, View};
use super::resolution;
use super::scalar::{decimal, real, whole};
use super::state::{ColumnState, Reals, Texts, Values};
use super::sums::Sums as _;
use super::table::{Kind, TableColumn};

/// Frequent values that are named.
const TOP_MAX: usize = 10;
/// Characters of a text that are shown.
pub(crate) const TEXT_CHARS_MAX: usize = 64;

/// What is said of a column.
pub(crate) fn column(
    table: &TableColumn,
    state: &ColumnState,
    grid: Option<&AnyGrid>,
) -> ColumnProfile {
    let mut profile = blank(table, state);
    match (&state.values, grid) {
        (Values::Flag(counts), _) => flag(&mut profile, *counts),
        (Values::Whole(numbers), grid) => {
            let grid = grid.and_then(|g| if let AnyGrid::Whole(g) = g { Some(g) } else { None });
            let kind = table.kind;
            let unit = Unit {
                digits: 0,
                show: &|v| whole(kind, v),
                step: &resolution::whole,
                measured: kind == Kind::Whole,
            };
            numeric(&mut profile, numbers, grid, &unit);
        }
        (Values::Real(reals), grid) => {
            let grid = grid.and_then(|g| if let AnyGrid::Real(g) = g { Some(g) } else { None });
            floats(&mut profile, reals, grid);
        }
        (Values::Wide(numbers), grid) => {
            let grid = grid.and_then(|g| if let AnyGrid::Wide(g) = g { Some(g) } else { None });
            let scale = if let Kind::Decimal { scale } = table.kind { scale } else { 0 };
            let show = |value| Scalar::Text(decimal(value, scale));
            let digits = u32::try_from(scale).unwrap_or(0);
            let step = |entries: &[(i128, u64)]| resolution::wide(entries, scale);
            let unit = Unit { digits, show: &show, step: &step, measured: true };
            numeric(&mut profile, numbers, grid, &unit);
        }
        (Values::Text(texts), _) => text(&mut profile, texts, false),
        (Values::Bytes(texts), _) => text(&mut profile, texts, true),
        (Values::Opaque, _) => {}
    }
    profile
}

fn blank(table: &TableColumn, state: &ColumnState) -> ColumnProfile {
    let declared = table.declared.as_ref();
    ColumnProfile {
        name: table.name.clone(),
        value_type: table.value_type,
        role: declared.map_or(Role::Unknown, |column| column.role),
        inferred_role: None,
        unit: declared.and_then(|column| column.unit.clone()),
        count: state.count,
        nulls: state.nulls,
        nan: 0,
        infinite_positive: 0,
        infinite_negative: 0,
        zeros: 0,
        negatives: 0,
        sentinels: 0,
        distinct: None,
        min: None,
        max: None,
        mean: None,
        std: None,
        quantiles: None,
        top: Vec::new(),
        histogram: None,
        resolution: None,
        lengths: None,
        patterns: Vec::new(),
        stuck: None,
        drift: None,
    }
}

fn flag(profile: &mut ColumnProfile, [off, on]: [u64; 2]) {
    let values = [(false, off), (true, on)];
    let present = || values.iter().filter(|(_, count)| *count > 0);
    profile.zeros = off;
    profile.distinct = Some(distinct(present().count() as u64, true));
    profile.min = present().next().map(|(value, _)| Scalar::Bool(*value));
    profile.max = present().next_back().map(|(value, _)| Scalar::Bool(*value));
    let mut top: Vec<_> = present().map(|(v, n)| (Scalar::Bool(*v), *n)).collect();
    top.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    profile.top = top.into_iter().map(|(value, count)| TopValue { value, count }).collect();
}

fn floats(profile: &mut ColumnProfile, reals: &Reals, grid: Option<&Grid<Real>>) {
    let show = |value: Real| real(value.get());
    let unit = Unit { digits: 0, show: &show, step: &resolution::real, measured: true };
    numeric(profile, &reals.finite, grid, &unit);
    profile.nan = reals.nan;
    profile.infinite_positive = reals.positive;
    profile.infinite_negative = reals.negative;
    if let Some(distinct) = &mut profile.distinct {
        distinct.count += u64::from(reals.positive > 0) + u64::from(reals.negative > 0);
    }
}

/// The smallest distance of sorted, different values that are counted.
type Step<'a, T> = &'a dyn Fn(&[(T, u64)]) -> Option<Scalar>;

/// How numbers of a column are shown.
struct Unit<'a, T> {
    /// Decimal digits behind the point of the stored integer.
    digits: u32,
    /// A value as shown.
    show: &'a dyn Fn(T) -> Scalar,
    /// The smallest distance of sorted, different values.
    step: Step<'a, T>,
    /// Whether sums and signs make sense (not for days and instants).
    measured: bool,
}

fn numeric<T: Number>(
    profile: &mut ColumnProfile,
    numbers: &Numbers<T>,
    grid: Option<&Grid<T>>,
    unit: &Unit<'_, T>,
) {
    profile.sentinels = numbers.sentinels();
    let facts = match numbers.view() {
        View::Exact(counts) => {
            let mut entries: Vec<(T, u64)> = counts.iter().collect();
            entries.sort_unstable_by(|a, b| a.0.order(&b.0));
            profile.distinct = Some(distinct(entries.len() as u64, true));
            profile.top = top(&entries, unit.show);
            profile.resolution = (unit.step)(&entries);
            Facts::exact(&entries, unit.digits)
        }
        View::Sketch(sketch) => {
            profile.distinct = Some(distinct(sketch.hll.estimate(), false));
            let (mean, std) = sketch.sums.mean_std(sketch.count, unit.digits);
            sketch.ends.map(|ends| Facts {
                ends,
                zeros: sketch.zeros,
                negatives: sketch.negatives,
                mean,
                std,
                shape: grid.map(|grid| (grid.quantiles(), grid.bins())),
            })
        }
    };
    let Some(facts) = facts else { return };
    profile.min = Some((unit.show)(facts.ends.0));
    profile.max = Some((unit.show)(facts.ends.1));
    if unit.measured {
        profile.zeros = facts.zeros;
        profile.negatives = facts.negatives;
        profile.mean = facts.mean;
        profile.std = facts.std;
    }
    let Some((found, bins)) = facts.shape else { return };
    profile.quantiles = Some(quantiles(&found, unit));
    let to_float = |value: T| value.as_float() / 10_f64.powi(unit.digits as i32);
    profile.histogram =
        Some(Histogram { lo: to_float(facts.ends.0), hi: to_float(facts.ends.1), counts: bins });
}

/// What is known of a column of numbers that has any.
struct Facts<T> {
    ends: (T, T),
    zeros: u64,
    negatives: u64,
    mean: Option<f64>,
    std: Option<f64>,
    /// Quantiles and counts of the histogram; absent when no grid was filled.
    shape: Option<(Found<T>, Vec<u64>)>,
}

impl<T: Number> Facts<T> {
    /// Everything from the sorted values and their counts.
    fn exact(entries: &[(T, u64)], digits: u32) -> Option<Self> {
        let ends = (entries.first()?.0, entries.last()?.0);
        let range = Range::new(ends.0, ends.1);
        let mut sums = T::Sums::default();
        let mut bins = vec![0; BINS];
        for (value, count) in entries {
            sums.add(*value, *count);
            bins[range.place(*value).0 / (CELLS / BINS)] += count;
        }
        let count = entries.iter().map(|(_, count)| count).sum();
        let sum_where = |keep: &dyn Fn(T) -> bool| {
            entries.iter().filter(|(value, _)| keep(*value)).map(|(_, count)| count).sum()
        };
        let (mean, std) = sums.mean_std(count, digits);
        let quantiles = PERCENT.map(|p| at(entries, rank(count, p)));
        Some(Self {
            ends,
            zeros: sum_where(&|value| value == T::ZERO),
            negatives: sum_where(&|value| value < T::ZERO),
            mean,
            std,
            shape: Some((Found { quantiles, error: 0.0 }, bins)),
        })
    }
}

/// The value at a 1-based rank of sorted values; there is at least one.
fn at<T: Number>(entries: &[(T, u64)], rank: u64) -> T {
    let mut before = 0;
    let found = entries.iter().find(|(_, count)| {
        before += count;
        before >= rank
    });
    found.or(entries.last()).map_or(T::ZERO, |(value, _)| *value)
}

fn quantiles<T: Number>(found: &Found<T>, unit: &Unit<'_, T>) -> Quantiles {
    let exact = found.error == 0.0;
    let [p05, p25, p50, p75, p95] = found.quantiles.map(|value| (unit.show)(value));
    Quantiles {
        p05,
        p25,
        p50,
        p75,
        p95,
        method: if exact { QuantileMethod::ExactNearestRank } else { QuantileMethod::GridMidpoint },
        error: (found.error / 10_f64.powi(unit.digits as i32)).min(f64::MAX),
    }
}

/// The most frequent values of sorted ones. Values that occur once are named only if there are few.
fn top<T: Copy>(entries: &[(T, u64)], show: &dyn Fn(T) -> Scalar) -> Vec<TopValue> {
    let few = entries.len() <= TOP_MAX;
    let mut top: Vec<_> = entries.iter().filter(|(_, count)| few || *count > 1).collect();
    // The sort is stable, so equal counts stay in the order of the values.
    top.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let top = top.into_iter().take(TOP_MAX);
    top.map(|(value, count)| TopValue { value: show(*value), count: *count }).collect()
}

fn text(profile: &mut ColumnProfile, texts: &Texts, by_hash: bool) {
    let (count, exact) = texts.distinct(by_hash);
    profile.distinct = Some(distinct(count, exact));
    profile.sentinels = texts.sentinel_count;
    if let (Some(exact), false) = (&texts.exact, by_hash) {
        profile.top = top_texts(exact);
    }
    if !by_hash {
        let mut patterns = texts.patterns.clone();
        texts.exact.iter().flatten().for_each(|(text, count)| patterns.add(text, *count));
        profile.patterns = patterns.top();
    }
    profile.lengths = texts.lengths.map(|[short, long]| Lengths {
        bytes_min: short.0,
        bytes_max: long.0,
        chars_min: short.1,
        chars_max: long.1,
        chars_mean: texts.chars as f64 / profile.count.max(1) as f64,
        empty: texts.empty,
    });
}

fn top_texts(exact: &HashMap<Box<str>, u64>) -> Vec<TopValue> {
    let mut entries: Vec<(&str, u64)> = exact.iter().map(|(text, n)| (&**text, *n)).collect();
    entries.sort_unstable();
    top(&entries, &|text| Scalar::Text(cut(text, TEXT_CHARS_MAX)))
}

/// A text cut to so many characters, ending in `…` if it was longer.
pub(crate) fn cut(text: &str, chars: usize) -> String {
    match text.char_indices().nth(chars) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

fn distinct(count: u64, exact: bool) -> Distinct {
    let standard_error_bp = if exact { 0 } else { STANDARD_ERROR_BP };
    Distinct { count, exact, standard_error_bp }
}
