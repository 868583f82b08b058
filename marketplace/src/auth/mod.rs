//! Who is asking and what they may do: passwords, signing keys, access tokens, the permission
//! matrix. Nothing here knows the database; sessions live in [`parties`](crate::parties).

pub mod keys;
pub mod password;
pub mod policy;
pub mod token;

use schema::api::parties::Role;
use schema::id::{OrgId, SessionId, UserId};

/// The person a request comes from, as its access token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// The person.
    pub user: UserId,
    /// Their organisation.
    pub org: OrgId,
    /// The session of the token.
    pub session: SessionId,
    /// What they act as.
    pub roles: Vec<Role>,
}

impl Principal {
    /// Whether the person acts as `role`.
    pub fn is(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    /// Whether the person acts as one of `roles`.
    pub fn is_any(&self, roles: &[Role]) -> bool {
        roles.iter().any(|role| self.is(*role))
    }

    /// Whether the person may look at every organisation's objects.
    pub fn sees_all(&self) -> bool {
        self.is_any(&[Role::Operator, Role::Agency, Role::Auditor])
    }
}
