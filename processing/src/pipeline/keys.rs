//! Secret keys of a run, by name. They are in no specification, no lineage and no message.

use std::collections::BTreeMap;
use std::fmt;

use hmac::{Hmac, KeyInit as _};
use sha2::Sha256;

use crate::error::Fault;
use crate::near::{hint, near};

/// Bytes of the shortest key: 128 bits, if they are random.
const KEY_BYTES_MIN: usize = 16;
/// Bytes of the longest key.
const KEY_BYTES_MAX: usize = 4_096;

/// The keys that a run may use.
#[derive(Clone, Default)]
pub struct Keys {
    keys: BTreeMap<String, Hmac<Sha256>>,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.keys.keys()).finish()
    }
}

impl Keys {
    /// Adds a key under a name; one of that name is replaced.
    ///
    /// # Errors
    /// `key-invalid` when it has fewer than 16 or more than 4,096 bytes.
    pub fn add(&mut self, name: &str, secret: &[u8]) -> Result<(), Fault> {
        let invalid = || {
            Fault::input(
                "key-invalid",
                format!("키 ‘{name}’은(는) 16~4,096바이트여야 합니다. 임의의 32바이트를 권합니다."),
                format!("the key “{name}” needs 16 to 4,096 bytes; 32 random bytes are best"),
            )
        };
        if !(KEY_BYTES_MIN..=KEY_BYTES_MAX).contains(&secret.len()) {
            return Err(invalid());
        }
        let mac = Hmac::new_from_slice(secret).map_err(|_| invalid())?;
        self.keys.insert(name.to_owned(), mac);
        Ok(())
    }

    /// The key of a name, ready to hash.
    pub(super) fn mac(&self, name: &str) -> Result<Hmac<Sha256>, Fault> {
        self.keys.get(name).cloned().ok_or_else(|| {
            let (ko, en) = hint(&near(name, self.keys.keys().map(String::as_str)));
            Fault::input(
                "key-missing",
                format!("키 ‘{name}’이(가) 없습니다. --key {name}=파일로 주십시오.{ko}"),
                format!("there is no key “{name}”; give it with --key {name}=FILE{en}"),
            )
        })
    }
}
