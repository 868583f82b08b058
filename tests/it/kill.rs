//! A server that is killed at any moment: what it acknowledged is there after the restart, exactly
//! once, and what it did not acknowledge can be sent again with the same key.
//!
//! The server is this very test program, started again as a process of its own that serves the
//! exchange of the test and runs its jobs and timers, until it is killed with SIGKILL.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use marketplace::app::App;
use marketplace::clock::{Clock, Frozen};
use marketplace::config::Options;
use marketplace::jobs::worker;
use tests::TestApp;
use tests::trading::{Act, Dice, Market};

/// Kills at least, and at most when too little has happened between them.
const KILLS: std::ops::RangeInclusive<u32> = 100..=400;
/// What must have been acknowledged for the test to have tested something.
const LEAST: [(Act, u32); 3] = [(Act::Order, 20), (Act::Accept, 3), (Act::Pay, 1)];
const CLIENTS: usize = 12;
/// What the child process is told in its environment.
const DATA_DIR: &str = "JANGTEO_KILL_DATA_DIR";
const DATABASE: &str = "JANGTEO_KILL_DATABASE";
const NOW: &str = "JANGTEO_KILL_NOW";
const READY: &str = "serving on ";

/// The server of the suite below; by itself it serves nobody.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "is started by the suite below as a process of its own"]
async fn server() {
    let Ok(data_dir) = std::env::var(DATA_DIR) else { return };
    let options = Options {
        data_dir: Some(data_dir.into()),
        database_url: Some(std::env::var(DATABASE).unwrap()),
        log: Some("off".to_owned()),
        ..Options::default()
    };
    let now = std::env::var(NOW).unwrap().parse().unwrap();
    let app = App::open(options.resolve().unwrap(), Clock::of(Frozen::at(now))).unwrap();
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    listener.set_nonblocking(true).unwrap();
    println!("{READY}{}", listener.local_addr().unwrap());
    let (_stop, stopped) = tokio::sync::watch::channel(false);
    tokio::spawn(marketplace::timers::run(app.clone(), stopped.clone()));
    tokio::spawn(worker::run(app.clone(), marketplace::app::registry(), 1, stopped));
    marketplace::http::server::serve(app, listener).unwrap().await.unwrap();
}

/// A server process and its address.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start(app: &TestApp) -> Server {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "kill::server", "--ignored", "--nocapture"])
            .env(DATA_DIR, app.data_dir())
            .env(DATABASE, app.database_url())
            .env(NOW, app.now().to_string())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address = lines
            .map_while(Result::ok)
            .find_map(|line| line.split_once(READY).map(|(_, address)| address.to_owned()));
        Server { child, address: address.unwrap() }
    }

    /// SIGKILL: nothing is finished, nothing is flushed.
    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// One client, from the first server to the last: what was under way when a server died is sent again
/// to the next, with the same key.
async fn client(
    market: Arc<Market>,
    address: Arc<std::sync::RwLock<String>>,
    nth: usize,
    stop: Arc<AtomicBool>,
    cut_off: Arc<AtomicU32>,
) {
    let mut dice = Dice::new(0xdead + u64::try_from(nth).unwrap());
    let mut asked = 0_u32;
    while !stop.load(Ordering::Relaxed) {
        asked += 1;
        let request = market.draw(&mut dice, format!("kill-{nth}-{asked}"));
        loop {
            let at = address.read().unwrap().clone();
            match request.call(&at).attempt().await {
                Some(answer) if answer.status != 503 => {
                    market.note(&request, &answer);
                    break;
                }
                Some(_) => {}
                None => {
                    cut_off.fetch_add(1, Ordering::Relaxed);
                    // The next server is not there yet.
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_killed_a_hundred_times_loses_nothing_and_pays_nothing_twice() {
    let app = TestApp::start();
    let market = Arc::new(Market::opened(&app, 4, 2).await);
    let first = Server::start(&app);
    let address = Arc::new(std::sync::RwLock::new(first.address.clone()));
    let (stop, cut_off) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU32::new(0)));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|nth| {
            let (market, address) = (market.clone(), address.clone());
            tokio::spawn(client(market, address, nth, stop.clone(), cut_off.clone()))
        })
        .collect();
    let (mut dice, mut server) = (Dice::new(7), first);
    let idle = || LEAST.iter().any(|(act, least)| market.acknowledged(*act) < *least);
    let mut kills = 0;
    while kills < *KILLS.start() || (idle() && kills < *KILLS.end()) {
        kills += 1;
        // The moment of a death is the point of this test: it must be any.
        let life = 50 + u64::try_from(dice.roll(600)).unwrap();
        tokio::time::sleep(Duration::from_millis(life)).await;
        server.kill();
        server = Server::start(&app);
        *address.write().unwrap() = server.address.clone();
    }
    stop.store(true, Ordering::Relaxed);
    for one in clients {
        one.await.unwrap();
    }
    server.kill();
    assert!(cut_off.load(Ordering::Relaxed) > kills, "hardly anybody was cut off");
    for (act, least) in LEAST {
        let count = market.acknowledged(act);
        assert!(count >= least, "only {count} times {act:?} in {kills} lives");
    }
    market.check(false).await;
}
