//! Every bound of the service, with its reason. What an operator may want to change is in
//! [`config`](crate::config) instead.

use std::time::Duration;

/// Bytes of a JSON body. The largest, a column dictionary of 4,096 columns, takes about 2 MB.
pub const JSON_BYTES_MAX: usize = 4 << 20;
/// How long a request may wait for a database connection.
pub const DB_WAIT: Duration = Duration::from_secs(5);
/// How often a write is tried before the caller is asked to come back.
pub const WRITE_ATTEMPTS: u32 = 20;
/// How long a client may be silent in the middle of an upload.
pub const UPLOAD_STALL: Duration = Duration::from_secs(60);
/// Bytes of an upload that wait in memory while they are hashed and written.
pub const UPLOAD_PART_BYTES: usize = 8 << 20;
/// Bytes of an evidence paper: a scan of some fifty pages.
pub const DOCUMENT_BYTES_MAX: u64 = 20 << 20;
/// Bytes of a file name.
pub const FILE_NAME_BYTES_MAX: usize = 255;
/// Bytes of an idempotency key.
pub const IDEMPOTENCY_KEY_BYTES_MAX: usize = 128;
/// How long an idempotency key is remembered.
pub const IDEMPOTENCY_DAYS: i64 = 30;
/// How long a worker may be silent before its job is given to another.
pub const JOB_LEASE: Duration = Duration::from_secs(60);
/// Attempts at a job before it is dead.
pub const JOB_ATTEMPTS_MAX: i64 = 5;
/// Webhooks of one organisation.
pub const WEBHOOKS_MAX: i64 = 20;
/// Bytes of a webhook's address.
pub const WEBHOOK_URL_BYTES_MAX: usize = 2_048;
/// How long the name of a receiver may take to be found, and the receiver to answer.
pub const WEBHOOK_WAIT: Duration = Duration::from_secs(10);
/// Waits before the second, third … attempt at a delivery: a receiver that is down over a weekend's
/// night gets its events, one that is gone stops costing after a day.
pub const WEBHOOK_WAITS_SECS: &[i64] = &[5, 60, 300, 1_800, 7_200, 18_000, 50_000];
/// How long deliveries bear the signature of the secret before, too.
pub const WEBHOOK_OLD_SECRET_SECS: i64 = 24 * 3600;
/// How long an idle worker sleeps between two looks at the queue.
pub const JOB_IDLE: Duration = Duration::from_millis(250);
/// How long a stream of progress events stays open.
pub const EVENTS_OPEN: Duration = Duration::from_secs(15 * 60);
/// Characters of a password.
pub const PASSWORD_CHARS: std::ops::RangeInclusive<usize> = 10..=128;
/// Failed logins in a row before an account pauses.
pub const LOGIN_FAILURES_MAX: i64 = 5;
/// How long it pauses.
pub const LOGIN_PAUSE_SECS: i64 = 15 * 60;
/// Password checks at once: argon2 takes 19 MiB and one core each.
pub const PASSWORD_CHECKS: usize = 4;
/// Life of an access token.
pub const ACCESS_TOKEN_SECS: i64 = 10 * 60;
/// Life of a session that keeps refreshing.
pub const SESSION_SECS: i64 = 14 * 24 * 3600;
/// Life of a refresh token that is not used.
pub const REFRESH_IDLE_SECS: i64 = 3 * 24 * 3600;
/// Applications of one evaluation batch.
pub const BATCH_APPLICATIONS_MAX: usize = 100;
/// Evaluators of one batch.
pub const EVALUATORS_MAX: usize = 50;
/// Drafts of applications that an organisation keeps at a time.
pub const APPLICATION_DRAFTS_MAX: i64 = 50;
/// Live credentials of one organisation for its own tools.
pub const SHARE_CREDENTIALS_MAX: i64 = 200;
/// Bytes of a query sent with the Delta Sharing protocol; a hint is a few hundred.
pub const SHARE_QUERY_BYTES_MAX: usize = 256 << 10;
/// Questions to data that are answered at a time; each takes a core.
pub const QUERIES_AT_ONCE: usize = 2;
/// How long a question waits for its turn.
pub const QUERY_TURN: Duration = Duration::from_secs(5);
/// How long an answer may take.
pub const QUERY_WAIT: Duration = Duration::from_secs(20);
/// Bytes that an answer may hold while it is made; sorting and grouping go to disk beyond.
pub const QUERY_MEMORY_BYTES: usize = 256 << 20;
/// Bytes of tables that stay copied for the next question.
pub const ROOM_BYTES_KEPT: u64 = 2 << 30;
/// Pairs of rows that a query without an equality may compare.
pub const QUERY_PAIRS_MAX: u64 = 2_000_000_000;
