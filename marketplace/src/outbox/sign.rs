//! Secrets and signatures of deliveries, after the Standard Webhooks specification, and the key of the
//! installation that they and other secrets are derived from.
//!
//! A secret is derived from a key of the installation, the id of the webhook and the number of the
//! secret. So the database holds none, and a repeated command gives the same answer.

use std::path::Path;

use anyhow::{Context, Result, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, KeyInit, Mac};
use schema::id::WebhookId;
use sha2::Sha256;

/// Bytes of the key of the installation, and of a secret.
const KEY_BYTES: usize = 32;
/// How a secret begins when it is shown.
const PREFIX: &str = "whsec_";

/// The key that secrets are derived from: a file beside the signing keys.
pub struct RootKey([u8; KEY_BYTES]);

impl RootKey {
    /// Reads the key in `dir`, making it when there is none.
    pub fn open(dir: &Path) -> Result<RootKey> {
        let path = dir.join("webhooks.key");
        if !path.exists() {
            let mut bytes = [0; KEY_BYTES];
            getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("randomness: {error}"))?;
            std::fs::create_dir_all(dir).with_context(|| format!("create {}", dir.display()))?;
            let mut file = tempfile::NamedTempFile::new_in(dir)?;
            std::io::Write::write_all(&mut file, BASE64.encode(bytes).as_bytes())?;
            // Another process may have been faster: its key counts.
            if let Err(error) = file.persist_noclobber(&path)
                && !path.exists()
            {
                return Err(error.error).with_context(|| format!("write {}", path.display()));
            }
        }
        let text =
            std::fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
        match BASE64.decode(text.trim())?.try_into() {
            Ok(bytes) => Ok(RootKey(bytes)),
            Err(_) => bail!("{} is not a key of {KEY_BYTES} bytes", path.display()),
        }
    }

    /// The code of `text` under the key for one `purpose` (HMAC-SHA-256). Keys of two purposes have
    /// nothing to do with each other.
    ///
    /// # Errors
    /// None that a caller can cause.
    pub fn code(&self, purpose: &str, text: &str) -> Result<Vec<u8>> {
        mac(&mac(&self.0, &[purpose.as_bytes()])?, &[text.as_bytes()])
    }

    /// Whether `code` is that of `text`; takes the same time whatever is wrong.
    pub fn is_code(&self, purpose: &str, text: &str, code: &[u8]) -> Result<bool> {
        let key = mac(&self.0, &[purpose.as_bytes()])?;
        Ok(fed(&key, &[text.as_bytes()])?.verify_slice(code).is_ok())
    }

    /// The secret number `generation` of a webhook.
    pub(super) fn secret(&self, webhook: WebhookId, generation: i64) -> Result<Vec<u8>> {
        let about = format!("{webhook}.{generation}");
        mac(&self.0, &[about.as_bytes()])
    }

    /// The secret as its owner is shown it.
    pub(super) fn shown(&self, webhook: WebhookId, generation: i64) -> Result<String> {
        Ok(format!("{PREFIX}{}", BASE64.encode(self.secret(webhook, generation)?)))
    }
}

fn mac(key: &[u8], parts: &[&[u8]]) -> Result<Vec<u8>> {
    Ok(fed(key, parts)?.finalize().into_bytes().to_vec())
}

fn fed(key: &[u8], parts: &[&[u8]]) -> Result<Hmac<Sha256>> {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(key).map_err(|error| anyhow::anyhow!("{error}"))?;
    parts.iter().for_each(|part| mac.update(part));
    Ok(mac)
}

/// The `webhook-signature` of a message: one `v1,…` for each secret.
pub(super) fn header(
    secrets: &[Vec<u8>],
    id: &str,
    timestamp: &str,
    body: &[u8],
) -> Result<String> {
    let parts: [&[u8]; 5] = [id.as_bytes(), b".", timestamp.as_bytes(), b".", body];
    let signatures: Result<Vec<String>> = secrets
        .iter()
        .map(|secret| Ok(format!("v1,{}", BASE64.encode(mac(secret, &parts)?))))
        .collect();
    Ok(signatures?.join(" "))
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use schema::id::WebhookId;

    use super::{BASE64, RootKey, header};

    #[test]
    fn the_vector_of_the_standard_webhooks_libraries() {
        let secret = BASE64.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let body = br#"{"test": 2432232314}"#;
        let given = header(&[secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", body);
        assert_eq!(given.unwrap(), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_secret_belongs_to_one_webhook_and_number_and_lasts() {
        let dir = tempfile::tempdir().unwrap();
        let (one, two) = (id(1), id(2));
        let key = RootKey::open(dir.path()).unwrap();
        let first = key.shown(one, 1).unwrap();
        assert!(first.starts_with("whsec_") && first.len() == 50, "{first}");
        assert_ne!(first, key.shown(one, 2).unwrap());
        assert_ne!(first, key.shown(two, 1).unwrap());
        let again = RootKey::open(dir.path()).unwrap();
        assert_eq!(first, again.shown(one, 1).unwrap());
    }

    fn id(n: u128) -> WebhookId {
        WebhookId::from_uuid(uuid::Uuid::from_u128(n))
    }
}
