//! Login, refresh and logout.
//!
//! A refresh token works once. When an old one is used again, somebody has a copy: the whole session
//! ends, and both the thief and the person must sign in anew.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use diesel::prelude::*;
use schema::api::parties::{Login, Tokens};
use schema::code::Code;
use schema::id::{self, AuditId, SessionId, UserId};
use schema::problem::Refusal;
use schema::time::Instant;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::store;
use crate::app::App;
use crate::audit::{self, Entry};
use crate::auth::{Principal, password, token};
use crate::db::schema::{refresh_tokens, sessions};
use crate::db::{Db, Loaded, one_row};
use crate::error::AppResult;
use crate::idempotency::hex;
use crate::limits;

struct Opaque {
    text: String,
    hash: String,
}

fn opaque() -> AppResult<Opaque> {
    let mut bytes = [0u8; 32];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
    let text = BASE64.encode(bytes);
    Ok(Opaque { hash: hash(&text), text })
}

fn hash(token: &str) -> String {
    hex(&Sha256::digest(token.as_bytes()))
}

/// Checks e-mail and password and opens a session.
pub async fn login(app: &App, login: Login) -> AppResult<Tokens> {
    let email = login.email.trim().to_lowercase();
    let user = app.store.read(move |db| Ok(store::user_by_email(db, &email)?)).await?;
    let now = app.clock.now();
    if let Some(until) = user.as_ref().and_then(|user| user.locked_until)
        && now.as_micros() < until
    {
        return Err(throttled((until - now.as_micros()) / 1_000_000 + 1).into());
    }
    let known = user.as_ref().map(|user| user.password_hash.clone());
    let turn = app.password_checks.acquire().await.map_err(anyhow::Error::from)?;
    let right = crate::db::store::blocking(move || {
        Ok(password::verify(&login.password.0, known.as_deref()))
    })
    .await?;
    drop(turn);
    let Some(user) = user else { return Err(failed().into()) };
    if !right {
        app.store.write(move |db| fail_in(db, user.id, now)).await?;
        return Err(failed().into());
    }
    let who = Principal {
        user: user.id,
        org: user.org_id,
        session: app.clock.fresh::<id::Session>(),
        roles: store::roles_of(&user.roles)?,
    };
    let next = opaque()?;
    let (opened, token_hash) = (who.clone(), next.hash.clone());
    app.store
        .write(move |db| {
            store::set_failures(db, opened.user, 0, None)?;
            open_in(db, &opened, now)?;
            add_token_in(db, opened.session, &token_hash, now)
        })
        .await?;
    tokens(app, &who, next.text, now)
}

/// Counts a failure from what is stored now, so that guesses sent at once are counted each and none
/// of them ends a pause that another has begun.
fn fail_in(db: &mut Db, id: UserId, now: Instant) -> AppResult<()> {
    let user = store::user(db, id).or_not_found("user")?;
    if user.locked_until.is_some_and(|until| now.as_micros() < until) {
        return Ok(());
    }
    let failures = user.failures + 1;
    let pause = failures >= limits::LOGIN_FAILURES_MAX;
    let until = now.checked_add_secs(limits::LOGIN_PAUSE_SECS).filter(|_| pause);
    // After the pause the count starts again.
    let failures = if pause { 0 } else { failures };
    one_row(store::set_failures(db, id, failures, until.map(Instant::as_micros)))
}

/// Opens the session that `who` names.
pub(crate) fn open_in(db: &mut Db, who: &Principal, now: Instant) -> AppResult<()> {
    let end = now.checked_add_secs(limits::SESSION_SECS).unwrap_or(Instant::MAX);
    diesel::insert_into(sessions::table)
        .values((
            sessions::id.eq(who.session),
            sessions::user_id.eq(who.user),
            sessions::created_at.eq(now.as_micros()),
            sessions::expires_at.eq(end.as_micros()),
        ))
        .execute(db)?;
    Ok(())
}

fn add_token_in(db: &mut Db, session: SessionId, hash: &str, now: Instant) -> AppResult<()> {
    diesel::insert_into(refresh_tokens::table)
        .values((
            refresh_tokens::token_hash.eq(hash.to_owned()),
            refresh_tokens::session_id.eq(session),
            refresh_tokens::created_at.eq(now.as_micros()),
        ))
        .execute(db)?;
    Ok(())
}

/// What a refresh token turned out to be.
enum Renewal {
    /// Good; the session goes on.
    Renewed(Principal),
    /// Unknown, expired, or of an ended session.
    Invalid,
    /// Used before; the session has been ended.
    Reused,
}

/// Exchanges a refresh token for the next pair.
pub async fn refresh(app: &App, sent: &str) -> AppResult<Tokens> {
    let (now, sent, next) = (app.clock.now(), hash(sent), opaque()?);
    let (next_hash, audit) = (next.hash.clone(), app.clock.fresh());
    // The end of a reused session must be committed, so it is not an error inside the transaction.
    let renewal = app.store.write(move |db| renew_in(db, &sent, &next_hash, now, audit)).await?;
    match renewal {
        Renewal::Renewed(who) => tokens(app, &who, next.text, now),
        Renewal::Invalid => Err(Code::RefreshInvalid
            .because("갱신 토큰이 유효하지 않습니다.", "The refresh token is not valid.")
            .cure("다시 로그인해 주세요.", "Sign in again.")
            .into()),
        Renewal::Reused => Err(Code::RefreshReused
            .because(
                "이미 쓴 갱신 토큰입니다. 안전을 위해 세션을 끝냈습니다.",
                "This refresh token was used before. The session has been ended for safety.",
            )
            .cure("다시 로그인해 주세요.", "Sign in again.")
            .into()),
    }
}

fn renew_in(
    db: &mut Db,
    sent: &str,
    next: &str,
    now: Instant,
    audit: AuditId,
) -> AppResult<Renewal> {
    let found: Option<(SessionId, i64, Option<i64>)> = refresh_tokens::table
        .filter(refresh_tokens::token_hash.eq(sent.to_owned()))
        .select((refresh_tokens::session_id, refresh_tokens::created_at, refresh_tokens::used_at))
        .first(db)
        .optional()?;
    let Some((session, made, used)) = found else { return Ok(Renewal::Invalid) };
    let (user, expires, ended): (UserId, i64, Option<i64>) = sessions::table
        .filter(sessions::id.eq(session))
        .select((sessions::user_id, sessions::expires_at, sessions::ended_at))
        .first(db)?;
    let idle = now.as_micros() - made > limits::REFRESH_IDLE_SECS * 1_000_000;
    if ended.is_some() || now.as_micros() >= expires || idle {
        return Ok(Renewal::Invalid);
    }
    if used.is_some() {
        end_in(db, session, "reused", now)?;
        audit::record_in(
            db,
            &Entry {
                id: audit,
                at: now,
                who: None,
                object: session.as_str(),
                action: "session.reuse-detected",
                from: Some("open"),
                to: Some("ended"),
                reason: None,
                body: json!({"user": user}),
            },
        )?;
        return Ok(Renewal::Reused);
    }
    one_row(
        diesel::update(
            refresh_tokens::table
                .filter(refresh_tokens::token_hash.eq(sent.to_owned()))
                .filter(refresh_tokens::used_at.is_null()),
        )
        .set(refresh_tokens::used_at.eq(Some(now.as_micros())))
        .execute(db),
    )?;
    add_token_in(db, session, next, now)?;
    let Some(user) = store::user(db, user)? else { return Ok(Renewal::Invalid) };
    let roles = store::roles_of(&user.roles)?;
    Ok(Renewal::Renewed(Principal { user: user.id, org: user.org_id, session, roles }))
}

fn end_in(db: &mut Db, session: SessionId, why: &str, now: Instant) -> AppResult<()> {
    diesel::update(
        sessions::table.filter(sessions::id.eq(session)).filter(sessions::ended_at.is_null()),
    )
    .set((
        sessions::ended_at.eq(Some(now.as_micros())),
        sessions::ended_why.eq(Some(why.to_owned())),
    ))
    .execute(db)?;
    Ok(())
}

/// Whether a session is open.
pub fn is_open_in(db: &mut Db, session: SessionId, now: Instant) -> AppResult<bool> {
    let found: Option<(i64, Option<i64>)> = sessions::table
        .filter(sessions::id.eq(session))
        .select((sessions::expires_at, sessions::ended_at))
        .first(db)
        .optional()?;
    Ok(found.is_some_and(|(expires, ended)| ended.is_none() && now.as_micros() < expires))
}

/// Ends the caller's session. Its access token lives on until it expires.
pub async fn logout(app: &App, who: Principal) -> AppResult<()> {
    let now = app.clock.now();
    app.store.write(move |db| end_in(db, who.session, "logout", now)).await
}

fn tokens(app: &App, who: &Principal, refresh_token: String, now: Instant) -> AppResult<Tokens> {
    Ok(Tokens {
        access_token: token::issue(&app.keys, who, now)?,
        token_type: "Bearer".to_owned(),
        expires_in: limits::ACCESS_TOKEN_SECS,
        refresh_token,
    })
}

fn failed() -> Refusal {
    Code::LoginFailed.because(
        "이메일 또는 비밀번호가 맞지 않습니다.",
        "The e-mail address or the password is wrong.",
    )
}

fn throttled(secs: i64) -> Refusal {
    Code::LoginThrottled
        .because(
            format!("로그인 실패가 이어져 {secs}초 동안 쉽니다."),
            format!("After several failures this account pauses for {secs} s."),
        )
        .with("retry_after", secs)
}
