//! Table definitions, one file per migration. Times are BIGINT microseconds UTC; days, ids and JSON
//! are TEXT; amounts are BIGINT won.

mod catalog;
mod core;
mod money;
mod parties;
mod selection;
mod standing;
mod support;
mod trade;

pub use catalog::*;
pub use core::*;
pub use money::*;
pub use parties::*;
pub use selection::*;
pub use standing::*;
pub use support::*;
pub use trade::*;
