//! Bytes of a request that are stored as they come: what the client promised of them, and a stream
//! that ends with an error when they are too many, silent or cut off (RFC 9530).

use actix_web::http::header::{self, HeaderMap};
use actix_web::web::Payload;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use futures::{Stream, StreamExt};
use schema::code::Code;
use schema::problem::Refusal;

use crate::error::{AppError, AppResult};
use crate::limits;

/// What the client promised about the body.
#[derive(Debug, PartialEq, Eq)]
pub struct Promise {
    /// Length, by `Content-Length`.
    length: Option<u64>,
    /// SHA-256 in hexadecimal, by `Content-Digest` or `Repr-Digest`.
    sha256: Option<String>,
}

impl Promise {
    /// Reads the headers. A digest field without `sha-256` promises nothing we check, which is said
    /// rather than ignored.
    pub fn of(headers: &HeaderMap) -> Result<Promise, Refusal> {
        let mut sha256 = None;
        for name in ["content-digest", "repr-digest"] {
            let Some(value) = headers.get(name) else { continue };
            let digest = value.to_str().ok().and_then(sha256_of).ok_or_else(|| {
                Code::MalformedRequest
                    .because(
                        format!("{name}는 `sha-256=:…:` 형식이어야 합니다 (RFC 9530)."),
                        format!("{name} must be of the form `sha-256=:…:` (RFC 9530)."),
                    )
                    .field(name)
            })?;
            if sha256.as_ref().is_some_and(|seen| *seen != digest) {
                return Err(mismatch(
                    "다이제스트 헤더가 서로 다릅니다.",
                    "The digest fields differ.",
                ));
            }
            sha256 = Some(digest);
        }
        let length = headers
            .get(header::CONTENT_LENGTH)
            .and_then(|value| value.to_str().ok())
            .and_then(|text| text.parse().ok());
        Ok(Promise { length, sha256 })
    }

    /// Refuses a body that is said to be over `bytes_max`, before it travels.
    pub(crate) fn fits(&self, bytes_max: u64) -> Result<(), Refusal> {
        match self.length {
            Some(length) if length > bytes_max => Err(too_large(bytes_max)),
            _ => Ok(()),
        }
    }

    /// Compares the promise with what came.
    pub(crate) fn check(&self, sha256: &str, bytes: u64) -> Result<(), Refusal> {
        if self.length.is_some_and(|length| length != bytes) {
            return Err(incomplete());
        }
        if bytes == 0 {
            return Err(empty());
        }
        match &self.sha256 {
            Some(promised) if promised != sha256 => Err(mismatch(
                "받은 데이터의 SHA-256이 보낸 값과 다릅니다. 저장하지 않았습니다.",
                "The SHA-256 of the bytes received is not the one promised. Nothing was kept.",
            )
            .cure("다시 올려 주세요.", "Upload it again.")
            .with("received_sha256", sha256)),
            _ => Ok(()),
        }
    }
}

fn mismatch(ko: &str, en: &str) -> Refusal {
    Code::DigestMismatch.because(ko, en)
}

fn empty() -> Refusal {
    Code::UploadEmpty.because("빈 파일은 올릴 수 없습니다.", "An empty file cannot be uploaded.")
}

fn incomplete() -> Refusal {
    Code::UploadIncomplete
        .because(
            "업로드가 중간에 끊겼습니다. 저장하지 않았습니다.",
            "The upload ended early. Nothing was kept.",
        )
        .cure("다시 올려 주세요.", "Upload it again.")
}

/// The `sha-256` member of a digest field, in hexadecimal.
fn sha256_of(field: &str) -> Option<String> {
    let member = field.split(',').find_map(|member| {
        let (name, value) = member.trim().split_once('=')?;
        name.eq_ignore_ascii_case("sha-256").then_some(value)
    })?;
    let bytes = BASE64.decode(member.strip_prefix(':')?.strip_suffix(':')?).ok()?;
    (bytes.len() == 32).then(|| crate::idempotency::hex(&bytes))
}

/// A digest field for a SHA-256 in hexadecimal.
pub fn digest_field(sha256: &str) -> String {
    let bytes = crate::idempotency::unhex(sha256).unwrap_or_default();
    format!("sha-256=:{}:", BASE64.encode(bytes))
}

fn too_large(bytes_max: u64) -> Refusal {
    Code::PayloadTooLarge
        .because(
            format!("파일은 {bytes_max}바이트까지 올릴 수 있습니다."),
            format!("A file may have up to {bytes_max} bytes."),
        )
        .with("bytes_max", bytes_max)
}

/// The body, ended with an error when it is too long, silent, or cut off.
pub(crate) fn bounded(payload: Payload, bytes_max: u64) -> impl Stream<Item = AppResult<Bytes>> {
    futures::stream::try_unfold((payload, 0u64), move |(mut payload, seen)| async move {
        let next = tokio::time::timeout(limits::UPLOAD_STALL, payload.next()).await;
        let Some(chunk) = next.map_err(|_| AppError::from(incomplete()))? else {
            return Ok(None);
        };
        let chunk = chunk.map_err(|_| AppError::from(incomplete()))?;
        let seen = seen + chunk.len() as u64;
        if seen > bytes_max {
            return Err(too_large(bytes_max).into());
        }
        Ok(Some((chunk, (payload, seen))))
    })
}

/// A short body, whole.
pub(crate) async fn whole(payload: Payload, bytes_max: u64) -> AppResult<Bytes> {
    let mut stream = std::pin::pin!(bounded(payload, bytes_max));
    let mut bytes = bytes::BytesMut::new();
    while let Some(chunk) = stream.next().await {
        bytes.extend_from_slice(&chunk?);
    }
    if bytes.is_empty() {
        return Err(empty().into());
    }
    Ok(bytes.freeze())
}

/// `Content-Disposition` with the name in UTF-8 (RFC 8187) and a plain one for old clients.
pub(crate) fn disposition(plain: &str, name: &str) -> String {
    use std::fmt::Write as _;
    let mut encoded = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
}

#[cfg(test)]
mod tests {
    use super::{Promise, digest_field, disposition, sha256_of};

    #[test]
    fn a_body_said_to_be_too_long_is_refused_before_it_travels() {
        let promise = |length| Promise { length, sha256: None };
        assert!(promise(None).fits(10).is_ok() && promise(Some(10)).fits(10).is_ok());
        let refused = promise(Some(11)).fits(10).unwrap_err();
        assert_eq!(refused.code, schema::code::Code::PayloadTooLarge);
    }

    #[test]
    fn file_names_of_any_script_reach_the_client() {
        assert_eq!(
            disposition("data.parquet", "사출 1\".parquet"),
            "attachment; filename=\"data.parquet\"; \
             filename*=UTF-8''%EC%82%AC%EC%B6%9C%201%22.parquet"
        );
    }

    #[test]
    fn digest_fields_round_trip_and_need_sha_256() {
        let hex = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let field = digest_field(hex);
        assert_eq!(field, "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:");
        assert_eq!(sha256_of(&field).as_deref(), Some(hex));
        assert_eq!(sha256_of(&format!("sha-512=:AAAA:, {field}")).as_deref(), Some(hex));
        for bad in ["", "sha-256=abc", "sha-256=:AAAA:", "md5=:AAAA:"] {
            assert_eq!(sha256_of(bad), None, "{bad}");
        }
    }
}
