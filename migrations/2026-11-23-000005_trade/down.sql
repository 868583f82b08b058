DROP TABLE deliveries;
DROP TABLE contract_signatures;
DROP TABLE contract_documents;
DROP TABLE contracts;
DROP TABLE listings;
DROP TABLE price_bases;
