//! `serve`, `work` and `migrate`.

use std::net::TcpListener;

use anyhow::{Context, Result};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::app::{self, App};
use crate::clock::Clock;
use crate::config::Config;
use crate::db::migrate as migrations;
use crate::http::server;
use crate::jobs::worker;
use crate::timers;
use crate::trade::search::service as search;

/// A server that is running with its worker and timers.
pub(super) struct Running {
    /// The application.
    pub(super) app: App,
    /// Address it serves on.
    pub(super) address: std::net::SocketAddr,
    handle: actix_web::dev::ServerHandle,
    server: JoinHandle<std::io::Result<()>>,
    background: Vec<JoinHandle<()>>,
    stop: watch::Sender<bool>,
}

/// Opens the exchange and starts serving it.
pub(super) async fn start(config: Config) -> Result<Running> {
    let listener = TcpListener::bind(config.listen)
        .with_context(|| format!("cannot listen on {}", config.listen))?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let app = App::open(config, Clock::system())?;
    let (stop, stopped) = watch::channel(false);
    let mut background = vec![tokio::spawn(timers::run(app.clone(), stopped.clone()))];
    background.push(tokio::spawn(search::warm(app.clone())));
    if app.config.workers > 0 {
        let lanes = app.config.workers;
        background.push(tokio::spawn(worker::run(app.clone(), app::registry(), lanes, stopped)));
    }
    let server = server::serve(app.clone(), listener)?;
    let handle = server.handle();
    Ok(Running { app, address, handle, server: tokio::spawn(server), background, stop })
}

impl Running {
    /// Stops taking requests, lets those in flight and the running jobs finish.
    pub(super) async fn stop(self) -> Result<()> {
        self.handle.stop(true).await;
        let _ = self.stop.send(true);
        for task in self.background {
            task.await?;
        }
        Ok(self.server.await??)
    }
}

/// `jangteo serve`
pub(super) async fn serve(config: Config) -> Result<()> {
    let running = start(config).await?;
    tracing::info!(address = %running.address, "serving on http://{}", running.address);
    interrupted().await?;
    tracing::info!("stopping");
    running.stop().await
}

/// `jangteo work`
pub(super) async fn work(config: Config) -> Result<()> {
    let lanes = config.workers.max(1);
    let app = App::open(config, Clock::system())?;
    let (stop, stopped) = watch::channel(false);
    let timers = tokio::spawn(timers::run(app.clone(), stopped.clone()));
    let worker = tokio::spawn(worker::run(app, app::registry(), lanes, stopped));
    tracing::info!(lanes, "working");
    interrupted().await?;
    tracing::info!("stopping after the jobs at hand");
    let _ = stop.send(true);
    worker.await?;
    Ok(timers.await?)
}

/// `jangteo migrate`
pub(super) fn migrate(config: &Config) -> Result<()> {
    std::fs::create_dir_all(&config.data_dir)?;
    let done = migrations::run(&config.database)?;
    match done.len() {
        0 => println!("The database is up to date."),
        _ => done.iter().for_each(|name| println!("migrated {name}")),
    }
    Ok(())
}

/// Waits for Ctrl-C or a termination signal.
pub(super) async fn interrupted() -> Result<()> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        interrupt = tokio::signal::ctrl_c() => interrupt?,
        _ = terminate.recv() => {}
    }
    Ok(())
}
