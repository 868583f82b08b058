//! Evidence papers, bans, and what was seen of organisations.
#![expect(missing_docs, reason = "the migrations describe the tables")]

diesel::table! {
    documents (id) {
        id -> Text,
        kind -> Text,
        org_id -> Text,
        uploaded_by -> Text,
        file_name -> Text,
        media_type -> Text,
        object_key -> Text,
        sha256 -> Text,
        byte_count -> BigInt,
        issuer -> Nullable<Text>,
        issued_on -> Nullable<Text>,
        expires_on -> Nullable<Text>,
        size_class -> Nullable<Text>,
        subject -> Nullable<Text>,
        state -> Text,
        reason -> Nullable<Text>,
        verified_by -> Nullable<Text>,
        verified_at -> Nullable<BigInt>,
        created_at -> BigInt,
    }
}

diesel::table! {
    bans (id) {
        id -> Text,
        business_no -> Text,
        corporate_no -> Nullable<Text>,
        representative -> Text,
        ground -> Text,
        starts_on -> Text,
        ends_on -> Nullable<Text>,
        unpaid_recovery -> BigInt,
        source -> Text,
        created_by -> Text,
        created_at -> BigInt,
        lifted_by -> Nullable<Text>,
        lifted_at -> Nullable<BigInt>,
        lift_reason -> Nullable<Text>,
    }
}

diesel::table! {
    ban_names (ban_id, name) {
        ban_id -> Text,
        name -> Text,
    }
}

diesel::table! {
    eligibility_snapshots (id) {
        id -> Text,
        org_id -> Text,
        programme -> Text,
        stage -> Text,
        object -> Text,
        notice_version -> Text,
        notice_sha256 -> Text,
        outcome -> Text,
        standing -> Text,
        findings -> Text,
        taken_at -> BigInt,
    }
}
