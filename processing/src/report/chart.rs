//! Drawings as inline SVG: bars, histograms, series, stripes.
//!
//! Drawings are stretched to the width of their place, lines keep their width; so labels stand beside
//! a drawing as text, and every drawing has a title for those who cannot see it.

use schema::data::profile::Histogram;

use super::html::{Html, number};
use super::sketch::{BLOCKS, BUCKETS, Missing};

/// Height of a series.
const HEIGHT: f64 = 100.0;

/// A bar of `hundredths` of 100.
pub(super) fn bar(html: &mut Html, hundredths: u32, good: bool) {
    html.raw("<svg class=\"bar\" viewBox=\"0 0 100 8\" preserveAspectRatio=\"none\" aria-hidden=\"true\">");
    html.raw("<rect class=\"track\" width=\"100\" height=\"8\"/>");
    html.raw(if good {
        "<rect class=\"fill good\" height=\"8\" width=\""
    } else {
        "<rect class=\"fill bad\" height=\"8\" width=\""
    });
    html.at(f64::from(hundredths) / 100.0).raw("\"/></svg>");
}

/// A histogram; with `before`, that one lies behind it on the same axis.
pub(super) fn histogram(html: &mut Html, now: &Histogram, before: Option<&Histogram>) {
    let lo = before.map_or(now.lo, |before| before.lo.min(now.lo));
    let hi = before.map_or(now.hi, |before| before.hi.max(now.hi));
    let span = if hi > lo { hi - lo } else { 1.0 };
    // Shares by width, so that histograms over different ranges can be compared.
    let density = |histogram: &Histogram| -> Vec<f64> {
        let total = histogram.counts.iter().sum::<u64>().max(1);
        let width = ((histogram.hi - histogram.lo) / span).max(1e-3);
        #[expect(clippy::cast_precision_loss, reason = "drawn on a screen")]
        let share = |count: &u64| *count as f64 / total as f64 / width;
        histogram.counts.iter().map(share).collect()
    };
    let (shares, behind) = (density(now), before.map(density));
    let top = shares.iter().chain(behind.iter().flatten()).fold(1e-12_f64, |a, b| a.max(*b));
    html.raw("<svg class=\"histogram\" viewBox=\"0 0 200 50\" preserveAspectRatio=\"none\" role=\"img\"><title>");
    html.put(number(lo)).raw(" – ").put(number(hi)).raw("</title>");
    let mut draw = |class: &'static str, histogram: &Histogram, shares: &[f64]| {
        html.raw("<path class=\"").raw(class).raw("\" d=\"");
        let from = (histogram.lo - lo) / span * 200.0;
        let bins = u32::try_from(shares.len().max(1)).unwrap_or(u32::MAX);
        let width = ((histogram.hi - histogram.lo) / span * 200.0 / f64::from(bins)).max(0.5);
        let mut x = from;
        for share in shares {
            if *share > 0.0 {
                // What is there can be seen.
                let height = (share / top * 49.0).max(1.0);
                html.raw("M").at(x).raw(" 50v-").at(height).raw("h").at(width).raw("V50z");
            }
            x += width;
        }
        html.raw("\"/>");
    };
    if let (Some(before), Some(behind)) = (before, &behind) {
        draw("before", before, behind);
    }
    draw("now", now, &shares);
    html.raw("</svg>");
}

/// What a series is drawn with.
pub(super) struct Series<'a> {
    /// Rows in each bucket.
    pub(super) rows: &'a [u64],
    /// Smallest and largest value in each bucket.
    pub(super) ends: &'a [Option<[f64; 2]>],
    /// Ends of the vertical axis.
    pub(super) axis: [f64; 2],
    /// Values beyond these break a rule.
    pub(super) allowed: [Option<f64>; 2],
    /// Values beyond these are unusual.
    pub(super) usual: Option<[f64; 2]>,
    /// Buckets with rows that break another rule of the column.
    pub(super) marks: &'a [usize],
    /// Empty buckets in a row that make a gap.
    pub(super) gap: usize,
}

/// Draws a series: gaps shaded, limits dashed, what breaks a rule and what is unusual marked.
pub(super) fn series(html: &mut Html, series: &Series<'_>, title: (&str, &str)) {
    html.raw("<svg class=\"series\" viewBox=\"0 0 960 100\" preserveAspectRatio=\"none\" role=\"img\"><title>");
    html.text(title.0).raw(" · ").text(title.1).raw("</title>");
    shade(html, "gap", &empty_runs(series.rows, series.gap));
    let silent: Vec<u64> = series
        .rows
        .iter()
        .zip(series.ends)
        .map(|(rows, ends)| u64::from(*rows == 0 || ends.is_some()))
        .collect();
    shade(html, "silent", &empty_runs(&silent, 1));
    let y = |value: f64| {
        let [low, high] = series.axis;
        let span = if high > low { high - low } else { 1.0 };
        (HEIGHT - 4.0) - ((value - low) / span).clamp(0.0, 1.0) * (HEIGHT - 8.0)
    };
    for limit in series.allowed.into_iter().flatten() {
        if (series.axis[0]..=series.axis[1]).contains(&limit) {
            html.raw("<path class=\"limit\" d=\"M0 ").at(y(limit)).raw("H960\"/>");
        }
    }
    html.raw("<path class=\"line\" d=\"");
    let mut last: Option<usize> = None;
    let mut up = false;
    for (bucket, ends) in series.ends.iter().enumerate() {
        let Some([low, high]) = *ends else { continue };
        let joined = last.is_some_and(|last| bucket - last <= series.gap);
        let (first, second) = if up { (high, low) } else { (low, high) };
        html.raw(if joined { "L" } else { "M" }).at(x(bucket)).raw(" ").at(y(first));
        html.raw("V").at(y(second));
        up = !up;
        last = Some(bucket);
    }
    html.raw("\"/>");
    let (mut broken, mut unusual) = (Vec::new(), Vec::new());
    for (bucket, ends) in series.ends.iter().enumerate() {
        let Some([low, high]) = *ends else { continue };
        for (value, below) in [(low, true), (high, false)] {
            let beyond = |limit: f64| if below { value < limit } else { value > limit };
            if series.allowed[usize::from(!below)].is_some_and(beyond) {
                broken.push((bucket, y(value)));
            } else if series.usual.is_some_and(|usual| beyond(usual[usize::from(!below)])) {
                unusual.push((bucket, y(value)));
            }
        }
    }
    broken.extend(series.marks.iter().map(|bucket| (*bucket, 4.0)));
    for (class, spots) in [("unusual", unusual), ("broken", broken)] {
        if spots.is_empty() {
            continue;
        }
        html.raw("<path class=\"").raw(class).raw("\" d=\"");
        for (bucket, y) in spots {
            html.raw("M").at(x(bucket)).raw(" ").at(y).raw("h0");
        }
        html.raw("\"/>");
    }
    html.raw("</svg>");
}

#[expect(clippy::cast_precision_loss, reason = "a few hundred buckets")]
fn x(bucket: usize) -> f64 {
    (bucket as f64 + 0.5) * 960.0 / BUCKETS as f64
}

/// Runs of at least `least` zeros between what is not zero: first bucket and the one behind.
pub(super) fn empty_runs(counts: &[u64], least: usize) -> Vec<(usize, usize)> {
    let mut runs = Vec::new();
    let mut last: Option<usize> = None;
    for (at, count) in counts.iter().enumerate() {
        if *count == 0 {
            continue;
        }
        if let Some(last) = last
            && at - last > least
        {
            runs.push((last + 1, at));
        }
        last = Some(at);
    }
    runs
}

fn shade(html: &mut Html, class: &'static str, runs: &[(usize, usize)]) {
    if runs.is_empty() {
        return;
    }
    html.raw("<path class=\"").raw(class).raw("\" d=\"");
    for (from, to) in runs {
        #[expect(clippy::cast_precision_loss, reason = "a few hundred buckets")]
        let edge = |bucket: usize| bucket as f64 * 960.0 / BUCKETS as f64;
        html.raw("M")
            .at(edge(*from))
            .raw(" 0H")
            .at(edge(*to))
            .raw("V100H")
            .at(edge(*from))
            .raw("z");
    }
    html.raw("\"/>");
}

/// A stripe of blocks of rows, darker where more cells are missing.
pub(super) fn stripe(html: &mut Html, missing: &Missing, block_rows: u64, rows: u64) {
    /// Smallest share in percent of each shade.
    const SHADES: [(&str, u64); 4] = [("m1", 0), ("m2", 10), ("m3", 50), ("m4", 90)];
    let blocks =
        usize::try_from(rows.div_ceil(block_rows.max(1))).unwrap_or(BLOCKS).clamp(1, BLOCKS);
    let shade = |block: usize| -> Option<usize> {
        let count = missing.blocks.get(block).copied().filter(|count| *count > 0)?;
        let held = rows.saturating_sub(block as u64 * block_rows).min(block_rows).max(1);
        SHADES.iter().rposition(|(_, least)| count.saturating_mul(100) >= least * held)
    };
    html.raw("<svg class=\"stripe\" viewBox=\"0 0 200 8\" preserveAspectRatio=\"none\" aria-hidden=\"true\">");
    #[expect(clippy::cast_precision_loss, reason = "a few hundred blocks")]
    let edge = |block: usize| block as f64 * 200.0 / blocks as f64;
    for (at, (class, _)) in SHADES.iter().enumerate() {
        let mut path: Vec<(usize, usize)> = Vec::new();
        for block in (0..blocks).filter(|block| shade(*block) == Some(at)) {
            match path.last_mut() {
                Some((_, to)) if *to == block => *to = block + 1,
                _ => path.push((block, block + 1)),
            }
        }
        if path.is_empty() {
            continue;
        }
        html.raw("<path class=\"").put(class).raw("\" d=\"");
        for (from, to) in path {
            html.raw("M").at(edge(from)).raw(" 0H").at(edge(to)).raw("V8H").at(edge(from)).raw("z");
        }
        html.raw("\"/>");
    }
    html.raw("</svg>");
}

#[cfg(test)]
mod tests {
    use schema::data::profile::Histogram;

    use super::super::html::Html;
    use super::super::sketch::{BUCKETS, Missing};
    use super::{Series, empty_runs, histogram, series, stripe};

    fn drawn(draw: impl FnOnce(&mut Html)) -> String {
        let mut html = Html::default();
        draw(&mut html);
        html.into_string()
    }

    #[test]
    fn only_long_runs_between_rows_are_gaps() {
        assert_eq!(empty_runs(&[0, 1, 0, 1, 0, 0, 0, 1, 0], 2), [(4, 7)]);
        assert_eq!(empty_runs(&[1, 0, 1], 1), [(1, 2)]);
        assert_eq!(empty_runs(&[0, 0], 1), []);
    }

    #[test]
    fn what_breaks_a_rule_is_marked_and_what_is_missing_breaks_the_line() {
        let mut rows = vec![1; BUCKETS];
        let mut ends = vec![Some([1.0, 2.0]); BUCKETS];
        ends[10] = Some([1.0, 99.0]);
        ends[20] = None;
        rows[100..200].fill(0);
        ends[100..200].fill(None);
        let drawing = |allowed, usual| {
            let of = Series {
                rows: &rows,
                ends: &ends,
                axis: [0.0, 100.0],
                allowed,
                usual,
                marks: &[],
                gap: 1,
            };
            drawn(|html| series(html, &of, ("가", "a")))
        };
        let plain = drawing([None, None], None);
        assert!(plain.contains("class=\"gap\" d=\"M200 0H400V100H200z\""), "{plain}");
        assert!(plain.contains("class=\"silent\" d=\"M40 0H42V100H40z\""), "{plain}");
        assert!(!plain.contains("broken") && !plain.contains("unusual"));
        let broken = drawing([None, Some(50.0)], Some([0.0, 3.0]));
        assert!(broken.contains("class=\"broken\" d=\"M21 4.9h0\""), "{broken}");
        assert!(broken.contains("class=\"limit\"") && !broken.contains("unusual"));
        assert!(
            drawing([None, None], Some([0.0, 3.0])).contains("class=\"unusual\" d=\"M21 4.9h0\"")
        );
    }

    #[test]
    fn drawings_of_odd_data_stay_drawings() {
        for counts in [vec![], vec![0; 20], vec![u64::MAX, 0]] {
            let odd = Histogram { lo: 3.0, hi: 3.0, counts };
            let svg = drawn(|html| histogram(html, &odd, Some(&odd)));
            assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
        }
        let wide = Histogram { lo: -1e308, hi: 1e308, counts: vec![1; 20] };
        let svg = drawn(|html| histogram(html, &wide, None));
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
    }

    #[test]
    fn blocks_are_shaded_by_their_share() {
        let missing = Missing { column: 0, blocks: vec![0, 1, 10, 10, 5] };
        let svg = drawn(|html| stripe(html, &missing, 10, 45));
        assert!(svg.contains("class=\"m2\" d=\"M40 0H80V8H40z\""), "{svg}");
        assert!(svg.contains("class=\"m4\" d=\"M80 0H200V8H80z\""), "{svg}");
        assert!(!svg.contains("m1\"") && !svg.contains("m3\""), "{svg}");
    }
}
