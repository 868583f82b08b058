//! Payments that are frozen while a matter is open against an organisation. A corporation is
//! frozen with all its branches.

use diesel::prelude::*;
use schema::code::Code;
use schema::id::OrgId;
use schema::time::Instant;

use crate::db::Db;
use crate::db::schema::payment_freezes;
use crate::error::AppResult;
use crate::parties::lookup::branches_in;
use crate::parties::service::organisation_in;

/// Freezes the payments of `org` because of `object`. Doing it twice changes nothing.
pub fn freeze_in(db: &mut Db, org: OrgId, object: &str, now: Instant) -> AppResult<()> {
    let thawed: Option<i64> = None;
    let known = payment_freezes::table.filter(payment_freezes::object.eq(object.to_owned()));
    let touched = diesel::update(known).set(payment_freezes::thawed_at.eq(thawed)).execute(db)?;
    if touched == 0 {
        diesel::insert_into(payment_freezes::table)
            .values((
                payment_freezes::object.eq(object.to_owned()),
                payment_freezes::org_id.eq(org),
                payment_freezes::frozen_at.eq(now.as_micros()),
                payment_freezes::thawed_at.eq(thawed),
            ))
            .execute(db)?;
    }
    Ok(())
}

/// Lifts the freeze of `object`.
pub fn thaw_in(db: &mut Db, object: &str, now: Instant) -> AppResult<()> {
    let open = payment_freezes::table
        .filter(payment_freezes::object.eq(object.to_owned()))
        .filter(payment_freezes::thawed_at.is_null());
    diesel::update(open).set(payment_freezes::thawed_at.eq(Some(now.as_micros()))).execute(db)?;
    Ok(())
}

/// Refuses a payment to or for any of `orgs` that is frozen.
pub fn none_in(db: &mut Db, orgs: &[OrgId]) -> AppResult<()> {
    let mut all = Vec::new();
    for org in orgs {
        let org = organisation_in(db, *org)?;
        all.extend(branches_in(db, &org)?);
    }
    let found: Option<String> = payment_freezes::table
        .filter(payment_freezes::org_id.eq_any(all))
        .filter(payment_freezes::thawed_at.is_null())
        .order(payment_freezes::object.asc())
        .select(payment_freezes::object)
        .first(db)
        .optional()?;
    match found {
        None => Ok(()),
        Some(object) => Err(Code::PaymentFrozen
            .because(
                "조사나 제재가 끝날 때까지 지급이 보류되어 있습니다.",
                "Payments are frozen until an inquiry or a sanction has ended.",
            )
            .rule("R-133")
            .with("matter", object)
            .into()),
    }
}
