//! The table of contents of the API: every route, one line each. The same table makes the server's
//! routes, the OpenAPI description, and the answer to a wrong method.

use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, dev::ResourceDef, http::header};
use utoipa::OpenApi;
use utoipa_swagger_ui::{Config as DocsConfig, SwaggerUi};

use crate::http::{health, openapi, problems};
use crate::{
    applications, audit, catalog, documents, execution, jobs, ledger, obligations, outbox, parties,
    programme, sanctions, settlement, signals, support, trade, vouchers,
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
    put    "/v1/organisations/{id}/declaration" => parties::http::declaration_put;
    post   "/v1/organisations/{id}/status"     => parties::http::status_record;

    post   "/v1/documents"                     => documents::http::document_create;
    get    "/v1/documents"                     => documents::http::document_list;
    get    "/v1/documents/{id}"                => documents::http::document_find;
    get    "/v1/documents/{id}/content"        => documents::http::document_content;
    post   "/v1/documents/{id}/verify"         => documents::http::document_verify;

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

    post   "/v1/shells/tables"                 => catalog::http::shell_tables;

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
    post   "/v1/programmes/{code}/eligibility" => parties::eligibility::http::eligibility_check;
    get    "/v1/eligibility"                   => parties::eligibility::http::eligibility_list;
    get    "/v1/eligibility/{id}"              => parties::eligibility::http::eligibility_find;
    post   "/v1/programmes/{code}/budget"      => programme::http::budget_appropriate;
    get    "/v1/programmes/{code}/budget"      => programme::http::budget_find;
    post   "/v1/agreements"                    => programme::http::agreement_draft;
    get    "/v1/agreements"                    => programme::http::agreement_list;
    get    "/v1/agreements/{id}"               => programme::http::agreement_find;
    post   "/v1/agreements/{id}/sign"          => applications::http::agreement_sign;
    get    "/v1/agreements/{id}/execution"     => execution::http::execution_find;
    post   "/v1/agreements/{id}/changes"       => execution::http::change_request;
    post   "/v1/changes/{id}/approve"          => execution::http::change_approve;
    post   "/v1/changes/{id}/reject"           => execution::http::change_reject;
    post   "/v1/agreements/{id}/suspend"       => execution::http::agreement_suspend;
    post   "/v1/agreements/{id}/resume"        => execution::http::agreement_resume;
    post   "/v1/agreements/{id}/terminate"     => execution::http::agreement_terminate;
    post   "/v1/agreements/{id}/abandon"       => execution::http::abandonment_request;
    post   "/v1/agreements/{id}/abandon/approve" => execution::http::abandonment_approve;
    post   "/v1/agreements/{id}/abandon/reject" => execution::http::abandonment_reject;
    post   "/v1/agreements/{id}/completion"    => execution::http::completion_report;
    post   "/v1/agreements/{id}/completion/pass" => execution::http::completion_pass;
    post   "/v1/agreements/{id}/completion/reject" => execution::http::completion_reject;
    post   "/v1/agreements/{id}/inspections"   => execution::http::inspection_ask;
    get    "/v1/agreements/{id}/inspections"   => execution::http::inspection_list;
    post   "/v1/inspections/{id}/answer"       => execution::http::inspection_answer;
    post   "/v1/agreements/{id}/carry-over"    => settlement::claims::http::carry_over_record;
    post   "/v1/agreements/{id}/settlement"    => settlement::report::http::settlement_submit;
    get    "/v1/agreements/{id}/settlement"    => settlement::report::http::settlement_of_agreement;
    get    "/v1/agreements/{id}/statement"     => settlement::statements::http::agreement;
    get    "/v1/settlements"                   => settlement::report::http::settlement_list;
    get    "/v1/settlements/{id}"              => settlement::report::http::settlement_find;
    post   "/v1/settlements/{id}/review"       => settlement::report::http::settlement_review;
    post   "/v1/settlements/{id}/ask"          => settlement::report::http::settlement_ask;
    post   "/v1/settlements/{id}/assess"       => settlement::report::http::settlement_assess;
    post   "/v1/settlements/{id}/return"       => settlement::report::http::settlement_return;
    post   "/v1/settlements/{id}/approve"      => settlement::report::http::settlement_approve;
    post   "/v1/settlements/{id}/object"       => settlement::report::http::settlement_object;
    post   "/v1/settlements/{id}/dismiss"      => settlement::report::http::settlement_dismiss;
    post   "/v1/settlements/{id}/consent"      => settlement::report::http::settlement_consent;
    post   "/v1/settlements/{id}/pay"          => settlement::report::http::settlement_pay;
    get    "/v1/claims"                        => settlement::claims::http::claim_list;
    get    "/v1/claims/{id}"                   => settlement::claims::http::claim_find;
    post   "/v1/claims/{id}/repay"             => settlement::claims::http::claim_repay;
    post   "/v1/sanctions"                     => sanctions::http::sanction_open;
    get    "/v1/sanctions"                     => sanctions::http::sanction_list;
    get    "/v1/sanctions/{id}"                => sanctions::http::sanction_find;
    post   "/v1/sanctions/{id}/investigate"    => sanctions::http::sanction_investigate;
    post   "/v1/sanctions/{id}/drop"           => sanctions::http::sanction_drop;
    post   "/v1/sanctions/{id}/propose"        => sanctions::http::sanction_propose;
    post   "/v1/sanctions/{id}/opinion"        => sanctions::http::sanction_opinion;
    post   "/v1/sanctions/{id}/decide"         => sanctions::http::sanction_decide;
    post   "/v1/sanctions/{id}/appeal"         => sanctions::http::sanction_appeal;
    post   "/v1/sanctions/{id}/uphold"         => sanctions::http::sanction_uphold;
    post   "/v1/sanctions/{id}/change"         => sanctions::http::sanction_change;
    post   "/v1/sanctions/{id}/cancel"         => sanctions::http::sanction_cancel;
    post   "/v1/corrective-orders"             => sanctions::http::order_make;
    get    "/v1/corrective-orders"             => sanctions::http::order_list;
    get    "/v1/corrective-orders/{id}"        => sanctions::http::order_find;
    post   "/v1/corrective-orders/{id}/recover" => sanctions::http::order_recover;
    get    "/v1/vouchers"                      => vouchers::http::voucher_list;
    get    "/v1/vouchers/{id}"                 => vouchers::http::voucher_find;
    post   "/v1/vouchers/{id}/freeze"          => vouchers::http::voucher_freeze;
    post   "/v1/vouchers/{id}/thaw"            => vouchers::http::voucher_thaw;
    post   "/v1/vouchers/{id}/revoke"          => vouchers::http::voucher_revoke;
    post   "/v1/payments"                      => settlement::http::payment_approve;
    get    "/v1/payments"                      => settlement::http::payment_list;
    get    "/v1/payments/{id}"                 => settlement::http::payment_find;
    post   "/v1/payments/{id}/pay"             => settlement::http::payment_pay;
    post   "/v1/payments/{id}/refunds"         => settlement::claims::http::refund_create;
    get    "/v1/payments/{id}/refunds"         => settlement::claims::http::refund_list;
    get    "/v1/statements/months/{month}"     => settlement::statements::http::month;
    get    "/v1/statements/years/{year}"       => settlement::statements::http::fiscal_year;
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
    get    "/v1/search"                        => trade::search::http::search;
    get    "/v1/search/suggestions"            => trade::search::http::suggestions;
    get    "/catalog"                          => trade::open::http::catalogue;
    get    "/catalog/{id}"                     => trade::open::http::product;
    get    "/catalog/{id}/sample.csv"          => trade::open::http::sample;
    get    "/catalog/{id}/product.aasx"        => trade::open::http::package;
    post   "/v1/contracts"                     => trade::contract::http::contract_order;
    get    "/v1/contracts"                     => trade::contract::http::contract_list;
    get    "/v1/contracts/{id}"                => trade::contract::http::contract_find;
    get    "/v1/contracts/{id}/document"       => trade::contract::http::contract_document;
    post   "/v1/data-requests"                 => trade::demand::http::request_post;
    get    "/v1/data-requests"                 => trade::demand::http::request_list;
    get    "/v1/data-requests/{id}"            => trade::demand::http::request_find;
    post   "/v1/data-requests/{id}/close"      => trade::demand::http::request_close;
    post   "/v1/data-requests/{id}/proposals"  => trade::demand::http::proposal_create;
    get    "/v1/data-requests/{id}/proposals"  => trade::demand::http::proposal_list;
    post   "/v1/contracts/{id}/queries"        => trade::rooms::http::query_ask;
    get    "/v1/contracts/{id}/queries"        => trade::rooms::http::query_list;
    post   "/v1/listings/{id}/probes"          => trade::rooms::http::probe_ask;
    get    "/v1/contracts/{id}/policy"         => trade::contract::http::contract_policy;
    post   "/v1/contracts/{id}/sign"           => trade::contract::http::contract_sign;
    post   "/v1/contracts/{id}/fund"           => trade::contract::http::contract_fund;
    post   "/v1/contracts/{id}/accept"         => trade::contract::http::contract_accept;
    post   "/v1/contracts/{id}/reject"         => trade::contract::http::contract_reject;
    post   "/v1/contracts/{id}/cancel"         => trade::contract::http::contract_cancel;
    get    "/v1/contracts/{id}/file"           => trade::delivery::http::file_get;
    head   "/v1/contracts/{id}/file"           => trade::delivery::http::file_head;
    post   "/v1/contracts/{id}/links"          => trade::delivery::http::link_create;
    get    "/files/{delivery}"                 => trade::delivery::http::link_get;
    head   "/files/{delivery}"                 => trade::delivery::http::link_head;
    get    "/v1/contracts/{id}/certificate"    => trade::delivery::http::contract_certificate;
    get    "/v1/contracts/{id}/deliveries"     => trade::delivery::http::delivery_list;

    post   "/v1/share-credentials"             => trade::sharing::http::credential_create;
    get    "/v1/share-credentials"             => trade::sharing::http::credential_list;
    get    "/v1/share-credentials/{id}"        => trade::sharing::http::credential_find;
    post   "/v1/share-credentials/{id}/grants" => trade::sharing::http::credential_grant;
    post   "/v1/share-credentials/{id}/rotate" => trade::sharing::http::credential_rotate;
    post   "/v1/share-credentials/{id}/revoke" => trade::sharing::http::credential_revoke;
    post   "/oauth/token"                      => trade::sharing::oauth::token_create;
    get    "/delta-sharing/shares"             => trade::sharing::delta::http::shares;
    get    "/delta-sharing/shares/{share}"     => trade::sharing::delta::http::share;
    get    "/delta-sharing/shares/{share}/schemas" => trade::sharing::delta::http::schemas;
    get    "/delta-sharing/shares/{share}/all-tables" => trade::sharing::delta::http::all_tables;
    get    "/delta-sharing/shares/{share}/schemas/{schema}/tables" => trade::sharing::delta::http::tables;
    head   "/delta-sharing/shares/{share}/schemas/{schema}/tables/{table}" => trade::sharing::delta::http::version_head;
    get    "/delta-sharing/shares/{share}/schemas/{schema}/tables/{table}/version" => trade::sharing::delta::http::version;
    get    "/delta-sharing/shares/{share}/schemas/{schema}/tables/{table}/metadata" => trade::sharing::delta::http::metadata;
    post   "/delta-sharing/shares/{share}/schemas/{schema}/tables/{table}/query" => trade::sharing::delta::http::query;
    get    "/delta-sharing/shares/{share}/schemas/{schema}/tables/{table}/changes" => trade::sharing::delta::http::changes;

    post   "/v1/applications"                  => applications::http::application_create;
    get    "/v1/applications"                  => applications::http::application_list;
    get    "/v1/applications/{id}"             => applications::http::application_find;
    put    "/v1/applications/{id}"             => applications::http::application_edit;
    post   "/v1/applications/{id}/submit"      => applications::http::application_submit;
    post   "/v1/applications/{id}/withdraw"    => applications::http::application_withdraw;
    post   "/v1/applications/{id}/review"      => applications::staff_http::application_review;
    post   "/v1/applications/{id}/supplement"  => applications::staff_http::application_supplement;
    post   "/v1/applications/{id}/resubmit"    => applications::http::application_resubmit;
    post   "/v1/applications/{id}/pass"        => applications::staff_http::application_pass;
    post   "/v1/applications/{id}/fail"        => applications::staff_http::application_fail;
    post   "/v1/applications/{id}/conflicts"   => applications::staff_http::application_conflict;
    post   "/v1/applications/{id}/scores"      => applications::staff_http::score_create;
    get    "/v1/applications/{id}/scores"      => applications::http::score_list;
    get    "/v1/applications/{id}/documents"   => applications::http::application_documents;
    get    "/v1/applications/{id}/documents/{document}" => applications::http::application_document;
    post   "/v1/applications/{id}/consent"     => applications::http::application_consent;
    post   "/v1/applications/{id}/decline"     => applications::http::application_decline;
    post   "/v1/applications/{id}/object"      => applications::http::application_object;
    post   "/v1/applications/{id}/uphold"      => applications::staff_http::application_uphold;
    post   "/v1/applications/{id}/dismiss"     => applications::staff_http::application_dismiss;
    post   "/v1/applications/{id}/agreement"   => applications::staff_http::application_agreement;
    post   "/v1/evaluation-batches"            => applications::staff_http::batch_create;
    get    "/v1/evaluation-batches"            => applications::staff_http::batch_list;
    get    "/v1/evaluation-batches/{id}"       => applications::staff_http::batch_find;
    post   "/v1/evaluation-batches/{id}/evaluators" => applications::staff_http::batch_evaluators;
    post   "/v1/evaluation-batches/{id}/applications" => applications::staff_http::batch_applications;
    post   "/v1/evaluation-batches/{id}/close" => applications::staff_http::batch_close;
    get    "/v1/evaluation-batches/{id}/selection" => applications::staff_http::batch_what_if;
    post   "/v1/selections"                    => applications::staff_http::selection_create;
    get    "/v1/selections"                    => applications::staff_http::selection_list;
    get    "/v1/selections/{id}"               => applications::staff_http::selection_find;
    post   "/v1/selections/{id}/promote"       => applications::staff_http::selection_promote;
    get    "/v1/events"                        => outbox::http::event_list;
    post   "/v1/webhooks"                      => outbox::http::webhook_create;
    get    "/v1/webhooks"                      => outbox::http::webhook_list;
    get    "/v1/webhooks/{id}"                 => outbox::http::webhook_find;
    post   "/v1/webhooks/{id}/rotate"          => outbox::http::webhook_rotate;
    post   "/v1/webhooks/{id}/disable"         => outbox::http::webhook_disable;
    post   "/v1/webhooks/{id}/enable"          => outbox::http::webhook_enable;
    get    "/v1/webhooks/{id}/deliveries"      => outbox::http::delivery_list;
    post   "/v1/webhook-deliveries/{id}/redeliver" => outbox::http::delivery_redeliver;
    get    "/v1/obligations"                   => obligations::http::obligation_list;
    get    "/v1/obligations/burn-down"         => obligations::http::burn_down;
    get    "/v1/obligations/{id}"              => obligations::http::obligation_find;
    post   "/v1/obligations/{id}/discharge"    => obligations::http::obligation_discharge;
    post   "/v1/obligations/{id}/postpone"     => obligations::http::obligation_postpone;

    post   "/v1/affiliations"                  => parties::http::affiliation_declare;
    get    "/v1/affiliations"                  => parties::http::affiliation_list;
    get    "/v1/pool-matches"                  => support::matching::http::match_list;
    post   "/v1/processings/{id}/milestones"   => support::milestones::http::milestone_plan;
    get    "/v1/processings/{id}/milestones"   => support::milestones::http::milestone_list;
    post   "/v1/milestones/{id}/done"          => support::milestones::http::milestone_done;
    post   "/v1/milestones/{id}/accept"        => support::milestones::http::milestone_accept;
    post   "/v1/agreements/{id}/time-entries"  => support::timesheets::http::time_entry_create;
    get    "/v1/agreements/{id}/time-entries"  => support::timesheets::http::time_entry_list;
    get    "/v1/contracts/{id}/dispute"        => trade::dispute::http::dispute_find;
    post   "/v1/contracts/{id}/resolve"        => trade::dispute::http::dispute_decide;
    post   "/v1/contracts/{id}/proposal"       => trade::dispute::http::dispute_propose;
    post   "/v1/contracts/{id}/proposal/answer" => trade::dispute::http::dispute_answer;
    post   "/v1/contracts/{id}/rebates"        => trade::rebate::http::rebate_report;
    get    "/v1/contracts/{id}/rebates"        => trade::rebate::http::rebate_list;
    get    "/v1/vouchers/{id}/utilisation"     => trade::usage::http::utilisation;
    post   "/v1/listings/{id}/after-care"      => trade::usage::http::after_care_report;
    get    "/v1/listings/{id}/after-care"      => trade::usage::http::after_care_list;
    get    "/v1/signals"                       => signals::http::signal_list;
    get    "/v1/signals/{id}"                  => signals::http::signal_find;
    post   "/v1/signals/{id}/decide"           => signals::http::signal_decide;

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
    if methods.is_empty() && request.path().starts_with("/delta-sharing/") {
        trade::sharing::delta::unknown()
    } else if methods.is_empty() {
        HttpResponse::NotFound().finish()
    } else {
        HttpResponse::MethodNotAllowed().insert_header((header::ALLOW, methods.join(", "))).finish()
    }
}
