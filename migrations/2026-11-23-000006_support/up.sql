-- One row an application; it is for one programme year. JSON columns: papers, verdicts.
CREATE TABLE pool_members (
    id TEXT NOT NULL PRIMARY KEY,
    org_id TEXT NOT NULL REFERENCES organisations (id),
    programme_year BIGINT NOT NULL,
    state TEXT NOT NULL
        CHECK (state IN ('applied', 'refused', 'active', 'suspended', 'removed', 'expired')),
    staff BIGINT NOT NULL CHECK (staff > 0),
    capacity BIGINT NOT NULL CHECK (capacity > 0 AND capacity <= staff),
    facility TEXT NOT NULL,
    track_record TEXT NOT NULL,
    papers TEXT NOT NULL,
    verdicts TEXT NOT NULL,
    reason TEXT,
    valid_until TEXT,
    created_by TEXT NOT NULL REFERENCES users (id),
    created_at BIGINT NOT NULL,
    decided_at BIGINT
);
CREATE INDEX pool_members_org ON pool_members (org_id, id);
CREATE INDEX pool_members_state ON pool_members (state, id);

-- Processing jobs. `findings` is JSON; access ends at `access_until` or when it is nulled.
CREATE TABLE processings (
    id TEXT NOT NULL PRIMARY KEY,
    org_id TEXT NOT NULL REFERENCES organisations (id),
    version_id TEXT NOT NULL REFERENCES versions (id),
    member_id TEXT REFERENCES pool_members (id),
    processor_org_id TEXT REFERENCES organisations (id),
    agreement_id TEXT,
    request TEXT NOT NULL,
    state TEXT NOT NULL
        CHECK (state IN ('requested', 'proposed', 'matched', 'in_progress', 'submitted', 'rework',
                         'verified', 'accepted', 'closed', 'aborted')),
    reason TEXT,
    findings TEXT NOT NULL,
    access_days BIGINT NOT NULL CHECK (access_days > 0),
    access_from BIGINT,
    access_until BIGINT,
    continued_at BIGINT,
    result_version_id TEXT REFERENCES versions (id),
    deletion_text TEXT,
    deletion_sha256 TEXT,
    created_by TEXT NOT NULL REFERENCES users (id),
    created_at BIGINT NOT NULL,
    closed_at BIGINT
);
CREATE INDEX processings_org ON processings (org_id, id);
CREATE INDEX processings_processor ON processings (processor_org_id, state, id);

-- Runs of pipelines; `id` is that of the background job. `spec`, `lineage`, `fault` are JSON.
CREATE TABLE processing_runs (
    id TEXT NOT NULL PRIMARY KEY,
    processing_id TEXT NOT NULL REFERENCES processings (id),
    number BIGINT NOT NULL,
    processor_org_id TEXT NOT NULL REFERENCES organisations (id),
    state TEXT NOT NULL CHECK (state IN ('queued', 'done', 'rejected', 'failed')),
    spec TEXT NOT NULL,
    version_id TEXT REFERENCES versions (id),
    lineage TEXT,
    fault TEXT,
    created_by TEXT NOT NULL REFERENCES users (id),
    created_at BIGINT NOT NULL,
    finished_at BIGINT,
    UNIQUE (processing_id, number)
);
