//! Listings: drafting, the gate before publication, review, and the one-year duty of products made
//! with public money.
//!
//! Missing units are a warning and never a block: R-181 asks for a unit per signal, but a factory's
//! own file rarely has any, and refusing it would keep data off the exchange that are otherwise
//! sound. The warning is stored with the listing and shown to every buyer. The same holds for
//! columns that are not mapped to a standard dictionary.

mod duty;
mod fields;
mod gate;
pub mod http;
mod obliged;
pub mod owed;
mod rules;
pub mod service;
mod steps;
mod store;

pub(in crate::trade) use fields::prose;
pub use obliged::years_end_due;
pub(in crate::trade) use steps::not_listed;

#[cfg(test)]
pub(in crate::trade) mod tests {
    pub(in crate::trade) use super::fields::tests::sample;
}
