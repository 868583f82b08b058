//! What other features may ask of trade.

pub use super::contract::service::{accept_due, contract_in, paid_in, price_jump_in};
pub use super::dispute::service::mediation_due;
pub use super::listing::owed::{hand_over_in, listing_in, under_duty_in};
pub use super::listing::service::{Standing, standing_in};
pub use super::listing::years_end_due;
pub use super::price::service::basis_in;
pub use super::rebate::service::all_in as rebates_in;
