//! Does a model keep its contract?

use futures_util::{FutureExt, StreamExt, future};
use maestria_vocabulary::{Chunk, Message, Model, ModelError, Prompt, Recovery, Role, Tokens, Usage};

use super::{Situation, Violation};

/// Calls at once.
const TOGETHER: usize = 4;

/// Most tokens of an answer.
const MOST: Tokens = Tokens(32);

/// Checks `model` against the contract of [`Model`], with at most nine short prompts.
///
/// The suite needs a model that answers: an error where a model is called alone is a violation here, although a model may give one. That
/// it has too much to do (an error whose recovery is to retry) is accepted from one that is called several times at once.
///
/// # Errors
/// The first [`Violation`] found.
pub async fn model(model: &dyn Model) -> Result<(), Violation> {
    answer(model, Situation::Alone).await?;

    let calls = (0..TOGETHER).map(|_| answer(model, Situation::Together));
    for result in future::join_all(calls).await {
        match result {
            Err(Violation::Unanswered { source, .. }) if matches!(source.recovery(), Recovery::Retry { .. }) => {}
            result => result?,
        }
    }

    // Polled once, then dropped.
    drop(model.generate(prompt()).now_or_never());
    answer(model, Situation::AfterDroppedCall).await?;

    let situation = Situation::AfterDroppedStream;
    let mut chunks = model.generate(prompt()).await.map_err(|source| Violation::Unanswered { situation, source })?;
    chunks.next().await;
    drop(chunks);
    answer(model, situation).await
}

fn prompt() -> Prompt {
    let question = "Answer with one word: which colour has the sky at noon?";
    let messages = vec![Message { role: Role::User, content: vec![question.into()] }];
    Prompt { max_output: Some(MOST), ..Prompt::new(messages) }
}

/// Reads one answer to its end.
async fn answer(model: &dyn Model, situation: Situation) -> Result<(), Violation> {
    let unanswered = |source: ModelError| Violation::Unanswered { situation, source };
    let mut chunks = model.generate(prompt()).await.map_err(unanswered)?;
    let (mut has_content, mut usage) = (false, Usage::default());
    while let Some(chunk) = chunks.next().await {
        match chunk {
            Ok(Chunk::Usage(now)) => usage = later(usage, now)?,
            Ok(Chunk::Content(_)) => has_content = true,
            Ok(_) => {}
            Err(_) if chunks.next().await.is_some() => return Err(Violation::AfterError),
            Err(source) => return Err(unanswered(source)),
        }
    }
    if has_content { Ok(()) } else { Err(Violation::NoContent { situation }) }
}

/// The later usage, if it may follow the earlier one.
fn later(before: Usage, now: Usage) -> Result<Usage, Violation> {
    if now.output > MOST {
        return Err(Violation::TooLong { most: MOST, output: now.output });
    }
    if now.input < before.input || now.output < before.output {
        let sum = |usage: Usage| usage.input + usage.output;
        return Err(Violation::UsageShrinks { before: sum(before), after: sum(now) });
    }
    Ok(now)
}
