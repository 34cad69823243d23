//! Their side: a Python that is given the fleet and tells how long its router took.

use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

use maestria_benches::{Result, fleet::Entry};
use serde::{Deserialize, Serialize};

/// What the program answers.
#[derive(Debug, Deserialize)]
pub(crate) struct Answer {
    /// Which router of which version.
    pub(crate) peer: String,
    pub(crate) found: Vec<Found>,
}

/// How long one way to choose took, in microseconds.
#[derive(Debug, Deserialize)]
pub(crate) struct Found {
    pub(crate) strategy: String,
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    /// Time on a processor, in the mean.
    pub(crate) processor: f64,
}

#[derive(Serialize)]
struct Question<'a> {
    fleet: &'a [Entry],
    strategies: &'a [&'a str],
    decisions: usize,
}

pub(crate) fn measure(python: &Path, fleet: &[Entry], strategies: &[&str], decisions: usize) -> Result<Answer> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/litellm_router.py");
    let mut child = Command::new(python)
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()?;
    let question = serde_json::to_vec(&Question { fleet, strategies, decisions })?;
    // Dropping the pipe ends the input.
    child.stdin.take().ok_or("the program takes no input")?.write_all(&question)?;
    let output = child.wait_with_output()?;
    if !output.status.success() {
        return Err(format!("{} ended with {}", python.display(), output.status).into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}
