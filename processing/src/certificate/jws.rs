//! The compact JWS around the claims (RFC 7515, RFC 8037).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use schema::data::certificate::Claims;
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
    kid: String,
    typ: String,
}

/// Signs claims: a compact JWS. The same claims and key always give the same text.
///
/// # Errors
/// [`Fault::Bug`] when the claims cannot be written.
pub fn issue(claims: &Claims, key: &SigningKey) -> Result<String, Fault> {
    let header = Header {
        alg: "EdDSA".to_owned(),
        kid: key.public().kid().to_owned(),
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
    let jws = jws.trim();
    let malformed = || {
        Fault::input(
            "certificate-malformed",
            "장터 인증서 형식이 아닙니다.",
            "this is not a certificate of the exchange",
        )
    };
    if jws.len() > BYTES_MAX {
        return Err(malformed());
    }
    let (message, signature) = jws.rsplit_once('.').ok_or_else(malformed)?;
    let (header, payload) = message.split_once('.').ok_or_else(malformed)?;
    let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).map_err(|_| malformed());
    let header: Header = serde_json::from_slice(&decode(header)?).map_err(|_| malformed())?;
    if header.alg != "EdDSA" || header.typ != TYPE {
        return Err(malformed());
    }
    let key = keys.iter().find(|key| key.kid() == header.kid).ok_or_else(|| {
        Fault::input(
            "certificate-key-unknown",
            format!("서명 키 {}가 키 목록에 없습니다.", header.kid),
            format!("the signing key {} is not among the keys given", header.kid),
        )
    })?;
    let signature: [u8; 64] = decode(signature)?.try_into().map_err(|_| malformed())?;
    if !key.accepts(message.as_bytes(), &signature) {
        return Err(Fault::input(
            "certificate-signature",
            "서명이 맞지 않습니다. 인증서가 위조되었거나 손상되었습니다.",
            "the signature is wrong: the certificate was forged or damaged",
        ));
    }
    serde_json::from_slice(&decode(payload)?).map_err(|_| malformed())
}
