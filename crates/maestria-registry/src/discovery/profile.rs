//! What was found out of a model, as it is kept.

use std::collections::BTreeMap;

use maestria_vocabulary::{Capability, ModelId, Probability, Timestamp};
use serde::{Deserialize, Serialize};

use super::Difficulty;
use crate::ModelCard;

/// The version of the stored form.
const VERSION: u32 = 1;

/// What was found out of a model.
///
/// Its stored form names its version; one of a later version is refused and says so.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct CapabilityProfile {
    /// The model.
    pub model: ModelId,
    /// What was found of each capability.
    pub findings: BTreeMap<Capability, Finding>,
}

/// What was found of one capability of a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// Whether the model has it. Where [`is_sure`](Self::is_sure) does not hold, this is what is likelier.
    pub ability: Ability,
    /// Why no more was asked.
    pub ending: Ending,
    /// Mean score; zero before the first answer.
    pub score: Probability,
    /// Lower end of the interval that holds the score to be expected.
    pub low: Probability,
    /// Upper end of that interval.
    pub high: Probability,
    /// Share of such intervals that holds it, at least.
    pub coverage: Probability,
    /// Probes that were answered.
    pub probes: u32,
    /// Calls that failed, which says nothing of the ability.
    pub failures: u32,
    /// When it was last answered; the epoch if never.
    pub at: Timestamp,
    /// The scores by difficulty.
    #[serde(default)]
    pub by_difficulty: BTreeMap<Difficulty, Tally>,
}

impl Finding {
    /// Whether the error of the judgement is bounded as the settings ask.
    #[must_use]
    pub const fn is_sure(&self) -> bool {
        matches!(self.ending, Ending::Sure | Ending::Unsupported)
    }
}

/// Probes of one difficulty.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Tally {
    /// Those that were answered.
    pub probes: u32,
    /// Sum of their scores.
    pub score: f64,
}

/// Whether a model is able to do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ability {
    /// It is.
    Able,
    /// It is not.
    Unable,
    /// Nothing was answered.
    Unknown,
}

/// Why a discovery asked no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Ending {
    /// It was sure.
    Sure,
    /// The model cannot be asked such a thing: its window is too small, or it does not embed.
    Unsupported,
    /// As many probes were answered as may be.
    Capped,
    /// The suite has no other probes.
    Exhausted,
    /// Another probe would have cost too much.
    OutOfBudget,
    /// Too many calls failed one after the other.
    Unreachable,
    /// It is not over yet.
    Open,
}

/// Where a card and what was found disagree.
#[derive(Debug, Clone, PartialEq)]
pub enum Discrepancy {
    /// The card declares what the model surely cannot do.
    Absent {
        /// What it is said to do.
        capability: Capability,
        /// How well it is said to.
        declared: Probability,
    },
    /// The model surely does what the card does not declare.
    Undeclared {
        /// What it does.
        capability: Capability,
        /// How well it did.
        score: Probability,
    },
}

impl CapabilityProfile {
    /// Where a card disagrees with what is sure, by capability. What nobody tested is not disputed.
    #[must_use]
    pub fn against(&self, card: &ModelCard) -> Vec<Discrepancy> {
        let sure = self.findings.iter().filter(|(_, finding)| finding.is_sure());
        let discrepancy = |(capability, finding): (&Capability, &Finding)| {
            let declared = card.capabilities.get(capability).copied().filter(|declared| *declared > Probability::ZERO);
            let capability = capability.clone();
            match (finding.ability, declared) {
                (Ability::Unable, Some(declared)) => Some(Discrepancy::Absent { capability, declared }),
                (Ability::Able, None) => Some(Discrepancy::Undeclared { capability, score: finding.score }),
                _ => None,
            }
        };
        sure.filter_map(discrepancy).collect()
    }
}

#[derive(Serialize, Deserialize)]
struct Stored {
    version: u32,
    model: ModelId,
    findings: BTreeMap<Capability, Finding>,
}

impl From<CapabilityProfile> for Stored {
    fn from(CapabilityProfile { model, findings }: CapabilityProfile) -> Self {
        Self { version: VERSION, model, findings }
    }
}

impl TryFrom<Stored> for CapabilityProfile {
    type Error = String;
    fn try_from(Stored { version, model, findings }: Stored) -> Result<Self, String> {
        if version == 0 || version > VERSION {
            return Err(format!(
                "a capability profile of version {version} cannot be read, only up to {VERSION}: update maestria-registry or discover anew"
            ));
        }
        Ok(Self { model, findings })
    }
}

#[cfg(test)]
mod tests {
    use maestria_vocabulary::Tokens;

    use super::*;

    const VERSION_1: &str = r#"{"version":1,"model":"m","findings":{"chat":{"ability":"able","ending":"sure","score":0.9,"low":0.6,
        "high":1.0,"coverage":0.95,"probes":10,"failures":1,"at":{"secs":5,"nanos":0},
        "by_difficulty":{"easy":{"probes":10,"score":9.0}}}}}"#;

    fn profile(findings: &[(&str, Ability, Ending)]) -> CapabilityProfile {
        let stored: CapabilityProfile = serde_json::from_str(VERSION_1).unwrap();
        let pattern = stored.findings.values().next().unwrap();
        let finding = |&(capability, ability, ending): &(&str, Ability, Ending)| {
            (capability.parse().unwrap(), Finding { ability, ending, ..pattern.clone() })
        };
        CapabilityProfile { model: stored.model, findings: findings.iter().map(finding).collect() }
    }

    #[test]
    fn what_was_stored_by_version_1_is_read() {
        let stored: CapabilityProfile = serde_json::from_str(VERSION_1).unwrap();
        assert_eq!(stored, profile(&[("chat", Ability::Able, Ending::Sure)]));
        let text = serde_json::to_string(&stored).unwrap();
        assert_eq!(serde_json::from_str::<CapabilityProfile>(&text).unwrap(), stored);
    }

    #[test]
    fn what_a_later_version_stored_is_refused() {
        let later = VERSION_1.replace("\"version\":1", "\"version\":2");
        let error = serde_json::from_str::<CapabilityProfile>(&later).unwrap_err().to_string();
        assert!(error.contains("version 2 cannot be read"), "{error}");
    }

    #[test]
    fn only_what_is_sure_disputes_a_card() {
        let card = ModelCard::new("m".parse().unwrap(), Tokens(1))
            .with_capability("chat".parse().unwrap(), Probability::ONE)
            .with_capability("draw".parse().unwrap(), Probability::ZERO);
        let check = |capability, ability, ending, expected: Option<Discrepancy>| {
            let found = profile(&[(capability, ability, ending)]).against(&card);
            assert_eq!(found, expected.into_iter().collect::<Vec<_>>());
        };
        let capability = |name: &str| name.parse().unwrap();
        let absent = Discrepancy::Absent { capability: capability("chat"), declared: Probability::ONE };
        let score = Probability::saturating(0.9);
        check("chat", Ability::Able, Ending::Sure, None);
        check("chat", Ability::Unable, Ending::Sure, Some(absent.clone()));
        check("chat", Ability::Unable, Ending::Unsupported, Some(absent));
        check("chat", Ability::Unable, Ending::Capped, None);
        check("chat", Ability::Unknown, Ending::Unreachable, None);
        check(
            "sing",
            Ability::Able,
            Ending::Sure,
            Some(Discrepancy::Undeclared { capability: capability("sing"), score }),
        );
        check(
            "draw",
            Ability::Able,
            Ending::Sure,
            Some(Discrepancy::Undeclared { capability: capability("draw"), score }),
        );
        check("sing", Ability::Unable, Ending::Sure, None);
    }
}
