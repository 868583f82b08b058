//! What is told of a listing, gathered once for every view.

use schema::api::trade::ListingDetail;
use schema::data::column::Column;

use super::sample::Sample;

/// A product as the views tell it.
pub(super) struct Product {
    /// Everything that is published.
    pub(super) detail: ListingDetail,
    /// Number of the version that is sold, among those of its data set.
    pub(super) version: i64,
    /// The free sample, if the product has one.
    pub(super) sample: Option<Sample>,
    /// Address of the exchange, without a slash at its end.
    pub(super) base: String,
}

impl Product {
    /// Its lasting address.
    pub(super) fn address(&self) -> String {
        format!("{}/catalog/{}", self.base, self.detail.listing.id)
    }

    /// The address of its licence as an ODRL offer.
    pub(super) fn licence(&self) -> String {
        format!("{}?view=odrl", self.address())
    }

    /// The address of its free sample.
    pub(super) fn sample_address(&self) -> String {
        format!("{}/sample.csv", self.address())
    }

    /// Its columns.
    pub(super) fn columns(&self) -> &[Column] {
        self.detail.dictionary.as_ref().map_or(&[], |dictionary| &dictionary.columns)
    }

    /// Words by which it is found, in both languages.
    pub(super) fn keywords(&self) -> Vec<(&'static str, &str)> {
        let about = &self.detail.listing.draft.description;
        vec![
            ("ko", about.process.ko.as_str()),
            ("en", about.process.en.as_str()),
            ("ko", about.equipment.ko.as_str()),
            ("en", about.equipment.en.as_str()),
        ]
    }
}
