//! Events and their deliveries, dated duties.
#![expect(missing_docs, reason = "the migrations describe the tables")]

diesel::table! {
    events (id) {
        id -> Text,
        kind -> Text,
        subject -> Text,
        title -> Text,
        body -> Text,
        data -> Text,
        at -> BigInt,
        once_key -> Nullable<Text>,
        fanned_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    event_orgs (event_id, org_id) {
        event_id -> Text,
        org_id -> Text,
    }
}

diesel::table! {
    webhooks (id) {
        id -> Text,
        org_id -> Text,
        url -> Text,
        kinds -> Text,
        state -> Text,
        generation -> BigInt,
        old_secret_until -> Nullable<BigInt>,
        created_by -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    webhook_deliveries (id) {
        id -> Text,
        webhook_id -> Text,
        event_id -> Text,
        state -> Text,
        attempts -> BigInt,
        tries -> BigInt,
        next_at -> Nullable<BigInt>,
        created_at -> BigInt,
        finished_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    webhook_attempts (delivery_id, number) {
        delivery_id -> Text,
        number -> BigInt,
        at -> BigInt,
        status -> Nullable<BigInt>,
        fault -> Nullable<Text>,
    }
}

diesel::table! {
    obligations (id) {
        id -> Text,
        kind -> Text,
        org_id -> Text,
        subject -> Text,
        agreement_id -> Nullable<Text>,
        state -> Text,
        due_on -> Text,
        due_first -> Text,
        rule -> Text,
        blocks -> BigInt,
        remind_on -> Nullable<Text>,
        reason -> Nullable<Text>,
        once_key -> Text,
        step -> BigInt,
        opened_at -> BigInt,
        closed_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    milestones (id) {
        id -> Text,
        processing_id -> Text,
        number -> BigInt,
        title -> Text,
        planned_on -> Text,
        state -> Text,
        evidence_sha256 -> Nullable<Text>,
        note -> Nullable<Text>,
        done_by -> Nullable<Text>,
        done_at -> Nullable<BigInt>,
        accepted_by -> Nullable<Text>,
        accepted_at -> Nullable<BigInt>,
        created_at -> BigInt,
    }
}

diesel::table! {
    time_entries (id) {
        id -> Text,
        agreement_id -> Text,
        org_id -> Text,
        person -> Text,
        worked_on -> Text,
        minutes -> BigInt,
        hourly -> BigInt,
        amount -> BigInt,
        what -> Text,
        evidence_sha256 -> Text,
        created_by -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    affiliations (id) {
        id -> Text,
        one_id -> Text,
        other_id -> Text,
        note -> Text,
        declared_by -> Text,
        declared_at -> BigInt,
    }
}

diesel::table! {
    after_cares (id) {
        id -> Text,
        listing_id -> Text,
        org_id -> Text,
        number -> BigInt,
        figures -> Text,
        note -> Text,
        created_by -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    disputes (id) {
        id -> Text,
        contract_id -> Text,
        state -> Text,
        refunded_supply -> BigInt,
        refunded_vat -> BigInt,
        refunded_public -> BigInt,
        refunded_own -> BigInt,
        propose_by -> Nullable<Text>,
        served_on -> Nullable<Text>,
        answer_by -> Nullable<Text>,
        proposal -> Nullable<Text>,
        proposed_supply -> Nullable<BigInt>,
        buyer_answer -> Nullable<Text>,
        seller_answer -> Nullable<Text>,
        reason -> Nullable<Text>,
        opened_at -> BigInt,
        decided_by -> Nullable<Text>,
        decided_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    rebates (id) {
        id -> Text,
        contract_id -> Text,
        org_id -> Text,
        amount -> BigInt,
        note -> Text,
        disclosed -> BigInt,
        reduced -> BigInt,
        support_reduced -> BigInt,
        created_by -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    invoice_attempts (id) {
        id -> Text,
        invoice_no -> Text,
        payment_id -> Text,
        contract_id -> Text,
        user_id -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    signals (id) {
        id -> Text,
        kind -> Text,
        severity -> Text,
        state -> Text,
        subjects -> Text,
        evidence -> Text,
        once_key -> Text,
        raised_at -> BigInt,
        decided_by -> Nullable<Text>,
        decided_at -> Nullable<BigInt>,
        reason -> Nullable<Text>,
    }
}
