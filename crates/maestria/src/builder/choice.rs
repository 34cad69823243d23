//! How models are chosen: by which policy, under which preference, and who works together.

use std::sync::Arc;

use maestria_delegator::{DefaultPolicy, HybridComposition, LearnedPolicy, Policy, Preference, TaskAnalyzer};
use maestria_registry::BreakerSettings;
use maestria_vocabulary::{Capability, ModelId};

use super::{Builder, Ranker};
use crate::DiscoveryPlan;

impl Builder {
    /// Sets what ranks models; [`DefaultPolicy`] by default.
    pub fn with_policy(self, policy: Arc<dyn Policy>) -> Self {
        Self { policy: Some(Ranker::Given(policy)), ..self }
    }

    /// Has models ranked by a policy that learns from what comes of its choices: every outcome rewards the decision that led to it, and a
    /// [verdict](crate::Orchestrator::feedback) puts the reward right. Who may be asked at all, and what time, cost and energy count, is for `base`
    /// to say.
    ///
    /// A policy without features learns by the meaning of what is asked, one of 22 features by
    /// [how it is written](maestria_delegator::request_features) as well.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use maestria::{ModelCard, Orchestrator, Probability, Tokens, delegator::{DefaultPolicy, LearnedPolicy, Learning, Projection}};
    /// use maestria_testkit::ScriptedModel;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let policy = LearnedPolicy::new(Learning::default(), Projection::Random { dimensions: 8, seed: 0 }, 0)?;
    /// let card = ModelCard::new("scribe".parse()?, Tokens(8_192)).with_capability("translation".parse()?, Probability::ONE);
    /// let orchestrator = Orchestrator::builder()
    ///     .with_model(card, Arc::new(ScriptedModel::saying(["Guten Tag"])))
    ///     .with_learned_policy(policy, DefaultPolicy::default())
    ///     .build()?;
    ///
    /// let response = orchestrator.run("Translate good day into German").response().await;
    /// orchestrator.feedback(&response.run, None, Probability::ONE)?;
    /// let explained = orchestrator.explain(&response.run).ok_or("it was forgotten")?;
    /// assert!(explained.to_string().ends_with("learnt: reward 1.00"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn with_learned_policy(self, policy: LearnedPolicy, base: DefaultPolicy) -> Self {
        Self { policy: Some(Ranker::Learned(Box::new((policy, base)))), ..self }
    }

    /// Has one model do a kind of work, and another one stand in while the first cannot do it well: while its device is nearly full, or while
    /// too many of its answers fail. Changes have hysteresis, as [`SwitchingCriteria`](maestria_delegator::SwitchingCriteria) say. Whoever works
    /// comes first for the ability, the other one next, and others behind; nothing is learnt about who to choose for it.
    pub fn with_hybrid(mut self, capability: Capability, composition: HybridComposition) -> Self {
        self.hybrids.push((capability, composition));
        self
    }

    /// Says that these models are replicas of each other: of those that may be asked, each request goes to the one of two drawn by chance that
    /// would keep it waiting the shortest (M. Mitzenmacher, 2001). A learned policy chooses among replicas as among any models.
    pub fn with_replicas(mut self, models: impl IntoIterator<Item = ModelId>) -> Self {
        self.replicas.push(models.into_iter().collect());
        self
    }

    /// Sets what matters most for requests that do not [say so](crate::Request::with_preference); what the policy prefers by default.
    pub fn with_preference(mut self, preference: Preference) -> Self {
        self.defaults.preference = Some(preference);
        self
    }

    /// Keeps the prompts of all requests on this machine: no remote model is asked.
    pub fn with_local_only(mut self) -> Self {
        self.defaults.local_only = true;
        self
    }

    /// Sets after which failures a model is left alone, for how long, and how it is tried again.
    pub fn with_breaker(self, breaker: BreakerSettings) -> Self {
        Self { breaker, ..self }
    }

    /// Lets what was surely [found out](crate::Orchestrator::discover) of a model go before what its card declares: abilities that it lacks are
    /// taken off the card, others are put on it with the score that was found.
    pub fn with_adopted_profiles(self) -> Self {
        Self { adopts: true, ..self }
    }

    /// Has models that no longer do what they did probed again by themselves, in what they do differently, as `plan` says and with other probes
    /// every time. Without this, [`suspects`](crate::Orchestrator::suspects) and [`ProgressEvent::Drifted`](crate::ProgressEvent::Drifted) suggest it.
    pub fn with_reprobing(self, plan: DiscoveryPlan) -> Self {
        Self { reprobing: Some(plan), ..self }
    }

    /// Sets how many runs are remembered for [`explain`](crate::Orchestrator::explain) and [`feedback`](crate::Orchestrator::feedback); the latest 1,000
    /// by default. What a policy learns from must be remembered until it ends.
    pub fn with_remembered_runs(self, most: usize) -> Self {
        Self { remembered: Some(most), ..self }
    }

    /// Sets where chance is drawn from, so that it can be repeated; another seed every time by default.
    pub fn with_seed(self, seed: u64) -> Self {
        Self { seed: Some(seed), ..self }
    }

    /// Sets what abilities take and give; those of the built-in taxonomy by default, and text for all others. A step that is handed something
    /// else, such as a recording that is to be summarised, gets steps before it that convert it, if there are models for that; if there are
    /// none, nothing is run and the answer says [which](crate::Lack::no_chain).
    pub fn with_task_analyzer(self, analyzer: TaskAnalyzer) -> Self {
        Self { analyzer, ..self }
    }
}
