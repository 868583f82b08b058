//! From a finalised file to a table with evidence: the ingest job.
//!
//! The job reads the uploaded file, writes the Parquet table that buyers receive, measures it
//! (profile, quality report, personal-data scan, preview) and signs a certificate over the digests.
//! A file that cannot be used is a result: the version is rejected with the fault, and its bytes go.

pub mod evidence;
pub mod jobs;
