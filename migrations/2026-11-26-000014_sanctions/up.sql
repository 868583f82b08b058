-- Violations and what follows from them (R-130 to R-135). `body` is what was decided, JSON.
CREATE TABLE sanctions (
    id TEXT NOT NULL PRIMARY KEY,
    org_id TEXT NOT NULL REFERENCES organisations (id),
    agreement_id TEXT REFERENCES agreements (id),
    state TEXT NOT NULL CHECK (state IN (
        'suspected', 'investigating', 'pre_notice', 'decided', 'appealed', 'upheld', 'changed',
        'cancelled', 'in_force', 'served', 'repaid', 'dropped')),
    ground TEXT NOT NULL CHECK (ground IN (
        'fraud', 'abandonment', 'other_purpose', 'false_results', 'unpaid_recovery',
        'poor_result')),
    facts TEXT NOT NULL,
    ban_months BIGINT NOT NULL CHECK (ban_months >= 0),
    recovery BIGINT NOT NULL CHECK (recovery >= 0),
    surcharge BIGINT NOT NULL CHECK (surcharge >= 0),
    proposal TEXT,
    opinion_by TEXT,
    opinion TEXT,
    appeal_by TEXT,
    appeal TEXT,
    ban_until TEXT,
    claim_id TEXT REFERENCES claims (id),
    opened_by TEXT NOT NULL REFERENCES users (id),
    opened_at BIGINT NOT NULL,
    proposed_by TEXT REFERENCES users (id),
    decided_by TEXT REFERENCES users (id),
    decided_at BIGINT,
    in_force_at BIGINT,
    ended_at BIGINT,
    step BIGINT NOT NULL,
    -- Two persons (R-133).
    CHECK (decided_by IS NULL OR decided_by <> proposed_by)
);
CREATE INDEX sanctions_org ON sanctions (org_id, id);
CREATE INDEX sanctions_state ON sanctions (state, id);

-- Breaches of the listing year: an order to cure it, or a recovery (R-134).
CREATE TABLE corrective_orders (
    id TEXT NOT NULL PRIMARY KEY,
    agreement_id TEXT NOT NULL REFERENCES agreements (id),
    listing_id TEXT NOT NULL REFERENCES listings (id),
    org_id TEXT NOT NULL REFERENCES organisations (id),
    state TEXT NOT NULL CHECK (state IN ('ordered', 'remedied', 'recovery')),
    breach TEXT NOT NULL,
    breached_on TEXT NOT NULL,
    remedy_by TEXT NOT NULL,
    served_days BIGINT,
    total_days BIGINT,
    amount BIGINT CHECK (amount >= 0),
    claim_id TEXT REFERENCES claims (id),
    ordered_by TEXT NOT NULL REFERENCES users (id),
    ordered_at BIGINT NOT NULL,
    decided_by TEXT REFERENCES users (id),
    ended_at BIGINT
);
CREATE INDEX corrective_orders_agreement ON corrective_orders (agreement_id, id);
CREATE UNIQUE INDEX corrective_orders_open ON corrective_orders (listing_id)
    WHERE state = 'ordered';
