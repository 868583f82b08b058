DROP TABLE obligations;
DROP TABLE webhook_attempts;
DROP TABLE webhook_deliveries;
DROP TABLE webhooks;
DROP TABLE event_orgs;
DROP TABLE events;
