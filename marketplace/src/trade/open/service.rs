//! Products as they are published.

use schema::api::trade::ListingQuery;
use schema::id::ListingId;
use schema::time::Instant;

use super::product::Product;
use super::sample::Sample;
use crate::catalog::service as catalog;
use crate::db::Db;
use crate::error::AppResult;
use crate::trade::listing::service as listing;

/// A published listing, as everybody may see it.
pub(super) fn product_in(
    db: &mut Db,
    base: &str,
    id: ListingId,
    now: Instant,
) -> AppResult<Product> {
    let detail = listing::detail_in(db, None, id, now)?;
    let (version, _) = catalog::row_in(db, detail.listing.version)?;
    let sample = detail.preview.as_ref().map(Sample::of);
    Ok(Product { detail, version: version.number, sample, base: base.to_owned() })
}

/// A page of what is on sale, newest first, and where the next one begins.
pub(super) fn page_in(
    db: &mut Db,
    base: &str,
    before: Option<ListingId>,
    limit: u32,
    now: Instant,
) -> AppResult<(Vec<Product>, Option<String>)> {
    let page = listing::list_in(db, None, &ListingQuery::default(), before, limit)?;
    let products = page.items.iter().map(|card| product_in(db, base, card.id, now));
    Ok((products.collect::<AppResult<_>>()?, page.next))
}
