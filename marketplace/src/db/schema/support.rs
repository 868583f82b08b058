//! Processor pool, processing jobs and their runs.
#![expect(missing_docs, reason = "the migrations describe the tables")]

diesel::table! {
    pool_members (id) {
        id -> Text,
        org_id -> Text,
        programme_year -> BigInt,
        state -> Text,
        staff -> BigInt,
        capacity -> BigInt,
        facility -> Text,
        track_record -> Text,
        papers -> Text,
        verdicts -> Text,
        reason -> Nullable<Text>,
        valid_until -> Nullable<Text>,
        created_by -> Text,
        created_at -> BigInt,
        decided_at -> Nullable<BigInt>,
        barred_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    processings (id) {
        id -> Text,
        org_id -> Text,
        version_id -> Text,
        member_id -> Nullable<Text>,
        processor_org_id -> Nullable<Text>,
        agreement_id -> Nullable<Text>,
        request -> Text,
        state -> Text,
        reason -> Nullable<Text>,
        findings -> Text,
        access_days -> BigInt,
        access_from -> Nullable<BigInt>,
        access_until -> Nullable<BigInt>,
        continued_at -> Nullable<BigInt>,
        result_version_id -> Nullable<Text>,
        deletion_text -> Nullable<Text>,
        deletion_sha256 -> Nullable<Text>,
        created_by -> Text,
        created_at -> BigInt,
        closed_at -> Nullable<BigInt>,
        attested_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    processing_runs (id) {
        id -> Text,
        processing_id -> Text,
        number -> BigInt,
        processor_org_id -> Text,
        state -> Text,
        spec -> Text,
        version_id -> Nullable<Text>,
        lineage -> Nullable<Text>,
        fault -> Nullable<Text>,
        created_by -> Text,
        created_at -> BigInt,
        finished_at -> Nullable<BigInt>,
    }
}
