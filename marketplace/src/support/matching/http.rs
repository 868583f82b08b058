//! Looking for a processor.

use actix_web::HttpResponse;
use actix_web::web::Data;
use schema::api::work::{MatchQuery, Matches};
use schema::problem::Problem;

use super::service;
use crate::app::App;
use crate::auth::Principal;
use crate::error::AppResult;
use crate::http::extract::Query;
use crate::http::reply;

/// Pool members beside a piece of work, the best first, each with the reasons. The owner chooses.
#[utoipa::path(get, path = "/v1/pool-matches", tag = "pool", security(("bearer" = [])),
    params(MatchQuery),
    responses((status = 200, body = Matches), (status = 403, body = Problem),
              (status = 404, body = Problem)))]
pub async fn match_list(
    app: Data<App>,
    who: Principal,
    query: Query<MatchQuery>,
) -> AppResult<HttpResponse> {
    let today = app.clock.now().seoul_day();
    let found = app.store.read(move |db| service::matches_in(db, &who, &query.0, today)).await?;
    Ok(reply::ok(&found))
}
