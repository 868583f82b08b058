//! The page behind a problem's `type`: what an error code means, in both languages.

use actix_web::{HttpRequest, HttpResponse};
use schema::code::Code;
use schema::lang::Lang;

use crate::error::{AppError, AppResult};

/// What an error code means.
#[utoipa::path(get, path = "/problems/{code}", tag = "health", params(("code" = String, Path)),
    responses((status = 200, content_type = "text/html", body = String),
              (status = 404, body = schema::problem::Problem)))]
pub async fn page(request: HttpRequest) -> AppResult<HttpResponse> {
    let slug = request.match_info().get("code").unwrap_or_default();
    let code = Code::from_slug(slug).ok_or(AppError::NotFound("error code"))?;
    let (slug, status) = (code.slug(), code.status());
    let (ko, en) = (code.title(Lang::Ko), code.title(Lang::En));
    // The table's words are the program's own; nothing here comes from outside.
    let html = format!(
        "<!doctype html><html lang=\"ko\"><meta charset=\"utf-8\"><title>{slug}</title>\
         <h1>{ko}</h1><p lang=\"en\">{en}</p><p><code>{slug}</code> · HTTP {status}</p></html>"
    );
    Ok(HttpResponse::Ok().content_type("text/html; charset=utf-8").body(html))
}
