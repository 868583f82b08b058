CREATE TABLE datasets (
    id TEXT NOT NULL PRIMARY KEY,
    org_id TEXT NOT NULL REFERENCES organisations (id),
    title TEXT NOT NULL,
    description TEXT NOT NULL,
    created_by TEXT NOT NULL REFERENCES users (id),
    created_at BIGINT NOT NULL
);
CREATE INDEX datasets_org ON datasets (org_id, id);

CREATE TABLE versions (
    id TEXT NOT NULL PRIMARY KEY,
    dataset_id TEXT NOT NULL REFERENCES datasets (id),
    number BIGINT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('raw', 'processed')),
    state TEXT NOT NULL CHECK (state IN ('open', 'uploaded', 'processing', 'ready', 'rejected')),
    parent_id TEXT REFERENCES versions (id),
    agreement_id TEXT,
    file_name TEXT NOT NULL,
    source_key TEXT,
    source_sha256 TEXT,
    source_bytes BIGINT,
    table_key TEXT,
    table_sha256 TEXT,
    table_bytes BIGINT,
    row_count BIGINT,
    column_count BIGINT,
    dictionary TEXT,
    evidence_key TEXT,
    certificate TEXT,
    grade TEXT,
    index_hundredths BIGINT,
    privacy TEXT,
    fault TEXT,
    created_by TEXT NOT NULL REFERENCES users (id),
    created_at BIGINT NOT NULL,
    finished_at BIGINT,
    UNIQUE (dataset_id, number)
);
CREATE INDEX versions_state ON versions (state);
