DROP TABLE inspections;
DROP TABLE completions;
DROP TABLE agreement_changes;
DROP TABLE executions;
