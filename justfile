# The service on http://127.0.0.1:8080, with SQLite in ./data
dev:
    cargo run -- serve

# Every test, on SQLite
test:
    cargo test --workspace

# Formatting and what clippy can cure
fix:
    cargo fmt && cargo clippy --workspace --all-targets --fix --allow-dirty --allow-staged

# Takes new snapshots over; read the diff before committing them
snap:
    INSTA_UPDATE=always cargo test --workspace

# The integration tests on a throw-away PostgreSQL
db:
    .ci/postgres cargo test -p tests
