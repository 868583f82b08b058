//! Request and response bodies of the HTTP surface, one module per feature.

pub mod applications;
pub mod audit;
pub mod catalog;
pub mod documents;
pub mod eligibility;
pub mod execution;
pub mod jobs;
pub mod ledger;
pub mod obligations;
pub mod outbox;
pub mod parties;
pub mod programme;
pub mod sanctions;
pub mod settlement;
pub mod signals;
pub mod statements;
pub mod support;
pub mod trade;
pub mod vouchers;
pub mod work;
