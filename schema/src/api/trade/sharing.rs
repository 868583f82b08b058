//! What a buyer's own tools load bought data with: credentials of Delta Sharing and signed links.

use serde::{Deserialize, Serialize};

use crate::id::{ContractId, OrgId, ShareCredentialId, UserId};
use crate::time::Instant;

/// Days for which a credential is made when the caller does not say.
pub const CREDENTIAL_DAYS_DEFAULT: u16 = 90;
/// Days for which a credential is made at most.
pub const CREDENTIAL_DAYS_MAX: u16 = 366;
/// Contracts of one credential at most.
pub const CREDENTIAL_CONTRACTS_MAX: usize = 100;

crate::words! {
    /// How a tool signs in.
    CredentialKind {
        /// A token that is sent as it is (profile version 1).
        Bearer = "bearer",
        /// OAuth 2.0 client credentials (profile version 2).
        Oauth = "oauth",
    }
}

/// A credential to be made.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewShareCredential {
    /// Who or what will use it: 1 to 100 characters.
    pub label: String,
    /// How it signs in.
    pub kind: CredentialKind,
    /// Contracts it reaches, 1 to 100.
    pub contracts: Vec<ContractId>,
    /// Days it is good for, 1 to 366; 90 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<u16>,
}

/// A contract that a credential is to reach.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewShareGrant {
    /// The contract.
    pub contract: ContractId,
}

/// A credential of an organisation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ShareCredential {
    /// Id.
    pub id: ShareCredentialId,
    /// Whose it is.
    pub org: OrgId,
    /// Who or what uses it.
    pub label: String,
    /// How it signs in.
    pub kind: CredentialKind,
    /// Contracts it reaches; each is a share named by its id.
    pub contracts: Vec<ContractId>,
    /// Number of its secret, from 1.
    pub generation: u32,
    /// Until when the secret before also works.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old_secret_until: Option<Instant>,
    /// When it ends by itself.
    pub expires_at: Instant,
    /// When it was revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<Instant>,
    /// Who made it.
    pub author: UserId,
    /// When it was made.
    pub created_at: Instant,
}

/// A profile as Delta Sharing clients read it from a `.share` file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ShareProfile {
    /// 1 for a token, 2 for OAuth.
    pub share_credentials_version: u8,
    /// `oauth_client_credentials` in version 2.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Address of the sharing server.
    pub endpoint: String,
    /// The token of version 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bearer_token: Option<String>,
    /// When the token ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expiration_time: Option<String>,
    /// Where version 2 gets its tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_endpoint: Option<String>,
    /// Who asks, in version 2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// The secret of version 2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<String>,
}

/// A credential with the profile that holds its secret. Shown when it is made and when the secret is
/// changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ShareAccess {
    /// The credential.
    pub credential: ShareCredential,
    /// To be kept as a file that ends in `.share`.
    pub profile: ShareProfile,
}

/// An address that gives a file to whoever has it, for a short time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FileLink {
    /// Address; good for GET and HEAD, whole or by range, without a token.
    pub url: String,
    /// When it ends. It ends earlier with the session that asked for it and with the right to the file.
    pub expires_at: Instant,
    /// SHA-256 of the file.
    pub sha256: String,
    /// Its length in bytes.
    pub bytes: u64,
}
