//! Series along time, machine by machine, and the map of missing cells.

use jiff::Timestamp;
use jiff::tz::Offset;
use schema::data::column::ValueType;
use schema::data::profile::{ColumnProfile, Scalar};
use schema::data::quality::Check;

use super::chart::{self, Series};
use super::html::{count, number, percent};
use super::sketch::{Axis, BUCKETS, Plot, Sketch};
use super::{Sheet, scalar};

impl Sheet<'_> {
    pub(super) fn series(&mut self) {
        let Some(sketch) = self.page.sketch.filter(|sketch| !sketch.plots.is_empty()) else {
            return;
        };
        self.html.raw("<section id=\"series\"><h2>").both("그래프", "Series").raw("</h2>");
        self.html.raw("<p class=\"legend\">");
        for (class, ko, en) in [
            ("k-line", "최솟값–최댓값", "smallest to largest"),
            ("k-broken dot", "규칙 위반", "breaks a rule"),
            ("k-unusual dot", "드문 값", "unusual"),
            ("k-gap", "기록 없음", "no records"),
            ("k-silent", "값 없음", "no value"),
        ] {
            self.html.raw("<span><i class=\"").raw(class).raw("\"></i>").both(ko, en);
            self.html.raw("</span>");
        }
        self.html.raw("</p>");
        self.along(sketch);
        let mut plots = sketch.plots.as_slice();
        while let Some(first) = plots.first() {
            let same = plots.iter().take_while(|plot| plot.column == first.column).count();
            let (of, rest) = plots.split_at(same);
            self.figure(sketch, first.column, of);
            plots = rest;
        }
        if sketch.plots_left_out > 0 {
            let more = sketch.plots_left_out;
            self.html.raw("<p class=\"note\">").both(
                &format!(
                    "그리지 않은 측정 열이 {more}개 더 있습니다. 통계는 아래 ‘열’에 있습니다."
                ),
                &format!("{more} more columns are not drawn; see “Columns” below."),
            );
            self.html.raw("</p>");
        }
        self.html.raw("</section>\n");
    }

    /// What the series run along, in words.
    fn along(&mut self, sketch: &Sketch) {
        self.html.raw("<p class=\"note\">");
        match &sketch.axis {
            Axis::Rows { .. } => {
                self.html.both(
                    "시각 열이 없어 파일의 행 순서로 그렸습니다.",
                    "There is no time column: drawn in the order of rows.",
                );
            }
            Axis::Time { column, outside, .. } => {
                let name = self.name(*column);
                self.html.both(
                    &format!("가로축은 ‘{name}’입니다."),
                    &format!("The horizontal axis is “{name}”."),
                );
                if *outside > 0 {
                    let rows = count(*outside);
                    self.html.raw(" ").both(
                        &format!("시각이 없거나 동떨어진 {rows}행은 그리지 않았습니다."),
                        &format!(
                            "{rows} rows without a time, or far from all others, are not drawn."
                        ),
                    );
                }
            }
        }
        self.html.raw("</p>");
    }

    fn figure(&mut self, sketch: &Sketch, column: usize, plots: &[Plot]) {
        let Some(measured) = self.page.profile.columns.get(column) else { return };
        if self.masks.cells(column) {
            return;
        }
        let name = self.name(column);
        let allowed = self.allowed(&measured.name);
        let usual = usual(measured);
        let axis = vertical(measured, plots, allowed);
        let marks = self.marks(sketch, &measured.name);
        self.html.raw("<div class=\"plot\"><h3>").text(&name);
        if let Some(unit) = &measured.unit {
            self.html.raw(" <span class=\"soft\">").text(unit).raw("</span>");
        }
        self.html.raw("</h3>");
        for plot in plots {
            if let Some(group) = &plot.group {
                let group = crate::profile::cut(group, 40);
                self.html.raw("<div class=\"who\">").text(&group).raw("</div>");
            }
            let series = Series {
                rows: &plot.rows,
                ends: &plot.ends,
                axis,
                allowed,
                usual,
                // Which machine a row is of is not known here; it is marked where it is alone.
                marks: if plots.len() == 1 { &marks } else { &[] },
                gap: gap(&sketch.axis),
            };
            let title = plot.group.as_deref().unwrap_or("");
            self.html.raw("<div class=\"frame\">");
            chart::series(&mut self.html, &series, (&name, title));
            self.html.raw("<div class=\"ends\"><span>").put(number(axis[1])).raw("</span><span>");
            self.html.put(number(axis[0])).raw("</span></div></div>");
        }
        let [from, to] = self.ends(sketch);
        self.html.raw("<div class=\"when\"><span>").text(&from).raw("</span><span>").text(&to);
        self.html.raw("</span></div></div>");
    }

    /// The bounds that a rule sets on a column.
    fn allowed(&self, name: &str) -> [Option<f64>; 2] {
        let bound = |value: &Option<Scalar>| match value {
            #[expect(clippy::cast_precision_loss, reason = "drawn on a screen")]
            Some(Scalar::Integer(value)) => Some(*value as f64),
            Some(Scalar::Number(value)) => Some(*value),
            Some(Scalar::Text(text)) => text.parse().ok(),
            _ => None,
        };
        let rules = self.page.report.into_iter().flat_map(|report| &report.results);
        let mut allowed = [None, None];
        for result in rules {
            // Several rules may bound a column: what breaks any of them is marked.
            if let Check::Range { column, min, max } = &result.rule.check
                && column == name
            {
                let [low, high] = &mut allowed;
                *low = bound(min).into_iter().chain(*low).reduce(f64::max);
                *high = bound(max).into_iter().chain(*high).reduce(f64::min);
            }
        }
        allowed
    }

    /// Where rows lie that break other rules of a column.
    fn marks(&self, sketch: &Sketch, name: &str) -> Vec<usize> {
        let Some(report) = self.page.report else { return Vec::new() };
        let mut marks: Vec<usize> = sketch
            .samples
            .iter()
            .filter(|sample| {
                report.results.get(sample.rule).is_some_and(|result| {
                    let check = &result.rule.check;
                    !matches!(check, Check::Range { .. })
                        && super::rules::columns_of(check).iter().any(|column| column == name)
                })
            })
            .flat_map(|sample| &sample.rows)
            .filter_map(|row| row.bucket)
            .collect();
        marks.sort_unstable();
        marks.dedup();
        marks
    }

    /// The ends of the horizontal axis.
    fn ends(&self, sketch: &Sketch) -> [String; 2] {
        match &sketch.axis {
            Axis::Rows { rows } => ["1".to_owned(), count(*rows)],
            Axis::Time { column, from_us, to_us, .. } => {
                let measured = self.page.profile.columns.get(*column);
                let day = measured.is_some_and(|m| m.value_type == ValueType::Date);
                // An instant is shown in the time of the file's place; a time without zone as it is.
                let utc = measured.and_then(|m| m.min.as_ref()).map(scalar);
                let utc = utc.is_some_and(|text| text.ends_with('Z'));
                let offset = if utc { self.page.dictionary.reading.utc_offset_min } else { 0 };
                [*from_us, *to_us].map(|micros| moment(micros, offset, day))
            }
        }
    }

    pub(super) fn missing(&mut self) {
        let Some(sketch) = self.page.sketch else { return };
        let profile = self.page.profile;
        self.html
            .raw("<section id=\"missing\"><h2>")
            .both("빈칸이 있는 곳", "Where cells are missing");
        self.html.raw("</h2>");
        if sketch.missing.is_empty() {
            self.html
                .raw("<p>")
                .both("빈칸이 없습니다.", "No cell is missing.")
                .raw("</p></section>\n");
            return;
        }
        let rows = count(sketch.block_rows);
        self.html.raw("<p class=\"note\">").both(
            &format!("왼쪽이 첫 행, 오른쪽이 마지막 행입니다. 한 칸은 {rows}행이고, 붉을수록 빈칸이 많습니다."),
            &format!("First row on the left, last on the right; one block is {rows} rows, redder where more cells are missing."),
        );
        self.html.raw("</p><div class=\"scroll\"><table class=\"map\">");
        self.html.heads(&[("열", "Column"), ("빈칸의 자리", "Where"), ("빈칸", "Missing")]);
        self.html.raw("<tbody>");
        for missing in &sketch.missing {
            let total: u64 = missing.blocks.iter().sum();
            let name = self.name(missing.column);
            self.html.raw("<tr><th scope=\"row\">").text(&name).raw("</th><td>");
            chart::stripe(&mut self.html, missing, sketch.block_rows, profile.rows);
            self.html.raw("</td><td class=\"n\">").put(percent(total, profile.rows));
            self.html.raw("</td></tr>");
        }
        self.html.raw("</tbody></table></div>");
        let full = profile.columns.iter().filter(|c| c.nulls + c.nan == 0).count();
        let more = sketch.missing_left_out;
        self.html.raw("<p class=\"note\">").both(
            &format!("빈칸이 없는 열 {full}개"),
            &format!("{full} columns have no missing cell"),
        );
        if more > 0 {
            self.html.raw(" · ").both(
                &format!("빈칸이 더 적은 열 {more}개는 그리지 않았습니다"),
                &format!("{more} columns with fewer missing cells are not drawn"),
            );
        }
        self.html.raw("</p></section>\n");
    }
}

/// Values beyond three interquartile ranges from the quartiles are unusual.
fn usual(measured: &ColumnProfile) -> Option<[f64; 2]> {
    let quantiles = measured.quantiles.as_ref()?;
    let (low, high) = (real(&quantiles.p25)?, real(&quantiles.p75)?);
    let range = high - low;
    (range > 0.0).then_some([low - 3.0 * range, high + 3.0 * range])
}

#[expect(clippy::cast_precision_loss, reason = "drawn on a screen")]
fn real(value: &Scalar) -> Option<f64> {
    match value {
        Scalar::Integer(value) => Some(*value as f64),
        Scalar::Number(value) => Some(*value),
        Scalar::Text(text) => text.parse().ok(),
        Scalar::Bool(_) => None,
    }
}

/// The ends of the vertical axis: all values, but where single ones lie so far away that the rest
/// would be a line, those are drawn at the edge. A bound that is near is shown, too.
fn vertical(measured: &ColumnProfile, plots: &[Plot], allowed: [Option<f64>; 2]) -> [f64; 2] {
    let ends = plots.iter().flat_map(|plot| plot.ends.iter().flatten());
    let seen = ends.fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], [least, most]| {
        [low.min(*least), high.max(*most)]
    });
    let [mut low, mut high]: [f64; 2] = if seen[0] <= seen[1] { seen } else { [0.0, 1.0] };
    if let Some(quantiles) = &measured.quantiles
        && let (Some(p05), Some(p95)) = (real(&quantiles.p05), real(&quantiles.p95))
        // A signal that rests at one value shows how far it ever went from it.
        && p95 - p05 > (high - low) * 0.02
    {
        let room = (p95 - p05) * 3.0;
        (low, high) = (low.max(p05 - room), high.min(p95 + room));
    }
    let near = (high - low) * 0.25;
    for bound in allowed.into_iter().flatten() {
        if bound < low && bound >= low - near {
            low = bound;
        }
        if bound > high && bound <= high + near {
            high = bound;
        }
    }
    [low, high]
}

/// Empty buckets in a row that make a gap: five usual steps, as everywhere.
fn gap(axis: &Axis) -> usize {
    match axis {
        Axis::Rows { .. } => BUCKETS,
        Axis::Time { from_us, to_us, step_us, .. } => {
            let bucket = (i128::from(*to_us) - i128::from(*from_us)) / BUCKETS as i128;
            let buckets = i128::from(step_us.unwrap_or(0)) * 5 / bucket.max(1);
            usize::try_from(buckets).unwrap_or(BUCKETS).clamp(1, BUCKETS)
        }
    }
}

/// A time as people at the place write it.
fn moment(micros: i64, offset_min: i16, day: bool) -> String {
    let offset = Offset::from_seconds(i32::from(offset_min) * 60).unwrap_or(Offset::UTC);
    let Ok(at) = Timestamp::from_microsecond(micros) else { return micros.to_string() };
    let local = if day { Offset::UTC } else { offset }.to_datetime(at);
    let date = local.date();
    if day {
        return date.to_string();
    }
    format!("{date} {:02}:{:02}:{:02}", local.hour(), local.minute(), local.second())
}

#[cfg(test)]
mod tests {
    use super::super::sketch::Axis;
    use super::{gap, moment};

    #[test]
    fn times_are_those_of_the_place() {
        assert_eq!(moment(0, 540, false), "1970-01-01 09:00:00");
        assert_eq!(moment(-1, 0, false), "1969-12-31 23:59:59");
        assert_eq!(moment(0, 540, true), "1970-01-01");
        assert_eq!(moment(i64::MAX, 0, false), i64::MAX.to_string());
    }

    #[test]
    fn a_gap_is_five_steps_and_at_least_one_bucket() {
        let axis =
            |to_us, step_us| Axis::Time { column: 0, from_us: 0, to_us, step_us, outside: 0 };
        assert_eq!(gap(&axis(480, Some(2))), 10);
        assert_eq!(gap(&axis(480_000, Some(2))), 1);
        assert_eq!(gap(&axis(480, None)), 1);
        assert_eq!(gap(&axis(1, Some(u64::MAX))), 480);
    }
}
