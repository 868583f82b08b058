//! The compact JWS around the claims (RFC 7515, RFC 8037).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use schema::data::certificate::{Claims, Jwk};
use serde::{Deserialize, Serialize};

use super::key::{PublicKey, SigningKey};
use crate::digest::canonical_json;
use crate::error::Fault;

/// Media type of a certificate, so that no other signed document of the same key passes for one.
const TYPE: &str = "jangteo-certificate+jws";

/// Bytes of a certificate; one with every field at its longest sensible length has about 1.5 KiB.
const BYTES_MAX: usize = 16 << 10;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    alg: String,
    /// The signer's public key (RFC 7515, 4.1.3). It proves nothing about who signed, but lets
    /// anyone check offline that nothing was changed since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    jwk: Option<HeaderKey>,
    kid: String,
    typ: String,
}

/// The members of a public key that its thumbprint is made of.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HeaderKey {
    crv: String,
    kty: String,
    x: String,
}

/// A certificate whose signature holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// What it says.
    pub claims: Claims,
    /// The key that signed it.
    pub signer: PublicKey,
}

/// Which keys may have signed.
#[derive(Clone, Copy, Debug)]
pub enum Trust<'a> {
    /// Only these, such as the published keys of an exchange.
    Listed(&'a [PublicKey]),
    /// Any: the certificate carries its key. This shows that data and certificate belong together
    /// and are unchanged, not who signed; the caller must say so, with the key's id.
    Carried,
}

/// Signs claims: a compact JWS. The same claims and key always give the same text.
///
/// # Errors
/// [`Fault::Bug`] when the claims cannot be written.
pub fn issue(claims: &Claims, key: &SigningKey) -> Result<String, Fault> {
    let public = key.public();
    let jwk = public.to_jwk();
    let header = Header {
        alg: "EdDSA".to_owned(),
        jwk: Some(HeaderKey { crv: jwk.crv, kty: jwk.kty, x: jwk.x }),
        kid: public.kid().to_owned(),
        typ: TYPE.to_owned(),
    };
    let encode = |json: String| URL_SAFE_NO_PAD.encode(json);
    let message =
        format!("{}.{}", encode(canonical_json(&header)?), encode(canonical_json(claims)?));
    let signature = URL_SAFE_NO_PAD.encode(key.sign(message.as_bytes()));
    Ok(format!("{message}.{signature}"))
}

/// Reads a certificate signed with one of `keys`, without looking at any data.
///
/// # Errors
/// `certificate-malformed`, `certificate-key-unknown`, `certificate-signature`.
pub fn open(jws: &str, keys: &[PublicKey]) -> Result<Claims, Fault> {
    Ok(open_signed(jws, Trust::Listed(keys))?.claims)
}

/// As [`open`], with the keys to trust, and tells which key signed.
///
/// # Errors
/// As [`open`].
pub fn open_signed(jws: &str, trust: Trust<'_>) -> Result<Opened, Fault> {
    if jws.len() > BYTES_MAX {
        return Err(malformed());
    }
    // One end of line, as editors and this tool write it; nothing else is passed over.
    let jws = jws.strip_suffix('\n').unwrap_or(jws);
    let jws = jws.strip_suffix('\r').unwrap_or(jws);
    let (message, signature) = jws.rsplit_once('.').ok_or_else(malformed)?;
    let (header, payload) = message.split_once('.').ok_or_else(malformed)?;
    let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).map_err(|_| malformed());
    let header: Header = serde_json::from_slice(&decode(header)?).map_err(|_| malformed())?;
    if header.alg != "EdDSA" || header.typ != TYPE {
        return Err(malformed());
    }
    let carried = header.jwk.map(|key| key.public()).transpose()?;
    if carried.as_ref().is_some_and(|key| key.kid() != header.kid) {
        return Err(malformed());
    }
    let known = match trust {
        Trust::Listed(keys) => keys.iter().find(|key| key.kid() == header.kid).cloned(),
        Trust::Carried => carried,
    };
    let signer = known.ok_or_else(|| match trust {
        Trust::Listed(_) => Fault::input(
            "certificate-key-unknown",
            format!("서명 키 {}가 키 목록에 없습니다.", header.kid),
            format!("the signing key {} is not among the keys given", header.kid),
        ),
        Trust::Carried => Fault::input(
            "certificate-key-unknown",
            "인증서에 공개키가 없습니다. 발급자의 키 목록(JWKS)을 주십시오.",
            "the certificate carries no key; give the issuer's list of keys (JWKS)",
        ),
    })?;
    let signature: [u8; 64] = decode(signature)?.try_into().map_err(|_| malformed())?;
    if !signer.accepts(message.as_bytes(), &signature) {
        return Err(Fault::input(
            "certificate-signature",
            "서명이 맞지 않습니다. 인증서가 위조되었거나 손상되었습니다.",
            "the signature is wrong: the certificate was forged or damaged",
        ));
    }
    let claims = serde_json::from_slice(&decode(payload)?).map_err(|_| malformed())?;
    Ok(Opened { claims, signer })
}

impl HeaderKey {
    fn public(self) -> Result<PublicKey, Fault> {
        let Self { crv, kty, x } = self;
        let jwk = Jwk { kty, crv, x, kid: None, alg: None, usage: None };
        PublicKey::from_jwk(&jwk).map_err(|_| malformed())
    }
}

fn malformed() -> Fault {
    Fault::input(
        "certificate-malformed",
        "장터 인증서 형식이 아닙니다.",
        "this is not a certificate of the exchange",
    )
}
