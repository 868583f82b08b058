//! Data sets and their versions.
#![expect(missing_docs, reason = "the migrations describe the tables")]

diesel::table! {
    datasets (id) {
        id -> Text,
        org_id -> Text,
        title -> Text,
        description -> Text,
        created_by -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    versions (id) {
        id -> Text,
        dataset_id -> Text,
        number -> BigInt,
        kind -> Text,
        state -> Text,
        parent_id -> Nullable<Text>,
        agreement_id -> Nullable<Text>,
        file_name -> Text,
        source_key -> Nullable<Text>,
        source_sha256 -> Nullable<Text>,
        source_bytes -> Nullable<BigInt>,
        table_key -> Nullable<Text>,
        table_sha256 -> Nullable<Text>,
        table_bytes -> Nullable<BigInt>,
        row_count -> Nullable<BigInt>,
        column_count -> Nullable<BigInt>,
        dictionary -> Nullable<Text>,
        evidence_key -> Nullable<Text>,
        certificate -> Nullable<Text>,
        grade -> Nullable<Text>,
        index_hundredths -> Nullable<BigInt>,
        privacy -> Nullable<Text>,
        fault -> Nullable<Text>,
        created_by -> Text,
        created_at -> BigInt,
        finished_at -> Nullable<BigInt>,
    }
}
