//! The promises of expressions, kept in every part of a query's plan.

use arrow::datatypes::DataType;
use datafusion::common::DFSchema;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::error::Result;
use datafusion::logical_expr::expr::{AggregateFunction, WindowFunctionDefinition};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{Cast, Expr, ExprSchemable, LogicalPlan};
use datafusion::optimizer::AnalyzerRule;

use super::super::rewrite;

/// Before types are settled: zones, and sums of integers that cannot overflow.
#[derive(Debug)]
pub(super) struct Settle {
    /// The type of times in the tables.
    pub(super) time: DataType,
}

impl AnalyzerRule for Settle {
    fn analyze(&self, plan: LogicalPlan, _: &ConfigOptions) -> Result<LogicalPlan> {
        each(plan, |expr, schema, _| {
            let expr = rewrite::zoned(expr, &self.time)?;
            rewrite::no_text_as_number(&expr, schema)?;
            let expr = rewrite::days_as_times(expr, schema, &self.time)?;
            expr.transform_up(|part| wide_sum(part, schema)).map(|done| done.data)
        })
    }

    fn name(&self) -> &str {
        "settle"
    }
}

/// Once types are settled: no NaN, no wrapped integers, comparisons by value.
#[derive(Debug)]
pub(super) struct Exact;

impl AnalyzerRule for Exact {
    fn analyze(&self, plan: LogicalPlan, _: &ConfigOptions) -> Result<LogicalPlan> {
        each(plan, |expr, schema, plan| {
            // Results of aggregates and windows may be NaN (the mean of both infinities).
            let odd_columns = matches!(plan, LogicalPlan::Filter(_) | LogicalPlan::Projection(_));
            rewrite::exact_part(expr, schema, odd_columns)
        })
    }

    fn name(&self) -> &str {
        "exact"
    }
}

/// Changes every expression of a plan, its subqueries too; names of columns stay.
fn each(
    plan: LogicalPlan,
    change: impl Fn(Expr, &DFSchema, &LogicalPlan) -> Result<Expr>,
) -> Result<LogicalPlan> {
    plan.transform_up_with_subqueries(|node| {
        let mut schema = merge_schema(&node.inputs());
        if let LogicalPlan::TableScan(scan) = &node {
            schema.merge(&DFSchema::try_from_qualified_schema(
                scan.table_name.clone(),
                &scan.source.schema(),
            )?);
        }
        let names = NamePreserver::new(&node);
        let shell = node.clone();
        node.map_expressions(|expr| {
            let name = names.save(&expr);
            let changed = change(expr, &schema, &shell)?;
            Ok(Transformed::yes(name.restore(changed)))
        })?
        .map_data(LogicalPlan::recompute_schema)
    })
    .map(|done| done.data)
}

/// The sum of 64-bit integers as a sum of decimals.
fn wide_sum(expr: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    let widen = |args: &mut Vec<Expr>| -> Result<bool> {
        let Some(arg) = args.first_mut() else { return Ok(false) };
        if !arg.get_type(schema)?.is_integer() {
            return Ok(false);
        }
        let inner = Box::new(arg.clone());
        *arg = Expr::Cast(Cast::new(inner, DataType::Decimal128(38, 0)));
        Ok(true)
    };
    Ok(match expr {
        Expr::AggregateFunction(AggregateFunction { func, mut params }) if func.name() == "sum" => {
            let changed = widen(&mut params.args)?;
            let sum = Expr::AggregateFunction(AggregateFunction { func, params });
            if changed { Transformed::yes(sum) } else { Transformed::no(sum) }
        }
        Expr::WindowFunction(mut window) if matches!(&window.fun, WindowFunctionDefinition::AggregateUDF(f) if f.name() == "sum") =>
        {
            let changed = widen(&mut window.params.args)?;
            let sum = Expr::WindowFunction(window);
            if changed { Transformed::yes(sum) } else { Transformed::no(sum) }
        }
        other => Transformed::no(other),
    })
}
