//! One attempt at a step: a tool called, a model asked and its answer collected, results joined.

use std::{future::poll_fn, sync::Arc};

use maestria_context::{Budget, Fitting, Turn};
use maestria_scheduler::Finish;
use maestria_vocabulary::{Chunk, Completion, Content, ModelError, ModelId, Prompt, StepId, Tokens, Usage};
use tokio::{sync::mpsc, time::sleep};

use crate::{
    error::chain,
    execution::Work,
    mind::Mind,
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
}

impl Attempted {
    pub(crate) fn failed(problem: String, how: Finish) -> Self {
        Self { result: Err(problem), how, usage: None }
    }

    fn succeeded(content: Content, usage: Option<Usage>) -> Self {
        Self { result: Ok(content), how: Finish::Succeeded, usage }
    }
}

/// Does the work of one attempt. Chunks of a model's answer are sent to `chunks` as they come.
///
/// # Cancel safety
/// Dropping the future drops the call or the stream, which stops it.
pub(crate) async fn perform(
    mind: Arc<Mind>,
    step: StepId,
    work: Work,
    chunks: mpsc::UnboundedSender<(StepId, Chunk)>,
) -> Attempted {
    match work {
        Work::Join(content) => Attempted::succeeded(content, None),
        Work::Call { tool, arguments } => match mind.tools.get(&tool) {
            None => Attempted::failed(format!("the tool {tool} is not registered any more"), Finish::Failed),
            Some(tool) => match tool.call(arguments).await {
                Ok(content) => Attempted::succeeded(content, None),
                Err(error) => Attempted::failed(chain(&error), Finish::Failed),
            },
        },
        Work::Ask { model, turns, .. } => ask(&mind, &step, &model, turns, &chunks).await,
    }
}

async fn ask(
    mind: &Mind,
    step: &StepId,
    model: &ModelId,
    turns: Vec<Turn>,
    chunks: &mpsc::UnboundedSender<(StepId, Chunk)>,
) -> Attempted {
    let mut window = mind.registry.snapshot().card(model).map_or(Budget::SMALL_WINDOW, |card| card.window);
    let mut tries = 0;
    loop {
        let error = match try_once(mind, step, model, turns.clone(), window, chunks).await {
            Ok(attempted) => return attempted,
            Err(error) => error,
        };
        tries += 1;
        match next(error.recovery(), tries) {
            Next::Again { after } => sleep(after).await,
            Next::Shorter => window = Tokens(window.0 / 2),
            Next::End(how) => return Attempted::failed(format!("{model}: {}", chain(&error)), how),
        }
        tracing::debug!(%model, tries, error = chain(&error), "asking again");
    }
}

async fn try_once(
    mind: &Mind,
    step: &StepId,
    model: &ModelId,
    turns: Vec<Turn>,
    window: Tokens,
    chunks: &mpsc::UnboundedSender<(StepId, Chunk)>,
) -> Result<Attempted, ModelError> {
    let unavailable = |problem: &str| ModelError::Unavailable { source: problem.into() };
    let known = mind.models.get(model).ok_or_else(|| unavailable("it is not registered any more"))?;
    let reserve = answer_room(window);
    let budget = Budget::new(window, reserve).map_err(|error| ModelError::Unavailable { source: Box::new(error) })?;
    let fitted = Fitting::default().fit(turns, budget, &*mind.counter);
    for dropped in &fitted.dropped {
        tracing::info!(%step, %model, turn = dropped.index, tokens = dropped.tokens.0, "the prompt was cut to fit the window");
    }
    let prompt = Prompt { max_output: Some(reserve), ..Prompt::new(fitted.into_messages()) };
    let mut stream = known.generate(prompt).await?;
    let mut completion = Completion::default();
    while let Some(chunk) = poll_fn(|cx| stream.as_mut().poll_next(cx)).await {
        let chunk = chunk?;
        // A run that nobody listens to still collects its answer.
        let _ = chunks.send((step.clone(), chunk.clone()));
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
