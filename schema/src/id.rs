//! Typed identifiers: a three-letter prefix, `_`, and 26 base-32 characters of a UUIDv7.
//!
//! `vch_01m83v…` names a voucher and nothing else: parsing it as another kind fails, so a mixed-up
//! id is a compile error inside the program and a 400 at its edge. Ids sort by creation time and
//! reveal no volume. The list of kinds is append-only; a prefix never changes its meaning.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Crockford's base 32 in lower case: no `i`, `l`, `o`, `u`.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Prefix, `_`, 26 characters.
const LEN: usize = 30;

/// A kind of object that has identifiers.
pub trait Kind: Copy + Eq + Ord + fmt::Debug + Send + Sync + 'static {
    /// Three lower-case letters.
    const PREFIX: &'static str;
    /// Name of the kind, as problems and logs print it.
    const NAME: &'static str;
}

/// Identifier of an object of kind `K`. Its text is kept inline, so it is `Copy`.
#[cfg_attr(
    feature = "sql",
    derive(diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)
)]
#[cfg_attr(feature = "sql", diesel(sql_type = diesel::sql_types::Text))]
pub struct Id<K: Kind> {
    text: [u8; LEN],
    kind: PhantomData<fn() -> K>,
}

impl<K: Kind> Id<K> {
    /// The identifier of this kind with the given UUID.
    pub fn from_uuid(uuid: uuid::Uuid) -> Self {
        let mut text = [b'_'; LEN];
        for (to, from) in text.iter_mut().zip(K::PREFIX.as_bytes()) {
            *to = *from;
        }
        let mut rest = uuid.as_u128();
        for to in text.iter_mut().skip(4).rev() {
            let digit = usize::try_from(rest & 31).unwrap_or(0);
            *to = ALPHABET.get(digit).copied().unwrap_or(b'0');
            rest >>= 5;
        }
        Self { text, kind: PhantomData }
    }

    /// The identifier of another kind with the same UUID: of what one decision makes besides its
    /// own object, such as the event that tells of a line of the audit trail.
    pub fn sibling<J: Kind>(&self) -> Id<J> {
        let mut text = self.text;
        for (to, from) in text.iter_mut().zip(J::PREFIX.as_bytes()) {
            *to = *from;
        }
        Id { text, kind: PhantomData }
    }

    /// Another identifier of this kind and time, the same for the same `n`, for what one decision
    /// makes several of. Different `n` give different identifiers; 0 gives this one.
    #[must_use]
    pub fn nth(&self, n: u8) -> Self {
        let mut text = self.text;
        let digits = [n & 31, n >> 5];
        // The last ten bits of a UUIDv7 are random.
        for (to, add) in text.iter_mut().rev().zip(digits) {
            let digit = ALPHABET.iter().position(|digit| *digit == *to).unwrap_or(0);
            let mixed = digit ^ usize::from(add);
            *to = ALPHABET.get(mixed).copied().unwrap_or(b'0');
        }
        Self { text, kind: PhantomData }
    }

    /// The text form.
    pub fn as_str(&self) -> &str {
        // The bytes are ASCII by construction.
        std::str::from_utf8(&self.text).unwrap_or("")
    }
}

/// Why a text is not an identifier of the kind asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an id of the form {prefix}_…: {what}")]
pub struct IdError {
    /// Prefix of the kind that was asked for.
    pub prefix: &'static str,
    what: &'static str,
}

impl<K: Kind> FromStr for Id<K> {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let fail = |what| IdError { prefix: K::PREFIX, what };
        let bytes: [u8; LEN] =
            text.as_bytes().try_into().map_err(|_| fail("it must have 30 characters"))?;
        let (prefix, rest) = text.split_at_checked(4).ok_or_else(|| fail("it is not ASCII"))?;
        if prefix.strip_suffix('_') != Some(K::PREFIX) {
            return Err(fail("it has another prefix"));
        }
        // 26 × 5 = 130 bits: the first character carries only three of them.
        if !rest.bytes().all(|b| ALPHABET.contains(&b)) || rest.as_bytes().first() > Some(&b'7') {
            return Err(fail("it has a character outside the alphabet"));
        }
        Ok(Self { text: bytes, kind: PhantomData })
    }
}

impl<K: Kind> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K: Kind> Copy for Id<K> {}
impl<K: Kind> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}
impl<K: Kind> Eq for Id<K> {}
impl<K: Kind> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<K: Kind> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.text.cmp(&other.text)
    }
}
impl<K: Kind> std::hash::Hash for Id<K> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}
impl<K: Kind> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
impl<K: Kind> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
impl<K: Kind> Serialize for Id<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
impl<'de, K: Kind> Deserialize<'de> for Id<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(feature = "openapi")]
impl<K: Kind> utoipa::PartialSchema for Id<K> {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .description(Some(format!("Identifier of a {}", K::NAME)))
            .pattern(Some(format!("^{}_[0-7][0-9a-hjkmnp-tv-z]{{25}}$", K::PREFIX)))
            .into()
    }
}
#[cfg(feature = "openapi")]
impl<K: Kind> utoipa::ToSchema for Id<K> {
    fn name() -> std::borrow::Cow<'static, str> {
        format!("{}Id", K::NAME).into()
    }
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident, $alias:ident, $prefix:literal;)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
            pub enum $kind {}
            impl Kind for $kind {
                const PREFIX: &'static str = $prefix;
                const NAME: &'static str = stringify!($kind);
            }
            #[doc = concat!("Identifier `", $prefix, "_…`.")]
            pub type $alias = Id<$kind>;
        )*
        #[cfg(test)]
        const PREFIXES: &[&str] = &[$($prefix),*];
    };
}

kinds! {
    /// Organisation: a data owner, buyer, nonprofit, processing firm, operator or agency.
    Organisation, OrgId, "org";
    /// Person who acts for an organisation.
    User, UserId, "usr";
    /// Family of refresh tokens that began with one login.
    Session, SessionId, "ses";
    /// Data set: the lasting thing that has versions.
    Dataset, DatasetId, "dst";
    /// Immutable version of a data set.
    Version, VersionId, "ver";
    /// Unit of background work.
    Job, JobId, "job";
    /// Member of the processor pool (P13).
    PoolMember, PoolMemberId, "pol";
    /// Programme agreement (P14, P15).
    Agreement, AgreementId, "agr";
    /// Purchase voucher (P15).
    Voucher, VoucherId, "vch";
    /// Processing job of a pool member (P14).
    Processing, ProcessingId, "prc";
    /// Price calculation.
    PriceBasis, PriceBasisId, "prb";
    /// Listing on the exchange.
    Listing, ListingId, "lst";
    /// Trade contract between a seller and a buyer.
    Contract, ContractId, "con";
    /// Delivery of bytes under a contract.
    Delivery, DeliveryId, "dlv";
    /// Ledger account.
    Account, AccountId, "acc";
    /// Ledger transfer.
    Transfer, TransferId, "tfr";
    /// Payment of public money.
    Payment, PaymentId, "pay";
    /// Line of the audit trail.
    AuditEntry, AuditId, "aud";
    /// Evidence paper.
    Document, DocumentId, "doc";
    /// Bar from participation.
    Ban, BanId, "ban";
    /// What was seen of an organisation when it was decided on.
    Snapshot, SnapshotId, "snp";
    /// HTTP request.
    Request, RequestId, "req";
    /// Application for a programme (P14, P15).
    Application, ApplicationId, "app";
    /// Batch of applications that are evaluated together.
    EvaluationBatch, EvaluationBatchId, "bat";
    /// Selection of applications under a budget.
    Selection, SelectionId, "sel";
    /// Request for a change of an agreement.
    Change, ChangeId, "chg";
    /// Question of the agency about an agreement.
    Inspection, InspectionId, "ins";
    /// Completion report.
    Completion, CompletionId, "cmp";
    /// Settlement of an agreement.
    Settlement, SettlementId, "stl";
    /// Refund of a purchase by its seller.
    Refund, RefundId, "rfd";
    /// Claim of the state.
    Claim, ClaimId, "clm";
    /// Money carried over to the next fiscal year.
    CarryOver, CarryOverId, "cov";
    /// Sanction.
    Sanction, SanctionId, "snc";
    /// Order to cure a breach of the listing year.
    CorrectiveOrder, CorrectiveOrderId, "cor";
    /// Event for its addressees.
    Event, EventId, "evt";
    /// Webhook of an organisation.
    Webhook, WebhookId, "whk";
    /// Delivery of an event to a webhook.
    WebhookDelivery, WebhookDeliveryId, "wdl";
    /// Dated duty of an organisation.
    Obligation, ObligationId, "obl";
    /// Yearly report on a product made with public money.
    AfterCare, AfterCareId, "afc";
    /// Sign that something may be wrong.
    Signal, SignalId, "sig";
    /// Declared affiliation of two organisations.
    Affiliation, AffiliationId, "afl";
    /// Rebate that was reported.
    Rebate, RebateId, "rbt";
    /// Dispute about a delivery.
    Dispute, DisputeId, "dsp";
    /// Milestone of a processing job.
    Milestone, MilestoneId, "mil";
    /// Line of a time sheet.
    TimeEntry, TimeEntryId, "tim";
    /// Credential of a buyer's tool.
    ShareCredential, ShareCredentialId, "shc";
    /// Question to data that stay where they are.
    Question, QuestionId, "qst";
    /// Request for data.
    DataRequest, DataRequestId, "drq";
    /// Proposal to a request for data.
    DataProposal, DataProposalId, "pps";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_are_three_letters_and_unique() {
        let mut seen = std::collections::BTreeSet::new();
        for prefix in PREFIXES {
            assert!(prefix.len() == 3 && prefix.bytes().all(|b| b.is_ascii_lowercase()));
            assert!(seen.insert(prefix), "{prefix} twice");
        }
    }

    #[test]
    fn text_round_trips_and_refuses_other_kinds() {
        let id =
            VoucherId::from_uuid(uuid::Uuid::from_u128(0x0190_b0a1_7c00_7000_8000_0000_0000_0001));
        assert_eq!(id.to_string().len(), 30);
        assert_eq!(id.as_str().parse::<VoucherId>().as_ref(), Ok(&id));
        assert!(id.as_str().parse::<OrgId>().is_err());
        for bad in
            ["", "vch_", "vch_zzzzzzzzzzzzzzzzzzzzzzzzzz", "vch_0000000000000000000000000u", "한글"]
        {
            assert!(bad.parse::<VoucherId>().is_err(), "{bad}");
        }
        let json = serde_json::to_string(&id).unwrap();
        assert_eq!(serde_json::from_str::<VoucherId>(&json).unwrap(), id);
    }

    #[test]
    fn a_sibling_has_the_same_digits_and_another_kind() {
        let uuid = uuid::Uuid::from_u128(0x0190_b0a1_7c00_7000_8000_0000_0000_0001);
        let audit = AuditId::from_uuid(uuid);
        assert_eq!(audit.sibling::<Event>(), EventId::from_uuid(uuid));
        assert_eq!(audit.sibling::<Event>().sibling::<AuditEntry>(), audit);
    }

    #[test]
    fn relatives_of_an_id_are_ids_and_all_different() {
        let id =
            AuditId::from_uuid(uuid::Uuid::from_u128(0x0190_b0a1_7c00_7000_8000_0000_0000_0abc));
        assert_eq!(id.nth(0), id);
        let all: std::collections::BTreeSet<AuditId> = (0..=255).map(|n| id.nth(n)).collect();
        assert_eq!(all.len(), 256);
        for one in &all {
            assert_eq!(one.as_str().parse::<AuditId>(), Ok(*one));
            assert_eq!(one.as_str().get(..28), id.as_str().get(..28));
        }
        assert_eq!(id.nth(7).nth(7), id);
    }

    #[test]
    fn text_sorts_as_the_uuid_does() {
        let ids: Vec<VoucherId> = [0, 1, 31, 32, 1 << 64, u128::MAX >> 1, u128::MAX]
            .map(|n| VoucherId::from_uuid(uuid::Uuid::from_u128(n)))
            .to_vec();
        assert!(ids.is_sorted());
        assert_eq!(ids.iter().collect::<std::collections::BTreeSet<_>>().len(), ids.len());
    }
}
