DROP TABLE processing_runs;
DROP TABLE processings;
DROP TABLE pool_members;
