//! One attempt at a step: a tool called, a model asked and its answer collected, results joined.

use std::{future::poll_fn, sync::Arc};

use maestria_context::{Budget, Fitting, Turn};
use maestria_delegator::{Brief, Refusal};
use maestria_scheduler::Finish;
use maestria_vocabulary::{
    Arguments, Completion, Content, ErrorKind, ModelError, ModelId, Prompt, StepId, Tokens, Tool, ToolError, ToolId,
    Usage,
};
use serde_json::Value;
use tokio::time::sleep;

use crate::{
    ProgressEvent,
    consult::{Draft, consult},
    error::chain,
    execution::{Part, Work},
    mind::Mind,
    narrator::Narrator,
    recover::{Bounds, Next, Patience},
};

/// Why an attempt was not tried to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CutShort {
    /// What is left of the money does not pay it, so it did not begin.
    NotPaid,
    /// Its model may not be asked now, so it did not begin.
    NotAdmitted(Refusal),
    /// What is left of the time is for the next candidate.
    OutOfTime,
}

/// How an attempt ended.
#[derive(Debug)]
pub(crate) struct Attempted {
    /// What it gave, or for the person who asked, why it gave nothing.
    pub(crate) result: Result<Content, String>,
    /// What kind of error a model gave.
    pub(crate) error: Option<ErrorKind>,
    /// What the scheduler should make of it.
    pub(crate) how: Finish,
    /// What a model consumed.
    pub(crate) usage: Option<Usage>,
    /// Tokens that the prompt lost to fit the model's window.
    pub(crate) cut: Tokens,
    /// Whether what it gave is a part of what its step is to give.
    pub(crate) is_part: bool,
    /// Whether nothing was to be done.
    pub(crate) left_out: bool,
    /// Why it was not even tried or not to its end, if so.
    pub(crate) cut_short: Option<CutShort>,
    /// The tool that was to be called and is not there any more.
    pub(crate) removed: Option<ToolId>,
    /// What was planned, where that was to be done.
    pub(crate) draft: Option<(ModelId, Draft)>,
}

impl Attempted {
    pub(crate) fn failed(problem: String, how: Finish) -> Self {
        Self { result: Err(problem), how, ..Self::succeeded(Content::Json(Value::Null), None) }
    }

    fn because(self, error: ErrorKind) -> Self {
        Self { error: Some(error), ..self }
    }

    /// Whether anything was done of which one could learn.
    pub(crate) fn was_tried(&self) -> bool {
        let begun = !matches!(self.cut_short, Some(CutShort::NotPaid | CutShort::NotAdmitted(_)));
        begun && !self.left_out
    }

    /// Not tried to its end; the next candidate is.
    pub(crate) fn cut_short(problem: String, why: CutShort) -> Self {
        Self { cut_short: Some(why), ..Self::failed(problem, Finish::Elsewhere) }
    }

    fn succeeded(content: Content, usage: Option<Usage>) -> Self {
        Self {
            result: Ok(content),
            error: None,
            how: Finish::Succeeded,
            usage,
            cut: Tokens::ZERO,
            is_part: false,
            left_out: false,
            cut_short: None,
            removed: None,
            draft: None,
        }
    }
}

/// Does the work of one attempt, within its bounds. Chunks of a model's answer are told as they come.
///
/// # Cancel safety
/// Dropping the future drops the call or the stream, which stops it.
pub(crate) async fn perform(
    mind: Arc<Mind>,
    step: StepId,
    work: Work,
    bounds: Bounds,
    narrator: Narrator,
) -> Attempted {
    match work {
        Work::Join(content) => Attempted::succeeded(content, None),
        Work::LeaveOut => Attempted { left_out: true, ..Attempted::succeeded(Content::Json(Value::Null), None) },
        Work::Call { tool, arguments } => match call(&mind, &tool, arguments).await {
            Ok(content) => Attempted::succeeded(content, None),
            Err(error) => error.into(),
        },
        Work::Part(part) => {
            let is_part = part.before.is_none();
            match call_part(&mind, part).await {
                Ok(content) => Attempted { is_part, ..Attempted::succeeded(content, None) },
                Err(error) => error.into(),
            }
        }
        Work::Each { tool, calls } => {
            // One after the other: the step holds one place among those that run.
            let mut given: Vec<Value> = Vec::new();
            for arguments in calls {
                match call(&mind, &tool, arguments).await {
                    Ok(content) => given.push(content.to_json()),
                    Err(error) => return error.into(),
                }
            }
            Attempted::succeeded(Content::Json(given.into()), None)
        }
        Work::Plan { model, brief, .. } => plan(&mind, model, &brief, bounds, &narrator).await,
        Work::Ask { model, turns, .. } => ask(&mind, &step, &model, turns, bounds, &narrator).await,
    }
}

/// Why a call gave nothing, for the person who asked.
#[derive(Debug, thiserror::Error)]
enum CallError {
    #[error("the tool {tool} is not registered any more")]
    Removed { tool: ToolId },
    #[error("{tool} does not take what it is given: {problem}")]
    Arguments { tool: ToolId, problem: String },
    #[error(transparent)]
    Tool(#[from] ToolError),
}

impl From<CallError> for Attempted {
    /// No other candidate can make the call, and none makes it again, but for one of less memory.
    fn from(error: CallError) -> Self {
        let how = match error {
            CallError::Tool(ToolError::OutOfMemory { .. }) => Finish::OutOfMemory,
            _ => Finish::Failed,
        };
        let removed = match &error {
            CallError::Removed { tool } => Some(tool.clone()),
            _ => None,
        };
        Self { removed, ..Self::failed(chain(&error), how) }
    }
}

/// Calls a tool as it is now.
async fn call(mind: &Mind, tool: &ToolId, arguments: Arguments) -> Result<Content, CallError> {
    Ok(found(mind, tool, &arguments)?.call(arguments).await?)
}

/// Does a part of a call; the last one gives what the whole call gives.
async fn call_part(mind: &Mind, part: Part) -> Result<Content, CallError> {
    let Part { tool, arguments, units, before } = part;
    found(mind, &tool.spec().id, &arguments)?;
    let content = tool.call_part(arguments, units).await?;
    Ok(match before {
        None => content,
        Some(mut parts) => {
            parts.push(content);
            tool.join(parts)?
        }
    })
}

/// A tool as it is now, if it takes these arguments.
fn found(mind: &Mind, tool: &ToolId, arguments: &Arguments) -> Result<Arc<dyn Tool>, CallError> {
    let toolbox = mind.toolbox();
    let known = toolbox.tools.get(tool).ok_or_else(|| CallError::Removed { tool: tool.clone() })?;
    match toolbox.catalog.problem(tool, arguments) {
        Some(problem) => Err(CallError::Arguments { tool: tool.clone(), problem }),
        None => Ok(known.clone()),
    }
}

async fn plan(mind: &Mind, id: ModelId, brief: &Brief, bounds: Bounds, narrator: &Narrator) -> Attempted {
    let Some(model) = mind.model(&id) else {
        return Attempted::failed(format!("{id}: it is not registered any more"), Finish::Elsewhere);
    };
    let window = mind.registry.snapshot().card(&id).map_or(Budget::SMALL_WINDOW, |card| card.window);
    let patience = Patience { budgets: &mind.retries, model: &id, bounds };
    let next = |error: &ModelError, tries| patience.next(error, tries, narrator.now());
    match consult(&*model, window, brief, &mind.toolbox().catalog, &*mind.counter, &next).await {
        Ok(draft) => {
            patience.answered();
            let done = Attempted::succeeded(Content::Json(Value::Null), draft.usage);
            Attempted { draft: Some((id, draft)), ..done }
        }
        Err(error) => Attempted::failed(format!("{id}: {}", chain(&error)), error.finish()).because(error.kind()),
    }
}

async fn ask(
    mind: &Mind,
    step: &StepId,
    model: &ModelId,
    turns: Vec<Turn>,
    bounds: Bounds,
    narrator: &Narrator,
) -> Attempted {
    let patience = Patience { budgets: &mind.retries, model, bounds };
    let mut window = mind.registry.snapshot().card(model).map_or(Budget::SMALL_WINDOW, |card| card.window);
    let mut tries = 0;
    loop {
        let Fitted { prompt, size, cut } = match fit(mind, turns.clone(), window) {
            Ok(fitted) => fitted,
            Err(error) => {
                let failed = Attempted::failed(format!("{model}: {}", chain(&error)), Finish::Elsewhere);
                return failed.because(ErrorKind::WindowExceeded);
            }
        };
        let error = match try_once(mind, step, model, prompt, narrator).await {
            Ok(attempted) => {
                patience.answered();
                return Attempted { cut, ..attempted };
            }
            Err(error) => error,
        };
        tries += 1;
        match patience.next(&error, tries, narrator.now()) {
            Next::Again { after } => sleep(after).await,
            Next::Shorter => window = Tokens(size.0 / 2),
            Next::End(how) => {
                return Attempted::failed(format!("{model}: {}", chain(&error)), how).because(error.kind());
            }
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
