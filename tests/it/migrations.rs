//! The tables: up, down and up again, and what every table promises.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_types::{Integer, Text};
use diesel::{QueryableByName, SqliteConnection, sql_query};
use marketplace::db::dialect::Location;
use marketplace::db::{Store, migrate};
use schema::{api, papers};
use tests::TestApp;

#[tokio::test]
async fn the_database_in_use_goes_down_and_up_again() {
    let app = TestApp::start();
    let location = app.app.config.database.clone();
    assert!(migrate::run(&location).unwrap().is_empty(), "it was up to date");
    migrate::revert_all(&location).unwrap();
    let pending = |wanted| {
        let found = app.app.store.read_now(|db| Ok(migrate::pending(db)?)).unwrap();
        assert_eq!(found, wanted);
    };
    pending(true);
    let answer = app.nobody().get("/readyz").await.expect(503);
    assert_eq!(answer["database"], "migrations are pending");
    let names = migrate::run(&location).unwrap();
    assert_eq!(names.len(), folders(), "{names:?}");
    pending(false);
    app.provider().await;
}

fn folders() -> usize {
    let entries = std::fs::read_dir(super::tidy::root().join("migrations")).unwrap();
    entries.filter(|entry| entry.as_ref().unwrap().path().is_dir()).count()
}

#[test]
fn two_processes_may_bring_one_database_up_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let location = Location::Sqlite(dir.path().join("race.db").display().to_string());
    std::thread::scope(|scope| {
        let racers: Vec<_> = (0..4).map(|_| scope.spawn(|| migrate::run(&location))).collect();
        for racer in racers {
            racer.join().unwrap().unwrap();
        }
    });
    let store = Store::open(&location, 1).unwrap();
    assert!(!store.read_now(|db| Ok(migrate::pending(db)?)).unwrap());
}

#[derive(QueryableByName)]
struct Table {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    sql: String,
}

#[derive(QueryableByName)]
struct Column {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    r#type: String,
    #[diesel(sql_type = Integer)]
    pk: i32,
}

#[derive(QueryableByName)]
struct Key {
    #[diesel(sql_type = Text)]
    from: String,
}

/// Every table of an up-to-date database, with columns and columns that have a foreign key.
fn tables() -> Vec<(Table, Vec<Column>, Vec<String>)> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("tables.db").display().to_string();
    migrate::run(&Location::Sqlite(path.clone())).unwrap();
    let mut db = SqliteConnection::establish(&path).unwrap();
    let tables: Vec<Table> = sql_query(
        "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' \
         AND name <> '__diesel_schema_migrations' ORDER BY name",
    )
    .load(&mut db)
    .unwrap();
    tables
        .into_iter()
        .map(|table| {
            let about = |what| format!("SELECT * FROM pragma_{what}('{}')", table.name);
            let columns = sql_query(about("table_info")).load(&mut db).unwrap();
            let keys: Vec<Key> = sql_query(about("foreign_key_list")).load(&mut db).unwrap();
            (table, columns, keys.into_iter().map(|key| key.from).collect())
        })
        .collect()
}

/// Columns that name an object without a foreign key, and why.
const LOOSE: &[(&str, &str)] = &[
    // The queue and the trail come before every table, and outlive what they tell of.
    ("jobs", "org_id"),
    ("audit", "user_id"),
    ("audit", "org_id"),
    // Two tables name each other: the later one has the key.
    ("versions", "agreement_id"),
    ("agreements", "voucher_id"),
    // Made before the tables of trade.
    ("voucher_uses", "contract_id"),
    ("payments", "contract_id"),
    ("processings", "agreement_id"),
];

#[test]
fn every_column_that_names_an_object_has_a_foreign_key() {
    let mut missing = Vec::new();
    let mut loose = Vec::new();
    for (table, columns, keys) in tables() {
        for column in columns {
            let name = (table.name.as_str(), column.name.as_str());
            if !name.1.ends_with("_id") || keys.contains(&column.name) {
                continue;
            }
            if LOOSE.contains(&name) {
                loose.push((table.name.clone(), column.name.clone()));
            } else {
                missing.push(format!("{}.{}", name.0, name.1));
            }
        }
    }
    assert!(missing.is_empty(), "no foreign key: {missing:?}");
    assert_eq!(loose.len(), LOOSE.len(), "an exception is no longer needed: {loose:?}");
}

#[test]
fn every_table_has_a_key_and_portable_columns() {
    for (table, columns, _) in tables() {
        assert!(columns.iter().any(|column| column.pk > 0), "{} has no key", table.name);
        for column in columns {
            let (of, kind) = (format!("{}.{}", table.name, column.name), column.r#type.as_str());
            assert!(["TEXT", "BIGINT"].contains(&kind), "{of} is {kind}");
            if column.name.ends_with("_at") || column.name == "at" {
                assert_eq!(kind, "BIGINT", "{of}: an instant is kept in microseconds");
            }
        }
    }
}

fn words<T: ToString>(all: &[T]) -> Vec<String> {
    all.iter().map(ToString::to_string).collect()
}

/// The words that the program knows, by column.
fn known() -> BTreeMap<(&'static str, &'static str), Vec<String>> {
    use api::{
        applications, catalog, execution, jobs, ledger, programme, sanctions, settlement, support,
        trade, vouchers,
    };
    use api::{obligations, outbox, signals, work};
    let classes = ["sme", "midsized", "large", "nonprofit"].map(str::to_owned).to_vec();
    let rounding = ["FLOOR_1", "FLOOR_10"].map(str::to_owned).to_vec();
    BTreeMap::from([
        (("jobs", "state"), words(jobs::JobState::ALL)),
        (("documents", "kind"), words(papers::PaperKind::ALL)),
        (("documents", "state"), words(papers::PaperState::ALL)),
        (("documents", "size_class"), classes.clone()),
        (("organisations", "status"), words(papers::BusinessStatus::ALL)),
        (("eligibility_snapshots", "stage"), words(papers::Stage::ALL)),
        (("eligibility_snapshots", "outcome"), words(schema::notice::ScreenOutcome::ALL)),
        (("webhooks", "state"), words(outbox::WebhookState::ALL)),
        (("webhook_deliveries", "state"), words(outbox::DeliveryState::ALL)),
        (("milestones", "state"), words(work::MilestoneState::ALL)),
        (("disputes", "state"), words(trade::DisputeState::ALL)),
        (("disputes", "buyer_answer"), words(trade::DisputeAnswer::ALL)),
        (("disputes", "seller_answer"), words(trade::DisputeAnswer::ALL)),
        (("signals", "kind"), words(signals::SignalKind::ALL)),
        (("signals", "severity"), words(signals::SignalSeverity::ALL)),
        (("signals", "state"), words(signals::SignalState::ALL)),
        (("obligations", "kind"), words(obligations::ObligationKind::ALL)),
        (("obligations", "state"), words(obligations::ObligationState::ALL)),
        (("organisations", "size_class"), classes.clone()),
        (("versions", "kind"), words(catalog::VersionKind::ALL)),
        (("versions", "state"), words(catalog::VersionState::ALL)),
        (("ledger_accounts", "kind"), words(ledger::AccountKind::ALL)),
        (("agreements", "state"), words(programme::AgreementState::ALL)),
        (("agreements", "purpose"), words(programme::PurchasePurpose::ALL)),
        (("agreements", "class"), classes),
        (("agreements", "rounding"), rounding.clone()),
        (("agreement_signatures", "party"), words(programme::SigningParty::ALL)),
        (("vouchers", "state"), words(vouchers::VoucherState::ALL)),
        (("vouchers", "rounding"), rounding),
        (("voucher_uses", "state"), words(vouchers::UseState::ALL)),
        (("voucher_stops", "stop"), words(vouchers::VoucherStop::ALL)),
        (("payments", "state"), words(settlement::PaymentState::ALL)),
        (("price_bases", "method"), words(trade::PriceMethod::ALL)),
        (("listings", "state"), words(trade::ListingState::ALL)),
        (("contracts", "state"), words(trade::ContractState::ALL)),
        (("contracts", "purpose"), words(trade::Purpose::ALL)),
        (("share_credentials", "kind"), words(trade::CredentialKind::ALL)),
        (("questions", "kind"), words(trade::QuestionKind::ALL)),
        (("questions", "outcome"), words(trade::QuestionOutcome::ALL)),
        (("contract_signatures", "side"), words(trade::SignatureSide::ALL)),
        (("pool_members", "state"), words(support::PoolState::ALL)),
        (("processings", "state"), words(support::ProcessingState::ALL)),
        (("processing_runs", "state"), words(support::RunState::ALL)),
        (("applications", "state"), words(applications::ApplicationState::ALL)),
        (("evaluation_batches", "state"), words(applications::BatchState::ALL)),
        (("evaluation_conflicts", "kind"), words(api::parties::Interest::ALL)),
        (("executions", "ended_how"), words(execution::Ending::ALL)),
        (("agreement_changes", "kind"), words(execution::ChangeKind::ALL)),
        (("agreement_changes", "state"), words(execution::ChangeState::ALL)),
        (("completions", "state"), words(execution::CompletionState::ALL)),
        (("settlements", "state"), words(settlement::SettlementState::ALL)),
        (("settlement_lines", "source"), words(settlement::CostSource::ALL)),
        (("settlement_lines", "method"), words(settlement::PaidBy::ALL)),
        (("settlement_lines", "reason"), words(settlement::Disallowance::ALL)),
        (("claims", "origin"), words(settlement::ClaimOrigin::ALL)),
        (("claims", "state"), words(settlement::ClaimState::ALL)),
        (("sanctions", "state"), words(sanctions::SanctionState::ALL)),
        (("sanctions", "ground"), words(sanctions::SanctionGround::ALL)),
        (("corrective_orders", "state"), words(sanctions::OrderState::ALL)),
    ])
}

/// Words of every `CHECK (column IN (…))` of a table.
fn checked(sql: &str) -> BTreeMap<String, Vec<String>> {
    let flat = sql.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut found = BTreeMap::new();
    for rest in flat.split("CHECK (").skip(1) {
        let Some((column, rest)) = rest.split_once(" IN (") else { continue };
        if column.contains(' ') {
            continue;
        }
        let list = rest.split(')').next().unwrap_or_default();
        let words = list.split(',').map(|word| word.trim().trim_matches('\'').to_owned()).collect();
        found.insert(column.to_owned(), words);
    }
    found
}

#[test]
fn every_closed_set_of_words_is_the_same_in_table_and_program() {
    let mut known = known();
    for (table, columns, _) in tables() {
        let checked = checked(&table.sql);
        for column in columns {
            let of = (table.name.as_str(), column.name.as_str());
            let expected = known.iter().find(|(name, _)| **name == of).map(|(name, _)| *name);
            match (checked.get(&column.name), expected.and_then(|name| known.remove(&name))) {
                (Some(stored), Some(words)) => assert_eq!(*stored, words, "{of:?}"),
                (Some(_), None) => {
                    panic!("{of:?} is checked against words this test does not know")
                }
                (None, Some(_)) => panic!("{of:?} has no CHECK of its words"),
                (None, None) => assert_ne!(of.1, "state", "{of:?} has no CHECK of its words"),
            }
        }
    }
    assert!(known.is_empty(), "no such columns: {:?}", known.keys());
}

#[tokio::test]
async fn constraints_hold_in_the_database_in_use() {
    let app = TestApp::start();
    app.provider().await;
    for sql in [
        "UPDATE organisations SET size_class = 'huge'",
        "UPDATE users SET org_id = 'org_00000000000000000000000000'",
        "UPDATE sessions SET user_id = 'usr_00000000000000000000000000'",
        "INSERT INTO ledger_accounts (id, kind, subject, balance, opened_at) \
         VALUES ('acc_1', 'budget', 'x', -1, 0)",
    ] {
        let tried = app.app.store.claim_now(|db| Ok(sql_query(sql).execute(db)?));
        assert!(tried.is_err(), "{sql}");
    }
}
