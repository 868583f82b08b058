//! Correlations between sampled columns: Pearson's of the values, Spearman's of the ranks.
//!
//! Invariants: each pair is computed by one thread from the sample in row order, in a fixed order of
//! additions, so that threads change no digit. Rows in which either value is missing or infinite are
//! left out of that pair.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use schema::data::profile::{CorrelatedPair, Correlations};

use crate::error::Fault;

/// Columns that are compared with each other.
pub(crate) const COLUMNS_MAX: usize = 64;
/// Pairs that are named.
const NAMED: usize = 20;
/// A pair is named if either coefficient is at least this large.
const STRONG: f64 = 0.5;
/// Rows that a pair needs.
const ROWS_MIN: usize = 3;
/// Sums that run side by side.
const LANES: usize = 8;

/// A sampled column and what many pairs need of it.
struct Series<'a> {
    values: &'a [f64],
    /// Rows by rising value; missing ones are left out.
    order: Vec<u32>,
    /// Values and ranks brought to mean 0 and length 1, if no row is missing and they differ.
    whole: Option<(Vec<f64>, Vec<f64>)>,
}

/// The coefficients of a pair and its rows.
#[derive(Clone, Copy, Default)]
struct Pair {
    rows: u64,
    pearson: Option<f64>,
    spearman: Option<f64>,
}

/// The correlations of sampled columns (missing values are NaN), at most [`COLUMNS_MAX`] of them;
/// none if there are fewer than two.
///
/// # Errors
///
/// [`Fault::Bug`] if a thread is lost.
pub(crate) fn correlate(
    columns: &[(String, Vec<f64>)],
    left_out: u32,
    threads: usize,
) -> Result<Option<Correlations>, Fault> {
    if columns.len() < 2 {
        return Ok(None);
    }
    let series = spread(columns.len(), threads, |at| Series::new(&columns[at].1))?;
    let places: Vec<(usize, usize)> =
        (0..columns.len()).flat_map(|later| (0..later).map(move |at| (at, later))).collect();
    let pairs = spread(places.len(), threads, |at| {
        let (first, second) = places[at];
        pair(&series[first], &series[second])
    })?;
    let matrix = |of: &dyn Fn(&Pair) -> Option<f64>| {
        let mut rest = pairs.iter();
        (0..columns.len()).map(|row| rest.by_ref().take(row).map(of).collect()).collect()
    };
    let size =
        |pair: &Pair| pair.pearson.map_or(0.0, f64::abs).max(pair.spearman.map_or(0.0, f64::abs));
    let mut strong: Vec<(&(usize, usize), &Pair)> =
        places.iter().zip(&pairs).filter(|(_, pair)| size(pair) >= STRONG).collect();
    strong.sort_by(|a, b| size(b.1).total_cmp(&size(a.1)).then_with(|| a.0.cmp(b.0)));
    let strongest = strong.into_iter().take(NAMED).filter_map(|((first, second), pair)| {
        Some(CorrelatedPair {
            first: columns[*first].0.clone(),
            second: columns[*second].0.clone(),
            rows: pair.rows,
            pearson: pair.pearson?,
            spearman: pair.spearman?,
        })
    });
    Ok(Some(Correlations {
        columns: columns.iter().map(|(name, _)| name.clone()).collect(),
        columns_left_out: left_out,
        pearson: matrix(&|pair| pair.pearson),
        spearman: matrix(&|pair| pair.spearman),
        strongest: strongest.collect(),
    }))
}

/// `work(0)`, `work(1)`, … on several threads, in that order.
fn spread<T: Send>(
    count: usize,
    threads: usize,
    work: impl Fn(usize) -> T + Sync,
) -> Result<Vec<T>, Fault> {
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, T)>> = Mutex::new(Vec::with_capacity(count));
    let lost = || Fault::Bug("a thread that compares columns panicked".to_owned());
    let run = || {
        let mut mine = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            if at >= count {
                break;
            }
            mine.push((at, work(at)));
        }
        if let Ok(mut done) = done.lock() {
            done.extend(mine);
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads.min(count) {
            scope.spawn(run);
        }
        run();
    });
    let mut done = done.into_inner().map_err(|_| lost())?;
    done.sort_unstable_by_key(|(at, _)| *at);
    if done.len() != count {
        return Err(lost());
    }
    Ok(done.into_iter().map(|(_, value)| value).collect())
}

impl<'a> Series<'a> {
    fn new(values: &'a [f64]) -> Self {
        let mut order: Vec<u32> =
            (0..values.len() as u32).filter(|row| values[*row as usize].is_finite()).collect();
        // Equal values share their rank, so their order among each other does not matter.
        order.sort_unstable_by(|a, b| values[*a as usize].total_cmp(&values[*b as usize]));
        let whole = (order.len() == values.len())
            .then(|| Some((unit(values)?, unit(&ranks(values, &order))?)))
            .flatten();
        Self { values, order, whole }
    }
}

fn pair(one: &Series<'_>, other: &Series<'_>) -> Pair {
    let rows = one.values.len();
    let complete = one.order.len() == rows && other.order.len() == rows;
    if complete {
        let both = one.whole.as_ref().zip(other.whole.as_ref()).filter(|_| rows >= ROWS_MIN);
        return Pair {
            rows: rows as u64,
            pearson: both.map(|(a, b)| dot(&a.0, &b.0)),
            spearman: both.map(|(a, b)| dot(&a.1, &b.1)),
        };
    }
    // Where each row that both have stands among those rows.
    let mut place = vec![u32::MAX; rows];
    let (mut a, mut b) = (Vec::new(), Vec::new());
    for (row, (x, y)) in one.values.iter().zip(other.values).enumerate() {
        if x.is_finite() && y.is_finite() {
            place[row] = a.len() as u32;
            a.push(*x);
            b.push(*y);
        }
    }
    if a.len() < ROWS_MIN {
        return Pair { rows: a.len() as u64, ..Pair::default() };
    }
    let ranked = |series: &Series<'_>, values: &[f64]| {
        let kept = series.order.iter().map(|row| place[*row as usize]);
        let order: Vec<u32> = kept.filter(|at| *at != u32::MAX).collect();
        unit(&ranks(values, &order))
    };
    Pair {
        rows: a.len() as u64,
        pearson: unit(&a).zip(unit(&b)).map(|(a, b)| dot(&a, &b)),
        spearman: ranked(one, &a).zip(ranked(other, &b)).map(|(a, b)| dot(&a, &b)),
    }
}

/// Ranks from 1 of values whose rising order is known; equal values share the mean of their ranks.
fn ranks(values: &[f64], order: &[u32]) -> Vec<f64> {
    let mut ranks = vec![0.0; values.len()];
    let mut before = 0;
    for ties in order.chunk_by(|a, b| values[*a as usize] == values[*b as usize]) {
        let rank = before as f64 + (ties.len() + 1) as f64 / 2.0;
        ties.iter().for_each(|row| ranks[*row as usize] = rank);
        before += ties.len();
    }
    ranks
}

/// Values brought to mean 0 and length 1; none if they do not differ.
fn unit(values: &[f64]) -> Option<Vec<f64>> {
    // Halved, so that no difference overflows; from the first value, so that a far offset costs no
    // digits; by the largest, so that no square overflows or vanishes.
    let first = *values.first()? * 0.5;
    let mut out: Vec<f64> = values.iter().map(|x| x * 0.5 - first).collect();
    let largest = out.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
    if largest == 0.0 {
        return None;
    }
    out.iter_mut().for_each(|x| *x /= largest);
    let mean = sum(&out, |x| x) / out.len() as f64;
    out.iter_mut().for_each(|x| *x -= mean);
    let length = sum(&out, |x| x * x).sqrt();
    if length == 0.0 {
        return None;
    }
    out.iter_mut().for_each(|x| *x /= length);
    Some(out)
}

fn sum(values: &[f64], of: impl Fn(f64) -> f64) -> f64 {
    let mut lanes = [0.0; LANES];
    let (chunks, rest) = values.as_chunks::<LANES>();
    for chunk in chunks {
        lanes.iter_mut().zip(chunk).for_each(|(lane, x)| *lane += of(*x));
    }
    lanes.iter().sum::<f64>() + rest.iter().map(|x| of(*x)).sum::<f64>()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut lanes = [0.0; LANES];
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    for (a, b) in a.iter().zip(b) {
        lanes.iter_mut().zip(a.iter().zip(b)).for_each(|(lane, (x, y))| *lane += x * y);
    }
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(x, y)| x * y).sum();
    // To twelve digits, so that what is a straight line reads as 1.
    (((lanes.iter().sum::<f64>() + rest) * 1e12).round() / 1e12).clamp(-1.0, 1.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::correlate;

    fn of(columns: &[&[f64]], threads: usize) -> schema::data::profile::Correlations {
        let columns: Vec<(String, Vec<f64>)> =
            columns.iter().enumerate().map(|(at, v)| (format!("c{at}"), v.to_vec())).collect();
        correlate(&columns, 0, threads).unwrap().unwrap()
    }

    fn one(a: &[f64], b: &[f64]) -> (Option<f64>, Option<f64>) {
        let found = of(&[a, b], 1);
        (found.pearson[1][0], found.spearman[1][0])
    }

    /// The textbook formula on the complete rows.
    fn oracle(a: &[f64], b: &[f64]) -> Option<f64> {
        let rows: Vec<(f64, f64)> = a
            .iter()
            .zip(b)
            .filter(|(x, y)| x.is_finite() && y.is_finite())
            .map(|(x, y)| (*x, *y))
            .collect();
        let n = rows.len() as f64;
        let (mx, my) =
            (rows.iter().map(|r| r.0).sum::<f64>() / n, rows.iter().map(|r| r.1).sum::<f64>() / n);
        let cov: f64 = rows.iter().map(|r| (r.0 - mx) * (r.1 - my)).sum();
        let vx: f64 = rows.iter().map(|r| (r.0 - mx).powi(2)).sum();
        let vy: f64 = rows.iter().map(|r| (r.1 - my).powi(2)).sum();
        let differ = |of: fn(&(f64, f64)) -> f64| rows.iter().any(|r| of(r) != of(&rows[0]));
        (rows.len() >= 3 && differ(|r| r.0) && differ(|r| r.1)).then(|| cov / (vx * vy).sqrt())
    }

    /// Ranks by counting smaller and equal values among the rows that both have.
    fn oracle_ranks(a: &[f64], b: &[f64]) -> Vec<f64> {
        let both = |at: usize| a[at].is_finite() && b[at].is_finite();
        (0..a.len())
            .map(|at| {
                let others = || (0..a.len()).filter(|other| both(*other));
                let below = others().filter(|other| a[*other] < a[at]).count() as f64;
                let equal = others().filter(|other| a[*other] == a[at]).count() as f64;
                if both(at) { below + (equal + 1.0) / 2.0 } else { f64::NAN }
            })
            .collect()
    }

    #[test]
    fn known_values() {
        assert_eq!(one(&[1.0, 2.0, 3.0], &[2.0, 4.0, 6.0]), (Some(1.0), Some(1.0)));
        assert_eq!(one(&[1.0, 2.0, 3.0], &[3.0, 2.0, 1.0]), (Some(-1.0), Some(-1.0)));
        assert_eq!(one(&[1.0, 2.0, 3.0], &[5.0; 3]), (None, None), "no spread");
        assert_eq!(one(&[1.0, 2.0], &[1.0, 2.0]), (None, None), "two rows");
        assert_eq!(one(&[], &[]), (None, None));
        let (pearson, spearman) = one(&[1.0, 2.0, 3.0, 4.0], &[1.0, 10.0, 100.0, 1e9]);
        assert!(pearson.unwrap() < 0.8 && spearman.unwrap() > 0.999_999_999);
        let (huge, _) = one(&[f64::MAX, f64::MIN, 0.0], &[1.0, -1.0, 0.0]);
        assert!((huge.unwrap() - 1.0).abs() < 1e-12);
        let far = 1e15;
        let (offset, _) = one(&[far, far + 1.0, far + 2.0], &[0.0, 1.0, 2.0]);
        assert!((offset.unwrap() - 1.0).abs() < 1e-12);
        let (tiny, _) = one(&[5e-324, 0.0, 1e-323], &[1.0, 0.0, 2.0]);
        assert!((tiny.unwrap() - 1.0).abs() < 0.2, "half of the smallest float is rounded");
    }

    #[test]
    fn the_strongest_pairs_are_named_first() {
        let a: Vec<f64> = (0..50).map(f64::from).collect();
        let b: Vec<f64> = a.iter().map(|x| -x * 2.0).collect();
        let c: Vec<f64> = a.iter().map(|x| x + 20.0 * (x * 1.7).sin()).collect();
        let d: Vec<f64> = a.iter().map(|x| (x * 7.7).sin()).collect();
        let found = of(&[&d, &c, &a, &b], 2);
        let pairs: Vec<_> = found.strongest.iter().map(|p| (&*p.first, &*p.second)).collect();
        assert_eq!(pairs[0], ("c2", "c3"));
        assert_eq!(pairs.len(), 3, "{pairs:?}");
        assert!((found.strongest[0].pearson + 1.0).abs() < 1e-12);
        assert_eq!(found.pearson.iter().map(Vec::len).collect::<Vec<_>>(), [0, 1, 2, 3]);
    }

    fn cell() -> impl Strategy<Value = f64> {
        prop_oneof![
            6 => (-9_i32..9).prop_map(f64::from),
            2 => -1e6..1e6_f64,
            1 => Just(f64::NAN),
        ]
    }

    proptest! {
        #[test]
        fn coefficients_agree_with_the_oracle(
            rows in prop::collection::vec((cell(), cell(), cell()), 0..60), gaps in any::<bool>(),
        ) {
            let kept = |x: &f64| if gaps || x.is_finite() { *x } else { 0.0 };
            let columns = [
                rows.iter().map(|r| kept(&r.0)).collect::<Vec<_>>(),
                rows.iter().map(|r| kept(&r.1)).collect(),
                rows.iter().map(|r| kept(&r.2)).collect(),
            ];
            let found = of(&[&columns[0], &columns[1], &columns[2]], 1);
            for (later, earlier) in [(1, 0), (2, 0), (2, 1)] {
                let (a, b) = (&columns[later], &columns[earlier]);
                let near = |found: Option<f64>, expected: Option<f64>| match (found, expected) {
                    (Some(x), Some(y)) => (x - y).abs() < 1e-9,
                    (x, y) => x.is_none() && y.is_none(),
                };
                let pearson = (found.pearson[later][earlier], oracle(a, b));
                prop_assert!(near(pearson.0, pearson.1), "{pearson:?}");
                let ranks = oracle(&oracle_ranks(a, b), &oracle_ranks(b, a));
                let spearman = (found.spearman[later][earlier], ranks);
                prop_assert!(near(spearman.0, spearman.1), "{spearman:?}");
            }
            prop_assert_eq!(found, of(&[&columns[0], &columns[1], &columns[2]], 3));
        }
    }
}
