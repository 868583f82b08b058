//! The command line: one program, one subcommand per role.

mod admin;
pub mod decide;
mod demo;
mod ledger;
mod quote;
mod serve;

use std::io::IsTerminal as _;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};
use schema::lang::Lang;

use crate::config::{Config, LogFormat, Options};

/// Jangteo (장터): the manufacturing-data exchange.
#[derive(Parser)]
#[command(name = "jangteo", version, about, long_about = None)]
struct Cli {
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Play the main story in an embedded exchange, then keep serving it
    Demo(demo::DemoArgs),
    /// Serve the exchange (and work on its jobs, unless --workers 0)
    Serve,
    /// Work on jobs only, beside other processes on the same database
    Work,
    /// Bring the database up to date
    Migrate,
    /// Recompute every balance from the transfers and compare
    CheckLedger,
    /// Compute what a programme pays of a cost, step by step
    Quote(quote::QuoteArgs),
    /// Judge stored decisions again under another notice, and tell who would be affected
    Decide(decide::DecideArgs),
    /// Commands of whoever owns the machine
    #[command(subcommand)]
    Admin(admin::AdminCommand),
}

/// Runs the program.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("jangteo: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> Result<ExitCode> {
    if let Command::Quote(args) = cli.command {
        return quote::run(args);
    }
    let mut options = cli.options;
    if let Command::Demo(args) = &cli.command {
        demo::defaults(&mut options, args);
    }
    let config = options.resolve()?;
    log(&config);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        match cli.command {
            Command::Demo(args) => demo::run(config, args).await,
            Command::Serve => serve::serve(config).await.map(|()| ExitCode::SUCCESS),
            Command::Work => serve::work(config).await.map(|()| ExitCode::SUCCESS),
            Command::Migrate => serve::migrate(&config).map(|()| ExitCode::SUCCESS),
            Command::CheckLedger => ledger::check(config).await,
            Command::Decide(args) => decide::run(config, args).await,
            // Needs no exchange, and was done above.
            Command::Quote(args) => quote::run(args),
            Command::Admin(command) => {
                admin::run(config, command).await.map(|()| ExitCode::SUCCESS)
            }
        }
    })
}

/// Starts logging to standard error.
fn log(config: &Config) {
    let filter = tracing_subscriber::EnvFilter::try_new(&config.log)
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let lines = lines.with_ansi(std::io::stderr().is_terminal());
    // A second start in one process keeps the first subscriber.
    let _ = match config.log_format {
        LogFormat::Text => lines.try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    };
}

/// A language by its code.
fn tongue(code: &str) -> Result<Lang, String> {
    match code {
        "ko" => Ok(Lang::Ko),
        "en" => Ok(Lang::En),
        other => Err(format!("`{other}` is neither ko nor en")),
    }
}
