//! Password hashing with argon2id (RFC 9106, the crate's default: 19 MiB, two passes).

use std::sync::OnceLock;

use anyhow::anyhow;
use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};

/// The PHC string of `password`. Takes tens of milliseconds: never on a request thread.
pub fn hash(password: &str) -> anyhow::Result<String> {
    let hash: PasswordHash = Argon2::default()
        .hash_password(password.as_bytes())
        .map_err(|error| anyhow!("password hashing failed: {error}"))?;
    Ok(hash.to_string())
}

/// Whether `password` has the PHC string `hash`. With no hash it takes the same time and says no,
/// so that an answer does not tell which accounts exist.
pub fn verify(password: &str, hash: Option<&str>) -> bool {
    static NOBODY: OnceLock<String> = OnceLock::new();
    let known = hash.is_some();
    let hash = hash.unwrap_or_else(|| {
        NOBODY.get_or_init(|| self::hash("nobody has this password").unwrap_or_default())
    });
    let Ok(parsed) = PasswordHash::new(hash) else { return false };
    Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok() && known
}

#[cfg(test)]
mod tests {
    #[test]
    fn only_the_right_password_of_a_known_account_passes() {
        let hash = super::hash("올바른 비밀번호 10자").unwrap();
        assert!(hash.starts_with("$argon2id$v=19$"));
        assert!(super::verify("올바른 비밀번호 10자", Some(&hash)));
        assert!(!super::verify("올바른 비밀번호 10", Some(&hash)));
        assert!(!super::verify("nobody has this password", None));
        assert!(!super::verify("x", Some("not a hash")));
    }
}
