//! How good a policy would have been, told from the log of another one.
//!
//! A log holds what was chosen, with which probability, and what came of it. A [`Target`] is the policy in question: with which probability
//! it would choose each alternative of a logged decision. The [`Estimator`]s differ in what they trust:
//!
//! ```text
//! w    = π(chosen) / propensity(chosen)
//! IPS  = mean(w · r)                                   unbiased (Horvitz & Thompson, 1952)
//! SNIPS = Σ w · r / Σ w                                less variance, slightly biased (Swaminathan & Joachims, 2015)
//! DR   = mean(Σ π(a) · q(a) + w · (r − q(chosen)))     unbiased whatever q, and with a good q of least variance (Dudík et al., 2011)
//! ```
//!
//! `q` is the reward that the log's policy expected when it decided, from earlier rewards alone; therefore terms of a log that was learnt
//! from while it was written are uncorrelated, and the intervals hold for it too.

mod estimate;
mod target;

pub use estimate::{Estimate, Estimator, Interval, evaluate};
pub use target::Target;
