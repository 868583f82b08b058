//! Calling a webhook: only the address that was checked is called, whatever its name answers next.

use std::net::{IpAddr, SocketAddr};

use reqwest::Url;
use reqwest::header::{CONTENT_TYPE, HeaderName, HeaderValue, USER_AGENT};
use schema::code::Code;
use schema::problem::Refusal;

use super::rules::{self, Outcome};
use crate::config::OutboxConfig;
use crate::limits;

/// Reads the address of a webhook, or says what is wrong with it.
pub(super) fn parse(text: &str, config: &OutboxConfig) -> Result<Url, Refusal> {
    let refuse = |ko: &str, en: &str| Code::InvalidField.because(ko, en).field("url");
    if text.len() > limits::WEBHOOK_URL_BYTES_MAX {
        return Err(refuse("주소가 너무 깁니다.", "The address is too long."));
    }
    let url = Url::parse(text)
        .map_err(|_| refuse("주소를 읽을 수 없습니다.", "This is not an address."))?;
    match url.scheme() {
        "https" => {}
        "http" if config.webhook_http => {}
        _ => {
            return Err(refuse(
                "https:// 주소여야 합니다.",
                "The address must begin with https://.",
            ));
        }
    }
    if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
        return Err(refuse(
            "주소에 계정이나 # 부분을 쓸 수 없습니다.",
            "The address must not hold a login or a fragment.",
        ));
    }
    let literal = url.host_str().map(|host| host.trim_matches(['[', ']']).parse::<IpAddr>());
    match literal {
        None => Err(refuse("주소에 호스트가 없습니다.", "The address names no host.")),
        Some(Ok(address)) if !allowed(address, config) => Err(refuse(
            "사설망이나 예약된 주소로는 보낼 수 없습니다.",
            "The address is not on the public internet.",
        )),
        Some(_) => Ok(url),
    }
}

fn allowed(address: IpAddr, config: &OutboxConfig) -> bool {
    config.webhook_private || rules::is_public(address)
}

/// A message to be sent.
pub(super) struct Message {
    /// `webhook-id`.
    pub(super) id: String,
    /// `webhook-timestamp`.
    pub(super) timestamp: String,
    /// `webhook-signature`.
    pub(super) signature: String,
    /// The CloudEvent.
    pub(super) body: Vec<u8>,
}

/// Sends a message. Redirects are not followed and the answer's body is not read.
pub(super) async fn send(url: &str, message: Message, config: &OutboxConfig) -> Outcome {
    match call(url, message, config).await {
        Ok(status) => Outcome::Status(status),
        Err(fault) => Outcome::Fault(fault),
    }
}

async fn call(url: &str, message: Message, config: &OutboxConfig) -> Result<u16, String> {
    let url = parse(url, config).map_err(|refusal| refusal.detail.en)?;
    let host = url.host_str().unwrap_or_default().to_owned();
    let port = url.port_or_known_default().unwrap_or(443);
    let found = tokio::time::timeout(
        limits::WEBHOOK_WAIT,
        tokio::net::lookup_host((host.trim_matches(['[', ']']).to_owned(), port)),
    )
    .await
    .map_err(|_| "the name was not resolved in time".to_owned())?
    .map_err(|_| "the name was not resolved".to_owned())?;
    // One private address among public ones is enough to refuse: the name is not trusted.
    let addresses: Vec<SocketAddr> = found.collect();
    if addresses.is_empty() || !addresses.iter().all(|one| allowed(one.ip(), config)) {
        return Err("the name leads to an address that is not on the public internet".to_owned());
    }
    let client = reqwest::Client::builder()
        .resolve_to_addrs(&host, &addresses)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .timeout(limits::WEBHOOK_WAIT)
        .build()
        .map_err(|error| format!("client: {error}"))?;
    let header = |text: &str| HeaderValue::from_str(text).map_err(|error| error.to_string());
    let answer = client
        .post(url)
        .header(CONTENT_TYPE, "application/cloudevents+json; charset=utf-8")
        .header(USER_AGENT, concat!("jangteo/", env!("CARGO_PKG_VERSION")))
        .header(HeaderName::from_static("webhook-id"), header(&message.id)?)
        .header(HeaderName::from_static("webhook-timestamp"), header(&message.timestamp)?)
        .header(HeaderName::from_static("webhook-signature"), header(&message.signature)?)
        .body(message.body)
        .send()
        .await
        .map_err(|error| fault(&error).to_owned())?;
    Ok(answer.status().as_u16())
}

/// What the owner is told: nothing of the network between.
fn fault(error: &reqwest::Error) -> &'static str {
    if error.is_timeout() {
        "no answer in time"
    } else if error.is_connect() {
        "no connection"
    } else {
        "the answer could not be read"
    }
}

#[cfg(test)]
mod tests {
    use super::parse;
    use crate::config::OutboxConfig;

    #[test]
    fn an_address_is_https_public_and_without_a_login() {
        let strict = OutboxConfig::below(std::path::Path::new("data"));
        for (text, taken) in [
            ("https://hooks.example.kr/jangteo?x=1", true),
            ("https://8.8.8.8/", true),
            ("http://hooks.example.kr/", false),
            ("ftp://hooks.example.kr/", false),
            ("https://user:pw@hooks.example.kr/", false),
            ("https://hooks.example.kr/#x", false),
            ("https://127.0.0.1/", false),
            ("https://[::1]/", false),
            ("https://2130706433/", false),
            ("https://0x7f.1/", false),
            ("https://10.1.2.3:8443/", false),
            ("hooks.example.kr", false),
            ("", false),
        ] {
            assert_eq!(parse(text, &strict).is_ok(), taken, "{text}");
        }
        let open = OutboxConfig { webhook_http: true, webhook_private: true, ..strict };
        assert!(parse("http://127.0.0.1:9/x", &open).is_ok());
    }
}
