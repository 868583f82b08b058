//! The HTTP shell: server, edge middleware, extractors, replies, OpenAPI. No feature is named here.

pub mod body;
pub mod edge;
pub mod extract;
pub mod health;
pub mod metrics;
pub mod openapi;
pub mod problems;
pub mod reply;
pub mod server;
