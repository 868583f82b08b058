DROP TABLE invoice_attempts;
DROP TABLE rebates;
DROP TABLE disputes;
DROP TABLE after_cares;
DROP TABLE affiliations;
DROP TABLE time_entries;
DROP TABLE milestones;
ALTER TABLE processings DROP COLUMN attested_at;
ALTER TABLE pool_members DROP COLUMN barred_at;
