//! Learning from rewards which model serves which request.

mod context;
mod decision;
mod draw;
mod error;
mod evidence;
mod exploration;
mod informed;
mod policy;
mod projection;
mod settings;

pub use context::Context;
pub use decision::{Alternative, Decision};
pub use draw::Draw;
pub(crate) use draw::mixed;
pub use error::LearningError;
pub use informed::Informed;
pub use policy::{LearnedPolicy, reward_of};
pub use projection::{Directions, Projection};
pub use settings::Learning;

/// The alternative of which most is expected; the first of several.
pub(crate) fn greediest(alternatives: &[Alternative]) -> Option<usize> {
    exploration::leader(alternatives, |one| one.predicted + one.bonus)
}
