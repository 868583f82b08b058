DROP TABLE audit;
DROP TABLE jobs;
DROP TABLE idempotency;
