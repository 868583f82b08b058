//! Organisations, people and their sessions.
#![expect(missing_docs, reason = "the migrations describe the tables")]

diesel::table! {
    organisations (id) {
        id -> Text,
        name -> Text,
        business_no -> Text,
        corporate_no -> Nullable<Text>,
        representative -> Text,
        size_class -> Text,
        ksic -> Nullable<Text>,
        roles -> Text,
        created_at -> BigInt,
        status -> Text,
        insolvency -> BigInt,
        collects_data -> Nullable<BigInt>,
        secondary_ksic -> Text,
        affiliates -> Text,
    }
}

diesel::table! {
    users (id) {
        id -> Text,
        org_id -> Text,
        email -> Text,
        name -> Text,
        password_hash -> Text,
        roles -> Text,
        failures -> BigInt,
        locked_until -> Nullable<BigInt>,
        created_at -> BigInt,
    }
}

diesel::table! {
    sessions (id) {
        id -> Text,
        user_id -> Text,
        created_at -> BigInt,
        expires_at -> BigInt,
        ended_at -> Nullable<BigInt>,
        ended_why -> Nullable<Text>,
    }
}

diesel::table! {
    refresh_tokens (token_hash) {
        token_hash -> Text,
        session_id -> Text,
        created_at -> BigInt,
        used_at -> Nullable<BigInt>,
    }
}
