//! Tables that every feature uses.
#![expect(missing_docs, reason = "the migrations describe the tables")]

diesel::table! {
    idempotency (principal, idempotency_key) {
        principal -> Text,
        idempotency_key -> Text,
        fingerprint -> Text,
        answer -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    jobs (id) {
        id -> Text,
        kind -> Text,
        payload -> Text,
        org_id -> Nullable<Text>,
        subject -> Text,
        state -> Text,
        attempt -> BigInt,
        run_at -> BigInt,
        lease_until -> Nullable<BigInt>,
        stage -> Text,
        units_done -> BigInt,
        units_total -> BigInt,
        fault -> Nullable<Text>,
        created_at -> BigInt,
        finished_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    audit (id) {
        id -> Text,
        at -> BigInt,
        user_id -> Nullable<Text>,
        org_id -> Nullable<Text>,
        object -> Text,
        line -> BigInt,
        action -> Text,
        state_from -> Nullable<Text>,
        state_to -> Nullable<Text>,
        reason -> Nullable<Text>,
        body -> Text,
        hash_before -> Text,
        hash -> Text,
    }
}
