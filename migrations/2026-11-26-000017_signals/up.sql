-- Signs that something may be wrong, for a person to decide on. JSON: subjects, evidence. `once_key`
-- keeps one finding one signal, however often it is looked for.
CREATE TABLE signals (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN (
        'affiliation', 'duplicate_invoice', 'price_jump', 'same_file', 'quick_refund', 'rebate')),
    severity TEXT NOT NULL CHECK (severity IN ('low', 'medium', 'high')),
    state TEXT NOT NULL CHECK (state IN ('open', 'dismissed', 'confirmed')),
    subjects TEXT NOT NULL,
    evidence TEXT NOT NULL,
    once_key TEXT NOT NULL UNIQUE,
    raised_at BIGINT NOT NULL,
    decided_by TEXT REFERENCES users (id),
    decided_at BIGINT,
    reason TEXT
);
CREATE INDEX signals_state ON signals (state, id);
