//! `jangteo-process`: the processing library at a desk, without a server.
//!
//! Exit codes: 0 done and passed, 1 done but the data fails, 2 wrong usage, 3 wrong input,
//! 4 the surroundings failed or this program is wrong.

mod cli;

fn main() -> std::process::ExitCode {
    cli::main()
}
