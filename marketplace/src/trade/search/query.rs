//! A search as a query of the index.

use std::ops::Bound;

use schema::api::trade::SearchQuery;
use tantivy::Term;
use tantivy::query::{
    AllQuery, BooleanQuery, BoostQuery, Occur, PhraseQuery, Query, RangeQuery, TermQuery,
};
use tantivy::schema::{Field, IndexRecordOption};

use super::fields::Fields;
use super::grams::{pairs, words};

/// How much more a word in the title counts.
const TITLE_BOOST: f32 = 3.0;

/// The query that a search means.
pub(super) fn of(fields: &Fields, asked: &SearchQuery) -> Box<dyn Query> {
    let mut all: Vec<(Occur, Box<dyn Query>)> = Vec::new();
    for word in words(asked.q.as_deref().unwrap_or_default()) {
        all.push((Occur::Must, contained(fields, &word)));
    }
    for (field, value) in [
        (fields.process, asked.process.as_deref()),
        (fields.equipment, asked.equipment.as_deref()),
        (fields.ksic, asked.ksic.as_deref()),
        (fields.signal, asked.signal.as_deref()),
        (fields.unit, asked.unit.as_deref()),
        (fields.grade, asked.grade.as_deref()),
        (fields.delivery, asked.delivery.map(|word| word.as_str())),
        (fields.model, asked.model.map(|word| word.as_str())),
    ] {
        if let Some(value) = value {
            all.push((Occur::Must, exactly(field, value)));
        }
    }
    let won =
        |won: Option<schema::money::Won>| won.map(|won| u64::try_from(won.get()).unwrap_or(0));
    for (field, low, high) in [
        (fields.price, won(asked.price_min), won(asked.price_max)),
        (fields.rows, asked.rows_min, asked.rows_max),
    ] {
        if low.is_some() || high.is_some() {
            let bound = |value: Option<u64>| match value {
                Some(value) => Bound::Included(Term::from_field_u64(field, value)),
                None => Bound::Unbounded,
            };
            all.push((Occur::Must, Box::new(RangeQuery::new(bound(low), bound(high)))));
        }
    }
    if all.is_empty() { Box::new(AllQuery) } else { Box::new(BooleanQuery::new(all)) }
}

fn exactly(field: Field, value: &str) -> Box<dyn Query> {
    Box::new(TermQuery::new(Term::from_field_text(field, value), IndexRecordOption::Basic))
}

/// A word, or a part of one, anywhere in the texts; in the title it counts more.
fn contained(fields: &Fields, word: &str) -> Box<dyn Query> {
    let within = |field: Field| -> Box<dyn Query> {
        let mut terms: Vec<Term> =
            pairs(word).iter().map(|pair| Term::from_field_text(field, pair)).collect();
        match (terms.len(), terms.pop()) {
            (1, Some(term)) => Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs)),
            (_, last) => {
                terms.extend(last);
                Box::new(PhraseQuery::new(terms))
            }
        }
    };
    Box::new(BooleanQuery::new(vec![
        (Occur::Should, Box::new(BoostQuery::new(within(fields.title), TITLE_BOOST))),
        (Occur::Should, within(fields.text)),
    ]))
}
