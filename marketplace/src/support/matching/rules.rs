//! The order of the list, and the reasons.

use schema::lang::Text;
use schema::problem::Reason;

/// Words of a request at most.
pub(super) const WORDS_MAX: usize = 20;
/// Points of a word that the member's own account of its work names.
const WORD: u32 = 10;
/// Points for words at most.
const WORDS_POINTS_MAX: u32 = 40;
/// Points of a free place, and at most.
const FREE: u32 = 5;
const FREE_POINTS_MAX: u32 = 20;
/// Points of results of the best grade; lower grades give less.
const GRADE_POINTS_MAX: u32 = 30;
/// Points of a member that was never barred.
const CLEAN: u32 = 10;

/// What is known of a member.
#[derive(Clone, Debug, Default)]
pub(super) struct Facts {
    /// Facility and work done, in its own words.
    pub(super) account: String,
    /// Jobs at the same time.
    pub(super) capacity: u32,
    /// Of these, free.
    pub(super) free: u32,
    /// Grades of its results.
    pub(super) grades: Vec<String>,
    /// Whether it was ever barred.
    pub(super) barred: bool,
    /// Whether it is the owner or of its group.
    pub(super) tied: bool,
}

/// Where a member stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) fits: bool,
    pub(super) points: u32,
    pub(super) reasons: Vec<Reason>,
}

/// The words of a request: each once, at least two characters long.
pub(super) fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    for word in text.split(|c: char| !c.is_alphanumeric()) {
        let word = word.to_lowercase();
        if word.chars().count() >= 2 && !words.contains(&word) {
            words.push(word);
        }
    }
    words.truncate(WORDS_MAX);
    words
}

/// How the points come about.
pub(super) fn method() -> Text {
    Text::new(
        "공정·설비 경험(단어마다 10점, 40점까지), 빈자리(건마다 5점, 20점까지), 지난 결과의 품질등급\
         (30점까지), 제재 이력 없음(10점)을 더한 순서입니다. 선택은 데이터 보유기업이 합니다.",
        "In order of points: process and equipment experience (10 a word, up to 40), free places (5 \
         each, up to 20), quality grades of past results (up to 30), never barred (10). The owner \
         chooses.",
    )
}

/// Judges a member beside `words`.
pub(super) fn judge(words: &[String], facts: &Facts) -> Standing {
    let mut standing = Standing { fits: true, points: 0, reasons: Vec::new() };
    experience(words, facts, &mut standing);
    capacity(facts, &mut standing);
    grades(facts, &mut standing);
    if facts.barred {
        standing.tell(
            "barred",
            "R-076",
            "Pool 자격이 정지된 이력이 있습니다.",
            "It was barred before.",
        );
    } else {
        standing.points += CLEAN;
        standing.tell("clean", "R-076", "자격이 정지된 적이 없습니다.", "It was never barred.");
    }
    if facts.tied {
        standing.fits = false;
        standing.tell(
            "affiliated",
            "R-074",
            "귀사와 같은 기업이거나 계열이어서 맡길 수 없습니다.",
            "It is of your own group and may not be asked.",
        );
    }
    standing
}

impl Standing {
    fn tell(&mut self, code: &str, rule: &str, ko: impl Into<String>, en: impl Into<String>) {
        self.reasons.push(Reason::new(code, Some(rule), ko, en));
    }
}

fn experience(words: &[String], facts: &Facts, standing: &mut Standing) {
    let account = facts.account.to_lowercase();
    let known: Vec<&str> =
        words.iter().map(String::as_str).filter(|word| account.contains(word)).collect();
    if words.is_empty() {
        return;
    }
    let count = u32::try_from(known.len()).unwrap_or(0);
    standing.points += (count * WORD).min(WORDS_POINTS_MAX);
    if known.is_empty() {
        standing.tell(
            "experience",
            "R-070",
            "찾는 공정·설비를 다룬 실적이 적혀 있지 않습니다.",
            "Its account of work done names none of the words.",
        );
    } else {
        let list = known.join(", ");
        standing.tell(
            "experience",
            "R-070",
            format!("실적에 {count}개 단어가 있습니다: {list}."),
            format!("Its account of work done names {count} of the words: {list}."),
        );
    }
}

fn capacity(facts: &Facts, standing: &mut Standing) {
    let (free, all) = (facts.free, facts.capacity);
    standing.points += free.saturating_mul(FREE).min(FREE_POINTS_MAX);
    if free == 0 {
        standing.fits = false;
        standing.tell(
            "capacity",
            "R-073",
            format!("동시 수행 {all}건이 모두 찼습니다."),
            format!("All of its {all} places are taken."),
        );
    } else {
        standing.tell(
            "capacity",
            "R-073",
            format!("동시 수행 {all}건 가운데 {free}건이 비어 있습니다."),
            format!("{free} of its {all} places are free."),
        );
    }
}

/// Points of a grade, of [`GRADE_POINTS_MAX`].
fn grade_points(grade: &str) -> u32 {
    match grade {
        "A" => GRADE_POINTS_MAX,
        "B" => 20,
        "C" => 10,
        _ => 0,
    }
}

fn grades(facts: &Facts, standing: &mut Standing) {
    let count = u32::try_from(facts.grades.len()).unwrap_or(u32::MAX);
    let sum: u32 = facts.grades.iter().map(|grade| grade_points(grade)).sum();
    let Some(mean) = sum.checked_div(count) else {
        standing.tell(
            "quality",
            "R-163",
            "아직 끝낸 가공이 없습니다.",
            "It has finished no job here yet.",
        );
        return;
    };
    standing.points += mean;
    let list = facts.grades.join(", ");
    standing.tell(
        "quality",
        "R-163",
        format!("지난 결과 {count}건의 품질등급: {list}."),
        format!("Quality grades of its last {count} results: {list}."),
    );
}

#[cfg(test)]
mod tests {
    use super::{Facts, judge, words};

    fn facts() -> Facts {
        Facts {
            account: "프레스 성형 라인 전처리 12건, CNC 가공".to_owned(),
            capacity: 3,
            free: 2,
            grades: vec!["A".to_owned(), "C".to_owned()],
            barred: false,
            tied: false,
        }
    }

    #[test]
    fn words_are_told_apart_and_short_ones_left_out() {
        assert_eq!(words("프레스, cnc CNC 및 x 성형"), ["프레스", "cnc", "성형"]);
        assert_eq!(words(" , "), Vec::<String>::new());
        let many: Vec<String> = (10..99).map(|n| n.to_string()).collect();
        assert_eq!(words(&many.join(" ")).len(), super::WORDS_MAX);
    }

    #[test]
    fn r_072_every_point_has_a_reason_in_both_languages() {
        let asked = words("프레스 CNC 사출");
        for (facts, fits, points) in [
            // Two words, two free places, mean of A and C, never barred.
            (facts(), true, 20 + 10 + 20 + 10),
            (Facts { free: 0, ..facts() }, false, 20 + 20 + 10),
            (Facts { tied: true, ..facts() }, false, 60),
            (Facts { barred: true, ..facts() }, true, 50),
            (Facts { grades: Vec::new(), ..facts() }, true, 40),
            (Facts { account: "용접".to_owned(), ..facts() }, true, 40),
            (Facts { free: 9, capacity: 9, ..facts() }, true, 20 + 20 + 20 + 10),
        ] {
            let standing = judge(&asked, &facts);
            assert_eq!((standing.fits, standing.points), (fits, points), "{facts:?}");
            assert!(standing.reasons.len() >= 4);
            for reason in &standing.reasons {
                assert!(!reason.text.ko.is_empty() && !reason.text.en.is_empty());
                assert!(reason.rule.is_some());
            }
        }
        let refused = judge(&asked, &Facts { free: 0, ..facts() });
        assert!(refused.reasons.iter().any(|reason| reason.rule.as_deref() == Some("R-073")));
    }
}
