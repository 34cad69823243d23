//! What the application declares about a model.

use std::{collections::BTreeMap, num::NonZeroUsize, time::Duration};

use maestria_vocabulary::{Capability, DeviceKind, ModelId, Money, Needs, Probability, Tokens, Usage};
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// What a model costs per million tokens; nothing by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Price {
    /// For a million tokens that it reads.
    pub input: Money,
    /// For a million tokens that it writes.
    pub output: Money,
}

impl Price {
    /// What this many tokens cost, rounded up to the next millionth of a currency unit.
    #[inline]
    #[must_use]
    pub fn of(self, usage: Usage) -> Money {
        /// Tokens for which a price is stated.
        const PRICED_TOKENS: u64 = 1_000_000;
        let exact = || {
            let input = self.input.0.checked_mul(usage.input.0)?;
            input.checked_add(self.output.0.checked_mul(usage.output.0)?)
        };
        let wide = || {
            let product = |price: Money, tokens: Tokens| u128::from(price.0) * u128::from(tokens.0);
            let total = product(self.input, usage.input).saturating_add(product(self.output, usage.output));
            u64::try_from(total.div_ceil(PRICED_TOKENS.into())).unwrap_or(u64::MAX)
        };
        // Division of 128 bits is slow, and no price that anyone pays needs it.
        Money(exact().map_or_else(wide, |total| total.div_ceil(PRICED_TOKENS)))
    }
}

/// A model as its owner declares it: what it can do, what it takes. What was measured of it is its [`Record`](crate::Record).
///
/// A card is checked when it enters the [`Registry`](crate::Registry); see [`validate`](Self::validate).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelCard {
    /// The model.
    pub id: ModelId,
    /// What it is, for people.
    #[serde(default)]
    pub description: String,
    /// How well it is said to do each thing that it can do.
    pub capabilities: BTreeMap<Capability, Probability>,
    /// Tokens of prompt and answer together.
    pub window: Tokens,
    /// What it takes of a device here; without meaning for a remote model.
    #[serde(default)]
    pub needs: Needs,
    /// What its tokens cost.
    #[serde(default)]
    pub price: Price,
    /// Time to bring it into memory; without meaning for a remote model.
    #[serde(default)]
    pub load: Duration,
    /// Typical time for one task.
    #[serde(default)]
    pub run: Duration,
    /// Power that it adds while it loads and runs, in watts; absent when nobody measured it.
    #[serde(default)]
    pub watts: Option<f64>,
    /// Whether prompts leave this machine, because another one answers them.
    #[serde(default)]
    pub remote: bool,
    /// Most prompts that a remote model is asked at once, when the scheduler's setting for all is not right for its server; without meaning
    /// for a local model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<NonZeroUsize>,
}

impl ModelCard {
    /// A local model that is free, instant and small, and to which [`with_capability`](Self::with_capability) is yet to be applied.
    #[must_use]
    pub fn new(id: ModelId, window: Tokens) -> Self {
        Self {
            id,
            description: String::new(),
            capabilities: BTreeMap::new(),
            window,
            needs: Needs::default(),
            price: Price::default(),
            load: Duration::ZERO,
            run: Duration::ZERO,
            watts: None,
            remote: false,
            concurrency: None,
        }
    }

    /// What it takes to run it: its [`needs`](Self::needs), or [those of a remote model](Needs::remote).
    #[must_use]
    pub fn placed_needs(&self) -> Needs {
        if self.remote { Needs::remote() } else { self.needs.clone() }
    }

    /// Declares how well it does one more thing.
    #[must_use]
    pub fn with_capability(mut self, capability: Capability, declared: Probability) -> Self {
        self.capabilities.insert(capability, declared);
        self
    }

    /// Says whether a registry would take the card.
    ///
    /// # Errors
    /// [`Error::NoWindow`], [`Error::NoCapability`], [`Error::NotRemote`] or [`Error::InvalidPower`], whichever is found first.
    pub fn validate(&self) -> Result<()> {
        if self.window == Tokens::ZERO {
            return Err(Error::NoWindow { id: self.id.clone() });
        }
        if self.capabilities.is_empty() {
            return Err(Error::NoCapability { id: self.id.clone() });
        }
        if !self.remote && self.needs.devices.contains(&DeviceKind::Remote) {
            return Err(Error::NotRemote { id: self.id.clone() });
        }
        match self.watts {
            Some(watts) if !(watts.is_finite() && watts >= 0.0) => {
                Err(Error::InvalidPower { id: self.id.clone(), watts })
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn card() -> ModelCard {
        ModelCard::new("m".parse().unwrap(), Tokens(4096)).with_capability("chat".parse().unwrap(), Probability::ONE)
    }

    #[test]
    fn a_card_that_could_never_serve_is_refused() {
        let check = |card: ModelCard, part: &str| {
            let error = card.validate().map_err(|error| error.to_string());
            assert_eq!(error, if part.is_empty() { Ok(()) } else { Err(format!("the card of model m states {part}")) });
        };
        check(card(), "");
        check(ModelCard { watts: Some(0.0), ..card() }, "");
        check(ModelCard { window: Tokens::ZERO, ..card() }, "a window of no tokens");
        check(ModelCard { capabilities: BTreeMap::new(), ..card() }, "no capability");
        let needs = Needs::remote();
        check(ModelCard { needs: needs.clone(), ..card() }, "a remote device, but not that it is remote");
        check(ModelCard { needs, remote: true, ..card() }, "");
        check(ModelCard { watts: Some(-1.0), ..card() }, "a power of -1 watts");
        check(ModelCard { watts: Some(f64::NAN), ..card() }, "a power of NaN watts");
        check(ModelCard { watts: Some(f64::INFINITY), ..card() }, "a power of inf watts");
    }

    #[test]
    fn a_price_is_per_million_tokens_and_rounds_up() {
        let check = |input, output, read, written, cost| {
            let price = Price { input: Money(input), output: Money(output) };
            assert_eq!(price.of(Usage { input: Tokens(read), output: Tokens(written) }), Money(cost));
        };
        check(0, 0, 1_000_000, 1_000_000, 0);
        check(3_000_000, 15_000_000, 1_000_000, 1_000_000, 18_000_000);
        check(3_000_000, 15_000_000, 1000, 100, 4500);
        check(1, 0, 1, 0, 1);
        check(u64::MAX, u64::MAX, u64::MAX, u64::MAX, u64::MAX);
    }

    #[test]
    fn what_a_card_need_not_state_has_a_default() {
        let text = r#"{"id": "m", "capabilities": {"chat": 1.0}, "window": 4096}"#;
        assert_eq!(serde_json::from_str::<ModelCard>(text).unwrap(), card());
    }

    proptest! {
        #[test]
        fn a_card_survives_being_written_down(watts in proptest::option::of(0_u32..1000), window: u64, millis: u64, remote: bool) {
            let run = Duration::from_millis(millis);
            let card = ModelCard { watts: watts.map(f64::from), window: Tokens(window), run, remote, ..card() };
            let text = serde_json::to_string(&card).unwrap();
            prop_assert_eq!(serde_json::from_str::<ModelCard>(&text).unwrap(), card);
        }
    }
}
