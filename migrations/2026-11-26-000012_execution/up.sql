-- What happens to an agreement after its last signature. The state itself is that of the agreement.
CREATE TABLE executions (
    agreement_id TEXT NOT NULL PRIMARY KEY REFERENCES agreements (id),
    -- Last day for a late report, once the period is over.
    grace_until TEXT,
    -- The event from which the settlement is due (R-101).
    ended_on TEXT,
    ended_how TEXT CHECK (ended_how IN ('completed', 'abandoned', 'terminated', 'failed')),
    -- The product whose listing year is owed (P14).
    listing_id TEXT REFERENCES listings (id),
    changed_at BIGINT NOT NULL
);

-- Requests for a change. `body` is what is asked, `previous` what it took the place of; both JSON.
CREATE TABLE agreement_changes (
    id TEXT NOT NULL PRIMARY KEY,
    agreement_id TEXT NOT NULL REFERENCES agreements (id),
    kind TEXT NOT NULL CHECK (kind IN ('content', 'cost_plan', 'successor')),
    state TEXT NOT NULL CHECK (state IN ('requested', 'approved', 'rejected', 'lapsed')),
    reason TEXT NOT NULL,
    body TEXT NOT NULL,
    previous TEXT,
    successor_id TEXT REFERENCES organisations (id),
    asked_by TEXT NOT NULL REFERENCES users (id),
    asked_at BIGINT NOT NULL,
    decided_by TEXT REFERENCES users (id),
    decided_at BIGINT,
    note TEXT
);
CREATE INDEX agreement_changes_agreement ON agreement_changes (agreement_id, id);
CREATE UNIQUE INDEX agreement_changes_open ON agreement_changes (agreement_id)
    WHERE state = 'requested';

-- Completion reports. `body` is the report, `findings` what is missing; both JSON.
CREATE TABLE completions (
    id TEXT NOT NULL PRIMARY KEY,
    agreement_id TEXT NOT NULL REFERENCES agreements (id),
    number BIGINT NOT NULL CHECK (number > 0),
    state TEXT NOT NULL CHECK (state IN ('reported', 'passed', 'rejected')),
    body TEXT NOT NULL,
    findings TEXT NOT NULL,
    reported_by TEXT NOT NULL REFERENCES users (id),
    reported_at BIGINT NOT NULL,
    decided_by TEXT REFERENCES users (id),
    decided_at BIGINT,
    note TEXT,
    UNIQUE (agreement_id, number)
);

-- Questions of the agency, to be answered within a term (R-108). `documents` is JSON.
CREATE TABLE inspections (
    id TEXT NOT NULL PRIMARY KEY,
    agreement_id TEXT NOT NULL REFERENCES agreements (id),
    question TEXT NOT NULL,
    answer_by TEXT NOT NULL,
    answer TEXT,
    documents TEXT NOT NULL,
    asked_by TEXT NOT NULL REFERENCES users (id),
    asked_at BIGINT NOT NULL,
    answered_by TEXT REFERENCES users (id),
    answered_at BIGINT
);
CREATE INDEX inspections_agreement ON inspections (agreement_id, id);
