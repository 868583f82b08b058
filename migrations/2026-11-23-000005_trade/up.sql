-- Price calculations; never changed.
CREATE TABLE price_bases (
    id TEXT NOT NULL PRIMARY KEY,
    version_id TEXT NOT NULL REFERENCES versions (id),
    org_id TEXT NOT NULL REFERENCES organisations (id),
    method TEXT NOT NULL CHECK (method IN ('cost', 'income', 'royalty_relief', 'market')),
    inputs TEXT NOT NULL,
    result BIGINT NOT NULL CHECK (result >= 0),
    low BIGINT,
    high BIGINT,
    quality_multiplier_bp BIGINT,
    quality_adjusted BIGINT,
    created_by TEXT NOT NULL REFERENCES users (id),
    created_at BIGINT NOT NULL
);
CREATE INDEX price_bases_version ON price_bases (version_id, id);

-- Listings. What is published does not change: a new price or licence is a new listing.
CREATE TABLE listings (
    id TEXT NOT NULL PRIMARY KEY,
    org_id TEXT NOT NULL REFERENCES organisations (id),
    dataset_id TEXT NOT NULL REFERENCES datasets (id),
    version_id TEXT NOT NULL REFERENCES versions (id),
    price_basis_id TEXT REFERENCES price_bases (id),
    state TEXT NOT NULL CHECK (state IN (
        'draft', 'in_review', 'returned', 'approved', 'listed', 'suspended', 'delisted', 'removed',
        'superseded'
    )),
    title TEXT NOT NULL,
    summary TEXT NOT NULL,
    description TEXT NOT NULL,
    price BIGINT NOT NULL CHECK (price >= 0),
    licence TEXT NOT NULL,
    attestation TEXT NOT NULL,
    file_name TEXT NOT NULL,
    offer_hash TEXT NOT NULL,
    row_count BIGINT NOT NULL,
    column_count BIGINT NOT NULL,
    grade TEXT,
    index_hundredths BIGINT,
    warnings TEXT NOT NULL,
    haystack TEXT NOT NULL,
    published_at BIGINT,
    duty_agreement_id TEXT REFERENCES agreements (id),
    duty TEXT,
    duty_end TEXT,
    halt TEXT,
    figures TEXT NOT NULL,
    supersedes_id TEXT REFERENCES listings (id),
    superseded_by_id TEXT REFERENCES listings (id),
    created_by TEXT NOT NULL REFERENCES users (id),
    created_at BIGINT NOT NULL
);
CREATE INDEX listings_state ON listings (state, id);
CREATE INDEX listings_org ON listings (org_id, id);
CREATE INDEX listings_version ON listings (version_id);
CREATE INDEX listings_duty_end ON listings (duty_end);

-- Contracts. Amounts are fixed when it is ordered.
CREATE TABLE contracts (
    id TEXT NOT NULL PRIMARY KEY,
    listing_id TEXT NOT NULL REFERENCES listings (id),
    version_id TEXT NOT NULL REFERENCES versions (id),
    seller_id TEXT NOT NULL REFERENCES organisations (id),
    buyer_id TEXT NOT NULL REFERENCES organisations (id),
    voucher_id TEXT REFERENCES vouchers (id),
    state TEXT NOT NULL CHECK (state IN (
        'ordered', 'signed', 'funded', 'delivered', 'accepted', 'disputed', 'cancelled'
    )),
    title TEXT NOT NULL,
    purpose TEXT NOT NULL CHECK (purpose IN (
        'process_improvement', 'business_model', 'research', 'internal'
    )),
    purpose_text TEXT NOT NULL,
    supply BIGINT NOT NULL CHECK (supply >= 0),
    vat BIGINT NOT NULL CHECK (vat >= 0),
    support BIGINT NOT NULL CHECK (support >= 0),
    company_share BIGINT NOT NULL CHECK (company_share >= 0),
    own_payment BIGINT NOT NULL CHECK (own_payment >= 0),
    terms_hash TEXT NOT NULL,
    proof_sha256 TEXT,
    reject_by TEXT,
    end_reason TEXT,
    created_by TEXT NOT NULL REFERENCES users (id),
    created_at BIGINT NOT NULL,
    signed_at BIGINT,
    funded_at BIGINT,
    delivered_at BIGINT,
    accepted_at BIGINT,
    ended_at BIGINT,
    paid_at BIGINT,
    CHECK (support + company_share = supply),
    CHECK (company_share + vat = own_payment)
);
CREATE INDEX contracts_buyer ON contracts (buyer_id, id);
CREATE INDEX contracts_seller ON contracts (seller_id, id);
CREATE INDEX contracts_listing ON contracts (listing_id);
CREATE INDEX contracts_voucher ON contracts (voucher_id);
CREATE INDEX contracts_delivered ON contracts (state, delivered_at);

-- What both sides sign, in both languages, and the exchange's signature once they have.
CREATE TABLE contract_documents (
    contract_id TEXT NOT NULL PRIMARY KEY REFERENCES contracts (id),
    template TEXT NOT NULL,
    parameters TEXT NOT NULL,
    text_ko TEXT NOT NULL,
    text_en TEXT NOT NULL,
    terms_hash TEXT NOT NULL,
    platform_signature TEXT
);

CREATE TABLE contract_signatures (
    contract_id TEXT NOT NULL REFERENCES contracts (id),
    side TEXT NOT NULL CHECK (side IN ('seller', 'buyer')),
    user_id TEXT NOT NULL REFERENCES users (id),
    org_id TEXT NOT NULL REFERENCES organisations (id),
    at BIGINT NOT NULL,
    terms_hash TEXT NOT NULL,
    PRIMARY KEY (contract_id, side)
);

-- One line a download: who received which bytes when.
CREATE TABLE deliveries (
    id TEXT NOT NULL PRIMARY KEY,
    contract_id TEXT NOT NULL REFERENCES contracts (id),
    user_id TEXT NOT NULL REFERENCES users (id),
    org_id TEXT NOT NULL REFERENCES organisations (id),
    at BIGINT NOT NULL,
    first_byte BIGINT NOT NULL,
    byte_count BIGINT NOT NULL,
    total_bytes BIGINT NOT NULL,
    sha256 TEXT NOT NULL
);
CREATE INDEX deliveries_contract ON deliveries (contract_id, id);
