//! Trade by many at once on few vouchers: what each of them may ask next, what the exchange has
//! acknowledged, and what must be true of the books afterwards.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use reqwest::Method;
use schema::api::audit::AuditLine;
use schema::api::settlement::{Payment, PaymentState};
use schema::api::trade::{Contract, Listing};
use schema::api::vouchers::{UseState, Voucher, VoucherUse};
use schema::page::Page;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::api::{Answer, Api, Call};
use crate::app::TestApp;
use crate::cast::Persona;
use crate::files::{ingested, press_csv};
use crate::market::{Staff, evidence, order, proof, purchase, sign_agreement};

/// Numbers that look random and are the same in every run.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// Dice that fall as `seed` says.
    pub fn new(seed: u64) -> Dice {
        // Seeds that are near each other must not give sequences that are.
        Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number below `sides`.
    pub fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from((self.0 >> 11) % u64::try_from(sides.max(1)).expect("few")).expect("few")
    }
}

/// What a request does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Act {
    /// Orders with a voucher.
    Order,
    /// Signs as buyer or as seller.
    Sign,
    /// Pays the company share.
    Fund,
    /// Downloads.
    Fetch,
    /// Accepts the delivery.
    Accept,
    /// Withdraws.
    Cancel,
    /// Approves the payment of the public share.
    Approve,
    /// Pays it.
    Pay,
    /// Stops a voucher.
    Freeze,
    /// Lets it go on.
    Thaw,
}

/// A request that can be sent any number of times: it has its idempotency key.
#[derive(Clone, Debug)]
pub struct Request {
    /// What it does.
    pub act: Act,
    /// To which object; the buyer's number for an order.
    pub object: String,
    buyer: usize,
    who: Api,
    method: Method,
    path: String,
    body: Value,
    key: String,
}

impl Request {
    /// The call, to the exchange at `address`.
    pub fn call(&self, address: &str) -> Call {
        let call = self.who.at(address).call(self.method.clone(), &self.path);
        match (&self.method, &self.body) {
            (&Method::GET, _) => call,
            (_, Value::Null) => call.key(&self.key),
            (_, body) => call
                .key(&self.key)
                .bytes("application/json", serde_json::to_vec(body).expect("JSON")),
        }
    }
}

/// What was acknowledged.
#[derive(Default)]
struct Said {
    /// Contracts and their buyers.
    deals: Vec<(Contract, usize)>,
    /// Payments by their contracts.
    payments: Vec<(String, String)>,
    /// How often an act was acknowledged to an object.
    acts: BTreeMap<(String, Act), u32>,
}

/// A market with vouchers and products.
pub struct Market {
    /// The staff.
    pub staff: Staff,
    seller: Persona,
    buyers: Vec<(Persona, Voucher)>,
    listings: Vec<Listing>,
    said: Mutex<Said>,
    invoices: AtomicU32,
}

/// What each voucher may pay.
const APPROVED: i64 = 10_000_000;

impl Market {
    /// Opens a market with a budget for `vouchers` vouchers and a little more, and one buyer more than
    /// that. All agreements are signed by the agency at once, `rush` times each.
    pub async fn opened(app: &TestApp, vouchers: usize, rush: usize) -> Market {
        let staff = Staff::hired(app).await;
        let budget = i64::try_from(vouchers).expect("few") * APPROVED + APPROVED / 2;
        staff.appropriate("P15", budget).await;
        let mut drafted = Vec::new();
        for _ in 0..=vouchers {
            let buyer = app.buyer().await;
            let body = purchase(&buyer, "process_improvement", APPROVED);
            drafted.push((buyer.clone(), staff.drafted(body, &[&buyer]).await));
        }
        let people = [&staff.approver, &staff.payer];
        let calls = (0..rush).flat_map(|nth| {
            let who = people[nth % people.len()];
            drafted.iter().map(move |(_, agreement)| sign_agreement(who, agreement))
        });
        let answers = futures::future::join_all(calls).await;
        let signed = answers.iter().filter(|answer| answer.status == 200).count();
        assert_eq!(signed, vouchers, "the budget is for {vouchers} of {}", drafted.len());
        let mut buyers = Vec::new();
        for (buyer, _) in drafted {
            let page: Page<Voucher> = buyer.get("/v1/vouchers").await.expect(200).read();
            buyers.extend(page.items.into_iter().next().map(|voucher| (buyer, voucher)));
        }
        assert_eq!(buyers.len(), vouchers);
        let (seller, mut listings) = (app.provider().await, Vec::new());
        for (nth, price) in
            [1_000_003, 399_999, 1, 250_000, 99_999, 777_777].into_iter().enumerate()
        {
            let version = ingested(app, &seller, "press.csv", press_csv(40 + nth, ',')).await;
            listings.push(staff.on_sale(&seller, &version, price).await);
        }
        let (said, invoices) = (Mutex::default(), AtomicU32::new(0));
        Market { staff, seller, buyers, listings, said, invoices }
    }

    /// Everybody signs in again, after the clock was moved.
    pub async fn sign_in_again(&self, app: &TestApp) {
        let Staff { operator, approver, payer, auditor } = &self.staff;
        let people = [operator, approver, payer, auditor, &self.seller];
        for person in people.into_iter().chain(self.buyers.iter().map(|(buyer, _)| buyer)) {
            let login = json!({"email": person.email, "password": crate::cast::PASSWORD});
            let tokens = app.nobody().post("/v1/login", login).await.expect(200);
            person.set_token(tokens["access_token"].as_str().expect("a token"));
        }
    }

    /// Something that somebody could ask now, sensible or not.
    pub fn draw(&self, dice: &mut Dice, key: String) -> Request {
        let said = self.said.lock().expect("a lock");
        let at = dice.roll(self.buyers.len());
        let (buyer, voucher) = &self.buyers[at];
        let ask = |act, object: &str, who: &Persona, path: String, body: Value| {
            let method = if act == Act::Fetch { Method::GET } else { Method::POST };
            let (object, who) = (object.to_owned(), (**who).clone());
            Request { act, object, buyer: at, who, method, path, body, key: key.clone() }
        };
        let roll = dice.roll(24);
        if said.deals.is_empty() || roll < 3 {
            let listing = &self.listings[dice.roll(self.listings.len())];
            let body = order(listing, Some(voucher), "process_improvement");
            return ask(Act::Order, voucher.id.as_str(), buyer, "/v1/contracts".to_owned(), body);
        }
        if (5..7).contains(&roll) {
            let (act, verb) = if roll == 5 && dice.roll(2) == 0 {
                (Act::Freeze, "freeze")
            } else {
                (Act::Thaw, "thaw")
            };
            let path = format!("/v1/vouchers/{}/{verb}", voucher.id);
            let body = json!({"reason": "지급 자료 확인"});
            return ask(act, voucher.id.as_str(), &self.staff.approver, path, body);
        }
        // The newest are the likeliest to have a step before them.
        let back = dice.roll(said.deals.len().min(6));
        let (contract, of) = &said.deals[said.deals.len() - 1 - back];
        let buyer = &self.buyers[*of].0;
        let (id, path) = (contract.id.as_str(), format!("/v1/contracts/{}", contract.id));
        let terms = json!({"terms_hash": contract.terms_hash});
        match roll {
            7..=9 => ask(Act::Sign, id, buyer, format!("{path}/sign"), terms),
            10..=12 => ask(Act::Sign, id, &self.seller, format!("{path}/sign"), terms),
            3 | 13..=14 => {
                let body = json!({"transferred": contract.own_payment, "proof_sha256": proof()});
                ask(Act::Fund, id, buyer, format!("{path}/fund"), body)
            }
            4 | 15..=16 => ask(Act::Fetch, id, buyer, format!("{path}/file"), Value::Null),
            17..=18 => ask(Act::Accept, id, buyer, format!("{path}/accept"), Value::Null),
            19 => ask(Act::Cancel, id, buyer, format!("{path}/cancel"), json!({"reason": "취소"})),
            20..=21 => {
                let nth = self.invoices.fetch_add(1, Ordering::Relaxed);
                let body = evidence(contract, nth);
                ask(Act::Approve, id, &self.staff.approver, "/v1/payments".to_owned(), body)
            }
            _ => match said.payments.len() {
                0 => ask(Act::Accept, id, buyer, format!("{path}/accept"), Value::Null),
                some => {
                    let (contract, payment) = &said.payments[some - 1 - dice.roll(some.min(6))];
                    let path = format!("/v1/payments/{payment}/pay");
                    ask(Act::Pay, contract, &self.staff.payer, path, Value::Null)
                }
            },
        }
    }

    /// Takes note of an answer. Of a request that was sent twice, one answer is to be noted.
    pub fn note(&self, request: &Request, answer: &Answer) {
        assert!(
            answer.status < 500 || answer.status == 503,
            "{:?}: {} {}",
            request.act,
            answer.status,
            answer.text()
        );
        if answer.status >= 300 || request.act == Act::Fetch {
            return;
        }
        let mut said = self.said.lock().expect("a lock");
        let mut object = request.object.clone();
        match request.act {
            Act::Order => {
                let contract: Contract = answer.read();
                object = contract.id.to_string();
                said.deals.push((contract, request.buyer));
            }
            Act::Approve => said.payments.push((object.clone(), answer.id())),
            _ => {}
        }
        *said.acts.entry((object, request.act)).or_default() += 1;
    }

    /// How many requests of a kind were acknowledged.
    pub fn acknowledged(&self, act: Act) -> u32 {
        let said = self.said.lock().expect("a lock");
        said.acts.iter().filter(|((_, other), _)| *other == act).map(|(_, count)| count).sum()
    }

    /// Checks that everything acknowledged is there exactly once, that no limit was passed and that the
    /// books balance. `lapsed` says that the vouchers' period may be over.
    pub async fn check(&self, lapsed: bool) {
        let said = self.said.lock().expect("a lock").clone_acts();
        for ((object, act), count) in &said.acts {
            let once = !matches!(act, Act::Freeze | Act::Thaw | Act::Sign);
            assert!(!once || *count == 1, "{act:?} of {object} was acknowledged {count} times");
            assert!(*act != Act::Sign || *count <= 2, "{object} was signed {count} times");
        }
        for (at, (buyer, voucher)) in self.buyers.iter().enumerate() {
            let path = format!("/v1/vouchers/{}", voucher.id);
            let now: Voucher = buyer.get(&path).await.expect(200).read();
            let orders =
                said.deals.iter().filter(|(_, of)| *of == at).map(|(contract, _)| contract);
            whole(&now, &orders.cloned().collect::<Vec<_>>(), &said.acts, lapsed);
        }
        let payments: Vec<Payment> = every(&self.staff.auditor, "/v1/payments").await;
        let mut found: Vec<_> = payments.iter().map(|one| one.id.to_string()).collect();
        let mut told: Vec<_> = said.payments.iter().map(|(_, id)| id.clone()).collect();
        found.sort();
        told.sort();
        assert_eq!(found, told, "payments");
        for payment in &payments {
            let paid = said.acts.contains_key(&(payment.contract.to_string(), Act::Pay));
            assert_eq!(payment.state == PaymentState::Paid, paid, "{}", payment.id);
        }
        self.audited(&said).await;
        let check = self.staff.auditor.get("/v1/ledger/check").await.expect(200);
        assert_eq!(check["balanced"], true, "{}", check.text());
    }

    /// The audit trail has one line for every acknowledgement, and no other.
    async fn audited(&self, said: &Acknowledged) {
        let words = [
            (Act::Order, "contract.order"),
            (Act::Fund, "contract.fund"),
            (Act::Accept, "contract.accept"),
            (Act::Cancel, "contract.cancel"),
            (Act::Freeze, "voucher.freeze"),
            (Act::Thaw, "voucher.thaw"),
        ];
        let mut lines: BTreeMap<(String, Act), u32> = BTreeMap::new();
        let trail: Vec<AuditLine> = every(&self.staff.auditor, "/v1/audit").await;
        for line in trail {
            let act = words.iter().find(|(_, word)| *word == line.action).map(|(act, _)| *act);
            // What follows by time has nobody behind it.
            if let (Some(act), true) = (act, line.user.is_some()) {
                *lines.entry((line.object, act)).or_default() += 1;
            }
        }
        let told: BTreeMap<_, _> = said
            .acts
            .iter()
            .filter(|((_, act), _)| words.iter().any(|(word, _)| word == act))
            .map(|(entry, count)| (entry.clone(), *count))
            .collect();
        assert_eq!(lines, told, "the trail and what was acknowledged");
    }
}

/// A copy of what was acknowledged, to be compared with what is stored.
struct Acknowledged {
    deals: Vec<(Contract, usize)>,
    payments: Vec<(String, String)>,
    acts: BTreeMap<(String, Act), u32>,
}

impl Said {
    fn clone_acts(&self) -> Acknowledged {
        let Said { deals, payments, acts } = self;
        Acknowledged { deals: deals.clone(), payments: payments.clone(), acts: acts.clone() }
    }
}

/// Checks a voucher against the orders that were acknowledged.
fn whole(
    voucher: &Voucher,
    orders: &[Contract],
    acts: &BTreeMap<(String, Act), u32>,
    lapsed: bool,
) {
    let amounts = [voucher.available, voucher.held, voucher.committed, voucher.returned];
    let sum = amounts.iter().map(|won| won.get()).sum::<i64>() + voucher.paid.get();
    assert_eq!(sum - voucher.refunded.get(), APPROVED, "{voucher:?}");
    let mut uses: BTreeMap<String, &VoucherUse> =
        voucher.uses.iter().map(|used| (used.contract.to_string(), used)).collect();
    assert_eq!(uses.len(), voucher.uses.len());
    let (mut cost, mut granted, mut withdrawn) = (0, 0, 0);
    for contract in orders {
        let id = contract.id.to_string();
        let used = uses.remove(&id).unwrap_or_else(|| panic!("{id} was acknowledged and is gone"));
        assert_eq!(used.support, contract.support, "{id}");
        let did = |act| acts.contains_key(&(id.clone(), act));
        assert!(!(did(Act::Accept) && did(Act::Cancel)), "{id}");
        let expected = match (did(Act::Pay), did(Act::Accept), did(Act::Cancel)) {
            (true, ..) => UseState::Paid,
            (_, true, _) => UseState::Committed,
            (.., true) => UseState::Released,
            _ if lapsed => UseState::Released,
            _ => UseState::Held,
        };
        assert_eq!(used.state, expected, "{id}");
        if used.state != UseState::Released {
            cost += contract.supply.get();
            granted += contract.support.get();
        } else {
            withdrawn += 1;
        }
    }
    assert!(uses.is_empty(), "nobody was told of {:?}", uses.keys());
    // Each purchase has what the purchases before it left. One that is withdrawn leaves the won
    // that rounding gave to those after it, until the settlement counts again.
    assert!(granted <= (cost * 8 / 10 + withdrawn).min(APPROVED), "{granted} of {cost}");
}

/// Every item of a list.
async fn every<T: DeserializeOwned>(who: &Api, path: &str) -> Vec<T> {
    let (mut items, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = who.get(&format!("{path}?limit=200{cursor}")).await.expect(200);
        let page: Page<T> = page.read();
        items.extend(page.items);
        match page.next {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return items,
        }
    }
}
