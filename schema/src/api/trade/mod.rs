//! Price bases, listings, trade contracts and deliveries.

mod contract;
mod demand;
mod dispute;
mod licence;
mod listing;
mod price;
mod room;
mod search;
mod sharing;

pub use contract::{
    Contract, ContractState, Decline, Delivery, Fund, Order, Purpose, Sign, Signature,
    SignatureSide, Withdraw,
};
pub use demand::{DataProposal, DataRequest, NewDataProposal, NewDataRequest};
pub use dispute::{
    AfterCare, AfterCareFigures, AfterCares, Dispute, DisputeAnswer, DisputeDecision,
    DisputeOutcome, DisputeProposal, DisputeReply, DisputeState, NewAfterCare, UsedPurchase,
    Utilisation,
};
pub use licence::{
    DeliveryMethod, DerivedPolicy, Exclusivity, LicenceOffer, PaymentModel, Scope, UpdatePolicy,
    Warranty,
};
pub use listing::{
    Attestation, BasisSummary, Duty, DutyState, Halt, Listing, ListingCard, ListingDetail,
    ListingDraft, ListingQuery, ListingState, NewListing, Note, ProductDescription, Suspend,
    SuspendCause,
};
pub use price::{Comparable, PriceBasis, PriceInputs, PriceMethod};
pub use room::{
    AnswerColumn, NewQuery, Probe, ProbeAnswer, ProbeWindow, QueryAnswer, Question, QuestionKind,
    QuestionOutcome,
};
pub use search::{
    FacetCount, Facets, SEARCH_DEPTH_MAX, SearchQuery, SearchResults, SearchSort, SuggestionQuery,
    Suggestions,
};
pub use sharing::{
    CREDENTIAL_CONTRACTS_MAX, CREDENTIAL_DAYS_DEFAULT, CREDENTIAL_DAYS_MAX, CredentialKind,
    FileLink, NewShareCredential, NewShareGrant, ShareAccess, ShareCredential, ShareProfile,
};
