//! The end of a voucher's period, looked for by a timer.

use schema::id::{TransferId, VoucherId};
use serde_json::json;

use super::rules::{self, Step};
use super::service::{Stamp, accounts, record};
use super::store::{self, VoucherRow};
use crate::app::App;
use crate::db::{Db, Loaded};
use crate::error::AppResult;
use crate::ledger::service::{Posting, post_in};

/// Vouchers taken up in one run.
const BATCH: i64 = 500;

/// Lapses vouchers whose period is over: what is available and what open orders hold goes back to
/// the budget. Each voucher has a transaction of its own, so that a run that is cut short has lost
/// nothing; running it again, or twice at once, changes nothing. Answers how many lapsed.
pub async fn expire_due(app: &App) -> AppResult<usize> {
    let today = app.clock.now().seoul_day();
    let due = app.store.read(move |db| store::due(db, today, BATCH)).await?;
    let mut lapsed = 0;
    for id in due {
        let transfers: [TransferId; 2] = [app.clock.fresh(), app.clock.fresh()];
        let (audit, now) = (app.clock.fresh(), app.clock.now());
        let done = app
            .store
            .write(move |db| {
                let [transfer, _] = transfers;
                expire_in(db, id, transfers, &Stamp { transfer, audit, who: None, now })
            })
            .await?;
        lapsed += usize::from(done);
    }
    Ok(lapsed)
}

/// Lapses one voucher, if its period is over. Answers whether it did.
fn expire_in(
    db: &mut Db,
    id: VoucherId,
    transfers: [TransferId; 2],
    stamp: &Stamp<'_>,
) -> AppResult<bool> {
    let row = store::find(db, id).or_not_found("voucher")?;
    let uses = store::uses(db, id)?;
    let Some(step) = rules::expire(&row.purse(&uses)?, stamp.now)? else { return Ok(false) };
    give_back_in(db, &row, &step, transfers, "voucher.lapse", stamp)?;
    Ok(true)
}

/// Stores a step that takes back everything that is available or held.
pub(super) fn give_back_in(
    db: &mut Db,
    row: &VoucherRow,
    step: &Step,
    transfers: [TransferId; 2],
    why: &'static str,
    stamp: &Stamp<'_>,
) -> AppResult<()> {
    for (transfer, one) in transfers.into_iter().zip(&step.moves) {
        let (debit, credit) = accounts(row, *one, None, stamp.now)?;
        let posting = Posting {
            id: transfer,
            debit,
            credit,
            amount: one.amount,
            why,
            object: row.id.as_str(),
        };
        post_in(db, &[posting], stamp.now)?;
    }
    let released = store::release_all(db, row.id, stamp.now)?;
    store::advance(db, row, &step.purse)?;
    let body = json!({"returned": step.purse.returned, "orders_released": released});
    record(db, &row.id, why, Some(row.state), step.purse.state, body, stamp)
}
