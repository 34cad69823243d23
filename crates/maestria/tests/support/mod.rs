//! A small world: plans that are written down, and tools and models that do as they are told.

#![allow(dead_code, reason = "each test file uses a part of it")]

use std::{
    collections::BTreeMap,
    future::pending,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use futures_util::StreamExt;
use maestria::{
    Answer, Arguments, Builder, Bytes, ChunkStream, Classifier, Content, DeviceId, DeviceKind, Model, ModelCard,
    ModelError, Needs, Orchestrator, Outcome, Probability, ProgressEvent, Prompt, Request, Response, Run, Span, Tokens,
    Tool, ToolError, ToolSpec, Understanding, Verdict,
    delegator::{Action, Binding, Catalog, Plan, PlanError, Planned, Planner, Step},
    monitor::{Probe, Probes},
    scheduler::{Settings, Slots},
};
use serde_json::json;
use tokio::time::sleep;

/// Plans the same whatever is asked.
#[derive(Debug)]
pub(crate) struct Written(pub(crate) Vec<Step>);

impl Planner for Written {
    fn plan(&self, _: &Understanding, catalog: &Catalog) -> Result<Planned, PlanError> {
        Plan::new(self.0.clone(), catalog).map(Planned::Plan)
    }
}

/// A step that calls a tool with the results of others.
pub(crate) fn call(id: &str, tool: &str, inputs: &[&str]) -> Step {
    let binding = |(name, step): (&str, &&str)| (name.to_owned(), Binding::From { step: step.parse().unwrap() });
    let arguments: BTreeMap<_, _> = ["first", "second"].into_iter().zip(inputs).map(binding).collect();
    Step::new(id.parse().unwrap(), Action::Call { tool: tool.parse().unwrap(), arguments })
}

/// A step that asks a model that can chat.
pub(crate) fn ask(id: &str, instruction: &str, inputs: &[&str]) -> Step {
    let inputs = inputs.iter().map(|step| step.parse().unwrap()).collect();
    let action = Action::Ask { instruction: instruction.to_owned(), requires: "chat".parse().unwrap(), inputs };
    Step::new(id.parse().unwrap(), action)
}

/// A step that joins results.
pub(crate) fn join(id: &str, inputs: &[&str]) -> Step {
    let inputs = inputs.iter().map(|step| step.parse().unwrap()).collect();
    Step::new(id.parse().unwrap(), Action::Synthesize { inputs })
}

/// The same step, made for a piece of the request.
pub(crate) fn wanted(step: Step) -> Step {
    step.serving(Span { start: 0, end: 1 })
}

/// What a [`Puppet`] does when it is called.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    Say(&'static str),
    Give(Content),
    Take(Duration),
    Fail(&'static str),
    Panic,
    Hang,
}

/// A tool that does one thing, and counts its calls that began and that are gone.
#[derive(Debug)]
pub(crate) struct Puppet {
    spec: ToolSpec,
    act: Act,
    pub(crate) begun: AtomicUsize,
    pub(crate) gone: Arc<AtomicUsize>,
}

pub(crate) fn puppet(name: &str, act: Act) -> Arc<Puppet> {
    let thing = json!({"title": "Thing"});
    let spec = ToolSpec::new(name.parse().unwrap(), "Does one thing")
        .with_input(json!({"type": "object", "properties": {"first": thing, "second": thing}}))
        .with_output(thing);
    Arc::new(Puppet { spec, act, begun: AtomicUsize::new(0), gone: Arc::default() })
}

/// Counts when it is dropped.
struct Guard(Arc<AtomicUsize>);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[async_trait]
impl Tool for Puppet {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    async fn call(&self, arguments: Arguments) -> Result<Content, ToolError> {
        self.begun.fetch_add(1, Ordering::SeqCst);
        let _guard = Guard(self.gone.clone());
        let given = |text: &str| {
            let inputs: Vec<&str> = arguments.values().filter_map(|value| value.as_str()).collect();
            Content::Text([text].into_iter().chain(inputs).collect::<Vec<_>>().join(" "))
        };
        match &self.act {
            Act::Say(text) => Ok(given(text)),
            Act::Give(content) => Ok(content.clone()),
            Act::Take(time) => {
                sleep(*time).await;
                Ok(given("done"))
            }
            Act::Fail(problem) => Err(ToolError::InvalidInput { problem: (*problem).to_owned() }),
            Act::Panic => panic!("as it was told"),
            Act::Hang => pending().await,
        }
    }
}

/// What loading an [`Heavy`] model comes to.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Loading {
    Works,
    Fails,
    Panics,
    Hangs,
}

/// A model that must be loaded. It notes how many of its like are in memory at once.
#[derive(Debug)]
pub(crate) struct Heavy<M> {
    pub(crate) inner: M,
    pub(crate) loading: Loading,
    pub(crate) resident: Arc<AtomicUsize>,
    pub(crate) most: Arc<AtomicUsize>,
}

impl<M> Heavy<M> {
    pub(crate) fn new(inner: M, loading: Loading) -> Self {
        Self { inner, loading, resident: Arc::default(), most: Arc::default() }
    }
}

#[async_trait]
impl<M: Model> Model for Heavy<M> {
    async fn generate(&self, prompt: Prompt) -> Result<ChunkStream, ModelError> {
        assert!(self.resident.load(Ordering::SeqCst) > 0, "asked before it was loaded");
        self.inner.generate(prompt).await
    }

    async fn load(&self, _: &DeviceId) -> Result<(), ModelError> {
        match self.loading {
            Loading::Works => {
                let resident = self.resident.fetch_add(1, Ordering::SeqCst) + 1;
                self.most.fetch_max(resident, Ordering::SeqCst);
                Ok(())
            }
            Loading::Fails => Err(ModelError::OutOfMemory { needed: Bytes::gib(1) }),
            Loading::Panics => panic!("as it was told"),
            Loading::Hangs => pending().await,
        }
    }

    async fn unload(&self, _: &DeviceId) -> Result<(), ModelError> {
        self.resident.fetch_sub(1, Ordering::SeqCst);
        Ok(())
    }
}

/// A model that panics when it is asked.
#[derive(Debug)]
pub(crate) struct Panicking;

#[async_trait]
impl Model for Panicking {
    async fn generate(&self, _: Prompt) -> Result<ChunkStream, ModelError> {
        panic!("as it was told")
    }
}

/// A card of a model that can chat this well.
pub(crate) fn card(name: &str, declared: f64) -> ModelCard {
    let declared = Probability::new(declared).unwrap();
    ModelCard::new(name.parse().unwrap(), Tokens(4096)).with_capability("chat".parse().unwrap(), declared)
}

/// This share of the memory that the processor has free now.
pub(crate) fn free_memory(share: f64) -> Bytes {
    let sample = Probes::local().sample();
    let cpu =
        sample.devices.iter().find(|device| device.kind == DeviceKind::Cpu).expect("a processor that can be read");
    Bytes((cpu.memory_free().0 as f64 * share) as u64)
}

/// The card of a model that takes this share of the memory that the processor has free now.
pub(crate) fn heavy_card(name: &str, declared: f64, share: f64) -> ModelCard {
    let needs = Needs { memory: free_memory(share), devices: vec![DeviceKind::Cpu] };
    ModelCard { needs, ..card(name, declared) }
}

/// Settings under which one attempt runs at a time.
pub(crate) fn one_slot() -> Settings {
    Settings { slots: Slots { cpu: std::num::NonZeroUsize::MIN, ..Slots::default() }, ..Settings::default() }
}

/// An orchestrator that follows a plan.
pub(crate) fn orchestrator(
    steps: Vec<Step>,
    tools: Vec<Arc<Puppet>>,
    models: Vec<(ModelCard, Arc<dyn Model>)>,
    settings: Settings,
) -> Orchestrator {
    let tools = tools.into_iter().map(|tool| tool as Arc<dyn Tool>);
    builder(steps, models).with_tools(tools).with_scheduler(settings).build().unwrap()
}

/// What becomes an orchestrator that follows a plan and asks these models.
pub(crate) fn builder(steps: Vec<Step>, models: Vec<(ModelCard, Arc<dyn Model>)>) -> Builder {
    // Loading it takes the longest, and nothing here depends on what it says.
    static CLASSIFIER: LazyLock<Classifier> = LazyLock::new(|| Classifier::embedded().unwrap());
    let builder = Orchestrator::builder().with_planner(Arc::new(Written(steps))).with_classifier(CLASSIFIER.clone());
    models.into_iter().fold(builder, |builder, (card, model)| builder.with_model(card, model))
}

/// Serves one request with these.
pub(crate) async fn serve(
    steps: Vec<Step>,
    tools: Vec<Arc<Puppet>>,
    models: Vec<(ModelCard, Arc<dyn Model>)>,
    request: Request,
) -> Response {
    orchestrator(steps, tools, models, Settings::default()).run(request).response().await
}

/// All that happens to a run, without the times.
pub(crate) async fn events(run: Run) -> Vec<ProgressEvent> {
    run.map(|progress| progress.event).collect().await
}

/// The attempts in short: `step executor verdict`.
pub(crate) fn attempts(outcomes: &[Outcome]) -> Vec<String> {
    let verdict = |verdict| match verdict {
        Verdict::Succeeded => "succeeded",
        Verdict::Failed => "failed",
        Verdict::TimedOut => "timed out",
        Verdict::Cancelled => "cancelled",
    };
    outcomes
        .iter()
        .map(|outcome| format!("{} {} {}", outcome.step, outcome.executor, verdict(outcome.verdict)))
        .collect()
}

/// The answer in short: its kind, then its words.
pub(crate) fn told(answer: &Answer) -> String {
    let kind = match answer {
        Answer::Done { .. } => "done",
        Answer::Incomplete { .. } => "incomplete",
        Answer::Clarify { .. } => "clarify",
        Answer::Lacking { .. } => "lacking",
        Answer::NotUnderstood => return "not understood".to_owned(),
        Answer::Broken { .. } => "broken",
        _ => "other",
    };
    format!("{kind}: {answer}")
}
