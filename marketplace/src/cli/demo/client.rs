//! A small client of the public HTTP API: what the demo knows of the exchange, it knows from here.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use reqwest::{Method, RequestBuilder, Response};
use schema::api::jobs::{Job, JobState};
use schema::api::parties::{Login, Secret, Tokens};
use schema::id::JobId;
use schema::problem::Problem;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The API as one person uses it.
#[derive(Clone)]
pub(super) struct Client {
    http: reqwest::Client,
    base: String,
    token: Option<String>,
}

/// What a request without a body sends.
pub(super) const NOTHING: Option<&()> = None;

impl Client {
    /// Nobody in particular, at `base`.
    pub(super) fn new(base: String) -> Client {
        Client { http: reqwest::Client::new(), base, token: None }
    }

    /// The same exchange for the person with this e-mail address and password.
    pub(super) async fn login(&self, email: &str, password: &str) -> Result<Client> {
        let login = Login { email: email.to_owned(), password: Secret(password.to_owned()) };
        let tokens: Tokens = self.post("/v1/login", Some(&login)).await?;
        Ok(Client { token: Some(tokens.access_token), ..self.clone() })
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// GET as JSON.
    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        let response = self.request(Method::GET, path).send().await?;
        Ok(checked(path, response).await?.json().await?)
    }

    /// GET as text.
    pub(super) async fn text(&self, path: &str) -> Result<String> {
        let response = self.request(Method::GET, path).send().await?;
        Ok(checked(path, response).await?.text().await?)
    }

    /// POST with a fresh idempotency key.
    pub(super) async fn post<B, T>(&self, path: &str, body: Option<&B>) -> Result<T>
    where
        B: Serialize + ?Sized,
        T: DeserializeOwned,
    {
        let mut key = [0u8; 16];
        getrandom::fill(&mut key).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
        let mut request = self
            .request(Method::POST, path)
            .header("idempotency-key", crate::idempotency::hex(&key));
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = checked(path, request.send().await?).await?;
        response.json().await.with_context(|| format!("answer of POST {path}"))
    }

    /// POST of bytes.
    pub(super) async fn post_bytes<T: DeserializeOwned>(
        &self,
        path: &str,
        bytes: Vec<u8>,
    ) -> Result<T> {
        let request = self.request(Method::POST, path).header("content-type", "text/plain");
        Ok(checked(path, request.body(bytes).send().await?).await?.json().await?)
    }

    /// PUT of JSON.
    pub(super) async fn put<B, T>(&self, path: &str, body: &B) -> Result<T>
    where
        B: Serialize + ?Sized,
        T: DeserializeOwned,
    {
        let request = self.request(Method::PUT, path).json(body);
        Ok(checked(path, request.send().await?).await?.json().await?)
    }

    /// PUT of a file, with its digest for the server to check.
    pub(super) async fn put_file<T: DeserializeOwned>(
        &self,
        path: &str,
        file: &Path,
        sha256: &str,
    ) -> Result<T> {
        let body = tokio::fs::File::open(file).await?;
        let length = body.metadata().await?.len();
        let request = self
            .request(Method::PUT, path)
            .header("content-length", length)
            .header("content-digest", crate::catalog::upload::digest_field(sha256))
            .body(reqwest::Body::wrap_stream(tokio_util::io::ReaderStream::new(body)));
        Ok(checked(path, request.send().await?).await?.json().await?)
    }

    /// GET of a file into `to`. Answers its length.
    pub(super) async fn download(&self, path: &str, to: &Path) -> Result<u64> {
        use tokio::io::AsyncWriteExt as _;
        let response = self.request(Method::GET, path).send().await?;
        let mut response = checked(path, response).await?;
        let mut file = tokio::fs::File::create(to).await?;
        let mut length = 0;
        while let Some(chunk) = response.chunk().await? {
            length += chunk.len() as u64;
            file.write_all(&chunk).await?;
        }
        file.flush().await?;
        Ok(length)
    }

    /// Waits until a job has ended well.
    pub(super) async fn follow(&self, job: JobId) -> Result<Job> {
        loop {
            let seen: Job = self.get(&format!("/v1/jobs/{job}")).await?;
            match seen.state {
                JobState::Done => return Ok(seen),
                JobState::Dead => bail!("job {job} ({}) is dead", seen.kind),
                JobState::Queued | JobState::Running => {
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }
}

/// The response, or its problem as an error.
async fn checked(path: &str, response: Response) -> Result<Response> {
    if response.status().is_success() {
        return Ok(response);
    }
    let status = response.status();
    let text = response.text().await.unwrap_or_default();
    match serde_json::from_str::<Problem>(&text) {
        Ok(problem) => {
            let rule = problem.rule.map(|rule| format!(" ({rule})")).unwrap_or_default();
            let reasons: String = problem
                .reasons
                .iter()
                .map(|reason| format!("\n    - {}: {}", reason.code, reason.text.en))
                .collect();
            bail!("{path}: {status} {}{rule}: {}{reasons}", problem.code, problem.text.en)
        }
        Err(_) => bail!("{path}: {status} {text}"),
    }
}
