DROP TABLE carry_overs;
DROP TABLE payment_freezes;
DROP TABLE claims;
DROP TABLE payment_refunds;
DROP TABLE invoices;
DROP TABLE settlement_lines;
DROP TABLE settlements;
CREATE TABLE ledger_accounts_narrow (
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
INSERT INTO ledger_accounts_narrow (id, kind, subject, balance, opened_at)
    SELECT id, kind, subject, balance, opened_at FROM ledger_accounts;
CREATE TABLE ledger_transfers_narrow (
    id TEXT NOT NULL PRIMARY KEY,
    debit_id TEXT NOT NULL REFERENCES ledger_accounts_narrow (id),
    credit_id TEXT NOT NULL REFERENCES ledger_accounts_narrow (id),
    amount BIGINT NOT NULL CHECK (amount > 0),
    at BIGINT NOT NULL,
    why TEXT NOT NULL,
    object TEXT NOT NULL,
    CHECK (debit_id <> credit_id)
);
INSERT INTO ledger_transfers_narrow (id, debit_id, credit_id, amount, at, why, object)
    SELECT id, debit_id, credit_id, amount, at, why, object FROM ledger_transfers;
DROP TABLE ledger_transfers;
DROP TABLE ledger_accounts;
ALTER TABLE ledger_accounts_narrow RENAME TO ledger_accounts;
ALTER TABLE ledger_transfers_narrow RENAME TO ledger_transfers;
CREATE INDEX ledger_accounts_subject ON ledger_accounts (subject);
CREATE INDEX ledger_transfers_debit ON ledger_transfers (debit_id, id);
CREATE INDEX ledger_transfers_credit ON ledger_transfers (credit_id, id);
CREATE INDEX ledger_transfers_object ON ledger_transfers (object, id);
