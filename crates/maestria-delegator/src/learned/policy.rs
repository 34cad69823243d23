//! The state of a learned policy: how it decides, and how it learns.

use std::collections::BTreeMap;

use maestria_vocabulary::{Capability, ModelId, Outcome, Probability, Verdict};
use serde::{Deserialize, Serialize};

use super::{
    context::Context,
    decision::{Alternative, Decision},
    error::LearningError,
    evidence::{Evidence, Expectation},
    exploration::{gain, weigh},
    projection::Projection,
    settings::Learning,
};
use crate::{ScorePredictor, format::Format};

/// Most numbers that a decision is estimated from: an estimate takes their cube.
const MOST_DIMENSIONS: usize = 64;

/// A policy that learns from rewards which model serves which request: a contextual bandit for fleets that change.
///
/// Of every model it keeps a discounted ridge regression of the reward on the request's features and reduced embedding, around what the
/// model's card declares. It draws its choice with [exact probabilities](Alternative::propensity) that favour what looks best, and gives up
/// at most a share of the baseline's estimated reward for exploring; [`Learning`] has the knobs. Its state is bounded, and serialises with a
/// version.
///
/// It is not a [`Policy`](crate::Policy) by itself, because what it decides depends on the request and on chance: [`at`](Self::at) gives the
/// policy for one request and one draw, which is a pure function again and can be replayed.
///
/// ```
/// use maestria_delegator::{Context, DefaultPolicy, Draw, LearnedPolicy, Learning, Load, Preference, Projection, Requirements};
/// use maestria_registry::{ModelCard, Registry};
/// use maestria_vocabulary::{Capability, Probability, Tokens};
///
/// let chat: Capability = "chat".parse()?;
/// let registry = Registry::default();
/// for (model, declared) in [("boastful", 0.9), ("modest", 0.7)] {
///     let card = ModelCard::new(model.parse()?, Tokens(4096)).with_capability(chat.clone(), Probability::new(declared)?);
///     registry.insert(ModelCard { remote: true, ..card })?;
/// }
/// let base = DefaultPolicy { preference: Preference::BestQuality, ..DefaultPolicy::default() };
/// let mut policy = LearnedPolicy::new(Learning::default(), Projection::Random { dimensions: 4, seed: 0 }, 0)?;
///
/// let context = Context::new(vec![0.6, 0.8], Vec::new())?; // the request's embedding
/// for seed in 0..100 {
///     let informed = policy.at(&base, &context, Draw::from_seed(seed));
///     let (_ranking, decision) = informed.decide(&Requirements::new(chat.clone()), &registry.snapshot(), &Load::default())?;
///     let decision = decision.unwrap();
///     // What came of it: only one of the two keeps what it promises.
///     let good = decision.choice()?.model.as_str() == "modest";
///     policy.learn(&decision, if good { Probability::ONE } else { Probability::ZERO })?;
/// }
///
/// let informed = policy.at(&base, &context, Draw::new(0.5)?);
/// let (ranking, _) = informed.decide(&Requirements::new(chat), &registry.snapshot(), &Load::default())?;
/// assert_eq!(ranking.ranked[0].candidate.executor.to_string(), "model modest");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored")]
pub struct LearnedPolicy {
    version: Format<{ LearnedPolicy::VERSION }>,
    settings: Learning,
    projection: Projection,
    features: usize,
    #[serde(default)]
    predictor: Option<ScorePredictor>,
    skills: BTreeMap<Capability, Skill>,
}

/// What was learnt of one kind of work.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Skill {
    /// Rewards so far.
    rewards: u64,
    /// Reward that exploring may lose.
    slack: f64,
    models: BTreeMap<ModelId, Evidence>,
}

impl LearnedPolicy {
    /// The version in which policies are stored; this library reads it and earlier ones.
    pub const VERSION: u32 = 1;

    /// A policy that knows nothing yet, for contexts of so many features, and embeddings reduced like that.
    ///
    /// # Errors
    /// [`LearningError::OutOfRange`] for a setting outside its range, or more than 64 features and dimensions.
    pub fn new(settings: Learning, projection: Projection, features: usize) -> Result<Self, LearningError> {
        Self { version: Format, settings, projection, features, predictor: None, skills: BTreeMap::new() }.checked()
    }

    /// Starts from what a predictor says of the models it knows; of others from what their cards declare.
    #[must_use]
    pub fn with_predictor(self, predictor: ScorePredictor) -> Self {
        Self { predictor: Some(predictor), ..self }
    }

    /// How it learns.
    #[must_use]
    pub fn settings(&self) -> &Learning {
        &self.settings
    }

    /// Rewards learnt from for an ability.
    #[must_use]
    pub fn rewards(&self, capability: &Capability) -> u64 {
        self.skills.get(capability).map_or(0, |skill| skill.rewards)
    }

    /// Learns what came of a decision. Decisions may be learnt late and in any order, each once.
    ///
    /// # Errors
    /// [`LearningError`] for a record that does not fit; then nothing was learnt.
    pub fn learn(&mut self, decision: &Decision, reward: Probability) -> Result<(), LearningError> {
        let (choice, size) = (decision.choice()?, self.size());
        let Some(baseline) = decision.alternatives.first() else { return Ok(()) };
        let found = decision.context.len();
        if found != size {
            return Err(LearningError::WrongLength { what: "the decision's context", found, expected: size });
        }
        let gained = gain(choice, baseline, reward.get(), self.settings.caution);
        if !(decision.context.iter().all(|value| value.is_finite()) && gained.is_finite() && choice.prior.is_finite()) {
            return Err(LearningError::NotFinite { what: "the decision" });
        }
        let (discount, allowance) = (self.settings.discount(), self.settings.allowance);
        let fresh = || Skill { rewards: 0, slack: allowance, models: BTreeMap::new() };
        let skill = self.skills.entry(decision.capability.clone()).or_insert_with(fresh);
        skill.rewards = skill.rewards.saturating_add(1);
        skill.slack = (skill.slack + gained).clamp(-allowance, allowance);
        let now = skill.rewards;
        if !skill.models.contains_key(&choice.model) && skill.models.len() >= self.settings.most_models {
            let stalest = skill.models.iter().min_by_key(|(_, evidence)| evidence.at).map(|(id, _)| id.clone());
            stalest.and_then(|id| skill.models.remove(&id));
        }
        let evidence = skill.models.entry(choice.model.clone()).or_insert_with(|| Evidence::none(size, now));
        evidence.learn(&decision.context, reward.get() - choice.prior, now, discount);
        Ok(())
    }

    /// Puts another reward in the place of the one that was learnt of a decision, such as a person's verdict in the place of "it gave a
    /// result": the policy is then as if it had learnt the new one at once. `at` is what [`rewards`](Self::rewards) said right after the
    /// decision was learnt. Where its model was forgotten meanwhile, nothing changes.
    ///
    /// The sums are linear in the rewards, so this is exact, but for what the bounds of the loss that may be run up cut off before.
    ///
    /// # Errors
    /// [`LearningError`] for a record that does not fit; then nothing was changed.
    pub fn revise(
        &mut self,
        decision: &Decision,
        at: u64,
        before: Probability,
        after: Probability,
    ) -> Result<(), LearningError> {
        let (choice, expected, found) = (decision.choice()?, self.size(), decision.context.len());
        if found != expected {
            return Err(LearningError::WrongLength { what: "the decision's context", found, expected });
        }
        if !decision.context.iter().all(|value| value.is_finite()) {
            return Err(LearningError::NotFinite { what: "the decision" });
        }
        let (discount, allowance) = (self.settings.discount(), self.settings.allowance);
        let Some(skill) = self.skills.get_mut(&decision.capability) else { return Ok(()) };
        let Some(evidence) = skill.models.get_mut(&choice.model).filter(|evidence| evidence.at >= at) else {
            return Ok(());
        };
        let change = after.get() - before.get();
        evidence.revise(&decision.context, change, at, discount);
        skill.slack = (skill.slack + change).clamp(-allowance, allowance);
        Ok(())
    }

    /// Takes over what an earlier policy learnt, such as one that was stored, and keeps these settings.
    ///
    /// # Errors
    /// [`LearningError::OtherContext`] when the earlier one was made for contexts of another kind.
    pub fn resuming(self, earlier: Self) -> Result<Self, LearningError> {
        if (self.features, &self.projection) != (earlier.features, &earlier.projection) {
            return Err(LearningError::OtherContext);
        }
        let allowance = self.settings.allowance;
        let within = |skill: Skill| Skill { slack: skill.slack.clamp(-allowance, allowance), ..skill };
        let skills = earlier.skills.into_iter().map(|(capability, skill)| (capability, within(skill))).collect();
        Ok(Self { skills, ..self })
    }

    /// The probability with which this policy, as it is now, would choose each alternative of a decision that another one took.
    ///
    /// # Errors
    /// [`LearningError::WrongLength`] when the decision was taken on another kind of context.
    pub fn propensities(&self, decision: &Decision) -> Result<Vec<f64>, LearningError> {
        let (found, expected) = (decision.context.len(), self.size());
        if found != expected {
            return Err(LearningError::WrongLength { what: "the decision's context", found, expected });
        }
        let mut alternatives = decision.alternatives.clone();
        self.appraise(&decision.capability, &decision.context, &mut alternatives);
        Ok(alternatives.into_iter().map(|one| one.propensity).collect())
    }

    /// Fills in what is expected of the alternatives, and how likely each is chosen.
    pub(crate) fn appraise(&self, capability: &Capability, x: &[f64], alternatives: &mut [Alternative]) {
        let (skill, ridge) = (self.skills.get(capability), self.settings.ridge);
        for one in alternatives.iter_mut() {
            let evidence = skill.and_then(|skill| Some((skill.models.get(&one.model)?, skill.rewards)));
            let Expectation { residual, width } = match evidence {
                Some((evidence, now)) => evidence.expect(x, now, self.settings.discount(), ridge),
                None => Expectation::of_nothing(x, ridge),
            };
            (one.predicted, one.width) = ((one.prior + residual).clamp(0.0, 1.0), width);
        }
        weigh(alternatives, &self.settings, skill.map_or(self.settings.allowance, |skill| skill.slack));
    }

    /// Rewards expected of the models that a predictor knows, before any was seen.
    pub(crate) fn priors(&self, context: &Context) -> Vec<(&ModelId, Probability)> {
        self.predictor.as_ref().map(|predictor| predictor.predict_all(context)).unwrap_or_default()
    }

    /// What estimates are made from: a one, the features and the reduced embedding.
    pub(crate) fn reduced(&self, context: &Context) -> Result<Vec<f64>, LearningError> {
        let (found, expected) = (context.features().len(), self.features);
        if found != expected {
            return Err(LearningError::WrongLength { what: "the list of features", found, expected });
        }
        let embedding = self.projection.project(context.embedding())?;
        Ok([1.0].into_iter().chain(context.features().iter().copied()).chain(embedding).collect())
    }

    fn size(&self) -> usize {
        1 + self.features + self.projection.dimensions()
    }

    fn checked(self) -> Result<Self, LearningError> {
        self.settings.check()?;
        let size = self.features.saturating_add(self.projection.dimensions());
        if size > MOST_DIMENSIONS {
            let what = "the number of features and dimensions together";
            return Err(LearningError::OutOfRange { what, range: "0 to 64" });
        }
        let mut evidence = self.skills.values().flat_map(|skill| skill.models.values());
        let sound = evidence.all(|evidence| evidence.is_sound(size + 1)) && self.projection.is_sound();
        if !sound || self.skills.values().any(|skill| !skill.slack.is_finite()) {
            return Err(LearningError::NotFinite { what: "the stored policy" });
        }
        Ok(self)
    }
}

/// The reward of an outcome, where nothing better is known: one for a result, zero for an error or a timeout, none for what nobody wanted.
#[must_use]
pub fn reward_of(outcome: &Outcome) -> Option<Probability> {
    match outcome.verdict {
        Verdict::Succeeded => Some(Probability::ONE),
        Verdict::Failed | Verdict::TimedOut => Some(Probability::ZERO),
        Verdict::Cancelled => None,
    }
}

/// A policy as it is stored, before it is checked.
#[derive(Deserialize)]
struct Stored {
    version: Format<{ LearnedPolicy::VERSION }>,
    settings: Learning,
    projection: Projection,
    features: usize,
    #[serde(default)]
    predictor: Option<ScorePredictor>,
    skills: BTreeMap<Capability, Skill>,
}

impl TryFrom<Stored> for LearnedPolicy {
    type Error = LearningError;

    fn try_from(stored: Stored) -> Result<Self, LearningError> {
        let Stored { version, settings, projection, features, predictor, skills } = stored;
        Self { version, settings, projection, features, predictor, skills }.checked()
    }
}
