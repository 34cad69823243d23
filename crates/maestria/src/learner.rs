//! A learned policy at work: it decides for many requests at once, and learns from each as its outcome comes.

use std::sync::{
    PoisonError, RwLock,
    atomic::{AtomicU64, Ordering},
};

use maestria_delegator::{
    Context, Decision, DefaultPolicy, Draw, LearnedPolicy, LearningError, Load, Policy, Ranking, Requirements,
    request_features,
};
use maestria_registry::Snapshot;
use maestria_vocabulary::{Embedder, Probability};

use crate::{consultation::planning, error::chain, selection::Question};

/// A learned policy, shared by all requests. Deciding holds up nobody who decides.
#[derive(Debug)]
pub(crate) struct Learner {
    base: DefaultPolicy,
    policy: RwLock<LearnedPolicy>,
    /// Whether it looks at how a request is written, beside what it means.
    styled: bool,
    draws: AtomicU64,
    /// How often the policy changed.
    changes: AtomicU64,
}

/// What was learnt of a decision, and when, so that it can be put right.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Learnt {
    /// Rewards of its ability by then.
    pub(crate) at: u64,
    pub(crate) reward: Probability,
}

impl Learner {
    /// A policy at work, whose chances are drawn from `seed` on.
    ///
    /// # Errors
    /// [`LearningError::WrongLength`] when the policy was not made for this embedder, or neither for no features nor for those of
    /// [`request_features`].
    pub(crate) fn new(
        policy: LearnedPolicy,
        base: DefaultPolicy,
        embedder: &dyn Embedder,
        seed: u64,
    ) -> Result<Self, LearningError> {
        let takes = |styled| {
            let context = context("", styled, embedder);
            let nobody = Snapshot::default();
            let question = Requirements::new(planning());
            policy
                .at(&base, &context, Draw::from_seed(seed))
                .decide(&question, &nobody, &Load::default())
                .map(|_| styled)
        };
        let styled = takes(false).or_else(|refused| takes(true).map_err(|_| refused))?;
        let (draws, changes) = (AtomicU64::new(seed), AtomicU64::new(0));
        Ok(Self { policy: RwLock::new(policy), base, styled, draws, changes })
    }

    pub(crate) fn base(&self) -> &dyn Policy {
        &self.base
    }

    pub(crate) fn decide(&self, question: Question<'_>, embedder: &dyn Embedder) -> (Ranking, Option<Decision>) {
        let Question { instruction, requirements, fleet, load } = question;
        let context = context(instruction, self.styled, embedder);
        let draw = Draw::from_seed(self.draws.fetch_add(1, Ordering::Relaxed));
        let policy = self.policy.read().unwrap_or_else(PoisonError::into_inner);
        policy.at(&self.base, &context, draw).decide(requirements, fleet, load).unwrap_or_else(|error| {
            tracing::warn!(error = chain(&error), "what was learnt cannot be used for this request");
            (self.base.rank(requirements, fleet, load), None)
        })
    }

    /// Learns what came of a decision; nothing where its record does not fit.
    pub(crate) fn learn(&self, decision: &Decision, reward: Probability) -> Option<Learnt> {
        let at = self.change(|policy| {
            policy.learn(decision, reward)?;
            Ok(policy.rewards(&decision.capability))
        })?;
        Some(Learnt { at, reward })
    }

    /// Puts what was learnt of a decision right.
    pub(crate) fn revise(&self, decision: &Decision, learnt: Learnt, reward: Probability) -> Option<Learnt> {
        self.change(|policy| policy.revise(decision, learnt.at, learnt.reward, reward))?;
        Some(Learnt { reward, ..learnt })
    }

    /// Takes over what was learnt before.
    ///
    /// # Errors
    /// [`LearningError::OtherContext`]; then it begins anew.
    pub(crate) fn resume(&self, earlier: LearnedPolicy) -> Result<(), LearningError> {
        let mut policy = self.policy.write().unwrap_or_else(PoisonError::into_inner);
        *policy = policy.clone().resuming(earlier)?;
        Ok(())
    }

    /// What was learnt by now.
    pub(crate) fn policy(&self) -> LearnedPolicy {
        self.policy.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How often it changed: what was written at this number is still true at the same one.
    pub(crate) fn changes(&self) -> u64 {
        self.changes.load(Ordering::Acquire)
    }

    fn change<T>(&self, change: impl FnOnce(&mut LearnedPolicy) -> Result<T, LearningError>) -> Option<T> {
        let mut policy = self.policy.write().unwrap_or_else(PoisonError::into_inner);
        match change(&mut policy) {
            Ok(value) => {
                self.changes.fetch_add(1, Ordering::Release);
                Some(value)
            }
            Err(error) => {
                tracing::warn!(error = chain(&error), "a decision cannot be learnt from");
                None
            }
        }
    }
}

/// What is known of a request. Where the embedder fails, as little as of a request without meaning.
fn context(text: &str, styled: bool, embedder: &dyn Embedder) -> Context {
    let embedding = match embedder.embed(&[text]) {
        Ok(embeddings) => embeddings.into_iter().next().map(|embedding| embedding.0).unwrap_or_default(),
        Err(error) => {
            tracing::warn!(error = chain(&error), "a request could not be embedded");
            Vec::new()
        }
    };
    let features = if styled { request_features(text) } else { Vec::new() };
    Context::new(embedding, features).unwrap_or_default()
}
