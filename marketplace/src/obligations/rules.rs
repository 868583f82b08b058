//! When a duty is due, overdue, and told of.

use schema::api::obligations::{
    BurnDown, DueWeek, KindCount, Obligation, ObligationKind, ObligationState,
};
use schema::code::Code;
use schema::lang::Text;
use schema::problem::{Reason, Refusal};
use schema::time::{Calendar, Day, Period, PeriodError, Weekday};

/// Korean and English name of a duty.
pub fn name(kind: ObligationKind) -> Text {
    use ObligationKind as K;
    let (ko, en) = match kind {
        K::UtilisationReport => ("활용보고서 제출", "utilisation report"),
        K::CompletionReport => ("완료보고서 제출", "completion report"),
        K::SettlementReport => ("정산보고서 제출", "settlement report"),
        K::ListingPublication => ("상품 등록", "publication of the product"),
        K::ListingYear => ("상품 등록 유지", "listing term"),
        K::AfterCareYearly => ("연간 사후관리 보고", "yearly after-care report"),
        K::Repayment => ("환수금 납부", "repayment"),
        K::Remediation => ("시정 조치", "remediation"),
        K::DeletionCertificate => ("원본 삭제 확인서 제출", "deletion certificate"),
        K::CapacityRevalidation => ("가공기업 자격 갱신", "renewal of the pool membership"),
    };
    Text::new(ko, en)
}

/// What whoever owes it has to do.
pub fn cure(kind: ObligationKind) -> Text {
    use ObligationKind as K;
    let (ko, en) = match kind {
        K::UtilisationReport => (
            "구매한 데이터를 어디에 활용했는지 날짜가 있는 증빙과 함께 보고하세요.",
            "Report what the data were used for, with dated evidence.",
        ),
        K::CompletionReport => ("완료보고서를 제출하세요.", "Hand in the completion report."),
        K::SettlementReport => (
            "사업비 사용 내역을 재원별로 정리한 정산보고서를 제출하세요.",
            "Hand in the settlement report, by source of the money.",
        ),
        K::ListingPublication => {
            ("가공한 상품을 거래소에 등록하세요.", "Put the processed product on sale.")
        }
        K::ListingYear => ("상품을 계속 등록해 두세요.", "Keep the product on sale."),
        K::AfterCareYearly => (
            "상품의 판매·활용 실적을 보고하세요.",
            "Report status, sales and usage of the product.",
        ),
        K::Repayment => ("통지된 금액을 납부하세요.", "Pay the amount of the notice."),
        K::Remediation => {
            ("지적 사항을 바로잡고 결과를 제출하세요.", "Put right what was found, and show it.")
        }
        K::DeletionCertificate => (
            "원본 데이터의 사본을 지우고 삭제 확인서를 제출하세요.",
            "Delete every copy of the raw data and hand in the certificate.",
        ),
        K::CapacityRevalidation => (
            "다음 연도 가공기업 Pool에 신청하세요.",
            "Apply to the processor pool for the next year.",
        ),
    };
    Text::new(ko, en)
}

/// The last day of a term of `months` that begins with an event on `from`.
pub fn months_after(from: Day, months: u32, calendar: &Calendar) -> Result<Day, PeriodError> {
    Ok(Period::months_after(from, months)?.shifted(calendar).end())
}

/// The last day of a term of `days` after `from`.
pub fn days_after(from: Day, days: u32, calendar: &Calendar) -> Result<Day, PeriodError> {
    Ok(Period::days_after(from, days)?.shifted(calendar).end())
}

/// Whether a duty is overdue on `today`. A term is lasted out, not missed.
pub fn is_overdue(kind: ObligationKind, state: ObligationState, due_on: Day, today: Day) -> bool {
    state == ObligationState::Open && !kind.is_term() && today > due_on
}

/// What is told of a duty's day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// It is due in this many days, as the notice counts.
    Before(u16),
    /// Its day is over.
    Overdue,
}

impl Mark {
    /// The day on which it is told.
    fn day(self, due_on: Day) -> Option<Day> {
        match self {
            Self::Before(days) => due_on.add_days(-i64::from(days)),
            Self::Overdue => due_on.add_days(1),
        }
    }
}

fn marks(kind: ObligationKind, before: &[u16], due_on: Day) -> Vec<(Day, Mark)> {
    let overdue = (!kind.is_term()).then_some(Mark::Overdue);
    let all = before.iter().map(|days| Mark::Before(*days)).chain(overdue);
    let mut dated: Vec<(Day, Mark)> =
        all.filter_map(|mark| Some((mark.day(due_on)?, mark))).collect();
    dated.sort_by_key(|(day, _)| *day);
    dated
}

/// The first day after `seen` on which something is to be told.
pub fn next_mark(kind: ObligationKind, before: &[u16], due_on: Day, seen: Day) -> Option<Day> {
    marks(kind, before, due_on).into_iter().map(|(day, _)| day).find(|day| *day > seen)
}

/// What is to be told on `today`: of the marks between `from` and today the last one, since the
/// others no longer matter when the timer was late.
pub fn mark_on(
    kind: ObligationKind,
    before: &[u16],
    due_on: Day,
    from: Day,
    today: Day,
) -> Option<Mark> {
    let mut marks = marks(kind, before, due_on).into_iter();
    marks.rfind(|(day, _)| (from..=today).contains(day)).map(|(_, mark)| mark)
}

/// Whether a day may take the place of `due_on`.
pub fn may_postpone(due_on: Day, to: Day, today: Day) -> Result<(), Refusal> {
    if to > due_on && to >= today {
        return Ok(());
    }
    Err(Code::InvalidField
        .because(
            format!("새 기한은 {due_on} 뒤이고 오늘 이후여야 합니다."),
            format!("The new day must be after {due_on}, and not be over."),
        )
        .field("due_on")
        .with("due_on", due_on.to_string()))
}

/// Whether public money may move although these duties are overdue.
pub fn payable(overdue: &[Obligation]) -> Result<(), Refusal> {
    let blocking: Vec<&Obligation> = overdue.iter().filter(|duty| duty.blocks_payment).collect();
    let Some(first) = blocking.first() else { return Ok(()) };
    let (what, to_do) = (name(first.kind), cure(first.kind));
    let reasons = blocking.iter().map(|duty| {
        let what = name(duty.kind);
        let mut reason = Reason::new(
            duty.kind.as_str(),
            Some(duty.rule.as_str()),
            format!("{} 기한이 {}에 지났습니다.", what.ko, duty.due_on),
            format!("The {} was due on {}.", what.en, duty.due_on),
        );
        reason.field = Some(duty.id.to_string());
        reason
    });
    Err(Code::DutyOverdue
        .because(
            format!("{} 기한({})이 지나 지급할 수 없습니다.", what.ko, first.due_on),
            format!("Nothing is paid while the {} of {} is overdue.", what.en, first.due_on),
        )
        .rule("R-100")
        .with("obligation", first.id.as_str())
        .with("due_on", first.due_on.to_string())
        .with("owed_by", first.org.as_str())
        .cure(to_do.ko, to_do.en)
        .reasons(reasons.collect()))
}

/// Open duties of one kind, day and weight.
#[derive(Clone, Copy, Debug)]
pub struct Heap {
    /// Kind.
    pub kind: ObligationKind,
    /// Last day.
    pub due_on: Day,
    /// Whether they block payments.
    pub blocks: bool,
    /// How many.
    pub count: u32,
}

/// The Monday of a day's week.
fn monday(day: Day) -> Day {
    let back = match day.weekday() {
        Weekday::Monday => 0,
        Weekday::Tuesday => 1,
        Weekday::Wednesday => 2,
        Weekday::Thursday => 3,
        Weekday::Friday => 4,
        Weekday::Saturday => 5,
        Weekday::Sunday => 6,
    };
    day.add_days(-back).unwrap_or(day)
}

fn counted(heaps: &[Heap], today: Day) -> Vec<KindCount> {
    let mut kinds = Vec::new();
    for kind in ObligationKind::ALL {
        let mut count = KindCount { kind: *kind, open: 0, overdue: 0, blocking: 0 };
        for heap in heaps.iter().filter(|heap| heap.kind == *kind) {
            count.open = count.open.saturating_add(heap.count);
            if is_overdue(heap.kind, ObligationState::Open, heap.due_on, today) {
                count.overdue = count.overdue.saturating_add(heap.count);
                let blocking = if heap.blocks { heap.count } else { 0 };
                count.blocking = count.blocking.saturating_add(blocking);
            }
        }
        if count.open > 0 {
            kinds.push(count);
        }
    }
    kinds
}

/// What is left to do on `today`, by kind and by week.
pub fn burn_down(heaps: &[Heap], today: Day) -> BurnDown {
    let sum = |kinds: &[KindCount], of: fn(&KindCount) -> u32| {
        kinds.iter().map(of).fold(0u32, u32::saturating_add)
    };
    let mut mondays: Vec<Day> = heaps.iter().map(|heap| monday(heap.due_on)).collect();
    mondays.sort_unstable();
    mondays.dedup();
    let weeks = mondays.into_iter().map(|first| {
        let those: Vec<Heap> =
            heaps.iter().filter(|heap| monday(heap.due_on) == first).copied().collect();
        let kinds = counted(&those, today);
        DueWeek { monday: first, open: sum(&kinds, |kind| kind.open), kinds }
    });
    let kinds = counted(heaps, today);
    BurnDown {
        today,
        open: sum(&kinds, |kind| kind.open),
        overdue: sum(&kinds, |kind| kind.overdue),
        weeks: weeks.collect(),
        kinds,
    }
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
