//! The exchange under test.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use marketplace::app::App;
use marketplace::clock::{Clock, Frozen};
use marketplace::config::{Config, LogFormat, OutboxConfig};
use marketplace::db::dialect::Location;
use marketplace::jobs::worker::{self, Registry};
use schema::api::jobs::JobState;
use schema::time::Instant;

use crate::api::Api;
use crate::database::TestDatabase;
use crate::server::TestServer;

/// When every test begins: a Monday, 10:00 in Korea.
pub const BEGIN: &str = "2024-06-10T01:00:00Z";
/// The object by which `/readyz` tries the store; it stays.
const PROBE: &str = "probe";

/// What a test may want otherwise.
#[derive(Clone, Debug)]
pub struct Builder {
    upload_bytes_max: u64,
    open_webhooks: bool,
}

impl Builder {
    /// Uploads of at most `bytes`.
    #[must_use]
    pub fn upload_bytes_max(mut self, bytes: u64) -> Builder {
        self.upload_bytes_max = bytes;
        self
    }

    /// With webhooks that may be called on this machine.
    #[must_use]
    pub fn open_webhooks(mut self) -> Builder {
        self.open_webhooks = true;
        self
    }

    /// Opens the exchange and serves it.
    pub fn start(self) -> TestApp {
        let dir = tempfile::tempdir().expect("a folder");
        let database = TestDatabase::create(dir.path());
        let data_dir = dir.path().join("data");
        let config = Config {
            data_dir: data_dir.clone(),
            database: database.location.clone(),
            listen: ([127, 0, 0, 1], 0).into(),
            db_connections: 16,
            workers: 0,
            upload_bytes_max: self.upload_bytes_max,
            public_url: None,
            outbox: OutboxConfig {
                webhook_http: self.open_webhooks,
                webhook_private: self.open_webhooks,
                ..OutboxConfig::below(&data_dir)
            },
            log_format: LogFormat::Text,
            log: "off".to_owned(),
        };
        let now = Mutex::new(BEGIN.parse().expect("an instant"));
        let frozen = Frozen::at(*now.lock().expect("a lock"));
        let app = App::open(config, Clock::of(frozen.clone())).expect("the exchange opens");
        let server = TestServer::start(app.clone());
        let nobody = Api::new(format!("http://{}", server.address));
        TestApp {
            app,
            nobody,
            clock: frozen,
            now,
            data_dir,
            people: AtomicU32::new(0),
            may_die: AtomicBool::new(false),
            _server: server,
            _database: database,
            _dir: dir,
        }
    }
}

/// An exchange of one's own. Fields are dropped in their order: the server stops first, the
/// database and the folder go last.
pub struct TestApp {
    /// The application behind the server.
    pub app: App,
    nobody: Api,
    clock: Arc<Frozen>,
    now: Mutex<Instant>,
    data_dir: PathBuf,
    pub(crate) people: AtomicU32,
    may_die: AtomicBool,
    _server: TestServer,
    _database: TestDatabase,
    _dir: tempfile::TempDir,
}

impl TestApp {
    /// An exchange with the usual settings.
    pub fn start() -> TestApp {
        TestApp::builder().start()
    }

    /// An exchange with other settings.
    pub fn builder() -> Builder {
        Builder { upload_bytes_max: 1 << 30, open_webhooks: false }
    }

    /// The interface as somebody sees it who has not signed in.
    pub fn nobody(&self) -> &Api {
        &self.nobody
    }

    /// The mail written so far, each as its text, in order of the events.
    pub fn mail(&self) -> Vec<String> {
        let mut files = files_below(&self.data_dir.join("mail"));
        files.sort();
        files.iter().map(|path| std::fs::read_to_string(path).expect("a mail")).collect()
    }

    /// Folder of objects, scratch files and keys.
    pub fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// The database, as settings name it.
    pub fn database_url(&self) -> String {
        match &self.app.config.database {
            Location::Sqlite(path) => path.clone(),
            Location::Postgres(url) => url.clone(),
        }
    }

    /// The time now.
    pub fn now(&self) -> Instant {
        *self.now.lock().expect("a lock")
    }

    /// Moves the clock on.
    pub fn advance(&self, secs: i64) {
        let then = self.now().checked_add_secs(secs).expect("an instant");
        self.set(then);
    }

    /// Sets the clock.
    pub fn set(&self, at: Instant) {
        *self.now.lock().expect("a lock") = at;
        self.clock.set(at);
    }

    /// Sets the clock to an RFC 3339 text.
    pub fn set_text(&self, at: &str) {
        self.set(at.parse().expect("an instant"));
    }

    /// Runs the exchange's own jobs until none is due. Answers how many there were.
    pub async fn run_jobs(&self) -> usize {
        self.run_jobs_with(&marketplace::app::registry()).await
    }

    /// Runs jobs with other handlers until none is due.
    pub async fn run_jobs_with(&self, registry: &Registry) -> usize {
        let mut ran = 0;
        while worker::run_one(&self.app, registry).await.expect("the queue") {
            ran += 1;
        }
        ran
    }

    /// Says that this test means its jobs to die.
    pub fn jobs_may_die(&self) {
        self.may_die.store(true, Ordering::Relaxed);
    }

    /// The objects of the store, by content: `sha256/…`, sorted.
    pub fn objects(&self) -> Vec<String> {
        let objects = self.data_dir.join("objects");
        let mut keys: Vec<String> = files_below(&objects.join("sha256"))
            .iter()
            .filter_map(|path| {
                Some(path.strip_prefix(&objects).ok()?.to_string_lossy().into_owned())
            })
            .collect();
        keys.sort();
        keys
    }

    /// Files of work in progress: unfinished uploads and scratch files.
    pub fn left_over(&self) -> Vec<PathBuf> {
        let mut left = files_below(&self.data_dir.join("objects/incoming"));
        left.retain(|path| !path.ends_with(PROBE));
        left.extend(files_below(&self.data_dir.join("scratch")));
        left
    }

    /// Checks what must hold at the end of every test.
    fn check(&self) {
        let left = self.left_over();
        assert!(left.is_empty(), "files were left behind: {left:?}");
        let counts = self.app.store.read_now(marketplace::jobs::service::counts_in);
        let dead = counts
            .expect("the queue")
            .into_iter()
            .find(|(state, _)| *state == JobState::Dead)
            .map_or(0, |(_, count)| count);
        assert!(dead == 0 || self.may_die.load(Ordering::Relaxed), "{dead} jobs are dead");
        // Its blocking part runs on a thread of the runtime that the test is in.
        let books = futures::executor::block_on(marketplace::ledger::service::check(&self.app));
        let books = books.expect("the books");
        assert!(books.balanced, "the books do not balance: {:?}", books.differences);
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.check();
        }
    }
}

fn files_below(dir: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(dir) else { return Vec::new() };
    let mut files = Vec::new();
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        if path.is_dir() {
            // A folder of a job counts as left behind even when it is empty.
            let inner = files_below(&path);
            if inner.is_empty() && dir.ends_with("scratch") {
                files.push(path);
            }
            files.extend(inner);
        } else {
            files.push(path);
        }
    }
    files
}
