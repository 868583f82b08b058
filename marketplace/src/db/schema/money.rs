//! The ledger, agreements, vouchers and payments.
#![expect(missing_docs, reason = "the migrations describe the tables")]

diesel::table! {
    ledger_accounts (id) {
        id -> Text,
        kind -> Text,
        subject -> Text,
        balance -> BigInt,
        opened_at -> BigInt,
    }
}

diesel::table! {
    ledger_transfers (id) {
        id -> Text,
        debit_id -> Text,
        credit_id -> Text,
        amount -> BigInt,
        at -> BigInt,
        why -> Text,
        object -> Text,
    }
}

diesel::table! {
    agreements (id) {
        id -> Text,
        programme -> Text,
        notice_version -> Text,
        notice_sha256 -> Nullable<Text>,
        state -> Text,
        title -> Text,
        recipient_id -> Text,
        processor_id -> Nullable<Text>,
        purpose -> Nullable<Text>,
        class -> Text,
        ratio_bp -> BigInt,
        rounding -> Text,
        support -> BigInt,
        total -> Nullable<BigInt>,
        cash -> Nullable<BigInt>,
        in_kind -> Nullable<BigInt>,
        items -> Text,
        period_months -> BigInt,
        listing_months -> Nullable<BigInt>,
        terms_hash -> Text,
        agreed_on -> Nullable<Text>,
        fiscal_year -> Nullable<BigInt>,
        period -> Nullable<Text>,
        voucher_id -> Nullable<Text>,
        created_by -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    agreement_signatures (agreement_id, party) {
        agreement_id -> Text,
        party -> Text,
        org_id -> Text,
        user_id -> Text,
        signed_at -> BigInt,
    }
}

diesel::table! {
    vouchers (id) {
        id -> Text,
        agreement_id -> Text,
        org_id -> Text,
        programme -> Text,
        fiscal_year -> BigInt,
        state -> Text,
        ratio_bp -> BigInt,
        rounding -> Text,
        approved -> BigInt,
        available -> BigInt,
        held -> BigInt,
        committed -> BigInt,
        paid -> BigInt,
        refunded -> BigInt,
        returned -> BigInt,
        period -> Text,
        ends_on -> Text,
        step -> BigInt,
        issued_at -> BigInt,
    }
}

diesel::table! {
    voucher_uses (contract_id) {
        contract_id -> Text,
        voucher_id -> Text,
        state -> Text,
        supply -> BigInt,
        support -> BigInt,
        company_share -> BigInt,
        refunded_supply -> BigInt,
        refunded -> BigInt,
        payee_id -> Nullable<Text>,
        held_at -> BigInt,
        changed_at -> BigInt,
    }
}

diesel::table! {
    payments (id) {
        id -> Text,
        contract_id -> Text,
        invoice_no -> Text,
        invoice_date -> Text,
        voucher_id -> Text,
        buyer_id -> Text,
        seller_id -> Text,
        state -> Text,
        supply -> BigInt,
        support -> BigInt,
        company_share -> BigInt,
        transferred -> BigInt,
        transfer_proof_sha256 -> Text,
        approved_by -> Text,
        approved_at -> BigInt,
        paid_by -> Nullable<Text>,
        paid_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    voucher_stops (id) {
        id -> Text,
        voucher_id -> Text,
        stop -> Text,
        reason -> Text,
        user_id -> Text,
        at -> BigInt,
    }
}
