//! Several who file at once.

use std::{collections::BTreeMap, sync::Arc, thread};

use maestria_registry::{
    ModelCard,
    discovery::{Ability, CapabilityProfile, Ending, Finding},
};
use maestria_testkit::ScriptedModel;
use maestria_vocabulary::{Capability, ModelId, Probability, Timestamp, Tokens};

use crate::Orchestrator;

const FILERS: usize = 8;
const FINDINGS: usize = 50;

fn able() -> Finding {
    Finding {
        ability: Ability::Able,
        ending: Ending::Sure,
        score: Probability::ONE,
        low: Probability::ONE,
        high: Probability::ONE,
        coverage: Probability::ONE,
        probes: 5,
        failures: 0,
        at: Timestamp::ZERO,
        by_difficulty: BTreeMap::new(),
    }
}

#[test]
fn what_is_filed_at_once_of_one_model_is_filed_entirely() {
    let model: ModelId = "m".parse().unwrap();
    let card = ModelCard::new(model.clone(), Tokens(4096)).with_capability("chat".parse().unwrap(), Probability::ONE);
    let silent = Arc::new(ScriptedModel::saying(["never asked"]));
    let mind = Orchestrator::builder().with_model(card, silent).with_adopted_profiles().mind().unwrap();
    let ability = |filer, number| -> Capability { format!("ability-{filer}-{number}").parse().unwrap() };
    thread::scope(|scope| {
        for filer in 0..FILERS {
            let (mind, model) = (&mind, &model);
            scope.spawn(move || {
                for number in 0..FINDINGS {
                    mind.file(model, &[(ability(filer, number), able())]);
                }
            });
        }
    });
    let fleet = mind.registry.snapshot();
    let profile: CapabilityProfile = serde_json::from_value(fleet.profile(&model).unwrap().clone()).unwrap();
    assert_eq!(profile.findings.len(), FILERS * FINDINGS);
    assert_eq!(fleet.card(&model).unwrap().capabilities.len(), FILERS * FINDINGS + 1);
}
