//! `jangteo`: the exchange in one program.

use std::process::ExitCode;

fn main() -> ExitCode {
    marketplace::cli::main()
}
