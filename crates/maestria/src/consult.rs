//! The talk with one model about one plan: it is asked, and once more if its answer cannot be used.

use std::future::poll_fn;

use maestria_context::TokenCounter;
use maestria_delegator::{Brief, Catalog, LlmError, LlmPlanning, MOST_ANSWER, Proposal, Verdict};
use maestria_scheduler::Finish;
use maestria_vocabulary::{Chunk, Completion, Content, ErrorKind, Model, ModelError, Prompt, Tokens, ToolId, Usage};
use tokio::time::sleep;

use crate::recover::{Next, finish};

/// What a model made of a request.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Draft {
    /// The plan; nothing when the model says that nothing serves the request.
    pub(crate) proposal: Option<Proposal>,
    /// Whether only its second answer could be used.
    pub(crate) repaired: bool,
    /// Tools that found no place in its prompt.
    pub(crate) left_out: Vec<ToolId>,
    /// What all its answers consumed.
    pub(crate) usage: Option<Usage>,
}

/// Why a model made no plan.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoDraft {
    /// Its window is too small, or its answers could not be used.
    #[error(transparent)]
    Llm(#[from] LlmError),
    /// It gave no answer.
    #[error(transparent)]
    Model(#[from] ModelError),
}

impl NoDraft {
    /// What it counts as: a model that cannot plan may do everything else well.
    pub(crate) fn kind(&self) -> ErrorKind {
        match self {
            Self::Llm(_) => ErrorKind::Unsupported,
            Self::Model(error) => error.kind(),
        }
    }

    /// What a scheduler should make of it: another model may do better, unless this one says that none will.
    pub(crate) fn finish(&self) -> Finish {
        match self {
            Self::Llm(_) => Finish::Elsewhere,
            // It was asked as often as it may be.
            Self::Model(error) => finish(error.recovery()),
        }
    }
}

/// Has `model` plan what `brief` says; `next` says what to do after so many failures.
///
/// # Cancel safety
/// Dropping the future drops the stream, which stops the generation.
pub(crate) async fn consult(
    model: &dyn Model,
    mut window: Tokens,
    brief: &Brief,
    catalog: &Catalog,
    counter: &dyn TokenCounter,
    next: &(dyn Fn(&ModelError, u32) -> Next + Sync),
) -> Result<Draft, NoDraft> {
    let count = |text: &str| counter.overhead() + counter.count(text);
    let mut planning = LlmPlanning::new(brief.clone(), catalog, window, &count)?;
    let mut usage: Option<Usage> = None;
    let mut tries = 0;
    loop {
        let answer = match answer(model, planning.prompt().clone(), &mut usage).await {
            Ok(answer) => answer,
            Err(error) => {
                tries += 1;
                match next(&error, tries) {
                    Next::Again { after } => sleep(after).await,
                    Next::Shorter => {
                        window = Tokens(window.0 / 2);
                        planning = LlmPlanning::new(brief.clone(), catalog, window, &count)?;
                    }
                    Next::End(_) => return Err(error.into()),
                }
                continue;
            }
        };
        let (repaired, left_out) = (planning.is_repair(), planning.left_out().to_vec());
        let proposal = match planning.answered(&answer, catalog, &count) {
            Verdict::Repair(second) => {
                planning = *second;
                continue;
            }
            Verdict::Refused(error) => return Err(error.into()),
            Verdict::Proposal(proposal) => Some(proposal),
            _ => None,
        };
        return Ok(Draft { proposal, repaired, left_out, usage });
    }
}

/// What the model answers; no more than a little beyond the longest answer that is read.
async fn answer(model: &dyn Model, prompt: Prompt, usage: &mut Option<Usage>) -> Result<String, ModelError> {
    let mut chunks = model.generate(prompt).await?;
    let mut completion = Completion::default();
    let mut bytes = 0;
    while let Some(chunk) = poll_fn(|cx| chunks.as_mut().poll_next(cx)).await {
        let chunk = chunk?;
        if let Chunk::Content(Content::Text(text)) = &chunk {
            bytes += text.len() as u64;
        }
        completion.push(chunk);
        if bytes > MOST_ANSWER.0 {
            break;
        }
    }
    if let Some(used) = completion.usage {
        let before = usage.unwrap_or_default();
        *usage = Some(Usage { input: before.input + used.input, output: before.output + used.output });
    }
    let texts = completion.content.iter().map(|content| {
        content.to_text().ok_or_else(|| ModelError::Unsupported { what: "a plan in words: it gave a file".to_owned() })
    });
    texts.collect()
}
