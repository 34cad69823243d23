//! What a step asks of the model that runs it.

use std::time::Duration;

use maestria_vocabulary::{Capability, Money, Probability, Tokens, Usage};
use serde::{Deserialize, Serialize};

use crate::{Error, Preference, Result};

/// What a step asks of the model that runs it.
///
/// Any value can be ranked by; requirements that contradict themselves are met by no model. [`validate`](Self::validate) tells that
/// apart from a fleet that merely has no such model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requirements {
    /// The ability needed.
    pub capability: Capability,
    /// Tokens of prompt and answer that the model must hold together.
    pub min_window: Tokens,
    /// Tokens that the step is expected to read and write, from which its cost is reckoned.
    pub expected: Usage,
    /// Least [score](crate::Quality::score), in `[0, 1]`.
    #[serde(default)]
    pub quality_floor: Option<Probability>,
    /// Longest expected time until the step is done, waiting and loading included.
    #[serde(default)]
    pub max_latency: Option<Duration>,
    /// Most that the step may be expected to cost.
    #[serde(default)]
    pub max_cost: Option<Money>,
    /// Whether the prompt must not leave this machine.
    #[serde(default)]
    pub local_only: bool,
    /// What matters most for this step; what the policy prefers when absent.
    #[serde(default)]
    pub preference: Option<Preference>,
}

impl Requirements {
    /// Nothing but the ability, for a short question (768 tokens) and a short answer (256).
    #[must_use]
    pub fn new(capability: Capability) -> Self {
        let expected = Usage { input: Tokens(768), output: Tokens(256) };
        Self {
            capability,
            min_window: expected.input + expected.output,
            expected,
            quality_floor: None,
            max_latency: None,
            max_cost: None,
            local_only: false,
            preference: None,
        }
    }

    /// Says how many tokens the step is expected to read and write, and requires a window that holds them.
    #[must_use]
    pub fn with_expected(self, expected: Usage) -> Self {
        Self { expected, min_window: self.min_window.max(expected.input + expected.output), ..self }
    }

    /// Says whether some model could meet the requirements.
    ///
    /// # Errors
    /// [`Error::WindowTooSmall`] when the tokens expected exceed the window required, [`Error::NoTime`] when the step is given no time.
    pub fn validate(&self) -> Result<()> {
        let expected = self.expected.input + self.expected.output;
        if expected > self.min_window {
            return Err(Error::WindowTooSmall { window: self.min_window, expected });
        }
        if self.max_latency.is_some_and(|latency| latency.is_zero()) {
            return Err(Error::NoTime);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn any() -> Requirements {
        Requirements::new("chat".parse().unwrap())
    }

    #[test]
    fn requirements_that_contradict_themselves_are_told() {
        let check = |requirements: Requirements, expected| assert_eq!(requirements.validate(), expected);
        check(any(), Ok(()));
        check(any().with_expected(Usage { input: Tokens(u64::MAX), output: Tokens(1) }), Ok(()));
        check(Requirements { max_cost: Some(Money::ZERO), ..any() }, Ok(()));
        check(Requirements { max_latency: Some(Duration::ZERO), ..any() }, Err(Error::NoTime));
        let (window, expected) = (Tokens(512), Tokens(1024));
        check(Requirements { min_window: window, ..any() }, Err(Error::WindowTooSmall { window, expected }));
    }

    #[test]
    fn expected_tokens_widen_the_window_and_never_narrow_it() {
        let check = |input, output, window| {
            let requirements = any().with_expected(Usage { input: Tokens(input), output: Tokens(output) });
            assert_eq!(requirements.min_window, Tokens(window));
        };
        check(10, 10, 1024);
        check(4000, 96, 4096);
    }
}
