//! Search over HTTP. It needs no login.

use actix_web::HttpResponse;
use actix_web::web::Data;
use schema::api::trade::{SearchQuery, SearchResults, SuggestionQuery, Suggestions};
use schema::problem::Problem;

use super::service;
use crate::app::App;
use crate::error::AppResult;
use crate::http::extract::Query;
use crate::http::reply;

/// What is on sale and fits, with counts of what the results are like. Parts of words of two characters
/// or more are found.
#[utoipa::path(get, path = "/v1/search", tag = "catalogue", params(SearchQuery),
    responses((status = 200, body = SearchResults), (status = 422, body = Problem)))]
pub async fn search(app: Data<App>, query: Query<SearchQuery>) -> AppResult<HttpResponse> {
    Ok(reply::ok(&service::search(&app, query.0).await?))
}

/// What somebody who types may mean.
#[utoipa::path(get, path = "/v1/search/suggestions", tag = "catalogue", params(SuggestionQuery),
    responses((status = 200, body = Suggestions), (status = 422, body = Problem)))]
pub async fn suggestions(app: Data<App>, query: Query<SuggestionQuery>) -> AppResult<HttpResponse> {
    Ok(reply::ok(&service::suggest(&app, query.0).await?))
}
