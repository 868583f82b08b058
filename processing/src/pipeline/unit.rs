//! The step `unit_convert`: exact factors between units of one kind.
//!
//! A unit is `numerator / denominator` of its canonical unit, plus an offset for temperatures; the
//! factors are exact by definition (inch 0.0254 m, pound 0.45359237 kg, standard gravity
//! 9.80665 m/s²). A conversion is one multiplication, one addition and one division of whole
//! numbers, so that 25 °C is 298.15 K to the last bit.

use arrow::array::ArrayRef;
use arrow::datatypes::DataType;
use schema::data::column::ValueType;
use schema::data::lineage::{Fitted, FittedValue};
use schema::data::pipeline::UnitConvert;

use super::each::{Change, Each, numbers};
use super::shape::Shape;
use super::step::Ready;
use crate::error::Fault;

/// A unit: `canonical = (value × num + offset) / den`.
struct Unit {
    /// UCUM code.
    code: &'static str,
    /// Other spellings met in factory files.
    also: &'static [&'static str],
    /// UCUM code of the canonical unit of its kind.
    kind: &'static str,
    num: i128,
    offset: i128,
    den: i128,
}

const fn unit(
    code: &'static str,
    also: &'static [&'static str],
    kind: &'static str,
    num: i128,
    den: i128,
) -> Unit {
    Unit { code, also, kind, num, offset: 0, den }
}

/// Every unit that can be converted.
const UNITS: &[Unit] = &[
    unit("K", &["kelvin"], "K", 1, 1),
    Unit {
        code: "Cel", also: &["°C", "℃", "degC"], kind: "K", num: 100, offset: 27_315, den: 100
    },
    // K = (F + 459.67) × 5 / 9
    Unit {
        code: "[degF]",
        also: &["°F", "℉", "degF"],
        kind: "K",
        num: 500,
        offset: 229_835,
        den: 900,
    },
    unit("Pa", &[], "Pa", 1, 1),
    unit("hPa", &[], "Pa", 100, 1),
    unit("kPa", &["KPa"], "Pa", 1_000, 1),
    unit("MPa", &["Mpa"], "Pa", 1_000_000, 1),
    unit("mbar", &[], "Pa", 100, 1),
    unit("bar", &["Bar"], "Pa", 100_000, 1),
    unit("atm", &[], "Pa", 101_325, 1),
    unit("kgf/cm2", &["kgf/cm²", "kgf/cm^2", "kgf/㎠", "kg/cm2", "kg/cm²"], "Pa", 980_665, 10),
    // lbf/in² = 0.45359237 × 9.80665 / 0.0254² Pa
    unit("[psi]", &["psi", "PSI"], "Pa", 8_896_443_230_521, 1_290_320_000),
    unit("um", &["µm", "μm", "㎛"], "m", 1, 1_000_000),
    unit("mm", &["㎜"], "m", 1, 1_000),
    unit("cm", &["㎝"], "m", 1, 100),
    unit("m", &[], "m", 1, 1),
    unit("km", &["㎞"], "m", 1_000, 1),
    unit("[in_i]", &["in", "inch"], "m", 254, 10_000),
    unit("[ft_i]", &["ft"], "m", 3_048, 10_000),
    unit("N", &[], "N", 1, 1),
    unit("kN", &["KN"], "N", 1_000, 1),
    unit("kgf", &[], "N", 980_665, 100_000),
    // 0.45359237 × 9.80665
    unit("[lbf_av]", &["lbf"], "N", 44_482_216_152_605, 10_000_000_000_000),
    unit("us", &["µs", "μs"], "s", 1, 1_000_000),
    unit("ms", &["msec"], "s", 1, 1_000),
    unit("s", &["sec"], "s", 1, 1),
    unit("min", &[], "s", 60, 1),
    unit("h", &["hr"], "s", 3_600, 1),
    unit("d", &["day"], "s", 86_400, 1),
    unit("mg", &[], "g", 1, 1_000),
    unit("g", &[], "g", 1, 1),
    unit("kg", &["㎏"], "g", 1_000, 1),
    unit("t", &["ton"], "g", 1_000_000, 1),
    unit("mA", &[], "A", 1, 1_000),
    unit("A", &[], "A", 1, 1),
    unit("mV", &[], "V", 1, 1_000),
    unit("V", &[], "V", 1, 1),
    unit("kV", &[], "V", 1_000, 1),
    unit("W", &[], "W", 1, 1),
    unit("kW", &["㎾"], "W", 1_000, 1),
    unit("MW", &[], "W", 1_000_000, 1),
    unit("J", &[], "J", 1, 1),
    unit("kJ", &[], "J", 1_000, 1),
    unit("W.h", &["Wh"], "J", 3_600, 1),
    unit("kW.h", &["kWh"], "J", 3_600_000, 1),
    unit("MW.h", &["MWh"], "J", 3_600_000_000, 1),
];

fn find(text: &str) -> Option<&'static Unit> {
    let text = text.trim();
    UNITS.iter().find(|unit| unit.code == text || unit.also.contains(&text))
}

/// Whether a unit is one that can be converted.
pub(crate) fn is_known(unit: &str) -> bool {
    find(unit).is_some()
}

/// Whether a unit can be converted to another; a dimensionless `1` only to itself.
pub(crate) fn is_same_kind(unit: &str, other: &str) -> bool {
    unit == other || find(unit).zip(find(other)).is_some_and(|(a, b)| a.kind == b.kind)
}

/// A value in another unit of the same kind.
pub(crate) fn convert(value: f64, from: &str, to: &str) -> Option<f64> {
    Some(Conversion::between(from, to)?.apply(value))
}

/// The UCUM code of a usual spelling; another text as it is.
pub(super) fn code(text: &str) -> String {
    find(text).map_or_else(|| text.trim().to_owned(), |unit| unit.code.to_owned())
}

/// `y = (x × num + offset) / den`, in lowest terms.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Conversion {
    num: i128,
    offset: i128,
    den: i128,
}

impl Conversion {
    /// From one unit to another of the same kind; `None` when a unit is unknown or of another kind.
    pub(super) fn between(from: &str, to: &str) -> Option<Self> {
        let (from, to) = (find(from)?, find(to)?);
        if from.kind != to.kind {
            return None;
        }
        // canonical = (x·a + b)/c, y = (canonical·c' − b')/a'
        let num = from.num.checked_mul(to.den)?;
        let offset =
            from.offset.checked_mul(to.den)?.checked_sub(to.offset.checked_mul(from.den)?)?;
        let den = from.den.checked_mul(to.num)?;
        let common = gcd(gcd(num, offset), den).max(1);
        Some(Self { num: num / common, offset: offset / common, den: den / common })
    }

    /// The value in the new unit.
    #[expect(clippy::cast_precision_loss, reason = "factors of the table fit 2^53 or round once")]
    pub(super) fn apply(self, value: f64) -> f64 {
        // The product is rounded on purpose: 298.15 K × 100 is 29815, and so 25 °C again.
        (value * self.num as f64 + self.offset as f64) / self.den as f64
    }

    fn is_identity(self) -> bool {
        self.num == self.den && self.offset == 0
    }
}

fn gcd(a: i128, b: i128) -> i128 {
    let (mut a, mut b) = (a.unsigned_abs(), b.unsigned_abs());
    while b != 0 {
        (a, b) = (b, a % b);
    }
    i128::try_from(a).unwrap_or(1)
}

impl Change for Conversion {
    fn of(&self, array: &ArrayRef) -> Result<(ArrayRef, u64), Fault> {
        numbers(array, |value| self.apply(value))
    }
}

pub(super) fn plan(step: &UnitConvert, shape: &Shape) -> Result<Ready, Fault> {
    let mut columns = Vec::new();
    let mut fitted = Vec::new();
    let mut codes: Vec<(usize, &'static str)> = Vec::new();
    for (name, to) in &step.columns {
        let index = shape.index(name)?;
        shape.must_be(index, ValueType::is_numeric, "숫자", "numeric")?;
        let declared = shape.columns.get(index).and_then(|column| column.unit.clone());
        let Some(from) = step.from.get(name).cloned().or(declared) else {
            return Err(Fault::input(
                "unit-missing",
                format!("열 ‘{name}’의 현재 단위를 알 수 없습니다. from에 적으십시오."),
                format!("the unit of column “{name}” is not known; name it under from"),
            )
            .at_column(name.as_str()));
        };
        let (Some(conversion), Some(target)) = (Conversion::between(&from, to), find(to)) else {
            return Err(Fault::input(
                "unit-incompatible",
                format!("열 ‘{name}’을(를) {from}에서 {to}(으)로 환산할 수 없습니다."),
                format!("column “{name}” cannot be converted from {from} to {to}"),
            )
            .at_column(name.as_str()));
        };
        codes.push((index, target.code));
        let text = |value: i128| FittedValue::Text(value.to_string());
        for (what, value) in
            [("num", conversion.num), ("offset", conversion.offset), ("den", conversion.den)]
        {
            let group = Vec::new();
            let (column, name, value) = (name.clone(), what.to_owned(), text(value));
            fitted.push(Fitted { column, group, name, value });
        }
        if !conversion.is_identity() {
            columns.push((index, conversion));
        }
    }
    if let Some(unused) = step.from.keys().find(|name| !step.columns.contains_key(*name)) {
        return Err(Fault::input(
            "unit-unused",
            format!("from의 열 ‘{unused}’이(가) columns에 없습니다."),
            format!("column “{unused}” stands under from but not under columns"),
        )
        .at_column(unused.as_str()));
    }
    let after = shape.mapped(|index, mut column, mut data_type| {
        if let Some((_, code)) = codes.iter().find(|(at, _)| *at == index) {
            column.unit = Some((*code).to_owned());
        }
        if columns.iter().any(|(at, _)| *at == index) {
            column.value_type = ValueType::Number;
            // Sentinels are values of the old unit.
            column.sentinels.clear();
            data_type = DataType::Float64;
        }
        (column, data_type)
    });
    let op = Each::new(columns, after.clone());
    Ok(Ready { fitted, ..Ready::new(op, after) })
}

#[cfg(test)]
mod tests {
    use super::{Conversion, UNITS};

    #[test]
    fn r_183_conversions_are_exact() {
        for (value, from, to, want) in [
            (1.0, "bar", "Pa", 100_000.0),
            (25.0, "Cel", "K", 298.15),
            (1.0, "kgf/cm2", "Pa", 98_066.5),
            (298.15, "K", "°C", 25.0),
            (-40.0, "°C", "°F", -40.0),
            (212.0, "℉", "℃", 100.0),
            (32.0, "[degF]", "K", 273.15),
            (1.0, "MPa", "bar", 10.0),
            (14.5, "bar", "MPa", 1.45),
            (1.0, "psi", "Pa", 6_894.757_293_168_362),
            (1.0, "in", "mm", 25.4),
            (1.0, "kgf", "N", 9.806_65),
            (1.0, "kN", "kgf", 101.971_621_297_792_82),
            (90.0, "s", "min", 1.5),
            (250.0, "ms", "s", 0.25),
            (1.0, "kWh", "J", 3_600_000.0),
        ] {
            let conversion = Conversion::between(from, to).unwrap();
            assert_eq!(conversion.apply(value), want, "{value} {from} in {to}");
        }
    }

    #[test]
    fn units_of_another_kind_do_not_convert() {
        assert_eq!(Conversion::between("bar", "K"), None);
        assert_eq!(Conversion::between("bar", "furlong"), None);
    }

    #[test]
    fn every_unit_goes_to_its_canonical_unit_and_back() {
        for unit in UNITS {
            let there = Conversion::between(unit.code, unit.kind).unwrap();
            let back = Conversion::between(unit.kind, unit.code).unwrap();
            for value in [0.0, 1.0, 37.5, -12.25, 1e6] {
                let again = back.apply(there.apply(value));
                assert!((again - value).abs() <= value.abs().max(1.0) * 1e-12, "{}", unit.code);
            }
            for other in unit.also {
                assert_eq!(Conversion::between(other, unit.code).unwrap().apply(5.0), 5.0);
            }
        }
    }
}
