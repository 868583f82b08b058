DROP TABLE voucher_stops;
