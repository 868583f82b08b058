//! Who plays: organisations and people of the story, signed up through the API.

use anyhow::{Context, Result};
use schema::api::parties::{Membership, NewOrganisation, NewStaff, NewUser, Role, Secret, SignUp};
use schema::id::OrgId;
use schema::notice::SizeClass;
use schema::registry_no::BusinessNo;
use schema::time::Day;

use super::client::Client;
use crate::app::App;
use crate::parties::service;

/// A person who is signed in, and their organisation.
pub(super) struct Actor {
    pub(super) org: OrgId,
    pub(super) name: String,
    pub(super) email: String,
    pub(super) api: Client,
}

/// Everybody.
pub(super) struct Cast {
    pub(super) operator: Actor,
    pub(super) approver: Actor,
    pub(super) payer: Actor,
    pub(super) auditor: Actor,
    pub(super) provider: Actor,
    pub(super) processor: Actor,
    pub(super) buyer: Actor,
    pub(super) nonprofit: Actor,
    /// The day in Seoul.
    pub(super) today: Day,
    /// Password of every account of this run.
    pub(super) password: String,
}

/// Numbers and names of one run, so that a data folder can be played in again.
struct Run {
    /// Six digits that no other run has.
    serial: u32,
}

impl Run {
    /// A business number of this run: `class` is its middle pair.
    fn business_no(&self, nth: u32, class: u32) -> Result<BusinessNo> {
        // Three and five free digits; the tenth is the check digit.
        let head = 100 + (self.serial / 1_000) % 900;
        let tail = (self.serial % 1_000) * 10 + nth;
        for check in 0..10 {
            let text = format!("{head:03}{class:02}{tail:04}{check}");
            if let Ok(number) = text.parse() {
                return Ok(number);
            }
        }
        anyhow::bail!("no business number")
    }

    fn email(&self, who: &str) -> String {
        format!("{who}.{}@demo.example", self.serial)
    }

    fn user(&self, who: &str, name: &str, password: &str) -> NewUser {
        NewUser {
            email: self.email(who),
            name: name.to_owned(),
            password: Secret(password.to_owned()),
        }
    }
}

fn secret() -> Result<String> {
    let mut bytes = [0u8; 12];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
    Ok(crate::idempotency::hex(&bytes))
}

/// Makes the operator on the machine and everybody else through the API.
pub(super) async fn sign_up(app: &App, api: &Client) -> Result<Cast> {
    let mut noise = [0u8; 4];
    getrandom::fill(&mut noise).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
    let run = Run { serial: 100_000 + u32::from_le_bytes(noise) % 900_000 };
    let password = secret()?;

    let office =
        organisation(&run, "장터 운영사무국", 1, 82, SizeClass::Nonprofit, None, Role::Operator)?;
    let first = NewStaff {
        org: None,
        organisation: Some(office),
        user: run.user("operator", "운영 담당", &password),
        roles: vec![Role::Operator],
    };
    let made = service::operator_create(app, first).await.context("first operator")?;
    let operator = actor(api, made, &password).await?;

    let mut agency =
        organisation(&run, "스마트제조 전문기관", 2, 82, SizeClass::Nonprofit, None, Role::Agency)?;
    agency.roles.push(Role::Auditor);
    let approver =
        staff(&run, &operator, "approver", Some(agency), None, Role::Agency, &password).await?;
    let agency = Some(approver.org);
    let payer = staff(&run, &operator, "payer", None, agency, Role::Agency, &password).await?;
    let auditor = staff(&run, &operator, "auditor", None, agency, Role::Auditor, &password).await?;

    let firm =
        |name, nth, class, size, ksic, role| organisation(&run, name, nth, class, size, ksic, role);
    let provider = firm("한빛정밀", 3, 81, SizeClass::Sme, Some("25913"), Role::Provider)?;
    let processor = firm("데이터가공소", 4, 86, SizeClass::Sme, Some("63112"), Role::Processor)?;
    let buyer = firm("새벽금형", 5, 87, SizeClass::Sme, Some("29294"), Role::Buyer)?;
    let nonprofit = firm("제조AI연구원", 6, 82, SizeClass::Nonprofit, None, Role::Buyer)?;
    Ok(Cast {
        provider: join(&run, api, provider, "provider", &password).await?,
        processor: join(&run, api, processor, "processor", &password).await?,
        buyer: join(&run, api, buyer, "buyer", &password).await?,
        nonprofit: join(&run, api, nonprofit, "nonprofit", &password).await?,
        operator,
        approver,
        payer,
        auditor,
        today: app.clock.now().seoul_day(),
        password,
    })
}

fn organisation(
    run: &Run,
    name: &str,
    nth: u32,
    class: u32,
    size_class: SizeClass,
    ksic: Option<&str>,
    role: Role,
) -> Result<NewOrganisation> {
    Ok(NewOrganisation {
        name: name.to_owned(),
        business_no: run.business_no(nth, class)?,
        corporate_no: None,
        representative: format!("대표 {nth}-{}", run.serial),
        size_class,
        ksic: ksic.map(str::to_owned),
        roles: vec![role],
    })
}

async fn join(
    run: &Run,
    api: &Client,
    organisation: NewOrganisation,
    who: &str,
    password: &str,
) -> Result<Actor> {
    let user = run.user(who, "담당자", password);
    let made: Membership = api.post("/v1/sign-up", Some(&SignUp { organisation, user })).await?;
    actor(api, made, password).await
}

async fn staff(
    run: &Run,
    operator: &Actor,
    who: &str,
    organisation: Option<NewOrganisation>,
    org: Option<OrgId>,
    role: Role,
    password: &str,
) -> Result<Actor> {
    let new =
        NewStaff {
            org, organisation, user: run.user(who, "담당자", password), roles: vec![role]
        };
    let made: Membership = operator.api.post("/v1/staff", Some(&new)).await?;
    actor(&operator.api, made, password).await
}

async fn actor(api: &Client, made: Membership, password: &str) -> Result<Actor> {
    Ok(Actor {
        api: api.login(&made.user.email, password).await?,
        org: made.organisation.id,
        name: made.organisation.name,
        email: made.user.email,
    })
}
