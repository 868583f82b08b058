//! Who asks, and what they find: the credential of a request, and the shares that it reaches.

use schema::api::trade::CredentialKind;
use schema::code::Code;
use schema::id::{ContractId, ShareCredentialId};
use schema::lang::Text;
use schema::time::Instant;
use serde_json::{Value, json};

use super::super::{oauth, rules, service, store};
use crate::app::App;
use crate::db::Db;
use crate::error::{AppError, AppResult};
use crate::trade::contract::service as contract;
use crate::trade::delivery::revisions::{Revision, revisions_in};

pub(super) use super::super::store::Row as Holder;

/// The one schema of a share.
pub(super) const SCHEMA: &str = "data";

/// The credential of a request, if it is live.
pub(super) fn holder_in(
    db: &mut Db,
    app: &App,
    token: Option<&str>,
    now: Instant,
) -> AppResult<Holder> {
    let holder = match token.map(|token| (token, token.split_once('.'))) {
        Some((token, Some((id, secret)))) => match id.parse::<ShareCredentialId>() {
            Ok(id) => {
                let kind = CredentialKind::Bearer;
                service::recognised_in(db, &app.root_key, (id, secret), kind, now)?
            }
            Err(_) => match oauth::read(&app.keys, token, now) {
                Some((id, generation)) => service::holder_in(db, id, generation, now)?,
                None => None,
            },
        },
        _ => None,
    };
    holder.ok_or_else(|| {
        Code::Unauthenticated
            .because(
                "자격 증명이 없거나, 맞지 않거나, 기간이 끝났거나, 폐기되었습니다.",
                "The credential is absent, unknown, expired or revoked.",
            )
            .into()
    })
}

/// A share: a contract with its table.
pub(super) struct Share {
    /// The contract.
    pub(super) contract: ContractId,
    title: Text,
    /// Name of its table.
    pub(super) table: String,
    /// The published versions, oldest first.
    pub(super) revisions: Vec<Revision>,
}

impl Share {
    /// As a list names it.
    pub(super) fn item(&self) -> Value {
        let Text { ko, en } = &self.title;
        json!({"name": self.contract, "id": self.contract, "displayName": ko, "comment": en})
    }

    /// Its table, as a list names it.
    pub(super) fn table_item(&self) -> Value {
        json!({
            "name": self.table, "schema": SCHEMA, "share": self.contract,
            "shareId": self.contract, "id": format!("{}-{}", self.contract, self.table),
        })
    }
}

/// The share of a contract that the credential reaches. One that ended is told why.
fn share_of_in(db: &mut Db, id: ContractId, now: Instant) -> AppResult<Share> {
    let row = contract::row_in(db, id)?;
    let revisions = revisions_in(db, &row, now)?;
    let named = revisions.first().map(|first| rules::table_name(&first.file.name));
    Ok(Share {
        contract: id,
        title: serde_json::from_str(&row.title)?,
        table: named.unwrap_or_default(),
        revisions,
    })
}

/// The share that a request names, if the credential reaches it.
pub(super) fn share_in(db: &mut Db, holder: &Holder, name: &str, now: Instant) -> AppResult<Share> {
    let id: ContractId =
        name.to_ascii_lowercase().parse().map_err(|_| AppError::NotFound("share"))?;
    if !store::is_granted(db, holder.id, id)? {
        return Err(AppError::NotFound("share"));
    }
    share_of_in(db, id, now)
}

/// The shares of a credential that entitle its organisation to data now.
pub(super) fn shares_in(db: &mut Db, holder: &Holder, now: Instant) -> AppResult<Vec<Share>> {
    let mut shares = Vec::new();
    for id in store::contracts_of(db, holder.id)? {
        match share_of_in(db, id, now) {
            Ok(share) => shares.push(share),
            // What is refused now is not listed; who asks for it by name is told why.
            Err(AppError::Refused(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(shares)
}
