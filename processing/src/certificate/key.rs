//! Ed25519 keys as PEM (PKCS#8, RFC 8410) and as JWK (RFC 8037).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey, EncodePrivateKey};
use ed25519_dalek::{Signature, Signer, VerifyingKey};
use schema::data::certificate::{Jwk, Jwks};
use sha2::{Digest, Sha256};

use crate::error::Fault;

/// A private key. Its bytes are wiped when it is dropped, and never printed.
pub struct SigningKey {
    key: ed25519_dalek::SigningKey,
    public: PublicKey,
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SigningKey").field("kid", &self.public.kid).finish_non_exhaustive()
    }
}

impl SigningKey {
    /// A new key from the operating system's random source.
    ///
    /// # Errors
    /// [`Fault::Transient`] when that source fails.
    pub fn generate() -> Result<Self, Fault> {
        let mut seed = [0_u8; 32];
        getrandom::fill(&mut seed).map_err(|error| Fault::Transient(error.to_string()))?;
        Ok(Self::from_seed(&seed))
    }

    /// The key of a seed of 32 bytes.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        let key = ed25519_dalek::SigningKey::from_bytes(seed);
        let public = PublicKey::new(key.verifying_key());
        Self { key, public }
    }

    /// A key from PKCS#8 PEM, as `openssl genpkey -algorithm ed25519` writes it.
    ///
    /// # Errors
    /// `key-invalid`.
    pub fn from_pem(pem: &str) -> Result<Self, Fault> {
        let key = ed25519_dalek::SigningKey::from_pkcs8_pem(pem).map_err(|_| {
            Fault::input(
                "key-invalid",
                "Ed25519 개인키(PKCS#8 PEM)가 아닙니다.",
                "this is not an Ed25519 private key in PKCS#8 PEM",
            )
        })?;
        let public = PublicKey::new(key.verifying_key());
        Ok(Self { key, public })
    }

    /// The key as PKCS#8 PEM.
    ///
    /// # Errors
    /// [`Fault::Bug`] when it cannot be written.
    pub fn to_pem(&self) -> Result<String, Fault> {
        let pem = self.key.to_pkcs8_pem(LineEnding::LF);
        Ok(pem.map_err(|error| Fault::Bug(error.to_string()))?.as_str().to_owned())
    }

    /// The public half.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    pub(super) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.key.sign(message).to_bytes()
    }
}

/// A public key and its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    key: VerifyingKey,
    kid: String,
}

impl PublicKey {
    fn new(key: VerifyingKey) -> Self {
        let x = URL_SAFE_NO_PAD.encode(key.as_bytes());
        // RFC 7638: the required members in order, without blanks.
        let thumbprint = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
        let kid = URL_SAFE_NO_PAD.encode(Sha256::digest(thumbprint.as_bytes()));
        Self { key, kid }
    }

    /// The key id: the RFC 7638 thumbprint.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The key as JWK.
    pub fn to_jwk(&self) -> Jwk {
        Jwk {
            kty: "OKP".to_owned(),
            crv: "Ed25519".to_owned(),
            x: URL_SAFE_NO_PAD.encode(self.key.as_bytes()),
            kid: Some(self.kid.clone()),
            alg: Some("EdDSA".to_owned()),
            usage: Some("sig".to_owned()),
        }
    }

    /// A key from a JWK. A `kid` in it is not used: the id is always the thumbprint.
    ///
    /// # Errors
    /// `key-invalid`.
    pub fn from_jwk(jwk: &Jwk) -> Result<Self, Fault> {
        let bytes = URL_SAFE_NO_PAD.decode(&jwk.x).ok();
        let bytes: Option<[u8; 32]> = bytes.and_then(|bytes| bytes.try_into().ok());
        let key = bytes
            .filter(|_| jwk.kty == "OKP" && jwk.crv == "Ed25519")
            .and_then(|bytes| VerifyingKey::from_bytes(&bytes).ok())
            .filter(|key| !key.is_weak());
        key.map(Self::new).ok_or_else(|| {
            Fault::input(
                "key-invalid",
                "Ed25519 공개키(JWK)가 아닙니다.",
                "this is not an Ed25519 public key in JWK form",
            )
        })
    }

    /// The Ed25519 keys of a JWKS document; keys of other kinds are passed over. A single JWK will
    /// do as well.
    ///
    /// # Errors
    /// `key-invalid` when the text is no JWKS, or an Ed25519 key in it is broken.
    pub fn from_jwks(text: &str) -> Result<Vec<Self>, Fault> {
        let malformed =
            || Fault::input("key-invalid", "JWKS 문서가 아닙니다.", "this is not a JWKS document");
        let document: serde_json::Value = serde_json::from_str(text).map_err(|_| malformed())?;
        let single = std::slice::from_ref(&document);
        let keys = match document.get("keys") {
            Some(keys) => keys.as_array().map(Vec::as_slice).ok_or_else(malformed)?,
            None if document.get("kty").is_some() => single,
            None => return Err(malformed()),
        };
        keys.iter()
            .filter(|key| key.get("crv").and_then(|crv| crv.as_str()) == Some("Ed25519"))
            .map(|key| {
                let jwk: Jwk = serde_json::from_value(key.clone()).map_err(|_| malformed())?;
                Self::from_jwk(&jwk)
            })
            .collect()
    }

    /// A JWKS document of some keys.
    pub fn to_jwks(keys: &[Self]) -> Jwks {
        Jwks { keys: keys.iter().map(Self::to_jwk).collect() }
    }

    pub(super) fn accepts(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        self.key.verify_strict(message, &Signature::from_bytes(signature)).is_ok()
    }
}
