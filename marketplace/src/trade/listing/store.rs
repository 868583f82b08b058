//! Rows of listings.

use diesel::prelude::*;
use schema::api::trade::{Duty, Halt, Listing, ListingCard, ListingDraft, ListingState};
use schema::data::profile::Preview;
use schema::data::quality::Indices;
use schema::id::{AgreementId, DatasetId, ListingId, OrgId, PriceBasisId, UserId, VersionId};
use schema::money::Won;
use schema::money_rules::vat::TaxedPrice;
use schema::time::{Instant, Period};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::duty;
use crate::db::schema::listings;
use crate::db::{Db, one_row};
use crate::error::AppResult;

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = listings)]
pub(super) struct Row {
    pub(super) id: ListingId,
    pub(super) org_id: OrgId,
    pub(super) dataset_id: DatasetId,
    pub(super) version_id: VersionId,
    pub(super) price_basis_id: Option<PriceBasisId>,
    pub(super) state: ListingState,
    pub(super) title: String,
    pub(super) summary: String,
    pub(super) description: String,
    pub(super) price: Won,
    pub(super) licence: String,
    pub(super) attestation: String,
    pub(super) file_name: String,
    pub(super) offer_hash: String,
    pub(super) row_count: i64,
    pub(super) column_count: i64,
    pub(super) grade: Option<String>,
    pub(super) index_hundredths: Option<i64>,
    pub(super) warnings: String,
    pub(super) haystack: String,
    pub(super) published_at: Option<i64>,
    pub(super) duty_agreement_id: Option<AgreementId>,
    pub(super) duty: Option<String>,
    pub(super) duty_end: Option<String>,
    pub(super) halt: Option<String>,
    pub(super) figures: String,
    pub(super) supersedes_id: Option<ListingId>,
    pub(super) superseded_by_id: Option<ListingId>,
    pub(super) created_by: UserId,
    pub(super) created_at: i64,
}

fn read<T: DeserializeOwned>(text: &str) -> AppResult<T> {
    Ok(serde_json::from_str(text)?)
}

impl Row {
    /// The term of its listing duty.
    pub(super) fn period(&self) -> AppResult<Option<Period>> {
        self.duty.as_deref().map(read).transpose()
    }

    /// Why it is off sale.
    pub(super) fn halted(&self) -> AppResult<Option<Halt>> {
        self.halt.as_deref().map(read).transpose()
    }

    /// Sets the term of its listing duty.
    pub(super) fn set_period(
        &mut self,
        agreement: Option<AgreementId>,
        period: &Period,
    ) -> AppResult<()> {
        self.duty_agreement_id = agreement;
        self.duty = Some(serde_json::to_string(period)?);
        self.duty_end = Some(period.end().to_string());
        Ok(())
    }

    /// What is published of the evidence.
    pub(super) fn figures(&self) -> AppResult<Figures> {
        read(&self.figures)
    }

    /// What the provider wrote.
    pub(super) fn draft(&self) -> AppResult<ListingDraft> {
        Ok(ListingDraft {
            title: read(&self.title)?,
            summary: read(&self.summary)?,
            description: read(&self.description)?,
            price: self.price,
            price_basis: self.price_basis_id,
            licence: read(&self.licence)?,
            attestation: read(&self.attestation)?,
            file_name: self.file_name.clone(),
            supersedes: self.supersedes_id,
        })
    }

    /// The same row with another text.
    pub(super) fn with_draft(mut self, draft: &ListingDraft, offer_hash: String) -> AppResult<Row> {
        self.title = serde_json::to_string(&draft.title)?;
        self.summary = serde_json::to_string(&draft.summary)?;
        self.description = serde_json::to_string(&draft.description)?;
        self.price = draft.price;
        self.price_basis_id = draft.price_basis;
        self.licence = serde_json::to_string(&draft.licence)?;
        self.attestation = serde_json::to_string(&draft.attestation)?;
        self.file_name = draft.file_name.clone();
        self.supersedes_id = draft.supersedes;
        self.offer_hash = offer_hash;
        self.haystack = haystack(draft);
        Ok(self)
    }

    /// The listing at `now`. Only its provider and the staff see who wrote it and, before it is
    /// published, anything at all.
    pub(super) fn into_wire(self, insider: bool, now: Instant) -> AppResult<Listing> {
        let (draft, halt, period) = (self.draft()?, self.halted()?, self.period()?);
        let duty = match (period, self.duty_agreement_id) {
            (Some(period), Some(agreement)) => {
                let state = duty::state(&period, self.state, halt.as_ref(), now);
                let remedy_by = halt.as_ref().and_then(|halt| halt.remedy_by);
                Some(Duty { agreement, period: period.parts().clone(), state, remedy_by })
            }
            _ => None,
        };
        Ok(Listing {
            id: self.id,
            org: self.org_id,
            version: self.version_id,
            dataset: self.dataset_id,
            state: self.state,
            draft,
            offer_hash: self.offer_hash,
            rows: self.row_count,
            columns: self.column_count,
            grade: self.grade,
            index_hundredths: self.index_hundredths,
            warnings: read(&self.warnings)?,
            published_at: self.published_at.and_then(Instant::from_micros),
            duty,
            halt,
            superseded_by: self.superseded_by_id,
            author: insider.then_some(self.created_by),
            created_at: Instant::from_micros(self.created_at).unwrap_or(Instant::MIN),
        })
    }

    /// The listing in the catalogue.
    pub(super) fn into_card(self) -> AppResult<ListingCard> {
        Ok(ListingCard {
            id: self.id,
            state: self.state,
            title: read(&self.title)?,
            summary: read(&self.summary)?,
            description: read(&self.description)?,
            price: self.price,
            vat: TaxedPrice::from_supply(self.price).map_or(Won::ZERO, |price| price.vat),
            rows: self.row_count,
            columns: self.column_count,
            grade: self.grade,
            index_hundredths: self.index_hundredths,
            published_at: self.published_at.and_then(Instant::from_micros),
        })
    }
}

/// What is published of the evidence besides the row's own figures. Taken over when a listing is
/// drafted: a ready version does not change.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Figures {
    /// Quality indices.
    pub(super) indices: Option<Indices>,
    /// A bounded sample.
    pub(super) preview: Option<Preview>,
}

/// The text in which the catalogue searches, in lower case.
pub(super) fn haystack(draft: &ListingDraft) -> String {
    let texts =
        [&draft.title, &draft.summary, &draft.description.process, &draft.description.equipment];
    let words: Vec<String> =
        texts.iter().flat_map(|text| [text.ko.to_lowercase(), text.en.to_lowercase()]).collect();
    words.join("\n")
}

/// A pattern that matches every text containing `q`.
pub(super) fn containing(q: &str) -> String {
    let mut pattern = String::from("%");
    for c in q.to_lowercase().chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

pub(super) fn insert(db: &mut Db, row: &Row) -> AppResult<()> {
    diesel::insert_into(listings::table).values(row.clone()).execute(db)?;
    Ok(())
}

pub(super) fn find(db: &mut Db, id: ListingId) -> QueryResult<Option<Row>> {
    listings::table.filter(listings::id.eq(id)).select(Row::as_select()).first(db).optional()
}

/// Which listings are wanted; `None` is no condition.
#[derive(Clone, Debug, Default)]
pub(super) struct Wanted {
    /// Of this provider.
    pub(super) org: Option<OrgId>,
    /// In this state.
    pub(super) state: Option<ListingState>,
    /// Whose text matches this pattern.
    pub(super) pattern: Option<String>,
    /// Older than this one.
    pub(super) before: Option<ListingId>,
}

/// Listings, newest first.
pub(super) fn page(db: &mut Db, wanted: Wanted, limit: i64) -> AppResult<Vec<Row>> {
    let mut query = listings::table
        .order(listings::id.desc())
        .limit(limit)
        .select(Row::as_select())
        .into_boxed();
    if let Some(org) = wanted.org {
        query = query.filter(listings::org_id.eq(org));
    }
    if let Some(state) = wanted.state {
        query = query.filter(listings::state.eq(state));
    }
    if let Some(pattern) = wanted.pattern {
        query = query.filter(listings::haystack.like(pattern).escape('\\'));
    }
    if let Some(before) = wanted.before {
        query = query.filter(listings::id.lt(before));
    }
    Ok(query.load(db)?)
}

/// Price, when it was published, and which listing took its place.
type Published = (Won, Option<i64>, Option<ListingId>);

/// Listings of a data set that were ever published, but not those removed by force.
pub(super) fn published_of(db: &mut Db, dataset: DatasetId) -> AppResult<Vec<Published>> {
    Ok(listings::table
        .filter(listings::dataset_id.eq(dataset))
        .filter(listings::published_at.is_not_null())
        .filter(listings::state.ne(ListingState::Removed))
        .order(listings::id.asc())
        .select((listings::price, listings::published_at, listings::superseded_by_id))
        .load(db)?)
}

/// Replaces what may change of a row that is still in the state `from`.
pub(super) fn advance(db: &mut Db, from: ListingState, row: &Row) -> AppResult<()> {
    let target = listings::table.filter(listings::id.eq(row.id)).filter(listings::state.eq(from));
    let row = row.clone();
    one_row(
        diesel::update(target)
            .set((
                listings::state.eq(row.state),
                listings::price_basis_id.eq(row.price_basis_id),
                listings::title.eq(row.title),
                listings::summary.eq(row.summary),
                listings::description.eq(row.description),
                listings::price.eq(row.price),
                listings::licence.eq(row.licence),
                listings::attestation.eq(row.attestation),
                listings::file_name.eq(row.file_name),
                listings::offer_hash.eq(row.offer_hash),
                listings::haystack.eq(row.haystack),
                listings::supersedes_id.eq(row.supersedes_id),
                listings::warnings.eq(row.warnings),
                listings::published_at.eq(row.published_at),
                listings::duty_agreement_id.eq(row.duty_agreement_id),
                listings::duty.eq(row.duty),
                listings::duty_end.eq(row.duty_end),
                listings::halt.eq(row.halt),
                listings::superseded_by_id.eq(row.superseded_by_id),
            ))
            .execute(db),
    )
}

#[cfg(test)]
mod tests {
    use super::super::fields::tests::sample;
    use super::{containing, haystack};

    #[test]
    fn a_search_text_is_taken_literally() {
        assert_eq!(containing("50%_A\\"), "%50\\%\\_a\\\\%");
        assert!(haystack(&sample()).contains("injection moulding data"));
        assert!(haystack(&sample()).contains("사출기"));
    }
}
