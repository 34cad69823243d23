//! What everything learns from: what attempts came to, and what people say of it.

use maestria_delegator::{Decision, reward_of};
use maestria_registry::drift::Suspect;
use maestria_vocabulary::{ErrorKind, Executor, Outcome, Probability, RunId, StepId, Verdict};

use crate::{Error, Result, Skip, history::Remembered, mind::Mind};

/// The result of a step as somebody judged it.
struct Judged {
    outcome: Outcome,
    /// Whether the same was not said of it just before.
    is_new: bool,
    /// The decision that led to it, with the reward that it earned by that.
    decision: Option<Decision>,
}

impl Mind {
    /// Learns from an attempt. Says if its model no longer does what it did.
    pub(crate) fn learn(&self, outcome: &Outcome) -> Option<Suspect> {
        self.registry.observe(outcome);
        self.compositions.observe(outcome);
        let rewarded = self.history.at(&outcome.run, &outcome.step, |remembered| {
            remembered.outcomes.push(outcome.clone());
            let (learner, reward) = (self.selection.learner()?, reward_of(outcome)?);
            let decision = remembered.rewarded_by(outcome)?.clone();
            remembered.learnt = Some(learner.learn(&decision, reward)?);
            Some(decision.with_reward(reward))
        });
        self.keep(rewarded.flatten());
        self.watch.attempted(outcome)
    }

    /// Remembers that a model was not asked.
    pub(crate) fn skipped(&self, run: &RunId, skip: &Skip) {
        self.history.at(run, &skip.step, |remembered| remembered.skips.push(skip.clone()));
    }

    /// Learns from what a person says of what a run gave, or one step of it.
    ///
    /// # Errors
    /// [`Error::NothingToJudge`].
    pub(crate) fn judge(&self, run: &RunId, step: Option<&StepId>, reward: Probability) -> Result<Vec<Suspect>> {
        let steps = match step {
            Some(step) => vec![step.clone()],
            None => self.history.steps(run).unwrap_or_default(),
        };
        let judged: Vec<Judged> = steps.iter().filter_map(|step| self.judge_step(run, step, reward)).collect();
        if judged.is_empty() {
            return Err(Error::NothingToJudge { run: run.clone() });
        }
        let learn = |Judged { outcome, is_new, decision }: Judged| {
            if is_new {
                self.registry.observe_verdict(&outcome);
            }
            self.keep(decision);
            if is_new { self.watch.judged(&outcome) } else { None }
        };
        Ok(judged.into_iter().filter_map(learn).collect())
    }

    /// The result of a step as somebody judges it now.
    fn judge_step(&self, run: &RunId, step: &StepId, reward: Probability) -> Option<Judged> {
        let judge = |remembered: &mut Remembered| {
            let given = remembered.outcomes.iter().find(|outcome| outcome.verdict == Verdict::Succeeded)?;
            let wanted = reward.get() >= 0.5;
            let (verdict, error) =
                if wanted { (Verdict::Succeeded, None) } else { (Verdict::Failed, Some(ErrorKind::Rejected)) };
            let outcome = Outcome { verdict, error, ..given.clone() };
            let decision = remembered.choice.decision.as_ref();
            let chosen = decision.filter(|decision| {
                decision.choice().is_ok_and(|choice| outcome.executor == Executor::Model(choice.model.clone()))
            });
            let revised = chosen.zip(remembered.learnt).and_then(|(decision, learnt)| {
                let learnt = self.selection.learner()?.revise(decision, learnt, reward)?;
                Some((decision.clone().with_reward(reward), learnt))
            });
            let (decision, learnt) = revised.unzip();
            remembered.learnt = learnt.or(remembered.learnt);
            let is_new = remembered.judged(outcome.clone());
            Some(Judged { outcome, is_new, decision })
        };
        self.history.at(run, step, judge).flatten()
    }

    fn keep(&self, decision: Option<Decision>) {
        match (&self.keeper, decision) {
            (Some(keeper), Some(decision)) => keeper.rewarded(decision),
            (Some(keeper), None) => keeper.changed(),
            (None, _) => {}
        }
    }
}
