//! Credentials in a text: keys and tokens whose form nothing else has (R-170).
//!
//! A token must vary as one does, so that masks (one letter again and again) and placeholders pass.
//!
//! Deliberately absent: secrets without a form of their own. A password in a cell of its own is told
//! by the header at most.

use std::sync::LazyLock;

use regex::Regex;

/// Different characters that a token has at least.
const DIFFERENT_MIN: usize = 8;
/// Bytes of the shortest text that can hold any.
const SHORTEST: usize = 12;

static TOKENS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let forms = [
        // Access keys of Amazon, temporary ones too.
        r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
        // JSON Web Tokens: both halves begin with an encoded `{"`.
        r"\beyJ[0-9A-Za-z_-]{8,}\.eyJ[0-9A-Za-z_-]{8,}\.[0-9A-Za-z_-]{16,}",
        r"\bgh[pousr]_[0-9A-Za-z]{36}",
        r"\bgithub_pat_[0-9A-Za-z_]{60,}",
        r"\bglpat-[0-9A-Za-z_-]{20}",
        r"\bxox[abeoprs]-[0-9A-Za-z-]{20,}",
        r"\b[sr]k_live_[0-9A-Za-z]{24}",
        r"\bAIza[0-9A-Za-z_-]{35}",
        r"\bnpm_[0-9A-Za-z]{36}",
    ];
    Regex::new(&forms.join("|")).ok()
});

static OTHERS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let forms = [
        r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----",
        // `postgres://user:password@host`.
        r"\b[a-z][a-z0-9+.-]*://[^\s/:@]+:[^\s/:@]+@[^\s/]",
        // `Server=…;Pwd=…;`
        r"(?i)\b(?:pwd|password|passwd)=[^\s;,&*]{4,}",
    ];
    Regex::new(&forms.join("|")).ok()
});

/// Whether a text holds a credential.
pub(crate) fn has_secret(text: &str) -> bool {
    if text.len() < SHORTEST {
        return false;
    }
    let token = |found: regex::Match<'_>| {
        let mut letters: Vec<char> = found.as_str().chars().collect();
        letters.sort_unstable();
        letters.dedup();
        letters.len() >= DIFFERENT_MIN
    };
    TOKENS.as_ref().is_some_and(|tokens| tokens.find_iter(text).any(token))
        || OTHERS.as_ref().is_some_and(|others| others.is_match(text))
}

#[cfg(test)]
mod tests {
    use super::has_secret;

    #[test]
    fn r_170_credentials_are_told_by_their_form() {
        // Put together here, so that no scanner takes this file for a leak.
        let body = "8f3aB7kQ2mZx9LpT4vWc6YdR1sNe5HgJ0uKi";
        for text in [
            format!("key={}{}", "AKIA", "Z7Q2M4X9LPT4VWC6"),
            format!("{}{body}", "ghp_"),
            format!("{}{}", "glpat-", &body[..20]),
            format!("{}1234567890-{}", "xoxb-", &body[..20]),
            format!("{}{}", "sk_live_", &body[..24]),
            format!("{}{}", "AIza", &body[..35]),
            format!("비고: {}.{}.{}", "eyJhbGciOiJIUzI1NiJ9", "eyJzdWIiOiIxMjM0In0", &body[..20]),
            format!("-----BEGIN {}PRIVATE KEY-----", "RSA "),
            format!("-----BEGIN {}-----", "PRIVATE KEY"),
            format!("postgres://plc:{}@10.0.0.7/line", "s3cr3t"),
            format!("Server=mes;Uid=sa;{}=p@ssw0rd!", "Pwd"),
        ] {
            assert!(has_secret(&text), "{text}");
        }
    }

    #[test]
    fn codes_of_things_are_no_credentials() {
        for text in [
            "AKIAAAAAAAAAAAAAAAAA",
            "AKIA-1234567890",
            "5f8928bb9c0189cc666ef19b",
            "LOT-20240301-048-001",
            "d41d8cd98f00b204e9800998ecf8427e",
            "-----BEGIN CERTIFICATE-----",
            "-----BEGIN PUBLIC KEY-----",
            "https://example.com/a:b",
            "http://10.0.0.7:8080/mes",
            "password=****",
            "glpat-",
            "eyJ",
            "가나다라마바사아자차카타파하",
        ] {
            assert!(!has_secret(text), "{text}");
        }
    }
}
