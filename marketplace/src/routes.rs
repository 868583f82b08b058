//! The table of contents of the API: every route, one line each. The same table makes the server's
//! routes, the OpenAPI description, and the answer to a wrong method.

use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, dev::ResourceDef, http::header};
use utoipa::OpenApi;
use utoipa_swagger_ui::{Config as DocsConfig, SwaggerUi};

use crate::http::{health, openapi};
use crate::{audit, catalog, jobs, parties};

macro_rules! routes {
    ($($method:ident $path:literal => $($handler:ident)::+;)*) => {
        /// Method and path of every route.
        pub const TABLE: &[(&str, &str)] = &[$((stringify!($method), $path)),*];

        /// The operations of the OpenAPI description.
        #[derive(OpenApi)]
        #[openapi(paths($($($handler)::+),*))]
        pub struct Api;

        fn resources(config: &mut ServiceConfig) {
            $(config.route($path, web::$method().to($($handler)::+));)*
        }
    };
}

routes! {
    get    "/healthz"                          => health::healthz;
    get    "/readyz"                           => health::readyz;
    get    "/metrics"                          => health::metrics;
    get    "/.well-known/jwks.json"            => health::jwks;
    get    "/openapi.json"                     => openapi::json;

    post   "/v1/sign-up"                       => parties::http::sign_up;
    post   "/v1/login"                         => parties::http::login;
    post   "/v1/token"                         => parties::http::refresh;
    post   "/v1/logout"                        => parties::http::logout;
    get    "/v1/me"                            => parties::http::me;
    post   "/v1/staff"                         => parties::http::staff_create;
    get    "/v1/organisations/{id}"            => parties::http::organisation_find;

    post   "/v1/datasets"                      => catalog::http::dataset_create;
    get    "/v1/datasets"                      => catalog::http::dataset_list;
    get    "/v1/datasets/{id}"                 => catalog::http::dataset_find;
    post   "/v1/datasets/{id}/versions"        => catalog::http::version_create;
    get    "/v1/versions/{id}"                 => catalog::http::version_find;
    put    "/v1/versions/{id}/content"         => catalog::http::content_put;
    post   "/v1/versions/{id}/finalise"        => catalog::http::version_finalise;
    get    "/v1/versions/{id}/evidence"        => catalog::http::evidence_get;
    get    "/v1/versions/{id}/certificate"     => catalog::http::certificate_get;

    get    "/v1/jobs/{id}"                     => jobs::http::find;
    get    "/v1/jobs/{id}/events"              => jobs::http::events;
    get    "/v1/audit"                         => audit::http::list;
}

/// Registers every route.
pub fn table(config: &mut ServiceConfig) {
    resources(config);
    config
        .service(SwaggerUi::new("/docs/{_:.*}").config(DocsConfig::from("/openapi.json")))
        .route("/docs", web::get().to(docs))
        .default_service(web::route().to(fallback));
}

/// Methods that the address `path` answers.
pub fn methods(path: &str) -> Vec<String> {
    let mut methods: Vec<String> = TABLE
        .iter()
        .filter(|(_, pattern)| ResourceDef::new(*pattern).is_match(path))
        .map(|(method, _)| method.to_uppercase())
        .collect();
    methods.sort();
    methods
}

async fn docs() -> HttpResponse {
    HttpResponse::Found().insert_header((header::LOCATION, "/docs/")).finish()
}

async fn fallback(request: HttpRequest) -> HttpResponse {
    let methods = methods(request.path());
    if methods.is_empty() {
        HttpResponse::NotFound().finish()
    } else {
        HttpResponse::MethodNotAllowed()
            .insert_header((header::ALLOW, methods.join(", ")))
            .finish()
    }
}
