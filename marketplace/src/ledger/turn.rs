//! A command under way: who, when, fresh ids, and the two things that every command on money does
//! with them, which are transfers and audit lines. It stands here because features from the ledger
//! on use it; it decides nothing.

use schema::id::{Id, Kind, TransferId};
use schema::money::Won;
use schema::time::Instant;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::rules::AccountKey;
use super::service::{Posting, post_in};
use crate::app::App;
use crate::audit::{self, Entry};
use crate::auth::Principal;
use crate::clock::Pool;
use crate::db::Db;
use crate::error::AppResult;
use crate::idempotency::{Once, Ticket, once_in};

/// Ids that one command needs at most: transfers and audit lines of an agreement with all that hangs
/// on it.
const IDS: usize = 64;

/// A command under way.
#[derive(Clone, Debug)]
pub struct Turn<'a> {
    /// Who; `None` is the calendar.
    pub who: Option<&'a Principal>,
    /// When.
    pub now: Instant,
    ids: Pool,
}

/// A line of the audit trail, without what the turn knows.
#[derive(Clone, Debug)]
pub struct Line<'a> {
    /// Id of the object.
    pub object: &'a str,
    /// What, such as `settlement.submit`.
    pub action: &'a str,
    /// State before.
    pub from: Option<&'a str>,
    /// State after.
    pub to: Option<&'a str>,
    /// Why, in the actor's words.
    pub reason: Option<&'a str>,
    /// What was decided.
    pub body: Value,
}

impl<'a> Turn<'a> {
    /// A turn with the ids of `ids`.
    pub fn new(who: Option<&'a Principal>, now: Instant, ids: &Pool) -> Turn<'a> {
        Turn { who, now, ids: ids.clone() }
    }

    /// A fresh id.
    pub fn id<K: Kind>(&mut self) -> AppResult<Id<K>> {
        self.ids.take()
    }

    /// Makes a transfer; one of nothing is not made.
    pub fn post(
        &mut self,
        db: &mut Db,
        (debit, credit): (AccountKey, AccountKey),
        amount: Won,
        why: &'static str,
        object: &str,
    ) -> AppResult<()> {
        let id: TransferId = self.id()?;
        post_in(db, &[Posting { id, debit, credit, amount, why, object }], self.now)
    }

    /// Writes a line into the object's audit trail.
    pub fn record(&mut self, db: &mut Db, line: Line<'_>) -> AppResult<()> {
        let entry = Entry {
            id: self.id()?,
            at: self.now,
            who: self.who,
            object: line.object,
            action: line.action,
            from: line.from,
            to: line.to,
            reason: line.reason,
            body: line.body,
        };
        audit::record_in(db, &entry)
    }
}

/// Runs a person's command in one transaction, once for its ticket.
pub async fn command<T, F>(app: &App, who: Principal, ticket: Ticket, work: F) -> AppResult<Once<T>>
where
    T: Serialize + DeserializeOwned + Send + 'static,
    F: Fn(&mut Db, &Principal, &mut Turn<'_>) -> AppResult<T> + Send + 'static,
{
    let (now, ids) = (app.clock.now(), app.clock.pool(IDS));
    app.store
        .write(move |db| {
            once_in(db, &ticket, now, |db| work(db, &who, &mut Turn::new(Some(&who), now, &ids)))
        })
        .await
}

/// Runs a duty of the calendar in one transaction.
pub async fn duty<T, F>(app: &App, work: F) -> AppResult<T>
where
    T: Send + 'static,
    F: Fn(&mut Db, &mut Turn<'_>) -> AppResult<T> + Send + 'static,
{
    let (now, ids) = (app.clock.now(), app.clock.pool(IDS));
    app.store.write(move |db| work(db, &mut Turn::new(None, now, &ids))).await
}
