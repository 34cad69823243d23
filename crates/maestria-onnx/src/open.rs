//! Opening a model: as many sessions as are asked for, all on the provider that is asked for, or all on the processor with the reason.

use std::{iter, path::Path};

use ort::session::{Session, builder::SessionBuilder};
#[cfg(feature = "cuda")]
use {ort::ep, std::fs, tempfile::TempDir};

use crate::{Error, Provider, Result, Runtime, Selected, Settings, graph::Graph, tokens::Tokens};

/// The sessions of a model, of which there is at least one.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) first: Graph,
    pub(crate) others: Vec<Graph>,
    pub(crate) selected: Selected,
}

impl Opened {
    /// Opens the model where the settings say and runs a text through every session; on the processor when that fails.
    pub(crate) fn new(runtime: &Runtime, model: &Path, settings: &Settings, tokens: &Tokens) -> Result<Self> {
        if !model.is_file() {
            return Err(Error::ModelMissing { path: model.to_owned() });
        }
        let trial = Trial { runtime, model, settings, tokens };
        trial.on(settings.provider).or_else(|error| {
            if settings.provider == Provider::Cpu {
                return Err(error);
            }
            let opened = trial.on(Provider::Cpu)?;
            Ok(Self { selected: Selected { fallback: Some(reason(&error)), ..opened.selected }, ..opened })
        })
    }
}

/// What every session is opened from.
struct Trial<'a> {
    runtime: &'a Runtime,
    model: &'a Path,
    settings: &'a Settings,
    tokens: &'a Tokens,
}

impl Trial<'_> {
    fn on(&self, provider: Provider) -> Result<Opened> {
        let first = self.graph(provider)?;
        let others = (1..self.settings.sessions.get()).map(|_| self.graph(provider)).collect::<Result<_>>()?;
        Ok(Opened { first, others, selected: Selected { provider, fallback: None } })
    }

    fn graph(&self, provider: Provider) -> Result<Graph> {
        match provider {
            Provider::Cpu => self.commit(|| self.builder()),
            Provider::Cuda { device, memory_limit } => {
                let share = memory_limit.0 / self.settings.sessions.get() as u64;
                self.graph_on_cuda(device, usize::try_from(share).unwrap_or(usize::MAX))
            }
        }
    }

    /// A graph of which nodes have run on CUDA. An error of the provider is one here: left to itself the library would go on without it
    /// and say nothing. And since it also accepts a provider that then gets no node, it is asked what it did.
    #[cfg(feature = "cuda")]
    fn graph_on_cuda(&self, device: i32, memory_limit: usize) -> Result<Graph> {
        let unrecorded = |source| Error::Unrecorded { source };
        let folder = TempDir::new().map_err(|error| unrecorded(error.into()))?;
        let cuda = ep::CUDA::default().with_device_id(device).with_memory_limit(memory_limit).build();
        let builder = || -> ort::Result<SessionBuilder> {
            Ok(self
                .builder()?
                .with_execution_providers([cuda.error_on_failure()])?
                .with_profiling(folder.path().join("run"))?)
        };
        let mut graph = self.commit(builder)?;
        let record = graph.session().end_profiling().map_err(|error| unrecorded(error.into()))?;
        let record = fs::read_to_string(record).map_err(|error| unrecorded(error.into()))?;
        if ran_on("CUDAExecutionProvider", &record) { Ok(graph) } else { Err(Error::NotOnCuda) }
    }

    #[cfg(not(feature = "cuda"))]
    fn graph_on_cuda(&self, _: i32, _: usize) -> Result<Graph> {
        Err(Error::Disabled { feature: "cuda" })
    }

    fn builder(&self) -> ort::Result<SessionBuilder> {
        // Idle threads that spin cost a core nearly four times over under light load.
        Ok(Session::builder(&self.runtime.environment)?
            .with_intra_threads(self.settings.threads.get())?
            .with_intra_op_spinning(false)?)
    }

    fn commit(&self, builder: impl FnOnce() -> ort::Result<SessionBuilder>) -> Result<Graph> {
        let session = builder().and_then(|mut builder| builder.commit_from_file(self.model));
        let session = session.map_err(|error| Error::Model { path: self.model.to_owned(), source: error.into() })?;
        Graph::new(session, self.tokens.padding(), &self.tokens.read("a")?)
    }
}

/// Whether a node ran on the provider, by a profile that the library wrote: a line of JSON per event, and an event per node that ran.
#[cfg(feature = "cuda")]
fn ran_on(provider: &str, profile: &str) -> bool {
    profile.lines().any(|event| event.contains("_kernel_time") && event.contains(provider))
}

/// An error and its causes, in one line.
fn reason(error: &Error) -> String {
    let causes = iter::successors(Some(error as &dyn std::error::Error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

#[cfg(all(test, feature = "cuda"))]
mod tests {
    use super::*;

    #[test]
    fn a_provider_counts_when_a_node_ran_on_it() {
        const PROFILE: &str = r#"[
{"cat" : "Session","name" :"session_initialization","args" : {"providers" : "CUDAExecutionProvider"}},
{"cat" : "Node","name" :"Shape_kernel_time","args" : {"provider" : "CPUExecutionProvider","op_name" : "Shape"}}
]"#;
        assert!(ran_on("CPUExecutionProvider", PROFILE));
        assert!(!ran_on("CUDAExecutionProvider", PROFILE));
    }
}
