//! Bars from participation (R-007, R-135).
//!
//! ```text
//! imposed ──first day──▶ in force ──last day passed and nothing unpaid──▶ over
//!                            │──lift (with a reason)──▶ lifted
//! ```
//! A bar names a business number, a corporate number and people, each by itself: firms return under
//! new names, so a hit on any one counts. It stops new applications and agreements from its first
//! day; what was listed or licensed before stays (R-135). An unpaid recovery bars beyond the last day.

use diesel::prelude::*;
use schema::api::parties::Organisation;
use schema::id::{AuditId, BanId, UserId};
use schema::money::Won;
use schema::notice::{BanHit, BanMatch};
use schema::time::{Day, Instant};
use serde_json::json;

use super::affiliation::people;
use crate::audit::{self, Entry};
use crate::auth::Principal;
use crate::db::schema::{ban_names, bans};
use crate::db::{Db, Loaded, one_row};
use crate::error::AppResult;

/// A bar to be imposed.
#[derive(Clone, Debug)]
pub struct NewBan<'a> {
    /// Its id.
    pub id: BanId,
    /// Id of its audit line.
    pub audit: AuditId,
    /// Whom it hits.
    pub org: &'a Organisation,
    /// The ground (R-130), as a word.
    pub ground: &'a str,
    /// First day.
    pub starts_on: Day,
    /// Last day; without one it has no end.
    pub ends_on: Option<Day>,
    /// Recovery that is not paid yet.
    pub unpaid_recovery: Won,
    /// Id of the object that it follows from, such as a sanction.
    pub source: &'a str,
}

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = bans)]
struct Row {
    id: BanId,
    business_no: String,
    corporate_no: Option<String>,
    representative: String,
    ground: String,
    starts_on: Day,
    ends_on: Option<Day>,
    unpaid_recovery: Won,
    source: String,
    created_by: UserId,
    created_at: i64,
    lifted_by: Option<UserId>,
    lifted_at: Option<i64>,
    lift_reason: Option<String>,
}

/// Imposes a bar, inside the caller's transaction. The caller has decided that it may.
pub fn impose_in(db: &mut Db, who: &Principal, new: &NewBan<'_>, now: Instant) -> AppResult<()> {
    let row = Row {
        id: new.id,
        business_no: new.org.business_no.to_string(),
        corporate_no: new.org.corporate_no.as_ref().map(ToString::to_string),
        representative: new.org.representative.clone(),
        ground: new.ground.to_owned(),
        starts_on: new.starts_on,
        ends_on: new.ends_on,
        unpaid_recovery: new.unpaid_recovery,
        source: new.source.to_owned(),
        created_by: who.user,
        created_at: now.as_micros(),
        lifted_by: None,
        lifted_at: None,
        lift_reason: None,
    };
    diesel::insert_into(bans::table).values(row).execute(db)?;
    let mut names = people(&new.org.representative);
    names.sort_unstable();
    names.dedup();
    for name in names {
        diesel::insert_into(ban_names::table)
            .values((ban_names::ban_id.eq(new.id), ban_names::name.eq(name)))
            .execute(db)?;
    }
    let entry = Entry {
        id: new.audit,
        at: now,
        who: Some(who),
        object: new.id.as_str(),
        action: "ban.impose",
        from: None,
        to: Some("imposed"),
        reason: Some(new.ground),
        body: json!({
            "org": new.org.id, "source": new.source, "starts_on": new.starts_on,
            "ends_on": new.ends_on, "unpaid_recovery": new.unpaid_recovery,
        }),
    };
    audit::record_in(db, &entry)
}

/// Lifts a bar, inside the caller's transaction. The caller has decided that it may.
pub fn lift_in(
    db: &mut Db,
    who: &Principal,
    id: BanId,
    reason: &str,
    audit: AuditId,
    now: Instant,
) -> AppResult<()> {
    let found: Option<BanId> =
        bans::table.filter(bans::id.eq(id)).select(bans::id).first(db).optional()?;
    Ok(found).or_not_found("ban")?;
    one_row(
        diesel::update(bans::table.filter(bans::id.eq(id)).filter(bans::lifted_at.is_null()))
            .set((
                bans::lifted_by.eq(Some(who.user)),
                bans::lifted_at.eq(Some(now.as_micros())),
                bans::lift_reason.eq(Some(reason.to_owned())),
            ))
            .execute(db),
    )?;
    let entry = Entry {
        id: audit,
        at: now,
        who: Some(who),
        object: id.as_str(),
        action: "ban.lift",
        from: Some("imposed"),
        to: Some("lifted"),
        reason: Some(reason),
        body: json!({}),
    };
    audit::record_in(db, &entry)
}

/// Notes how much of a recovery is still unpaid; the caller has booked the repayment and writes its
/// audit line.
pub fn set_unpaid_in(db: &mut Db, id: BanId, unpaid: Won) -> AppResult<()> {
    one_row(
        diesel::update(bans::table.filter(bans::id.eq(id)))
            .set(bans::unpaid_recovery.eq(unpaid))
            .execute(db),
    )
}

/// Every bar that hits an organisation on a day, each with what it was recognised by.
pub fn active_in(db: &mut Db, org: &Organisation, on: Day) -> AppResult<Vec<BanHit>> {
    let names = people(&org.representative);
    let named: Vec<BanId> = ban_names::table
        .filter(ban_names::name.eq_any(names.clone()))
        .select(ban_names::ban_id)
        .load(db)?;
    let mut query = bans::table
        .filter(bans::lifted_at.is_null())
        .filter(bans::starts_on.le(on))
        .order(bans::id.asc())
        .select(Row::as_select())
        .into_boxed();
    let (business_no, corporate_no) =
        (org.business_no.to_string(), org.corporate_no.as_ref().map(ToString::to_string));
    let by_business = bans::business_no.eq(business_no.clone());
    query = match corporate_no.clone() {
        Some(no) => query.filter(
            by_business.or(bans::corporate_no.eq(Some(no))).or(bans::id.eq_any(named.clone())),
        ),
        None => query.filter(by_business.or(bans::id.eq_any(named.clone()))),
    };
    let rows = query.load(db)?;
    let in_force = rows
        .into_iter()
        .filter(|row| row.ends_on.is_none_or(|last| on <= last) || row.unpaid_recovery > Won::ZERO);
    Ok(in_force
        .map(|row| {
            let corporate = row.corporate_no.is_some() && row.corporate_no == corporate_no;
            let matched = [
                (row.business_no == business_no, BanMatch::BusinessNo),
                (corporate, BanMatch::CorporateNo),
                (named.contains(&row.id), BanMatch::Representative),
            ];
            BanHit {
                ban: row.id,
                matched: matched.into_iter().filter(|(hit, _)| *hit).map(|(_, by)| by).collect(),
                ground: row.ground,
                starts_on: row.starts_on,
                ends_on: row.ends_on,
                unpaid_recovery: row.unpaid_recovery,
            }
        })
        .collect())
}
