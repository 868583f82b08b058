DROP TABLE versions;
DROP TABLE datasets;
