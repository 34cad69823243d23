//! Chores of the repository: `cargo xtask tidy` checks what the compiler does not, `cargo xtask lengths` measures the files.

mod arrows;
mod files;
mod workspace;

use std::process::ExitCode;

use workspace::{Error, Workspace};

const USAGE: &str = "usage: cargo xtask COMMAND

  tidy      checks crate arrows, publishable metadata, and that every file says what it is for
  lengths   prints the median and the 90th percentile of the files' lengths, tests left out";

fn main() -> ExitCode {
    match run(std::env::args().nth(1).as_deref()) {
        Ok(problems) if problems.is_empty() => ExitCode::SUCCESS,
        Ok(problems) => {
            problems.iter().for_each(|problem| eprintln!("{problem}"));
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Runs a command and gives what it found wrong.
fn run(command: Option<&str>) -> Result<Vec<String>, Error> {
    match command {
        Some("tidy") => {
            let workspace = Workspace::load()?;
            let mut problems = arrows::check(&workspace);
            problems.extend(files::check(&workspace)?);
            println!("tidy: {} packages, {} problems", workspace.packages.len(), problems.len());
            Ok(problems)
        }
        Some("lengths") => {
            let lengths = files::lengths(&Workspace::load()?)?;
            println!("{lengths}");
            Ok(Vec::new())
        }
        _ => Ok(vec![USAGE.to_owned()]),
    }
}
