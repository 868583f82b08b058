//! Column names that announce personal data.
//!
//! Names of things have names and addresses, too (설비이름, PLC 주소), and people are counted
//! (작업자 수): such names are let through. A header alone is never more than a case for review.

use super::detect::normal;

/// What a header announces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    /// Resident registration number.
    Resident,
    /// Passport.
    Passport,
    /// Driver's licence.
    Licence,
    /// Anything else about a person.
    Person,
}

const KOREAN: [(&str, Word); 29] = [
    ("주민등록", Word::Resident),
    ("주민번호", Word::Resident),
    ("외국인등록", Word::Resident),
    ("여권", Word::Passport),
    ("운전면허", Word::Licence),
    ("성명", Word::Person),
    ("이름", Word::Person),
    ("작업자", Word::Person),
    ("사번", Word::Person),
    ("담당자", Word::Person),
    ("연락처", Word::Person),
    ("주소", Word::Person),
    ("생년월일", Word::Person),
    ("전화번호", Word::Person),
    ("휴대폰", Word::Person),
    ("핸드폰", Word::Person),
    ("이메일", Word::Person),
    ("휴대전화", Word::Person),
    ("사원번호", Word::Person),
    ("사원명", Word::Person),
    ("직원번호", Word::Person),
    ("직원명", Word::Person),
    ("검사자", Word::Person),
    ("작성자", Word::Person),
    ("조작자", Word::Person),
    ("계좌번호", Word::Person),
    ("카드번호", Word::Person),
    ("차량번호", Word::Person),
    ("비밀번호", Word::Person),
];

/// What may stand right before 이름 or 주소 when a thing is meant.
const THINGS: [&str; 30] = [
    "설비",
    "장비",
    "기계",
    "제품",
    "품목",
    "부품",
    "금형",
    "공정",
    "라인",
    "파일",
    "센서",
    "태그",
    "컬럼",
    "열",
    "변수",
    "회사",
    "업체",
    "업체의",
    "공장",
    "ip",
    "mac",
    "plc",
    "메모리",
    "레지스터",
    "모드버스",
    "네트워크",
    "시작",
    "모델",
    "자재",
    "항목",
];

/// What may stand right behind a word for people when they are counted.
const COUNTED: [&str; 4] = ["수", "인원", "명수", "count"];

const ENGLISH: [(&str, Word); 22] = [
    ("rrn", Word::Resident),
    ("ssn", Word::Resident),
    ("passport", Word::Passport),
    ("licence", Word::Licence),
    ("license", Word::Licence),
    ("worker", Word::Person),
    ("operator", Word::Person),
    ("employee", Word::Person),
    ("surname", Word::Person),
    ("fullname", Word::Person),
    ("firstname", Word::Person),
    ("lastname", Word::Person),
    ("phone", Word::Person),
    ("telephone", Word::Person),
    ("cellphone", Word::Person),
    ("email", Word::Person),
    ("birthday", Word::Person),
    ("birthdate", Word::Person),
    ("dob", Word::Person),
    ("password", Word::Person),
    ("passwd", Word::Person),
    ("inspector", Word::Person),
];

/// What a column name announces, if anything.
pub(crate) fn announces(header: &str) -> Option<Word> {
    let header = normal(header);
    korean(&header.to_lowercase()).or_else(|| english(&header))
}

fn korean(header: &str) -> Option<Word> {
    let plain: String = header.chars().filter(|c| c.is_alphanumeric()).collect();
    KOREAN.iter().find_map(|(word, kind)| {
        let mut places = plain.match_indices(word).map(|(at, _)| at);
        let personal = places.any(|at| {
            let (before, behind) = (&plain[..at], &plain[at + word.len()..]);
            let thing = matches!(*word, "이름" | "주소")
                && THINGS.iter().any(|thing| before.ends_with(thing));
            let counted = COUNTED.contains(&behind);
            // 수주 소요량 and the like: a word must not be cut out of two others.
            let cut = *word == "주소" && behind.starts_with('요');
            !thing && !counted && !cut
        });
        personal.then_some(*kind)
    })
}

fn english(header: &str) -> Option<Word> {
    let words = words(header);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let personal = |at: usize| {
        let word = words[at];
        let next = words.get(at + 1).copied().unwrap_or("");
        if matches!(next, "count" | "cnt" | "qty") {
            return None;
        }
        let single = ENGLISH.iter().find(|(known, _)| *known == word).map(|(_, kind)| *kind);
        single.or(match (word, next) {
            ("first" | "last" | "full" | "family", "name")
            | ("home" | "street" | "postal", "address")
            | ("mobile" | "cell", "phone" | "number" | "no")
            | ("e", "mail")
            | ("birth", "date" | "day")
            | ("date", "birth") => Some(Word::Person),
            ("resident", "number" | "no" | "id" | "registration") => Some(Word::Resident),
            _ => None,
        })
    };
    let whole = match words[..] {
        ["address" | "mobile"] | ["date", "of", "birth"] => Some(Word::Person),
        _ => None,
    };
    whole.or_else(|| (0..words.len()).find_map(personal))
}

/// The words of a name, lower-case: split at what is no letter and before a capital.
fn words(header: &str) -> Vec<String> {
    let mut words: Vec<String> = vec![String::new()];
    let mut lower_before = false;
    for c in header.chars() {
        if !c.is_ascii_alphabetic() || (c.is_ascii_uppercase() && lower_before) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| c.is_ascii_alphabetic()) {
            word.push(c.to_ascii_lowercase());
        }
        lower_before = c.is_ascii_lowercase();
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::{Word, announces};

    #[test]
    fn r_173_header_words() {
        for header in [
            "성명",
            "이름",
            "작업자",
            "사번",
            "담당자",
            "연락처",
            "주소",
            "생년월일",
            "작업자명",
            "검사 담당자",
            "worker_id",
            "OperatorName",
            "employee no",
            "E-mail",
            "phone",
            "first_name",
            "DateOfBirth",
            "검사자",
            "사원번호",
            "계좌 번호",
            "Password",
            // Conjoining jamo and full-width letters.
            "\u{1109}\u{1165}\u{11bc}\u{1106}\u{1167}\u{11bc}",
            "ｅｍａｉｌ",
        ] {
            assert_eq!(announces(header), Some(Word::Person), "{header}");
        }
        assert_eq!(announces("주민등록번호"), Some(Word::Resident));
        assert_eq!(announces("여권번호"), Some(Word::Passport));
        assert_eq!(announces("운전면허 번호"), Some(Word::Licence));
    }

    #[test]
    fn names_of_things_and_counts_of_people_are_let_through() {
        for header in [
            "설비이름",
            "제품 이름",
            "PLC 주소",
            "IP주소",
            "작업자 수",
            "작업자수",
            "machine_name",
            "PART_NAME",
            "EQUIP_NAME",
            "name",
            "file_name",
            "workpiece_id",
            "operator_count",
            "ip_address",
            "T일 예정 수주량",
            "Temperature",
            "",
            "온도",
            "수주소요량",
        ] {
            assert_eq!(announces(header), None, "{header}");
        }
    }
}
