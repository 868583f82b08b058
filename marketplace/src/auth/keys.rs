//! Ed25519 signing keys: PKCS#8 PEM files in a directory. The newest by name signs; all verify, so a
//! key is rotated by adding a file and removing the old one when its last token has expired.

use std::path::Path;

use anyhow::{Context, Result, bail};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::{DecodePrivateKey, EncodePrivateKey, spki::der::pem::LineEnding};
use jsonwebtoken::{DecodingKey, EncodingKey};
use processing::certificate;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// One signing key.
pub struct Key {
    /// Thumbprint of the public key (RFC 7638).
    pub kid: String,
    /// Public part, base64url.
    pub x: String,
    /// For certificates.
    pub certifying: certificate::SigningKey,
    /// For tokens.
    pub encoding: EncodingKey,
    /// For tokens.
    pub decoding: DecodingKey,
}

impl Key {
    fn of(signing: SigningKey) -> Result<Key> {
        let x = BASE64.encode(signing.verifying_key().as_bytes());
        let thumb = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
        let pem = signing.to_pkcs8_pem(LineEnding::LF).context("encode signing key")?;
        Ok(Key {
            kid: BASE64.encode(Sha256::digest(thumb.as_bytes())),
            encoding: EncodingKey::from_ed_pem(pem.as_bytes()).context("signing key")?,
            decoding: DecodingKey::from_ed_components(&x).context("public key")?,
            certifying: certificate::SigningKey::from_seed(&signing.to_bytes()),
            x,
        })
    }
}

/// The keys of this installation; the last one signs.
pub struct Keys(Vec<Key>);

impl Keys {
    /// Reads the keys in `dir`, making a first one when there is none.
    pub fn open(dir: &Path) -> Result<Keys> {
        std::fs::create_dir_all(dir).with_context(|| format!("create {}", dir.display()))?;
        let mut names: Vec<_> = std::fs::read_dir(dir)?
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.extension().is_some_and(|end| end == "pem"))
            .collect();
        names.sort();
        if names.is_empty() {
            let path = dir.join("0001.pem");
            write_new(&path)?;
            names.push(path);
        }
        let mut keys = Vec::new();
        for path in names {
            let pem = std::fs::read_to_string(&path)?;
            let signing = SigningKey::from_pkcs8_pem(&pem)
                .with_context(|| format!("{} is not an Ed25519 PKCS#8 PEM", path.display()))?;
            keys.push(Key::of(signing)?);
        }
        Ok(Keys(keys))
    }

    /// The key that signs.
    pub fn current(&self) -> Result<&Key> {
        match self.0.last() {
            Some(key) => Ok(key),
            None => bail!("there is no signing key"),
        }
    }

    /// The key named `kid`.
    pub fn find(&self, kid: &str) -> Option<&Key> {
        self.0.iter().find(|key| key.kid == kid)
    }

    /// The public keys as a JWK set (RFC 7517, RFC 8037).
    pub fn jwks(&self) -> Value {
        let keys: Vec<Value> = self
            .0
            .iter()
            .map(|key| {
                json!({"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig",
                       "kid": key.kid, "x": key.x})
            })
            .collect();
        json!({ "keys": keys })
    }
}

/// Makes a key file that only its owner can read. Loses quietly to another process that made it.
fn write_new(path: &Path) -> Result<()> {
    use std::io::Write as _;
    let mut secret = [0u8; 32];
    getrandom::fill(&mut secret).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
    let pem = SigningKey::from_bytes(&secret).to_pkcs8_pem(LineEnding::LF)?;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(mut file) => {
            file.write_all(pem.as_bytes())?;
            Ok(file.sync_all()?)
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error).with_context(|| format!("write {}", path.display())),
    }
}
