//! Forms against the rulebook.
