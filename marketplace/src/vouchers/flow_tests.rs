//! Money from the treasury to a seller, against a real database.

use std::sync::Arc;

use diesel::RunQueryDsl;
use schema::api::ledger::LedgerCheck;
use schema::api::parties::{NewOrganisation, NewStaff, NewUser, Role, Secret, SignUp};
use schema::api::programme::{
    Agreement, Budget, NewAgreement, NewAppropriation, PurchasePurpose, SignAgreement,
};
use schema::api::vouchers::{Voucher, VoucherState};
use schema::code::Code;
use schema::id::{AgreementId, ContractId, OrgId, SessionId, VoucherId};
use schema::money::Won;
use schema::notice::{ProgrammeCode, SizeClass};

use super::service::{HoldRequest, Stamp, commit_in, hold_in, pay_in, refund_in, voucher_in};
use super::{expiry, signing};
use crate::app::App;
use crate::auth::Principal;
use crate::clock::{Clock, Frozen};
use crate::config::Options;
use crate::db::Db;
use crate::error::{AppError, AppResult};
use crate::idempotency::Ticket;
use crate::ledger::Fund;
use crate::parties::service as parties;
use crate::{documents, ledger, programme};

struct World {
    app: App,
    clock: Arc<Frozen>,
    agency: Principal,
    _dir: tempfile::TempDir,
}

fn won(amount: i64) -> Won {
    Won::new(amount).unwrap()
}

/// The `n`th business number that passes its checksum.
fn business_no(n: usize) -> schema::registry_no::BusinessNo {
    (0..100_000).filter_map(|number| format!("12481{number:05}").parse().ok()).nth(n).unwrap()
}

fn organisation(n: usize, size_class: SizeClass, roles: Vec<Role>) -> NewOrganisation {
    NewOrganisation {
        name: format!("기관 {n}"),
        business_no: business_no(n),
        corporate_no: None,
        representative: format!("대표 {n}"),
        size_class,
        ksic: Some("22232".to_owned()),
        roles,
    }
}

fn person(n: usize) -> NewUser {
    NewUser {
        email: format!("p{n}@example.kr"),
        name: format!("담당 {n}"),
        password: Secret("0123456789".to_owned()),
    }
}

fn ticket() -> Ticket {
    Ticket::new("test".to_owned(), None, "", b"")
}

impl World {
    /// An exchange on 2024-06-10 with an agency that has `budget` won for P15.
    async fn new(budget: i64) -> World {
        let dir = tempfile::tempdir().unwrap();
        let clock = Frozen::at("2024-06-10T10:00:00+09:00".parse().unwrap());
        let options = Options { data_dir: Some(dir.path().to_owned()), ..Options::default() };
        let app = App::open(options.resolve().unwrap(), Clock::of(clock.clone())).unwrap();
        let staff = NewStaff {
            org: None,
            organisation: Some(organisation(0, SizeClass::Nonprofit, vec![Role::Agency])),
            user: person(0),
            roles: vec![Role::Agency],
        };
        let member = parties::operator_create(&app, staff).await.unwrap();
        let agency = principal(&app, &member);
        let world = World { app, clock, agency, _dir: dir };
        let new = NewAppropriation {
            fiscal_year: 2024,
            amount: won(budget),
            reason: "본예산".to_owned(),
        };
        let code = ProgrammeCode::PURCHASE;
        programme::appropriate(&world.app, world.agency.clone(), ticket(), code, new)
            .await
            .unwrap();
        world
    }

    async fn buyer(&self, n: usize) -> Principal {
        let sign_up = SignUp {
            organisation: organisation(n, SizeClass::Sme, vec![Role::Buyer]),
            user: person(n),
        };
        principal(&self.app, &parties::sign_up(&self.app, sign_up).await.unwrap())
    }

    async fn draft(&self, buyer: &Principal, support: i64) -> AppResult<Agreement> {
        let new = NewAgreement {
            programme: ProgrammeCode::PURCHASE,
            title: "구매".to_owned(),
            recipient: buyer.org,
            processor: None,
            plan: None,
            support: Some(won(support)),
            purpose: Some(PurchasePurpose::ProcessImprovement),
            review_note: None,
        };
        documents::testing::file(&self.app, buyer, SizeClass::Sme).await;
        let agency = self.agency.clone();
        let once = programme::service::agreement_draft(&self.app, agency, ticket(), new).await?;
        Ok(once.value)
    }

    async fn sign(&self, who: &Principal, agreement: &Agreement) -> AppResult<Agreement> {
        let (id, terms_hash) = (agreement.id, agreement.terms_hash.clone());
        let signature = SignAgreement { terms_hash };
        let (who, ids) = (who.clone(), signing::SigningIds::fresh(&self.app));
        let sign = move |db: &mut Db| signing::agreement_sign_in(db, &who, id, &signature, ids);
        self.app.store.write(sign).await
    }

    async fn voucher(&self, buyer: &Principal, support: i64) -> VoucherId {
        let drafted = self.draft(buyer, support).await.unwrap();
        self.sign(buyer, &drafted).await.unwrap();
        self.sign(&self.agency, &drafted).await.unwrap().voucher.unwrap()
    }

    async fn hold(&self, buyer: OrgId, voucher: VoucherId, supply: i64) -> AppResult<ContractId> {
        let contract: ContractId = self.app.clock.fresh();
        let transfers = [self.app.clock.fresh()];
        let (now, supply) = (self.app.clock.now(), won(supply));
        let request = HoldRequest { voucher, buyer, contract, supply, transfers };
        self.app.store.write(move |db| hold_in(db, request, now)).await?;
        Ok(contract)
    }

    async fn commit(&self, contract: ContractId) -> AppResult<()> {
        let (transfers, now) = ([self.app.clock.fresh()], self.app.clock.now());
        self.app.store.write(move |db| commit_in(db, contract, transfers, now)).await?;
        Ok(())
    }

    async fn pay(&self, contract: ContractId, seller: OrgId) -> AppResult<Won> {
        let (transfer, audit) = (self.app.clock.fresh(), self.app.clock.fresh());
        let now = self.app.clock.now();
        let work = move |db: &mut crate::db::Db| {
            pay_in(db, contract, seller, &Stamp { transfer, audit, who: None, now })
        };
        self.app.store.write(work).await
    }

    async fn refund(&self, contract: ContractId, supply: i64) -> AppResult<(Won, Won)> {
        let (transfer, audit) = (self.app.clock.fresh(), self.app.clock.fresh());
        let now = self.app.clock.now();
        let work = move |db: &mut crate::db::Db| {
            refund_in(db, contract, won(supply), &Stamp { transfer, audit, who: None, now })
        };
        let back = self.app.store.write(work).await?;
        Ok((back.public, back.own))
    }

    async fn read(&self, id: VoucherId) -> Voucher {
        self.app.store.read(move |db| voucher_in(db, id)).await.unwrap()
    }

    async fn budget(&self) -> Budget {
        let fund = Fund { programme: ProgrammeCode::PURCHASE, fiscal_year: 2024 };
        let now = self.app.clock.now();
        self.app.store.read(move |db| programme::budget_in(db, fund, now)).await.unwrap()
    }

    async fn check(&self) -> LedgerCheck {
        ledger::service::check(&self.app).await.unwrap()
    }
}

fn principal(app: &App, member: &schema::api::parties::Membership) -> Principal {
    let session: SessionId = app.clock.fresh();
    let (user, org, roles) = (member.user.id, member.user.org, member.user.roles.clone());
    Principal { user, org, session, roles }
}

/// The code of a refusal.
fn code<T>(result: AppResult<T>) -> Code {
    match result {
        Err(AppError::Refused(refusal)) => refusal.code,
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("it was not refused"),
    }
}

fn figures(budget: &Budget) -> [i64; 5] {
    [budget.appropriated, budget.available, budget.promised, budget.paid, budget.returned]
        .map(Won::get)
}

#[tokio::test]
async fn money_goes_from_the_treasury_to_the_seller_and_the_rest_comes_back() {
    let world = World::new(250_000_000).await;
    let (buyer, seller) = (world.buyer(1).await, world.buyer(2).await);
    let id = world.voucher(&buyer, 10_000_000).await;
    let voucher = world.read(id).await;
    assert_eq!(
        (voucher.ratio_bp.get(), voucher.period.end().to_string().as_str()),
        (8_000, "2024-10-10")
    );
    assert_eq!(figures(&world.budget().await), [250_000_000, 240_000_000, 10_000_000, 0, 0]);

    let paid = world.hold(buyer.org, id, 5_000_000).await.unwrap();
    let open = world.hold(buyer.org, id, 1_000_000).await.unwrap();
    world.commit(paid).await.unwrap();
    assert_eq!(code(world.pay(open, seller.org).await), Code::StateForbids);
    assert_eq!(world.pay(paid, seller.org).await.unwrap(), won(4_000_000));
    assert_eq!(world.refund(paid, 500_000).await.unwrap(), (won(400_000), won(100_000)));
    assert_eq!(figures(&world.budget().await), [250_000_000, 240_000_000, 6_400_000, 3_600_000, 0]);

    // on the last day nothing lapses, on the next what is unused and what is held does.
    world.clock.set("2024-10-10T23:59:59+09:00".parse().unwrap());
    assert_eq!(expiry::expire_due(&world.app).await.unwrap(), 0);
    world.clock.set("2024-10-11T00:00:00+09:00".parse().unwrap());
    assert_eq!(expiry::expire_due(&world.app).await.unwrap(), 1);
    assert_eq!(expiry::expire_due(&world.app).await.unwrap(), 0);
    assert_eq!(code(world.commit(open).await), Code::PeriodOver);
    let voucher = world.read(id).await;
    assert_eq!((voucher.state, voucher.returned), (VoucherState::Expired, won(6_400_000)));
    assert_eq!(figures(&world.budget().await), [250_000_000, 246_400_000, 0, 3_600_000, 0]);

    // Edge case 4: a refund after the fiscal year is the state's.
    world.clock.set("2025-01-02T10:00:00+09:00".parse().unwrap());
    world.refund(paid, 500_000).await.unwrap();
    assert_eq!(figures(&world.budget().await), [250_000_000, 246_400_000, 0, 3_200_000, 400_000]);
    let check = world.check().await;
    assert_eq!((check.balanced, check.vouchers), (true, 1), "{:?}", check.differences);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn edge_case_3_the_last_money_is_promised_once() {
    let world = World::new(15_000_000).await;
    let mut drafts = Vec::new();
    for n in 1..=3 {
        let buyer = world.buyer(n).await;
        let drafted = world.draft(&buyer, 10_000_000).await.unwrap();
        world.sign(&buyer, &drafted).await.unwrap();
        drafts.push(drafted);
    }
    let signed =
        futures::future::join_all(drafts.iter().map(|one| world.sign(&world.agency, one))).await;
    let (done, refused): (Vec<_>, Vec<_>) = signed.into_iter().partition(Result::is_ok);
    assert_eq!(done.len(), 1);
    for result in refused {
        assert_eq!(code(result), Code::BudgetShort);
    }
    assert_eq!(figures(&world.budget().await), [15_000_000, 5_000_000, 10_000_000, 0, 0]);
    assert!(world.check().await.balanced);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn orders_at_once_do_not_overspend_a_voucher() {
    let world = World::new(10_000_000).await;
    let buyer = world.buyer(1).await;
    let id = world.voucher(&buyer, 10_000_000).await;
    let orders = (0..6).map(|_| world.hold(buyer.org, id, 4_000_000));
    let results = futures::future::join_all(orders).await;
    // 3,200,000 three times, then the 400,000 that are left, then nothing.
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 4);
    let voucher = world.read(id).await;
    assert_eq!((voucher.held, voucher.available), (won(10_000_000), Won::ZERO));
    assert_eq!(voucher.state, VoucherState::Exhausted);
    assert!(world.check().await.balanced);
}

#[tokio::test]
async fn signatures_are_given_to_what_was_read_and_once_a_year() {
    let world = World::new(250_000_000).await;
    let (buyer, stranger) = (world.buyer(1).await, world.buyer(2).await);
    let drafted = world.draft(&buyer, 1_000_000).await.unwrap();
    let other = Agreement { terms_hash: "0".repeat(64), ..drafted.clone() };
    assert_eq!(code(world.sign(&buyer, &other).await), Code::TermsChanged);
    assert_eq!(code(world.sign(&world.agency, &drafted).await), Code::StateForbids);
    let unseen = world.sign(&stranger, &drafted).await;
    assert!(matches!(unseen, Err(AppError::NotFound("agreement"))));
    let second = world.draft(&buyer, 1_000_000).await.unwrap();
    for one in [&drafted, &second] {
        world.sign(&buyer, one).await.unwrap();
    }
    // Edge case 10: the agreement is dated by the last signature, in Korea.
    world.clock.set("2024-06-11T00:01:00+09:00".parse().unwrap());
    let agreed = world.sign(&world.agency, &drafted).await.unwrap();
    assert_eq!(agreed.agreed_on.unwrap().to_string(), "2024-06-11");
    assert_eq!(agreed.period.unwrap().end().to_string(), "2024-10-11");
    assert_eq!(code(world.sign(&world.agency, &second).await), Code::AgreementExists);
    assert_eq!(code(world.draft(&buyer, 1_000_000).await), Code::AgreementExists);
    let foreign: AgreementId = world.app.clock.fresh();
    let unknown = Agreement { id: foreign, ..second };
    assert!(matches!(world.sign(&buyer, &unknown).await, Err(AppError::NotFound(_))));
    // What was refused has left nothing behind.
    assert_eq!(figures(&world.budget().await), [250_000_000, 249_000_000, 1_000_000, 0, 0]);
    assert!(world.check().await.balanced);
}

#[tokio::test]
async fn a_changed_book_is_found() {
    for (change, findings) in [
        ("UPDATE ledger_accounts SET balance = balance + 1 WHERE kind = 'budget'", 2),
        ("UPDATE ledger_transfers SET amount = amount + 1 WHERE why = 'voucher.hold'", 2),
        ("UPDATE vouchers SET held = held + 1, available = available - 1", 3),
        ("UPDATE voucher_uses SET state = 'committed'", 2),
    ] {
        let world = World::new(10_000_000).await;
        let buyer = world.buyer(1).await;
        let id = world.voucher(&buyer, 10_000_000).await;
        world.hold(buyer.org, id, 1_000_000).await.unwrap();
        assert!(world.check().await.balanced);
        world.app.store.write(move |db| Ok(diesel::sql_query(change).execute(db)?)).await.unwrap();
        let check = world.check().await;
        assert_eq!((check.balanced, check.differences.len()), (false, findings), "{change}");
    }
}
