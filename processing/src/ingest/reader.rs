//! Texts of dates and times outside of a file, read as [`convert`](super::convert) reads them.

use super::build;
use super::plan::Times;
use super::stamp::Shape;

/// Reads texts in some shapes.
#[derive(Clone, Debug)]
pub(crate) struct TimeReader {
    times: Times,
}

impl TimeReader {
    /// A reader of the formats given; the first that is not known when one is not. Times without an
    /// offset are `offset_min` ahead of UTC.
    pub(crate) fn new(formats: &[String], offset_min: i16) -> Result<Self, String> {
        let mut times = Times { offset_min: i32::from(offset_min), ..Times::default() };
        for format in formats {
            times.shapes.push(Shape::from_format(format).ok_or_else(|| format.clone())?);
        }
        Ok(Self { times })
    }

    /// Microseconds since 1970 UTC.
    pub(crate) fn instant(&self, text: &str) -> Option<i64> {
        build::instant(text.trim().as_bytes(), &self.times)
    }

    /// Microseconds since 1970 on the clock of the text, and the minutes ahead of UTC that the text
    /// names: with them, the first is the instant.
    pub(crate) fn written(&self, text: &str) -> Option<(i64, Option<i32>)> {
        build::written(text.trim().as_bytes(), &self.times)
    }

    /// Days since 1970, of a text that is a day alone.
    pub(crate) fn day(&self, text: &str) -> Option<i32> {
        build::date(text.trim().as_bytes(), &self.times)
    }
}
