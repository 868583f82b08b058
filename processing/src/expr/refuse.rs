//! What an expression as written may not hold: checked before it is given any meaning.

use std::ops::ControlFlow;

use arrow::datatypes::SchemaRef;
use datafusion::sql::sqlparser::ast::{Expr as Ast, Function, ObjectNamePart, visit_expressions};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};

use super::fault::{no_column, no_function, not_allowed, pointed_name, too_large};
use super::functions::{Known, known};
use crate::error::Fault;

/// Bytes of an expression; the longest sensible one, a list of a thousand codes, is shorter.
const TEXT_BYTES_MAX: usize = 32 << 10;
/// Words and signs of an expression: bounds the time and stack that planning takes.
const TOKENS_MAX: usize = 4_000;

/// Brackets within each other.
const BRACKETS_MAX: usize = 32;
/// Brackets within each other that do not stand behind a function's name. The parser tries two
/// meanings of `NOT (` and `FROM (` and so takes twice the time for each of them when what is inside
/// is wrong.
const OPEN_BRACKETS_MAX: usize = 12;

/// Checks the size of a text and how deep its brackets are.
///
/// # Errors
/// `expression-invalid` when it is empty, `expression-too-long`, `expression-too-deep`.
pub(super) fn size(text: &str) -> Result<(), Fault> {
    if text.len() > TEXT_BYTES_MAX {
        return Err(too_large("expression-too-long", "32 KiB까지입니다", "32 KiB are the limit"));
    }
    // What cannot be cut into tokens cannot be parsed either; the parser says so.
    let tokens = Tokenizer::new(&GenericDialect {}, text).tokenize().unwrap_or_default();
    let words = tokens.iter().filter(|token| !matches!(token, Token::Whitespace(_))).count();
    if words > TOKENS_MAX {
        let max = TOKENS_MAX;
        return Err(too_large(
            "expression-too-long",
            &format!("낱말과 기호는 {max}개까지입니다"),
            &format!("{max} words and signs are the limit"),
        ));
    }
    brackets(&tokens)?;
    if text.trim().is_empty() {
        return Err(Fault::input(
            "expression-invalid",
            "식이 비어 있습니다.",
            "the expression is empty",
        ));
    }
    Ok(())
}

/// Checks how deep brackets are.
fn brackets(tokens: &[Token]) -> Result<(), Fault> {
    let mut open: Vec<bool> = Vec::new();
    let mut before = &Token::EOF;
    for token in tokens.iter().filter(|token| !matches!(token, Token::Whitespace(_))) {
        match token {
            Token::LParen | Token::LBracket | Token::LBrace => {
                let is_call =
                    matches!(before, Token::Word(word) if word.keyword == Keyword::NoKeyword);
                open.push(!is_call);
            }
            Token::RParen | Token::RBracket | Token::RBrace => {
                open.pop();
            }
            _ => {}
        }
        let plain = open.iter().filter(|is_plain| **is_plain).count();
        if open.len() > BRACKETS_MAX || plain > OPEN_BRACKETS_MAX {
            return Err(too_large(
                "expression-too-deep",
                "괄호를 줄이십시오",
                "use fewer brackets",
            ));
        }
        before = token;
    }
    Ok(())
}

/// Checks every part of an expression: its names are columns, its functions may be called.
///
/// # Errors
/// `column-unknown`, `function-unknown`, `expression-not-allowed`.
pub(super) fn parts(expr: &Ast, schema: &SchemaRef) -> Result<(), Fault> {
    let checked = visit_expressions(expr, |part| match check(part, schema) {
        Ok(()) => ControlFlow::Continue(()),
        Err(fault) => ControlFlow::Break(fault),
    });
    match checked {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(fault) => Err(fault),
    }
}

fn check(part: &Ast, schema: &SchemaRef) -> Result<(), Fault> {
    match part {
        Ast::Identifier(name) => match schema.field_with_name(&name.value) {
            Ok(_) => Ok(()),
            Err(_) => Err(no_column(&name.value, schema)),
        },
        Ast::CompoundIdentifier(names) => {
            let name: Vec<&str> = names.iter().map(|name| name.value.as_str()).collect();
            Err(pointed_name(&name.join("."), schema))
        }
        Ast::Function(call) => function(call),
        Ast::Subquery(_)
        | Ast::Exists { .. }
        | Ast::InSubquery { .. }
        | Ast::AnyOp { .. }
        | Ast::AllOp { .. } => Err(not_allowed(
            "SELECT",
            "식은 한 행만 봅니다. 표 전체는 SQL 규칙으로 보십시오",
            "an expression sees one row; use an SQL rule to see the table",
        )),
        Ast::AtTimeZone { .. } => Err(not_allowed(
            "AT TIME ZONE",
            "시각은 파일의 시간대로 계산합니다",
            "times are computed in the zone of the file",
        )),
        _ => Ok(()),
    }
}

/// Checks one call.
fn function(call: &Function) -> Result<(), Fault> {
    let name = match call.name.0.as_slice() {
        [ObjectNamePart::Identifier(name)] => name.value.to_lowercase(),
        _ => return Err(no_function(&call.name.to_string())),
    };
    let many_rows = || {
        not_allowed(
            &name,
            "식은 한 행만 봅니다. 표 전체는 SQL 규칙으로 보십시오",
            "an expression sees one row; use an SQL rule to see the table",
        )
    };
    if call.over.is_some() {
        return Err(many_rows());
    }
    match known(&name) {
        Known::Allowed => Ok(()),
        Known::ManyRows => Err(many_rows()),
        Known::Changing => Err(not_allowed(
            &name,
            "실행할 때마다 값이 달라집니다",
            "its value changes from run to run",
        )),
        Known::No => Err(no_function(&name)),
    }
}
