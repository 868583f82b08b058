//! Price calculations. A basis never changes: another calculation is another basis.

pub mod http;
mod rules;
pub mod service;
mod store;
