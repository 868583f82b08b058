//! Shared vocabulary of the exchange.
//!
//! | module | what it names |
//! |---|---|
//! | [`id`] | typed identifiers, `Id<Kind>` |
//! | [`money`] | [`Won`](money::Won), [`BasisPoints`](money::BasisPoints), exact splits |
//! | [`money_rules`] | support, shares, VAT, splits, prices, recovery as pure arithmetic |
//! | [`typed`] | checks of what people type |
//! | [`time`] | [`Instant`](time::Instant), [`Day`](time::Day), legal periods and the holiday calendar |
//! | [`registry_no`] | business and corporate registration numbers |
//! | [`notice`] | programme parameters by notice edition |
//! | [`lang`] | text in Korean and English |
//! | [`code`] and [`problem`] | the error-code table and its RFC 9457 body |
//! | [`page`] | cursors and page envelopes |
//! | [`papers`] | evidence papers, and when a standing is looked at |
//! | [`data`] | columns, profiles, quality reports, pipeline specifications |
//! | `document` | JSON Schemas of the documents (feature `openapi`) |
//! | [`api`] | request and response bodies, one module per feature |
//!
//! Invariants: nothing here does I/O, reads a clock or makes a random choice.

pub mod api;
pub mod code;
pub mod data;
#[cfg(feature = "openapi")]
pub mod document;
pub mod id;
pub mod lang;
pub mod money;
pub mod money_rules;
pub mod notice;
pub mod page;
pub mod papers;
pub mod problem;
pub mod registry_no;
#[cfg(feature = "sql")]
mod sql;
pub mod time;
pub mod typed;
mod words;
