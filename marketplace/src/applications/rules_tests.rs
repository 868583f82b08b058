//! The machine of an application against the rulebook.
