//! Pages of lists: `maxResults`, and a `pageToken` that only its own list and recipient accept.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use schema::id::ShareCredentialId;
use serde_json::{Value, json};

use super::Failure;
use crate::error::AppError;
use crate::outbox::service::RootKey;

/// Items of a page when the client does not say, as in the reference server.
const DEFAULT: usize = 500;
/// What page tokens are signed for.
const PURPOSE: &str = "trade/sharing/page";

/// Whose list is read, from where, and how much of it.
pub(super) struct Pages<'a> {
    key: &'a RootKey,
    list: String,
    limit: usize,
    after: Option<String>,
}

impl<'a> Pages<'a> {
    /// Reads the parameters of a request for `list` by `recipient`.
    pub(super) fn read(
        key: &'a RootKey,
        recipient: ShareCredentialId,
        list: &str,
        query: &str,
    ) -> Result<Pages<'a>, Failure> {
        let list = format!("{recipient}|{list}");
        let parameter = |name: &str| {
            let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            pairs.filter(|(key, _)| *key == name).map(|(_, value)| value).next()
        };
        let limit = match parameter("maxResults") {
            None => DEFAULT,
            Some(text) => match text.parse::<i32>() {
                Ok(limit) if limit >= 0 => usize::try_from(limit).unwrap_or(DEFAULT).min(DEFAULT),
                _ => return Err(Failure::invalid("maxResults must be a 32-bit number, 0 or more")),
            },
        };
        let mut pages = Pages { key, list, limit, after: None };
        if let Some(token) = parameter("pageToken").filter(|token| !token.is_empty()) {
            let after = pages.cursor(token)?;
            pages.after = Some(after.ok_or_else(|| Failure::invalid("pageToken is unknown"))?);
        }
        Ok(pages)
    }

    fn cursor(&self, token: &str) -> Result<Option<String>, Failure> {
        let Ok(bytes) = BASE64.decode(token) else { return Ok(None) };
        let Some((code, cursor)) = bytes.split_at_checked(32) else { return Ok(None) };
        let Ok(cursor) = String::from_utf8(cursor.to_vec()) else { return Ok(None) };
        let signed = format!("{}|{cursor}", self.list);
        let known = self.key.is_code(PURPOSE, &signed, code).map_err(AppError::from)?;
        Ok(known.then_some(cursor))
    }

    /// The page of `items`, which are in order of their names.
    pub(super) fn page(&self, items: Vec<(String, Value)>) -> Result<Value, Failure> {
        let rest: Vec<_> = items
            .into_iter()
            .filter(|(name, _)| self.after.as_ref().is_none_or(|after| name > after))
            .collect();
        let more = rest.len() > self.limit;
        let page = rest.get(..self.limit.min(rest.len())).unwrap_or_default();
        let last = page.last().map(|(name, _)| name.clone()).or_else(|| self.after.clone());
        let next = match (more, last) {
            // A page without items goes on where it began.
            (true, last) => {
                let cursor = last.unwrap_or_default();
                let code = self.key.code(PURPOSE, &format!("{}|{cursor}", self.list));
                let code = code.map_err(AppError::from)?;
                BASE64.encode([code.as_slice(), cursor.as_bytes()].concat())
            }
            (false, _) => String::new(),
        };
        let items: Vec<&Value> = page.iter().map(|(_, item)| item).collect();
        Ok(json!({"items": items, "nextPageToken": next}))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Pages;
    use crate::outbox::service::RootKey;

    #[test]
    fn a_list_is_walked_to_its_end_by_its_own_reader() {
        let dir = tempfile::tempdir().unwrap();
        let key = RootKey::open(dir.path()).unwrap();
        let one = "shc_00000000000000000000000001".parse().unwrap();
        let other = "shc_00000000000000000000000002".parse().unwrap();
        let items = || ["a", "b", "c"].map(|name| (name.to_owned(), json!(name))).to_vec();
        let page = |query: &str| -> Value {
            Pages::read(&key, one, "shares", query).unwrap().page(items()).unwrap()
        };
        assert_eq!(page(""), json!({"items": ["a", "b", "c"], "nextPageToken": ""}));
        let first = page("maxResults=2");
        assert_eq!(first["items"], json!(["a", "b"]));
        let token = first["nextPageToken"].as_str().unwrap();
        let rest = page(&format!("maxResults=2&pageToken={token}"));
        assert_eq!(rest, json!({"items": ["c"], "nextPageToken": ""}));
        let none = page("maxResults=0");
        assert_eq!(none["items"], json!([]));
        let token0 = none["nextPageToken"].as_str().unwrap();
        assert_eq!(page(&format!("pageToken={token0}"))["items"], json!(["a", "b", "c"]));
        for (who, list, query) in [
            (other, "shares", format!("pageToken={token}")),
            (one, "tables", format!("pageToken={token}")),
            (one, "shares", "pageToken=abc".to_owned()),
            (one, "shares", "maxResults=-1".to_owned()),
            (one, "shares", "maxResults=x".to_owned()),
            (one, "shares", "maxResults=2147483648".to_owned()),
        ] {
            assert!(Pages::read(&key, who, list, &query).is_err(), "{list} {query}");
        }
    }
}
