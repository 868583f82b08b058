-- What was asked of data that stayed where they are: queries under a contract, and probes before one.
-- A row is written before its question is answered, so that no race asks more than a budget allows.
CREATE TABLE questions (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('query', 'probe')),
    listing_id TEXT NOT NULL REFERENCES listings (id),
    contract_id TEXT REFERENCES contracts (id),
    version_id TEXT NOT NULL REFERENCES versions (id),
    org_id TEXT NOT NULL REFERENCES organisations (id),
    user_id TEXT NOT NULL REFERENCES users (id),
    at BIGINT NOT NULL,
    day TEXT NOT NULL,
    question TEXT NOT NULL,
    question_sha256 TEXT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('asked', 'answered', 'refused')),
    answer TEXT,
    rows_out BIGINT NOT NULL,
    bytes_out BIGINT NOT NULL
);
CREATE INDEX questions_probe ON questions (listing_id, org_id, day);
CREATE INDEX questions_contract ON questions (contract_id, id);
CREATE INDEX questions_same ON questions (listing_id, org_id, question_sha256);
