//! Least-squares polynomials through some cells of a window: the weights of Savitzky and Golay.
//!
//! The weights come from polynomials that are orthogonal on the very places that hold a value, so
//! that a window with missing cells is fitted as well as a whole one. Places are whole numbers
//! around the middle, which keeps the recurrence exact for the windows in use.

/// Weights of the values at `places` in the least-squares polynomial of `degree`, read at `at`.
/// There must be more places than the degree, all different.
pub(crate) fn weights(places: &[f64], at: f64, degree: u32) -> Vec<f64> {
    let mut weights = vec![0.0; places.len()];
    let (mut now, mut now_at) = (vec![1.0; places.len()], 1.0);
    let (mut before, mut before_at) = (vec![0.0; places.len()], 0.0);
    let mut norm_before = 1.0;
    for _ in 0..=degree {
        let norm: f64 = now.iter().map(|p| p * p).sum();
        for (weight, p) in weights.iter_mut().zip(&now) {
            *weight += now_at * p / norm;
        }
        let centre = places.iter().zip(&now).map(|(u, p)| u * p * p).sum::<f64>() / norm;
        let ratio = norm / norm_before;
        let next_at = (at - centre) * now_at - ratio * before_at;
        let step = |((u, p), q): ((&f64, &f64), &f64)| (u - centre) * p - ratio * q;
        let next: Vec<f64> = places.iter().zip(&now).zip(&before).map(step).collect();
        (before, before_at) = (now, now_at);
        (now, now_at) = (next, next_at);
        norm_before = norm;
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::weights;

    fn places(rows: i32) -> Vec<f64> {
        (-(rows / 2)..=rows / 2).map(f64::from).collect()
    }

    #[test]
    fn weights_are_those_of_the_tables() {
        // Savitzky and Golay 1964, with the corrections of Steinier, Termonia and Deltour 1972.
        let tables: [(i32, u32, f64, &[f64]); 6] = [
            (5, 2, 35.0, &[-3.0, 12.0, 17.0, 12.0, -3.0]),
            (5, 3, 35.0, &[-3.0, 12.0, 17.0, 12.0, -3.0]),
            (7, 2, 21.0, &[-2.0, 3.0, 6.0, 7.0, 6.0, 3.0, -2.0]),
            (9, 2, 231.0, &[-21.0, 14.0, 39.0, 54.0, 59.0, 54.0, 39.0, 14.0, -21.0]),
            (7, 4, 231.0, &[5.0, -30.0, 75.0, 131.0, 75.0, -30.0, 5.0]),
            (3, 0, 3.0, &[1.0, 1.0, 1.0]),
        ];
        for (rows, degree, norm, table) in tables {
            let got = weights(&places(rows), 0.0, degree);
            for (got, want) in got.iter().zip(table) {
                assert!((got - want / norm).abs() < 1e-15, "{rows} {degree}: {got}");
            }
        }
    }

    #[test]
    fn a_polynomial_of_the_degree_is_kept_wherever_it_is_read() {
        let f = |u: f64| 2.0 - u + 0.5 * u * u - 0.125 * u * u * u;
        let some = [-5.0, -4.0, -1.0, 0.0, 2.0, 5.0];
        for at in [-5.0, -2.5, 0.0, 1.0, 5.0] {
            let weights = weights(&some, at, 3);
            let got: f64 = weights.iter().zip(some).map(|(w, u)| w * f(u)).sum();
            assert!((got - f(at)).abs() < 1e-12, "{at}: {got}");
        }
    }
}
