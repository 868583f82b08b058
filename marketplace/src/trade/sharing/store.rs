//! Rows of credentials and their grants.

use diesel::prelude::*;
use schema::api::trade::{CredentialKind, ShareCredential};
use schema::id::{ContractId, OrgId, ShareCredentialId, UserId};
use schema::time::Instant;

use super::rules::Life;
use crate::db::schema::{share_credentials, share_grants};
use crate::db::{Db, one_row};
use crate::error::AppResult;

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = share_credentials)]
pub(in crate::trade::sharing) struct Row {
    pub(super) id: ShareCredentialId,
    pub(super) org_id: OrgId,
    pub(super) label: String,
    pub(super) kind: CredentialKind,
    pub(super) generation: i64,
    pub(super) old_until: Option<i64>,
    pub(super) expires_at: i64,
    pub(super) revoked_at: Option<i64>,
    pub(super) created_by: UserId,
    pub(super) created_at: i64,
}

impl Row {
    /// What its life depends on.
    pub(super) fn life(&self) -> Life {
        Life {
            expires_at: self.expires_at,
            revoked_at: self.revoked_at,
            generation: self.generation,
            old_until: self.old_until,
        }
    }

    /// As its organisation sees it.
    pub(super) fn into_wire_in(self, db: &mut Db) -> AppResult<ShareCredential> {
        Ok(ShareCredential {
            id: self.id,
            org: self.org_id,
            label: self.label,
            kind: self.kind,
            contracts: contracts_of(db, self.id)?,
            generation: u32::try_from(self.generation).unwrap_or(u32::MAX),
            old_secret_until: self.old_until.and_then(Instant::from_micros),
            expires_at: Instant::from_micros(self.expires_at).unwrap_or(Instant::MAX),
            revoked_at: self.revoked_at.and_then(Instant::from_micros),
            author: self.created_by,
            created_at: Instant::from_micros(self.created_at).unwrap_or(Instant::MIN),
        })
    }
}

pub(super) fn insert(db: &mut Db, row: &Row) -> AppResult<()> {
    diesel::insert_into(share_credentials::table).values(row.clone()).execute(db)?;
    Ok(())
}

pub(super) fn find(db: &mut Db, id: ShareCredentialId) -> AppResult<Option<Row>> {
    Ok(share_credentials::table
        .filter(share_credentials::id.eq(id))
        .select(Row::as_select())
        .first(db)
        .optional()?)
}

/// Replaces what may change of a row that nobody else has changed since it was `seen`.
pub(super) fn advance(db: &mut Db, seen: &Row, row: &Row) -> AppResult<()> {
    let target = share_credentials::table
        .filter(share_credentials::id.eq(seen.id))
        .filter(share_credentials::generation.eq(seen.generation))
        .filter(share_credentials::revoked_at.is_null());
    one_row(
        diesel::update(target)
            .set((
                share_credentials::generation.eq(row.generation),
                share_credentials::old_until.eq(row.old_until),
                share_credentials::revoked_at.eq(row.revoked_at),
            ))
            .execute(db),
    )
}

/// Credentials of an organisation, or all, newest first.
pub(super) fn page(
    db: &mut Db,
    org: Option<OrgId>,
    before: Option<ShareCredentialId>,
    limit: i64,
) -> AppResult<Vec<Row>> {
    let mut query = share_credentials::table
        .order(share_credentials::id.desc())
        .limit(limit)
        .select(Row::as_select())
        .into_boxed();
    if let Some(org) = org {
        query = query.filter(share_credentials::org_id.eq(org));
    }
    if let Some(before) = before {
        query = query.filter(share_credentials::id.lt(before));
    }
    Ok(query.load(db)?)
}

/// Lets a credential reach a contract.
pub(super) fn grant(
    db: &mut Db,
    credential: ShareCredentialId,
    contract: ContractId,
    by: UserId,
    now: Instant,
) -> AppResult<()> {
    diesel::insert_into(share_grants::table)
        .values((
            share_grants::credential_id.eq(credential),
            share_grants::contract_id.eq(contract),
            share_grants::created_by.eq(by),
            share_grants::created_at.eq(now.as_micros()),
        ))
        .execute(db)?;
    Ok(())
}

/// Contracts that a credential reaches, in order of their ids.
pub(super) fn contracts_of(
    db: &mut Db,
    credential: ShareCredentialId,
) -> AppResult<Vec<ContractId>> {
    Ok(share_grants::table
        .filter(share_grants::credential_id.eq(credential))
        .order(share_grants::contract_id.asc())
        .select(share_grants::contract_id)
        .load(db)?)
}

/// Whether a credential reaches a contract.
pub(super) fn is_granted(
    db: &mut Db,
    credential: ShareCredentialId,
    contract: ContractId,
) -> AppResult<bool> {
    let found = share_grants::table
        .filter(share_grants::credential_id.eq(credential))
        .filter(share_grants::contract_id.eq(contract))
        .count();
    Ok(found.get_result::<i64>(db)? > 0)
}

/// Live credentials that reach a contract at `now`.
pub(super) fn live_of(db: &mut Db, contract: ContractId, now: Instant) -> AppResult<i64> {
    let granted = share_grants::table
        .filter(share_grants::contract_id.eq(contract))
        .select(share_grants::credential_id);
    Ok(share_credentials::table
        .filter(share_credentials::id.eq_any(granted))
        .filter(share_credentials::revoked_at.is_null())
        .filter(share_credentials::expires_at.gt(now.as_micros()))
        .count()
        .get_result(db)?)
}

/// Live credentials of an organisation at `now`.
pub(super) fn live_of_org(db: &mut Db, org: OrgId, now: Instant) -> AppResult<i64> {
    Ok(share_credentials::table
        .filter(share_credentials::org_id.eq(org))
        .filter(share_credentials::revoked_at.is_null())
        .filter(share_credentials::expires_at.gt(now.as_micros()))
        .count()
        .get_result(db)?)
}
