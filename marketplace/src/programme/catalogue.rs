//! The notice in force, as it is served.

use schema::api::programme::{
    Catalogue, ClassTerms, NoticeInfo, ProgrammeInfo, ReadingInfo, TrackInfo,
};
use schema::notice::{Notice, Programme, ProgrammeCode};
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
            base: notice.base.clone(),
            origins: notice.origins.clone(),
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

#[cfg(test)]
mod tests {
    use schema::time::Day;

    use super::catalogue;

    fn day() -> Day {
        "2024-06-10".parse().unwrap()
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
        let later = catalogue("2026-01-29".parse().unwrap()).unwrap().notice;
        assert_ne!(later.version, served.notice.version);
        assert_eq!(later.base, Some(served.notice.version));
    }
}
