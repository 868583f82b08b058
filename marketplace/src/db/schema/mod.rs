//! Table definitions, one file per migration. Times are BIGINT microseconds UTC; days, ids and JSON
//! are TEXT; amounts are BIGINT won.

mod aftercare;
mod catalog;
mod core;
mod duty;
mod money;
mod parties;
mod selection;
mod standing;
mod support;
mod trade;

pub use aftercare::*;
pub use catalog::*;
pub use core::*;
pub use duty::*;
pub use money::*;
pub use parties::*;
pub use selection::*;
pub use standing::*;
pub use support::*;
pub use trade::*;

diesel::allow_tables_to_appear_in_same_query!(event_orgs, events);
diesel::allow_tables_to_appear_in_same_query!(listings, versions);
diesel::allow_tables_to_appear_in_same_query!(payments, voucher_uses);
diesel::allow_tables_to_appear_in_same_query!(share_credentials, share_grants);
