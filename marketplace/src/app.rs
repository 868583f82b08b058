//! The composition root: everything a use case may need, built once. With [`routes`](crate::routes)
//! the only file that names every feature.

use std::ops::Deref;
use std::sync::Arc;

use anyhow::{Context, Result};
use tokio::sync::Semaphore;

use crate::auth::keys::Keys;
use crate::clock::Clock;
use crate::config::Config;
use crate::db::{Store, migrate};
use crate::http::metrics::Metrics;
use crate::jobs::worker::Registry;
use crate::limits;
use crate::objects::Objects;
use crate::outbox::service::RootKey;
use crate::trade::rooms::Rooms;
use crate::trade::search::Search;
use crate::trade::sharing::Tables;

/// The application; cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// Its parts.
pub struct Parts {
    /// The database.
    pub store: Store,
    /// The files.
    pub objects: Objects,
    /// Time and fresh ids.
    pub clock: Clock,
    /// Signing keys.
    pub keys: Keys,
    /// What the secrets of webhooks, credentials and links are derived from.
    pub root_key: RootKey,
    /// Settings.
    pub config: Config,
    /// Counters.
    pub metrics: Metrics,
    /// What clients are told of published tables.
    pub tables: Tables,
    /// Questions under way, and the tables they are asked of.
    pub rooms: Rooms,
    /// The index of what is on sale.
    pub search: Search,
    /// Password checks under way.
    pub password_checks: Semaphore,
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl App {
    /// Opens database, objects and keys, and brings the database up to date.
    pub fn open(config: Config, clock: Clock) -> Result<App> {
        // The provider of TLS for every client of this process; a second call changes nothing.
        let _ = rustls::crypto::ring::default_provider().install_default();
        std::fs::create_dir_all(&config.data_dir)
            .with_context(|| format!("create data folder {}", config.data_dir.display()))?;
        for name in migrate::run(&config.database)? {
            tracing::info!(migration = name, "migrated");
        }
        Ok(App(Arc::new(Parts {
            store: Store::open(&config.database, config.db_connections)?,
            objects: Objects::local(&config.data_dir)?,
            clock,
            keys: Keys::open(&config.data_dir.join("keys"))?,
            root_key: RootKey::open(&config.data_dir.join("keys"))?,
            metrics: Metrics::default(),
            tables: Tables::default(),
            rooms: Rooms::default(),
            search: Search::default(),
            password_checks: Semaphore::new(limits::PASSWORD_CHECKS),
            config,
        })))
    }
}

/// Every kind of background work.
pub fn registry() -> Registry {
    Registry::default()
        .with(crate::outbox::jobs::FAN_OUT, crate::outbox::jobs::fan_out)
        .with(crate::outbox::jobs::SEND, crate::outbox::jobs::send)
        .with(crate::quality::jobs::INGEST, crate::quality::jobs::ingest)
        .with(crate::support::processing::jobs::PIPELINE, crate::support::processing::jobs::run)
}
