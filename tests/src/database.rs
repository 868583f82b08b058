//! A database of one's own.

use std::path::Path;

use diesel::{Connection, PgConnection, RunQueryDsl};
use marketplace::db::dialect::Location;

/// A database that goes when it is dropped.
pub(crate) struct TestDatabase {
    /// Where it is.
    pub(crate) location: Location,
    /// The server it was made on, and its name there.
    made: Option<(String, String)>,
}

/// The PostgreSQL server to test on, if there is one.
fn server() -> Option<String> {
    std::env::var("DATABASE_URL")
        .ok()
        .filter(|url| matches!(Location::parse(url), Location::Postgres(_)))
}

impl TestDatabase {
    /// An empty database for the exchange in `dir`, whose name is like no other.
    pub(crate) fn create(dir: &Path) -> TestDatabase {
        let Some(server) = server() else {
            let path = dir.join("jangteo.db").display().to_string();
            return TestDatabase { location: Location::Sqlite(path), made: None };
        };
        let unlike: String = dir
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default()
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .flat_map(|c| {
                if c.is_ascii_uppercase() { vec!['u', c.to_ascii_lowercase()] } else { vec![c] }
            })
            .collect();
        let name = format!("jangteo_{}_{unlike}", std::process::id());
        run(&server, &format!("CREATE DATABASE {name}"));
        let location = Location::Postgres(at(&server, &name));
        TestDatabase { location, made: Some((server, name)) }
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if let Some((server, name)) = &self.made {
            run(server, &format!("DROP DATABASE {name} WITH (FORCE)"));
        }
    }
}

fn run(server: &str, sql: &str) {
    let mut maintenance = PgConnection::establish(server).expect("the server of DATABASE_URL");
    diesel::sql_query(sql).execute(&mut maintenance).expect("a database of one's own");
}

/// The URL `server` with the database `name` in place of its own.
fn at(server: &str, name: &str) -> String {
    let (address, options) = match server.split_once('?') {
        Some((address, options)) => (address, format!("?{options}")),
        None => (server, String::new()),
    };
    let authority = address.find("://").map_or(0, |at| at + 3);
    let end = address.get(authority..).and_then(|rest| rest.find('/'));
    let host = end.and_then(|end| address.get(..authority + end)).unwrap_or(address);
    format!("{host}/{name}{options}")
}

#[cfg(test)]
mod tests {
    #[test]
    fn only_the_name_of_the_database_is_replaced() {
        for (server, then) in [
            ("postgres://me@h:5/postgres", "postgres://me@h:5/x"),
            ("postgres://h", "postgres://h/x"),
            ("postgres://h/?sslmode=off", "postgres://h/x?sslmode=off"),
        ] {
            assert_eq!(super::at(server, "x"), then);
        }
    }
}
