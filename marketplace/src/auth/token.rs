//! Access tokens: JWT signed with EdDSA, verified without the database.

use jsonwebtoken::{Algorithm, Header, Validation};
use schema::api::parties::Role;
use schema::code::Code;
use schema::id::{OrgId, SessionId, UserId};
use schema::time::Instant;
use serde::{Deserialize, Serialize};

use super::Principal;
use super::keys::Keys;
use crate::error::AppResult;
use crate::limits;

/// Who issues and who accepts the tokens.
const ISSUER: &str = "jangteo";

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: UserId,
    org: OrgId,
    sid: SessionId,
    roles: Vec<Role>,
    iat: i64,
    exp: i64,
}

/// A token for `who`, valid from `now` for [`limits::ACCESS_TOKEN_SECS`].
pub fn issue(keys: &Keys, who: &Principal, now: Instant) -> AppResult<String> {
    let key = keys.current()?;
    let claims = Claims {
        iss: ISSUER.to_owned(),
        aud: ISSUER.to_owned(),
        sub: who.user,
        org: who.org,
        sid: who.session,
        roles: who.roles.clone(),
        iat: now.as_secs(),
        exp: now.as_secs() + limits::ACCESS_TOKEN_SECS,
    };
    let mut header = Header::new(Algorithm::EdDSA);
    header.kid = Some(key.kid.clone());
    jsonwebtoken::encode(&header, &claims, &key.encoding)
        .map_err(|error| anyhow::anyhow!("token could not be signed: {error}").into())
}

/// The person named by `token`, if one of `keys` signed it and it has not expired at `now`.
pub fn verify(keys: &Keys, token: &str, now: Instant) -> AppResult<Principal> {
    let invalid = || {
        Code::Unauthenticated
            .because("토큰이 유효하지 않습니다.", "The token is not valid.")
            .cure("다시 로그인해 주세요.", "Sign in again.")
    };
    let header = jsonwebtoken::decode_header(token).map_err(|_| invalid())?;
    // Certificates are signed with the same keys; their type keeps them from passing as tokens.
    if header.typ.as_deref() != Some("JWT") {
        return Err(invalid().into());
    }
    let key = header.kid.as_deref().and_then(|kid| keys.find(kid)).ok_or_else(invalid)?;
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.set_issuer(&[ISSUER]);
    validation.set_audience(&[ISSUER]);
    // Expiry is judged by the injected clock below, not by the library's own.
    validation.validate_exp = false;
    let claims = jsonwebtoken::decode::<Claims>(token, &key.decoding, &validation)
        .map_err(|_| invalid())?
        .claims;
    if now.as_secs() >= claims.exp {
        return Err(Code::TokenExpired
            .because("토큰이 만료되었습니다.", "The token has expired.")
            .cure("갱신 토큰으로 새 토큰을 받으세요.", "Use the refresh token to get a new one.")
            .into());
    }
    Ok(Principal { user: claims.sub, org: claims.org, session: claims.sid, roles: claims.roles })
}

#[cfg(test)]
mod tests {
    use schema::api::parties::Role;
    use schema::time::Instant;

    use super::{issue, verify};
    use crate::auth::Principal;
    use crate::auth::keys::Keys;
    use crate::clock::Clock;

    #[test]
    fn a_token_is_accepted_by_its_own_keys_until_it_expires() {
        let (mine, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (mine, other) = (Keys::open(mine.path()).unwrap(), Keys::open(other.path()).unwrap());
        let clock = Clock::system();
        let who = Principal {
            user: clock.fresh(),
            org: clock.fresh(),
            session: clock.fresh(),
            roles: vec![Role::Buyer],
        };
        let now = Instant::from_micros(1_718_000_000_000_000).unwrap();
        let token = issue(&mine, &who, now).unwrap();
        assert_eq!(verify(&mine, &token, now).unwrap(), who);
        assert!(verify(&other, &token, now).is_err());
        let at = |secs| now.checked_add_secs(secs).unwrap();
        assert!(verify(&mine, &token, at(599)).is_ok());
        assert_eq!(
            verify(&mine, &token, at(600)).unwrap_err().to_refusal().code.slug(),
            "token-expired"
        );
        let mut flipped = token.clone().into_bytes();
        let middle = flipped.len() / 2;
        flipped[middle] = if flipped[middle] == b'A' { b'B' } else { b'A' };
        assert!(verify(&mine, &String::from_utf8(flipped).unwrap(), now).is_err());
        // A token that asks for no signature is refused.
        let none = format!("eyJhbGciOiJub25lIn0.{}.", token.split('.').nth(1).unwrap());
        assert!(verify(&mine, &none, now).is_err());
    }
}
