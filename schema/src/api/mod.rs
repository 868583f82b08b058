//! Request and response bodies of the HTTP surface, one module per feature.

pub mod audit;
pub mod catalog;
pub mod jobs;
pub mod ledger;
pub mod obligations;
pub mod outbox;
pub mod parties;
pub mod programme;
pub mod settlement;
pub mod signals;
pub mod support;
pub mod trade;
pub mod vouchers;
pub mod work;
