//! Signing up, staff accounts, and who is who.

use schema::api::parties::{
    Membership, NewOrganisation, NewStaff, NewUser, Organisation, Role, SignUp,
};
use schema::code::Code;
use schema::id::{self, AuditId, OrgId, UserId};
use schema::papers::BusinessStatus;
use schema::time::Instant;
use serde_json::json;

use super::rules;
use super::store::{self, OrgRow, UserRow};
use crate::app::App;
use crate::audit::{self, Entry};
use crate::auth::policy::{self, Action};
use crate::auth::{Principal, password};
use crate::db::{Db, Loaded};
use crate::error::AppResult;
use crate::idempotency::{Once, Ticket, once_in};

pub use super::declared::{declared_in, list_in as affiliations_in};

/// Ids, time and hash of a new account, made before the transaction.
#[derive(Clone)]
struct Fresh {
    org: OrgId,
    user: UserId,
    audits: [AuditId; 2],
    now: Instant,
    password_hash: String,
}

async fn fresh(app: &App, password: &str) -> AppResult<Fresh> {
    Ok(Fresh {
        org: app.clock.fresh::<id::Organisation>(),
        user: app.clock.fresh::<id::User>(),
        audits: [app.clock.fresh(), app.clock.fresh()],
        now: app.clock.now(),
        password_hash: hashed(app, password.to_owned()).await?,
    })
}

/// Hashes a password, a few at a time.
async fn hashed(app: &App, password: String) -> AppResult<String> {
    let _turn = app.password_checks.acquire().await.map_err(anyhow::Error::from)?;
    crate::db::store::blocking(move || Ok(password::hash(&password)?)).await
}

/// Signs an organisation up with its first person.
pub async fn sign_up(app: &App, new: SignUp) -> AppResult<Membership> {
    rules::organisation(&new.organisation, false)?;
    let email = rules::user(&new.user)?;
    let fresh = fresh(app, &new.user.password.0).await?;
    app.store
        .write(move |db| {
            let org = insert_org_in(db, &new.organisation, &fresh, None)?;
            let roles = new.organisation.roles.clone();
            insert_user_in(db, org, &new.user, &email, &roles, &fresh, None)?;
            membership_in(db, fresh.user)
        })
        .await
}

/// Makes an account of the exchange's staff.
pub async fn staff_create(
    app: &App,
    who: Principal,
    ticket: Ticket,
    new: NewStaff,
) -> AppResult<Once<Membership>> {
    policy::act(&who, Action::StaffCreate, &[])?;
    staff(app, Some(who), ticket, new).await
}

/// Makes the first operator: a command of whoever owns the machine.
pub async fn operator_create(app: &App, new: NewStaff) -> AppResult<Membership> {
    let ticket = Ticket::new("machine".to_owned(), None, "", b"");
    Ok(staff(app, None, ticket, new).await?.value)
}

async fn staff(
    app: &App,
    who: Option<Principal>,
    ticket: Ticket,
    new: NewStaff,
) -> AppResult<Once<Membership>> {
    rules::roles("roles", &new.roles, true)?;
    if let Some(organisation) = &new.organisation {
        rules::organisation(organisation, true)?;
    }
    let email = rules::user(&new.user)?;
    let fresh = fresh(app, &new.user.password.0).await?;
    app.store
        .write(move |db| {
            once_in(db, &ticket, fresh.now, |db| {
                let org = match (&new.org, &new.organisation) {
                    (Some(org), None) => store::org(db, *org).or_not_found("organisation")?.id,
                    (None, Some(organisation)) => {
                        insert_org_in(db, organisation, &fresh, who.as_ref())?
                    }
                    _ => {
                        return Err(Code::InvalidField
                            .because(
                                "`org`와 `organisation` 중 하나만 보내 주세요.",
                                "Send either `org` or `organisation`.",
                            )
                            .field("org")
                            .into());
                    }
                };
                insert_user_in(db, org, &new.user, &email, &new.roles, &fresh, who.as_ref())?;
                membership_in(db, fresh.user)
            })
        })
        .await
}

fn insert_org_in(
    db: &mut Db,
    new: &NewOrganisation,
    fresh: &Fresh,
    who: Option<&Principal>,
) -> AppResult<OrgId> {
    let business_no = new.business_no.to_string();
    if store::business_no_taken(db, &business_no)? {
        return Err(Code::BusinessNoTaken
            .because(
                "같은 사업자등록번호로 가입한 기관이 있습니다.",
                "An organisation with this business number has signed up.",
            )
            .rule("R-192")
            .field("organisation.business_no")
            .cure("그 기관의 담당자에게 계정을 요청하세요.", "Ask its people for an account.")
            .into());
    }
    let row = OrgRow {
        id: fresh.org,
        name: new.name.trim().to_owned(),
        business_no,
        corporate_no: new.corporate_no.as_ref().map(ToString::to_string),
        representative: new.representative.trim().to_owned(),
        size_class: new.size_class.to_string(),
        ksic: new.ksic.clone(),
        roles: store::roles_text(&new.roles),
        created_at: fresh.now.as_micros(),
        status: BusinessStatus::Operating,
        insolvency: 0,
        collects_data: None,
        secondary_ksic: String::new(),
        affiliates: String::new(),
    };
    store::insert_org(db, &row)?;
    let [audit_id, _] = fresh.audits;
    audit::record_in(
        db,
        &Entry {
            id: audit_id,
            at: fresh.now,
            who,
            object: row.id.as_str(),
            action: "organisation.create",
            from: None,
            to: None,
            reason: None,
            body: json!({"roles": row.roles, "size_class": row.size_class}),
        },
    )?;
    Ok(row.id)
}

fn insert_user_in(
    db: &mut Db,
    org: OrgId,
    new: &NewUser,
    email: &str,
    roles: &[Role],
    fresh: &Fresh,
    who: Option<&Principal>,
) -> AppResult<()> {
    if store::user_by_email(db, email)?.is_some() {
        return Err(Code::EmailTaken
            .because("이미 가입된 이메일입니다.", "This e-mail address has an account.")
            .field("user.email")
            .into());
    }
    let row = UserRow {
        id: fresh.user,
        org_id: org,
        email: email.to_owned(),
        name: new.name.trim().to_owned(),
        password_hash: fresh.password_hash.clone(),
        roles: store::roles_text(roles),
        failures: 0,
        locked_until: None,
        created_at: fresh.now.as_micros(),
    };
    store::insert_user(db, &row)?;
    let [_, audit_id] = fresh.audits;
    audit::record_in(
        db,
        &Entry {
            id: audit_id,
            at: fresh.now,
            who,
            object: row.id.as_str(),
            action: "user.create",
            from: None,
            to: None,
            reason: None,
            body: json!({"org": org, "roles": row.roles}),
        },
    )
}

/// A person and their organisation.
pub fn membership_in(db: &mut Db, user: UserId) -> AppResult<Membership> {
    let user = store::user(db, user).or_not_found("user")?;
    let organisation = store::org(db, user.org_id).or_not_found("organisation")?;
    Ok(Membership { organisation: organisation.try_into()?, user: user.try_into()? })
}

/// An organisation, for rules of other features.
pub fn organisation_in(db: &mut Db, id: OrgId) -> AppResult<Organisation> {
    store::org(db, id).or_not_found("organisation")?.try_into()
}

/// An organisation, if the caller may see it.
pub fn organisation_seen_in(db: &mut Db, who: &Principal, id: OrgId) -> AppResult<Organisation> {
    policy::see(who, Action::OrganisationRead, &[id], "organisation")?;
    organisation_in(db, id)
}

/// Checks that a text a person typed has 1 to `max` characters.
pub fn text(field: &str, text: &str, max: usize) -> AppResult<()> {
    Ok(rules::length(field, text, max)?)
}

/// Organisations read at once.
const PAGE: i64 = 1_000;

/// Every organisation, for the search through chains of affiliation.
pub fn every_organisation_in(db: &mut Db) -> AppResult<Vec<Organisation>> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let rows = store::orgs(db, after, PAGE)?;
        after = rows.last().map(|row| row.id);
        for row in rows {
            all.push(row.try_into()?);
        }
        if after.is_none() {
            return Ok(all);
        }
    }
}
