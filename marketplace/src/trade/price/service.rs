//! Calculating and reading prices.

use schema::api::trade::{PriceBasis, PriceInputs};
use schema::code::Code;
use schema::id::{self, PriceBasisId, VersionId};
use schema::money::Won;
use schema::page::Page;
use serde_json::json;

use super::rules;
use super::store::{self, Row};
use crate::app::App;
use crate::audit::{self, Entry};
use crate::auth::Principal;
use crate::auth::policy::{self, Action};
use crate::catalog::service as catalog;
use crate::db::{Db, Loaded};
use crate::error::AppResult;
use crate::idempotency::{Once, Ticket, once_in};
use crate::trade::listing::service as listing;

/// Calculates a price for a version of the caller's organisation and keeps it.
pub async fn create(
    app: &App,
    who: Principal,
    ticket: Ticket,
    version: VersionId,
    inputs: PriceInputs,
) -> AppResult<Once<PriceBasis>> {
    if let PriceInputs::Market { comparables, .. } = &inputs {
        rules::comparables(comparables)?;
    }
    let (now, audit) = (app.clock.now(), app.clock.fresh());
    let id = app.clock.fresh::<id::PriceBasis>();
    app.store
        .write(move |db| {
            let version = catalog::version_seen_in(db, &who, version)?;
            policy::act(&who, Action::PriceWrite, &[version.org])?;
            once_in(db, &ticket, now, |db| {
                let inputs = with_prices_in(db, inputs.clone())?;
                let calculated = rules::calculate(&inputs)?;
                let multiplier = rules::multiplier_bp(version.grade.as_deref());
                let adjusted =
                    multiplier.map(|bp| rules::adjusted(calculated.result, bp)).transpose()?;
                let row = Row {
                    id,
                    version_id: version.id,
                    org_id: version.org,
                    method: inputs.method(),
                    inputs: serde_json::to_string(&inputs)?,
                    result: calculated.result,
                    low: calculated.range.map(|(low, _)| low),
                    high: calculated.range.map(|(_, high)| high),
                    quality_multiplier_bp: multiplier.map(i64::from),
                    quality_adjusted: adjusted,
                    created_by: who.user,
                    created_at: now.as_micros(),
                };
                store::insert(db, &row)?;
                audit::record_in(
                    db,
                    &Entry {
                        id: audit,
                        at: now,
                        who: Some(&who),
                        object: id.as_str(),
                        action: "price-basis.create",
                        from: None,
                        to: None,
                        reason: None,
                        body: json!({
                            "version": version.id, "method": row.method, "result": row.result,
                        }),
                    },
                )?;
                row.try_into()
            })
        })
        .await
}

/// Fills in the prices of comparables that are listings of the exchange.
fn with_prices_in(db: &mut Db, mut inputs: PriceInputs) -> AppResult<PriceInputs> {
    let PriceInputs::Market { comparables, .. } = &mut inputs else { return Ok(inputs) };
    for (at, each) in comparables.iter_mut().enumerate() {
        let Some(id) = each.listing else { continue };
        let Some(price) = listing::price_on_sale_in(db, id)? else {
            return Err(Code::NotListed
                .because(
                    "판매 중이 아닌 상품과는 비교할 수 없습니다.",
                    "Only products on sale can be compared with.",
                )
                .rule("R-153")
                .field(format!("comparables.{at}.listing"))
                .into());
        };
        each.price = Some(price);
    }
    Ok(inputs)
}

/// A page of the calculations for a version, oldest first.
pub fn list_in(
    db: &mut Db,
    who: &Principal,
    version: VersionId,
    after: Option<PriceBasisId>,
    limit: u32,
) -> AppResult<Page<PriceBasis>> {
    catalog::version_seen_in(db, who, version)?;
    let page = Page::of(store::page(db, version, after, i64::from(limit) + 1)?, limit, |row| {
        row.id.to_string()
    });
    let items = page.items.into_iter().map(PriceBasis::try_from).collect::<AppResult<_>>()?;
    Ok(Page { items, next: page.next })
}

/// The version that a calculation is for and its result.
pub(in crate::trade) fn result_in(
    db: &mut Db,
    id: PriceBasisId,
) -> AppResult<Option<(VersionId, Won)>> {
    Ok(store::find(db, id)?.map(|row| (row.version_id, row.result)))
}

/// A calculation, for other features' rules.
pub fn basis_in(db: &mut Db, id: PriceBasisId) -> AppResult<PriceBasis> {
    store::find(db, id).or_not_found("price basis")?.try_into()
}
