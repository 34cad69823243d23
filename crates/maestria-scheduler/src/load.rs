//! How much of a device's slots was in use lately, and whether that is too much for work that can do with less.

use maestria_vocabulary::Timestamp;

use crate::Settings;

/// A mean of the share of slots in use, in which a moment weighs half as much after every [`Settings::load_half_life`].
#[derive(Debug)]
pub(crate) struct Load {
    mean: f64,
    /// The share since `at`.
    share: f64,
    at: Timestamp,
    overloaded: bool,
}

impl Load {
    pub(crate) fn new(now: Timestamp) -> Self {
        Self { mean: 0.0, share: 0.0, at: now, overloaded: false }
    }

    /// Slots are taken or given back.
    pub(crate) fn change(&mut self, busy: usize, slots: usize, settings: &Settings, now: Timestamp) {
        self.mean = self.mean(settings, now);
        self.share = busy as f64 / slots.max(1) as f64;
        self.at = self.at.max(now);
        self.overloaded = self.would_be_too_much(self.mean);
    }

    /// Whether work that is not critical had better give way: from above 90 % until below 80 %.
    pub(crate) fn is_too_much(&self, settings: &Settings, now: Timestamp) -> bool {
        self.would_be_too_much(self.mean(settings, now))
    }

    fn would_be_too_much(&self, mean: f64) -> bool {
        if self.overloaded { mean >= RELAXED } else { mean > OVERLOADED }
    }

    fn mean(&self, settings: &Settings, now: Timestamp) -> f64 {
        if settings.load_half_life.is_zero() {
            return self.share;
        }
        let elapsed = (now - self.at).as_secs_f64();
        if elapsed == 0.0 {
            return self.mean;
        }
        let kept = (-elapsed / settings.load_half_life.as_secs_f64()).exp2();
        self.share + (self.mean - self.share) * kept
    }
}

const OVERLOADED: f64 = 0.9;
const RELAXED: f64 = 0.8;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn load_is_too_much_above_nine_tenths_until_below_eight() {
        let settings = Settings { load_half_life: Duration::from_secs(10), ..Settings::default() };
        let at = |seconds| Timestamp::from_epoch(Duration::from_secs(seconds));
        let mut load = Load::new(at(0));
        load.change(4, 4, &settings, at(0));
        assert!(!load.is_too_much(&settings, at(33)));
        assert!(load.is_too_much(&settings, at(34)));
        load.change(0, 4, &settings, at(40));
        assert!(load.is_too_much(&settings, at(41)));
        assert!(!load.is_too_much(&settings, at(43)));
        load.change(3, 4, &settings, at(43));
        assert!(!load.is_too_much(&settings, at(100)));
    }
    #[test]
    fn load_of_exactly_a_limit_changes_nothing() {
        let settings = Settings { load_half_life: Duration::ZERO, ..Settings::default() };
        let mut load = Load::new(Timestamp::ZERO);
        for (busy, expected) in [(9, false), (10, true), (9, true), (8, true), (7, false), (8, false), (9, false)] {
            load.change(busy, 10, &settings, Timestamp::ZERO);
            assert_eq!(load.is_too_much(&settings, Timestamp::ZERO), expected, "{busy} of 10");
        }
    }
}
