//! The latest runs: what was decided in them and what came of it, for whoever asks why, and for verdicts that come late.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
};

use maestria_delegator::Decision;
use maestria_vocabulary::{Executor, Outcome, RunId, StepId};

use crate::{Choice, Explained, ExplainedStep, Skip, learner::Learnt};

/// The latest runs, at most as many as was said; the oldest is forgotten first.
#[derive(Debug)]
pub(crate) struct History {
    most: usize,
    runs: Mutex<Runs>,
}

#[derive(Debug, Default)]
struct Runs {
    order: VecDeque<RunId>,
    known: HashMap<RunId, Vec<Remembered>>,
}

/// What is remembered of one step that asked a model.
#[derive(Debug, Clone)]
pub(crate) struct Remembered {
    pub(crate) choice: Choice,
    pub(crate) outcomes: Vec<Outcome>,
    /// Where among them the latest verdict of a person stands.
    pub(crate) verdict: Option<usize>,
    pub(crate) skips: Vec<Skip>,
    pub(crate) learnt: Option<Learnt>,
}

impl Remembered {
    /// Puts a person's verdict in the place of the one before, if there is one, and says whether it says anything else.
    pub(crate) fn judged(&mut self, judged: Outcome) -> bool {
        match self.verdict.and_then(|place| self.outcomes.get_mut(place)) {
            Some(before) => {
                let differs = *before != judged;
                *before = judged;
                differs
            }
            None => {
                self.verdict = Some(self.outcomes.len());
                self.outcomes.push(judged);
                true
            }
        }
    }

    /// The decision that this outcome rewards: the first one of the model that was chosen.
    pub(crate) fn rewarded_by(&self, outcome: &Outcome) -> Option<&Decision> {
        let decision = self.choice.decision.as_ref().filter(|_| self.learnt.is_none())?;
        let chosen = Executor::Model(decision.choice().ok()?.model.clone());
        (chosen == outcome.executor).then_some(decision)
    }
}

impl History {
    pub(crate) fn new(most: usize) -> Self {
        Self { most, runs: Mutex::default() }
    }

    /// Remembers what was decided.
    pub(crate) fn decided(&self, run: &RunId, choices: &[Choice]) {
        if self.most == 0 || choices.is_empty() {
            return;
        }
        let remembered = |choice: &Choice| Remembered {
            choice: choice.clone(),
            outcomes: Vec::new(),
            verdict: None,
            skips: Vec::new(),
            learnt: None,
        };
        let mut runs = self.runs();
        if runs.known.insert(run.clone(), choices.iter().map(remembered).collect()).is_none() {
            runs.order.push_back(run.clone());
        }
        while runs.order.len() > self.most {
            let oldest = runs.order.pop_front();
            oldest.and_then(|oldest| runs.known.remove(&oldest));
        }
    }

    /// Changes what is remembered of a step; nothing when it is forgotten or asked no model.
    pub(crate) fn at<T>(&self, run: &RunId, step: &StepId, change: impl FnOnce(&mut Remembered) -> T) -> Option<T> {
        let mut runs = self.runs();
        let steps = runs.known.get_mut(run)?;
        steps.iter_mut().find(|remembered| remembered.choice.step == *step).map(change)
    }

    /// The steps of a run that asked a model; nothing when it is forgotten.
    pub(crate) fn steps(&self, run: &RunId) -> Option<Vec<StepId>> {
        let runs = self.runs();
        Some(runs.known.get(run)?.iter().map(|remembered| remembered.choice.step.clone()).collect())
    }

    pub(crate) fn explained(&self, run: &RunId) -> Option<Explained> {
        let runs = self.runs();
        let explain = |remembered: &Remembered| ExplainedStep {
            choice: remembered.choice.clone(),
            outcomes: remembered.outcomes.clone(),
            skips: remembered.skips.clone(),
            reward: remembered.learnt.map(|learnt| learnt.reward),
        };
        let steps = runs.known.get(run)?.iter().map(explain).collect();
        Some(Explained { run: run.clone(), steps })
    }

    fn runs(&self) -> MutexGuard<'_, Runs> {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
