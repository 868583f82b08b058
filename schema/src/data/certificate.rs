//! Signed evidence of what a data set contains and how good it is.
//!
//! A certificate is a compact JWS (RFC 7515) whose payload is [`Claims`], signed with Ed25519
//! (`alg: EdDSA`, RFC 8037). The key id is the RFC 7638 thumbprint of the public key, so a
//! certificate can be checked offline with the issuer's JWKS.

use serde::{Deserialize, Serialize};

/// What a certificate says. All digests are SHA-256, lower-case hex.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Claims {
    /// Who certifies, a URL or a name.
    pub issuer: String,
    /// When, RFC 3339 with offset.
    pub issued_at: String,
    /// Digest of the certified file's bytes.
    pub file_sha256: String,
    /// Bytes of the certified file.
    pub size_bytes: u64,
    /// Digest of the table's content, whatever its encoding.
    pub logical_sha256: String,
    /// Digest of the rows as a multiset, when the certificate also holds for the same rows in
    /// another order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unordered_sha256: Option<String>,
    /// Rows.
    pub rows: u64,
    /// Columns.
    pub columns: u32,
    /// Digest of the rule set applied, as canonical JSON.
    pub rule_set_sha256: String,
    /// Digest of the quality report, as canonical JSON.
    pub report_sha256: String,
    /// Digest of the lineage, as canonical JSON, when the table came from a pipeline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lineage_sha256: Option<String>,
    /// Name and version of the tool that measured.
    pub tool: String,
    /// Grade reached, as in the report: `A`, `B`, `C` or `REJECT`.
    pub grade: String,
}

/// A public signing key as a JSON Web Key (RFC 8037, `kty: OKP`, `crv: Ed25519`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Jwk {
    /// `OKP`.
    pub kty: String,
    /// `Ed25519`.
    pub crv: String,
    /// Public key, 32 bytes in base64url without padding.
    pub x: String,
    /// RFC 7638 thumbprint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kid: Option<String>,
    /// `EdDSA`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alg: Option<String>,
    /// `sig`.
    #[serde(default, rename = "use", skip_serializing_if = "Option::is_none")]
    pub usage: Option<String>,
}

/// A set of public keys (RFC 7517).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Jwks {
    /// Keys.
    pub keys: Vec<Jwk>,
}
