//! Events, webhooks that receive them, and their deliveries.

use serde::{Deserialize, Serialize};

use crate::id::{EventId, OrgId, WebhookDeliveryId, WebhookId};
use crate::lang::Text;
use crate::time::Instant;

crate::words! {
    /// Kind of an event. The list grows; a word never changes its meaning.
    EventKind {
        /// A duty began.
        ObligationOpened = "obligation.opened",
        /// A duty comes due soon.
        ObligationReminder = "obligation.reminder",
        /// A duty was not done by its day.
        ObligationOverdue = "obligation.overdue",
        /// A duty was done, or no longer stands.
        ObligationDischarged = "obligation.discharged",
        /// A duty has another day.
        ObligationPostponed = "obligation.postponed",
        /// An agreement was signed by everybody.
        AgreementActive = "agreement.active",
        /// A product is on sale.
        ListingPublished = "listing.published",
        /// A product was taken off sale for a while.
        ListingSuspended = "listing.suspended",
        /// A product was removed by force.
        ListingRemoved = "listing.removed",
        /// A delivery was rejected.
        ContractDisputed = "contract.disputed",
        /// A dispute was settled.
        ContractResolved = "contract.resolved",
        /// A public share was paid.
        PaymentPaid = "payment.paid",
        /// A public share was refunded.
        PaymentRefunded = "payment.refunded",
        /// A membership of the processor pool ended with its year.
        PoolExpired = "pool.expired",
        /// A member of the processor pool was barred.
        PoolSuspended = "pool.suspended",
        /// Something looks wrong, and a person has to look.
        SignalRaised = "signal.raised",
        /// A seller proposes something for a request.
        RequestProposed = "request.proposed",
        /// A notice to its addressee, such as a decision.
        NoticeServed = "notice.served",
    }
}

/// An event as its addressees see it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Event {
    /// Id; the `id` of the CloudEvent and the `webhook-id` of its deliveries.
    pub id: EventId,
    /// Kind.
    pub kind: EventKind,
    /// Id of the object it is about.
    pub subject: String,
    /// Organisations it is for.
    pub orgs: Vec<OrgId>,
    /// One line.
    pub title: Text,
    /// What happened and what to do.
    pub body: Text,
    /// Figures for machines.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub data: serde_json::Value,
    /// When it was decided.
    pub at: Instant,
}

crate::words! {
    /// State of a webhook.
    WebhookState {
        /// Receives events.
        Active = "active",
        /// Receives nothing.
        Disabled = "disabled",
    }
}

/// A webhook to be made.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewWebhook {
    /// Address, `https://…`, of the public internet.
    pub url: String,
    /// Kinds of events wanted; all when empty.
    #[serde(default)]
    pub kinds: Vec<EventKind>,
}

/// A webhook of an organisation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Webhook {
    /// Id.
    pub id: WebhookId,
    /// Whose events it receives.
    pub org: OrgId,
    /// Address.
    pub url: String,
    /// Kinds of events wanted; all when empty.
    pub kinds: Vec<EventKind>,
    /// State.
    pub state: WebhookState,
    /// Number of its secret, from 1.
    pub generation: u32,
    /// Until when deliveries also bear the signature of the secret before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old_secret_until: Option<Instant>,
    /// When it was made.
    pub created_at: Instant,
}

/// A webhook with the secret that signs its deliveries. Shown when it is made and when the secret
/// is changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WebhookSecret {
    /// The webhook.
    pub webhook: Webhook,
    /// `whsec_` and the key in base 64.
    pub secret: String,
}

crate::words! {
    /// State of a delivery.
    DeliveryState {
        /// Is sent, or will be again.
        Pending = "pending",
        /// The receiver took it.
        Delivered = "delivered",
        /// Given up after the last attempt; it can be sent again by hand.
        Dead = "dead",
        /// The webhook was disabled before it was taken.
        Cancelled = "cancelled",
    }
}

/// One attempt at a delivery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WebhookAttempt {
    /// Number, from 1.
    pub number: u32,
    /// When.
    pub at: Instant,
    /// Status that the receiver answered with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Why there was no answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
}

/// A delivery of an event to a webhook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WebhookDelivery {
    /// Id.
    pub id: WebhookDeliveryId,
    /// The webhook.
    pub webhook: WebhookId,
    /// The event.
    pub event: EventId,
    /// State.
    pub state: DeliveryState,
    /// When it is sent next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_at: Option<Instant>,
    /// Attempts so far, oldest first.
    pub attempts: Vec<WebhookAttempt>,
    /// When it was first due.
    pub created_at: Instant,
    /// When it was taken or given up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Instant>,
}
