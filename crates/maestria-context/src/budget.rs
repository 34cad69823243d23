//! How many tokens a prompt may have: the window of the model less the room for its answer.

use maestria_vocabulary::Tokens;

use crate::{Error, Result};

/// A model's window and the part of it that is kept for the answer; the prompt always has at least one token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Budget {
    window: Tokens,
    reserve_output: Tokens,
}

impl Budget {
    /// The usual window of a small model.
    pub const SMALL_WINDOW: Tokens = Tokens(4_096);
    /// The usual window of a larger one.
    pub const LARGE_WINDOW: Tokens = Tokens(16_384);

    /// A window of `window` tokens, `reserve_output` of which are kept for the answer.
    ///
    /// # Errors
    /// [`Error::NoRoom`] unless `reserve_output < window`.
    pub fn new(window: Tokens, reserve_output: Tokens) -> Result<Self> {
        if reserve_output < window {
            Ok(Self { window, reserve_output })
        } else {
            Err(Error::NoRoom { window, reserve_output })
        }
    }

    /// The whole window.
    #[must_use]
    pub const fn window(self) -> Tokens {
        self.window
    }

    /// What is kept for the answer.
    #[must_use]
    pub const fn reserve_output(self) -> Tokens {
        self.reserve_output
    }

    /// What the prompt may have: `window − reserve_output`, never zero.
    #[must_use]
    pub const fn available(self) -> Tokens {
        self.window.saturating_sub(self.reserve_output)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_leaves_room_for_a_prompt() {
        let check = |window, reserve, available: Option<u64>| {
            let budget = Budget::new(Tokens(window), Tokens(reserve)).ok();
            assert_eq!(budget.map(|budget| budget.available().0), available);
        };
        check(4_096, 512, Some(3_584));
        check(1, 0, Some(1));
        check(512, 512, None);
        check(0, 0, None);
        check(u64::MAX, u64::MAX - 1, Some(1));
    }
}
