//! A command sent twice is done once: the answer of a committed command is kept in the same
//! transaction and given again to the same principal with the same key.
//!
//! Only successes are kept: a refused command may be sent again with the same key after its cause is
//! cured. The same key with another body is refused.

use diesel::prelude::*;
use schema::code::Code;
use schema::time::Instant;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use crate::db::Db;
use crate::db::schema::idempotency::dsl;
use crate::error::AppResult;

/// What makes a command the same command.
#[derive(Clone, Debug)]
pub struct Ticket {
    /// Who sends it (a user id).
    pub principal: String,
    /// The client's key; `None` when the client does not ask for this protection.
    pub key: Option<String>,
    /// Digest of method, path and body.
    pub fingerprint: String,
}

impl Ticket {
    /// A ticket for `body` sent to `target` (method and path).
    pub fn new(principal: String, key: Option<String>, target: &str, body: &[u8]) -> Ticket {
        let mut hash = Sha256::new();
        hash.update(target.as_bytes());
        hash.update([0]);
        hash.update(body);
        Ticket { principal, key, fingerprint: hex(&hash.finalize()) }
    }
}

/// The answer of a command, and whether it is a repeat.
#[derive(Debug)]
pub struct Once<T> {
    /// The answer.
    pub value: T,
    /// Whether it was given before and nothing was done now.
    pub replayed: bool,
}

/// Does `work` unless its ticket was used, inside the caller's transaction.
pub fn once_in<T: Serialize + DeserializeOwned>(
    db: &mut Db,
    ticket: &Ticket,
    now: Instant,
    work: impl FnOnce(&mut Db) -> AppResult<T>,
) -> AppResult<Once<T>> {
    let Some(key) = &ticket.key else {
        return Ok(Once { value: work(db)?, replayed: false });
    };
    let seen: Option<(String, String)> = dsl::idempotency
        .filter(dsl::principal.eq(&ticket.principal))
        .filter(dsl::idempotency_key.eq(key))
        .select((dsl::fingerprint, dsl::answer))
        .first(db)
        .optional()?;
    if let Some((fingerprint, answer)) = seen {
        if fingerprint != ticket.fingerprint {
            return Err(Code::IdempotencyKeyReused
                .because(
                    "이 키는 내용이 다른 요청에 이미 쓰였습니다.",
                    "This key was already used with another request.",
                )
                .cure("새 키로 다시 보내 주세요.", "Send the request with a new key.")
                .into());
        }
        return Ok(Once { value: serde_json::from_str(&answer)?, replayed: true });
    }
    let value = work(db)?;
    diesel::insert_into(dsl::idempotency)
        .values((
            dsl::principal.eq(&ticket.principal),
            dsl::idempotency_key.eq(key),
            dsl::fingerprint.eq(&ticket.fingerprint),
            dsl::answer.eq(serde_json::to_string(&value)?),
            dsl::created_at.eq(now.as_micros()),
        ))
        .execute(db)?;
    Ok(Once { value, replayed: false })
}

/// Forgets keys made before `before`. Answers how many.
pub fn sweep_in(db: &mut Db, before: Instant) -> AppResult<usize> {
    Ok(diesel::delete(dsl::idempotency.filter(dsl::created_at.lt(before.as_micros())))
        .execute(db)?)
}

/// The bytes that hexadecimal `text` stands for.
pub fn unhex(text: &str) -> Option<Vec<u8>> {
    let pair = |at: usize| u8::from_str_radix(text.get(at..at + 2)?, 16).ok();
    (0..text.len()).step_by(2).map(pair).collect()
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
