//! A learned policy for one request and one draw, as a policy like any other.

use maestria_registry::Snapshot;
use maestria_vocabulary::{Executor, ModelId, Probability};

use super::{
    context::Context,
    decision::{Alternative, Decision},
    draw::Draw,
    error::LearningError,
    policy::LearnedPolicy,
};
use crate::{DefaultPolicy, Load, Policy, Ranked, Ranking, Requirements, format::Format, score::share};

/// A [`LearnedPolicy`] that knows the request and what was drawn for it.
///
/// Who may run a step, and where, is for the base policy to say, and so are [routes](crate::Route): a step that one of them serves is not
/// learnt from. Of the others the order is decided by reward instead of [quality](crate::Quality::score); time, cost and energy count as the
/// base policy's preference has it.
#[derive(Debug, Clone, Copy)]
pub struct Informed<'a> {
    learned: &'a LearnedPolicy,
    base: &'a DefaultPolicy,
    context: &'a Context,
    draw: Draw,
}

impl LearnedPolicy {
    /// The policy for one request and one draw.
    #[must_use]
    pub fn at<'a>(&'a self, base: &'a DefaultPolicy, context: &'a Context, draw: Draw) -> Informed<'a> {
        Informed { learned: self, base, context, draw }
    }
}

impl Informed<'_> {
    /// Ranks, and gives the decision to be logged and [learnt from](LearnedPolicy::learn). There is none where nothing was to be decided:
    /// no model may run the step, a route names one, or quality does not count.
    ///
    /// # Errors
    /// [`LearningError::WrongLength`] when the context is not of the kind that the policy was made for.
    pub fn decide(
        &self,
        requirements: &Requirements,
        fleet: &Snapshot,
        load: &Load,
    ) -> Result<(Ranking, Option<Decision>), LearningError> {
        let context = self.learned.reduced(self.context)?;
        let mut ranking = self.base.rank(requirements, fleet, load);
        let quality = self.quality_share(requirements);
        let routed = ranking.ranked.iter().any(|ranked| ranked.explanation.routed.is_some());
        if ranking.ranked.is_empty() || routed || quality <= 0.0 {
            return Ok((ranking, None));
        }
        let mut alternatives: Vec<_> =
            ranking.ranked.iter().filter_map(|ranked| alternative(ranked, quality)).collect();
        for (model, score) in self.learned.priors(self.context) {
            if let Some(one) = alternatives.iter_mut().find(|one| one.model == *model) {
                one.prior = score.get();
            }
        }
        self.learned.appraise(&requirements.capability, &context, &mut alternatives);
        let chosen = self.draw.pick(alternatives.iter().map(|one| one.propensity));
        let decision = Decision {
            version: Format,
            run: None,
            step: None,
            capability: requirements.capability.clone(),
            context,
            alternatives,
            chosen,
            draw: self.draw,
            reward: None,
        };
        order(&mut ranking.ranked, &decision);
        Ok((ranking, Some(decision)))
    }

    /// How much quality counts for this step beside time, cost and energy, in `[0, 1]`.
    fn quality_share(&self, requirements: &Requirements) -> f64 {
        let weights = requirements.preference.unwrap_or(self.base.preference).weights();
        let total: f64 =
            [weights.quality, weights.time, weights.cost, weights.energy].map(Probability::get).iter().sum();
        share(weights.quality.get(), total)
    }
}

impl Policy for Informed<'_> {
    /// Ranks as [`decide`](Informed::decide) does; by the base policy alone when the context does not fit.
    fn rank(&self, requirements: &Requirements, fleet: &Snapshot, load: &Load) -> Ranking {
        match self.decide(requirements, fleet, load) {
            Ok((ranking, _)) => ranking,
            Err(_) => self.base.rank(requirements, fleet, load),
        }
    }
}

fn alternative(ranked: &Ranked, quality: f64) -> Option<Alternative> {
    let explanation = &ranked.explanation;
    let bonus = explanation.utility.get() / quality - explanation.quality.score.get();
    let prior = explanation.quality.declared.get();
    let model = model(ranked)?.clone();
    Some(Alternative { model, prior, predicted: prior, width: 0.0, bonus, propensity: 0.0 })
}

fn model(ranked: &Ranked) -> Option<&ModelId> {
    match &ranked.candidate.executor {
        Executor::Model(id) => Some(id),
        _ => None,
    }
}

/// The chosen first, then the others by what is expected of them; equals stay as they were.
fn order(ranked: &mut [Ranked], decision: &Decision) {
    let chosen = decision.alternatives.get(decision.chosen).map(|one| &one.model);
    let value = |ranked: &Ranked| {
        let id = model(ranked);
        let one = decision.alternatives.iter().find(|one| Some(&one.model) == id);
        (id == chosen, one.map_or(f64::NEG_INFINITY, |one| one.predicted + one.bonus))
    };
    ranked.sort_by(|a, b| {
        let (a, b) = (value(a), value(b));
        b.0.cmp(&a.0).then(b.1.total_cmp(&a.1))
    });
}
