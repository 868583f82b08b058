//! How far an operation is: a bar with rate and time left on a terminal, a line every few seconds
//! elsewhere; and the wish of the person to stop.
//!
//! Everything goes to standard error. A first Ctrl-C ends the operation at its next batch, so that
//! temporary files go and no result is half written; a second one ends the program at once.

use std::fmt::Write as _;
use std::io::{IsTerminal as _, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use processing::Fault;
use processing::progress::Progress;
use schema::lang::Lang;

/// Time between two plain lines.
const PAUSE: Duration = Duration::from_secs(3);

/// Exit code of an interrupted program, as shells have it (128 + SIGINT).
pub(super) const INTERRUPTED: u8 = 130;

/// What is counted in a stage.
#[derive(Clone, Copy)]
enum Unit {
    Bytes,
    Rows,
}

/// Shows how far an operation is.
pub(super) struct Meter {
    lang: Lang,
    quiet: bool,
    terminal: bool,
    stop: Arc<AtomicBool>,
    stage: Mutex<Option<Stage>>,
}

/// A stage under way.
struct Stage {
    name: &'static str,
    begun: Instant,
    told: Instant,
    bar: Option<ProgressBar>,
}

impl Meter {
    pub(super) fn new(lang: Lang, quiet: bool) -> Self {
        let terminal = std::io::stderr().is_terminal();
        Self { lang, quiet, terminal, stop: watched(), stage: Mutex::new(None) }
    }

    /// Takes the bar away, before something else is printed.
    pub(super) fn clear(&self) {
        if let Ok(mut stage) = self.stage.lock()
            && let Some(Stage { bar: Some(bar), .. }) = stage.take()
        {
            bar.finish_and_clear();
        }
    }

    fn begin(&self, name: &'static str) -> Stage {
        let now = Instant::now();
        let bar = self.terminal.then(|| self.bar(name));
        Stage { name, begun: now, told: now, bar }
    }

    fn bar(&self, name: &'static str) -> ProgressBar {
        let (title, unit) = stage(name, self.lang);
        let lang = self.lang;
        let speed = move |state: &ProgressState, out: &mut dyn std::fmt::Write| {
            let _infallible = out.write_str(&rate(state.per_sec(), unit, lang));
        };
        let left = move |state: &ProgressState, out: &mut dyn std::fmt::Write| {
            let _infallible = out.write_str(&time(state.eta()));
        };
        let template = "{msg} {bar:24} {percent:>3} % {speed} {left}";
        let style = ProgressStyle::with_template(template)
            .unwrap_or_else(|_| ProgressStyle::default_bar())
            .with_key("speed", speed)
            .with_key("left", left)
            .progress_chars("━╸ ");
        ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(8))
            .with_style(style)
            .with_message(title)
    }

    /// A plain line.
    fn line(&self, stage_now: &Stage, done: u64, total: u64) -> String {
        let (mut line, unit) = stage(stage_now.name, self.lang);
        let seconds = stage_now.begun.elapsed().as_secs_f64().max(1e-3);
        #[expect(clippy::cast_precision_loss, reason = "shown in three digits")]
        let (speed, part) = (done as f64 / seconds, done as f64 / total.max(1) as f64);
        if total > 0 {
            let _infallible = write!(line, " {:.0} %", (part * 100.0).min(100.0));
        }
        let _infallible = write!(line, " {}", rate(speed, unit, self.lang));
        if total > done && done > 0 {
            let left = Duration::from_secs_f64((seconds / part - seconds).clamp(0.0, 1e8));
            let word = match self.lang {
                Lang::Ko => "남은 시간",
                Lang::En => "left",
            };
            let _infallible = write!(line, " {word} {}", time(left));
        }
        line
    }
}

impl Progress for Meter {
    fn at(&self, stage: &'static str, done: u64, total: u64) -> Result<(), Fault> {
        if self.stop.load(Ordering::Relaxed) {
            return Err(Fault::Cancelled);
        }
        if self.quiet {
            return Ok(());
        }
        // Whoever finds another thread here has nothing newer to tell.
        let Ok(mut now) = self.stage.try_lock() else { return Ok(()) };
        if now.as_ref().is_none_or(|now| now.name != stage) {
            if let Some(Stage { bar: Some(bar), .. }) = now.take() {
                bar.finish_and_clear();
            }
            *now = Some(self.begin(stage));
        }
        if let Some(now) = now.as_mut() {
            if let Some(bar) = &now.bar {
                bar.set_length(total);
                bar.set_position(done);
            } else if now.told.elapsed() >= PAUSE {
                now.told = Instant::now();
                let _closed = writeln!(std::io::stderr(), "{}", self.line(now, done, total));
            }
        }
        Ok(())
    }
}

/// A flag that Ctrl-C sets.
fn watched() -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    // Without a watcher the system's own answer to Ctrl-C stays: the program ends.
    let _unwatched = std::thread::Builder::new().name("ctrl-c".to_owned()).spawn(move || {
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_io().build() else {
            return;
        };
        runtime.block_on(async {
            if tokio::signal::ctrl_c().await.is_ok() {
                flag.store(true, Ordering::Relaxed);
            }
            if tokio::signal::ctrl_c().await.is_ok() {
                std::process::exit(i32::from(INTERRUPTED));
            }
        });
    });
    stop
}

/// What people call a stage, and what is counted in it.
fn stage(name: &'static str, lang: Lang) -> (String, Unit) {
    let (ko, en, unit) = match name {
        "survey" => ("파일 살피기", "reading the file", Unit::Bytes),
        "keys" => ("이름 모으기", "gathering names", Unit::Bytes),
        "write" => ("표 쓰기", "writing the table", Unit::Bytes),
        "table" => ("표 옮기기", "copying the table", Unit::Rows),
        "profile" | "profile-grid" => ("통계", "measuring", Unit::Rows),
        "rules" => ("규칙 검사", "checking rules", Unit::Rows),
        "privacy" => ("개인정보 검색", "searching for personal data", Unit::Rows),
        "clean" => ("정제", "cleaning", Unit::Rows),
        "digest" => ("파일 해시", "hashing the file", Unit::Bytes),
        "generate" => ("표본 만들기", "making sample data", Unit::Rows),
        "hash" => ("내용 해시", "hashing the content", Unit::Rows),
        "report" => ("보고서", "drawing the report", Unit::Rows),
        other => (other, other, Unit::Rows),
    };
    let title = match lang {
        Lang::Ko => ko,
        Lang::En => en,
    };
    (title.to_owned(), unit)
}

/// `12.3 MB/s`, `4.56M rows/s`.
fn rate(each_second: f64, unit: Unit, lang: Lang) -> String {
    let (value, prefix) = match each_second {
        v if v >= 1e9 => (v / 1e9, "G"),
        v if v >= 1e6 => (v / 1e6, "M"),
        v if v >= 1e3 => (v / 1e3, "k"),
        v => (v, ""),
    };
    let digits = if value >= 100.0 { 0 } else { 1 };
    match (unit, lang) {
        (Unit::Bytes, _) => format!("{value:.digits$} {prefix}B/s"),
        (Unit::Rows, Lang::Ko) => format!("{value:.digits$}{prefix}행/s"),
        (Unit::Rows, Lang::En) => format!("{value:.digits$}{prefix} rows/s"),
    }
}

/// `0:07`, `1:02:03`.
fn time(left: Duration) -> String {
    let seconds = left.as_secs();
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes}:{seconds:02}")
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use processing::Fault;
    use processing::progress::Progress as _;
    use schema::lang::Lang;

    use super::{Meter, Unit, rate, time};

    #[test]
    fn rates_and_times_are_short() {
        assert_eq!(rate(4_560_000.0, Unit::Rows, Lang::En), "4.6M rows/s");
        assert_eq!(rate(250_000.0, Unit::Rows, Lang::Ko), "250k행/s");
        assert_eq!(rate(12_300_000.0, Unit::Bytes, Lang::Ko), "12.3 MB/s");
        assert_eq!(time(Duration::from_secs(7)), "0:07");
        assert_eq!(time(Duration::from_secs(3_723)), "1:02:03");
    }

    #[test]
    fn a_wish_to_stop_is_passed_on_at_the_next_batch() {
        let meter = Meter::new(Lang::En, true);
        assert!(meter.at("clean", 1, 2).is_ok());
        meter.stop.store(true, std::sync::atomic::Ordering::Relaxed);
        assert!(matches!(meter.at("clean", 2, 2), Err(Fault::Cancelled)));
    }
}
