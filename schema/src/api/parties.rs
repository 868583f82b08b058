//! Organisations, people, sign-up and login.

use serde::{Deserialize, Serialize};

use crate::id::{AffiliationId, OrgId, UserId};
use crate::notice::SizeClass;
use crate::papers::BusinessStatus;
use crate::registry_no::{BusinessNo, CorporateNo};
use crate::time::Instant;

crate::words! {
    /// What a person or an organisation may act as.
    Role {
        /// Owns data and sells it (데이터 보유기업).
        Provider = "provider",
        /// Buys data (수요기업).
        Buyer = "buyer",
        /// Cleans and packages data (가공기업).
        Processor = "processor",
        /// Runs the exchange and reviews (운영기관).
        Operator = "operator",
        /// Spends the public money (전문기관).
        Agency = "agency",
        /// Scores applications.
        Evaluator = "evaluator",
        /// Reads everything, writes nothing.
        Auditor = "auditor",
    }
}

impl Role {
    /// Roles that only the operator may give; the others are chosen at sign-up.
    pub const STAFF: &[Role] = &[Role::Operator, Role::Agency, Role::Evaluator, Role::Auditor];
}

/// A text that is never printed: a password or a token.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct Secret(pub String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("(secret)")
    }
}

/// Sign-up of an organisation and its first person.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SignUp {
    /// The organisation.
    pub organisation: NewOrganisation,
    /// Its first person.
    pub user: NewUser,
}

/// An organisation that signs up.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewOrganisation {
    /// Name, 1 to 200 characters.
    pub name: String,
    /// Business registration number; one organisation each.
    pub business_no: BusinessNo,
    /// Corporate registration number, if it has one.
    #[serde(default)]
    pub corporate_no: Option<CorporateNo>,
    /// Name of the representative, 1 to 100 characters.
    pub representative: String,
    /// Size class by certificate.
    pub size_class: SizeClass,
    /// Industry, as a five-digit KSIC code.
    #[serde(default)]
    pub ksic: Option<String>,
    /// What it wants to act as: provider, buyer, processor.
    pub roles: Vec<Role>,
}

/// A person who signs up or is added by a colleague.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    /// E-mail address; the login name.
    pub email: String,
    /// Name, 1 to 100 characters.
    pub name: String,
    /// Password, 10 to 128 characters.
    pub password: Secret,
}

/// Accounts of the exchange's own staff, made by an operator.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewStaff {
    /// Their organisation: an existing one by id, or a new one.
    #[serde(default)]
    pub org: Option<OrgId>,
    /// A new organisation, when `org` is absent.
    #[serde(default)]
    pub organisation: Option<NewOrganisation>,
    /// The person.
    pub user: NewUser,
    /// What they act as.
    pub roles: Vec<Role>,
}

/// An organisation as its own people and the staff see it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Organisation {
    /// Id.
    pub id: OrgId,
    /// Name.
    pub name: String,
    /// Business registration number.
    pub business_no: BusinessNo,
    /// Corporate registration number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corporate_no: Option<CorporateNo>,
    /// Whether the corporate number has the usual check digit (R-191: a warning, never a refusal).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corporate_no_checked: Option<bool>,
    /// Name of the representative.
    pub representative: String,
    /// Size class.
    pub size_class: SizeClass,
    /// Industry (KSIC).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ksic: Option<String>,
    /// What it acts as.
    pub roles: Vec<Role>,
    /// How it stands, by the registers and by its own word.
    #[serde(default)]
    pub standing: OrgStanding,
    /// When it signed up.
    pub created_at: Instant,
}

/// How an organisation stands: what the registers say, recorded by an operator, and what it has
/// declared itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OrgStanding {
    /// Whether the business is running.
    pub status: BusinessStatus,
    /// Whether insolvency proceedings are filed or under way.
    pub insolvency: bool,
    /// Whether it collects manufacturing data; absent until it has said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collects_data: Option<bool>,
    /// Industries beside the main one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secondary_ksic: Vec<String>,
    /// Business numbers of its affiliates, as it declared them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub affiliates: Vec<BusinessNo>,
}

impl Default for OrgStanding {
    fn default() -> Self {
        Self {
            status: BusinessStatus::Operating,
            insolvency: false,
            collects_data: None,
            secondary_ksic: Vec::new(),
            affiliates: Vec::new(),
        }
    }
}

crate::words! {
    /// Why somebody may not evaluate an application.
    Interest {
        /// 당사자
        Party = "party",
        /// 같은 기업집단
        Group = "group",
        /// 친족
        Relative = "relative",
        /// 공동권리자·공동의무자
        CoObligor = "co_obligor",
        /// 증언·감정을 한 사람
        Witness = "witness",
    }
}

/// What an organisation says of itself; it replaces what it said before.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Declaration {
    /// Whether it collects manufacturing data.
    pub collects_data: bool,
    /// Industries beside the main one, as five-digit KSIC codes, at most 20.
    #[serde(default)]
    pub secondary_ksic: Vec<String>,
    /// Business numbers of its affiliates, at most 100.
    #[serde(default)]
    pub affiliates: Vec<BusinessNo>,
}

/// What a register says of an organisation, recorded by an operator.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct StatusRecord {
    /// Whether the business is running.
    pub status: BusinessStatus,
    /// Whether insolvency proceedings are filed or under way.
    #[serde(default)]
    pub insolvency: bool,
    /// Where it was seen, 1 to 500 characters.
    pub reason: String,
}

/// A person.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct User {
    /// Id.
    pub id: UserId,
    /// Organisation.
    pub org: OrgId,
    /// E-mail address.
    pub email: String,
    /// Name.
    pub name: String,
    /// What they act as.
    pub roles: Vec<Role>,
    /// When the account was made.
    pub created_at: Instant,
}

/// A person and their organisation.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Membership {
    /// The organisation.
    pub organisation: Organisation,
    /// The person.
    pub user: User,
}

/// Login.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// E-mail address.
    pub email: String,
    /// Password.
    pub password: Secret,
}

/// Renewal of an access token.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Refresh {
    /// The refresh token of the answer before; each works once.
    pub refresh_token: Secret,
}

/// Tokens of a session.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Tokens {
    /// Send it as `Authorization: Bearer …`.
    pub access_token: String,
    /// Always `Bearer`.
    pub token_type: String,
    /// Seconds until the access token expires.
    pub expires_in: i64,
    /// Exchange it for the next pair; each works once.
    pub refresh_token: String,
}

/// An affiliation to be declared: two organisations of one group.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewAffiliation {
    /// Whose affiliation it is; absent for the caller's own organisation. Only the staff name another.
    #[serde(default)]
    pub org: Option<OrgId>,
    /// Business number of the other organisation.
    pub business_no: BusinessNo,
    /// Why they belong together, such as a shareholding; 1 to 500 characters.
    pub note: String,
}

/// A declared affiliation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Affiliation {
    /// Id.
    pub id: AffiliationId,
    /// One organisation.
    pub one: OrgId,
    /// The other.
    pub other: OrgId,
    /// Why they belong together.
    pub note: String,
    /// Who declared it.
    pub declared_by: UserId,
    /// When.
    pub declared_at: Instant,
}
