//! Products that are owed to an agreement, for the features that watch over agreements.

use diesel::prelude::*;
use schema::api::trade::Listing;
use schema::id::{AgreementId, DatasetId, ListingId, OrgId};
use schema::time::{Instant, Period};

use super::store::{self, Row};
use crate::catalog::service as catalog;
use crate::db::schema::listings;
use crate::db::{Db, Loaded};
use crate::error::AppResult;

/// The listing, with what only its provider sees.
pub fn listing_in(db: &mut Db, id: ListingId, now: Instant) -> AppResult<Listing> {
    store::find(db, id).or_not_found("listing")?.into_wire(true, now)
}

/// Listings on which the duty of an agreement lies; one, unless the agreement paid for
/// several products.
pub fn under_duty_in(
    db: &mut Db,
    agreement: AgreementId,
    now: Instant,
) -> AppResult<Vec<(Listing, Period)>> {
    let rows = owed(db, agreement)?;
    let mut found = Vec::new();
    for row in rows {
        if let Some(period) = row.period()? {
            found.push((row.into_wire(true, now)?, period));
        }
    }
    Ok(found)
}

fn owed(db: &mut Db, agreement: AgreementId) -> AppResult<Vec<Row>> {
    Ok(listings::table
        .filter(listings::duty_agreement_id.eq(Some(agreement)))
        .order(listings::id.asc())
        .select(Row::as_select())
        .load(db)?)
}

/// Gives data sets of an agreement, with the products made of them, to the organisation that has
/// taken the agreement over (edge case 1). Clocks go on; what was sold stays sold.
pub fn hand_over_in(
    db: &mut Db,
    agreement: AgreementId,
    mut datasets: Vec<DatasetId>,
    successor: OrgId,
) -> AppResult<Vec<DatasetId>> {
    datasets.extend(owed(db, agreement)?.into_iter().map(|row| row.dataset_id));
    datasets.sort_unstable();
    datasets.dedup();
    for dataset in &datasets {
        diesel::update(listings::table.filter(listings::dataset_id.eq(*dataset)))
            .set(listings::org_id.eq(successor))
            .execute(db)?;
        catalog::dataset_hand_over_in(db, *dataset, successor)?;
    }
    Ok(datasets)
}
