//! Indexes that tools came to and went from, odd tools, and odd wishes.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::{Classification, StaticEmbedder};

fn embedder() -> Arc<dyn Embedder> {
    static SHARED: std::sync::LazyLock<Arc<StaticEmbedder>> =
        std::sync::LazyLock::new(|| Arc::new(StaticEmbedder::embedded().unwrap()));
    SHARED.clone()
}

fn tool(name: &str, description: &str) -> ToolSpec {
    ToolSpec::new(name.parse().unwrap(), description)
}

fn tools() -> Vec<ToolSpec> {
    vec![
        tool("get_weather", "Weather of a place")
            .with_input(json!({"properties": {"city": {"type": "string", "description": "City or town"}}})),
        tool("send_email", "Sends an e-mail to somebody"),
        tool("play_music", "Plays a song").with_examples(["put on some jazz", "I want to hear the Beatles"]),
        tool("convert_currency", "Converts an amount of money from one currency to another"),
        tool("book_flight", "Books a flight to a city").with_examples(["get me on a plane to Rome"]),
        tool("unnamed", ""),
    ]
}

fn ranked(selector: &ToolSelector, wish: &str) -> Vec<(String, f64)> {
    let embedding = selector.embedder().embed(&[wish]).unwrap().remove(0);
    let ranking = selector.rank(wish, &embedding, &Classification::nothing(), 10).unwrap();
    assert!((ranking.none.get() - (1.0 - ranking.tools.first().map_or(0.0, |(_, p)| p.get()))).abs() < 1e-9);
    ranking.tools.into_iter().map(|(tool, p)| (tool.id.to_string(), p.get())).collect()
}

#[test]
fn the_tool_that_is_meant_comes_first() {
    let selector = ToolSelector::new(embedder(), tools()).unwrap();
    let check = |wish: &str, expected: &str| assert_eq!(ranked(&selector, wish)[0].0, expected, "{wish}");
    check("what's the weather like in Oslo", "get_weather");
    check("email Ann that I'll be late", "send_email");
    check("let's hear some jazz", "play_music");
    check("how many euros are 300 dollars", "convert_currency");
}

#[test]
fn a_file_is_for_the_tool_that_takes_such_files() {
    let path = json!({"properties": {"path": {"type": "string", "format": "path"}}, "required": ["path"]});
    let file = |name: &str, description: &str| tool(name, description).with_input(path.clone());
    let music = tool("play_music", "Plays a song or other audio");
    let all = [file("transcribe", "Text of what is said in audio"), file("scan", "Text that an image shows"), music];
    let selector = ToolSelector::new(embedder(), all).unwrap();
    let check = |wish: &str, expected: &str| assert_eq!(ranked(&selector, wish)[0].0, expected, "{wish}");
    check("what does grandpa.mp3 say", "transcribe");
    check("what does menu.png say", "scan");
    check("some jazz, please", "play_music");
}

#[test]
fn every_tool_of_a_wish_for_several_is_found() {
    let selector = ToolSelector::new(embedder(), tools()).unwrap();
    let found = ranked(&selector, "Book a flight to Rome and send an e-mail to Ann about it");
    let first: Vec<&str> = found.iter().take(2).map(|(name, _)| name.as_str()).collect();
    assert!(first.contains(&"book_flight") && first.contains(&"send_email"), "{found:?}");
}

#[test]
fn the_last_tool_of_a_name_is_the_one() {
    let mut selector = ToolSelector::new(embedder(), tools()).unwrap();
    selector.insert(tool("get_weather", "Paints a wall")).unwrap();
    assert_eq!(selector.len(), tools().len());
    assert_eq!(selector.tools().last().unwrap().description, "Paints a wall");
    assert_eq!(ranked(&selector, "paint the wall of the kitchen")[0].0, "get_weather");
}

#[test]
fn without_tools_none_is_certain() {
    let selector = ToolSelector::new(embedder(), []).unwrap();
    assert_eq!(ranked(&selector, "play jazz"), vec![]);
}

#[test]
fn examples_are_learnt_and_forgotten_with_their_tool() {
    let mut selector = ToolSelector::new(embedder(), tools()).unwrap();
    let wish = "put on a record by Miles Davis";
    let before = ranked(&selector, wish);
    for options in [FitOptions::default(), FitOptions::quick()] {
        selector.fit_examples(options).unwrap();
        assert_eq!(ranked(&selector, wish)[0].0, "play_music");
    }
    assert!(selector.learned.is_some());
    selector.insert(tool("paint", "Paints")).unwrap();
    assert!(selector.learned.is_some(), "a tool without examples teaches nothing");
    selector.remove(&"paint".parse().unwrap());
    selector.insert(tools().remove(4)).unwrap();
    assert!(selector.learned.is_none());
    let after: HashMap<String, f64> = ranked(&selector, wish).into_iter().collect();
    assert!(before.iter().all(|(name, p)| (after[name] - p).abs() < 1e-6));
    selector.remove(&"play_music".parse().unwrap());
    assert!(matches!(selector.fit_examples(FitOptions::default()), Err(crate::Error::TooFewLabels { labels: 1 })));
}

#[test]
fn ten_thousand_tools_are_indexed_and_asked() {
    let verbs = ["get", "list", "delete", "update", "create"];
    let things = ["invoice", "weather", "flight", "playlist", "ticket", "photo", "contract", "booking"];
    let all = (0..10_000).map(|i| {
        let (verb, thing) = (verbs[i % 5], things[i / 5 % 8]);
        tool(&format!("{verb}_{thing}_{i}"), &format!("{verb} the {thing} of customer {i}"))
    });
    let mut selector = ToolSelector::new(embedder(), all).unwrap();
    assert_eq!(selector.len(), 10_000);
    let first = ranked(&selector, "delete the invoice of customer 4242").remove(0).0;
    assert!(first.contains("4242"), "{first}");
    assert!(selector.remove(&first.parse().unwrap()));
    assert!(!selector.remove(&first.parse().unwrap()));
    assert_ne!(ranked(&selector, "delete the invoice of customer 4242").remove(0).0, first);
}

/// What happens to an index.
#[derive(Debug, Clone)]
enum Act {
    Insert(usize, usize),
    Remove(usize),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let insert = (0_usize..6, 0_usize..6).prop_map(|(name, text)| Act::Insert(name, text));
    prop::collection::vec(prop_oneof![3 => insert, 1 => (0_usize..6).prop_map(Act::Remove)], 0..20)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn an_index_that_changed_is_the_index_built_afresh(acts in acts()) {
        let given = tools();
        let mut selector = ToolSelector::new(embedder(), []).unwrap();
        let mut left: Vec<ToolSpec> = Vec::new();
        for act in acts {
            match act {
                Act::Insert(name, text) => {
                    let spec = ToolSpec { id: given[name].id.clone(), ..given[text].clone() };
                    left.retain(|tool| tool.id != spec.id);
                    left.push(spec.clone());
                    selector.insert(spec).unwrap();
                }
                Act::Remove(name) => {
                    left.retain(|tool| tool.id != given[name].id);
                    selector.remove(&given[name].id);
                }
            }
        }
        let fresh = ToolSelector::new(embedder(), left.clone()).unwrap();
        prop_assert_eq!(selector.tools().collect::<Vec<_>>(), left.iter().collect::<Vec<_>>());
        for wish in ["weather in Oslo", "mail Ann the weather of Rome. Then play jazz for me", ""] {
            let (changed, fresh) = (ranked(&selector, wish), ranked(&fresh, wish));
            prop_assert_eq!(changed.len(), fresh.len());
            let fresh: HashMap<String, f64> = fresh.into_iter().collect();
            for (name, p) in changed {
                prop_assert!((fresh[&name] - p).abs() < 1e-6, "{}: {} and {}", name, p, fresh[&name]);
            }
        }
    }

    #[test]
    fn any_tool_and_any_wish_give_ordered_probabilities(
        name in "[^\\p{C}\\s]{1,20}",
        description in "\\PC{0,60}",
        wish in "(and|then|send|[.]|,| |\\PC){0,40}",
    ) {
        let all = tools().into_iter().chain([tool(&name, &description)]);
        let selector = ToolSelector::new(embedder(), all).unwrap();
        let ranked = ranked(&selector, &wish);
        prop_assert!(ranked.is_sorted_by(|(_, a), (_, b)| a >= b));
        prop_assert!(ranked.iter().all(|(_, p)| (0.0..=1.0).contains(p)));
    }
}
