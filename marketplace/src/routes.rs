//! The table of contents of the API: every route, one line each. The same table makes the server's
//! routes, the OpenAPI description, and the answer to a wrong method.

use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, dev::ResourceDef, http::header};
use utoipa::OpenApi;
use utoipa_swagger_ui::{Config as DocsConfig, SwaggerUi};

use crate::http::{health, openapi, problems};
use crate::{
    audit, catalog, jobs, ledger, parties, programme, settlement, support, trade, vouchers,
};

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
    get    "/problems/{code}"                  => problems::page;

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
    post   "/v1/versions/{id}/privacy-clearance" => catalog::http::privacy_clear;
    get    "/v1/versions/{id}/evidence"        => catalog::http::evidence_get;
    get    "/v1/versions/{id}/certificate"     => catalog::http::certificate_get;

    post   "/v1/pool"                          => support::pool::http::pool_apply;
    get    "/v1/pool"                          => support::pool::http::pool_list;
    get    "/v1/pool/{id}"                     => support::pool::http::pool_find;
    post   "/v1/pool/{id}/register"            => support::pool::http::pool_register;
    post   "/v1/pool/{id}/suspend"             => support::pool::http::pool_suspend;
    post   "/v1/pool/{id}/reinstate"           => support::pool::http::pool_reinstate;
    post   "/v1/pool/{id}/remove"              => support::pool::http::pool_remove;

    post   "/v1/processings"                   => support::processing::http::processing_create;
    get    "/v1/processings"                   => support::processing::http::processing_list;
    get    "/v1/processings/{id}"              => support::processing::http::processing_find;
    post   "/v1/processings/{id}/propose"      => support::processing::http::processing_propose;
    post   "/v1/processings/{id}/accept"       => support::processing::http::processing_accept;
    post   "/v1/processings/{id}/decline"      => support::processing::http::processing_decline;
    post   "/v1/processings/{id}/start"        => support::processing::http::processing_start;
    post   "/v1/processings/{id}/extend"       => support::processing::http::processing_extend;
    get    "/v1/processings/{id}/source"       => support::processing::http::source_get;
    get    "/v1/processings/{id}/profile"      => support::processing::http::profile_get;
    get    "/v1/processings/{id}/suggested-pipeline" => support::processing::http::suggested_pipeline_get;
    post   "/v1/processings/{id}/runs"         => support::processing::http::run_create;
    get    "/v1/processings/{id}/runs"         => support::processing::http::run_list;
    get    "/v1/processings/{id}/runs/{run}/evidence" => support::processing::http::run_evidence_get;
    post   "/v1/processings/{id}/submit"       => support::processing::http::processing_submit;
    post   "/v1/processings/{id}/verify"       => support::processing::http::processing_verify;
    post   "/v1/processings/{id}/approve"      => support::processing::http::processing_approve;
    post   "/v1/processings/{id}/close"        => support::processing::http::processing_close;
    post   "/v1/processings/{id}/replace"      => support::processing::http::processing_replace;
    post   "/v1/processings/{id}/continue"     => support::processing::http::processing_continue;
    post   "/v1/processings/{id}/abort"        => support::processing::http::processing_abort;

    get    "/v1/programmes"                    => programme::http::programme_list;
    get    "/v1/programmes/{code}"             => programme::http::programme_find;
    get    "/v1/programmes/{code}/quote"       => programme::http::programme_quote;
    post   "/v1/programmes/{code}/budget"      => programme::http::budget_appropriate;
    get    "/v1/programmes/{code}/budget"      => programme::http::budget_find;
    post   "/v1/agreements"                    => programme::http::agreement_draft;
    get    "/v1/agreements"                    => programme::http::agreement_list;
    get    "/v1/agreements/{id}"               => programme::http::agreement_find;
    post   "/v1/agreements/{id}/sign"          => vouchers::http::agreement_sign;
    get    "/v1/vouchers"                      => vouchers::http::voucher_list;
    get    "/v1/vouchers/{id}"                 => vouchers::http::voucher_find;
    post   "/v1/vouchers/{id}/freeze"          => vouchers::http::voucher_freeze;
    post   "/v1/vouchers/{id}/thaw"            => vouchers::http::voucher_thaw;
    post   "/v1/vouchers/{id}/revoke"          => vouchers::http::voucher_revoke;
    post   "/v1/payments"                      => settlement::http::payment_approve;
    get    "/v1/payments"                      => settlement::http::payment_list;
    get    "/v1/payments/{id}"                 => settlement::http::payment_find;
    post   "/v1/payments/{id}/pay"             => settlement::http::payment_pay;
    get    "/v1/ledger/accounts"               => ledger::http::accounts;
    get    "/v1/ledger/transfers"              => ledger::http::transfers;
    get    "/v1/ledger/check"                  => ledger::http::check;

    post   "/v1/versions/{id}/price-bases"     => trade::price::http::price_create;
    get    "/v1/versions/{id}/price-bases"     => trade::price::http::price_list;
    post   "/v1/listings"                      => trade::listing::http::listing_create;
    get    "/v1/listings"                      => trade::listing::http::listing_list;
    get    "/v1/listings/{id}"                 => trade::listing::http::listing_find;
    put    "/v1/listings/{id}"                 => trade::listing::http::listing_edit;
    post   "/v1/listings/{id}/submit"          => trade::listing::http::listing_submit;
    post   "/v1/listings/{id}/approve"         => trade::listing::http::listing_approve;
    post   "/v1/listings/{id}/return"          => trade::listing::http::listing_return;
    post   "/v1/listings/{id}/publish"         => trade::listing::http::listing_publish;
    post   "/v1/listings/{id}/suspend"         => trade::listing::http::listing_suspend;
    post   "/v1/listings/{id}/reinstate"       => trade::listing::http::listing_reinstate;
    post   "/v1/listings/{id}/delist"          => trade::listing::http::listing_delist;
    post   "/v1/listings/{id}/remove"          => trade::listing::http::listing_remove;
    post   "/v1/contracts"                     => trade::contract::http::contract_order;
    get    "/v1/contracts"                     => trade::contract::http::contract_list;
    get    "/v1/contracts/{id}"                => trade::contract::http::contract_find;
    get    "/v1/contracts/{id}/document"       => trade::contract::http::contract_document;
    post   "/v1/contracts/{id}/sign"           => trade::contract::http::contract_sign;
    post   "/v1/contracts/{id}/fund"           => trade::contract::http::contract_fund;
    post   "/v1/contracts/{id}/accept"         => trade::contract::http::contract_accept;
    post   "/v1/contracts/{id}/reject"         => trade::contract::http::contract_reject;
    post   "/v1/contracts/{id}/cancel"         => trade::contract::http::contract_cancel;
    get    "/v1/contracts/{id}/file"           => trade::delivery::http::file_get;
    head   "/v1/contracts/{id}/file"           => trade::delivery::http::file_head;
    get    "/v1/contracts/{id}/certificate"    => trade::delivery::http::contract_certificate;
    get    "/v1/contracts/{id}/deliveries"     => trade::delivery::http::delivery_list;

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
        HttpResponse::MethodNotAllowed().insert_header((header::ALLOW, methods.join(", "))).finish()
    }
}
