//! Steps against plain re-implementations on random tables.

use proptest::prelude::*;

use super::fixture::{clean, clean_within};
use crate::limits::Limits;

/// A row: group, order key, value.
type Cells = (u8, Option<i8>, Option<i16>);

fn rows() -> impl Strategy<Value = Vec<Cells>> {
    let cell =
        (0_u8..3, prop::option::weighted(0.9, -4_i8..5), prop::option::weighted(0.6, -99_i16..99));
    prop::collection::vec(cell, 0..40)
}

fn table(rows: &[Cells]) -> String {
    let mut text = String::from("g:i | k:i | x:f | n:i");
    for (n, (g, k, x)) in rows.iter().enumerate() {
        let cell = |value: Option<i32>| value.map_or("-".to_owned(), |value| value.to_string());
        text.push_str(&format!(
            "\n{g} | {} | {} | {n}",
            cell(k.map(i32::from)),
            cell(x.map(i32::from))
        ));
    }
    text
}

/// One column of what came out.
fn column(text: &str, name: &str) -> Vec<Option<f64>> {
    let mut lines = text.lines();
    let at = lines.next().unwrap().split(" | ").position(|head| head == name).unwrap();
    lines.map(|line| line.split(" | ").nth(at).unwrap().parse().ok()).collect()
}

fn number(value: usize) -> f64 {
    f64::from(u32::try_from(value).unwrap())
}

/// The filled column, cell by cell, looking both ways from each.
fn filled(rows: &[Cells], method: &str, max_rows: usize) -> Vec<Option<f64>> {
    let value = |at: usize| rows[at].2.map(f64::from);
    let one = |at: usize| {
        if let Some(value) = value(at) {
            return Some(value);
        }
        let mine: Vec<usize> = (0..rows.len()).filter(|n| rows[*n].0 == rows[at].0).collect();
        let place = mine.iter().position(|n| *n == at).unwrap();
        let before = mine[..place].iter().rposition(|n| value(*n).is_some());
        let behind = mine[place..].iter().position(|n| value(*n).is_some()).map(|n| n + place);
        let run = behind.unwrap_or(mine.len()) - before.map_or(0, |n| n + 1);
        if run > max_rows {
            return None;
        }
        let (low, high) =
            (before.and_then(|n| value(mine[n])), behind.and_then(|n| value(mine[n])));
        match method {
            "ffill" => low,
            "bfill" => high,
            _ => {
                let part = number(place - before?) / number(behind? - before?);
                Some(low? * (1.0 - part) + high? * part)
            }
        }
    };
    (0..rows.len()).map(one).collect()
}

/// Quantile by sorting (type 7).
fn quantile(values: &[f64], q: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = q * number(sorted.len() - 1);
    let low = sorted[place.floor() as usize];
    let high = sorted[place.ceil() as usize];
    low * (1.0 - place.fract()) + high * place.fract()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn sort_agrees_with_a_stable_sort(rows in rows(), descending: bool, nulls_first: bool) {
        let spec = format!(
            "steps: [{{sort: {{by: [{{column: k, descending: {descending}, nulls_first: {nulls_first}}}]}}}}]"
        );
        let done = clean(&spec, &table(&rows)).unwrap();
        let mut order: Vec<usize> = (0..rows.len()).collect();
        order.sort_by_key(|n| {
            let key = rows[*n].1;
            let place = key.map_or(0, |key| if descending { -i32::from(key) } else { i32::from(key) });
            (key.is_none() != nulls_first, place)
        });
        let wanted: Vec<Option<f64>> = order.into_iter().map(|n| Some(number(n))).collect();
        prop_assert_eq!(column(&done.text, "n"), wanted);
        // Merged from runs of a few rows each: the same.
        let limits = Limits { memory_bytes_max: 600, batch_rows: 2, ..Limits::default() };
        prop_assert_eq!(clean_within(&spec, &table(&rows), &limits).unwrap().bytes, done.bytes);
    }

    #[test]
    fn duplicates_agree_with_a_set(rows in rows()) {
        let done = clean("steps: [{drop_duplicates: {keys: [g, k, x]}}]", &table(&rows)).unwrap();
        let mut seen = std::collections::HashSet::new();
        let kept = (0..rows.len()).filter(|n| seen.insert(rows[*n]));
        let wanted: Vec<Option<f64>> = kept.map(|n| Some(number(n))).collect();
        prop_assert_eq!(column(&done.text, "n"), wanted);
        // Found by way of files: the same.
        let limits = Limits { memory_bytes_max: 600, batch_rows: 2, ..Limits::default() };
        let spec = "steps: [{drop_duplicates: {keys: [g, k, x]}}]";
        prop_assert_eq!(clean_within(spec, &table(&rows), &limits).unwrap().bytes, done.bytes);
    }

    #[test]
    fn fills_agree_with_looking_both_ways(
        rows in rows(),
        method in prop::sample::select(vec!["ffill", "bfill", "linear"]),
        max_rows in 1_usize..6,
    ) {
        let spec = format!(
            "steps: [{{fill_missing: {{columns: [x], method: {method}, group: [g], max_gap_rows: {max_rows}}}}}]"
        );
        let done = clean(&spec, &table(&rows)).unwrap();
        let wanted = filled(&rows, method, max_rows);
        prop_assert_eq!(column(&done.text, "x"), wanted.clone());
        let changed = rows.iter().zip(&wanted).filter(|(row, new)| row.2.is_none() && new.is_some());
        prop_assert_eq!(done.changed(), changed.count() as u64);
    }

    #[test]
    fn outliers_agree_with_quartiles_of_the_group(rows in rows(), threshold in 0.1_f64..2.0) {
        let spec = format!(
            "steps: [{{outliers: {{columns: [x], method: iqr, action: to_null, group: [g], threshold: {threshold}}}}}]"
        );
        let done = clean(&spec, &table(&rows)).unwrap();
        let wanted: Vec<Option<f64>> = rows
            .iter()
            .map(|row| {
                let mine = rows.iter().filter(|other| other.0 == row.0);
                let values: Vec<f64> = mine.filter_map(|other| other.2.map(f64::from)).collect();
                let value = f64::from(row.2?);
                let (low, high) = (quantile(&values, 0.25), quantile(&values, 0.75));
                let width = threshold * (high - low);
                let out = high > low && (value < low - width || value > high + width);
                (!out).then_some(value)
            })
            .collect();
        prop_assert_eq!(column(&done.text, "x"), wanted);
    }

    #[test]
    fn z_scaling_has_mean_nought_and_deviation_one(rows in rows()) {
        let values: Vec<f64> = rows.iter().filter_map(|row| row.2.map(f64::from)).collect();
        prop_assume!(values.len() > 1 && values.iter().any(|value| *value != values[0]));
        let done = clean("steps: [{scale: {columns: [x], method: z}}]", &table(&rows)).unwrap();
        let scaled: Vec<f64> = column(&done.text, "x").into_iter().flatten().collect();
        let count = number(scaled.len());
        let mean = scaled.iter().sum::<f64>() / count;
        let variance = scaled.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (count - 1.0);
        prop_assert!(mean.abs() < 1e-12 && (variance - 1.0).abs() < 1e-12, "{} {}", mean, variance);
    }
}
