//! Where a webhook may call, and what follows an attempt.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use schema::api::outbox::{DeliveryState, EventKind};
use schema::time::Instant;

use crate::limits;

/// How an attempt at a delivery ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The receiver answered with this status.
    Status(u16),
    /// It did not answer, or must not be asked.
    Fault(String),
}

/// What follows an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Taken.
    Delivered,
    /// Sent again at this time.
    Retry(Instant),
    /// Given up.
    Dead,
    /// The receiver is gone for good: the webhook is disabled (410).
    Gone,
}

impl Next {
    /// State of the delivery afterwards.
    pub(super) fn state(self) -> DeliveryState {
        match self {
            Self::Delivered => DeliveryState::Delivered,
            Self::Retry(_) => DeliveryState::Pending,
            Self::Dead => DeliveryState::Dead,
            Self::Gone => DeliveryState::Cancelled,
        }
    }
}

/// Decides after attempt `tries` (from 1) of a round ended at `now`.
pub(super) fn after(tries: usize, outcome: &Outcome, now: Instant) -> Next {
    match outcome {
        Outcome::Status(200..=299) => return Next::Delivered,
        Outcome::Status(410) => return Next::Gone,
        Outcome::Status(_) | Outcome::Fault(_) => {}
    }
    let wait = tries.checked_sub(1).and_then(|at| limits::WEBHOOK_WAITS_SECS.get(at));
    wait.and_then(|secs| now.checked_add_secs(*secs)).map_or(Next::Dead, Next::Retry)
}

/// Whether a webhook that wants `kinds` wants `kind`.
pub(super) fn wants(kinds: &[EventKind], kind: EventKind) -> bool {
    kinds.is_empty() || kinds.contains(&kind)
}

/// Whether an address belongs to the public internet. Everything that is reserved for something
/// else is refused, also when it is written as IPv6.
pub(super) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => public_v4(v4),
        IpAddr::V6(v6) => public_v6(v6),
    }
}

fn public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let reserved = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_broadcast()
        || address.is_documentation()
        || address.is_multicast()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (b == 18 || b == 19));
    !reserved
}

fn public_v6(address: Ipv6Addr) -> bool {
    if let Some(v4) = address.to_ipv4_mapped() {
        return public_v4(v4);
    }
    let [a, b, c, d, e, f, g, h] = address.segments();
    let embedded = |high: u16, low: u16| {
        let ([w, x], [y, z]) = (high.to_be_bytes(), low.to_be_bytes());
        public_v4(Ipv4Addr::new(w, x, y, z))
    };
    match (a, b) {
        // NAT64 and 6to4 lead to an IPv4 address.
        (0x64, 0xff9b) => [c, d, e, f] == [0; 4] && embedded(g, h),
        (0x2002, _) => embedded(b, c),
        // Teredo, benchmarking, ORCHID and the like; documentation.
        (0x2001, 0..0x200) | (0x2001, 0xdb8) => false,
        (0x3fff, 0..0x1000) => false,
        _ => a & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use schema::api::outbox::EventKind;
    use schema::time::Instant;

    use super::{Next, Outcome, after, is_public, wants};
    use crate::limits;

    #[test]
    fn private_and_reserved_addresses_are_not_public() {
        for (address, public) in [
            ("8.8.8.8", true),
            ("203.248.252.2", true),
            ("172.32.0.1", true),
            ("100.128.0.1", true),
            ("0.0.0.0", false),
            ("10.0.0.1", false),
            ("127.0.0.1", false),
            ("127.9.9.9", false),
            ("100.64.0.1", false),
            ("169.254.169.254", false),
            ("172.16.0.1", false),
            ("172.31.255.255", false),
            ("192.168.1.1", false),
            ("192.0.0.8", false),
            ("192.0.2.1", false),
            ("198.18.0.1", false),
            ("224.0.0.1", false),
            ("240.0.0.1", false),
            ("255.255.255.255", false),
            ("2606:4700::1111", true),
            ("::", false),
            ("::1", false),
            ("::ffff:10.0.0.1", false),
            ("::ffff:8.8.8.8", true),
            ("64:ff9b::7f00:1", false),
            ("64:ff9b::808:808", true),
            ("64:ff9b:1::808:808", false),
            ("2002:a00:1::1", false),
            ("2002:808:808::1", true),
            ("2001::1", false),
            ("2001:db8::1", false),
            ("fc00::1", false),
            ("fd12:3456::1", false),
            ("fe80::1", false),
            ("ff02::1", false),
        ] {
            assert_eq!(is_public(address.parse().unwrap()), public, "{address}");
        }
    }

    #[test]
    fn attempts_wait_longer_each_time_and_end() {
        let now = Instant::from_micros(0).unwrap();
        let failed = Outcome::Status(503);
        let mut before = 0;
        for (at, secs) in limits::WEBHOOK_WAITS_SECS.iter().enumerate() {
            assert!(*secs > before);
            before = *secs;
            let next = Next::Retry(now.checked_add_secs(*secs).unwrap());
            assert_eq!(after(at + 1, &failed, now), next);
        }
        assert_eq!(after(limits::WEBHOOK_WAITS_SECS.len() + 1, &failed, now), Next::Dead);
        assert_eq!(after(99, &Outcome::Fault("x".into()), now), Next::Dead);
        assert_eq!(after(99, &Outcome::Status(204), now), Next::Delivered);
        assert_eq!(after(1, &Outcome::Status(302), now), after(1, &failed, now));
        assert_eq!(after(1, &Outcome::Status(410), now), Next::Gone);
    }

    #[test]
    fn a_webhook_without_kinds_wants_all() {
        assert!(wants(&[], EventKind::PaymentPaid));
        assert!(wants(&[EventKind::PaymentPaid], EventKind::PaymentPaid));
        assert!(!wants(&[EventKind::PaymentPaid], EventKind::PoolExpired));
    }
}
