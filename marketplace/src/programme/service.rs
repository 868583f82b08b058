//! Drafting, signing and reading agreements.

use schema::api::eligibility::Snapshot;
use schema::api::programme::{
    Agreement, AgreementState, CostItem, NewAgreement, ProgrammeInfo, Quote, QuoteQuery,
    SigningParty,
};
use schema::code::Code;
use schema::id::{self, AgreementId, AuditId, OrgId, TransferId, VoucherId};
use schema::money::Won;
use schema::notice::{Notice, ProgrammeCode};
use schema::page::{Page, PageQuery};
use schema::papers::Stage;
use schema::time::{Calendar, Day, Instant, Period};
use serde::Serialize;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::catalogue::{self, programme_on};
use super::rules::{self, Parties, Promise};
use super::store::{self, AgreementRow, SignatureRow};
use crate::app::App;
use crate::audit::{self, Entry};
use crate::auth::Principal;
use crate::auth::policy::{self, Action};
use crate::db::{Db, Loaded};
use crate::error::{AppError, AppResult};
use crate::http::extract::{page_cursor, page_limit};
use crate::idempotency::{Once, Ticket, hex, once_in};
use crate::ledger::service::{Posting, post_in};
use crate::ledger::{AccountKey, Fund};
use crate::parties::affiliation::same_group;
use crate::parties::eligibility::{self, Look, notice_sha256};
use crate::parties::rules::length;
use crate::parties::service::{declared_in, organisation_in};

/// The catalogue in force.
pub fn catalogue_on(day: Day) -> AppResult<schema::api::programme::Catalogue> {
    catalogue::catalogue(day)
}

/// A programme in force.
pub fn programme_info(day: Day, code: ProgrammeCode) -> AppResult<ProgrammeInfo> {
    Ok(catalogue::info(programme_on(day, code)?.1))
}

/// What a programme would pay of a cost.
pub fn quote(day: Day, code: ProgrammeCode, asked: &QuoteQuery) -> AppResult<Quote> {
    let (notice, programme) = programme_on(day, code)?;
    Ok(schema::notice::quote::quote(notice, programme, asked)?)
}

/// The terms that a signature is given to, in the order in which their digest is taken.
#[derive(Serialize)]
struct Terms<'a> {
    id: AgreementId,
    notice_version: &'a str,
    programme: ProgrammeCode,
    title: &'a str,
    recipient: OrgId,
    processor: Option<OrgId>,
    purpose: Option<&'static str>,
    ratio_bp: i64,
    rounding: &'static str,
    support: Won,
    total: Option<Won>,
    cash: Option<Won>,
    in_kind: Option<Won>,
    items: &'a [CostItem],
    period_months: u8,
    listing_months: Option<u8>,
}

/// Drafts an agreement. For the agency.
pub async fn agreement_draft(
    app: &App,
    who: Principal,
    ticket: Ticket,
    new: NewAgreement,
) -> AppResult<Once<Agreement>> {
    policy::act(&who, Action::AgreementDraft, &[])?;
    length("title", &new.title, 200)?;
    if let Some(note) = &new.review_note {
        length("review_note", note, 500)?;
    }
    for item in new.plan.iter().flat_map(|plan| &plan.items) {
        length("plan.items.name", &item.name, 200)?;
    }
    let now = app.clock.now();
    let (id, audit): (AgreementId, AuditId) = (app.clock.fresh(), app.clock.fresh());
    app.store
        .write(move |db| once_in(db, &ticket, now, |db| draft_in(db, &who, &new, id, audit, now)))
        .await
}

/// Drafts an agreement inside the caller's transaction, for the agency whose right to do so and
/// whose texts the caller has checked.
pub(crate) fn draft_in(
    db: &mut Db,
    who: &Principal,
    new: &NewAgreement,
    id: AgreementId,
    audit: AuditId,
    now: Instant,
) -> AppResult<Agreement> {
    let (notice, programme) = programme_on(now.seoul_day(), new.programme)?;
    let recipient = organisation_in(db, new.recipient)?;
    let processor = new.processor.map(|id| organisation_in(db, id)).transpose()?;
    let processor = processor.as_ref();
    let mut tied = processor.is_some_and(|other| same_group(&recipient, other));
    if let Some(other) = processor {
        tied |= declared_in(db, recipient.id, other.id)?;
    }
    let seen = look_in(db, new.recipient, new.programme, id, now)?;
    let (screening, class) = (&seen.screening(), seen.standing.class);
    let parties = Parties { recipient: &recipient, processor, tied, screening, class };
    let promise = rules::draft(programme, &parties, new)?;
    if [Some(new.recipient), new.processor].contains(&Some(who.org)) {
        return Err(Code::DutiesSeparated
            .because(
                "전문기관은 자기 기관과 협약을 맺을 수 없습니다.",
                "The agency cannot make an agreement with itself.",
            )
            .rule("R-041")
            .into());
    }
    single(db, new.programme, &recipient, now.seoul_day())?;
    let row = row_of(id, who, new, &promise, notice, now)?;
    store::insert(db, &row)?;
    let entry = Entry {
        id: audit,
        at: now,
        who: Some(who),
        object: id.as_str(),
        action: "agreement.draft",
        from: None,
        to: Some(AgreementState::Drafted.as_str()),
        reason: new.review_note.as_deref(),
        body: json!({"terms_hash": row.terms_hash, "support": row.support}),
    };
    audit::record_in(db, &entry)?;
    agreement_in(db, id)
}

/// What is seen of the recipient of an agreement.
fn look_in(
    db: &mut Db,
    org: OrgId,
    programme: ProgrammeCode,
    agreement: AgreementId,
    now: Instant,
) -> AppResult<Snapshot> {
    let look = Look {
        org,
        programme,
        stage: Stage::Agreement,
        object: agreement.as_str(),
        notice_version: None,
        supported: Vec::new(),
    };
    eligibility::take_in(db, &look, now)
}

/// one purchase agreement a year, for a firm with all its branches.
fn single(
    db: &mut Db,
    programme: ProgrammeCode,
    recipient: &schema::api::parties::Organisation,
    today: Day,
) -> AppResult<()> {
    if programme != ProgrammeCode::PURCHASE {
        return Ok(());
    }
    match running_in(db, programme, recipient, today.year())? {
        None => Ok(()),
        Some(other) => Err(Code::AgreementExists
            .because(
                "이 기업은 올해 이 사업의 협약을 이미 맺었습니다.",
                "This firm has an agreement of this programme and year already.",
            )
            .rule("R-192")
            .with("agreement", other.as_str())
            .into()),
    }
}

/// The agreement of a programme and fiscal year that runs for an organisation or another branch of
/// its corporation, if there is one.
pub fn running_in(
    db: &mut Db,
    programme: ProgrammeCode,
    org: &schema::api::parties::Organisation,
    fiscal_year: i16,
) -> AppResult<Option<AgreementId>> {
    let corporate_no = org.corporate_no.as_ref().map(ToString::to_string);
    store::running(db, programme, fiscal_year, org.id, corporate_no)
}

fn row_of(
    id: AgreementId,
    who: &Principal,
    new: &NewAgreement,
    promise: &Promise,
    notice: &Notice,
    now: Instant,
) -> AppResult<AgreementRow> {
    let plan = promise.plan.as_ref();
    let items = plan.map_or(&[][..], |plan| plan.items.as_slice());
    let terms = Terms {
        id,
        notice_version: &notice.version,
        programme: new.programme,
        title: new.title.trim(),
        recipient: new.recipient,
        processor: new.processor,
        purpose: new.purpose.map(|purpose| purpose.as_str()),
        ratio_bp: promise.ratio.get(),
        rounding: promise.rounding.as_str(),
        support: promise.support,
        total: plan.map(|plan| plan.total),
        cash: plan.map(|plan| plan.cash),
        in_kind: plan.map(|plan| plan.in_kind),
        items,
        period_months: promise.period_months,
        listing_months: promise.listing_months,
    };
    Ok(AgreementRow {
        id,
        programme: new.programme.to_string(),
        notice_version: notice.version.clone(),
        notice_sha256: Some(notice_sha256(notice)),
        state: AgreementState::Drafted,
        title: terms.title.to_owned(),
        recipient_id: new.recipient,
        processor_id: new.processor,
        purpose: new.purpose,
        class: promise.class,
        ratio_bp: promise.ratio,
        rounding: promise.rounding,
        support: promise.support,
        total: terms.total,
        cash: terms.cash,
        in_kind: terms.in_kind,
        items: serde_json::to_string(items)?,
        period_months: i64::from(promise.period_months),
        listing_months: promise.listing_months.map(i64::from),
        terms_hash: hex(&Sha256::digest(serde_json::to_vec(&terms)?)),
        agreed_on: None,
        fiscal_year: None,
        period: None,
        voucher_id: None,
        created_by: who.user,
        created_at: now.as_micros(),
    })
}

/// Ids and time of a signature, made before the transaction.
#[derive(Clone, Copy, Debug)]
pub struct SigningStamp {
    /// For the reservation of the budget.
    pub transfer: TransferId,
    /// For the audit trail.
    pub audit: AuditId,
    /// When.
    pub now: Instant,
}

/// Signs an agreement for the caller's organisation, inside the caller's transaction. The agency's
/// signature is the last: it reserves the budget, dates the agreement with the day of that
/// signature in Korea (edge case 10) and begins its period.
pub fn sign_in(
    db: &mut Db,
    who: &Principal,
    id: AgreementId,
    terms_hash: &str,
    stamp: SigningStamp,
) -> AppResult<Agreement> {
    let row = store::find(db, id).or_not_found("agreement")?;
    let parties: Vec<OrgId> =
        [Some(row.recipient_id), row.processor_id].into_iter().flatten().collect();
    policy::see(who, Action::AgreementRead, &parties, "agreement")?;
    let party = party_of(who, &row)?;
    if row.terms_hash != terms_hash {
        return Err(Code::TermsChanged
            .because(
                "서명하려는 내용이 이 협약의 내용과 다릅니다.",
                "What is signed is not the text of this agreement.",
            )
            .rule("R-040")
            .field("terms_hash")
            .cure("협약을 다시 읽고 서명하세요.", "Read the agreement again before signing.")
            .into());
    }
    let signed: Vec<SigningParty> =
        store::signatures(db, id)?.iter().map(|signature| signature.party).collect();
    let next = rules::sign(row.state, party, &signed, row.processor_id.is_some())?;
    store::insert_signature(
        db,
        &SignatureRow {
            agreement_id: id,
            party,
            org_id: who.org,
            user_id: who.user,
            signed_at: stamp.now.as_micros(),
        },
    )?;
    store::set_state(db, id, row.state, next)?;
    if next == AgreementState::Active {
        activate_in(db, &row, stamp)?;
    }
    let entry = Entry {
        id: stamp.audit,
        at: stamp.now,
        who: Some(who),
        object: id.as_str(),
        action: "agreement.sign",
        from: Some(row.state.as_str()),
        to: Some(next.as_str()),
        reason: None,
        body: json!({"party": party, "terms_hash": terms_hash}),
    };
    audit::record_in(db, &entry)?;
    agreement_in(db, id)
}

/// As what the caller signs.
fn party_of(who: &Principal, row: &AgreementRow) -> AppResult<SigningParty> {
    if who.org == row.recipient_id {
        policy::act(who, Action::AgreementSign, &[row.recipient_id])?;
        return Ok(SigningParty::Recipient);
    }
    if Some(who.org) == row.processor_id {
        policy::act(who, Action::AgreementSign, &[who.org])?;
        return Ok(SigningParty::Processor);
    }
    policy::act(who, Action::AgreementDraft, &[])?;
    Ok(SigningParty::Agency)
}

fn activate_in(db: &mut Db, row: &AgreementRow, stamp: SigningStamp) -> AppResult<()> {
    let today = stamp.now.seoul_day();
    let code: ProgrammeCode = row.programme.parse().map_err(anyhow::Error::from)?;
    let (notice, programme) = programme_on(today, code)?;
    let recipient = organisation_in(db, row.recipient_id)?;
    // The draft was accepted with the reviewer's note, if a note was needed.
    let drafted = (row.notice_version.as_str(), row.ratio_bp, true);
    let seen = look_in(db, row.recipient_id, code, row.id, stamp.now)?;
    let class = seen.standing.class;
    rules::still_holds(notice, programme, (&seen.screening(), class), drafted)?;
    single(db, code, &recipient, today)?;
    let months = u32::try_from(row.period_months).unwrap_or(0);
    let calendar = Calendar::embedded()
        .map_err(|error| AppError::Internal(anyhow::anyhow!("embedded calendar: {error}")))?;
    let period = Period::months_after(today, months)
        .map_err(|error| AppError::Internal(anyhow::anyhow!("period of an agreement: {error}")))?
        .shifted(calendar);
    store::set_period(db, row.id, class, today.year(), &period)?;
    let fund = Fund { programme: code, fiscal_year: today.year() };
    let posting = Posting {
        id: stamp.transfer,
        debit: AccountKey::Budget(fund),
        credit: AccountKey::AgreementReserved(row.id),
        amount: row.support,
        why: "agreement.reserve",
        object: row.id.as_str(),
    };
    post_in(db, &[posting], stamp.now)?;
    super::duties::open_in(db, row, code, &period, stamp)
}

/// Notes the voucher that was issued under an agreement.
pub fn voucher_issued_in(db: &mut Db, id: AgreementId, voucher: VoucherId) -> AppResult<()> {
    store::set_voucher(db, id, voucher)
}

/// The agreement.
pub fn agreement_in(db: &mut Db, id: AgreementId) -> AppResult<Agreement> {
    let row = store::find(db, id).or_not_found("agreement")?;
    let signatures = store::signatures(db, id)?;
    store::agreement(row, signatures)
}

/// The agreement, if the caller may see it.
pub fn agreement_seen_in(db: &mut Db, who: &Principal, id: AgreementId) -> AppResult<Agreement> {
    let agreement = agreement_in(db, id)?;
    let parties: Vec<OrgId> =
        [Some(agreement.recipient), agreement.processor].into_iter().flatten().collect();
    policy::see(who, Action::AgreementRead, &parties, "agreement")?;
    Ok(agreement)
}

/// A page of agreements: one's own, or all for the staff.
pub fn agreements_in(
    db: &mut Db,
    who: &Principal,
    query: &PageQuery,
) -> AppResult<Page<Agreement>> {
    policy::act(who, Action::AgreementRead, &[who.org])?;
    let (limit, after) = (page_limit(query)?, page_cursor::<id::Agreement>(query)?);
    let org = (!who.sees_all()).then_some(who.org);
    let rows = store::list(db, org, after, i64::from(limit) + 1)?;
    let page = Page::of(rows, limit, |row| row.id.to_string());
    let items = page.items.into_iter().map(|row| {
        let signatures = store::signatures(db, row.id)?;
        store::agreement(row, signatures)
    });
    Ok(Page { items: items.collect::<AppResult<_>>()?, next: page.next })
}
