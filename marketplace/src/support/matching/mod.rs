//! Who fits a piece of work: the active members of the pool in an order that is explained. The owner
//! chooses; nothing is assigned by itself. Who may not be asked is told last, with the
//! reason. Deliberately absent: prices, which members do not publish.

pub mod http;
mod rules;
pub mod service;
