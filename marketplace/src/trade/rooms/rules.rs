//! Budgets of questions.

use schema::code::Code;
use schema::problem::Refusal;

/// Questions that an organisation may ask of a listing before buying, in a day.
pub(super) const PROBES_A_DAY: i64 = 20;
/// And in all, however long it takes.
pub(super) const PROBES_IN_ALL: i64 = 200;
/// Queries under a contract in a day.
pub(super) const QUERIES_A_DAY: i64 = 2_000;
/// Rows that queries hand out in a day under a licence without the file.
pub(super) const ROWS_A_DAY: i64 = 100_000;
/// Rows of one answer.
pub(super) const ROWS_MAX: usize = 10_000;
/// Bytes of one answer.
pub(super) const BYTES_MAX: usize = 4 << 20;

/// What was asked so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Spent {
    /// Questions of the day.
    pub(super) today: i64,
    /// Questions of all days.
    pub(super) in_all: i64,
    /// Rows that were handed out in the day.
    pub(super) rows_today: i64,
}

fn spent(ko: String, en: String, left: &str) -> Refusal {
    Code::QuestionsSpent
        .because(ko, en)
        .rule("R-155")
        .cure(
            "내일(서울 시각 0시부터) 다시 물을 수 있습니다.",
            "Ask again tomorrow (from midnight in Seoul).",
        )
        .with("limit", left)
}

/// Whether one more probe may be asked. Answers how many are left after it.
pub(super) fn may_probe(so_far: Spent) -> Result<u32, Refusal> {
    if so_far.in_all >= PROBES_IN_ALL {
        return Err(Code::QuestionsSpent
            .because(
                format!("한 상품에는 사전 질의를 모두 {PROBES_IN_ALL}번까지 할 수 있습니다."),
                format!("A product takes {PROBES_IN_ALL} probes of one organisation in all."),
            )
            .rule("R-155")
            .cure("구매한 뒤에는 이 제한이 없습니다.", "After a purchase there is no such limit.")
            .with("limit", "in-all"));
    }
    if so_far.today >= PROBES_A_DAY {
        return Err(spent(
            format!("한 상품에는 하루 {PROBES_A_DAY}번까지 물을 수 있습니다."),
            format!("A product takes {PROBES_A_DAY} probes of one organisation a day."),
            "a-day",
        ));
    }
    let left = (PROBES_A_DAY - so_far.today - 1).min(PROBES_IN_ALL - so_far.in_all - 1);
    Ok(u32::try_from(left).unwrap_or(0))
}

/// How many rows one more query may hand out; `file` is whether the licence has the file anyway.
pub(super) fn may_query(so_far: Spent, file: bool) -> Result<usize, Refusal> {
    if so_far.today >= QUERIES_A_DAY {
        return Err(spent(
            format!("한 계약에는 하루 {QUERIES_A_DAY}번까지 물을 수 있습니다."),
            format!("A contract takes {QUERIES_A_DAY} queries a day."),
            "a-day",
        ));
    }
    if file {
        return Ok(ROWS_MAX);
    }
    match usize::try_from(ROWS_A_DAY - so_far.rows_today) {
        Ok(left) if left > 0 => Ok(left.min(ROWS_MAX)),
        _ => Err(spent(
            format!("이 이용허락으로는 하루 {ROWS_A_DAY}행까지 받을 수 있습니다."),
            format!("This licence hands out {ROWS_A_DAY} rows a day."),
            "rows-a-day",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r_155_probes_have_a_budget_of_a_day_and_one_in_all() {
        let of = |today, in_all| may_probe(Spent { today, in_all, rows_today: 0 });
        assert_eq!(of(0, 0), Ok(19));
        assert_eq!(of(19, 19), Ok(0));
        assert_eq!(of(20, 20).unwrap_err().code, Code::QuestionsSpent);
        assert_eq!(of(0, 195), Ok(4));
        assert_eq!(of(0, 200).unwrap_err().code, Code::QuestionsSpent);
    }

    #[test]
    fn rows_are_counted_only_where_the_file_is_not_licensed() {
        let of = |today, rows_today, file| may_query(Spent { today, in_all: 0, rows_today }, file);
        assert_eq!(of(0, i64::MAX, true), Ok(ROWS_MAX));
        assert_eq!(of(0, 0, false), Ok(ROWS_MAX));
        assert_eq!(of(0, ROWS_A_DAY - 5, false), Ok(5));
        assert!(of(0, ROWS_A_DAY, false).is_err() && of(0, i64::MAX, false).is_err());
        assert!(of(QUERIES_A_DAY, 0, true).is_err());
    }
}
