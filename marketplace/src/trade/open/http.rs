//! The catalogue for other systems. Reading it needs no login.

use actix_web::http::header;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use schema::code::Code;
use schema::id::{self, ListingId};
use schema::page::PageQuery;
use schema::problem::{Problem, Refusal};
use serde::Deserialize;
use serde_json::Value;

use super::product::Product;
use super::{aas, croissant, dcat, odrl, schema_org, service};
use crate::app::App;
use crate::error::{AppError, AppResult};
use crate::http::extract::{PathId, Query, page_cursor, page_limit};
use crate::trade::delivery::http::public_url;

/// A way to tell of a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum View {
    Dcat,
    Croissant,
    SchemaOrg,
    Odrl,
    Aas,
}

impl View {
    /// Its word in `view=`, and a part of the profile that `Accept` may name.
    const ALL: [(View, &'static str, &'static str); 5] = [
        (View::Dcat, "dcat", "dcat"),
        (View::Croissant, "croissant", "croissant"),
        (View::SchemaOrg, "schema-org", "schema.org"),
        (View::Odrl, "odrl", "odrl"),
        (View::Aas, "aas", "admin-shell"),
    ];

    /// The view that a request asks for: by its address, or by the profile in `Accept`.
    fn of(word: Option<&str>, accept: &str) -> Result<View, Refusal> {
        if let Some(word) = word {
            let found = View::ALL.iter().find(|(_, known, _)| *known == word);
            return found.map(|(view, ..)| *view).ok_or_else(|| {
                let words: Vec<&str> = View::ALL.iter().map(|(_, word, _)| *word).collect();
                Code::InvalidField
                    .because(
                        format!("view는 {} 중 하나입니다.", words.join(", ")),
                        format!("view is one of {}.", words.join(", ")),
                    )
                    .field("view")
            });
        }
        let accept = accept.to_ascii_lowercase();
        let profile = accept.split_once("profile=").map_or("", |(_, profile)| profile);
        let named = View::ALL.iter().find(|(_, _, part)| profile.contains(part));
        Ok(named.map_or(View::Dcat, |(view, ..)| *view))
    }
}

/// How a product is to be told.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ViewQuery {
    /// `dcat`, `croissant`, `schema-org`, `odrl` or `aas`.
    #[serde(default)]
    pub view: Option<String>,
}

fn linked_data(value: &Value) -> HttpResponse {
    described("application/ld+json", value)
}

fn described(media_type: &'static str, value: &Value) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(media_type)
        .insert_header((header::VARY, "Accept"))
        .insert_header((header::CACHE_CONTROL, "public, max-age=60"))
        .body(value.to_string())
}

/// The catalogue after DCAT-AP 3 (JSON-LD), newest first; `rdfs:seeAlso` leads to the page after.
#[utoipa::path(get, path = "/catalog", tag = "catalogue", params(PageQuery),
    responses((status = 200, content_type = "application/ld+json", body = Value),
              (status = 422, body = Problem)))]
pub async fn catalogue(
    app: Data<App>,
    request: HttpRequest,
    query: Query<PageQuery>,
) -> AppResult<HttpResponse> {
    let (limit, before) = (page_limit(&query.0)?, page_cursor::<id::Listing>(&query.0)?);
    let (base, now) = (public_url(&app, &request), app.clock.now());
    let below = base.clone();
    let (products, next) =
        app.store.read(move |db| service::page_in(db, &below, before, limit, now)).await?;
    let next = next.map(|cursor| format!("{base}/catalog?limit={limit}&cursor={cursor}"));
    Ok(linked_data(&dcat::catalogue(&base, &products, next.as_deref())))
}

/// A product that everybody may see.
async fn published(app: &App, request: &HttpRequest, id: ListingId) -> AppResult<Product> {
    let (base, now) = (public_url(app, request), app.clock.now());
    app.store.read(move |db| service::product_in(db, &base, id, now)).await
}

/// A product as linked data: `view` is `dcat`, `croissant`, `schema-org` or `odrl`, or `aas` for an asset
/// administration shell in JSON; without it the profile in `Accept` decides, and DCAT when it names none.
#[utoipa::path(get, path = "/catalog/{id}", tag = "catalogue",
    params(("id" = ListingId, Path), ("view" = Option<String>, Query)),
    responses((status = 200, content_type = "application/ld+json", body = Value),
              (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn product(
    app: Data<App>,
    request: HttpRequest,
    id: PathId<id::Listing>,
    query: Query<ViewQuery>,
) -> AppResult<HttpResponse> {
    let accept = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok());
    let view = View::of(query.0.view.as_deref(), accept.unwrap_or_default())?;
    let product = published(&app, &request, id.0).await?;
    let told = match view {
        View::Dcat => dcat::document(&product),
        View::Croissant => croissant::document(&product),
        View::SchemaOrg => schema_org::document(&product),
        View::Odrl => odrl::offer(&product),
        View::Aas => return Ok(described("application/json", &aas::environment(&product))),
    };
    Ok(linked_data(&told))
}

/// A product as a package of its asset administration shell (AASX).
#[utoipa::path(get, path = "/catalog/{id}/product.aasx", tag = "catalogue",
    params(("id" = ListingId, Path)),
    responses((status = 200, content_type = "application/asset-administration-shell-package", body = Vec<u8>),
              (status = 404, body = Problem)))]
pub async fn package(
    app: Data<App>,
    request: HttpRequest,
    id: PathId<id::Listing>,
) -> AppResult<HttpResponse> {
    let product = published(&app, &request, id.0).await?;
    let packed = processing::aas::package(&aas::environment(&product));
    let packed = packed.map_err(|fault| anyhow::anyhow!("shell: {fault}"))?;
    Ok(HttpResponse::Ok()
        .content_type("application/asset-administration-shell-package")
        .insert_header((header::CONTENT_DISPOSITION, "attachment; filename=\"product.aasx\""))
        .insert_header((header::CACHE_CONTROL, "public, max-age=60"))
        .body(packed))
}

/// The free sample of a product (CSV).
#[utoipa::path(get, path = "/catalog/{id}/sample.csv", tag = "catalogue",
    params(("id" = ListingId, Path)),
    responses((status = 200, content_type = "text/csv", body = String), (status = 404, body = Problem)))]
pub async fn sample(
    app: Data<App>,
    request: HttpRequest,
    id: PathId<id::Listing>,
) -> AppResult<HttpResponse> {
    let product = published(&app, &request, id.0).await?;
    let sample = product.sample.ok_or(AppError::NotFound("sample"))?;
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8; header=present")
        .insert_header((header::ETAG, format!("\"sha256-{}\"", sample.sha256)))
        .insert_header((header::CACHE_CONTROL, "public, max-age=60"))
        .body(sample.csv))
}

#[cfg(test)]
mod tests {
    use super::View;

    #[test]
    fn a_view_is_named_by_the_address_or_by_a_profile() {
        for (word, accept, view) in [
            (None, "", View::Dcat),
            (None, "application/ld+json", View::Dcat),
            (
                None,
                "application/ld+json;profile=\"http://mlcommons.org/croissant/1.1\"",
                View::Croissant,
            ),
            (None, "application/ld+json; PROFILE=https://schema.org", View::SchemaOrg),
            (None, "application/ld+json;profile=\"http://www.w3.org/ns/odrl/2/\"", View::Odrl),
            (None, "application/json;profile=\"https://admin-shell.io/aas/3/0\"", View::Aas),
            (Some("odrl"), "application/ld+json;profile=\"croissant\"", View::Odrl),
        ] {
            assert_eq!(View::of(word, accept), Ok(view), "{word:?} {accept}");
        }
        assert!(View::of(Some("rdf"), "").is_err());
    }
}
