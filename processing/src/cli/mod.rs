//! The command line: arguments in, library calls, text or JSON out.
//!
//! Results go to standard output, faults and progress to standard error. `--json` prints one JSON
//! document; without it people get aligned tables in their language.
//!
//! | file | what it holds |
//! |---|---|
//! | `args` | the flags of all commands and their list |
//! | `inspect`, `convert`, … | one command each: its flags, what it calls, what it prints |
//! | `facts` | what a profile says beyond its table |
//! | `html` | the report that people read |
//! | `say` | tables and facts for people |
//! | `meter` | progress and Ctrl-C |

mod args;
mod certify;
mod convert;
mod facts;
mod generate;
mod html;
mod inspect;
mod keygen;
mod meter;
mod profile;
mod run;
mod say;
mod scan;
mod schema;
mod suggest;
mod validate;
mod verify;

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use ::schema::data::column::Dictionary;
use ::schema::lang::{Lang, Text};
use clap::Parser as _;
use processing::limits::Limits;
use processing::{Fault, ingest};
use serde::Serialize;
use tempfile::TempDir;

use args::{Args, Command};
use meter::Meter;

/// What a command ends in when nothing went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Passed,
    Failed,
}

/// Runs the command line.
pub(crate) fn main() -> ExitCode {
    let args = Args::parse();
    let lang = args.lang.into();
    let progress = Meter::new(lang, args.quiet);
    let desk = Desk { lang, json: args.json, limits: args.limits(), progress };
    let result = desk.run(&args.command);
    desk.progress.clear();
    match result {
        Ok(Verdict::Passed) => ExitCode::SUCCESS,
        Ok(Verdict::Failed) => ExitCode::from(1),
        Err(fault) => {
            desk.complain(&fault);
            ExitCode::from(match fault {
                Fault::Input(_) => 3,
                Fault::Cancelled => meter::INTERRUPTED,
                Fault::Transient(_) | Fault::Bug(_) => 4,
            })
        }
    }
}

/// What every command needs.
struct Desk {
    lang: Lang,
    json: bool,
    limits: Limits,
    progress: Meter,
}

impl Desk {
    fn run(&self, command: &Command) -> Result<Verdict, Fault> {
        match command {
            Command::Inspect(args) => self.inspect(args),
            Command::Convert(args) => self.convert(args),
            Command::Profile(args) => self.profile(args),
            Command::Suggest(args) => self.suggest(args),
            Command::Validate(args) => self.validate(args),
            Command::Scan(args) => self.scan(args),
            Command::Run(args) => self.clean(args),
            Command::Certify(args) => self.certify(args),
            Command::Verify(args) => self.verify(args),
            Command::Generate(args) => self.generate(args),
            Command::Keygen(args) => self.keygen(args),
            Command::Schema(args) => self.schema(args),
        }
    }

    /// Prints a document: as JSON, or as `people` read it.
    fn print<T: Serialize>(
        &self,
        document: &T,
        people: impl FnOnce(&mut say::Page),
    ) -> Result<(), Fault> {
        let text = if self.json {
            let json = serde_json::to_string_pretty(document);
            json.map_err(|error| Fault::Bug(error.to_string()))? + "\n"
        } else {
            let mut page = say::Page::new(self.lang);
            people(&mut page);
            page.into_text()
        };
        self.progress.clear();
        match std::io::stdout().lock().write_all(text.as_bytes()) {
            // A reader that has seen enough (`| head`) is no failure.
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
            other => Ok(other?),
        }
    }

    fn complain(&self, fault: &Fault) {
        let text = match fault {
            Fault::Input(input) if self.json => {
                serde_json::to_string(input).unwrap_or_else(|_| input.code.clone())
            }
            Fault::Input(input) => format!("{} [{}]", input.text.get(self.lang), input.code),
            Fault::Cancelled => self.text("중단했습니다.", "interrupted"),
            other => other.to_string(),
        };
        // Nothing can be done about a standard error that is closed.
        let _closed = writeln!(std::io::stderr(), "{text}");
    }

    /// A table of the exchange's own form: the file itself, or a converted copy of it.
    fn table(&self, file: &Path) -> Result<Table, Fault> {
        self.exists(file)?;
        if is_parquet(file)? {
            let dictionary = ingest::dictionary_of(file)?;
            return Ok(Table { path: file.to_owned(), dictionary, _copy: None });
        }
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("table.parquet");
        let ingested = ingest::convert(file, &path, None, &self.limits, &self.progress)?;
        Ok(Table { path, dictionary: ingested.dictionary, _copy: Some(folder) })
    }

    /// Several files as one table; one as [`Desk::table`] takes it.
    fn tables(&self, files: &[PathBuf]) -> Result<Table, Fault> {
        if let [file] = files {
            return self.table(file);
        }
        files.iter().try_for_each(|file| self.exists(file))?;
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("table.parquet");
        let ingested =
            ingest::convert_all(files, &path, None, false, &self.limits, &self.progress)?;
        Ok(Table { path, dictionary: ingested.dictionary, _copy: Some(folder) })
    }

    /// Tells a wrong path apart from a failing disk.
    fn exists(&self, file: &Path) -> Result<(), Fault> {
        if file.is_file() {
            return Ok(());
        }
        let name = file.display();
        Err(Fault::input(
            "file-missing",
            format!("파일 {name}이(가) 없습니다."),
            format!("there is no file {name}"),
        ))
    }

    /// The text of a small file.
    fn read(&self, file: &Path) -> Result<String, Fault> {
        self.exists(file)?;
        let bytes = std::fs::read(file)?;
        String::from_utf8(bytes).map_err(|_| {
            let name = file.display();
            Fault::input(
                "text-encoding",
                format!("{name}은(는) UTF-8 텍스트가 아닙니다."),
                format!("{name} is not UTF-8 text"),
            )
        })
    }

    /// A document in YAML or JSON.
    fn document<T: serde::de::DeserializeOwned>(&self, file: &Path) -> Result<T, Fault> {
        let text = self.read(file)?;
        let parsed: Result<T, String> = if text.trim_start().starts_with(['{', '[']) {
            serde_json::from_str(&text).map_err(|error| error.to_string())
        } else {
            serde_saphyr::from_str(&text).map_err(|error| error.without_snippet().to_string())
        };
        parsed.map_err(|reason| {
            let name = file.display();
            Fault::input(
                "document-invalid",
                format!("{name}을(를) 읽을 수 없습니다: {reason}"),
                format!("{name} cannot be read: {reason}"),
            )
        })
    }

    /// Writes a result file whole or not at all.
    fn write(&self, path: &Path, text: &str) -> Result<(), Fault> {
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let mut builder = tempfile::Builder::new();
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let mut file = builder.tempfile_in(folder)?;
        file.write_all(text.as_bytes())?;
        file.persist(path).map_err(|error| Fault::from(error.error))?;
        Ok(())
    }

    /// Writes a document as JSON.
    fn write_json<T: Serialize>(&self, path: &Path, document: &T) -> Result<(), Fault> {
        let text = serde_json::to_string_pretty(document);
        self.write(path, &(text.map_err(|error| Fault::Bug(error.to_string()))? + "\n"))
    }

    /// Tells the person something that is no result.
    fn remark(&self, ko: &str, en: &str) {
        self.progress.clear();
        let _closed = writeln!(std::io::stderr(), "{}", self.text(ko, en));
    }

    fn text(&self, ko: &str, en: &str) -> String {
        Text::new(ko, en).get(self.lang).to_owned()
    }
}

/// A table to work on.
struct Table {
    path: PathBuf,
    dictionary: Dictionary,
    /// Holds a converted copy for as long as it is used.
    _copy: Option<TempDir>,
}

/// Whether a file is Parquet by its first bytes.
fn is_parquet(path: &Path) -> Result<bool, Fault> {
    let mut head = Vec::with_capacity(4);
    std::fs::File::open(path)?.take(4).read_to_end(&mut head)?;
    Ok(head == *b"PAR1")
}
