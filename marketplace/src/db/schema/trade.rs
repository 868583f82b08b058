//! Price bases, listings, contracts and deliveries.
#![expect(missing_docs, reason = "the migrations describe the tables")]

diesel::table! {
    price_bases (id) {
        id -> Text,
        version_id -> Text,
        org_id -> Text,
        method -> Text,
        inputs -> Text,
        result -> BigInt,
        low -> Nullable<BigInt>,
        high -> Nullable<BigInt>,
        quality_multiplier_bp -> Nullable<BigInt>,
        quality_adjusted -> Nullable<BigInt>,
        created_by -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    listings (id) {
        id -> Text,
        org_id -> Text,
        dataset_id -> Text,
        version_id -> Text,
        price_basis_id -> Nullable<Text>,
        state -> Text,
        title -> Text,
        summary -> Text,
        description -> Text,
        price -> BigInt,
        licence -> Text,
        attestation -> Text,
        file_name -> Text,
        offer_hash -> Text,
        row_count -> BigInt,
        column_count -> BigInt,
        grade -> Nullable<Text>,
        index_hundredths -> Nullable<BigInt>,
        warnings -> Text,
        haystack -> Text,
        published_at -> Nullable<BigInt>,
        duty_agreement_id -> Nullable<Text>,
        duty -> Nullable<Text>,
        duty_end -> Nullable<Text>,
        halt -> Nullable<Text>,
        figures -> Text,
        supersedes_id -> Nullable<Text>,
        superseded_by_id -> Nullable<Text>,
        created_by -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    contracts (id) {
        id -> Text,
        listing_id -> Text,
        version_id -> Text,
        seller_id -> Text,
        buyer_id -> Text,
        voucher_id -> Nullable<Text>,
        state -> Text,
        title -> Text,
        purpose -> Text,
        purpose_text -> Text,
        supply -> BigInt,
        vat -> BigInt,
        support -> BigInt,
        company_share -> BigInt,
        own_payment -> BigInt,
        terms_hash -> Text,
        proof_sha256 -> Nullable<Text>,
        reject_by -> Nullable<Text>,
        end_reason -> Nullable<Text>,
        created_by -> Text,
        created_at -> BigInt,
        signed_at -> Nullable<BigInt>,
        funded_at -> Nullable<BigInt>,
        delivered_at -> Nullable<BigInt>,
        accepted_at -> Nullable<BigInt>,
        ended_at -> Nullable<BigInt>,
        paid_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    contract_documents (contract_id) {
        contract_id -> Text,
        template -> Text,
        parameters -> Text,
        text_ko -> Text,
        text_en -> Text,
        terms_hash -> Text,
        platform_signature -> Nullable<Text>,
    }
}

diesel::table! {
    contract_signatures (contract_id, side) {
        contract_id -> Text,
        side -> Text,
        user_id -> Text,
        org_id -> Text,
        at -> BigInt,
        terms_hash -> Text,
    }
}

diesel::table! {
    deliveries (id) {
        id -> Text,
        contract_id -> Text,
        user_id -> Text,
        org_id -> Text,
        at -> BigInt,
        first_byte -> BigInt,
        byte_count -> BigInt,
        total_bytes -> BigInt,
        sha256 -> Text,
        via -> Nullable<Text>,
    }
}

diesel::table! {
    share_credentials (id) {
        id -> Text,
        org_id -> Text,
        label -> Text,
        kind -> Text,
        generation -> BigInt,
        old_until -> Nullable<BigInt>,
        expires_at -> BigInt,
        revoked_at -> Nullable<BigInt>,
        created_by -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    data_requests (id) {
        id -> Text,
        org_id -> Text,
        title -> Text,
        detail -> Text,
        budget -> Nullable<BigInt>,
        until -> Text,
        closed_at -> Nullable<BigInt>,
        created_by -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    data_proposals (id) {
        id -> Text,
        request_id -> Text,
        org_id -> Text,
        listing_id -> Nullable<Text>,
        note -> Text,
        price -> Nullable<BigInt>,
        created_by -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    questions (id) {
        id -> Text,
        kind -> Text,
        listing_id -> Text,
        contract_id -> Nullable<Text>,
        version_id -> Text,
        org_id -> Text,
        user_id -> Text,
        at -> BigInt,
        day -> Text,
        question -> Text,
        question_sha256 -> Text,
        outcome -> Text,
        answer -> Nullable<Text>,
        rows_out -> BigInt,
        bytes_out -> BigInt,
    }
}

diesel::table! {
    share_grants (credential_id, contract_id) {
        credential_id -> Text,
        contract_id -> Text,
        created_by -> Text,
        created_at -> BigInt,
    }
}
