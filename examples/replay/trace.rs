//! Recorded traces, read from files, gzip or plain.

mod alibaba;
mod asynchow;
mod azure;
mod column;
mod latencies;
mod wfinstances;

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    num::NonZeroUsize,
    path::{Path, PathBuf},
};

use clap::ValueEnum;
use flate2::bufread::MultiGzDecoder;

use crate::workload::Scene;

/// How a trace is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// CSV: requests to image models, of Alibaba's GenAI trace of 2026.
    Alibaba,
    /// CSV: requests to a language model, of Azure's trace of 2023.
    Azure,
    /// JSON lines: plans of everyday tasks with durations, of AsyncHow.
    Asynchow,
    /// JSON lines: workflows as they were executed, of WfInstances.
    Wfinstances,
}

/// What is set up around a trace.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Setup {
    pub(crate) resident: Option<NonZeroUsize>,
    pub(crate) devices: Option<NonZeroUsize>,
    pub(crate) workers: Option<NonZeroUsize>,
    pub(crate) load: Option<f64>,
    pub(crate) without_deadlines: bool,
    pub(crate) seed: u64,
}

/// A trace that cannot be replayed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TraceError {
    #[error("{}", path.display())]
    Open { path: PathBuf, source: io::Error },
    #[error("{}:{line}: {problem}", path.display())]
    Malformed { path: PathBuf, line: u64, problem: String },
    #[error("{}: there is nothing to replay in it", path.display())]
    Empty { path: PathBuf },
}

/// What is wrong with a line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) line: u64,
    pub(crate) problem: String,
}

/// Reads the scenes of a trace.
pub(crate) fn read(path: &Path, format: Format, setup: &Setup) -> Result<Vec<Scene>, TraceError> {
    let text = open(path).map_err(|source| TraceError::Open { path: path.to_owned(), source })?;
    let scenes = match format {
        Format::Alibaba => {
            let latencies = latencies::beside(path)?;
            alibaba::read(text, setup, &latencies)
        }
        Format::Azure => azure::read(text, setup),
        Format::Asynchow => asynchow::read(text, setup),
        Format::Wfinstances => wfinstances::read(text, setup),
    };
    let scenes =
        scenes.map_err(|Fault { line, problem }| TraceError::Malformed { path: path.to_owned(), line, problem })?;
    if scenes.iter().all(|scene| scene.work.is_empty()) {
        return Err(TraceError::Empty { path: path.to_owned() });
    }
    Ok(scenes)
}

/// The text of a file, whether it is compressed or not.
pub(crate) fn open(path: &Path) -> io::Result<Box<dyn BufRead>> {
    const GZIP: [u8; 2] = [0x1f, 0x8b];
    let mut file = BufReader::new(File::open(path)?);
    let compressed = file.fill_buf()?.starts_with(&GZIP);
    Ok(if compressed { Box::new(BufReader::new(MultiGzDecoder::new(file))) } else { Box::new(file) })
}

/// The objects of JSON lines, with the numbers of their lines.
fn json_lines<T: serde::de::DeserializeOwned>(mut text: impl BufRead) -> Result<Vec<(u64, T)>, Fault> {
    /// More than any line of the known traces has, so that a file that is no trace does not fill the memory.
    const LONGEST: u64 = 64 << 20;
    let mut objects = Vec::new();
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        let fault = |problem: String| Fault { line: number, problem };
        let length =
            text.by_ref().take(LONGEST).read_until(b'\n', &mut line).map_err(|error| fault(error.to_string()))?;
        if length == 0 {
            break;
        }
        if length as u64 == LONGEST {
            return Err(fault(format!("the line is longer than {LONGEST} bytes")));
        }
        if !line.trim_ascii().is_empty() {
            let object = serde_json::from_slice(&line).map_err(|error| {
                let text = error.to_string();
                let message = text.split(" at line ").next().unwrap_or_default().to_owned();
                fault(format!("column {}: {message}", error.column()))
            })?;
            objects.push((number, object));
        }
    }
    Ok(objects)
}
