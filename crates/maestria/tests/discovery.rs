//! Finding out what models can do by asking them, and asking again when they change.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what a test sets up holds"
)]

mod support;

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use futures_util::{StreamExt, stream};
use maestria::{
    Answer, Builder, Capability, Chunk, ChunkStream, Discovered, DiscoveryEvent, DiscoveryPlan, Error, Message, Model,
    ModelCard, ModelError, ModelId, Orchestrator, Probability, ProgressEvent, Prompt, Role,
    registry::discovery::{
        self, Ability, CapabilityProfile, Draw, Ending, Grade, Grader, Probe, Reason, Settings, Suite, Task,
    },
};
use maestria_store::{MemoryStore, Store};
use support::{Heavy, Loading, ask, builder, card, events, heavy_card, told};
use tokio::time::sleep;

/// Asks for the double of a number, in so many words.
#[derive(Debug)]
struct Doubling(Capability, usize);

impl Suite for Doubling {
    fn capability(&self) -> &Capability {
        &self.0
    }

    fn probe(&self, seed: u64) -> Probe {
        let number = Draw::new(seed).between(1_000, 999_999);
        let question = format!("{}: what is twice {number} ?{}", self.0, " please".repeat(self.1));
        let double = (2 * number).to_string();
        let task = Task::Prompt(Prompt::new(vec![Message::new(Role::User, question.as_str())]));
        Probe::new(self.0.clone(), task, double.as_str().into(), Arc::new(Same(double)))
    }
}

#[derive(Debug)]
struct Same(String);

impl Grader for Same {
    fn grade(&self, answer: &discovery::Answer) -> Grade {
        match answer {
            discovery::Answer::Text(text) if text.trim() == self.0 => Grade::right(),
            _ => Grade::wrong(Reason::Differs { expected: self.0.clone() }),
        }
    }
}

/// Doubles numbers where it is able to, and remembers what it was asked. It fails while it is told to.
#[derive(Debug, Default)]
struct Calculator {
    able: Vec<&'static str>,
    asked: Mutex<Vec<String>>,
    fails: AtomicBool,
}

impl Calculator {
    fn able(able: &[&'static str]) -> Arc<Self> {
        Arc::new(Self { able: able.to_vec(), ..Self::default() })
    }

    fn asked(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}

#[async_trait]
impl Model for Calculator {
    async fn generate(&self, prompt: Prompt) -> Result<ChunkStream, ModelError> {
        let text = prompt.messages.iter().map(Message::text).collect::<String>();
        self.asked.lock().unwrap().push(text.clone());
        if self.fails.load(Ordering::SeqCst) {
            return Err(ModelError::Unsupported { what: "anything today".to_owned() });
        }
        let number = text.split_whitespace().find_map(|word| word.parse::<i64>().ok());
        let able = self.able.iter().any(|able| text.starts_with(able));
        let answer = number.filter(|_| able).map_or("no idea".to_owned(), |number| (2 * number).to_string());
        Ok(Box::pin(stream::iter([Ok(Chunk::Content(answer.as_str().into()))])))
    }
}

fn capability(name: &str) -> Capability {
    name.parse().unwrap()
}

fn plan() -> DiscoveryPlan {
    let suites = [("dear", 500), ("chat", 0), ("cheap", 0)];
    let suites = suites.map(|(name, words)| Arc::new(Doubling(capability(name), words)) as Arc<dyn Suite>);
    DiscoveryPlan::default().with_suites(suites)
}

fn world(models: Vec<(ModelCard, Arc<dyn Model>)>) -> Builder {
    builder(vec![ask("a", "say", &[])], models)
}

fn profile(orchestrator: &Orchestrator, model: &str) -> CapabilityProfile {
    let fleet = orchestrator.fleet();
    let profile = fleet.profile(&model.parse().unwrap()).expect("a profile").clone();
    serde_json::from_value(profile).unwrap()
}

fn abilities(profile: &CapabilityProfile) -> Vec<(&str, Ability, u32)> {
    profile.findings.iter().map(|(what, found)| (what.as_str(), found.ability, found.probes)).collect()
}

#[tokio::test(start_paused = true)]
async fn what_models_can_do_is_found_cheap_things_first_and_outlives_the_process() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let (able, boastful) = (Calculator::able(&["chat", "cheap"]), Calculator::able(&[]));
    let open = async || {
        let models: Vec<(ModelCard, Arc<dyn Model>)> =
            vec![(card("able", 0.4), able.clone()), (card("boastful", 0.9), boastful.clone())];
        world(models).open(store.clone()).await.unwrap()
    };
    let orchestrator = open().await;
    let events: Vec<_> = orchestrator.discover(plan()).unwrap().collect().await;
    let found: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            DiscoveryEvent::Found { model, capability, finding } if model.as_str() == "able" => {
                assert!(finding.is_sure() && finding.low < finding.score.max(finding.high));
                Some(capability.as_str())
            }
            _ => None,
        })
        .collect();
    assert_eq!(found, ["chat", "cheap", "dear"], "the longest questions come last");
    let Some(DiscoveryEvent::Done(discovered)) = events.last() else { panic!("{events:?}") };
    assert!(discovered.tokens.0 > 0 && discovered.profiles.len() == 2);
    let answered = events.iter().filter(|event| matches!(event, DiscoveryEvent::Answered { .. })).count();
    assert_eq!(answered, able.asked() + boastful.asked());

    let expected = [("chat", Ability::Able, 5), ("cheap", Ability::Able, 5), ("dear", Ability::Unable, 5)];
    assert_eq!(abilities(&profile(&orchestrator, "able")), expected);
    orchestrator.save().await.unwrap();
    assert_eq!(abilities(&profile(&open().await, "able")), expected);
}

#[tokio::test(start_paused = true)]
async fn what_was_found_goes_before_what_cards_declare_if_that_is_wanted() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let open = async || {
        let boastful = card("boastful", 0.9).with_capability(capability("cheap"), Probability::ONE);
        let models: Vec<(ModelCard, Arc<dyn Model>)> =
            vec![(card("able", 0.4), Calculator::able(&["chat", "dear"])), (boastful, Calculator::able(&["cheap"]))];
        world(models).with_adopted_profiles().open(store.clone()).await.unwrap()
    };
    let first = async |orchestrator: &Orchestrator| {
        let response = orchestrator.run("x").response().await;
        response.choices[0].ranking.ranked.iter().map(|one| one.candidate.executor.to_string()).collect::<Vec<_>>()
    };
    let orchestrator = open().await;
    assert_eq!(first(&orchestrator).await, ["model boastful", "model able"]);
    orchestrator.discover(plan()).unwrap().finished().await;
    assert_eq!(first(&orchestrator).await, ["model able"]);
    let declared = orchestrator.fleet().card(&"able".parse().unwrap()).unwrap().capabilities.clone();
    assert_eq!(
        declared.into_iter().collect::<Vec<_>>(),
        [(capability("chat"), Probability::ONE), (capability("dear"), Probability::ONE)]
    );
    orchestrator.save().await.unwrap();
    assert_eq!(first(&open().await).await, ["model able"]);
}

#[tokio::test(start_paused = true)]
async fn a_model_is_loaded_before_it_is_probed_and_one_that_cannot_be_is_given_up() {
    let works = Heavy::new(Inner, Loading::Works);
    let (fails, hangs) = (Heavy::new(Inner, Loading::Fails), Heavy::new(Inner, Loading::Hangs));
    let models: Vec<(ModelCard, Arc<dyn Model>)> = vec![
        (heavy_card("works", 0.9, 0.2), Arc::new(works)),
        (heavy_card("fails", 0.9, 0.1), Arc::new(fails)),
        (heavy_card("hangs", 0.9, 0.1), Arc::new(hangs)),
    ];
    let orchestrator = world(models).build().unwrap();
    let suite: [Arc<dyn Suite>; 1] = [Arc::new(Doubling(capability("chat"), 0))];
    let discovered = orchestrator.discover(plan().with_suites(suite)).unwrap().finished().await;
    let found: Vec<_> = discovered
        .profiles
        .iter()
        .map(|profile| (profile.model.as_str(), profile.findings[&capability("chat")].ending))
        .collect();
    let given_up = Ending::Unreachable;
    assert_eq!(found, [("fails", given_up), ("hangs", given_up), ("works", Ending::Sure)]);
}

/// A model without an idea.
#[derive(Debug)]
struct Inner;

#[async_trait]
impl Model for Inner {
    async fn generate(&self, _: Prompt) -> Result<ChunkStream, ModelError> {
        Ok(Box::pin(stream::iter([Ok(Chunk::Content("no idea".into()))])))
    }
}

/// A model that never answers.
#[derive(Debug)]
struct Silent;

#[async_trait]
impl Model for Silent {
    async fn generate(&self, _: Prompt) -> Result<ChunkStream, ModelError> {
        std::future::pending().await
    }
}

#[tokio::test(start_paused = true)]
async fn models_that_hang_or_panic_hold_up_nobody() {
    let models: Vec<(ModelCard, Arc<dyn Model>)> = vec![
        (card("able", 0.4), Calculator::able(&["chat", "cheap", "dear"])),
        (card("panics", 0.4), Arc::new(support::Panicking)),
        (card("silent", 0.4), Arc::new(Silent)),
    ];
    let orchestrator = world(models).build().unwrap();
    let discovered = orchestrator.discover(plan()).unwrap().finished().await;
    let ending = |place: usize| discovered.profiles[place].findings[&capability("chat")].ending;
    assert_eq!([ending(0), ending(1), ending(2)], [Ending::Sure, Ending::Unreachable, Ending::Unreachable]);
}

#[tokio::test(start_paused = true)]
async fn a_discovery_does_not_hold_up_the_end_of_the_orchestrator() {
    let store = Arc::new(MemoryStore::new());
    let models: Vec<(ModelCard, Arc<dyn Model>)> = vec![(card("silent", 0.4), Arc::new(Silent))];
    let orchestrator = world(models).open(store.clone()).await.unwrap();
    let discovering = orchestrator.discover(plan()).unwrap();
    sleep(Duration::from_secs(1)).await;
    drop(orchestrator);
    sleep(Duration::from_secs(1)).await;
    assert_eq!(Arc::strong_count(&store), 1, "its probes wait for an answer");
    assert_eq!(discovering.finished().await, Discovered::default());
}

#[tokio::test(start_paused = true)]
async fn a_discovery_that_is_dropped_asks_no_more_and_one_of_some_asks_them_alone() {
    let (one, other) = (Calculator::able(&["chat"]), Calculator::able(&["chat"]));
    let models: Vec<(ModelCard, Arc<dyn Model>)> =
        vec![(card("one", 0.4), one.clone()), (card("other", 0.4), other.clone())];
    let orchestrator = world(models).build().unwrap();
    let only: ModelId = "one".parse().unwrap();
    orchestrator.discover(plan().of_models([only])).unwrap().finished().await;
    assert_eq!((one.asked(), other.asked()), (15, 0));

    let mut discovering = orchestrator.discover(plan()).unwrap();
    discovering.next().await;
    drop(discovering);
    let asked = other.asked();
    sleep(Duration::from_secs(60)).await;
    assert!(other.asked() == asked && asked < 15, "{asked} and {}", other.asked());
    assert_eq!(told(&orchestrator.run("x").response().await.answer), "done: no idea");
}

#[tokio::test]
async fn contradictions_are_told_before_anybody_is_asked() {
    let orchestrator = world(vec![(card("m", 0.4), Calculator::able(&[]))]).build().unwrap();
    let settings = Settings { able: Probability::ZERO, ..Settings::default() };
    assert!(matches!(orchestrator.discover(plan().with_settings(settings)), Err(Error::Discovery(_))));
}

#[tokio::test(start_paused = true)]
async fn a_model_that_changes_is_suspect_until_it_was_probed_again() {
    async fn drift(orchestrator: &Orchestrator, model: &Calculator) -> usize {
        for served in 0..150 {
            model.fails.store(served >= 60, Ordering::SeqCst);
            let events = events(orchestrator.run("x")).await;
            if events.iter().any(|event| matches!(event, ProgressEvent::Drifted(_))) {
                return served - 60;
            }
        }
        panic!("no drift was found")
    }
    let calculator = Calculator::able(&["chat"]);
    let models = || -> Vec<(ModelCard, Arc<dyn Model>)> { vec![(card("m", 0.9), calculator.clone())] };
    let orchestrator = world(models()).build().unwrap();
    assert!(drift(&orchestrator, &calculator).await < 20);
    let suspects = orchestrator.suspects();
    let [suspect] = suspects.as_slice() else { panic!("{suspects:?}") };
    assert_eq!((suspect.model.as_str(), suspect.capability.as_str()), ("m", "chat"));
    assert!(suspect.shift.is_decline());
    let discovered = orchestrator.discover(plan().of_suspects(suspects)).unwrap().finished().await;
    assert_eq!(abilities(&discovered.profiles[0]), [("chat", Ability::Unable, 0)]);
    assert!(orchestrator.suspects().is_empty());

    // The same by itself.
    calculator.fails.store(false, Ordering::SeqCst);
    let orchestrator = world(models()).with_reprobing(plan()).build().unwrap();
    drift(&orchestrator, &calculator).await;
    calculator.fails.store(false, Ordering::SeqCst);
    sleep(Duration::from_secs(600)).await;
    assert_eq!(abilities(&profile(&orchestrator, "m")).len(), 1);
    assert!(orchestrator.suspects().is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_people_like_less_is_suspect_too() {
    let orchestrator = world(vec![(card("m", 0.9), Calculator::able(&[]))]).build().unwrap();
    let mut found = None;
    for served in 0..150 {
        let response = orchestrator.run("x").response().await;
        assert!(matches!(response.answer, Answer::Done { .. }));
        let verdict = if served < 60 { Probability::ONE } else { Probability::ZERO };
        if !orchestrator.feedback(&response.run, None, verdict).unwrap().is_empty() {
            found.get_or_insert(served - 60);
        }
    }
    assert!(found.is_some_and(|after| after < 20), "{found:?}");
    assert_eq!(orchestrator.suspects().len(), 1);
}
