//! Keeping the index in step with the database, and asking it.

use std::collections::{BTreeSet, HashSet};
use std::sync::{Mutex, PoisonError};

use schema::api::trade::{
    ListingQuery, ListingState, SEARCH_DEPTH_MAX, SearchQuery, SearchResults, SuggestionQuery,
    Suggestions,
};
use schema::code::Code;
use schema::data::column::Dictionary;
use schema::id::{AuditId, ListingId};
use schema::page::{LIMIT_DEFAULT, LIMIT_MAX, PageQuery};
use schema::problem::Refusal;
use schema::time::Instant;

use super::engine::{Engine, View};
use super::fields::Entry;
use crate::app::App;
use crate::audit::service as audit;
use crate::catalog::service as catalog;
use crate::db::Db;
use crate::db::store::blocking;
use crate::error::{AppError, AppResult};
use crate::http::extract::page_limit;
use crate::trade::listing::service as listing;

/// The index is as old as this at most.
const STALE_MICROS: i64 = 500_000;
/// How far back lines of the audit trail are looked at again: a line may be committed after a later one.
const OVERLAP_MICROS: i64 = 60_000_000;
/// Lines that are read at a time.
const LINES: i64 = 5_000;
/// Listings that go into the index at a time.
const BATCH: usize = 1_000;
/// Characters of a text that is searched for.
const CHARS: std::ops::RangeInclusive<usize> = 2..=100;
/// Suggestions at most.
const SUGGESTIONS: usize = 10;

/// The index of this process; empty until the first search.
#[derive(Default)]
pub struct Search(Mutex<Option<Kept>>);

/// The index, and how far it is in step.
struct Kept {
    engine: Engine,
    at: Instant,
    seen: HashSet<AuditId>,
}

fn broken(error: tantivy::TantivyError) -> AppError {
    AppError::Internal(anyhow::Error::new(error).context("search index"))
}

impl Search {
    /// A view of the index that is in step with the database.
    fn view(&self, app: &App) -> AppResult<View> {
        let now = app.clock.now();
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let old = match kept.take() {
            Some(old) => old,
            None => built(app, now)?,
        };
        let kept = kept.insert(old);
        let age = now.as_micros().saturating_sub(kept.at.as_micros());
        // A clock that was set back, or stands still, is no reason to trust the index.
        if !(1..STALE_MICROS).contains(&age) {
            kept.follow(app, now)?;
        }
        Ok(kept.engine.view())
    }
}

/// An index of all that is on sale.
fn built(app: &App, now: Instant) -> AppResult<Kept> {
    let mut engine = Engine::new().map_err(broken)?;
    let mut before = None;
    loop {
        let (entries, next) = app.store.read_now(|db| {
            let page = listing::list_in(db, None, &ListingQuery::default(), before, LIMIT_MAX)?;
            let entries = page
                .items
                .iter()
                .map(|card| Ok((card.id.to_string(), entry_in(db, card.id, now)?)));
            let last = page.items.last().map(|card| card.id);
            Ok((entries.collect::<AppResult<Vec<_>>>()?, page.next.and(last)))
        })?;
        engine.put(&entries).map_err(broken)?;
        match next {
            Some(last) => before = Some(last),
            None => {
                engine.publish().map_err(broken)?;
                return Ok(Kept { engine, at: now, seen: HashSet::new() });
            }
        }
    }
}

impl Kept {
    /// Takes over what has changed since.
    fn follow(&mut self, app: &App, now: Instant) -> AppResult<()> {
        let from = self.at.as_micros().min(now.as_micros()).saturating_sub(OVERLAP_MICROS);
        let mut since = first_id(from);
        let (mut lines, mut changed) = (HashSet::new(), BTreeSet::new());
        loop {
            let found = app.store.read_now(|db| audit::touched_in(db, since, "lst_", LINES))?;
            let more = i64::try_from(found.len()).unwrap_or(0) == LINES;
            for (line, object) in found {
                since = line;
                if !self.seen.contains(&line)
                    && let Ok(listing) = object.parse::<ListingId>()
                {
                    changed.insert(listing);
                }
                lines.insert(line);
            }
            if !more {
                break;
            }
        }
        let changed: Vec<ListingId> = changed.into_iter().collect();
        for batch in changed.chunks(BATCH) {
            let entries = app.store.read_now(|db| {
                let one = |id: &ListingId| Ok((id.to_string(), entry_in(db, *id, now)?));
                batch.iter().map(one).collect::<AppResult<Vec<_>>>()
            })?;
            self.engine.put(&entries).map_err(broken)?;
        }
        if !changed.is_empty() {
            self.engine.publish().map_err(broken)?;
        }
        (self.seen, self.at) = (lines, now);
        Ok(())
    }
}

/// The least id of a line made at `micros` or later.
fn first_id(micros: i64) -> AuditId {
    let millis = u128::try_from(micros.max(0) / 1_000).unwrap_or(0);
    AuditId::from_uuid(uuid::Uuid::from_u128(millis << 80))
}

/// The listing as the index takes it, if it is on sale.
fn entry_in(db: &mut Db, id: ListingId, now: Instant) -> AppResult<Option<Entry>> {
    let on_sale = listing::listing_in(db, id, now)?;
    let Some(found) = on_sale.filter(|found| found.state == ListingState::Listed) else {
        return Ok(None);
    };
    let (version, _) = catalog::row_in(db, found.version)?;
    let dictionary: Option<Dictionary> =
        version.dictionary.as_deref().map(serde_json::from_str).transpose()?;
    let columns = dictionary.map(|dictionary| dictionary.columns).unwrap_or_default();
    let mut units: Vec<String> = columns.iter().filter_map(|column| column.unit.clone()).collect();
    units.sort();
    units.dedup();
    let titles = columns.iter().filter_map(|column| column.title.as_ref());
    let mut text: Vec<String> =
        titles.flat_map(|title| [title.ko.clone(), title.en.clone()]).collect();
    let draft = found.draft;
    text.extend([draft.summary.ko, draft.summary.en]);
    let number = |value: i64| u64::try_from(value).unwrap_or(0);
    Ok(Some(Entry {
        id: id.to_string(),
        title: [draft.title.ko, draft.title.en],
        text,
        process: [draft.description.process.ko, draft.description.process.en],
        equipment: [draft.description.equipment.ko, draft.description.equipment.en],
        ksic: draft.description.ksic,
        signals: columns.into_iter().map(|column| column.name).collect(),
        units,
        grade: found.grade,
        delivery: draft.licence.delivery.as_str(),
        model: draft.licence.model.as_str(),
        price: number(draft.price.get()),
        rows: number(found.rows),
        quality: number(found.index_hundredths.unwrap_or(0)),
        published: found.published_at.unwrap_or(Instant::MIN).as_micros(),
    }))
}

/// Builds the index before somebody waits for it.
pub async fn warm(app: App) {
    let built = blocking(move || app.search.view(&app).map(drop)).await;
    if let Err(error) = built {
        tracing::warn!(%error, "the search index could not be built; the first search tries again");
    }
}

fn text_bounds(q: &str) -> Result<(), Refusal> {
    if CHARS.contains(&q.trim().chars().count()) {
        return Ok(());
    }
    Err(Code::InvalidField
        .because("검색어는 2~100자입니다.", "A search text has 2 to 100 characters.")
        .field("q"))
}

/// What is on sale and fits.
pub(super) async fn search(app: &App, mut asked: SearchQuery) -> AppResult<SearchResults> {
    asked.q = asked.q.map(|q| q.trim().to_owned()).filter(|q| !q.is_empty());
    if let Some(q) = &asked.q {
        text_bounds(q)?;
    }
    let limit = page_limit(&PageQuery { cursor: None, limit: asked.limit })?;
    let from = asked.from.unwrap_or(0);
    if from > SEARCH_DEPTH_MAX {
        return Err(Code::InvalidField
            .because(
                format!("from은 {SEARCH_DEPTH_MAX}까지입니다. 조건을 더해 결과를 줄여 주세요."),
                format!(
                    "from is at most {SEARCH_DEPTH_MAX}. Add conditions to have fewer results."
                ),
            )
            .field("from")
            .into());
    }
    let shared = app.clone();
    blocking(move || {
        let view = shared.search.view(&shared)?;
        let found = view.search(&asked, from as usize, limit as usize).map_err(broken)?;
        // What is told is what the database says now.
        let items = shared.store.read_now(|db| {
            let cards = found.ids.iter().filter_map(|id| id.parse::<ListingId>().ok());
            let cards = cards.map(|id| listing::card_in(db, id));
            Ok(cards.collect::<AppResult<Vec<_>>>()?.into_iter().flatten().collect())
        })?;
        Ok(SearchResults { items, total: found.total, facets: found.facets })
    })
    .await
}

/// What somebody who types may mean: processes, equipment, columns and titles that contain the text.
pub(super) async fn suggest(app: &App, asked: SuggestionQuery) -> AppResult<Suggestions> {
    text_bounds(&asked.q)?;
    let shared = app.clone();
    blocking(move || {
        let view = shared.search.view(&shared)?;
        let query = SearchQuery { q: Some(asked.q.clone()), ..SearchQuery::default() };
        let facets = view.search(&query, 0, 1).map_err(broken)?.facets;
        let titles = view.titles(&query, LIMIT_DEFAULT as usize).map_err(broken)?;
        let counted = [facets.process, facets.equipment, facets.signal].into_iter().flatten();
        let wanted = asked.q.trim().to_lowercase();
        // One spelling each, in the order of the kinds.
        let mut told = HashSet::new();
        let mut items = Vec::new();
        for text in counted.map(|count| count.value).chain(titles) {
            let spelt = text.to_lowercase();
            if spelt.contains(&wanted) && told.insert(spelt) {
                items.push(text);
            }
        }
        items.truncate(SUGGESTIONS);
        Ok(Suggestions { items })
    })
    .await
}
