-- Replays of committed commands: same principal and key, same answer.
CREATE TABLE idempotency (
    principal TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    answer TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (principal, idempotency_key)
);
CREATE INDEX idempotency_created_at ON idempotency (created_at);

-- Work to be done outside a request. `attempt` fences a worker that lost its lease.
CREATE TABLE jobs (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    org_id TEXT,
    subject TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'dead')),
    attempt BIGINT NOT NULL,
    run_at BIGINT NOT NULL,
    lease_until BIGINT,
    stage TEXT NOT NULL,
    units_done BIGINT NOT NULL,
    units_total BIGINT NOT NULL,
    fault TEXT,
    created_at BIGINT NOT NULL,
    finished_at BIGINT
);
CREATE INDEX jobs_due ON jobs (state, run_at);
CREATE INDEX jobs_subject ON jobs (subject);

-- One line a state change; each object's lines form a hash chain.
CREATE TABLE audit (
    id TEXT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    user_id TEXT,
    org_id TEXT,
    object TEXT NOT NULL,
    line BIGINT NOT NULL,
    action TEXT NOT NULL,
    state_from TEXT,
    state_to TEXT,
    reason TEXT,
    body TEXT NOT NULL,
    hash_before TEXT NOT NULL,
    hash TEXT NOT NULL,
    UNIQUE (object, line)
);
CREATE INDEX audit_at ON audit (at);
