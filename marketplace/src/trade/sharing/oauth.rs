//! Client credentials of OAuth 2.0 (RFC 6749, section 4.4): a secret for a token that lives an hour.
//!
//! The token is a JWT of a type of its own, so that it is never taken for that of a person. It names the
//! credential and the number of its secret; whether both still hold is looked up at each use.

use actix_web::web::{Bytes, Data, Query};
use actix_web::{HttpRequest, HttpResponse, http::header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use jsonwebtoken::{Algorithm, Header, Validation};
use schema::api::trade::CredentialKind;
use schema::id::ShareCredentialId;
use schema::time::Instant;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::delta::{self, Failure};
use super::service;
use crate::app::App;
use crate::auth::keys::Keys;
use crate::error::AppResult;
use crate::http::extract::credentials;

/// How long a token lives. Clients renew it ten minutes before its end.
const TOKEN_SECS: i64 = 3_600;
/// Type of the token.
const TYPE: &str = "jangteo-share+jwt";
/// Who issues and who accepts it.
const ISSUER: &str = "jangteo/sharing";

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: ShareCredentialId,
    generation: i64,
    iat: i64,
    exp: i64,
}

/// A request for a token.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct TokenForm {
    /// `client_credentials`.
    #[serde(default)]
    pub grant_type: String,
    /// Ignored: a credential reaches what it was made for.
    #[serde(default)]
    pub scope: Option<String>,
    /// Id of the credential, where it is not sent as `Authorization: Basic`.
    #[serde(default)]
    pub client_id: Option<String>,
    /// Its secret, likewise.
    #[serde(default)]
    pub client_secret: Option<String>,
}

/// Gives a token for the id and the secret of a credential (OAuth 2.0 client credentials).
#[utoipa::path(post, path = "/oauth/token", tag = "sharing",
    request_body(content = TokenForm, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, body = Value, description = "`access_token`, `token_type`, `expires_in`"),
              (status = 400, body = Value, description = "`error` after RFC 6749"),
              (status = 401, body = Value, description = "`error`: `invalid_client`")))]
pub async fn token_create(app: Data<App>, request: HttpRequest, body: Bytes) -> HttpResponse {
    match answer(&app, &request, &body).await {
        Ok(answer) => answer,
        Err(error) => delta::answered(Err(Failure::from(error))),
    }
}

async fn answer(app: &App, request: &HttpRequest, body: &[u8]) -> AppResult<HttpResponse> {
    let refuse = |status: u16, error: &str| delta::plain(status, &json!({"error": error}));
    let text = std::str::from_utf8(body).unwrap_or("?");
    let Ok(form) = Query::<TokenForm>::from_query(text).map(Query::into_inner) else {
        return Ok(refuse(400, "invalid_request"));
    };
    let Some((id, secret)) = basic(request).or_else(|| form.client_id.zip(form.client_secret))
    else {
        return Ok(refuse(401, "invalid_client"));
    };
    let now = app.clock.now();
    let shared = app.clone();
    let found = app
        .store
        .read(move |db| {
            let Ok(id) = id.parse::<ShareCredentialId>() else { return Ok(None) };
            let (key, kind) = (&shared.root_key, CredentialKind::Oauth);
            service::recognised_in(db, key, (id, &secret), kind, now)
        })
        .await?;
    let Some(row) = found else { return Ok(refuse(401, "invalid_client")) };
    if form.grant_type != "client_credentials" {
        return Ok(refuse(400, "unsupported_grant_type"));
    }
    let token = issue(&app.keys, row.id, row.generation, now)?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(json!({"access_token": token, "token_type": "Bearer", "expires_in": TOKEN_SECS})))
}

/// Id and secret of `Authorization: Basic`.
fn basic(request: &HttpRequest) -> Option<(String, String)> {
    let text = String::from_utf8(BASE64.decode(credentials(request, "basic")?).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    Some((id.to_owned(), secret.to_owned()))
}

fn issue(
    keys: &Keys,
    credential: ShareCredentialId,
    generation: i64,
    now: Instant,
) -> AppResult<String> {
    let key = keys.current()?;
    let claims = Claims {
        iss: ISSUER.to_owned(),
        aud: ISSUER.to_owned(),
        sub: credential,
        generation,
        iat: now.as_secs(),
        exp: now.as_secs() + TOKEN_SECS,
    };
    let mut header = Header::new(Algorithm::EdDSA);
    header.typ = Some(TYPE.to_owned());
    header.kid = Some(key.kid.clone());
    jsonwebtoken::encode(&header, &claims, &key.encoding)
        .map_err(|error| anyhow::anyhow!("token could not be signed: {error}").into())
}

/// The credential of a token and the number of its secret, if the token was given here and has not
/// expired at `now`.
pub(super) fn read(keys: &Keys, token: &str, now: Instant) -> Option<(ShareCredentialId, i64)> {
    let header = jsonwebtoken::decode_header(token).ok()?;
    let key = keys.find(header.kid.as_deref()?).filter(|_| header.typ.as_deref() == Some(TYPE))?;
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.set_issuer(&[ISSUER]);
    validation.set_audience(&[ISSUER]);
    // Expiry is judged by the injected clock.
    validation.validate_exp = false;
    let claims = jsonwebtoken::decode::<Claims>(token, &key.decoding, &validation).ok()?.claims;
    (now.as_secs() < claims.exp).then_some((claims.sub, claims.generation))
}

#[cfg(test)]
mod tests {
    use schema::id::ShareCredentialId;
    use schema::time::Instant;

    use super::{issue, read};
    use crate::auth::keys::Keys;
    use crate::auth::token;

    #[test]
    fn a_token_names_its_credential_for_an_hour_and_is_nobodys_session() {
        let dir = tempfile::tempdir().unwrap();
        let keys = Keys::open(dir.path()).unwrap();
        let id: ShareCredentialId = "shc_00000000000000000000000001".parse().unwrap();
        let at = |secs: i64| Instant::from_micros(secs * 1_000_000).unwrap();
        let sent = issue(&keys, id, 2, at(100)).unwrap();
        assert_eq!(read(&keys, &sent, at(3_699)), Some((id, 2)));
        assert_eq!(read(&keys, &sent, at(3_700)), None);
        assert!(token::verify(&keys, &sent, at(100)).is_err());
        assert_eq!(read(&keys, "shc_1.x", at(100)), None);
    }
}
