ALTER TABLE deliveries DROP COLUMN via;
DROP TABLE share_grants;
DROP TABLE share_credentials;
