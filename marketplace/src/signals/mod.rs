//! Signs that something may be wrong: found by looking over what is stored, for a person to decide on.
//!
//! ```text
//! open ──a person finds nothing wrong──▶ dismissed
//!   └────a person finds it true────────▶ confirmed   (its id is an input of a sanction)
//! ```
//! Nothing follows from a signal by itself: no payment stops and nobody is told but the operator. One
//! finding makes one signal however often it is looked for, and stays decided. The search reads the
//! tables itself and asks no other feature where it can, because whoever is examined must not also be
//! the examiner; where a rule of price is compared, it asks the rule.
//!
//! | kind | what is found |
//! |---|---|
//! | `affiliation` | parties of a deal with public money hang together through others (R-063, R-074) |
//! | `duplicate_invoice` | an invoice that had served was shown again (R-200) |
//! | `price_jump` | the price rose between the award and the purchase (R-058) |
//! | `same_file` | one file, by its logical digest, is offered under two data sets (R-012) |
//! | `quick_refund` | a public share was refunded soon after it was paid |
//! | `rebate` | money went back from a seller to its buyer (R-059, R-131) |

mod detect;
mod graph;
pub mod http;
mod rules;
pub mod service;
mod store;
