DROP TABLE data_proposals;
DROP TABLE data_requests;
