//! What a profile says beyond the table of columns: sampling, gaps, shapes of text, stuck signals,
//! drift, correlations. One short line each, and nothing where there is nothing to say.

use schema::data::profile::{ColumnProfile, Profile, TimeOrder};

use super::profile::short;
use super::say::{Page, word};

/// Lines of one kind that are shown.
const LINES_MAX: usize = 10;

/// How a time column runs.
pub(super) fn sampling(page: &mut Page, time: &TimeOrder) {
    let of = time.group.as_deref().map(|group| format!(" / {group}")).unwrap_or_default();
    let (ko, en) = (format!("시각 {}{of}", time.column), format!("time {}{of}", time.column));
    let mut parts = Vec::new();
    if let Some(median) = time.median_step_us {
        let share = percent(time.steady, time.steps);
        let period = seconds(median);
        let text = page.pick("주기", "period").to_owned();
        let steady = page.pick("±10% 이내", "within ±10 %").to_owned();
        parts.push(format!("{text} {period} ({share} {steady})"));
    }
    for (ko, en, count) in [
        ("거꾸로", "backward", time.backward),
        ("같은 시각", "repeated", time.repeated),
        ("공백", "gaps", time.gaps),
    ] {
        parts.push(format!("{} {count}", page.pick(ko, en)));
    }
    page.fact(&ko, &en, parts.join(", "));
}

/// Everything else.
pub(super) fn tell(page: &mut Page, profile: &Profile) {
    gaps(page, profile);
    roles(page, profile);
    patterns(page, profile);
    stuck(page, profile);
    drift(page, profile);
    for columns in profile.duplicate_columns.iter().flatten().take(LINES_MAX) {
        page.fact("같은 열", "columns that hold the same", columns.join(" = "));
    }
    correlations(page, profile);
}

/// The longest gaps: by machine if that was followed.
fn gaps(page: &mut Page, profile: &Profile) {
    let Some(time) = profile.time.last().filter(|time| !time.longest_gaps.is_empty()) else {
        return;
    };
    page.gap();
    let rows: Vec<Vec<String>> = time
        .longest_gaps
        .iter()
        .map(|gap| {
            let group = gap.group.clone().unwrap_or_default();
            let length = seconds(gap.micros);
            vec![length, gap.from.clone(), gap.to.clone(), group, gap.row.to_string()]
        })
        .collect();
    let heads =
        [("공백", "gap"), ("부터", "from"), ("까지", "to"), ("설비", "machine"), ("행", "row")];
    page.table(&heads, &rows);
}

fn roles(page: &mut Page, profile: &Profile) {
    let inferred = profile.columns.iter().filter_map(|column| {
        let inferred = column.inferred_role.as_ref()?;
        Some(format!("{}={}", column.name, word(&inferred.role)))
    });
    let inferred: Vec<String> = inferred.collect();
    if !inferred.is_empty() {
        page.gap();
        page.fact("추정한 역할", "inferred roles", inferred.join(", "));
    }
}

fn patterns(page: &mut Page, profile: &Profile) {
    let told = profile.columns.iter().filter(|column| !column.patterns.is_empty());
    for (at, column) in told.take(LINES_MAX).enumerate() {
        if at == 0 {
            page.gap();
        }
        let shapes = column.patterns.iter().map(|p| format!("{} ×{}", p.pattern, p.count));
        let shapes: Vec<String> = shapes.collect();
        let (ko, en) = (format!("{} 모양", column.name), format!("{} shapes", column.name));
        page.fact(&ko, &en, shapes.join(", "));
    }
}

fn stuck(page: &mut Page, profile: &Profile) {
    let stuck = |column: &ColumnProfile| column.stuck.clone().filter(|stuck| stuck.runs > 0);
    let rows: Vec<Vec<String>> = profile
        .columns
        .iter()
        .filter_map(|column| {
            let stuck = stuck(column)?;
            let place = stuck.places.first()?;
            let machine = place.group.clone().unwrap_or_default();
            let counts = [stuck.runs, stuck.limit, stuck.longest, place.row].map(|n| n.to_string());
            Some([vec![column.name.clone()], counts.to_vec(), vec![machine]].concat())
        })
        .collect();
    if rows.is_empty() {
        return;
    }
    page.gap();
    let heads = [
        ("멈춘 신호", "stuck signal"),
        ("구간", "runs"),
        ("기준 길이", "longer than"),
        ("최장", "longest"),
        ("시작 행", "from row"),
        ("설비", "machine"),
    ];
    page.table(&heads, &rows);
}

fn drift(page: &mut Page, profile: &Profile) {
    let rows: Vec<Vec<String>> = profile
        .columns
        .iter()
        .filter_map(|column| {
            let drift = column.drift.as_ref().filter(|drift| drift.shifted)?;
            let numbers = [drift.first_mean, drift.last_mean, drift.psi, drift.ks].map(short);
            Some([vec![column.name.clone()], numbers.to_vec()].concat())
        })
        .collect();
    if rows.is_empty() {
        return;
    }
    page.gap();
    let heads = [
        ("앞뒤가 다른 열", "drifted"),
        ("처음 10% 평균", "mean of first 10 %"),
        ("마지막 10% 평균", "mean of last 10 %"),
        ("PSI", "PSI"),
        ("KS", "KS"),
    ];
    page.table(&heads, &rows);
}

fn correlations(page: &mut Page, profile: &Profile) {
    let Some(found) = profile.correlations.as_ref().filter(|c| !c.strongest.is_empty()) else {
        return;
    };
    page.gap();
    let rows: Vec<Vec<String>> = found
        .strongest
        .iter()
        .take(LINES_MAX)
        .map(|pair| {
            let numbers = [short(pair.pearson), short(pair.spearman), pair.rows.to_string()];
            [vec![format!("{} ~ {}", pair.first, pair.second)], numbers.to_vec()].concat()
        })
        .collect();
    let heads = [
        ("함께 움직이는 열", "columns that go together"),
        ("Pearson", "Pearson"),
        ("Spearman", "Spearman"),
        ("표본 행", "sampled rows"),
    ];
    page.table(&heads, &rows);
}

fn percent(part: u64, whole: u64) -> String {
    let tenths = (u128::from(part) * 1_000).checked_div(u128::from(whole)).unwrap_or(0);
    format!("{}.{} %", tenths / 10, tenths % 10)
}

/// Microseconds as seconds, minutes or hours, whichever reads shortest.
fn seconds(micros: u64) -> String {
    let (unit, name) = match micros {
        0..60_000_000 => (1e6, "s"),
        60_000_000..3_600_000_000 => (6e7, "min"),
        3_600_000_000..86_400_000_000 => (3.6e9, "h"),
        _ => (8.64e10, "d"),
    };
    format!("{} {name}", short(micros as f64 / unit))
}

#[cfg(test)]
mod tests {
    use super::{percent, seconds};

    #[test]
    fn spans_and_shares_read_well() {
        assert_eq!(seconds(1_000_000), "1 s");
        assert_eq!(seconds(90_000_000), "1.5 min");
        assert_eq!(seconds(7_200_000_000), "2 h");
        assert_eq!(seconds(864_000_000_000), "10 d");
        assert_eq!(percent(999, 1_000), "99.9 %");
        assert_eq!(percent(0, 0), "0.0 %");
    }
}
