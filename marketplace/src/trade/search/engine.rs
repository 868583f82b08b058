//! The index in memory: what goes in, what is found.

use schema::api::trade::{FacetCount, Facets, SearchQuery, SearchSort};
use serde_json::{Value, json};
use tantivy::aggregation::AggregationCollector;
use tantivy::collector::{Count, TopDocs};
use tantivy::query::Query;
use tantivy::schema::Value as _;
use tantivy::{
    DocAddress, Index, IndexReader, IndexWriter, Order, ReloadPolicy, Searcher, TantivyDocument,
    Term,
};

use super::fields::{Entry, Fields, GRAMS};
use super::grams::Grams;
use super::query;

/// Memory of the writer before it makes a segment.
const WRITER_BYTES: usize = 50_000_000;
/// Values of a facet that are told.
const FACET_VALUES: usize = 20;

/// What was found.
#[derive(Clone, Debug, Default)]
pub(super) struct Found {
    /// Ids, in the order asked for.
    pub(super) ids: Vec<String>,
    /// How many there are.
    pub(super) total: u64,
    /// Counts of values.
    pub(super) facets: Facets,
}

/// The index.
pub(super) struct Engine {
    fields: Fields,
    writer: IndexWriter,
    reader: IndexReader,
}

impl Engine {
    pub(super) fn new() -> tantivy::Result<Engine> {
        let fields = Fields::new();
        let index = Index::create_in_ram(fields.schema.clone());
        index.tokenizers().register(GRAMS, Grams);
        let writer = index.writer_with_num_threads(1, WRITER_BYTES)?;
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        Ok(Engine { fields, writer, reader })
    }

    /// Puts listings in, in place of what was known of them; those without an entry go out. They are found
    /// after [`Engine::publish`].
    pub(super) fn put(&mut self, changed: &[(String, Option<Entry>)]) -> tantivy::Result<()> {
        for (id, entry) in changed {
            self.writer.delete_term(Term::from_field_text(self.fields.id, id));
            if let Some(entry) = entry {
                self.writer.add_document(entry.document(&self.fields))?;
            }
        }
        Ok(())
    }

    /// Lets the views made from now on see what was put in.
    pub(super) fn publish(&mut self) -> tantivy::Result<()> {
        self.writer.commit()?;
        self.reader.reload()
    }

    /// A view that stays as it is.
    pub(super) fn view(&self) -> View {
        View { fields: self.fields.clone(), searcher: self.reader.searcher() }
    }
}

/// The index as it was at one moment.
pub(super) struct View {
    fields: Fields,
    searcher: Searcher,
}

impl View {
    /// What fits `asked`: results `from` and `limit` after it, how many there are, what they are like.
    pub(super) fn search(
        &self,
        asked: &SearchQuery,
        from: usize,
        limit: usize,
    ) -> tantivy::Result<Found> {
        let query = query::of(&self.fields, asked);
        let top = TopDocs::with_limit(limit).and_offset(from);
        let sort = match asked.sort.unwrap_or(SearchSort::Relevance) {
            SearchSort::Relevance if asked.q.is_none() => SearchSort::Newest,
            sort => sort,
        };
        let places = match sort {
            SearchSort::Relevance => {
                let found = self.searcher.search(&query, &top.order_by_score())?;
                found.into_iter().map(|(_, place)| place).collect()
            }
            SearchSort::Newest => self.ordered::<i64>(&query, top, "published", Order::Desc)?,
            SearchSort::Price => self.ordered::<u64>(&query, top, "price", Order::Asc)?,
            SearchSort::PriceDown => self.ordered::<u64>(&query, top, "price", Order::Desc)?,
            SearchSort::Quality => self.ordered::<u64>(&query, top, "quality", Order::Desc)?,
            SearchSort::Rows => self.ordered::<u64>(&query, top, "rows", Order::Desc)?,
        };
        let ids = places.into_iter().map(|place| self.text_of(place, "id"));
        let (ids, total) =
            (ids.collect::<tantivy::Result<_>>()?, self.searcher.search(&query, &Count)?);
        Ok(Found { ids, total: total as u64, facets: self.facets(&query)? })
    }

    fn ordered<T: tantivy::fastfield::FastValue>(
        &self,
        query: &dyn Query,
        top: TopDocs,
        field: &str,
        order: Order,
    ) -> tantivy::Result<Vec<DocAddress>> {
        let found = self.searcher.search(query, &top.order_by_fast_field::<T>(field, order))?;
        Ok(found.into_iter().map(|(_, place)| place).collect())
    }

    fn text_of(&self, place: DocAddress, field: &str) -> tantivy::Result<String> {
        let document: TantivyDocument = self.searcher.doc(place)?;
        let field = self.fields.schema.get_field(field)?;
        let text = document.get_first(field).and_then(|value| value.as_str());
        Ok(text.unwrap_or_default().to_owned())
    }

    /// The commonest values among what fits.
    fn facets(&self, query: &dyn Query) -> tantivy::Result<Facets> {
        let names =
            ["process", "equipment", "division", "signal", "unit", "grade", "delivery", "model"];
        let wanted: serde_json::Map<String, Value> = names
            .iter()
            .map(|name| {
                let terms = json!({"terms": {"field": name, "size": FACET_VALUES}});
                ((*name).to_owned(), terms)
            })
            .collect();
        let wanted = serde_json::from_value(Value::Object(wanted))?;
        let collector = AggregationCollector::from_aggs(wanted, Default::default());
        let told = serde_json::to_value(self.searcher.search(query, &collector)?)?;
        let of = |name: &str| -> Vec<FacetCount> {
            let buckets = told[name]["buckets"].as_array().map(Vec::as_slice).unwrap_or_default();
            let count = |bucket: &Value| {
                Some(FacetCount {
                    value: bucket["key"].as_str()?.to_owned(),
                    count: bucket["doc_count"].as_u64()?,
                })
            };
            buckets.iter().filter_map(count).collect()
        };
        Ok(Facets {
            process: of("process"),
            equipment: of("equipment"),
            ksic: of("division"),
            signal: of("signal"),
            unit: of("unit"),
            grade: of("grade"),
            delivery: of("delivery"),
            model: of("model"),
        })
    }

    /// Titles of what fits best.
    pub(super) fn titles(&self, asked: &SearchQuery, limit: usize) -> tantivy::Result<Vec<String>> {
        let query = query::of(&self.fields, asked);
        let found = self.searcher.search(&query, &TopDocs::with_limit(limit).order_by_score())?;
        let mut titles = Vec::new();
        for (_, place) in found {
            let document: TantivyDocument = self.searcher.doc(place)?;
            let texts = document.get_all(self.fields.title);
            titles.extend(texts.filter_map(|value| value.as_str()).map(str::to_owned));
        }
        Ok(titles)
    }
}
