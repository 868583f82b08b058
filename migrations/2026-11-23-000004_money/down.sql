DROP TABLE payments;
DROP TABLE voucher_uses;
DROP TABLE vouchers;
DROP TABLE agreement_signatures;
DROP TABLE agreements;
DROP TABLE ledger_transfers;
DROP TABLE ledger_accounts;
