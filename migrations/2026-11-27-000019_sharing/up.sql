-- What a buyer's own tools sign in with (Delta Sharing). The secrets are derived, not stored.
CREATE TABLE share_credentials (
    id TEXT NOT NULL PRIMARY KEY,
    org_id TEXT NOT NULL REFERENCES organisations (id),
    label TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('bearer', 'oauth')),
    generation BIGINT NOT NULL,
    old_until BIGINT,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT,
    created_by TEXT NOT NULL REFERENCES users (id),
    created_at BIGINT NOT NULL
);
CREATE INDEX share_credentials_org ON share_credentials (org_id, id);

-- Which contracts a credential reaches. Rows are only added.
CREATE TABLE share_grants (
    credential_id TEXT NOT NULL REFERENCES share_credentials (id),
    contract_id TEXT NOT NULL REFERENCES contracts (id),
    created_by TEXT NOT NULL REFERENCES users (id),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (credential_id, contract_id)
);
CREATE INDEX share_grants_contract ON share_grants (contract_id);

-- What the bytes were asked for with: the id of a session or of a credential.
ALTER TABLE deliveries ADD COLUMN via TEXT;
