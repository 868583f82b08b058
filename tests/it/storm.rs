//! Sixty-four clients at once on four vouchers and a budget that is almost empty, every request sent
//! twice, in an order that nobody planned: no cap is passed, what was acknowledged is there exactly
//! once, and the books balance. The period of the vouchers ends in the middle of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tests::trading::{Act, Dice, Market};
use tests::{Answer, TestApp};

const CLIENTS: usize = 64;
const ASKED_EACH: usize = 28;
/// When a client that was told to come back has come often enough.
const PATIENCE: usize = 50;

/// One client: asks, twice at once, and notes what it is told.
async fn client(
    market: Arc<Market>,
    address: String,
    seed: u64,
    nth: usize,
    done: Arc<AtomicUsize>,
) {
    let mut dice = Dice::new(seed + u64::try_from(nth).unwrap());
    for asked in 0..ASKED_EACH {
        let request = market.draw(&mut dice, format!("storm-{seed}-{nth}-{asked}"));
        let told: Vec<Answer> = futures::future::join_all([0, 1].map(async |_| {
            for _ in 0..PATIENCE {
                let answer = request.call(&address).await;
                if answer.status != 503 {
                    return answer;
                }
                assert!(!answer.header("retry-after").is_empty());
            }
            panic!("told to come back {PATIENCE} times: {request:?}");
        }))
        .await;
        let [one, other] = told.as_slice() else { panic!("two were sent") };
        let good = |answer: &Answer| answer.status < 300;
        if good(one) && good(other) && request.act != Act::Fetch {
            assert_eq!(one.json, other.json, "{request:?}");
        }
        // Between the two, the world may have changed in a way that lets the other pass.
        market.note(&request, if good(one) { one } else { other });
        done.fetch_add(1, Ordering::Relaxed);
    }
}

async fn blow(seed: u64) {
    let app = TestApp::start();
    let market = Arc::new(Market::opened(&app, 4, 8).await);
    // A minute before the last day of the vouchers is over, in Korea.
    app.set_text("2024-10-10T14:59:00Z");
    market.sign_in_again(&app).await;
    let address = app.nobody().address().to_owned();
    let done = Arc::new(AtomicUsize::new(0));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|nth| tokio::spawn(client(market.clone(), address.clone(), seed, nth, done.clone())))
        .collect();
    // The calendar: three processes look at it again and again.
    let timers: Vec<_> = (0..3)
        .map(|_| {
            let (app, done) = (app.app.clone(), done.clone());
            tokio::spawn(async move {
                while done.load(Ordering::Relaxed) < CLIENTS * ASKED_EACH {
                    marketplace::timers::once(&app).await;
                    tokio::task::yield_now().await;
                }
            })
        })
        .collect();
    while done.load(Ordering::Relaxed) < CLIENTS * ASKED_EACH * 2 / 3 {
        assert!(!clients.iter().any(|one| one.is_finished()) || done.load(Ordering::Relaxed) > 0);
        if clients.iter().all(|one| one.is_finished()) {
            break;
        }
        tokio::task::yield_now().await;
    }
    app.set_text("2024-10-10T15:00:01Z");
    for one in clients {
        one.await.unwrap();
    }
    for one in timers {
        one.await.unwrap();
    }
    marketplace::timers::once(&app.app).await;
    for (act, least) in [(Act::Order, 20), (Act::Accept, 3), (Act::Cancel, 3), (Act::Pay, 1)] {
        let count = market.acknowledged(act);
        assert!(count >= least, "only {count} times {act:?}: the storm was a breeze");
    }
    market.check(true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_clients_pass_no_cap_and_lose_nothing() {
    for seed in [1, 2] {
        blow(seed).await;
    }
}
