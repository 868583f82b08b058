//! From counts to findings and outcomes: pure.
//!
//! Unique identifiers block, all else is for review. Thirteen digits in a row are also instants in
//! milliseconds and article numbers, of which 3 in 100 look like a resident number by chance; so a
//! column of bare digits blocks only if its check digits, too, say that they are resident numbers
//! (1 in 11 would by chance), or its header does. Otherwise a person decides: the check digit never
//! clears a hit. Nobody born in the eighteen hundreds is alive, so hits that all need that
//! century (lot numbers of a day and a serial number below a million) are for review as well.

use schema::data::privacy::{Detector, Outcome, Place, PrivacyFinding};
use schema::lang::Text;

use super::detect::Shape;
use super::header::Word;

/// What was counted of one shape at one place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Count {
    /// Cells of the shape.
    pub(crate) candidates: u64,
    /// Cells that match.
    pub(crate) hits: u64,
    /// Matching cells whose check digit is right.
    pub(crate) checksums: u64,
    /// Matching cells of a resident who could be alive.
    pub(crate) living: u64,
    /// First rows that match, 1-based.
    pub(crate) rows: Vec<u64>,
}

/// The detector of a shape.
pub(crate) fn detector(shape: Shape) -> Detector {
    match shape {
        Shape::ResidentHyphen | Shape::ResidentBare => Detector::ResidentNumber,
        Shape::Passport => Detector::Passport,
        Shape::Licence => Detector::DriverLicence,
        Shape::Card => Detector::PaymentCard,
        Shape::Mobile => Detector::Mobile,
        Shape::Email => Detector::Email,
        Shape::Plate => Detector::Plate,
        Shape::Credential => Detector::Credential,
    }
}

/// What is to be done about what was counted; none if it is no more than chance.
pub(crate) fn outcome(shape: Shape, count: &Count, header: Option<Word>) -> Option<Outcome> {
    if count.hits == 0 {
        return None;
    }
    // Whether at least `percent` of what has the shape matches.
    let share = |percent: u64| {
        u128::from(count.hits) * 100 >= u128::from(percent) * u128::from(count.candidates)
    };
    let block_if = |sure: bool| if sure { Outcome::Block } else { Outcome::Review };
    Some(match shape {
        // A date is right by chance in 3 of 100.
        Shape::ResidentHyphen => {
            block_if(header == Some(Word::Resident) || (share(10) && count.living > 0))
        }
        Shape::ResidentBare => block_if(
            header == Some(Word::Resident)
                || (share(50) && count.living > 0 && count.checksums * 2 >= count.hits),
        ),
        // A letter and eight digits are a usual part number, too.
        Shape::Passport => block_if(header == Some(Word::Passport)),
        // A region is right by chance in 18 of 100.
        Shape::Licence => block_if(header == Some(Word::Licence) || share(50)),
        // A Luhn sum is right by chance in 10 of 100.
        Shape::Card => {
            if !share(20) {
                return None;
            }
            Outcome::Review
        }
        Shape::Mobile | Shape::Email | Shape::Plate => Outcome::Review,
        // Nothing else has its form.
        Shape::Credential => Outcome::Block,
    })
}

/// A column that is concerned.
#[derive(Clone, Debug, Default)]
pub(crate) struct At {
    /// Its name, if that may be shown.
    pub(crate) column: Option<String>,
    /// Its 1-based number.
    pub(crate) number: Option<u32>,
}

/// A finding of counts.
pub(crate) fn finding(
    shape: Shape,
    place: Place,
    at: At,
    count: &Count,
    outcome: Outcome,
) -> PrivacyFinding {
    let resident = matches!(shape, Shape::ResidentHyphen | Shape::ResidentBare);
    PrivacyFinding {
        detector: detector(shape),
        place,
        column: at.column,
        column_number: at.number,
        count: count.hits,
        candidates: count.candidates,
        checksum_ok: resident.then_some(count.checksums),
        rows: count.rows.clone(),
        outcome,
        text: explanation(shape, place, outcome),
    }
}

fn explanation(shape: Shape, place: Place, outcome: Outcome) -> Text {
    let (what_ko, what_en) = match shape {
        Shape::ResidentHyphen => ("주민·외국인등록번호", "resident registration numbers"),
        Shape::ResidentBare => (
            "주민등록번호일 수 있는 13자리 숫자",
            "numbers of 13 digits that may be resident registration numbers",
        ),
        Shape::Passport => ("여권번호 형식의 값", "values in the form of passport numbers"),
        Shape::Licence => ("운전면허번호", "driver's licence numbers"),
        Shape::Card => ("카드번호", "payment card numbers"),
        Shape::Mobile => ("휴대전화번호", "mobile phone numbers"),
        Shape::Email => ("이메일 주소", "e-mail addresses"),
        Shape::Plate => ("차량번호", "number plates"),
        Shape::Credential => ("암호·접근키", "passwords or access keys"),
    };
    let (where_ko, where_en) = match place {
        Place::FileName => ("파일 이름", "the file name"),
        Place::Metadata => ("파일 메타데이터", "the metadata of the file"),
        Place::Header => ("열 이름", "a column name"),
        Place::Cells => ("열의 값", "the values of the column"),
    };
    match (outcome, shape) {
        (Outcome::Block, _) => Text::new(
            format!(
                "{where_ko}에 {what_ko}가 있습니다. 등록할 수 없습니다. 값을 지우고 다시 올리세요."
            ),
            format!(
                "There are {what_en} in {where_en}. The data cannot be listed: remove them and upload again."
            ),
        ),
        (_, Shape::ResidentBare) => Text::new(
            format!(
                "{where_ko}에 {what_ko}가 있습니다. 시각(밀리초)이나 품번이라면 검토자가 해제할 수 있습니다."
            ),
            format!(
                "There are {what_en} in {where_en}. If they are times in milliseconds or article numbers, a reviewer may clear the column."
            ),
        ),
        _ => Text::new(
            format!("{where_ko}에 {what_ko}가 있는 것 같습니다. 검토가 필요합니다."),
            format!("There seem to be {what_en} in {where_en}. They need a review."),
        ),
    }
}

/// The finding of a header that announces personal data.
pub(crate) fn header_finding(at: At) -> PrivacyFinding {
    PrivacyFinding {
        detector: Detector::HeaderWord,
        place: Place::Header,
        column: at.column,
        column_number: at.number,
        count: 1,
        candidates: 1,
        checksum_ok: None,
        rows: Vec::new(),
        outcome: Outcome::Review,
        text: Text::new(
            "열 이름이 개인정보를 가리킵니다. 개인을 알아볼 수 없는 값인지 검토가 필요합니다.",
            "The column name announces personal data. Someone must check that nobody can be identified.",
        ),
    }
}

/// The finding of a resident number in two neighbouring columns (edge case 18), if it is more than
/// chance.
pub(crate) fn split_finding(at: At, count: &Count) -> Option<PrivacyFinding> {
    let more_than_chance =
        count.hits > 0 && u128::from(count.hits) * 10 >= u128::from(count.candidates);
    more_than_chance.then(|| PrivacyFinding {
        detector: Detector::ResidentNumberSplit,
        place: Place::Cells,
        column: at.column,
        column_number: at.number,
        count: count.hits,
        candidates: count.candidates,
        checksum_ok: Some(count.checksums),
        rows: count.rows.clone(),
        outcome: Outcome::Review,
        text: Text::new(
            "이 열과 다음 열을 이으면 주민등록번호가 될 수 있습니다. 검토가 필요합니다.",
            "This column and the next together may be resident registration numbers. They need a review.",
        ),
    })
}
