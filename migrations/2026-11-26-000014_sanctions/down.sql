DROP TABLE corrective_orders;
DROP TABLE sanctions;
