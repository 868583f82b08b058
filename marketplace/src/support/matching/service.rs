//! Loading what is known of the members, and putting them in order.

use schema::api::work::{Match, MatchQuery, Matches};
use schema::code::Code;
use schema::time::Day;

use super::rules::{self, Facts};
use crate::auth::Principal;
use crate::auth::policy::{self, Action};
use crate::catalog::service as catalog;
use crate::db::Db;
use crate::error::AppResult;
use crate::parties::affiliation;
use crate::parties::service as parties;
use crate::support::load;
use crate::support::pool::service as pool;
use crate::support::processing::store as jobs;

/// Members looked at: more than a pool of some dozen will ever have.
const MEMBERS_MAX: i64 = 500;
/// Characters of the words asked for.
const WORDS_CHARS_MAX: usize = 200;

/// Who fits the work on a version of the caller's organisation.
pub fn matches_in(
    db: &mut Db,
    who: &Principal,
    query: &MatchQuery,
    today: Day,
) -> AppResult<Matches> {
    policy::act(who, Action::PoolRead, &[])?;
    let version = catalog::version_in(db, query.version)?;
    policy::see(who, Action::DatasetRead, &[version.org], "version")?;
    let text = query.words.as_deref().unwrap_or_default();
    if text.chars().count() > WORDS_CHARS_MAX {
        return Err(Code::InvalidField
            .because("200자까지 쓸 수 있습니다.", "It has up to 200 characters.")
            .field("words")
            .into());
    }
    let words = rules::words(text);
    let owner = parties::organisation_in(db, version.org)?;
    let mut items = Vec::new();
    for row in pool::active_in(db, today, MEMBERS_MAX)? {
        let org = parties::organisation_in(db, row.org)?;
        let free = row.capacity.saturating_sub(load::jobs_in(db, row.org)?);
        let mut grades = Vec::new();
        for result in jobs::results_of(db, row.org)? {
            grades.extend(catalog::row_in(db, result)?.0.grade);
        }
        let declared = parties::declared_in(db, owner.id, org.id)?;
        let facts = Facts {
            account: row.account,
            capacity: row.capacity,
            free,
            grades,
            barred: pool::ever_barred_in(db, row.org)?,
            tied: declared || affiliation::same_group(&owner, &org),
        };
        let standing = rules::judge(&words, &facts);
        items.push(Match {
            member: row.id,
            org: row.org,
            org_name: org.name,
            fits: standing.fits,
            points: standing.points,
            free,
            reasons: standing.reasons,
        });
    }
    // The best first, and of equals who has been in the pool longer.
    items.sort_by(|one, other| {
        other
            .fits
            .cmp(&one.fits)
            .then(other.points.cmp(&one.points))
            .then(one.member.cmp(&other.member))
    });
    Ok(Matches { items, method: rules::method() })
}
