//! What the exchange says about data: declared columns, profiles, quality, pipelines, evidence.

pub mod certificate;
pub mod column;
pub mod evidence;
pub mod lineage;
pub mod pipeline;
pub mod privacy;
pub mod profile;
pub mod quality;
pub mod shell;
