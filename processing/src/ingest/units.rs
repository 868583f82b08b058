//! Units of measurement in header brackets, as UCUM codes.
//!
//! A bracket that holds no known unit is left alone: `TMCP(온도제어)` is no unit.

/// Spellings, compared without blanks, and their UCUM code.
static UNITS: [(&[&str], &str); 68] = [
    (&["K", "kelvin"], "K"),
    (&["C", "°C", "℃", "degC", "deg C", "Cel", "celsius", "섭씨", "도"], "Cel"),
    (&["F", "°F", "℉", "degF"], "[degF]"),
    (&["rpm", "RPM", "r/min", "rev/min", "1/min", "min-1", "/min"], "/min"),
    (&["Nm", "N·m", "N.m", "N*m", "N-m"], "N.m"),
    (&["kgf·m", "kgf.m", "kgfm", "kgf-m"], "kgf.m"),
    (&["N", "newton"], "N"),
    (&["kN"], "kN"),
    (&["kgf"], "kgf"),
    (&["tonf", "tf"], "10*3.kgf"),
    (&["kgf/cm2", "kgf/cm²", "kgf/㎠", "kg/cm2", "kg/cm²", "kg/㎠"], "kgf/cm2"),
    (&["Pa"], "Pa"),
    (&["hPa"], "hPa"),
    (&["kPa", "kpa", "㎪"], "kPa"),
    (&["MPa", "Mpa", "㎫"], "MPa"),
    (&["N/mm2", "N/mm²"], "N/mm2"),
    (&["bar", "Bar"], "bar"),
    (&["mbar"], "mbar"),
    (&["psi", "PSI"], "[psi]"),
    (&["mmHg"], "mm[Hg]"),
    (&["Torr", "torr"], "mm[Hg]"),
    (&["mTorr", "mtorr"], "um[Hg]"),
    (&["ms", "msec", "밀리초"], "ms"),
    (&["us", "µs", "μs", "usec"], "us"),
    (&["s", "sec", "secs", "second", "seconds", "초"], "s"),
    (&["min", "mins", "minute", "minutes", "분"], "min"),
    (&["h", "hr", "hrs", "hour", "hours", "시간"], "h"),
    (&["day", "days", "일"], "d"),
    (&["nm"], "nm"),
    (&["um", "µm", "μm", "㎛"], "um"),
    (&["mm", "㎜"], "mm"),
    (&["cm", "㎝"], "cm"),
    (&["m", "meter"], "m"),
    (&["km", "㎞"], "km"),
    (&["mm2", "mm²", "㎟"], "mm2"),
    (&["m2", "m²", "㎡"], "m2"),
    (&["cm3", "cm³", "cc", "㏄", "mL", "ml", "㎖"], "mL"),
    (&["L", "l", "ℓ", "리터"], "L"),
    (&["m3", "m³", "㎥", "CMM"], "m3"),
    (&["m3/h", "m³/h", "㎥/h", "CMH"], "m3/h"),
    (&["L/min", "l/min", "lpm", "LPM", "ℓ/min"], "L/min"),
    (&["mm/s", "mm/sec", "㎜/s"], "mm/s"),
    (&["cm/s"], "cm/s"),
    (&["m/s", "m/sec"], "m/s"),
    (&["m/min"], "m/min"),
    (&["mm/min"], "mm/min"),
    (&["m/s2", "m/s²"], "m/s2"),
    (&["g", "그램"], "g"),
    (&["mg", "㎎"], "mg"),
    (&["kg", "㎏", "킬로그램"], "kg"),
    (&["t", "ton", "톤"], "t"),
    (&["tCO2", "tCO₂"], "t{CO2}"),
    (&["A", "amp"], "A"),
    (&["mA"], "mA"),
    (&["V", "volt"], "V"),
    (&["mV"], "mV"),
    (&["kV"], "kV"),
    (&["W", "watt"], "W"),
    (&["kW", "㎾"], "kW"),
    (&["MW"], "MW"),
    (&["Wh"], "W.h"),
    (&["kWh", "KWh", "KWH", "kwh", "㎾h"], "kW.h"),
    (&["MWh", "MWH", "Mwh"], "MW.h"),
    (&["kVarh", "kvarh", "kVArh"], "kV.A{reactive}.h"),
    (&["Hz", "㎐"], "Hz"),
    (&["kHz", "㎑"], "kHz"),
    (&["%", "퍼센트", "%RH"], "%"),
    (&["ppm", "PPM"], "[ppm]"),
];

/// Less common ones, apart to keep the table above readable.
static MORE: [(&[&str], &str); 14] = [
    (&["dB", "dBA", "dB(A)"], "dB"),
    (&["lux", "lx", "Lux"], "lx"),
    (&["deg", "°", "degree"], "deg"),
    (&["mm/rev"], "mm"),
    (&["Ω", "ohm", "Ohm"], "Ohm"),
    (&["kΩ"], "kOhm"),
    (&["µS/cm", "us/cm", "μS/cm"], "uS/cm"),
    (&["pH"], "[pH]"),
    (&["kcal"], "kcal"),
    (&["kJ"], "kJ"),
    (&["J"], "J"),
    (&["EA", "ea", "개", "pcs", "매", "본", "회", "건", "명"], "1"),
    (&["-", "무차원"], "1"),
    (&["HV", "HRC", "HB"], "1"),
];

/// The UCUM code of a unit as people write it.
pub(super) fn code(unit: &str) -> Option<&'static str> {
    let bare: String = unit.chars().filter(|letter| !letter.is_whitespace()).collect();
    UNITS
        .iter()
        .chain(MORE.iter())
        .find(|(spellings, _)| {
            spellings.iter().any(|spelling| {
                spelling.chars().filter(|letter| !letter.is_whitespace()).eq(bare.chars())
            })
        })
        .map(|(_, code)| *code)
}

/// What the brackets at the end of a header say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bracket<'a> {
    /// A known unit, as a UCUM code.
    Unit(&'static str),
    /// Square brackets, which mean a unit, with one that is not known.
    Unknown(&'a str),
    /// No brackets, or brackets of something else.
    None,
}

/// Reads `Air temperature [K]`, `발전량(MWh)`, `전류{A}`.
pub(super) fn in_header(header: &str) -> Bracket<'_> {
    let header = header.trim();
    for (open, close) in [('[', ']'), ('(', ')'), ('{', '}'), ('（', '）')] {
        let Some(inner) = header.strip_suffix(close) else { continue };
        let Some(at) = inner.rfind(open) else { continue };
        let inside = inner[at + open.len_utf8()..].trim();
        return match code(inside) {
            Some(code) => Bracket::Unit(code),
            None if open == '[' && !inside.is_empty() => Bracket::Unknown(inside),
            None => Bracket::None,
        };
    }
    Bracket::None
}

/// What a header measures, its unit left out; `None` without brackets.
pub(super) fn quantity(header: &str) -> Option<&str> {
    let header = header.trim();
    let inner = [('[', ']'), ('(', ')'), ('{', '}'), ('（', '）')];
    let open = inner.iter().find_map(|(open, close)| header.strip_suffix(*close)?.rfind(*open))?;
    Some(header[..open].trim_end()).filter(|quantity| !quantity.is_empty())
}

/// The unit in a last word such as `Usage_kWh`, for spellings that are hardly anything else.
pub(super) fn in_suffix(header: &str) -> Option<&'static str> {
    const CLEAR: [&str; 17] = [
        "kWh", "MWh", "kVarh", "rpm", "RPM", "degC", "mm", "bar", "kPa", "MPa", "kgf", "msec",
        "ms", "Hz", "kHz", "mbar", "kN",
    ];
    let (_, last) = header.trim().rsplit_once(['_', ' ', '.'])?;
    CLEAR.contains(&last).then(|| code(last)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_give_units_and_other_brackets_do_not() {
        for (header, expected) in [
            ("Air temperature [K]", Bracket::Unit("K")),
            ("Torque [Nm]", Bracket::Unit("N.m")),
            (" 발전량(MWh) ", Bracket::Unit("MW.h")),
            ("CO2(tCO2)", Bracket::Unit("t{CO2}")),
            ("온도 (℃)", Bracket::Unit("Cel")),
            ("압력[kgf / ㎠]", Bracket::Unit("kgf/cm2")),
            ("Speed [furlong]", Bracket::Unknown("furlong")),
            ("TMCP(온도제어)", Bracket::None),
            ("f(x) of y", Bracket::None),
            ("plain", Bracket::None),
            ("x[]", Bracket::None),
        ] {
            assert_eq!(in_header(header), expected, "{header}");
        }
    }

    #[test]
    fn only_clear_suffixes_count() {
        assert_eq!(in_suffix("Usage_kWh"), Some("kW.h"));
        assert_eq!(in_suffix("Max_Screw_RPM"), Some("/min"));
        assert_eq!(in_suffix("zone_A"), None);
        assert_eq!(in_suffix("kWh"), None);
    }
}
