//! The server: listens, serves, and stops without cutting off what it has begun.

use std::net::TcpListener;
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::middleware::from_fn;
use actix_web::web::Data;
use actix_web::{App as ActixApp, HttpServer};

use super::edge;
use crate::app::App;
use crate::routes;

/// Serves `app` on `listener` until the answer's handle is told to stop; requests in flight then
/// have 30 seconds to finish.
pub fn serve(app: App, listener: TcpListener) -> std::io::Result<Server> {
    let data = Data::new(app);
    let server = HttpServer::new(move || {
        ActixApp::new().app_data(data.clone()).wrap(from_fn(edge::edge)).configure(routes::table)
    })
    .client_request_timeout(Duration::from_secs(10))
    .client_disconnect_timeout(Duration::from_secs(5))
    .keep_alive(Duration::from_secs(30))
    .shutdown_timeout(30)
    .disable_signals()
    .listen(listener)?;
    Ok(server.run())
}
