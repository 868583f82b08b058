-- Double entry: a transfer takes from its debit account and gives to its credit account, so the
-- balances always sum to zero. Transfers are only ever added. Balances are kept beside them and
-- guarded; only accounts whose other side is outside the exchange may go below zero.
CREATE TABLE ledger_accounts (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN (
        'treasury', 'budget', 'state_revenue', 'agreement_reserved', 'voucher_available',
        'voucher_held', 'voucher_committed', 'payee', 'payer', 'payee_own')),
    subject TEXT NOT NULL,
    balance BIGINT NOT NULL,
    opened_at BIGINT NOT NULL,
    UNIQUE (kind, subject),
    CHECK (balance >= 0 OR kind IN ('treasury', 'payer')),
    CHECK (balance BETWEEN -9007199254740991 AND 9007199254740991)
);
CREATE INDEX ledger_accounts_subject ON ledger_accounts (subject);

CREATE TABLE ledger_transfers (
    id TEXT NOT NULL PRIMARY KEY,
    debit_id TEXT NOT NULL REFERENCES ledger_accounts (id),
    credit_id TEXT NOT NULL REFERENCES ledger_accounts (id),
    amount BIGINT NOT NULL CHECK (amount > 0),
    at BIGINT NOT NULL,
    why TEXT NOT NULL,
    object TEXT NOT NULL,
    CHECK (debit_id <> credit_id)
);
CREATE INDEX ledger_transfers_debit ON ledger_transfers (debit_id, id);
CREATE INDEX ledger_transfers_credit ON ledger_transfers (credit_id, id);
CREATE INDEX ledger_transfers_object ON ledger_transfers (object, id);

CREATE TABLE agreements (
    id TEXT NOT NULL PRIMARY KEY,
    programme TEXT NOT NULL,
    notice_version TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN (
        'drafted', 'partially_signed', 'active', 'change_pending', 'suspended',
        'abandon_requested', 'completion_reported', 'overdue', 'completed', 'failed',
        'terminated', 'settled', 'obligation', 'recovery', 'closed')),
    title TEXT NOT NULL,
    recipient_id TEXT NOT NULL REFERENCES organisations (id),
    processor_id TEXT REFERENCES organisations (id),
    purpose TEXT CHECK (purpose IN ('process_improvement', 'business_model', 'research')),
    class TEXT NOT NULL CHECK (class IN ('sme', 'midsized', 'large', 'nonprofit')),
    ratio_bp BIGINT NOT NULL CHECK (ratio_bp BETWEEN 0 AND 10000),
    rounding TEXT NOT NULL CHECK (rounding IN ('FLOOR_1', 'FLOOR_10')),
    support BIGINT NOT NULL CHECK (support > 0),
    total BIGINT,
    cash BIGINT,
    in_kind BIGINT,
    items TEXT NOT NULL,
    period_months BIGINT NOT NULL,
    listing_months BIGINT,
    terms_hash TEXT NOT NULL,
    agreed_on TEXT,
    fiscal_year BIGINT,
    period TEXT,
    voucher_id TEXT,
    created_by TEXT NOT NULL REFERENCES users (id),
    created_at BIGINT NOT NULL,
    -- A cost plan adds up to the won (R-201).
    CHECK (total IS NULL OR total = support + cash + in_kind)
);
CREATE INDEX agreements_recipient ON agreements (recipient_id, id);
CREATE INDEX agreements_processor ON agreements (processor_id, id);
CREATE INDEX agreements_year ON agreements (programme, fiscal_year, id);

CREATE TABLE agreement_signatures (
    agreement_id TEXT NOT NULL REFERENCES agreements (id),
    party TEXT NOT NULL CHECK (party IN ('recipient', 'processor', 'agency')),
    org_id TEXT NOT NULL REFERENCES organisations (id),
    user_id TEXT NOT NULL REFERENCES users (id),
    signed_at BIGINT NOT NULL,
    PRIMARY KEY (agreement_id, party)
);

CREATE TABLE vouchers (
    id TEXT NOT NULL PRIMARY KEY,
    agreement_id TEXT NOT NULL UNIQUE REFERENCES agreements (id),
    org_id TEXT NOT NULL REFERENCES organisations (id),
    programme TEXT NOT NULL,
    fiscal_year BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('active', 'exhausted', 'expired', 'frozen', 'revoked')),
    ratio_bp BIGINT NOT NULL CHECK (ratio_bp BETWEEN 0 AND 10000),
    rounding TEXT NOT NULL CHECK (rounding IN ('FLOOR_1', 'FLOOR_10')),
    approved BIGINT NOT NULL CHECK (approved > 0),
    available BIGINT NOT NULL CHECK (available >= 0),
    held BIGINT NOT NULL CHECK (held >= 0),
    committed BIGINT NOT NULL CHECK (committed >= 0),
    paid BIGINT NOT NULL CHECK (paid >= 0),
    refunded BIGINT NOT NULL CHECK (refunded >= 0),
    returned BIGINT NOT NULL CHECK (returned >= 0),
    period TEXT NOT NULL,
    ends_on TEXT NOT NULL,
    -- Counts the changes, so that a change made from an old reading is noticed.
    step BIGINT NOT NULL,
    issued_at BIGINT NOT NULL,
    CHECK (approved = available + held + committed + paid - refunded + returned)
);
CREATE INDEX vouchers_org ON vouchers (org_id, id);
CREATE INDEX vouchers_due ON vouchers (state, ends_on);

CREATE TABLE voucher_uses (
    contract_id TEXT NOT NULL PRIMARY KEY,
    voucher_id TEXT NOT NULL REFERENCES vouchers (id),
    state TEXT NOT NULL CHECK (state IN ('held', 'committed', 'paid', 'released', 'refunded')),
    supply BIGINT NOT NULL CHECK (supply > 0),
    support BIGINT NOT NULL CHECK (support > 0),
    company_share BIGINT NOT NULL CHECK (company_share >= 0),
    refunded_supply BIGINT NOT NULL CHECK (refunded_supply >= 0),
    refunded BIGINT NOT NULL CHECK (refunded >= 0),
    payee_id TEXT REFERENCES organisations (id),
    held_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    CHECK (supply = support + company_share),
    CHECK (refunded <= support AND refunded_supply <= supply)
);
CREATE INDEX voucher_uses_voucher ON voucher_uses (voucher_id, held_at);

CREATE TABLE payments (
    id TEXT NOT NULL PRIMARY KEY,
    -- A contract is paid once, and an invoice serves once, whoever shows it (R-200).
    contract_id TEXT NOT NULL UNIQUE,
    invoice_no TEXT NOT NULL UNIQUE,
    invoice_date TEXT NOT NULL,
    voucher_id TEXT NOT NULL REFERENCES vouchers (id),
    buyer_id TEXT NOT NULL REFERENCES organisations (id),
    seller_id TEXT NOT NULL REFERENCES organisations (id),
    state TEXT NOT NULL CHECK (state IN ('approved', 'paid')),
    supply BIGINT NOT NULL,
    support BIGINT NOT NULL CHECK (support > 0),
    company_share BIGINT NOT NULL,
    transferred BIGINT NOT NULL,
    transfer_proof_sha256 TEXT NOT NULL,
    approved_by TEXT NOT NULL REFERENCES users (id),
    approved_at BIGINT NOT NULL,
    paid_by TEXT REFERENCES users (id),
    paid_at BIGINT,
    CHECK (paid_by IS NULL OR paid_by <> approved_by)
);
CREATE INDEX payments_buyer ON payments (buyer_id, id);
CREATE INDEX payments_seller ON payments (seller_id, id);
