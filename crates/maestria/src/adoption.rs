//! Letting what was found out of models go before what their cards declare.

use maestria_registry::{
    ModelCard, Registry,
    discovery::{Ability, CapabilityProfile},
};

use crate::error::chain;

/// Puts what the profiles say for sure on the cards of all models.
pub(crate) fn adopt_profiles(registry: &Registry) {
    let fleet = registry.snapshot();
    for card in fleet.cards() {
        let profile = fleet.profile(&card.id).cloned().map(serde_json::from_value::<CapabilityProfile>);
        match profile {
            Some(Ok(profile)) => adopt(registry, card, &profile),
            Some(Err(error)) => tracing::warn!(model = %card.id, error = chain(&error), "a profile cannot be read"),
            None => {}
        }
    }
}

/// Puts what a profile says for sure on the card of its model. An ability that is the only one stays, with the score that was found: a model
/// that can do nothing cannot be registered.
pub(crate) fn adopt(registry: &Registry, card: &ModelCard, profile: &CapabilityProfile) {
    let mut adopted = card.clone();
    for (capability, finding) in profile.findings.iter().filter(|(_, finding)| finding.is_sure()) {
        match finding.ability {
            Ability::Able => drop(adopted.capabilities.insert(capability.clone(), finding.score)),
            Ability::Unable if adopted.capabilities.len() > 1 => drop(adopted.capabilities.remove(capability)),
            Ability::Unable if adopted.capabilities.contains_key(capability) => {
                adopted.capabilities.insert(capability.clone(), finding.score);
            }
            Ability::Unable | Ability::Unknown => {}
        }
    }
    if adopted != *card
        && let Err(error) = registry.update(adopted)
    {
        tracing::warn!(model = %card.id, error = chain(&error), "what was found out of a model cannot be adopted");
    }
}
