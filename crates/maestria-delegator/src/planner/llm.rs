//! Planning by a language model, as a machine: a prompt, an answer, and of that a checked plan, a second prompt that says what is wrong,
//! or a refusal. Whoever drives it asks the model.

mod brief;
mod error;
mod judge;
mod notation;
mod prompt;
mod read;
mod repair;
mod signature;

use maestria_vocabulary::{Prompt, Tokens, ToolId};

use self::{
    judge::judge,
    notation::Written,
    prompt::{Share, first},
    read::read,
    repair::repair,
};
use crate::{Catalog, Proposal};

pub use brief::{Brief, Preset};
pub use error::{AnswerError, LlmError};
pub use read::MOST_ANSWER;

/// Counts the tokens of a text as the model does, or as a bound on it.
pub type Count<'a> = &'a dyn Fn(&str) -> Tokens;

/// A plan that is being made by a language model, which is asked once, and once more if its answer cannot be used.
///
/// The machine neither waits nor trusts: what the model says is checked like any other plan, and a tool that changes something is called
/// only if the person's own words speak for it.
///
/// ```
/// use maestria_delegator::{Brief, Catalog, LlmPlanning, Verdict};
/// use maestria_vocabulary::{Effect, Probability, Tokens, ToolSpec};
/// use serde_json::json;
///
/// let weather = ToolSpec::new("get_weather".parse()?, "Get the weather of a city")
///     .with_input(json!({"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}))
///     .with_effect(Effect::Pure);
/// let catalog = Catalog::new([weather])?;
/// let brief = Brief::new("is it going to be wet in the capital of Norway")
///     .with_tools([("get_weather".parse()?, Probability::new(0.2)?)]);
///
/// // Here a token is a byte; a tokenizer counts fewer.
/// let count = |text: &str| Tokens(text.len() as u64);
/// let planning = LlmPlanning::new(brief, &catalog, Tokens(4_096), &count)?;
/// assert!(planning.prompt().messages[0].text().contains("get_weather(city: string)"));
///
/// // The model takes a tool that does not exist; it is told so, and puts it right.
/// let wrong = r#"{"steps": [{"id": "s1", "tool": "get_rain", "arguments": {"city": "Oslo"}}]}"#;
/// let Verdict::Repair(planning) = planning.answered(wrong, &catalog, &count) else { panic!("a wrong answer") };
/// assert!(planning.prompt().messages[3].text().contains("step s1 calls get_rain, which is not registered"));
///
/// let right = r#"{"steps": [{"id": "s1", "tool": "get_weather", "arguments": {"city": "Oslo"}}]}"#;
/// let Verdict::Proposal(proposal) = planning.answered(right, &catalog, &count) else { panic!("a right answer") };
/// assert_eq!(proposal.steps()[0].step.to_string(), "s1 get_weather(city: \"Oslo\")");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct LlmPlanning {
    brief: Brief,
    share: Share,
    prompt: Prompt,
    left_out: Vec<ToolId>,
    /// What was wrong with the first answer.
    wrong: Option<Vec<AnswerError>>,
}

/// What an answer comes to.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Verdict {
    /// The request can be served so, once what is missing is known.
    Proposal(Proposal),
    /// The model says that no tool and no model serves the request.
    Nothing,
    /// The answer cannot be used. The model is to be asked once more, with the new prompt.
    Repair(Box<LlmPlanning>),
    /// Neither answer can be used.
    Refused(LlmError),
}

impl LlmPlanning {
    /// Begins to plan: writes the prompt for a model whose window holds `window` tokens, by `count`.
    ///
    /// Of the window a quarter, at most 2,048 tokens, is kept for the answer, and an eighth, at most 1,024, for a repair. Tools that do not
    /// fit are shortened, then left out, the least likely first; none is cut.
    ///
    /// # Errors
    /// [`LlmError::NothingToPlanWith`] or [`LlmError::NoRoom`].
    pub fn new(brief: Brief, catalog: &Catalog, window: Tokens, count: Count<'_>) -> Result<Self, LlmError> {
        let share = Share::of(window);
        let (prompt, left_out) = first(&brief, catalog, share, count)?;
        Ok(Self { brief, share, prompt, left_out, wrong: None })
    }

    /// What the model is to be asked now.
    #[must_use]
    pub fn prompt(&self) -> &Prompt {
        &self.prompt
    }

    /// The tools of the brief that the prompt does not name, since it has no room for them or they are too large to be told.
    #[must_use]
    pub fn left_out(&self) -> &[ToolId] {
        &self.left_out
    }

    /// Whether an answer was wrong already.
    #[must_use]
    pub fn is_repair(&self) -> bool {
        self.wrong.is_some()
    }

    /// Takes the model's answer. `count` is that of [`new`](Self::new).
    #[must_use]
    pub fn answered(self, answer: &str, catalog: &Catalog, count: Count<'_>) -> Verdict {
        match self.judged(answer, catalog) {
            Ok(Some(proposal)) => Verdict::Proposal(proposal),
            Ok(None) => Verdict::Nothing,
            Err(second) => match self.wrong {
                Some(first) => Verdict::Refused(LlmError::Refused { first, second }),
                None => {
                    let prompt = repair(&self.prompt, answer, &second, self.share, count);
                    Verdict::Repair(Box::new(Self { prompt, wrong: Some(second), ..self }))
                }
            },
        }
    }

    fn judged(&self, answer: &str, catalog: &Catalog) -> Result<Option<Proposal>, Vec<AnswerError>> {
        let written = read(answer).and_then(Written::of).map_err(|problem| vec![problem])?;
        judge(written, &self.brief, catalog)
    }
}

#[cfg(test)]
mod tests;
