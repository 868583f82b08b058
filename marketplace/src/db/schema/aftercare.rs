//! Agreements at work, settlements, claims and sanctions.
#![expect(missing_docs, reason = "the migrations describe the tables")]

diesel::table! {
    executions (agreement_id) {
        agreement_id -> Text,
        grace_until -> Nullable<Text>,
        ended_on -> Nullable<Text>,
        ended_how -> Nullable<Text>,
        listing_id -> Nullable<Text>,
        changed_at -> BigInt,
    }
}

diesel::table! {
    agreement_changes (id) {
        id -> Text,
        agreement_id -> Text,
        kind -> Text,
        state -> Text,
        reason -> Text,
        body -> Text,
        previous -> Nullable<Text>,
        successor_id -> Nullable<Text>,
        asked_by -> Text,
        asked_at -> BigInt,
        decided_by -> Nullable<Text>,
        decided_at -> Nullable<BigInt>,
        note -> Nullable<Text>,
    }
}

diesel::table! {
    completions (id) {
        id -> Text,
        agreement_id -> Text,
        number -> BigInt,
        state -> Text,
        body -> Text,
        findings -> Text,
        reported_by -> Text,
        reported_at -> BigInt,
        decided_by -> Nullable<Text>,
        decided_at -> Nullable<BigInt>,
        note -> Nullable<Text>,
    }
}

diesel::table! {
    inspections (id) {
        id -> Text,
        agreement_id -> Text,
        question -> Text,
        answer_by -> Text,
        answer -> Nullable<Text>,
        documents -> Text,
        asked_by -> Text,
        asked_at -> BigInt,
        answered_by -> Nullable<Text>,
        answered_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    settlements (id) {
        id -> Text,
        agreement_id -> Text,
        org_id -> Text,
        state -> Text,
        due_on -> Text,
        was_late -> BigInt,
        interest -> BigInt,
        statement -> Nullable<Text>,
        already_paid -> Nullable<BigInt>,
        accepted -> Nullable<BigInt>,
        carried -> Nullable<BigInt>,
        final_support -> Nullable<BigInt>,
        payable -> Nullable<BigInt>,
        refund -> Nullable<BigInt>,
        set_off -> BigInt,
        note -> Nullable<Text>,
        submitted_by -> Nullable<Text>,
        submitted_at -> Nullable<BigInt>,
        assessed_by -> Nullable<Text>,
        approved_by -> Nullable<Text>,
        notified_at -> Nullable<BigInt>,
        object_by -> Nullable<Text>,
        objection -> Nullable<Text>,
        finalised_at -> Nullable<BigInt>,
        paid_by -> Nullable<Text>,
        paid_at -> Nullable<BigInt>,
        step -> BigInt,
        opened_at -> BigInt,
    }
}

diesel::table! {
    settlement_lines (settlement_id, line) {
        settlement_id -> Text,
        line -> BigInt,
        source -> Text,
        name -> Text,
        planned -> BigInt,
        spent -> BigInt,
        vat -> BigInt,
        method -> Text,
        invoice_no -> Nullable<Text>,
        invoice_date -> Nullable<Text>,
        payee_no -> Nullable<Text>,
        payee_name -> Nullable<Text>,
        spent_on -> Text,
        documents -> Text,
        contract_id -> Nullable<Text>,
        accepted -> Nullable<BigInt>,
        reason -> Nullable<Text>,
        note -> Nullable<Text>,
    }
}

diesel::table! {
    invoices (invoice_no) {
        invoice_no -> Text,
        agreement_id -> Text,
        object -> Text,
        seen_at -> BigInt,
    }
}

diesel::table! {
    payment_refunds (id) {
        id -> Text,
        payment_id -> Text,
        supply -> BigInt,
        public_part -> BigInt,
        own_part -> BigInt,
        reason -> Text,
        proof_sha256 -> Text,
        refunded_by -> Text,
        refunded_at -> BigInt,
    }
}

diesel::table! {
    claims (id) {
        id -> Text,
        agreement_id -> Text,
        org_id -> Text,
        origin -> Text,
        object -> Text,
        state -> Text,
        principal -> BigInt,
        charges -> BigInt,
        repaid -> BigInt,
        late_charges -> BigInt,
        due_on -> Text,
        pay_by -> Text,
        step -> BigInt,
        made_at -> BigInt,
        repaid_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    payment_freezes (object) {
        object -> Text,
        org_id -> Text,
        frozen_at -> BigInt,
        thawed_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    carry_overs (id) {
        id -> Text,
        agreement_id -> Text,
        from_year -> BigInt,
        to_year -> BigInt,
        amount -> BigInt,
        reason -> Text,
        recorded_by -> Text,
        recorded_at -> BigInt,
    }
}

diesel::table! {
    sanctions (id) {
        id -> Text,
        org_id -> Text,
        agreement_id -> Nullable<Text>,
        state -> Text,
        ground -> Text,
        facts -> Text,
        ban_months -> BigInt,
        recovery -> BigInt,
        surcharge -> BigInt,
        proposal -> Nullable<Text>,
        opinion_by -> Nullable<Text>,
        opinion -> Nullable<Text>,
        appeal_by -> Nullable<Text>,
        appeal -> Nullable<Text>,
        ban_until -> Nullable<Text>,
        claim_id -> Nullable<Text>,
        opened_by -> Text,
        opened_at -> BigInt,
        proposed_by -> Nullable<Text>,
        decided_by -> Nullable<Text>,
        decided_at -> Nullable<BigInt>,
        in_force_at -> Nullable<BigInt>,
        ended_at -> Nullable<BigInt>,
        step -> BigInt,
    }
}

diesel::table! {
    corrective_orders (id) {
        id -> Text,
        agreement_id -> Text,
        listing_id -> Text,
        org_id -> Text,
        state -> Text,
        breach -> Text,
        breached_on -> Text,
        remedy_by -> Text,
        served_days -> Nullable<BigInt>,
        total_days -> Nullable<BigInt>,
        amount -> Nullable<BigInt>,
        claim_id -> Nullable<Text>,
        ordered_by -> Text,
        ordered_at -> BigInt,
        decided_by -> Nullable<Text>,
        ended_at -> Nullable<BigInt>,
    }
}
