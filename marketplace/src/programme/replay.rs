//! Agreements as they were decided, for judging them again under another notice.

use schema::api::programme::Agreement;
use schema::id::AgreementId;
use schema::money_rules::support::Terms;
use schema::notice::replay::Promised;

use super::store;
use crate::db::Db;
use crate::error::AppResult;
use crate::parties::eligibility::notice_of;

/// Agreements in the order of their ids.
pub fn agreements_in(
    db: &mut Db,
    after: Option<AgreementId>,
    limit: i64,
) -> AppResult<Vec<Agreement>> {
    let rows = store::list(db, None, after, limit)?;
    rows.into_iter().map(|row| store::agreement(row, Vec::new())).collect()
}

/// What an agreement was decided on. Its cap is that of its own edition; of an edition that the
/// program no longer carries, what it promised is all that is known.
pub fn promised(agreement: &Agreement) -> Promised {
    let own = notice_of(&agreement.notice_version).ok();
    let terms = own
        .and_then(|notice| notice.programme(agreement.programme))
        .and_then(|programme| programme.terms(agreement.class, None));
    let cap = terms.map_or(agreement.support, |terms| terms.cap);
    Promised {
        programme: agreement.programme,
        class: agreement.class,
        total: agreement.total,
        support: agreement.support,
        terms: Terms { ratio: agreement.ratio_bp, cap, rounding: agreement.rounding },
    }
}
