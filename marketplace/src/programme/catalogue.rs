//! The notice in force, as it is served, and quotes.

use schema::api::programme::{
    Catalogue, ClassTerms, NoticeInfo, ProgrammeInfo, Quote, QuoteQuery, ReadingInfo, TrackInfo,
};
use schema::code::Code;
use schema::money_rules::cash::cash_minimum;
use schema::money_rules::support::{Ceilings, support};
use schema::notice::{Notice, Programme, ProgrammeCode, Verdict, class_verdict};
use schema::problem::Refusal;
use schema::time::Day;

use super::rules;
use crate::error::{AppError, AppResult};
use crate::parties::eligibility;

/// The edition of the notice in force on `day`.
pub fn notice_in_force(day: Day) -> AppResult<&'static Notice> {
    eligibility::notice_on(day)
}

/// A programme of the edition in force.
pub(super) fn programme_on(
    day: Day,
    code: ProgrammeCode,
) -> AppResult<(&'static Notice, &'static Programme)> {
    let notice = notice_in_force(day)?;
    let programme = notice.programme(code).ok_or(AppError::NotFound("programme"))?;
    Ok((notice, programme))
}

/// The catalogue on `day`.
pub(super) fn catalogue(day: Day) -> AppResult<Catalogue> {
    let notice = notice_in_force(day)?;
    Ok(Catalogue {
        notice: NoticeInfo {
            version: notice.version.clone(),
            status: notice.status,
            effective_from: notice.effective_from,
            title: notice.title.clone(),
            caution: notice.caution.clone(),
            sha256: eligibility::notice_sha256(notice),
        },
        programmes: notice.programmes.iter().map(info).collect(),
    })
}

/// A programme as it is served.
pub(super) fn info(programme: &Programme) -> ProgrammeInfo {
    let p = programme.clone();
    ProgrammeInfo {
        code: p.code,
        name: p.name,
        group: p.group,
        agreements_here: rules::HERE.contains(&p.code),
        projects: p.projects.map(|projects| projects.count),
        project_unit: p.projects.map(|projects| projects.unit),
        budget: p.budget,
        period_months: p.period_months,
        cap: p.cap,
        classes: p
            .eligible
            .iter()
            .map(|class| ClassTerms { class: *class, ratio_bp: p.ratio_bp.get(class).copied() })
            .collect(),
        manufacturers_only: p.manufacturers_only,
        tracks: p
            .tracks
            .into_iter()
            .map(|track| TrackInfo {
                code: track.code,
                name: track.name,
                period_months: track.period_months,
                cap: track.cap,
                ratio_bp: track.ratio_bp,
            })
            .collect(),
        applications: p.windows.apply.printed,
        target: p.target,
        conditions: p.conditions,
        readings: p
            .readings
            .into_iter()
            .map(|reading| ReadingInfo { id: reading.id, note: reading.note })
            .collect(),
        cash: p.policy.cash,
        vat_basis: p.policy.vat_basis,
        rounding: p.policy.rounding,
        matching_mode: p.policy.matching_mode,
        legal_basis: p.policy.legal_basis,
        listing_months: p.policy.listing_months,
        operator: p.operator,
        phone: p.phone,
    }
}

/// What a programme would pay of a cost.
pub(super) fn quote(
    notice: &Notice,
    programme: &Programme,
    asked: &QuoteQuery,
) -> Result<Quote, Refusal> {
    if let Verdict::Reject(ground) = class_verdict(programme, asked.class) {
        return Err(ground
            .code
            .because(ground.text.ko, ground.text.en)
            .rule(ground.rule)
            .field("class"));
    }
    let track = asked.track.as_deref();
    let terms = programme.terms(asked.class, track).ok_or_else(|| no_terms(programme))?;
    let found = support(asked.cost, &terms, Ceilings::default())
        .map_err(|refusal| rules::no_support(refusal).field("cost"))?;
    Ok(Quote {
        programme: programme.code,
        notice_version: notice.version.clone(),
        class: asked.class,
        cost: asked.cost,
        ratio_bp: terms.ratio,
        cap: terms.cap,
        support: found.support,
        company_share: found.company_share,
        binding: found.binding,
        cash_minimum: programme
            .policy
            .cash
            .map(|rule| cash_minimum(asked.cost, found.company_share, &rule)),
        period_months: programme.months(track),
    })
}

/// Why a programme has no terms: it depends on the track, or pays nothing by itself.
fn no_terms(programme: &Programme) -> Refusal {
    let tracks: Vec<&str> = programme.tracks.iter().map(|track| track.code.as_str()).collect();
    if tracks.is_empty() {
        return Code::SupportZero.because(
            "이 사업은 지원금을 지급하지 않습니다.",
            "This programme pays no support by itself.",
        );
    }
    let list = tracks.join(", ");
    Code::InvalidField
        .because(
            format!("`track`는 다음 중 하나여야 합니다: {list}"),
            format!("`track` must be one of {list}."),
        )
        .field("track")
}

#[cfg(test)]
mod tests {
    use schema::api::programme::QuoteQuery;
    use schema::code::Code;
    use schema::money::Won;
    use schema::notice::SizeClass;
    use schema::time::Day;

    use super::{catalogue, programme_on, quote};

    fn ask(cost: i64, class: SizeClass, track: Option<&str>) -> QuoteQuery {
        QuoteQuery { cost: Won::new(cost).unwrap(), class, track: track.map(str::to_owned) }
    }

    fn day() -> Day {
        "2024-06-10".parse().unwrap()
    }

    #[test]
    fn quotes_follow_the_vectors_of_the_rulebook() {
        for (code, cost, class, paid, share, cash) in [
            //
            ("P15", 12_345_679, SizeClass::Sme, 9_876_543, 2_469_136, Some(2_469_136)),
            ("P15", 12_345_679, SizeClass::Nonprofit, 10_000_000, 2_345_679, Some(2_345_679)),
            //
            ("P14", 62_500_003, SizeClass::Sme, 50_000_000, 12_500_003, Some(1_250_001)),
            ("P14", 40_000_001, SizeClass::Midsized, 32_000_000, 8_000_001, Some(800_001)),
        ] {
            let (notice, programme) = programme_on(day(), code.parse().unwrap()).unwrap();
            let found = quote(notice, programme, &ask(cost, class, None)).unwrap();
            let shares = (found.support.get(), found.company_share.get());
            assert_eq!(shares, (paid, share), "{code} {cost}");
            assert_eq!(found.cash_minimum.map(Won::get), cash, "{code} {cost}");
        }
    }

    #[test]
    fn a_quote_says_why_there_is_none() {
        for (code, cost, class, track, refusal) in [
            ("P15", 1, SizeClass::Sme, None, Code::SupportZero),
            ("P15", 0, SizeClass::Sme, None, Code::PriceInvalid),
            ("P15", 1_000, SizeClass::Large, None, Code::ClassNotEligible),
            ("P11", 1_900_000, SizeClass::Sme, None, Code::InvalidField),
            ("P13", 1_000, SizeClass::Sme, None, Code::SupportZero),
        ] {
            let (notice, programme) = programme_on(day(), code.parse().unwrap()).unwrap();
            let refused = quote(notice, programme, &ask(cost, class, track)).unwrap_err();
            assert_eq!(refused.code, refusal, "{code} {cost}");
        }
        let (notice, p11) = programme_on(day(), "P11".parse().unwrap()).unwrap();
        let found = quote(notice, p11, &ask(1_900_000, SizeClass::Sme, Some("advanced")));
        assert_eq!(found.unwrap().support.get(), 1_520_000);
    }

    #[test]
    fn the_catalogue_is_that_of_the_day() {
        let served = catalogue(day()).unwrap();
        assert_eq!((served.programmes.len(), served.notice.sha256.len()), (16, 64));
        let here: Vec<String> = served
            .programmes
            .iter()
            .filter(|programme| programme.agreements_here)
            .map(|programme| programme.code.to_string())
            .collect();
        assert_eq!(here, ["P14", "P15"]);
        assert!(catalogue("2020-01-01".parse().unwrap()).is_err());
    }
}
