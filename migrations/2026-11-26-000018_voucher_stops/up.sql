-- Each time the agency stops a voucher, lets it go on, or takes it back. Rows are only added.
CREATE TABLE voucher_stops (
    id TEXT NOT NULL PRIMARY KEY,
    voucher_id TEXT NOT NULL REFERENCES vouchers (id),
    stop TEXT NOT NULL CHECK (stop IN ('freeze', 'thaw', 'revoke')),
    reason TEXT NOT NULL,
    user_id TEXT NOT NULL REFERENCES users (id),
    at BIGINT NOT NULL
);
CREATE INDEX voucher_stops_voucher ON voucher_stops (voucher_id, id);
