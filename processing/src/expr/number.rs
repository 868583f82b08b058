//! Numbers as expressions need them: no NaN, one zero, integers that are never wrapped or rounded.

use std::cmp::Ordering;
use std::sync::{Arc, LazyLock};

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, Int8Array};
use arrow::compute::binary;
use arrow::compute::kernels::numeric::{add, mul, sub};
use arrow::datatypes::{DataType, Float64Type, Int8Type, Int64Type};
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use datafusion::physical_expr_common::datum::apply;

/// What a function of this module does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kind {
    Tidy,
    Add,
    Subtract,
    Multiply,
    Order,
}

/// One function of this module.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Function {
    kind: Kind,
    signature: Signature,
}

fn function(kind: Kind, arguments: usize) -> Arc<ScalarUDF> {
    let signature = Signature::any(arguments, Volatility::Immutable);
    Arc::new(ScalarUDF::from(Function { kind, signature }))
}

static TIDY: LazyLock<Arc<ScalarUDF>> = LazyLock::new(|| function(Kind::Tidy, 1));
static ADD: LazyLock<Arc<ScalarUDF>> = LazyLock::new(|| function(Kind::Add, 2));
static SUBTRACT: LazyLock<Arc<ScalarUDF>> = LazyLock::new(|| function(Kind::Subtract, 2));
static MULTIPLY: LazyLock<Arc<ScalarUDF>> = LazyLock::new(|| function(Kind::Multiply, 2));
static ORDER: LazyLock<Arc<ScalarUDF>> = LazyLock::new(|| function(Kind::Order, 2));

/// A float without NaN and negative zero.
pub(super) fn tidy_of(value: Expr) -> Expr {
    TIDY.call(vec![value])
}

/// The sum of two integers of one type, or an error.
pub(super) fn sum_of(left: Expr, right: Expr) -> Expr {
    ADD.call(vec![left, right])
}

/// The difference of two integers of one type, or an error.
pub(super) fn difference_of(left: Expr, right: Expr) -> Expr {
    SUBTRACT.call(vec![left, right])
}

/// The product of two integers of one type, or an error.
pub(super) fn product_of(left: Expr, right: Expr) -> Expr {
    MULTIPLY.call(vec![left, right])
}

/// −1, 0 or 1 as a 64-bit integer is below, equal to or above a float.
pub(super) fn order_of(integer: Expr, float: Expr) -> Expr {
    ORDER.call(vec![integer, float])
}

/// Whether an expression is a float that [`tidy_of`] gave.
pub(super) fn is_tidy(udf: &ScalarUDF) -> bool {
    udf.name() == Kind::Tidy.name()
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Tidy => "value",
            Self::Add => "sum_of",
            Self::Subtract => "difference_of",
            Self::Multiply => "product_of",
            Self::Order => "order_of",
        }
    }
}

impl ScalarUDFImpl for Function {
    fn name(&self) -> &str {
        self.kind.name()
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, arguments: &[DataType]) -> Result<DataType> {
        match self.kind {
            Kind::Order => Ok(DataType::Int8),
            _ => arguments.first().cloned().ok_or_else(too_few),
        }
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        match (self.kind, args.args.as_slice()) {
            (Kind::Tidy, [value]) => tidied(value),
            (Kind::Add, [left, right]) => apply(left, right, add),
            (Kind::Subtract, [left, right]) => apply(left, right, sub),
            (Kind::Multiply, [left, right]) => apply(left, right, mul),
            (Kind::Order, [_, _]) => ordered(&ColumnarValue::values_to_arrays(&args.args)?),
            _ => Err(too_few()),
        }
    }
}

fn too_few() -> DataFusionError {
    DataFusionError::Internal("a number function without its arguments".to_owned())
}

fn tidied(value: &ColumnarValue) -> Result<ColumnarValue> {
    match value {
        ColumnarValue::Array(array) => Ok(ColumnarValue::Array(tidy(array))),
        ColumnarValue::Scalar(scalar) => {
            let array = tidy(&scalar.to_array()?);
            let scalar = datafusion::common::ScalarValue::try_from_array(&array, 0)?;
            Ok(ColumnarValue::Scalar(scalar))
        }
    }
}

/// The array with NaN made null and −0.0 made 0.0; as it is when it holds neither.
pub(super) fn tidy(array: &ArrayRef) -> ArrayRef {
    let DataType::Float64 = array.data_type() else { return Arc::clone(array) };
    let floats = array.as_primitive::<Float64Type>();
    // Adding 0.0 changes no bits but those of −0.0; a plain loop that the compiler can widen.
    let odd = |found: bool, value: &f64| found | ((value + 0.0).to_bits() != value.to_bits());
    let zeros = floats.values().iter().fold(false, odd);
    let nans = floats.values().iter().fold(false, |found, value| found | value.is_nan());
    if nans {
        let kept = floats.iter().map(|cell| cell.filter(|v| !v.is_nan()).map(|v| v + 0.0));
        return Arc::new(kept.collect::<Float64Array>());
    }
    if zeros {
        return Arc::new(floats.unary::<_, Float64Type>(|value| value + 0.0));
    }
    Arc::clone(array)
}

fn ordered(arrays: &[ArrayRef]) -> Result<ColumnarValue> {
    let [integers, floats] = arrays else { return Err(too_few()) };
    let order: Int8Array = binary::<Int64Type, Float64Type, _, Int8Type>(
        integers.as_primitive(),
        floats.as_primitive(),
        |integer, float| order(integer, float) as i8,
    )?;
    Ok(ColumnarValue::Array(Arc::new(order)))
}

/// How an integer lies to a float that is not NaN, by value.
fn order(integer: i64, float: f64) -> Ordering {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if float >= LIMIT {
        return Ordering::Less;
    }
    if float < -LIMIT {
        return Ordering::Greater;
    }
    #[expect(clippy::cast_possible_truncation, reason = "whole and within the bounds just checked")]
    let whole = float.trunc() as i64;
    integer.cmp(&whole).then_with(|| 0.0_f64.partial_cmp(&float.fract()).unwrap_or(Ordering::Equal))
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering::{Equal, Greater, Less};

    use super::order;

    #[test]
    fn integers_lie_to_floats_by_value() {
        for (integer, float, want) in [
            (9_007_199_254_740_993, 9_007_199_254_740_992.0, Greater),
            (9_007_199_254_740_992, 9_007_199_254_740_992.0, Equal),
            (3, 3.5, Less),
            (-3, -3.5, Greater),
            (0, -0.0, Equal),
            (i64::MAX, 9_223_372_036_854_775_807.0, Less),
            (i64::MIN, -9_223_372_036_854_775_808.0, Equal),
            (i64::MIN, f64::NEG_INFINITY, Greater),
            (i64::MAX, f64::INFINITY, Less),
            (0, f64::MIN_POSITIVE, Less),
        ] {
            assert_eq!(order(integer, float), want, "{integer} {float}");
        }
    }
}
