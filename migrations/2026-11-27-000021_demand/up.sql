-- Data that buyers look for, and what sellers propose.
CREATE TABLE data_requests (
    id TEXT NOT NULL PRIMARY KEY,
    org_id TEXT NOT NULL REFERENCES organisations (id),
    title TEXT NOT NULL,
    detail TEXT NOT NULL,
    budget BIGINT,
    until TEXT NOT NULL,
    closed_at BIGINT,
    created_by TEXT NOT NULL REFERENCES users (id),
    created_at BIGINT NOT NULL
);
CREATE INDEX data_requests_org ON data_requests (org_id, id);

CREATE TABLE data_proposals (
    id TEXT NOT NULL PRIMARY KEY,
    request_id TEXT NOT NULL REFERENCES data_requests (id),
    org_id TEXT NOT NULL REFERENCES organisations (id),
    listing_id TEXT REFERENCES listings (id),
    note TEXT NOT NULL,
    price BIGINT,
    created_by TEXT NOT NULL REFERENCES users (id),
    created_at BIGINT NOT NULL
);
CREATE INDEX data_proposals_request ON data_proposals (request_id, id);
