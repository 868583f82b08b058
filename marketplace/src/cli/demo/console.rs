//! How the demo speaks: numbered steps, aligned figures, in the language asked for.

use std::time::Instant;

use schema::lang::Lang;

/// Language of the demo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Tongue {
    /// Korean.
    Ko,
    /// English.
    En,
}

/// Prints the story.
pub(super) struct Console {
    lang: Lang,
    steps: u32,
    began: Instant,
}

impl Console {
    pub(super) fn new(tongue: Option<Tongue>) -> Console {
        let lang = match tongue {
            Some(Tongue::Ko) => Lang::Ko,
            Some(Tongue::En) => Lang::En,
            None => Lang::Ko,
        };
        Console { lang, steps: 0, began: Instant::now() }
    }

    /// Whichever wording the reader asked for.
    pub(super) fn pick<'a>(&self, ko: &'a str, en: &'a str) -> &'a str {
        match self.lang {
            Lang::Ko => ko,
            Lang::En => en,
        }
    }

    /// Begins a step; its title is in both languages.
    pub(super) fn step(&mut self, ko: &str, en: &str) {
        self.steps += 1;
        let secs = self.began.elapsed().as_secs_f32();
        println!("\n[{:>2}] {ko} · {en}  ({secs:.1} s)", self.steps);
    }

    /// One figure of the step.
    pub(super) fn line(&self, ko: &str, en: &str, value: impl std::fmt::Display) {
        let label = self.pick(ko, en);
        // Hangul takes two cells of a terminal.
        let width: usize = label.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum();
        println!("     {label}{} {value}", " ".repeat(26usize.saturating_sub(width)));
    }

    /// A check that held.
    pub(super) fn held(&self, ko: &str, en: &str) {
        println!("     ✓ {}", self.pick(ko, en));
    }

    /// Plain text.
    pub(super) fn say(&self, ko: &str, en: &str) {
        println!("{}", self.pick(ko, en));
    }
}
