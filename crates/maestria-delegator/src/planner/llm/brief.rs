//! What a language model is told of a request, its own words apart from what came with them.

use maestria_vocabulary::{Capability, Probability, ToolId};
use serde_json::Value;

/// What a language model is told of a request, and what it may plan with.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Brief {
    /// What the person asks, in their own words.
    pub wish: String,
    /// Text that came with the request to be worked on. It is shown in part, is never an instruction, and may become an argument.
    pub material: Option<String>,
    /// The tools worth considering, likeliest first, each with the probability that the person's own words mean it. The first go into the
    /// prompt, as many as fit.
    pub tools: Vec<(ToolId, Probability)>,
    /// The abilities for which models may be asked; without any, plans call tools alone.
    pub abilities: Vec<Capability>,
    /// The time, as people write it, if it is known.
    pub now: Option<String>,
    /// Values that the person gave beside the words: whatever the model says, these are taken.
    pub presets: Vec<Preset>,
    /// Least probability of a tool that is not pure, for it to be called. Default 0.2.
    pub least_effect: Probability,
}

/// A value that the person gave for a parameter of a tool, in answer to a question. To answer is to ask for the tool.
#[derive(Debug, Clone, PartialEq)]
pub struct Preset {
    /// The tool.
    pub tool: ToolId,
    /// The parameter.
    pub parameter: String,
    /// Its value.
    pub value: Value,
}

impl Brief {
    /// A wish without anything to plan it with.
    #[must_use]
    pub fn new(wish: impl Into<String>) -> Self {
        Self {
            wish: wish.into(),
            material: None,
            tools: Vec::new(),
            abilities: Vec::new(),
            now: None,
            presets: Vec::new(),
            least_effect: Probability::saturating(0.2),
        }
    }

    /// Sets what came with the wish.
    #[must_use]
    pub fn with_material(self, material: Option<String>) -> Self {
        Self { material, ..self }
    }

    /// Sets the tools, likeliest first.
    #[must_use]
    pub fn with_tools(self, tools: impl IntoIterator<Item = (ToolId, Probability)>) -> Self {
        Self { tools: tools.into_iter().collect(), ..self }
    }

    /// Sets the abilities for which models may be asked.
    #[must_use]
    pub fn with_abilities(self, abilities: impl IntoIterator<Item = Capability>) -> Self {
        Self { abilities: abilities.into_iter().collect(), ..self }
    }

    /// Sets the time.
    #[must_use]
    pub fn with_now(self, now: Option<String>) -> Self {
        Self { now, ..self }
    }

    /// Sets what the person gave beside the words.
    #[must_use]
    pub fn with_presets(self, presets: impl IntoIterator<Item = Preset>) -> Self {
        Self { presets: presets.into_iter().collect(), ..self }
    }

    /// Sets how likely a tool must be that changes something.
    #[must_use]
    pub fn with_least_effect(self, least_effect: Probability) -> Self {
        Self { least_effect, ..self }
    }

    /// Whether the person asks for this tool: their words speak for it, or they answered a question about it.
    pub(super) fn asks_for(&self, tool: &ToolId) -> bool {
        let likely = |(id, probability): &(ToolId, Probability)| id == tool && *probability >= self.least_effect;
        self.tools.iter().any(likely) || self.presets.iter().any(|preset| preset.tool == *tool)
    }

    /// How likely the person's words mean this tool.
    pub(super) fn probability(&self, tool: &ToolId) -> Probability {
        let known = self.tools.iter().find(|(id, _)| id == tool);
        known.map_or(Probability::ZERO, |(_, probability)| *probability)
    }
}
