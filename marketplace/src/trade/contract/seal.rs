//! The exchange's counter-signature: a compact JWS (RFC 7515, EdDSA) that anybody can check with
//! `/.well-known/jwks.json`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use ed25519_dalek::Signer as _;
use serde_json::{Value, json};

use crate::auth::keys::Keys;
use crate::error::AppResult;

/// Media type of what is signed, so that a contract's signature is never taken for a token or a
/// certificate.
const TYPE: &str = "jangteo-contract+jws";

/// Signs `payload` with the current key.
pub(super) fn seal(keys: &Keys, payload: &Value) -> AppResult<String> {
    let key = keys.current()?;
    let header = json!({"alg": "EdDSA", "kid": key.kid, "typ": TYPE});
    let signed = format!(
        "{}.{}",
        BASE64.encode(header.to_string()),
        BASE64.encode(payload.to_string())
    );
    let signature = key.signing.sign(signed.as_bytes());
    Ok(format!("{signed}.{}", BASE64.encode(signature.to_bytes())))
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
    use ed25519_dalek::{Signature, Verifier as _};
    use serde_json::json;

    use super::seal;
    use crate::auth::keys::Keys;

    #[test]
    fn the_seal_is_checked_with_the_public_key_and_breaks_when_changed() {
        let dir = tempfile::tempdir().unwrap();
        let keys = Keys::open(dir.path()).unwrap();
        let jws = seal(&keys, &json!({"terms_hash": "ab"})).unwrap();
        let (signed, signature) = jws.rsplit_once('.').unwrap();
        let signature = Signature::from_slice(&BASE64.decode(signature).unwrap()).unwrap();
        let public = keys.current().unwrap().signing.verifying_key();
        public.verify(signed.as_bytes(), &signature).unwrap();
        assert!(public.verify(format!("{signed}x").as_bytes(), &signature).is_err());
        let payload = BASE64.decode(signed.split('.').nth(1).unwrap()).unwrap();
        assert_eq!(payload, br#"{"terms_hash":"ab"}"#);
    }
}
