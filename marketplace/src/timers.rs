//! Work that the calendar asks for. Each duty is idempotent and catches up after downtime, so any
//! number of processes may run it.

use std::time::Duration;

use tokio::sync::watch;

use crate::app::App;
use crate::error::AppResult;
use crate::{
    applications, execution, idempotency, limits, obligations, sanctions, settlement, signals,
    support, trade, vouchers,
};

/// How often the calendar is looked at.
const EVERY: Duration = Duration::from_secs(60);
/// Age after which an unfinished upload is taken for abandoned.
const INCOMING_SECS: i64 = 24 * 3600;

/// Runs the duties until `stop` says so.
pub async fn run(app: App, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        once(&app).await;
        if let Ok(Err(_)) = tokio::time::timeout(EVERY, stop.changed()).await {
            return;
        }
    }
}

/// Runs every duty once.
pub async fn once(app: &App) {
    // What was delivered in time is accepted before what is left of its voucher lapses.
    note("deliveries accepted by time", trade::service::accept_due(app).await);
    note("vouchers that lapse", vouchers::expiry::expire_due(app).await);
    note("applications whose days are over", applications::sweep(app).await);
    // Periods end before settlements fall due, and claims are reminded before sanctions look at them.
    note("agreements at work", execution::jobs::run_due(app).await);
    note("settlements that fall due", settlement::report::jobs::open_due(app).await);
    note("settlements that stand", settlement::report::jobs::run_due(app).await);
    note("claims that are overdue", settlement::claims::jobs::run_due(app).await);
    note("sanctions", sanctions::jobs::run_due(app).await);
    note("mediations that failed", trade::service::mediation_due(app).await);
    note("listing terms lasted out", trade::service::years_end_due(app).await);
    note("pool memberships that end", support::pool::service::expire_due(app).await);
    note("signals raised", signals::service::detect(app).await);
    note("duties told of", obligations::service::remind_due(app).await);
    note("idempotency keys", sweep_keys(app).await);
    let now = app.clock.now().as_secs();
    note("abandoned uploads", app.objects.sweep_incoming(now, INCOMING_SECS).await);
}

async fn sweep_keys(app: &App) -> AppResult<usize> {
    let days = limits::IDEMPOTENCY_DAYS;
    let Some(before) = app.clock.now().checked_add_secs(-days * 24 * 3600) else { return Ok(0) };
    app.store.write(move |db| idempotency::sweep_in(db, before)).await
}

fn note(duty: &str, done: AppResult<usize>) {
    match done {
        Ok(0) => {}
        Ok(count) => tracing::info!(duty, count, "timer"),
        Err(error) => tracing::warn!(duty, %error, "timer"),
    }
}
