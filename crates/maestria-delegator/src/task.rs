//! From what is known of a step to what it requires of a model, and to a chain of models where no single one can do it.

use std::time::Duration;

use maestria_registry::Snapshot;
use maestria_vocabulary::{Capability, Money, Probability, Tokens, Usage};

use crate::{
    Ability, Chain, Error, Load, Modality, NoChain, Policy, Preference, Requirements, Result, ability::Abilities,
    chain::shortest,
};

/// What is known of a step before a model is chosen for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// The ability needed: an intent, or what a plan asks for.
    pub capability: Capability,
    /// What is attached beside the instruction.
    pub attached: Vec<Modality>,
    /// Tokens of the prompt, as far as it is known.
    pub prompt: Tokens,
    /// Results of earlier steps that the prompt will hold and whose size is not known yet.
    pub unknown_inputs: usize,
    /// Tokens expected of the answer; a short one when absent.
    pub answer: Option<Tokens>,
    /// Least quality.
    pub quality_floor: Option<Probability>,
    /// Longest expected time, waiting and loading included.
    pub max_latency: Option<Duration>,
    /// Most that it may be expected to cost.
    pub max_cost: Option<Money>,
    /// Whether the prompt must not leave this machine.
    pub local_only: bool,
    /// What matters most; what the policy prefers when absent.
    pub preference: Option<Preference>,
}

impl Task {
    /// A task of which nothing is known but the ability, and to which no limit is set.
    #[must_use]
    pub const fn new(capability: Capability) -> Self {
        Self {
            capability,
            attached: Vec::new(),
            prompt: Tokens::ZERO,
            unknown_inputs: 0,
            answer: None,
            quality_floor: None,
            max_latency: None,
            max_cost: None,
            local_only: false,
            preference: None,
        }
    }

    /// What the task requires of a model, whatever is attached. [`TaskAnalyzer::analyze`] checks it.
    #[must_use]
    pub fn requirements(&self) -> Requirements {
        let inputs = u64::try_from(self.unknown_inputs).unwrap_or(u64::MAX);
        let unknown = Tokens(UNKNOWN_RESULT.0.saturating_mul(inputs));
        let expected = Usage { input: self.prompt + unknown, output: self.answer.unwrap_or(SHORT_ANSWER) };
        Requirements {
            min_window: expected.input + expected.output,
            expected,
            quality_floor: self.quality_floor,
            max_latency: self.max_latency,
            max_cost: self.max_cost,
            local_only: self.local_only,
            preference: self.preference,
            ..Requirements::new(self.capability.clone())
        }
    }
}

/// Tokens that are expected of a result whose size is not known, and of an answer.
const UNKNOWN_RESULT: Tokens = Tokens(512);
const SHORT_ANSWER: Tokens = Tokens(256);

/// Turns tasks into requirements.
///
/// ```
/// use maestria_delegator::{DefaultPolicy, Load, Modality, Task, TaskAnalyzer};
/// use maestria_registry::{ModelCard, Registry};
/// use maestria_vocabulary::{Probability, Tokens};
///
/// let registry = Registry::default();
/// for (model, ability) in [("ears", "speech_to_text"), ("editor", "summarization")] {
///     let card = ModelCard::new(model.parse()?, Tokens(4096)).with_capability(ability.parse()?, Probability::ONE);
///     registry.insert(ModelCard { remote: true, ..card })?;
/// }
///
/// // A recording is to be summarised.
/// let task = Task { attached: vec![Modality::Audio], ..Task::new("summarization".parse()?) };
/// let analyzer = TaskAnalyzer::default();
/// let error = analyzer.analyze(&task).unwrap_err();
/// assert_eq!(error.to_string(), "summarization takes no audio: convert it first");
///
/// let chain = analyzer.chain(&task, &DefaultPolicy::default(), &registry.snapshot(), &Load::default())?;
/// let told = "speech_to_text of audio by model ears, then summarization by model editor; done in 0.0ns, cost 0.000000";
/// assert_eq!(chain.to_string(), told);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaskAnalyzer {
    abilities: Abilities,
}

impl TaskAnalyzer {
    /// Says what an ability takes and gives. One that is neither built in nor told takes and gives text.
    #[must_use]
    pub fn with_ability(mut self, capability: Capability, ability: Ability) -> Self {
        self.abilities.insert(capability, ability);
        self
    }

    /// What an ability gives.
    #[must_use]
    pub fn gives(&self, capability: &Capability) -> Modality {
        self.abilities.gives(capability)
    }

    /// What the task requires of a model.
    ///
    /// # Errors
    /// [`Error::WrongModality`] when the ability does not take what is attached, [`Error::NoTime`] when the task is given no time.
    pub fn analyze(&self, task: &Task) -> Result<Requirements> {
        let capability = &task.capability;
        if let Some(&given) = task.attached.iter().find(|given| !self.abilities.takes(capability, **given)) {
            return Err(Error::WrongModality { capability: capability.clone(), given });
        }
        let requirements = task.requirements();
        requirements.validate()?;
        Ok(requirements)
    }

    /// Models that together do what no single one can: what is attached is converted until the ability takes it, along the quickest way.
    ///
    /// Every link goes to the model that `policy` ranks first for it, and what it gives counts as an input of unknown size for the next. The
    /// limits of time and cost hold for the whole chain. A task that one model can do has a chain of one link.
    ///
    /// # Errors
    /// [`NoChain`], which says what is missing.
    pub fn chain(&self, task: &Task, policy: &dyn Policy, fleet: &Snapshot, load: &Load) -> Result<Chain, NoChain> {
        shortest(&self.abilities, task, policy, fleet, load)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_requires_room_for_what_it_reads_and_writes() {
        let check = |prompt, unknown_inputs, answer: Option<u64>, window| {
            let task = Task {
                prompt: Tokens(prompt),
                unknown_inputs,
                answer: answer.map(Tokens),
                ..Task::new("chat".parse().unwrap())
            };
            let requirements = TaskAnalyzer::default().analyze(&task).unwrap();
            assert_eq!(requirements.min_window, Tokens(window));
            assert_eq!(requirements.expected.input + requirements.expected.output, Tokens(window));
        };
        check(0, 0, None, 256);
        check(100, 0, None, 356);
        check(100, 2, Some(50), 1174);
        check(u64::MAX, usize::MAX, Some(u64::MAX), u64::MAX);
    }

    #[test]
    fn what_an_ability_does_not_take_is_told() {
        let check = |capability: &str, attached: &[Modality], max_latency, told: &str| {
            let task = Task { attached: attached.to_vec(), max_latency, ..Task::new(capability.parse().unwrap()) };
            let found = TaskAnalyzer::default().analyze(&task).map_err(|error| error.to_string()).err();
            assert_eq!(found.unwrap_or_default(), told);
        };
        check("audio_analysis", &[Modality::Audio], None, "");
        check("speech_to_text", &[Modality::Video, Modality::Text], None, "");
        check("summarization", &[Modality::Text], None, "");
        check("summarization", &[Modality::Image], None, "summarization takes no image: convert it first");
        let told = "a latency of nothing is required: allow some time, or no limit";
        check("summarization", &[], Some(Duration::ZERO), told);
    }

    #[test]
    fn an_application_tells_what_its_own_abilities_take() {
        let ability = Ability { takes: vec![Modality::Image], gives: Modality::Text, faithful: false };
        let analyzer = TaskAnalyzer::default().with_ability("plant_finder".parse().unwrap(), ability);
        let task = Task { attached: vec![Modality::Image], ..Task::new("plant_finder".parse().unwrap()) };
        assert!(analyzer.analyze(&task).is_ok() && TaskAnalyzer::default().analyze(&task).is_err());
    }
}
