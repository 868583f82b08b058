-- Events are written in the transaction that decides them; `fanned_at` says that mail was written and
-- deliveries were made. `once_key` keeps a timer from telling a thing twice. JSON: title, body, data.
CREATE TABLE events (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    data TEXT NOT NULL,
    at BIGINT NOT NULL,
    once_key TEXT UNIQUE,
    fanned_at BIGINT
);
CREATE INDEX events_subject ON events (subject, id);

CREATE TABLE event_orgs (
    event_id TEXT NOT NULL REFERENCES events (id),
    org_id TEXT NOT NULL REFERENCES organisations (id),
    PRIMARY KEY (event_id, org_id)
);
CREATE INDEX event_orgs_org ON event_orgs (org_id, event_id);

-- The secret is derived from a key of the installation, the id and the generation: it is not here.
CREATE TABLE webhooks (
    id TEXT NOT NULL PRIMARY KEY,
    org_id TEXT NOT NULL REFERENCES organisations (id),
    url TEXT NOT NULL,
    kinds TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('active', 'disabled')),
    generation BIGINT NOT NULL CHECK (generation > 0),
    old_secret_until BIGINT,
    created_by TEXT NOT NULL REFERENCES users (id),
    created_at BIGINT NOT NULL
);
CREATE INDEX webhooks_org ON webhooks (org_id, id);

CREATE TABLE webhook_deliveries (
    id TEXT NOT NULL PRIMARY KEY,
    webhook_id TEXT NOT NULL REFERENCES webhooks (id),
    event_id TEXT NOT NULL REFERENCES events (id),
    state TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'dead', 'cancelled')),
    attempts BIGINT NOT NULL,
    -- Attempts of the present round: sending again by hand begins another.
    tries BIGINT NOT NULL,
    next_at BIGINT,
    created_at BIGINT NOT NULL,
    finished_at BIGINT,
    UNIQUE (webhook_id, event_id)
);

CREATE TABLE webhook_attempts (
    delivery_id TEXT NOT NULL REFERENCES webhook_deliveries (id),
    number BIGINT NOT NULL,
    at BIGINT NOT NULL,
    status BIGINT,
    fault TEXT,
    PRIMARY KEY (delivery_id, number)
);

-- Dated duties. `once_key` keeps one duty for one cause.
CREATE TABLE obligations (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN (
        'utilisation_report', 'completion_report', 'settlement_report', 'listing_publication',
        'listing_year', 'after_care_yearly', 'repayment', 'remediation', 'deletion_certificate',
        'capacity_revalidation')),
    org_id TEXT NOT NULL REFERENCES organisations (id),
    subject TEXT NOT NULL,
    agreement_id TEXT REFERENCES agreements (id),
    state TEXT NOT NULL CHECK (state IN ('open', 'discharged', 'cancelled')),
    due_on TEXT NOT NULL,
    due_first TEXT NOT NULL,
    rule TEXT NOT NULL,
    blocks BIGINT NOT NULL CHECK (blocks BETWEEN 0 AND 1),
    remind_on TEXT,
    reason TEXT,
    once_key TEXT NOT NULL UNIQUE,
    step BIGINT NOT NULL,
    opened_at BIGINT NOT NULL,
    closed_at BIGINT
);
CREATE INDEX obligations_org ON obligations (org_id, state, due_on);
CREATE INDEX obligations_subject ON obligations (subject, kind);
CREATE INDEX obligations_remind ON obligations (state, remind_on);
CREATE INDEX obligations_due ON obligations (state, due_on);
