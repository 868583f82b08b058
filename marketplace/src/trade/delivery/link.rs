//! Addresses that carry their own right: a short-lived, signed link to one file.
//!
//! A link names the delivery that its first use becomes, the contract, the version, who asked and with
//! what. The signature keeps it from being changed; the right itself is looked up again each time, so
//! a link ends at once with the session or credential it was asked for with, and with the contract.

use std::fmt;
use std::str::FromStr;

use schema::id::{ContractId, DeliveryId, SessionId, ShareCredentialId, UserId, VersionId};
use schema::time::Instant;

use crate::error::AppResult;
use crate::idempotency::{hex, unhex};
use crate::outbox::service::RootKey;

/// How long a link lives. Clients read the files of a table one after another and ask for no new ones.
pub(in crate::trade) const LINK_SECS: i64 = 3_600;
/// What links are signed for.
const PURPOSE: &str = "delivery/link";
/// The parameter of the signature. Readers of Delta tables take an address for signed by this name.
const SIGNATURE: &str = "X-Amz-Signature";

/// What a link was asked for with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::trade) enum Grant {
    /// A session of a person.
    Session(SessionId),
    /// A credential of a tool.
    Credential(ShareCredentialId),
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Grant::Session(id) => id.fmt(f),
            Grant::Credential(id) => id.fmt(f),
        }
    }
}

impl FromStr for Grant {
    type Err = ();

    fn from_str(text: &str) -> Result<Grant, ()> {
        let session = text.parse().map(Grant::Session);
        session.or_else(|_| text.parse().map(Grant::Credential)).map_err(|_| ())
    }
}

/// A link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::trade) struct Link {
    /// What its first use is recorded as.
    pub(in crate::trade) delivery: DeliveryId,
    /// The contract.
    pub(in crate::trade) contract: ContractId,
    /// The version.
    pub(in crate::trade) version: VersionId,
    /// Who asked, or made the credential.
    pub(in crate::trade) user: UserId,
    /// With what.
    pub(in crate::trade) grant: Grant,
    /// When it ends, in seconds since 1970.
    pub(in crate::trade) expires: i64,
}

/// Why a link is not followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::trade) enum Broken {
    /// It was not signed here, or was changed.
    Signature,
    /// Its time is over.
    Expired,
}

impl Link {
    /// The link below the address of the exchange.
    pub(in crate::trade) fn path(&self, key: &RootKey) -> AppResult<String> {
        let signature = hex(&key.code(PURPOSE, &self.signed())?);
        let Link { delivery, contract, version, user, grant, expires } = self;
        Ok(format!(
            "/files/{delivery}?c={contract}&v={version}&u={user}&g={grant}&e={expires}&{SIGNATURE}={signature}"
        ))
    }

    /// What is signed: every field, none of which can hold the separator.
    fn signed(&self) -> String {
        let Link { delivery, contract, version, user, grant, expires } = self;
        format!("{delivery}|{contract}|{version}|{user}|{grant}|{expires}")
    }

    /// Reads the link of a request for `delivery` with `query`, if it is good at `now`.
    pub(in crate::trade) fn read(
        key: &RootKey,
        delivery: &str,
        query: &str,
        now: Instant,
    ) -> AppResult<Result<Link, Broken>> {
        let Some((link, signature)) = parse(delivery, query) else {
            return Ok(Err(Broken::Signature));
        };
        if !key.is_code(PURPOSE, &link.signed(), &signature)? {
            return Ok(Err(Broken::Signature));
        }
        Ok(if now.as_secs() < link.expires { Ok(link) } else { Err(Broken::Expired) })
    }
}

fn parse(delivery: &str, query: &str) -> Option<(Link, Vec<u8>)> {
    let of = |name: &str| {
        let mut found = query.split('&').filter_map(|pair| {
            pair.split_once('=').filter(|(key, _)| *key == name).map(|(_, value)| value)
        });
        // Twice the same name would let two readers see two links.
        found.next().filter(|_| found.next().is_none())
    };
    let link = Link {
        delivery: delivery.parse().ok()?,
        contract: of("c")?.parse().ok()?,
        version: of("v")?.parse().ok()?,
        user: of("u")?.parse().ok()?,
        grant: of("g")?.parse().ok()?,
        expires: of("e")?.parse().ok()?,
    };
    Some((link, unhex(of(SIGNATURE)?)?))
}

#[cfg(test)]
mod tests {
    use schema::time::Instant;

    use super::{Broken, Grant, Link};
    use crate::outbox::service::RootKey;

    fn at(secs: i64) -> Instant {
        Instant::from_micros(secs * 1_000_000).unwrap()
    }

    #[test]
    fn a_link_is_good_as_it_was_given_until_it_ends() {
        let dir = tempfile::tempdir().unwrap();
        let key = RootKey::open(dir.path()).unwrap();
        let zeros = "00000000000000000000000001";
        let link = Link {
            delivery: format!("dlv_{zeros}").parse().unwrap(),
            contract: format!("con_{zeros}").parse().unwrap(),
            version: format!("ver_{zeros}").parse().unwrap(),
            user: format!("usr_{zeros}").parse().unwrap(),
            grant: Grant::Credential(format!("shc_{zeros}").parse().unwrap()),
            expires: 1_000,
        };
        let path = link.path(&key).unwrap();
        let read = |path: &str, now| {
            let (place, query) = path.split_once('?').unwrap();
            let delivery = place.strip_prefix("/files/").unwrap();
            Link::read(&key, delivery, query, now).unwrap()
        };
        assert_eq!(read(&path, at(999)), Ok(link));
        assert_eq!(read(&path, at(1_000)), Err(Broken::Expired));
        // Every character counts.
        let query = path.find('?').unwrap();
        for place in (0..path.len()).filter(|place| !(1..7).contains(place)) {
            let mut changed = path.clone().into_bytes();
            changed[place] = if changed[place] == b'1' { b'2' } else { b'1' };
            let changed = String::from_utf8(changed).unwrap();
            if place == 0 || place == query {
                continue;
            }
            assert_eq!(read(&changed, at(0)), Err(Broken::Signature), "{changed}");
        }
        for more in ["&e=2000", "&v=ver_00000000000000000000000002"] {
            assert_eq!(read(&format!("{path}{more}"), at(0)), Err(Broken::Signature), "{more}");
        }
        assert_eq!(
            read(&path.to_uppercase().replace("/FILES", "/files"), at(0)),
            Err(Broken::Signature)
        );
        let other = tempfile::tempdir().unwrap();
        let other = RootKey::open(other.path()).unwrap();
        let (_, query) = path.split_once('?').unwrap();
        let foreign = Link::read(&other, link.delivery.as_str(), query, at(0)).unwrap();
        assert_eq!(foreign, Err(Broken::Signature));
    }
}
