//! What a query as written may hold: one `SELECT` over the tables given.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use datafusion::common::config::Dialect;
use datafusion::execution::SessionState;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{
    Expr as Ast, Query, SetExpr, Statement as Sql, TableFactor, Visit, Visitor,
};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};

use super::super::functions::{Known, known};
use super::super::{fault, refuse};
use crate::error::Fault;

/// Reads and checks one query.
///
/// # Errors
/// `query-invalid`, `query-not-allowed`, `function-unknown`, `expression-too-long`.
pub(super) fn read(sql: &str, state: &SessionState) -> Result<Statement, Fault> {
    refuse::size(sql)?;
    let statement = state.sql_to_statement(sql, &Dialect::Generic);
    let statement = statement.map_err(|error| fault::unread(&error))?;
    let Statement::Statement(inner) = &statement else { return Err(not_a_select()) };
    let Sql::Query(query) = inner.as_ref() else { return Err(not_a_select()) };
    match query.visit(&mut Checker) {
        ControlFlow::Continue(()) => Ok(statement),
        ControlFlow::Break(fault) => Err(fault),
    }
}

fn not_a_select() -> Fault {
    Fault::input(
        "query-not-allowed",
        "SELECT 문 하나만 쓸 수 있습니다. 바꾸거나 쓰거나 설정하는 문은 허용하지 않습니다.",
        "one SELECT is allowed; statements that change, write or set are not",
    )
}

fn refused(what: &str, ko: &str, en: &str) -> Fault {
    Fault::input("query-not-allowed", format!("{what}: {ko}"), format!("{what}: {en}"))
}

/// Walks a query and stops at the first part that may not be there.
struct Checker;

impl Visitor for Checker {
    type Break = Fault;

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<Fault> {
        let select = match query.body.as_ref() {
            SetExpr::Select(select) => select.into.is_none(),
            SetExpr::Query(_) | SetExpr::SetOperation { .. } | SetExpr::Values(_) => true,
            _ => false,
        };
        if query.with.as_ref().is_some_and(|with| with.recursive) {
            return ControlFlow::Break(refused(
                "WITH RECURSIVE",
                "끝나지 않을 수 있습니다",
                "it may never end",
            ));
        }
        if select && query.locks.is_empty() {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(not_a_select())
        }
    }

    fn pre_visit_table_factor(&mut self, table: &TableFactor) -> ControlFlow<Fault> {
        match table {
            TableFactor::Table { name, args: None, .. } if name.0.len() == 1 => {
                ControlFlow::Continue(())
            }
            TableFactor::Derived { .. } | TableFactor::NestedJoin { .. } => {
                ControlFlow::Continue(())
            }
            other => ControlFlow::Break(refused(
                &other.to_string().chars().take(100).collect::<String>(),
                "준 표와 하위 SELECT만 읽을 수 있습니다",
                "only the tables given and subqueries can be read",
            )),
        }
    }

    fn pre_visit_expr(&mut self, expr: &Ast) -> ControlFlow<Fault> {
        match expr {
            Ast::Function(call) => {
                let name = call.name.to_string().to_lowercase();
                match known(&name) {
                    Known::Allowed | Known::ManyRows => ControlFlow::Continue(()),
                    Known::Changing => ControlFlow::Break(refused(
                        &name,
                        "실행할 때마다 값이 달라집니다",
                        "its value changes from run to run",
                    )),
                    Known::No => ControlFlow::Break(fault::no_function(&name)),
                }
            }
            Ast::AtTimeZone { .. } => ControlFlow::Break(refused(
                "AT TIME ZONE",
                "시각은 파일의 시간대로 계산합니다",
                "times are computed in the zone of the file",
            )),
            _ => ControlFlow::Continue(()),
        }
    }
}

/// The words of a query that may name columns; none when it may mean all columns (`SELECT *`).
pub(super) fn words(sql: &str) -> Option<BTreeSet<String>> {
    let tokens = Tokenizer::new(&GenericDialect {}, sql).tokenize().unwrap_or_default();
    let tokens = tokens.into_iter().filter(|token| !matches!(token, Token::Whitespace(_)));
    let mut words = BTreeSet::new();
    let mut before = Token::EOF;
    for token in tokens {
        match &token {
            Token::Word(word) if word.keyword == Keyword::NATURAL => return None,
            Token::Word(word) => {
                words.insert(word.value.clone());
            }
            // A product has a value before it.
            Token::Mul => match &before {
                Token::Comma | Token::Period => return None,
                Token::Word(word)
                    if matches!(
                        word.keyword,
                        Keyword::SELECT | Keyword::ALL | Keyword::DISTINCT
                    ) =>
                {
                    return None;
                }
                _ => {}
            },
            _ => {}
        }
        before = token;
    }
    Some(words)
}
