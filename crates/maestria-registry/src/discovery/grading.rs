//! Graders that ask no judge: each is a value, and says of the same answer always the same.

mod choice;
mod json_parts;
mod mentions;
mod number;

mod expression;
mod order;
mod rules;

pub use choice::Choice;
pub use json_parts::JsonParts;
pub use mentions::Mentions;
pub use number::Number;

pub(super) use expression::Expression;
pub(super) use order::{Order, Triple};
pub(super) use rules::{Rule, Rules};
