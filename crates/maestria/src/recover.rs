//! What to do after a model failed: again, with less, elsewhere, or not at all.

use std::time::Duration;

use maestria_scheduler::Finish;
use maestria_vocabulary::Recovery;

/// Most times the same model is asked for one attempt.
const MOST_TRIES: u32 = 3;

/// What to do after the `tries`-th failure of one attempt, counted from one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// Ask the same model again after this delay.
    Again { after: Duration },
    /// Ask the same model again with half as many tokens, for the prompt and its answer together.
    Shorter,
    /// End the attempt.
    End(Finish),
}

pub(crate) fn next(recovery: Recovery, tries: u32) -> Next {
    match recovery {
        Recovery::GiveUp => Next::End(Finish::Failed),
        _ if tries >= MOST_TRIES => Next::End(Finish::Elsewhere),
        // The delay doubles with each try, as servers ask for.
        Recovery::Retry { after } => Next::Again { after: after.saturating_mul(1 << tries.saturating_sub(1).min(16)) },
        Recovery::Shrink => Next::Shorter,
        Recovery::Elsewhere => Next::End(Finish::Elsewhere),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attempt_ends_after_three_tries_whatever_the_model_says() {
        let second = Duration::from_secs(1);
        let check = |recovery, tries, expected| assert_eq!(next(recovery, tries), expected);
        check(Recovery::Retry { after: second }, 1, Next::Again { after: second });
        check(Recovery::Retry { after: second }, 2, Next::Again { after: 2 * second });
        check(Recovery::Retry { after: second }, 3, Next::End(Finish::Elsewhere));
        check(Recovery::Shrink, 1, Next::Shorter);
        check(Recovery::Shrink, 3, Next::End(Finish::Elsewhere));
        check(Recovery::Elsewhere, 1, Next::End(Finish::Elsewhere));
        check(Recovery::GiveUp, 1, Next::End(Finish::Failed));
    }
}
