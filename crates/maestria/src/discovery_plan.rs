//! What is to be found out of which models, and at what cost.

use std::{sync::Arc, time::Duration};

use maestria_registry::{
    discovery::{Settings, Skill, Suite},
    drift::Suspect,
};
use maestria_scheduler::Priority;
use maestria_vocabulary::{Capability, ModelId};

/// What is to be found out, and of whom: by default all built-in skills that can be asked for in words, of all models that are registered.
#[derive(Debug, Clone)]
pub struct DiscoveryPlan {
    /// How sure one wants to be, and what it may cost.
    pub settings: Settings,
    /// Where the probes come from, at most one suite for each ability.
    pub suites: Vec<Arc<dyn Suite>>,
    /// Of whom, and what alone if not all; of all models and suites when absent.
    pub subjects: Option<Vec<(ModelId, Option<Capability>)>>,
    /// How much probes matter among the requests of the application; ten points less by default, so that people come first.
    pub priority: Priority,
    /// How long a model may take for one answer, once it runs. A minute by default. A probe that is not answered within ten times as long, the
    /// wait for its turn included, failed.
    pub timeout: Duration,
    /// How many probes are put or wait for their turn at once, at least one; 16 by default. They take room in the queue of the orchestrator.
    pub at_once: usize,
}

impl Default for DiscoveryPlan {
    fn default() -> Self {
        let suite = |skill: Skill| Some(Arc::new(skill.suite().ok()?) as Arc<dyn Suite>);
        // A `Model` answers in words; vectors are for an `Embedder`.
        let skills = Skill::ALL.into_iter().filter(|skill| *skill != Skill::Embedding);
        Self {
            settings: Settings::default(),
            suites: skills.filter_map(suite).collect(),
            subjects: None,
            priority: Priority(-10),
            timeout: Duration::from_secs(60),
            at_once: 16,
        }
    }
}

impl DiscoveryPlan {
    /// Probes of these suites.
    #[must_use]
    pub fn with_suites(self, suites: impl IntoIterator<Item = Arc<dyn Suite>>) -> Self {
        Self { suites: suites.into_iter().collect(), ..self }
    }

    /// As sure as that, at this cost.
    #[must_use]
    pub fn with_settings(self, settings: Settings) -> Self {
        Self { settings, ..self }
    }

    /// Of these models alone.
    #[must_use]
    pub fn of_models(self, models: impl IntoIterator<Item = ModelId>) -> Self {
        Self { subjects: Some(models.into_iter().map(|model| (model, None)).collect()), ..self }
    }

    /// Of suspects alone, and only what they do differently.
    #[must_use]
    pub fn of_suspects(self, suspects: impl IntoIterator<Item = Suspect>) -> Self {
        let subject = |suspect: Suspect| (suspect.model, Some(suspect.capability));
        Self { subjects: Some(suspects.into_iter().map(subject).collect()), ..self }
    }

    /// Whether an ability of a model is to be tested.
    pub(crate) fn wants(&self, model: &ModelId, capability: &Capability) -> bool {
        self.subjects.as_ref().is_none_or(|subjects| {
            subjects
                .iter()
                .any(|(subject, only)| subject == model && only.as_ref().is_none_or(|only| only == capability))
        })
    }
}
