//! One attempt at a step: a tool called, a model asked and its answer collected, results joined.

use std::{future::poll_fn, sync::Arc};

use maestria_context::{Budget, Fitting, Turn};
use maestria_scheduler::Finish;
use maestria_vocabulary::{Arguments, Completion, Content, ModelError, ModelId, Prompt, StepId, Tokens, ToolId, Usage};
use serde_json::Value;
use tokio::time::sleep;

use crate::{
    ProgressEvent,
    error::chain,
    execution::Work,
    mind::Mind,
    narrator::Narrator,
    recover::{Next, next},
};

/// How an attempt ended.
#[derive(Debug)]
pub(crate) struct Attempted {
    /// What it gave, or for the person who asked, why it gave nothing.
    pub(crate) result: Result<Content, String>,
    /// What the scheduler should make of it.
    pub(crate) how: Finish,
    /// What a model consumed.
    pub(crate) usage: Option<Usage>,
    /// Tokens that the prompt lost to fit the model's window.
    pub(crate) cut: Tokens,
    /// Whether nothing was to be done.
    pub(crate) left_out: bool,
}

impl Attempted {
    pub(crate) fn failed(problem: String, how: Finish) -> Self {
        Self { result: Err(problem), how, usage: None, cut: Tokens::ZERO, left_out: false }
    }

    fn succeeded(content: Content, usage: Option<Usage>) -> Self {
        Self { result: Ok(content), how: Finish::Succeeded, usage, cut: Tokens::ZERO, left_out: false }
    }
}

/// Does the work of one attempt. Chunks of a model's answer are told as they come.
///
/// # Cancel safety
/// Dropping the future drops the call or the stream, which stops it.
pub(crate) async fn perform(mind: Arc<Mind>, step: StepId, work: Work, narrator: Narrator) -> Attempted {
    match work {
        Work::Join(content) => Attempted::succeeded(content, None),
        Work::LeaveOut => Attempted { left_out: true, ..Attempted::succeeded(Content::Json(Value::Null), None) },
        Work::Call { tool, arguments } => match call(&mind, &tool, arguments).await {
            Ok(content) => Attempted::succeeded(content, None),
            Err(problem) => Attempted::failed(problem, Finish::Failed),
        },
        Work::Each { tool, calls } => {
            // One after the other: the step holds one place among those that run.
            let mut given: Vec<Value> = Vec::new();
            for arguments in calls {
                match call(&mind, &tool, arguments).await {
                    Ok(content) => given.push(content.to_json()),
                    Err(problem) => return Attempted::failed(problem, Finish::Failed),
                }
            }
            Attempted::succeeded(Content::Json(given.into()), None)
        }
        Work::Ask { model, turns, .. } => ask(&mind, &step, &model, turns, &narrator).await,
    }
}

/// Calls a tool; gives what it gave, or for the person who asked, why it gave nothing.
async fn call(mind: &Mind, tool: &ToolId, arguments: Arguments) -> Result<Content, String> {
    let known = mind.tools.get(tool).ok_or_else(|| format!("the tool {tool} is not registered any more"))?;
    if let Some(problem) = mind.catalog.problem(tool, &arguments) {
        return Err(format!("{tool} does not take what it is given: {problem}"));
    }
    known.call(arguments).await.map_err(|error| chain(&error))
}

async fn ask(mind: &Mind, step: &StepId, model: &ModelId, turns: Vec<Turn>, narrator: &Narrator) -> Attempted {
    let mut window = mind.registry.snapshot().card(model).map_or(Budget::SMALL_WINDOW, |card| card.window);
    let mut tries = 0;
    loop {
        let Fitted { prompt, size, cut } = match fit(mind, turns.clone(), window) {
            Ok(fitted) => fitted,
            Err(error) => return Attempted::failed(format!("{model}: {}", chain(&error)), Finish::Elsewhere),
        };
        let error = match try_once(mind, step, model, prompt, narrator).await {
            Ok(attempted) => return Attempted { cut, ..attempted },
            Err(error) => error,
        };
        tries += 1;
        match next(error.recovery(), tries) {
            Next::Again { after } => sleep(after).await,
            Next::Shorter => window = Tokens(size.0 / 2),
            Next::End(how) => return Attempted::failed(format!("{model}: {}", chain(&error)), how),
        }
        narrator.tell(ProgressEvent::Restarted { step: step.clone() });
        tracing::debug!(%model, tries, error = chain(&error), "asking again");
    }
}

/// A prompt that fits the window.
struct Fitted {
    prompt: Prompt,
    /// Tokens that it and its answer may have together.
    size: Tokens,
    /// Tokens that were left out.
    cut: Tokens,
}

fn fit(mind: &Mind, turns: Vec<Turn>, window: Tokens) -> Result<Fitted, maestria_context::Error> {
    let reserve = answer_room(window);
    let fitted = Fitting::default().fit(turns, Budget::new(window, reserve)?, &*mind.counter);
    let (size, cut) = (fitted.tokens + reserve, fitted.dropped.iter().map(|dropped| dropped.tokens).sum());
    Ok(Fitted { prompt: Prompt { max_output: Some(reserve), ..Prompt::new(fitted.into_messages()) }, size, cut })
}

async fn try_once(
    mind: &Mind,
    step: &StepId,
    model: &ModelId,
    prompt: Prompt,
    narrator: &Narrator,
) -> Result<Attempted, ModelError> {
    let unavailable = |problem: &str| ModelError::Unavailable { source: problem.into() };
    let known = mind.model(model).ok_or_else(|| unavailable("it is not registered any more"))?;
    let mut stream = known.generate(prompt).await?;
    let mut completion = Completion::default();
    while let Some(chunk) = poll_fn(|cx| stream.as_mut().poll_next(cx)).await {
        let chunk = chunk?;
        narrator.tell(ProgressEvent::Chunk { step: step.clone(), chunk: chunk.clone() });
        completion.push(chunk);
    }
    let usage = completion.usage;
    let mut content = completion.content.into_iter();
    match (content.next(), content.next()) {
        (Some(only), None) => Ok(Attempted::succeeded(only, usage)),
        (None, _) => Err(unavailable("it answered nothing")),
        (Some(_), Some(_)) => Err(ModelError::Unsupported { what: "an answer of several pieces".to_owned() }),
    }
}

/// Tokens kept for the answer: a quarter of the window, at most 1,024.
fn answer_room(window: Tokens) -> Tokens {
    Tokens((window.0 / 4).min(1024))
}
