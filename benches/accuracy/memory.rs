//! The memory that a loaded classifier takes: what a fresh process grows by.

use std::{
    env,
    process::{Command, Stdio},
};

use maestria_benches::{Result, source::Source};
use sysinfo::{ProcessRefreshKind, ProcessesToUpdate, System, get_current_pid};

use crate::{
    measure::{Measure, Set},
    report::Report,
};

/// Processes whose growth is averaged.
const PROCESSES: u32 = 3;

/// Texts that are classified before the memory is read again, of one to two dozen words.
const TEXTS: [&str; 8] = [
    "hello",
    "plot revenue by region",
    "translate this letter into French, please",
    "what does the function parse_header in lexer.rs do?",
    "convert every recording in the folder talks to text and keep the speakers apart",
    "find out why the build fails since yesterday, repair it, and write a short note for the team about it",
    "a picture of a lighthouse at dusk, with gulls, in the manner of an old woodcut",
    "remind me every Friday at four to send the figures of the week to the office in Zürich",
];

/// How often they are, so that what is allocated on the way is there.
const ROUNDS: usize = 50;

/// Measures the growth in fresh processes of this program.
pub(crate) fn measure(source: &Source, report: &mut Report) -> Result {
    let mut sum = 0.0;
    for _ in 0..PROCESSES {
        sum += in_fresh_process(source)? as f64;
    }
    report.sheet(source.column(), Set::Process, 0).add(Measure::Memory, sum / f64::from(PROCESSES));
    Ok(())
}

/// Bytes by which the resident set of this process grows when it loads a classifier and classifies some texts. What runs the encoder is
/// loaded before.
pub(crate) fn growth(source: &Source) -> Result<u64> {
    let runtime = source.runtime()?;
    let mut system = System::new()?;
    // The first look allocates what looking takes.
    resident(&mut system)?;
    let before = resident(&mut system)?;
    let classifier = source.classifier(runtime.as_ref())?;
    for _ in 0..ROUNDS {
        for text in TEXTS {
            classifier.classify(&[text])?;
        }
    }
    Ok(resident(&mut system)?.saturating_sub(before))
}

fn in_fresh_process(source: &Source) -> Result<u64> {
    let mut command = Command::new(env::current_exe()?);
    command.arg("--growth").arg(source.column().to_string());
    if let Source::Onnx { model, library } = source {
        command.arg("--model").arg(model).arg("--library").arg(library);
    }
    let output = command.stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err(format!("the process whose memory is measured ended with {}", output.status).into());
    }
    Ok(String::from_utf8(output.stdout)?.trim().parse()?)
}

/// Bytes of this process in main memory, pages of its own file included.
fn resident(system: &mut System) -> Result<u64> {
    let pid = get_current_pid()?;
    let kind = ProcessRefreshKind::nothing().with_memory();
    system.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), false, kind);
    let process = system.process(pid).ok_or("the operating system does not tell the memory of this process")?;
    Ok(process.memory())
}
