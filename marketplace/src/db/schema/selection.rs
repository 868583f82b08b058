//! Applications, their evaluation and selection.
#![expect(missing_docs, reason = "the migrations describe the tables")]

diesel::table! {
    evaluation_batches (id) {
        id -> Text,
        programme -> Text,
        title -> Text,
        state -> Text,
        evaluation_on -> Text,
        created_by -> Text,
        created_at -> BigInt,
        closed_by -> Nullable<Text>,
        closed_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    batch_evaluators (batch_id, user_id) {
        batch_id -> Text,
        user_id -> Text,
        added_by -> Text,
        added_at -> BigInt,
    }
}

diesel::table! {
    selections (id) {
        id -> Text,
        batch_id -> Text,
        programme -> Text,
        fiscal_year -> BigInt,
        available -> BigInt,
        pending -> BigInt,
        waitlist_until -> Text,
        lines -> Text,
        notice_version -> Text,
        notice_sha256 -> Text,
        made_by -> Text,
        made_at -> BigInt,
    }
}

diesel::table! {
    applications (id) {
        id -> Text,
        org_id -> Text,
        programme -> Text,
        state -> Text,
        body -> Text,
        total -> Nullable<BigInt>,
        requested -> Nullable<BigInt>,
        submitted_at -> Nullable<BigInt>,
        processor_org_id -> Nullable<Text>,
        batch_id -> Nullable<Text>,
        reviewed_by -> Nullable<Text>,
        term -> Nullable<Text>,
        supplement -> Nullable<Text>,
        bonus_items -> BigInt,
        mean -> Nullable<BigInt>,
        score -> Nullable<BigInt>,
        barred -> Nullable<Text>,
        selection_id -> Nullable<Text>,
        place -> Nullable<BigInt>,
        computed -> Nullable<BigInt>,
        approved -> Nullable<BigInt>,
        offered -> Nullable<BigInt>,
        offer_until -> Nullable<Text>,
        offers_declined -> BigInt,
        fiscal_year -> Nullable<BigInt>,
        objected_from -> Nullable<Text>,
        grounds -> Nullable<Text>,
        agreement_id -> Nullable<Text>,
        created_by -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    application_products (application_id, listing_id) {
        application_id -> Text,
        listing_id -> Text,
        price -> BigInt,
    }
}

diesel::table! {
    application_versions (application_id, version_id) {
        application_id -> Text,
        version_id -> Text,
    }
}

diesel::table! {
    application_decisions (application_id, number) {
        application_id -> Text,
        number -> BigInt,
        action -> Text,
        state_from -> Text,
        state_to -> Text,
        decided_by -> Nullable<Text>,
        at -> BigInt,
        reason -> Nullable<Text>,
        notice_version -> Text,
        notice_sha256 -> Text,
        facts -> Text,
    }
}

diesel::table! {
    evaluation_conflicts (application_id, user_id) {
        application_id -> Text,
        user_id -> Text,
        kind -> Text,
        note -> Text,
        declared_by -> Text,
        declared_at -> BigInt,
    }
}

diesel::table! {
    score_sheets (batch_id, application_id, user_id) {
        batch_id -> Text,
        application_id -> Text,
        user_id -> Text,
        points -> Text,
        total -> BigInt,
        comment -> Text,
        at -> BigInt,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    applications,
    application_products,
    application_versions,
    batch_evaluators,
);
