//! Uses of vouchers as they were decided, for judging them again under another notice.

use diesel::prelude::*;
use schema::api::vouchers::UseState;
use schema::id::{AgreementId, ContractId, OrgId, VoucherId};
use schema::money::Won;

use crate::db::Db;
use crate::db::schema::{voucher_uses, vouchers};
use crate::error::AppResult;

/// One use of a voucher.
#[derive(Clone, Debug, Queryable)]
pub struct Used {
    /// The contract.
    pub contract: ContractId,
    /// Its supply value.
    pub supply: Won,
    /// What the voucher pays of it.
    pub support: Won,
}

/// The vouchers of an agreement: whose each is, and its uses that still stand, oldest first.
pub fn uses_in(
    db: &mut Db,
    agreement: AgreementId,
) -> AppResult<Vec<(VoucherId, OrgId, Vec<Used>)>> {
    let issued: Vec<(VoucherId, OrgId)> = vouchers::table
        .filter(vouchers::agreement_id.eq(agreement))
        .order(vouchers::id.asc())
        .select((vouchers::id, vouchers::org_id))
        .load(db)?;
    issued
        .into_iter()
        .map(|(id, org)| {
            let uses = voucher_uses::table
                .filter(voucher_uses::voucher_id.eq(id))
                .filter(voucher_uses::state.ne(UseState::Released))
                .order((voucher_uses::held_at.asc(), voucher_uses::contract_id.asc()))
                .select((voucher_uses::contract_id, voucher_uses::supply, voucher_uses::support))
                .load(db)?;
            Ok((id, org, uses))
        })
        .collect()
}
