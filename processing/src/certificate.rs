//! Certificates: signed statements about a file's content and quality, checkable offline.
//!
//! A certificate is a compact JWS with `alg: EdDSA` (Ed25519) and [`Claims`] as payload. It binds the
//! file's bytes, the content of the table whatever its encoding, the rule set, the report and the
//! lineage by their digests: a change of one bit in any of them makes [`verify`] or the comparison of
//! the digest fail.
//!
//! Verification is strict: only `EdDSA`, only this certificate type, no critical extensions, and
//! signatures that have one valid form (no malleability). The header carries the public key, so that
//! a certificate can be checked offline with nothing but the file ([`Trust::Carried`]); who the key
//! belongs to is told only by a list of keys ([`Trust::Listed`]).
//!
//! Deliberately absent: clocks (the caller gives the time), revocation (the issuer's JWKS and the
//! exchange decide), storage of keys.

mod jws;
mod key;

use std::path::Path;

use schema::data::certificate::Claims;

use crate::digest::{logical_hash_with, sha256_file_with, unordered_hash_with};
use crate::error::Fault;
use crate::limits::Limits;
use crate::progress::{Progress, Silent};

pub use jws::{Opened, Trust, issue, open, open_signed};
pub use key::{PublicKey, SigningKey};

/// Which digest of a certificate a file has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Match {
    /// The very bytes that were certified.
    Bytes,
    /// Other bytes with the same table: the file was written anew.
    Content,
    /// The same rows in another order; only of certificates that allow it.
    Rows,
}

/// A certificate that holds for a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// What it says.
    pub claims: Claims,
    /// The key that signed it.
    pub signer: PublicKey,
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
    Ok(verify_match(jws, Trust::Listed(keys), file, limits)?.claims)
}

/// Checks that a certificate is signed by a key of `trust` and holds for `file`, and tells whether the
/// bytes or only the content are those certified.
///
/// # Errors
/// As [`verify`].
pub fn verify_match(
    jws: &str,
    trust: Trust<'_>,
    file: &Path,
    limits: &Limits,
) -> Result<Verified, Fault> {
    verify_match_with(jws, trust, file, limits, &Silent)
}

/// As [`verify_match`], told to `progress` while the file is hashed.
///
/// # Errors
/// As [`verify`]; [`Fault::Cancelled`].
pub fn verify_match_with(
    jws: &str,
    trust: Trust<'_>,
    file: &Path,
    limits: &Limits,
    progress: &dyn Progress,
) -> Result<Verified, Fault> {
    let Opened { claims, signer } = open_signed(jws, trust)?;
    let size = std::fs::metadata(file)?.len();
    let same_bytes =
        size == claims.size_bytes && sha256_file_with(file, progress)? == claims.file_sha256;
    let matched = if same_bytes { Match::Bytes } else { content(&claims, file, limits, progress)? };
    Ok(Verified { claims, signer, matched })
}

/// How a file with other bytes agrees with a certificate. Whoever writes a table anew gets a file of
/// another size; the certified size with other bytes is damage, even where no value is hit.
fn content(
    claims: &Claims,
    file: &Path,
    limits: &Limits,
    progress: &dyn Progress,
) -> Result<Match, Fault> {
    let other = |ko: &str, en: &str| Err(Fault::input("certificate-data", ko, en));
    if std::fs::metadata(file)?.len() == claims.size_bytes {
        return other(
            "파일의 크기는 인증된 것과 같지만 바이트가 다릅니다. 파일이 손상되었거나 고쳐졌습니다.",
            "the file has the size that was certified, but other bytes: it was damaged or changed",
        );
    }
    let same = |hash: Result<String, Fault>, certified: &str| match hash {
        Ok(hash) => Ok(hash == certified),
        // What cannot be read is not what was certified.
        Err(Fault::Input(_)) => Ok(false),
        Err(fault) => Err(fault),
    };
    if same(logical_hash_with(file, limits, progress), &claims.logical_sha256)? {
        return Ok(Match::Content);
    }
    if let Some(certified) = &claims.unordered_sha256
        && same(unordered_hash_with(file, limits, progress), certified)?
    {
        return Ok(Match::Rows);
    }
    other(
        "이 파일은 인증서가 가리키는 데이터가 아닙니다. 내용이 바뀌었거나 다른 파일입니다.",
        "this file is not the data that the certificate names: it was changed, or is another file",
    )
}

#[cfg(test)]
#[path = "certificate/tests.rs"]
mod tests;
