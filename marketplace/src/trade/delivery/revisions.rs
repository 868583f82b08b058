//! The published versions that a contract entitles its buyer to.
//!
//! A contract keeps the version it was made for. With a licence that promises corrections, the
//! versions that later took its place on the exchange come with it.

use schema::api::trade::{Listing, ListingState, UpdatePolicy};
use schema::id::VersionId;
use schema::time::Instant;

use super::rules::{self, Facts};
use crate::catalog::service as catalog;
use crate::db::{Db, Loaded};
use crate::error::AppResult;
use crate::trade::contract::ContractRow;
use crate::trade::listing::service as listing;

/// Later versions that are followed.
const REVISIONS_MAX: usize = 100;

/// The file behind a contract.
#[derive(Clone, Debug)]
pub(in crate::trade) struct File {
    /// Name for the client.
    pub(in crate::trade) name: String,
    /// Name in the object store.
    pub(in crate::trade) key: String,
    /// SHA-256, lower-case hexadecimal.
    pub(in crate::trade) sha256: String,
    /// Length in bytes.
    pub(in crate::trade) total: u64,
}

impl File {
    /// Its entity tag.
    pub(in crate::trade) fn etag(&self) -> String {
        format!("\"sha256-{}\"", self.sha256)
    }
}

/// A published version with its file.
#[derive(Clone, Debug)]
pub(in crate::trade) struct Revision {
    /// Number of the version among those of its data set.
    pub(in crate::trade) number: i64,
    /// Id of the version.
    pub(in crate::trade) version: VersionId,
    /// When it was published.
    pub(in crate::trade) published_at: Instant,
    /// Its file.
    pub(in crate::trade) file: File,
}

/// The listing of a contract, if the contract entitles its buyer to bytes at `now`.
pub(in crate::trade) fn entitling_in(
    db: &mut Db,
    row: &ContractRow,
    now: Instant,
) -> AppResult<Listing> {
    let listing = Ok(listing::listing_in(db, row.listing_id, now)?).or_not_found("listing")?;
    let facts = Facts {
        contract: row.state,
        listing: listing.state,
        cause: listing.halt.as_ref().and_then(|halt| halt.cause),
        delivered_at: row.delivered_at.and_then(Instant::from_micros),
        term_months: listing.draft.licence.term_months,
    };
    rules::entitled(&facts, now)?;
    Ok(listing)
}

/// The version that a contract was made for, if its licence has the file.
pub(in crate::trade) fn bought_in(
    db: &mut Db,
    row: &ContractRow,
    listing: &Listing,
) -> AppResult<Revision> {
    rules::has_file(listing.draft.licence.delivery)?;
    revision_in(db, listing, row.version_id)
}

/// The file of what a listing offers.
pub(in crate::trade) fn file_in(db: &mut Db, listing: &Listing) -> AppResult<File> {
    Ok(revision_in(db, listing, listing.version)?.file)
}

/// All versions whose files come with a contract, oldest first; never none.
pub(in crate::trade) fn revisions_in(
    db: &mut Db,
    row: &ContractRow,
    now: Instant,
) -> AppResult<Vec<Revision>> {
    let listing = entitling_in(db, row, now)?;
    rules::has_file(listing.draft.licence.delivery)?;
    all_in(db, row, listing, now)
}

/// All versions that come with a contract, from that of its listing on, as files or to be asked, oldest
/// first; never none.
pub(in crate::trade) fn all_in(
    db: &mut Db,
    row: &ContractRow,
    mut listing: Listing,
    now: Instant,
) -> AppResult<Vec<Revision>> {
    let corrected = listing.draft.licence.updates == UpdatePolicy::Corrections;
    let mut revisions = vec![revision_in(db, &listing, row.version_id)?];
    while let Some(next) = listing.superseded_by.filter(|_| corrected) {
        if revisions.len() == REVISIONS_MAX {
            break;
        }
        let Some(later) = listing::listing_in(db, next, now)? else { break };
        // What is off the exchange for cause is no correction; what came after it may be.
        let barred = matches!(later.state, ListingState::Removed | ListingState::Suspended);
        if later.published_at.is_some() && later.dataset == listing.dataset && !barred {
            let revision = revision_in(db, &later, later.version)?;
            if revisions.last().is_some_and(|last| last.number < revision.number) {
                revisions.push(revision);
            }
        }
        listing = later;
    }
    Ok(revisions)
}

fn revision_in(db: &mut Db, listing: &Listing, version: VersionId) -> AppResult<Revision> {
    let (row, _) = catalog::row_in(db, version)?;
    let (Some(key), Some(sha256), Some(bytes)) = (row.table_key, row.table_sha256, row.table_bytes)
    else {
        return Err(catalog::not_ready().into());
    };
    Ok(Revision {
        number: row.number,
        version,
        published_at: listing.published_at.unwrap_or(listing.created_at),
        file: File {
            name: listing.draft.file_name.clone(),
            key,
            sha256,
            total: u64::try_from(bytes).unwrap_or(0),
        },
    })
}
