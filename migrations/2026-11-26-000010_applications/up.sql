-- Applications are evaluated in batches. The day of the evaluation is set before a review begins.
CREATE TABLE evaluation_batches (
    id TEXT NOT NULL PRIMARY KEY,
    programme TEXT NOT NULL,
    title TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'closed', 'selected')),
    evaluation_on TEXT NOT NULL,
    created_by TEXT NOT NULL REFERENCES users (id),
    created_at BIGINT NOT NULL,
    closed_by TEXT REFERENCES users (id),
    closed_at BIGINT
);

CREATE TABLE batch_evaluators (
    batch_id TEXT NOT NULL REFERENCES evaluation_batches (id),
    user_id TEXT NOT NULL REFERENCES users (id),
    added_by TEXT NOT NULL REFERENCES users (id),
    added_at BIGINT NOT NULL,
    PRIMARY KEY (batch_id, user_id)
);
CREATE INDEX batch_evaluators_user ON batch_evaluators (user_id, batch_id);

-- `lines` is JSON: what was decided of each application, best first.
CREATE TABLE selections (
    id TEXT NOT NULL PRIMARY KEY,
    batch_id TEXT NOT NULL UNIQUE REFERENCES evaluation_batches (id),
    programme TEXT NOT NULL,
    fiscal_year BIGINT NOT NULL,
    available BIGINT NOT NULL CHECK (available >= 0),
    pending BIGINT NOT NULL CHECK (pending >= 0),
    waitlist_until TEXT NOT NULL,
    lines TEXT NOT NULL,
    notice_version TEXT NOT NULL,
    notice_sha256 TEXT NOT NULL,
    made_by TEXT NOT NULL REFERENCES users (id),
    made_at BIGINT NOT NULL
);

-- `body` and `supplement` are JSON. `term` is the last day of what the state waits for: the
-- supplement, the signature, the waiting list, the objection.
CREATE TABLE applications (
    id TEXT NOT NULL PRIMARY KEY,
    org_id TEXT NOT NULL REFERENCES organisations (id),
    programme TEXT NOT NULL,
    state TEXT NOT NULL
        CHECK (state IN ('draft', 'submitted', 'under_review', 'supplement', 'eligible',
                         'ineligible', 'in_evaluation', 'evaluated', 'selected', 'waitlisted',
                         'not_selected', 'objection', 'agreed', 'forfeited', 'withdrawn')),
    body TEXT NOT NULL,
    total BIGINT CHECK (total > 0),
    requested BIGINT CHECK (requested > 0),
    submitted_at BIGINT,
    processor_org_id TEXT REFERENCES organisations (id),
    batch_id TEXT REFERENCES evaluation_batches (id),
    reviewed_by TEXT REFERENCES users (id),
    term TEXT,
    supplement TEXT,
    bonus_items BIGINT NOT NULL CHECK (bonus_items >= 0),
    mean BIGINT,
    score BIGINT,
    barred TEXT,
    selection_id TEXT REFERENCES selections (id),
    place BIGINT,
    computed BIGINT,
    approved BIGINT CHECK (approved > 0),
    offered BIGINT CHECK (offered > 0),
    offer_until TEXT,
    offers_declined BIGINT NOT NULL CHECK (offers_declined >= 0),
    fiscal_year BIGINT,
    objected_from TEXT,
    grounds TEXT,
    agreement_id TEXT REFERENCES agreements (id),
    created_by TEXT NOT NULL REFERENCES users (id),
    created_at BIGINT NOT NULL,
    CHECK (approved IS NULL OR computed IS NULL OR approved <= computed)
);
CREATE INDEX applications_org ON applications (org_id, id);
CREATE INDEX applications_batch ON applications (batch_id, id);
CREATE INDEX applications_term ON applications (state, term);
CREATE UNIQUE INDEX applications_agreement ON applications (agreement_id) WHERE agreement_id IS NOT NULL;

-- What an application is about, as submitted: the same thing is not supported twice (R-012).
CREATE TABLE application_products (
    application_id TEXT NOT NULL REFERENCES applications (id),
    listing_id TEXT NOT NULL REFERENCES listings (id),
    price BIGINT NOT NULL CHECK (price > 0),
    PRIMARY KEY (application_id, listing_id)
);
CREATE INDEX application_products_listing ON application_products (listing_id);

CREATE TABLE application_versions (
    application_id TEXT NOT NULL REFERENCES applications (id),
    version_id TEXT NOT NULL REFERENCES versions (id),
    PRIMARY KEY (application_id, version_id)
);
CREATE INDEX application_versions_version ON application_versions (version_id);

-- Decisions are only added. `facts` is JSON.
CREATE TABLE application_decisions (
    application_id TEXT NOT NULL REFERENCES applications (id),
    number BIGINT NOT NULL,
    action TEXT NOT NULL,
    state_from TEXT NOT NULL,
    state_to TEXT NOT NULL,
    decided_by TEXT REFERENCES users (id),
    at BIGINT NOT NULL,
    reason TEXT,
    notice_version TEXT NOT NULL,
    notice_sha256 TEXT NOT NULL,
    facts TEXT NOT NULL,
    PRIMARY KEY (application_id, number)
);

CREATE TABLE evaluation_conflicts (
    application_id TEXT NOT NULL REFERENCES applications (id),
    user_id TEXT NOT NULL REFERENCES users (id),
    kind TEXT NOT NULL
        CHECK (kind IN ('party', 'group', 'relative', 'co_obligor', 'witness')),
    note TEXT NOT NULL,
    declared_by TEXT NOT NULL REFERENCES users (id),
    declared_at BIGINT NOT NULL,
    PRIMARY KEY (application_id, user_id)
);

-- One sheet for each evaluator and application of a batch; never changed. `points` is JSON.
CREATE TABLE score_sheets (
    batch_id TEXT NOT NULL REFERENCES evaluation_batches (id),
    application_id TEXT NOT NULL REFERENCES applications (id),
    user_id TEXT NOT NULL REFERENCES users (id),
    points TEXT NOT NULL,
    total BIGINT NOT NULL CHECK (total >= 0 AND total <= 100),
    comment TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (batch_id, application_id, user_id)
);
