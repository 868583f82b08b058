-- When a member was first barred: it stays, whatever was decided later (R-076).
ALTER TABLE pool_members ADD COLUMN barred_at BIGINT;
-- The processor's word that nobody else did the work (R-073), with what it handed in.
ALTER TABLE processings ADD COLUMN attested_at BIGINT;

-- Milestones of a job: planned by the owner, done by the processor, accepted by the owner.
CREATE TABLE milestones (
    id TEXT NOT NULL PRIMARY KEY,
    processing_id TEXT NOT NULL REFERENCES processings (id),
    number BIGINT NOT NULL,
    title TEXT NOT NULL,
    planned_on TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('planned', 'done', 'accepted')),
    evidence_sha256 TEXT,
    note TEXT,
    done_by TEXT REFERENCES users (id),
    done_at BIGINT,
    accepted_by TEXT REFERENCES users (id),
    accepted_at BIGINT,
    created_at BIGINT NOT NULL,
    UNIQUE (processing_id, number)
);

-- Time sheets of the owner's own people: the proof of what is given in kind (R-055).
CREATE TABLE time_entries (
    id TEXT NOT NULL PRIMARY KEY,
    agreement_id TEXT NOT NULL REFERENCES agreements (id),
    org_id TEXT NOT NULL REFERENCES organisations (id),
    person TEXT NOT NULL,
    worked_on TEXT NOT NULL,
    minutes BIGINT NOT NULL CHECK (minutes BETWEEN 1 AND 1440),
    hourly BIGINT NOT NULL CHECK (hourly >= 0),
    amount BIGINT NOT NULL CHECK (amount >= 0),
    what TEXT NOT NULL,
    evidence_sha256 TEXT NOT NULL,
    created_by TEXT NOT NULL REFERENCES users (id),
    created_at BIGINT NOT NULL
);
CREATE INDEX time_entries_agreement ON time_entries (agreement_id, id);

-- Affiliations that somebody declared or the staff found (R-063).
CREATE TABLE affiliations (
    id TEXT NOT NULL PRIMARY KEY,
    one_id TEXT NOT NULL REFERENCES organisations (id),
    other_id TEXT NOT NULL REFERENCES organisations (id),
    note TEXT NOT NULL,
    declared_by TEXT NOT NULL REFERENCES users (id),
    declared_at BIGINT NOT NULL,
    CHECK (one_id < other_id),
    UNIQUE (one_id, other_id)
);
CREATE INDEX affiliations_other ON affiliations (other_id);

-- Yearly reports on products made with public money (R-097). `figures` is JSON.
CREATE TABLE after_cares (
    id TEXT NOT NULL PRIMARY KEY,
    listing_id TEXT NOT NULL REFERENCES listings (id),
    org_id TEXT NOT NULL REFERENCES organisations (id),
    number BIGINT NOT NULL,
    figures TEXT NOT NULL,
    note TEXT NOT NULL,
    created_by TEXT NOT NULL REFERENCES users (id),
    created_at BIGINT NOT NULL,
    UNIQUE (listing_id, number)
);

-- How a rejected delivery ended (R-066, R-147). Amounts are what went back.
CREATE TABLE disputes (
    id TEXT NOT NULL PRIMARY KEY,
    contract_id TEXT NOT NULL UNIQUE REFERENCES contracts (id),
    state TEXT NOT NULL
        CHECK (state IN ('open', 'mediation', 'accepted', 'refunded', 'partial_refund')),
    refunded_supply BIGINT NOT NULL CHECK (refunded_supply >= 0),
    refunded_vat BIGINT NOT NULL CHECK (refunded_vat >= 0),
    refunded_public BIGINT NOT NULL CHECK (refunded_public >= 0),
    refunded_own BIGINT NOT NULL CHECK (refunded_own >= 0),
    propose_by TEXT,
    served_on TEXT,
    answer_by TEXT,
    proposal TEXT,
    proposed_supply BIGINT,
    buyer_answer TEXT CHECK (buyer_answer IN ('accepts', 'refuses')),
    seller_answer TEXT CHECK (seller_answer IN ('accepts', 'refuses')),
    reason TEXT,
    opened_at BIGINT NOT NULL,
    decided_by TEXT REFERENCES users (id),
    decided_at BIGINT
);
CREATE INDEX disputes_state ON disputes (state, answer_by);

-- Money that went from a seller back to its buyer (R-059).
CREATE TABLE rebates (
    id TEXT NOT NULL PRIMARY KEY,
    contract_id TEXT NOT NULL REFERENCES contracts (id),
    org_id TEXT NOT NULL REFERENCES organisations (id),
    amount BIGINT NOT NULL CHECK (amount > 0),
    note TEXT NOT NULL,
    disclosed BIGINT NOT NULL CHECK (disclosed BETWEEN 0 AND 1),
    reduced BIGINT NOT NULL CHECK (reduced >= 0),
    support_reduced BIGINT NOT NULL CHECK (support_reduced >= 0),
    created_by TEXT NOT NULL REFERENCES users (id),
    at BIGINT NOT NULL
);
CREATE INDEX rebates_contract ON rebates (contract_id, id);

-- Invoices that were shown again after they had served (R-200).
CREATE TABLE invoice_attempts (
    id TEXT NOT NULL PRIMARY KEY,
    invoice_no TEXT NOT NULL,
    payment_id TEXT NOT NULL REFERENCES payments (id),
    contract_id TEXT NOT NULL REFERENCES contracts (id),
    user_id TEXT NOT NULL REFERENCES users (id),
    at BIGINT NOT NULL
);
