//! One session: checked against what an encoder is when it is opened, and run by one thread at a time.

use std::{
    iter,
    path::Path,
    sync::{Mutex, PoisonError},
};

use ndarray::{ArrayView, Dimension, Ix2, Ix3};
use ort::{
    session::{Session, SessionOutputs, builder::SessionBuilder},
    value::{Outlet, TensorElementType, TensorRef, ValueType},
};

use crate::{
    Error, Provider, Result, Runtime, Selected, Settings,
    pooling::{self, Outputs},
    tokens::Batch,
};

const IDS: &str = "input_ids";
const MASK: &str = "attention_mask";
const TYPES: &str = "token_type_ids";
const EMBEDDING: &str = "embedding";
const HIDDEN: &str = "last_hidden_state";
const LOGITS: &str = "logits";

/// A graph from tokens to vectors.
#[derive(Debug)]
pub(crate) struct Graph {
    /// Runs are not reentrant in the library below, so threads take turns; a pool of sessions was not faster on two cores, and every
    /// session costs the memory of the whole model.
    session: Mutex<Session>,
    takes_types: bool,
    gives_embedding: bool,
    gives_logits: bool,
}

impl Graph {
    /// Opens the model where the settings say, runs `trial` through it once, and gives what came out; on the processor when that fails.
    pub(crate) fn open(
        runtime: &Runtime,
        model: &Path,
        settings: &Settings,
        trial: &Batch,
    ) -> Result<(Self, Outputs, Selected)> {
        if !model.is_file() {
            return Err(Error::ModelMissing { path: model.to_owned() });
        }
        let attempt = |provider| {
            let session = session(runtime, provider, settings, model)?;
            let graph = Self::check(session)?;
            let outputs = graph.run(trial)?;
            Ok((graph, outputs, Selected { provider, fallback: None }))
        };
        attempt(settings.provider).or_else(|error| {
            if settings.provider == Provider::Cpu {
                return Err(error);
            }
            let (graph, outputs, selected) = attempt(Provider::Cpu)?;
            Ok((graph, outputs, Selected { fallback: Some(reason(&error)), ..selected }))
        })
    }

    /// Whether the graph gives scores.
    pub(crate) fn has_logits(&self) -> bool {
        self.gives_logits
    }

    /// Runs the graph; waits while another thread does.
    pub(crate) fn run(&self, batch: &Batch) -> Result<Outputs> {
        // A thread that panicked while it held the session left nothing half done: the session keeps no state between runs.
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let outputs = self.feed(&mut session, batch).map_err(|error| Error::Run { source: error.into() })?;
        let embedding = if self.gives_embedding {
            output::<Ix2>(&outputs, EMBEDDING, "float32 [texts, dimension]")?.to_owned()
        } else {
            let hidden = output::<Ix3>(&outputs, HIDDEN, "float32 [texts, tokens, dimension]")?;
            pooling::mean(hidden, &batch.mask)
        };
        let logits = self.gives_logits.then(|| output::<Ix2>(&outputs, LOGITS, "float32 [texts, labels]"));
        let logits = logits.transpose()?.map(|logits| logits.to_owned());
        let texts = batch.ids.nrows();
        for (name, rows) in iter::once((EMBEDDING, embedding.nrows())).chain(logits.iter().map(|l| (LOGITS, l.nrows())))
        {
            if rows != texts {
                return Err(shape(name, format!("{rows} rows for {texts} texts"), "one row per text"));
            }
        }
        Ok(Outputs { embedding, logits })
    }

    fn feed<'s>(&self, session: &'s mut Session, batch: &Batch) -> ort::Result<SessionOutputs<'s>> {
        let mut inputs = ort::inputs![
            IDS => TensorRef::from_array_view(&batch.ids)?,
            MASK => TensorRef::from_array_view(&batch.mask)?,
        ];
        if self.takes_types {
            inputs.extend(ort::inputs![TYPES => TensorRef::from_array_view(&batch.types)?]);
        }
        session.run(inputs)
    }

    fn check(session: Session) -> Result<Self> {
        let (inputs, outputs) = (session.inputs(), session.outputs());
        for input in inputs {
            if ![IDS, MASK, TYPES].contains(&input.name()) {
                return Err(Error::UnknownInput { input: input.name().to_owned() });
            }
            expect(input, TensorElementType::Int64, 2, "int64 [texts, tokens]")?;
        }
        let has = |outlets: &[Outlet], name| outlets.iter().any(|outlet| outlet.name() == name);
        for input in [IDS, MASK] {
            if !has(inputs, input) {
                return Err(Error::Lacks { missing: input });
            }
        }
        if !has(outputs, EMBEDDING) && !has(outputs, HIDDEN) {
            return Err(Error::Lacks { missing: "output `embedding` or `last_hidden_state`" });
        }
        Ok(Self {
            takes_types: has(inputs, TYPES),
            gives_embedding: has(outputs, EMBEDDING),
            gives_logits: has(outputs, LOGITS),
            session: Mutex::new(session),
        })
    }
}

fn session(runtime: &Runtime, provider: Provider, settings: &Settings, model: &Path) -> Result<Session> {
    let refused = |error: ort::Error| Error::Model { path: model.to_owned(), source: error.into() };
    let builder = || -> ort::Result<SessionBuilder> {
        // Idle threads that spin cost a core nearly four times over under light load.
        Ok(Session::builder(&runtime.environment)?
            .with_intra_threads(settings.threads.get())?
            .with_intra_op_spinning(false)?)
    };
    let builder = builder().map_err(refused)?;
    let mut builder = match provider {
        Provider::Cpu => builder,
        Provider::Cuda { device, memory_limit } => {
            on_cuda(builder, device, memory_limit.0).map_err(|error| match error {
                Some(error) => refused(error),
                None => Error::Disabled { feature: "cuda" },
            })?
        }
    };
    builder.commit_from_file(model).map_err(refused)
}

/// The builder with the CUDA provider, which is an error where the provider does not come up: left to itself the library would go on
/// without it and say nothing. The error is absent in a build without the provider.
fn on_cuda(builder: SessionBuilder, device: i32, memory_limit: u64) -> Result<SessionBuilder, Option<ort::Error>> {
    #[cfg(feature = "cuda")]
    {
        let limit = usize::try_from(memory_limit).unwrap_or(usize::MAX);
        let provider =
            ort::ep::CUDA::default().with_device_id(device).with_memory_limit(limit).build().error_on_failure();
        builder.with_execution_providers([provider]).map_err(|error| Some(error.into()))
    }
    #[cfg(not(feature = "cuda"))]
    {
        let _ = (builder, device, memory_limit);
        Err(None)
    }
}

fn expect(outlet: &Outlet, element: TensorElementType, rank: usize, expected: &'static str) -> Result<()> {
    match outlet.dtype() {
        ValueType::Tensor { ty, shape, .. } if *ty == element && shape.len() == rank => Ok(()),
        found => Err(shape(outlet.name(), found.to_string(), expected)),
    }
}

fn output<'o, D: Dimension>(
    outputs: &'o SessionOutputs<'_>,
    name: &'static str,
    expected: &'static str,
) -> Result<ArrayView<'o, f32, D>> {
    let value = outputs.get(name).ok_or(Error::Lacks { missing: name })?;
    let view = value.try_extract_array::<f32>().map_err(|_| shape(name, value.dtype().to_string(), expected))?;
    view.into_dimensionality().map_err(|_| shape(name, value.dtype().to_string(), expected))
}

fn shape(name: &str, found: String, expected: &'static str) -> Error {
    Error::Shape { name: name.to_owned(), found, expected }
}

/// An error and its causes, in one line.
fn reason(error: &Error) -> String {
    let causes = iter::successors(Some(error as &dyn std::error::Error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
