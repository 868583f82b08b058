//! Certificates: signed statements about a file's content and quality, checkable offline.
//!
//! A certificate is a compact JWS with `alg: EdDSA` (Ed25519) and [`Claims`] as payload. It binds the
//! file's bytes, the content of the table whatever its encoding, the rule set, the report and the
//! lineage by their digests: a change of one bit in any of them makes [`verify`] or the comparison of
//! the digest fail.
//!
//! Verification is strict: only `EdDSA`, only this certificate type, only keys that the caller hands
//! in, no critical extensions, and signatures that have one valid form (no malleability).
//!
//! Deliberately absent: clocks (the caller gives the time), revocation (the issuer's JWKS and the
//! exchange decide), storage of keys.

mod jws;
mod key;

use std::path::Path;

use schema::data::certificate::Claims;

use crate::digest::{logical_hash, sha256_file};
use crate::error::Fault;
use crate::limits::Limits;

pub use jws::{issue, open};
pub use key::{PublicKey, SigningKey};

/// Which digest of a certificate a file has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Match {
    /// The very bytes that were certified.
    Bytes,
    /// Other bytes with the same table: the file was written anew.
    Content,
}

/// A certificate that holds for a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// What it says.
    pub claims: Claims,
    /// How the file agrees with it.
    pub matched: Match,
}

/// Checks that a certificate is signed with one of `keys` and holds for `file`.
///
/// # Errors
/// `certificate-malformed`, `certificate-key-unknown`, `certificate-signature` when the certificate
/// itself is wrong; `certificate-data` when the file is another one; `parquet-damaged`.
pub fn verify(
    jws: &str,
    keys: &[PublicKey],
    file: &Path,
    limits: &Limits,
) -> Result<Claims, Fault> {
    Ok(verify_match(jws, keys, file, limits)?.claims)
}

/// As [`verify`], and tells whether the bytes or only the content are those certified.
///
/// # Errors
/// As [`verify`].
pub fn verify_match(
    jws: &str,
    keys: &[PublicKey],
    file: &Path,
    limits: &Limits,
) -> Result<Verified, Fault> {
    let claims = open(jws, keys)?;
    let size = std::fs::metadata(file)?.len();
    if size == claims.size_bytes && sha256_file(file)? == claims.file_sha256 {
        return Ok(Verified { claims, matched: Match::Bytes });
    }
    let other = || {
        Fault::input(
            "certificate-data",
            "이 파일은 인증서가 가리키는 데이터가 아닙니다. 내용이 바뀌었거나 다른 파일입니다.",
            "this file is not the data that the certificate names: it was changed, or is another file",
        )
    };
    match logical_hash(file, limits) {
        Ok(hash) if hash == claims.logical_sha256 => {
            Ok(Verified { claims, matched: Match::Content })
        }
        Ok(_) | Err(Fault::Input(_)) => Err(other()),
        Err(fault) => Err(fault),
    }
}

#[cfg(test)]
#[path = "certificate/tests.rs"]
mod tests;
