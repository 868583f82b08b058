-- New kinds of accounts. A CHECK cannot be altered in SQLite, so both tables of the ledger are
-- copied to the row: the transfers first lose nothing but the name of their table.
CREATE TABLE ledger_accounts_wider (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN (
        'treasury', 'budget', 'state_revenue', 'agreement_reserved', 'voucher_available',
        'voucher_held', 'voucher_committed', 'payee', 'payer', 'payee_own', 'receivable', 'claimed',
        'charges')),
    subject TEXT NOT NULL,
    balance BIGINT NOT NULL,
    opened_at BIGINT NOT NULL,
    UNIQUE (kind, subject),
    CHECK (balance >= 0 OR kind IN ('treasury', 'payer', 'receivable')),
    -- Nobody pays back more than is claimed.
    CHECK (balance <= 0 OR kind <> 'receivable'),
    CHECK (balance BETWEEN -9007199254740991 AND 9007199254740991)
);
INSERT INTO ledger_accounts_wider (id, kind, subject, balance, opened_at)
    SELECT id, kind, subject, balance, opened_at FROM ledger_accounts;
CREATE TABLE ledger_transfers_wider (
    id TEXT NOT NULL PRIMARY KEY,
    debit_id TEXT NOT NULL REFERENCES ledger_accounts_wider (id),
    credit_id TEXT NOT NULL REFERENCES ledger_accounts_wider (id),
    amount BIGINT NOT NULL CHECK (amount > 0),
    at BIGINT NOT NULL,
    why TEXT NOT NULL,
    object TEXT NOT NULL,
    CHECK (debit_id <> credit_id)
);
INSERT INTO ledger_transfers_wider (id, debit_id, credit_id, amount, at, why, object)
    SELECT id, debit_id, credit_id, amount, at, why, object FROM ledger_transfers;
DROP TABLE ledger_transfers;
DROP TABLE ledger_accounts;
ALTER TABLE ledger_accounts_wider RENAME TO ledger_accounts;
ALTER TABLE ledger_transfers_wider RENAME TO ledger_transfers;
CREATE INDEX ledger_accounts_subject ON ledger_accounts (subject);
CREATE INDEX ledger_transfers_debit ON ledger_transfers (debit_id, id);
CREATE INDEX ledger_transfers_credit ON ledger_transfers (credit_id, id);
CREATE INDEX ledger_transfers_object ON ledger_transfers (object, id);
CREATE INDEX ledger_transfers_at ON ledger_transfers (at, id);

-- One settlement an agreement. Amounts are NULL until they are assessed.
CREATE TABLE settlements (
    id TEXT NOT NULL PRIMARY KEY,
    agreement_id TEXT NOT NULL UNIQUE REFERENCES agreements (id),
    org_id TEXT NOT NULL REFERENCES organisations (id),
    state TEXT NOT NULL CHECK (state IN (
        'not_due', 'due', 'late', 'submitted', 'under_review', 'supplement', 'assessed', 'approved',
        'notified', 'objection', 'final', 'payable', 'paid', 'refund_due', 'dunned', 'forced',
        'repaid')),
    due_on TEXT NOT NULL,
    was_late BIGINT NOT NULL CHECK (was_late BETWEEN 0 AND 1),
    interest BIGINT NOT NULL CHECK (interest >= 0),
    statement TEXT,
    already_paid BIGINT CHECK (already_paid >= 0),
    accepted BIGINT CHECK (accepted >= 0),
    carried BIGINT CHECK (carried >= 0 AND carried <= accepted),
    final_support BIGINT CHECK (final_support >= 0),
    payable BIGINT CHECK (payable >= 0),
    refund BIGINT CHECK (refund >= 0),
    set_off BIGINT NOT NULL CHECK (set_off >= 0),
    note TEXT,
    submitted_by TEXT REFERENCES users (id),
    submitted_at BIGINT,
    assessed_by TEXT REFERENCES users (id),
    approved_by TEXT REFERENCES users (id),
    notified_at BIGINT,
    object_by TEXT,
    objection TEXT,
    finalised_at BIGINT,
    paid_by TEXT REFERENCES users (id),
    paid_at BIGINT,
    -- Counts the changes, so that a change made from an old reading is noticed.
    step BIGINT NOT NULL,
    opened_at BIGINT NOT NULL,
    -- It is either paid or paid back.
    CHECK (payable IS NULL OR refund IS NULL OR payable = 0 OR refund = 0),
    CHECK (approved_by IS NULL OR approved_by <> assessed_by),
    CHECK (paid_by IS NULL OR (paid_by <> approved_by AND paid_by <> assessed_by))
);
CREATE INDEX settlements_org ON settlements (org_id, id);
CREATE INDEX settlements_due ON settlements (state, due_on);

-- The report by source. `documents` is JSON.
CREATE TABLE settlement_lines (
    settlement_id TEXT NOT NULL REFERENCES settlements (id),
    line BIGINT NOT NULL CHECK (line > 0),
    source TEXT NOT NULL CHECK (source IN ('government', 'cash', 'in_kind')),
    name TEXT NOT NULL,
    planned BIGINT NOT NULL CHECK (planned >= 0),
    spent BIGINT NOT NULL CHECK (spent > 0),
    vat BIGINT NOT NULL CHECK (vat >= 0),
    method TEXT NOT NULL CHECK (method IN ('transfer', 'card', 'cash', 'in_kind')),
    invoice_no TEXT,
    invoice_date TEXT,
    payee_no TEXT,
    payee_name TEXT,
    spent_on TEXT NOT NULL,
    documents TEXT NOT NULL,
    contract_id TEXT REFERENCES contracts (id),
    accepted BIGINT CHECK (accepted >= 0 AND accepted <= spent),
    reason TEXT CHECK (reason IN (
        'cash_payment', 'outside_period', 'affiliate', 'no_invoice', 'duplicate', 'vat',
        'not_in_plan', 'over_plan', 'no_evidence', 'other')),
    note TEXT,
    PRIMARY KEY (settlement_id, line)
);

-- Every tax invoice shown for public money, once, whoever shows it (R-200).
CREATE TABLE invoices (
    invoice_no TEXT NOT NULL PRIMARY KEY,
    agreement_id TEXT NOT NULL REFERENCES agreements (id),
    object TEXT NOT NULL,
    seen_at BIGINT NOT NULL
);
INSERT INTO invoices (invoice_no, agreement_id, object, seen_at)
    SELECT p.invoice_no, v.agreement_id, p.id, p.approved_at
    FROM payments p JOIN vouchers v ON v.id = p.voucher_id;

-- Refunds of a purchase by its seller (R-066).
CREATE TABLE payment_refunds (
    id TEXT NOT NULL PRIMARY KEY,
    payment_id TEXT NOT NULL REFERENCES payments (id),
    supply BIGINT NOT NULL CHECK (supply > 0),
    public_part BIGINT NOT NULL CHECK (public_part >= 0),
    own_part BIGINT NOT NULL CHECK (own_part >= 0),
    reason TEXT NOT NULL,
    proof_sha256 TEXT NOT NULL,
    refunded_by TEXT NOT NULL REFERENCES users (id),
    refunded_at BIGINT NOT NULL,
    CHECK (supply = public_part + own_part)
);
CREATE INDEX payment_refunds_payment ON payment_refunds (payment_id, id);

-- What somebody owes the state: a refund of a settlement, or a recovery.
CREATE TABLE claims (
    id TEXT NOT NULL PRIMARY KEY,
    agreement_id TEXT NOT NULL REFERENCES agreements (id),
    org_id TEXT NOT NULL REFERENCES organisations (id),
    origin TEXT NOT NULL CHECK (origin IN ('settlement', 'sanction', 'breach')),
    object TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL CHECK (state IN ('due', 'dunned', 'forced', 'repaid')),
    principal BIGINT NOT NULL CHECK (principal >= 0),
    charges BIGINT NOT NULL CHECK (charges >= 0),
    -- Of principal and charges; late charges come on top.
    repaid BIGINT NOT NULL CHECK (repaid >= 0),
    late_charges BIGINT NOT NULL CHECK (late_charges >= 0),
    due_on TEXT NOT NULL,
    pay_by TEXT NOT NULL,
    step BIGINT NOT NULL,
    made_at BIGINT NOT NULL,
    repaid_at BIGINT,
    CHECK (principal + charges > 0),
    CHECK (repaid <= principal + charges),
    CHECK (state <> 'repaid' OR repaid = principal + charges)
);
CREATE INDEX claims_org ON claims (org_id, id);
CREATE INDEX claims_due ON claims (state, pay_by);

-- While a matter is open its organisation is paid nothing (R-133).
CREATE TABLE payment_freezes (
    object TEXT NOT NULL PRIMARY KEY,
    org_id TEXT NOT NULL REFERENCES organisations (id),
    frozen_at BIGINT NOT NULL,
    thawed_at BIGINT
);
CREATE INDEX payment_freezes_org ON payment_freezes (org_id);

-- Money of a year that may be paid in the next (R-193).
CREATE TABLE carry_overs (
    id TEXT NOT NULL PRIMARY KEY,
    agreement_id TEXT NOT NULL REFERENCES agreements (id),
    from_year BIGINT NOT NULL,
    to_year BIGINT NOT NULL CHECK (to_year = from_year + 1),
    amount BIGINT NOT NULL CHECK (amount > 0),
    reason TEXT NOT NULL,
    recorded_by TEXT NOT NULL REFERENCES users (id),
    recorded_at BIGINT NOT NULL,
    UNIQUE (agreement_id, from_year)
);
