//! The exchange's counter-signature: a compact JWS (RFC 7515, EdDSA) that anybody can check with
//! `/.well-known/jwks.json`.

use jsonwebtoken::{Algorithm, Header};
use serde_json::Value;

use crate::auth::keys::Keys;
use crate::error::AppResult;

/// Media type of what is signed, so that a contract's signature is never taken for a token or a
/// certificate.
const TYPE: &str = "jangteo-contract+jws";

/// Signs `payload` with the current key.
pub(super) fn seal(keys: &Keys, payload: &Value) -> AppResult<String> {
    let key = keys.current()?;
    let mut header = Header::new(Algorithm::EdDSA);
    header.typ = Some(TYPE.to_owned());
    header.kid = Some(key.kid.clone());
    jsonwebtoken::encode(&header, payload, &key.encoding)
        .map_err(|error| anyhow::anyhow!("contract could not be signed: {error}").into())
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::{Algorithm, Validation};
    use schema::time::Instant;
    use serde_json::{Value, json};

    use super::seal;
    use crate::auth::keys::Keys;
    use crate::auth::token;

    #[test]
    fn the_seal_is_checked_with_the_public_key_and_is_no_token() {
        let dir = tempfile::tempdir().unwrap();
        let keys = Keys::open(dir.path()).unwrap();
        let payload = json!({"terms_hash": "ab"});
        let jws = seal(&keys, &payload).unwrap();
        let header = jsonwebtoken::decode_header(&jws).unwrap();
        assert_eq!(header.typ.as_deref(), Some("jangteo-contract+jws"));
        let key = keys.find(header.kid.as_deref().unwrap()).unwrap();
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.validate_exp = false;
        validation.required_spec_claims.clear();
        let read = |jws: &str| jsonwebtoken::decode::<Value>(jws, &key.decoding, &validation);
        assert_eq!(read(&jws).unwrap().claims, payload);
        let other = seal(&keys, &json!({"terms_hash": "cd"})).unwrap();
        let (signed, _) = jws.rsplit_once('.').unwrap();
        let (_, signature) = other.rsplit_once('.').unwrap();
        assert!(read(&format!("{signed}.{signature}")).is_err());
        assert!(token::verify(&keys, &jws, Instant::from_micros(0).unwrap()).is_err());
    }
}
