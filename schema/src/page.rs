//! Pages of a list: an opaque cursor that names the last item seen, never an offset, so that a list
//! that grows while it is read neither repeats nor skips an item.

use serde::{Deserialize, Serialize};

/// Items of a page when the caller does not say.
pub const LIMIT_DEFAULT: u32 = 50;
/// Items of a page at most.
pub const LIMIT_MAX: u32 = 200;

/// Which page of a list is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema, utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(deny_unknown_fields)]
pub struct PageQuery {
    /// `next` of the page before; absent for the first page.
    #[serde(default)]
    pub cursor: Option<String>,
    /// Items wanted, 1 to 200; 50 when absent.
    #[serde(default)]
    pub limit: Option<u32>,
}

impl PageQuery {
    /// The number of items to answer, or `None` when the number asked for is out of range.
    pub fn limit(&self) -> Option<u32> {
        match self.limit {
            None => Some(LIMIT_DEFAULT),
            Some(limit @ 1..=LIMIT_MAX) => Some(limit),
            Some(_) => None,
        }
    }
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Page<T> {
    /// The items, in the list's order.
    pub items: Vec<T>,
    /// Pass it back as `cursor` for the page after; absent on the last page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// A page of at most `limit` of `rows`, which were read with one row more than that. `cursor_of`
    /// says the cursor of an item.
    pub fn of(mut rows: Vec<T>, limit: u32, cursor_of: impl Fn(&T) -> String) -> Page<T> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = if more { rows.last().map(cursor_of) } else { None };
        Page { items: rows, next }
    }

    /// The same page with its items converted.
    pub fn map<U>(self, convert: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(convert).collect(), next: self.next }
    }
}

#[cfg(test)]
mod tests {
    use super::{Page, PageQuery};

    #[test]
    fn a_page_has_a_cursor_only_when_more_follows() {
        let page = Page::of(vec![1, 2, 3], 2, ToString::to_string);
        assert_eq!(page, Page { items: vec![1, 2], next: Some("2".into()) });
        let page = Page::of(vec![1, 2], 2, ToString::to_string);
        assert_eq!(page, Page { items: vec![1, 2], next: None });
    }

    #[test]
    fn a_limit_out_of_range_is_not_clamped() {
        for (asked, given) in [
            (None, Some(50)),
            (Some(1), Some(1)),
            (Some(200), Some(200)),
            (Some(0), None),
            (Some(201), None),
        ] {
            assert_eq!(PageQuery { cursor: None, limit: asked }.limit(), given);
        }
    }
}
