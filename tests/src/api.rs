//! The HTTP interface as one person uses it.

use std::future::{Future, IntoFuture};
use std::ops::Index;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use reqwest::header::HeaderMap;
use reqwest::{Method, RequestBuilder};
use schema::problem::Problem;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The interface, with or without a token.
#[derive(Clone, Debug)]
pub struct Api {
    http: reqwest::Client,
    base: Arc<str>,
    token: Arc<Mutex<Option<String>>>,
    keys: Arc<AtomicU64>,
}

impl Api {
    /// The same interface, of the same person, served at another address.
    #[must_use]
    pub fn at(&self, address: &str) -> Api {
        Api { base: format!("http://{address}").into(), ..self.clone() }
    }

    /// The interface at `base` without a token.
    pub fn new(base: String) -> Api {
        Api {
            http: reqwest::Client::new(),
            base: base.into(),
            token: Arc::default(),
            keys: Arc::default(),
        }
    }

    /// The same interface with a token.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Api {
        let token = Arc::new(Mutex::new(Some(token.to_owned())));
        Api { token, ..self.clone() }
    }

    /// Replaces the token.
    pub fn set_token(&self, token: &str) {
        *self.token.lock().expect("a lock") = Some(token.to_owned());
    }

    /// The token.
    pub fn token(&self) -> Option<String> {
        self.token.lock().expect("a lock").clone()
    }

    /// Host and port.
    pub fn address(&self) -> &str {
        self.base.strip_prefix("http://").unwrap_or(&self.base)
    }

    /// A request with `method` for `path`.
    pub fn call(&self, method: Method, path: &str) -> Call {
        let mut request = self.http.request(method.clone(), format!("{}{path}", self.base));
        if let Some(token) = self.token() {
            request = request.bearer_auth(token);
        }
        // A good client sends a key with every command.
        let key = (method == Method::POST)
            .then(|| format!("test-{}", self.keys.fetch_add(1, Ordering::Relaxed)));
        Call { request, key, about: format!("{method} {path}") }
    }

    /// GET.
    pub fn get(&self, path: &str) -> Call {
        self.call(Method::GET, path)
    }

    /// POST of JSON, with a fresh idempotency key.
    pub fn post(&self, path: &str, body: impl Serialize) -> Call {
        let call = self.call(Method::POST, path);
        Call { request: call.request.json(&body), ..call }
    }

    /// POST without a body, with a fresh idempotency key.
    pub fn command(&self, path: &str) -> Call {
        self.call(Method::POST, path)
    }

    /// POST of bytes, with a fresh idempotency key.
    pub fn post_bytes(&self, path: &str, bytes: impl Into<Bytes>) -> Call {
        self.command(path).bytes("application/octet-stream", bytes)
    }

    /// PUT of bytes.
    pub fn put(&self, path: &str, bytes: impl Into<Bytes>) -> Call {
        let call = self.call(Method::PUT, path);
        Call { request: call.request.body(bytes.into()), ..call }
    }
}

/// A request that is sent when it is awaited.
#[must_use = "a request is sent when it is awaited"]
pub struct Call {
    request: RequestBuilder,
    key: Option<String>,
    about: String,
}

impl Call {
    /// With this idempotency key.
    pub fn key(mut self, key: &str) -> Call {
        self.key = Some(key.to_owned());
        self
    }

    /// Without an idempotency key.
    pub fn without_key(mut self) -> Call {
        self.key = None;
        self
    }

    /// With one header more.
    pub fn header(mut self, name: &str, value: &str) -> Call {
        self.request = self.request.header(name, value);
        self
    }

    /// Sends it; `None` when the server went away before the whole answer was there.
    pub async fn attempt(self) -> Option<Answer> {
        let mut request = self.request;
        if let Some(key) = &self.key {
            request = request.header("idempotency-key", key);
        }
        let response = request.send().await.ok()?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = response.bytes().await.ok()?;
        let json = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Some(Answer { status, headers, bytes, json, about: self.about })
    }

    /// Sends it and answers as soon as the headers are there, for an answer that goes on.
    pub async fn stream(self) -> reqwest::Response {
        self.request.send().await.expect("the server answers")
    }

    /// With these bytes as its body, said to be `kind`.
    pub fn bytes(mut self, kind: &str, bytes: impl Into<Bytes>) -> Call {
        self.request = self.request.header("content-type", kind).body(bytes.into());
        self
    }
}

impl IntoFuture for Call {
    type Output = Answer;
    type IntoFuture = Pin<Box<dyn Future<Output = Answer> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { self.attempt().await.expect("the server answers") })
    }
}

/// An answer, read to its end.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Status.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub bytes: Bytes,
    /// Body as JSON; `null` if it is none.
    pub json: Value,
    about: String,
}

impl Answer {
    /// Asserts the status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Answer {
        assert_eq!(self.status, status, "{}: {}", self.about, self.text());
        self
    }

    /// The body as a `T`.
    #[track_caller]
    pub fn read<T: DeserializeOwned>(&self) -> T {
        match serde_json::from_slice(&self.bytes) {
            Ok(value) => value,
            Err(error) => panic!("{}: {error}: {}", self.about, self.text()),
        }
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// A header, or an empty text.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The id of the object in the body.
    #[track_caller]
    pub fn id(&self) -> String {
        match self.json.get("id").and_then(Value::as_str) {
            Some(id) => id.to_owned(),
            None => panic!("{}: no id: {}", self.about, self.text()),
        }
    }

    /// Asserts a refusal: its status, its code, and all that every problem has.
    #[track_caller]
    pub fn refused(self, status: u16, code: &str) -> Problem {
        assert_eq!(
            (self.status, self.json.get("code").and_then(Value::as_str)),
            (status, Some(code)),
            "{}: {}",
            self.about,
            self.text()
        );
        let kind = self.header("content-type");
        assert_eq!(kind, Problem::MEDIA_TYPE, "{}", self.about);
        let problem: Problem = self.read();
        assert_eq!(problem.status, status);
        assert_eq!(problem.kind, format!("/problems/{code}"));
        assert_eq!(
            problem.instance,
            format!("urn:jangteo:request:{}", self.header("x-request-id"))
        );
        for text in [&problem.title, &problem.detail, &problem.text.ko, &problem.text.en] {
            assert!(!text.trim().is_empty(), "{}: {}", self.about, self.text());
        }
        assert!(problem.text.ko.chars().any(is_hangul), "not Korean: {}", problem.text.ko);
        assert!(!problem.text.en.chars().any(is_hangul), "not English: {}", problem.text.en);
        problem
    }
}

impl Index<&str> for Answer {
    type Output = Value;

    fn index(&self, name: &str) -> &Value {
        self.json.get(name).unwrap_or(&Value::Null)
    }
}

/// Whether a character is a Korean syllable.
pub fn is_hangul(c: char) -> bool {
    ('\u{ac00}'..='\u{d7a3}').contains(&c)
}
