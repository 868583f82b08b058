//! Markup that cannot be broken by data: whatever is not written in this program's source is escaped.
//!
//! Invariant: [`Html::raw`] takes only texts of the program itself (`'static`); every other text goes
//! through [`escaped`]; numbers through [`Html::put`].

use std::fmt::{Display, Write as _};

use schema::lang::Text;

/// A page under way.
#[derive(Debug, Default)]
pub(super) struct Html {
    out: String,
}

impl Html {
    pub(super) fn into_string(self) -> String {
        self.out
    }

    /// Markup of this program.
    pub(super) fn raw(&mut self, markup: &'static str) -> &mut Self {
        self.out.push_str(markup);
        self
    }

    /// A text from outside.
    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        escaped(text, &mut self.out);
        self
    }

    /// A number or a short text.
    pub(super) fn put(&mut self, value: impl Display) -> &mut Self {
        struct Escaping<'a>(&'a mut String);
        impl std::fmt::Write for Escaping<'_> {
            fn write_str(&mut self, text: &str) -> std::fmt::Result {
                escaped(text, self.0);
                Ok(())
            }
        }
        let _infallible = write!(Escaping(&mut self.out), "{value}");
        self
    }

    /// A coordinate with at most one decimal.
    pub(super) fn at(&mut self, value: f64) -> &mut Self {
        let tenths = (if value.is_finite() { value } else { 0.0 } * 10.0).round() / 10.0;
        // `-0` would be a byte more.
        let _infallible = write!(self.out, "{}", if tenths == 0.0 { 0.0 } else { tenths });
        self
    }

    /// A statement in both languages; the page shows one of them.
    pub(super) fn both(&mut self, ko: &str, en: &str) -> &mut Self {
        self.raw("<span lang=\"ko\">").text(ko).raw("</span><span lang=\"en\">").text(en);
        self.raw("</span>")
    }

    /// A statement in both languages.
    pub(super) fn words(&mut self, text: &Text) -> &mut Self {
        self.both(&text.ko, &text.en)
    }

    /// A heading cell.
    pub(super) fn head(&mut self, ko: &str, en: &str) -> &mut Self {
        self.raw("<th scope=\"col\">").both(ko, en).raw("</th>")
    }

    /// The head of a table.
    pub(super) fn heads(&mut self, heads: &[(&str, &str)]) -> &mut Self {
        self.raw("<thead><tr>");
        for (ko, en) in heads {
            self.head(ko, en);
        }
        self.raw("</tr></thead>")
    }

    /// A name and its value in a list of facts.
    pub(super) fn fact(&mut self, ko: &str, en: &str, value: impl Display) -> &mut Self {
        self.raw("<div><dt>").both(ko, en).raw("</dt><dd>").put(value).raw("</dd></div>")
    }
}

/// Escapes a text for content and quoted attributes. Characters that cannot be seen but change what
/// is (controls, directions of writing) are shown as `�`.
pub(super) fn escaped(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' | '\r' => out.push(' '),
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                out.push('\u{fffd}');
            }
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
}

/// A count with its thousands apart.
pub(super) fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A number in about five digits.
pub(super) fn number(value: f64) -> String {
    let size = value.abs();
    if value == 0.0 {
        return "0".to_owned();
    }
    if !(1e-3..1e9).contains(&size) {
        return format!("{value:.3e}");
    }
    let digits = match size {
        s if s >= 1e4 => 0,
        s if s >= 1e2 => 2,
        s if s >= 1.0 => 3,
        _ => 5,
    };
    let text = format!("{value:.digits$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

/// A share in percent; neither 0 nor 100 unless it is exactly that.
pub(super) fn percent(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "–".to_owned();
    }
    if part == 0 || part == whole {
        return if part == 0 { "0 %" } else { "100 %" }.to_owned();
    }
    let hundredths = u128::from(part) * 10_000 / u128::from(whole);
    match hundredths {
        0 => "< 0.01 %".to_owned(),
        h => format!("{}.{:02} %", h / 100, h % 100),
    }
}

/// Hundredths as a number with two decimals.
pub(super) fn hundredths(value: u32) -> String {
    format!("{}.{:02}", value / 100, value % 100)
}

#[cfg(test)]
mod tests {
    use super::{Html, count, number, percent};

    #[test]
    fn nothing_from_outside_becomes_markup() {
        let mut html = Html::default();
        html.text("<script>alert('1')</script>\u{202e}\0 \"&").put("<b>").both("<i>", "<u>");
        let text = html.into_string();
        assert_eq!(
            text,
            "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;\u{fffd}\u{fffd} &quot;&amp;&lt;b&gt;\
             <span lang=\"ko\">&lt;i&gt;</span><span lang=\"en\">&lt;u&gt;</span>"
        );
    }

    #[test]
    fn numbers_are_short_and_shares_honest() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(1_234_567), "1,234,567");
        for (value, text) in [
            (0.0, "0"),
            (-0.0, "0"),
            (1.5, "1.5"),
            (20.0, "20"),
            (123.456, "123.46"),
            (12_345.6, "12346"),
            (0.012_345_6, "0.01235"),
            (1e12, "1.000e12"),
            (-2.5e-7, "-2.500e-7"),
        ] {
            assert_eq!(number(value), text);
        }
        assert_eq!(percent(1, 1_000_000), "< 0.01 %");
        assert_eq!(percent(999_999, 1_000_000), "99.99 %");
        assert_eq!(
            (percent(0, 5), percent(5, 5), percent(0, 0)),
            ("0 %".into(), "100 %".into(), "–".into())
        );
        let mut html = Html::default();
        html.at(-0.04).raw(" ").at(12.34).raw(" ").at(f64::NAN);
        assert_eq!(html.into_string(), "0 12.3 0");
    }
}
