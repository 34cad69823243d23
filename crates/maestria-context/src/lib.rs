//! What goes into a model's window: counting tokens, fitting a conversation into a budget, and not computing the same thing twice.
//!
//! A long conversation in a small window keeps its instructions and its newest turns, and says what it lost:
//!
//! ```
//! use maestria_context::{ApproximateCounter, Budget, Fitting, Turn};
//! use maestria_vocabulary::{Message, Role, Tokens};
//!
//! let mut conversation = vec![Turn::from(Message::new(Role::System, "Answer in one sentence."))];
//! for day in 1..=100 {
//!     conversation.push(Message::new(Role::User, format!("What happened on day {day}?")).into());
//!     conversation.push(Message::new(Role::Assistant, format!("On day {day} it rained.")).into());
//! }
//! conversation.push(Message::new(Role::User, "How was the weather?").into());
//!
//! let budget = Budget::new(Budget::SMALL_WINDOW, Tokens(512))?;
//! let fitted = Fitting::default().fit(conversation, budget, &ApproximateCounter);
//!
//! assert!(fitted.tokens <= budget.available());
//! assert_eq!(fitted.dropped[0].index, 1, "the instructions are pinned, the oldest question goes first");
//! let messages = fitted.into_messages();
//! assert_eq!(messages.first().map(|message| message.role), Some(Role::System));
//! assert_eq!(messages.last().map(Message::text).as_deref(), Some("How was the weather?"));
//! # Ok::<(), maestria_context::Error>(())
//! ```

mod budget;
mod count;
mod fitting;

mod cache;

mod error;

pub use budget::Budget;
pub use cache::{Cache, CacheKey, CacheOptions, CacheStatistics};
pub use count::{ApproximateCounter, TokenCounter, TokenCounterExt};
pub use error::{Error, Result};
pub use fitting::{Dropped, Fitted, Fitting, Loss, Turn};
