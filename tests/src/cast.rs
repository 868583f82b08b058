//! People of the exchange, signed up and signed in through the public interface.

use std::ops::Deref;
use std::sync::atomic::Ordering;

use marketplace::parties::service;
use schema::api::parties::{
    Membership, NewOrganisation, NewStaff, NewUser, Role, Secret, SignUp, Tokens,
};
use schema::id::{OrgId, UserId};
use schema::notice::SizeClass;
use serde_json::json;

use crate::api::Api;
use crate::app::TestApp;
use crate::numbers::business_no;

/// Everybody's password.
pub const PASSWORD: &str = "장터에서 만나요 2024";

/// A person who is signed in; used like the [`Api`] itself.
#[derive(Clone, Debug)]
pub struct Persona {
    api: Api,
    /// Their organisation.
    pub org: OrgId,
    /// The person.
    pub user: UserId,
    /// Login name.
    pub email: String,
    /// The refresh token of the first sign-in.
    pub refresh_token: String,
}

impl Deref for Persona {
    type Target = Api;

    fn deref(&self) -> &Api {
        &self.api
    }
}

impl Persona {
    /// Signs in again, for instance after the clock was moved.
    pub async fn sign_in(&self) -> Tokens {
        let login = json!({"email": self.email, "password": PASSWORD});
        let tokens: Tokens = self.api.post("/v1/login", login).await.expect(200).read();
        self.api.set_token(&tokens.access_token);
        tokens
    }
}

impl TestApp {
    /// A sign-up of an organisation that is like no other.
    pub fn sign_up_form(&self, roles: &[Role], size_class: SizeClass) -> SignUp {
        let nth = self.people.fetch_add(1, Ordering::Relaxed) + 1;
        let class = if size_class == SizeClass::Nonprofit { 82 } else { 81 };
        let maker = size_class != SizeClass::Nonprofit;
        SignUp {
            organisation: NewOrganisation {
                name: format!("장터기업 {nth}호"),
                business_no: business_no(class, nth),
                corporate_no: None,
                representative: format!("대표 {nth}"),
                size_class,
                ksic: maker.then(|| "25913".to_owned()),
                roles: roles.to_vec(),
            },
            user: self.person(nth),
        }
    }

    fn person(&self, nth: u32) -> NewUser {
        NewUser {
            email: format!("person{nth}@jangteo.example"),
            name: format!("담당자 {nth}"),
            password: Secret(PASSWORD.to_owned()),
        }
    }

    /// Signs an organisation up and its person in.
    pub async fn join(&self, form: &SignUp) -> Persona {
        let made: Membership = self.nobody().post("/v1/sign-up", form).await.expect(201).read();
        self.enter(made).await
    }

    async fn enter(&self, made: Membership) -> Persona {
        let (org, user, email) = (made.organisation.id, made.user.id, made.user.email);
        let login = json!({"email": email, "password": PASSWORD});
        let tokens: Tokens = self.nobody().post("/v1/login", login).await.expect(200).read();
        let api = self.nobody().with_token(&tokens.access_token);
        Persona { api, org, user, email, refresh_token: tokens.refresh_token }
    }

    /// A small firm that owns data.
    pub async fn provider(&self) -> Persona {
        self.join(&self.sign_up_form(&[Role::Provider], SizeClass::Sme)).await
    }

    /// A small firm that buys.
    pub async fn buyer(&self) -> Persona {
        self.join(&self.sign_up_form(&[Role::Buyer], SizeClass::Sme)).await
    }

    /// A nonprofit that buys.
    pub async fn nonprofit(&self) -> Persona {
        self.join(&self.sign_up_form(&[Role::Buyer], SizeClass::Nonprofit)).await
    }

    /// A firm that processes data.
    pub async fn processor(&self) -> Persona {
        self.join(&self.sign_up_form(&[Role::Processor], SizeClass::Sme)).await
    }

    /// The first operator, made on the machine.
    pub async fn operator(&self) -> Persona {
        let form = self.sign_up_form(&[Role::Operator], SizeClass::Nonprofit);
        let new = NewStaff {
            org: None,
            organisation: Some(form.organisation),
            user: form.user,
            roles: vec![Role::Operator],
        };
        let made = service::operator_create(&self.app, new).await.expect("an operator");
        self.enter(made).await
    }

    /// Staff of a new organisation, made by `operator`.
    pub async fn staff(&self, operator: &Persona, role: Role) -> Persona {
        let form = self.sign_up_form(&[role], SizeClass::Nonprofit);
        let new = NewStaff {
            org: None,
            organisation: Some(form.organisation),
            user: form.user,
            roles: vec![role],
        };
        self.employ(operator, &new).await
    }

    /// Another person of the organisation `org`, made by `operator`.
    pub async fn colleague(&self, operator: &Persona, org: OrgId, role: Role) -> Persona {
        let nth = self.people.fetch_add(1, Ordering::Relaxed) + 1;
        let user = self.person(nth);
        let new = NewStaff { org: Some(org), organisation: None, user, roles: vec![role] };
        self.employ(operator, &new).await
    }

    async fn employ(&self, operator: &Persona, new: &NewStaff) -> Persona {
        let made: Membership = operator.post("/v1/staff", new).await.expect(201).read();
        self.enter(made).await
    }
}
