//! Settings: command-line flags, then environment, then a TOML file, then defaults.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use serde::Deserialize;

use crate::db::dialect::Location;

/// Settings as flags, environment or file give them; what is absent takes its default.
#[derive(Args, Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// TOML file with these settings (names with `_` for `-`); flags and environment go first
    #[arg(long, env = "JANGTEO_CONFIG", value_name = "FILE", global = true)]
    #[serde(skip)]
    pub config: Option<PathBuf>,
    /// Folder of database, objects and keys [default: ./data]
    #[arg(long, env = "JANGTEO_DATA_DIR", value_name = "DIR", global = true)]
    pub data_dir: Option<PathBuf>,
    /// Database: postgres://… or the path of a SQLite file [default: DATA_DIR/jangteo.db]
    #[arg(
        long,
        env = "JANGTEO_DATABASE_URL",
        value_name = "URL",
        global = true,
        hide_env_values = true
    )]
    pub database_url: Option<String>,
    /// Address to serve on [default: 127.0.0.1:8080]
    #[arg(long, env = "JANGTEO_LISTEN", value_name = "ADDR", global = true)]
    pub listen: Option<SocketAddr>,
    /// Address under which clients reach the exchange, such as `https://market.example`; the one they
    /// asked for when absent
    #[arg(long, env = "JANGTEO_PUBLIC_URL", value_name = "URL", global = true)]
    pub public_url: Option<String>,
    /// Database connections [default: 16]
    #[arg(long, env = "JANGTEO_DB_CONNECTIONS", value_name = "N", global = true)]
    pub db_connections: Option<u32>,
    /// Jobs worked on at once; 0 leaves them to `jangteo work` [default: 2]
    #[arg(long, env = "JANGTEO_WORKERS", value_name = "N", global = true)]
    pub workers: Option<usize>,
    /// Bytes of an upload at most [default: 1 TiB]
    #[arg(long, env = "JANGTEO_UPLOAD_BYTES_MAX", value_name = "BYTES", global = true)]
    pub upload_bytes_max: Option<u64>,
    /// Folder that mail is written to, one file a mail [default: DATA_DIR/mail]
    #[arg(long, env = "JANGTEO_MAIL_DIR", value_name = "DIR", global = true)]
    pub mail_dir: Option<PathBuf>,
    /// Sender of mail; `noreply@jangteo.invalid` when absent
    #[arg(long, env = "JANGTEO_MAIL_FROM", value_name = "ADDRESS", global = true)]
    pub mail_from: Option<String>,
    /// What events name as their source, such as the address of the exchange [default: /jangteo]
    #[arg(long, env = "JANGTEO_EVENT_SOURCE", value_name = "URI", global = true)]
    pub event_source: Option<String>,
    /// Whether webhooks may be called without TLS [default: false]
    #[arg(long, env = "JANGTEO_WEBHOOK_HTTP", value_name = "BOOL", global = true)]
    pub webhook_http: Option<bool>,
    /// Whether webhooks may be called in private networks [default: false]
    #[arg(long, env = "JANGTEO_WEBHOOK_PRIVATE", value_name = "BOOL", global = true)]
    pub webhook_private: Option<bool>,
    /// Log lines: `text` or `json` [default: text]
    #[arg(long, env = "JANGTEO_LOG_FORMAT", value_name = "FORMAT", global = true)]
    pub log_format: Option<LogFormat>,
    /// What is logged, as a tracing filter [default: info]
    #[arg(long, env = "JANGTEO_LOG", value_name = "FILTER", global = true)]
    pub log: Option<String>,
}

/// Form of the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// Settings of the outbox in force.
#[derive(Clone, Debug)]
pub struct OutboxConfig {
    /// Folder that mail is written to.
    pub mail_dir: PathBuf,
    /// Sender of mail.
    pub mail_from: String,
    /// What events name as their source.
    pub source: String,
    /// Whether webhooks may be called without TLS.
    pub webhook_http: bool,
    /// Whether webhooks may be called in private networks.
    pub webhook_private: bool,
}

impl OutboxConfig {
    /// The usual settings, with mail in a folder of `data_dir`.
    pub fn below(data_dir: &Path) -> OutboxConfig {
        OutboxConfig {
            mail_dir: data_dir.join("mail"),
            mail_from: "noreply@jangteo.invalid".to_owned(),
            source: "/jangteo".to_owned(),
            webhook_http: false,
            webhook_private: false,
        }
    }
}

/// Settings in force.
#[derive(Clone, Debug)]
pub struct Config {
    /// Folder of database, objects and keys.
    pub data_dir: PathBuf,
    /// The database.
    pub database: Location,
    /// Address to serve on.
    pub listen: SocketAddr,
    /// Address under which clients reach the exchange, without a slash at its end.
    pub public_url: Option<String>,
    /// Database connections.
    pub db_connections: u32,
    /// Jobs worked on at once inside `serve`.
    pub workers: usize,
    /// Bytes of an upload at most.
    pub upload_bytes_max: u64,
    /// Mail and webhooks.
    pub outbox: OutboxConfig,
    /// Form of the log.
    pub log_format: LogFormat,
    /// What is logged.
    pub log: String,
}

impl Options {
    /// The settings in force.
    pub fn resolve(self) -> Result<Config> {
        let file = match &self.config {
            None => Options::default(),
            Some(path) => Options::read(path)?,
        };
        let data_dir = self.data_dir.or(file.data_dir).unwrap_or_else(|| PathBuf::from("data"));
        let database = match self.database_url.or(file.database_url) {
            Some(url) if url.is_empty() => bail!("the database URL is empty"),
            Some(url) => Location::parse(&url),
            None => Location::Sqlite(data_dir.join("jangteo.db").display().to_string()),
        };
        let db_connections = self.db_connections.or(file.db_connections).unwrap_or(16);
        if db_connections == 0 {
            bail!("db-connections must be at least 1");
        }
        let usual = OutboxConfig::below(&data_dir);
        let outbox = OutboxConfig {
            mail_dir: self.mail_dir.or(file.mail_dir).unwrap_or(usual.mail_dir),
            mail_from: self.mail_from.or(file.mail_from).unwrap_or(usual.mail_from),
            source: self.event_source.or(file.event_source).unwrap_or(usual.source),
            webhook_http: self.webhook_http.or(file.webhook_http).unwrap_or(false),
            webhook_private: self.webhook_private.or(file.webhook_private).unwrap_or(false),
        };
        Ok(Config {
            data_dir,
            outbox,
            database,
            listen: match self.listen.or(file.listen) {
                Some(address) => address,
                None => SocketAddr::from(([127, 0, 0, 1], 8080)),
            },
            public_url: (self.public_url.or(file.public_url))
                .map(|url| url.trim_end_matches('/').to_owned()),
            db_connections,
            workers: self.workers.or(file.workers).unwrap_or(2),
            upload_bytes_max: self.upload_bytes_max.or(file.upload_bytes_max).unwrap_or(1 << 40),
            log_format: self.log_format.or(file.log_format).unwrap_or_default(),
            log: self.log.or(file.log).unwrap_or_else(|| "info".to_owned()),
        })
    }

    fn read(path: &Path) -> Result<Options> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("read settings {}", path.display()))?;
        toml::from_str(&text).with_context(|| format!("settings {}", path.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::{Location, Options};

    #[test]
    fn flags_go_before_the_file_and_the_file_before_defaults() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("jangteo.toml");
        std::fs::write(&path, "workers = 7\ndata_dir = \"from-file\"\n").unwrap();
        let options = Options {
            config: Some(path.clone()),
            data_dir: Some("from-flag".into()),
            ..Options::default()
        };
        let config = options.resolve().unwrap();
        assert_eq!(config.data_dir, std::path::PathBuf::from("from-flag"));
        assert_eq!(config.workers, 7);
        assert_eq!(config.database, Location::Sqlite("from-flag/jangteo.db".into()));
        assert_eq!(config.db_connections, 16);

        std::fs::write(&path, "worker = 7\n").unwrap();
        let typo = Options { config: Some(path), ..Options::default() };
        assert!(format!("{:#}", typo.resolve().unwrap_err()).contains("worker"));
    }
}
