//! What the index knows of a listing.

use tantivy::TantivyDocument;
use tantivy::schema::{
    FAST, Field, INDEXED, IndexRecordOption, STORED, STRING, Schema, TextFieldIndexing, TextOptions,
};

/// Name of the tokenizer of [`grams`](super::grams).
pub(super) const GRAMS: &str = "grams";

/// Fields of the index.
#[derive(Clone, Debug)]
pub(super) struct Fields {
    pub(super) schema: Schema,
    pub(super) id: Field,
    pub(super) title: Field,
    pub(super) text: Field,
    pub(super) process: Field,
    pub(super) equipment: Field,
    /// Every prefix of two digits or more.
    pub(super) ksic: Field,
    pub(super) division: Field,
    pub(super) signal: Field,
    pub(super) unit: Field,
    pub(super) grade: Field,
    pub(super) delivery: Field,
    pub(super) model: Field,
    pub(super) price: Field,
    pub(super) rows: Field,
    pub(super) quality: Field,
    pub(super) published: Field,
}

impl Fields {
    pub(super) fn new() -> Fields {
        let mut schema = Schema::builder();
        let indexing = TextFieldIndexing::default()
            .set_tokenizer(GRAMS)
            .set_index_option(IndexRecordOption::WithFreqsAndPositions);
        let grams = TextOptions::default().set_indexing_options(indexing);
        let facet = STRING | FAST;
        Fields {
            id: schema.add_text_field("id", STRING | STORED),
            title: schema.add_text_field("title", grams.clone() | STORED),
            text: schema.add_text_field("text", grams),
            process: schema.add_text_field("process", facet.clone()),
            equipment: schema.add_text_field("equipment", facet.clone()),
            ksic: schema.add_text_field("ksic", STRING),
            division: schema.add_text_field("division", facet.clone()),
            signal: schema.add_text_field("signal", facet.clone()),
            unit: schema.add_text_field("unit", facet.clone()),
            grade: schema.add_text_field("grade", facet.clone()),
            delivery: schema.add_text_field("delivery", facet.clone()),
            model: schema.add_text_field("model", facet),
            price: schema.add_u64_field("price", INDEXED | FAST),
            rows: schema.add_u64_field("rows", INDEXED | FAST),
            quality: schema.add_u64_field("quality", FAST),
            published: schema.add_i64_field("published", FAST),
            schema: schema.build(),
        }
    }
}

/// A listing as the index takes it.
#[derive(Clone, Debug, Default)]
pub(super) struct Entry {
    pub(super) id: String,
    /// Title in both languages.
    pub(super) title: [String; 2],
    /// Whatever else is searched.
    pub(super) text: Vec<String>,
    pub(super) process: [String; 2],
    pub(super) equipment: [String; 2],
    pub(super) ksic: String,
    pub(super) signals: Vec<String>,
    pub(super) units: Vec<String>,
    pub(super) grade: Option<String>,
    pub(super) delivery: &'static str,
    pub(super) model: &'static str,
    pub(super) price: u64,
    pub(super) rows: u64,
    pub(super) quality: u64,
    pub(super) published: i64,
}

impl Entry {
    pub(super) fn document(&self, fields: &Fields) -> TantivyDocument {
        let mut document = TantivyDocument::new();
        document.add_text(fields.id, &self.id);
        self.title.iter().for_each(|text| document.add_text(fields.title, text));
        let texts = self.text.iter().chain(&self.process).chain(&self.equipment);
        texts.chain(&self.signals).for_each(|text| document.add_text(fields.text, text));
        self.process.iter().for_each(|text| document.add_text(fields.process, text));
        self.equipment.iter().for_each(|text| document.add_text(fields.equipment, text));
        for digits in 2..=self.ksic.len() {
            document.add_text(fields.ksic, self.ksic.get(..digits).unwrap_or_default());
        }
        document.add_text(fields.division, self.ksic.get(..2).unwrap_or_default());
        self.signals.iter().for_each(|text| document.add_text(fields.signal, text));
        self.units.iter().for_each(|text| document.add_text(fields.unit, text));
        self.grade.iter().for_each(|text| document.add_text(fields.grade, text));
        document.add_text(fields.delivery, self.delivery);
        document.add_text(fields.model, self.model);
        document.add_u64(fields.price, self.price);
        document.add_u64(fields.rows, self.rows);
        document.add_u64(fields.quality, self.quality);
        document.add_i64(fields.published, self.published);
        document
    }
}
