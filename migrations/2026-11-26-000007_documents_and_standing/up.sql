-- Evidence papers: files of the object store bound by their digest (rulebook 4.17).
CREATE TABLE documents (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN (
        'BUSINESS_PLAN', 'BIZ_REG', 'CORP_REG', 'SIZE_CERT', 'NONPROFIT_CERT', 'TAX_NATIONAL',
        'TAX_LOCAL', 'CONSENT_PII', 'NO_DUPLICATE_PLEDGE', 'PRE_CONSULT', 'DATA_HOLDING_STATEMENT',
        'EXCEPTION_DOC', 'STAFF_LIST', 'TRACK_RECORD', 'FACILITY', 'SECURITY_PLEDGE', 'AGREEMENT',
        'COST_PLAN', 'BANK_ACCOUNT', 'LISTING_PLEDGE', 'ORDER', 'TIMESHEET', 'ACCESS_LOG',
        'QUALITY_REPORT', 'PII_REPORT', 'PRICE_BASIS', 'E_TAX_INVOICE', 'TRANSFER_PROOF',
        'ACCEPTANCE', 'COMPLETION_REPORT', 'LISTING_PROOF', 'UTILISATION_REPORT',
        'SETTLEMENT_REPORT', 'LEDGER', 'REFUND_PROOF', 'INTEREST_STATEMENT')),
    org_id TEXT NOT NULL REFERENCES organisations (id),
    uploaded_by TEXT NOT NULL REFERENCES users (id),
    file_name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    object_key TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    byte_count BIGINT NOT NULL CHECK (byte_count > 0),
    issuer TEXT,
    issued_on TEXT,
    expires_on TEXT,
    size_class TEXT CHECK (size_class IN ('sme', 'midsized', 'large', 'nonprofit')),
    subject TEXT,
    state TEXT NOT NULL CHECK (state IN ('received', 'verified', 'rejected')),
    reason TEXT,
    verified_by TEXT REFERENCES users (id),
    verified_at BIGINT,
    created_at BIGINT NOT NULL
);
CREATE INDEX documents_org ON documents (org_id, kind, id);
CREATE INDEX documents_subject ON documents (subject, id);
CREATE INDEX documents_object ON documents (object_key);

-- How an organisation stands; lists are words with blanks between, and a yes or no is 1 or 0.
ALTER TABLE organisations ADD COLUMN status TEXT NOT NULL DEFAULT 'operating'
    CHECK (status IN ('operating', 'suspended', 'closed', 'default'));
ALTER TABLE organisations ADD COLUMN insolvency BIGINT NOT NULL DEFAULT 0;
ALTER TABLE organisations ADD COLUMN collects_data BIGINT;
ALTER TABLE organisations ADD COLUMN secondary_ksic TEXT NOT NULL DEFAULT '';
ALTER TABLE organisations ADD COLUMN affiliates TEXT NOT NULL DEFAULT '';

-- Bars from participation (R-007, R-135). They name numbers and people, not accounts: a firm that
-- comes back under a new name is found by any one of them.
CREATE TABLE bans (
    id TEXT NOT NULL PRIMARY KEY,
    business_no TEXT NOT NULL,
    corporate_no TEXT,
    representative TEXT NOT NULL,
    ground TEXT NOT NULL,
    starts_on TEXT NOT NULL,
    ends_on TEXT,
    unpaid_recovery BIGINT NOT NULL CHECK (unpaid_recovery >= 0),
    source TEXT NOT NULL,
    created_by TEXT NOT NULL REFERENCES users (id),
    created_at BIGINT NOT NULL,
    lifted_by TEXT REFERENCES users (id),
    lifted_at BIGINT,
    lift_reason TEXT
);
CREATE INDEX bans_business_no ON bans (business_no);
CREATE INDEX bans_corporate_no ON bans (corporate_no);

-- The representatives of a ban, one row each, as they are compared.
CREATE TABLE ban_names (
    ban_id TEXT NOT NULL REFERENCES bans (id),
    name TEXT NOT NULL,
    PRIMARY KEY (ban_id, name)
);
CREATE INDEX ban_names_name ON ban_names (name);

-- What was seen of an organisation when it was decided on (R-003); only ever inserted.
CREATE TABLE eligibility_snapshots (
    id TEXT NOT NULL PRIMARY KEY,
    org_id TEXT NOT NULL REFERENCES organisations (id),
    programme TEXT NOT NULL,
    stage TEXT NOT NULL CHECK (stage IN ('application', 'selection', 'agreement', 'payment')),
    object TEXT NOT NULL,
    notice_version TEXT NOT NULL,
    notice_sha256 TEXT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('pass', 'review', 'refuse')),
    standing TEXT NOT NULL,
    findings TEXT NOT NULL,
    taken_at BIGINT NOT NULL
);
CREATE INDEX eligibility_snapshots_org ON eligibility_snapshots (org_id, id);
CREATE INDEX eligibility_snapshots_object ON eligibility_snapshots (object, id);

-- The digest of the edition of the notice that an agreement was drafted under.
ALTER TABLE agreements ADD COLUMN notice_sha256 TEXT;
