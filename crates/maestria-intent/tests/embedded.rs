//! The model inside the crate: it does what the training says it does, keeps the contracts, and reads anything.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "helpers of tests")]

use maestria_intent::{Classifier, Interpreter, StaticEmbedder, taxonomy};
use maestria_testkit::conformance;
use maestria_vocabulary::ToolSpec;
use proptest::prelude::*;
use serde::Deserialize;
use serde_json::json;

/// What the training computed for a text.
#[derive(Deserialize)]
struct Golden {
    text: String,
    embedding_head: Vec<f32>,
    label: String,
    confidence: f64,
    energy: f32,
}

#[test]
fn rust_computes_what_the_training_computed() {
    let classifier = Classifier::embedded().unwrap().with_spelling(false);
    let golden: Vec<Golden> =
        include_str!("../model/golden.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(golden.len() >= 20);
    for Golden { text, embedding_head, label, confidence, energy } in golden {
        let encoded = &classifier.encode(&[&text]).unwrap()[0];
        for (ours, theirs) in encoded.embedding().0.iter().zip(&embedding_head) {
            assert!((ours - theirs).abs() < 1e-4, "{text:?}: {ours} is not {theirs}");
        }
        let classification = classifier.classify_encoded(encoded);
        assert!((classification.energy - energy).abs() < 1e-3, "{text:?}: {} is not {energy}", classification.energy);
        let (best, sure) = &classification.ranked[0];
        if label == "unknown" {
            assert!(classification.unknown, "{text:?}");
        } else {
            assert_eq!(best.as_str(), label, "{text:?}");
            assert!((sure.get() - confidence).abs() < 1e-4, "{text:?}: {sure} is not {confidence}");
        }
    }
}

#[test]
fn the_embedder_keeps_its_contract() {
    conformance::embedder(&StaticEmbedder::embedded().unwrap()).unwrap();
}

#[test]
fn the_model_knows_exactly_the_taxonomy() {
    let classifier = Classifier::embedded().unwrap();
    let known: Vec<_> = classifier.labels().cloned().collect();
    assert_eq!(known, taxonomy::all());
}

fn interpreter() -> Interpreter {
    let path = json!({"type": "string", "format": "path"});
    let save = ToolSpec::new("save_file".parse().unwrap(), "Saves a result as a file: store, export, write to disk")
        .with_input(json!({"properties": {"content": {"contentMediaType": "*/*"}, "path": path}, "required": ["content", "path"]}));
    let draw = ToolSpec::new("draw_chart".parse().unwrap(), "Draws a chart of a table")
        .with_input(json!({"properties": {"kind": {"enum": ["bar", "line"]}}}))
        .with_serves([taxonomy::data_visualization()]);
    Interpreter::new(Classifier::embedded().unwrap(), [save, draw]).unwrap()
}

/// The intents of a request, and the best tool of each of its wishes.
fn check(text: &str, intents: &[&str], tools: &[&str]) {
    let understanding = interpreter().interpret(text).unwrap();
    let found: Vec<_> = understanding.intents().map(|intent| intent.label.as_str().to_owned()).collect();
    assert_eq!(found, intents, "{text}");
    let best: Vec<_> = understanding
        .clauses
        .iter()
        .map(|clause| clause.tools.first().map_or("", |tool| tool.tool.as_str()).to_owned())
        .collect();
    assert_eq!(best, tools, "{text}");
}

#[test]
fn requests_are_read_for_what_they_ask() {
    check(
        "Create a bar chart of revenue by region and save it as chart.svg",
        &["data_visualization"],
        &["draw_chart", "save_file"],
    );
    check("Summarize docs/architecture.md in three sentences", &["summarization"], &[""]);
    check("Generate an image of a sunset", &["image_generation"], &[""]);
    check("Summarize this article and translate it into French", &["summarization", "translation"], &["", ""]);
    check("asdf qwer zxcv", &[], &[""]);
    check("", &[], &[]);
    check("   \n\t ", &[], &[]);
}

#[test]
fn a_wish_is_found_at_either_end_of_a_long_text() {
    let material = "The quick brown fox jumps over the lazy dog near the river bank. ".repeat(1600);
    for text in [format!("Summarize this text: {material}"), format!("{material}\nSummarize the text above.")] {
        let understanding = interpreter().interpret(&text).unwrap();
        let intent = understanding.intents().next().unwrap_or_else(|| panic!("{:?}", understanding.notes));
        assert_eq!(intent.label.as_str(), "summarization");
        assert_eq!(intent.span.of(&text), Some(text.as_str()));
        assert_eq!(understanding.notes.len(), 1);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_text_is_read_and_every_span_lies_in_it(text in "\\PC{0,200}", repeats in 1_usize..60) {
        let text = text.repeat(repeats);
        let understanding = interpreter().interpret(&text).unwrap();
        for clause in &understanding.clauses {
            prop_assert!(clause.span.of(&text).is_some());
            for span in clause.paths.iter().chain(clause.tools.iter().flat_map(|tool| tool.arguments.iter().map(|a| &a.span))) {
                prop_assert!(span.of(&text).is_some());
            }
        }
    }
}

/// A dozen examples of two labels and of neither.
fn own_labels() -> Vec<(&'static str, maestria_vocabulary::Label)> {
    let of = |label: &str, texts: [&'static str; 4]| texts.map(|text| (text, label.parse().unwrap()));
    let lost = of(
        "lost_card",
        ["my card is gone", "I lost my card", "someone stole my card", "where is my card, I cannot find it"],
    );
    let balance = of(
        "balance",
        ["how much money do I have", "what is my balance", "show my account balance", "how much is left"],
    );
    let unknown = of("unknown", ["asdf", "the weather is nice", "cook me an egg", "who won the match"]);
    [lost, balance, unknown].concat()
}

#[test]
fn an_application_fits_its_own_labels_and_keeps_them() {
    let embedder: std::sync::Arc<dyn maestria_vocabulary::Embedder> =
        std::sync::Arc::new(StaticEmbedder::embedded().unwrap());
    let fitted = Classifier::fit(embedder.clone(), own_labels(), maestria_intent::FitOptions::default()).unwrap();
    let loaded = Classifier::new(embedder, &fitted.save().unwrap()).unwrap();
    for classifier in [&fitted, &loaded] {
        assert_eq!(classifier.labels().map(|label| label.as_str()).collect::<Vec<_>>(), ["balance", "lost_card"]);
        let answers = classifier.classify(&["I can't find my bank card", "tell me my balance"]).unwrap();
        let best: Vec<_> = answers.iter().map(|answer| answer.ranked[0].0.as_str()).collect();
        assert_eq!(best, ["lost_card", "balance"]);
    }
    let texts = ["one", "two words", "", "my card"];
    assert_eq!(fitted.classify(&texts).unwrap(), loaded.classify(&texts).unwrap());
}

#[test]
fn a_classifier_needs_two_labels_and_can_do_with_one_example_of_each() {
    let embedder: std::sync::Arc<dyn maestria_vocabulary::Embedder> =
        std::sync::Arc::new(StaticEmbedder::embedded().unwrap());
    let fit = |examples: Vec<(&str, maestria_vocabulary::Label)>| {
        Classifier::fit(embedder.clone(), examples, maestria_intent::FitOptions::default())
    };
    assert!(matches!(fit(vec![]), Err(maestria_intent::Error::TooFewLabels { labels: 0 })));
    assert!(matches!(fit(vec![("a", "x".parse().unwrap())]), Err(maestria_intent::Error::TooFewLabels { labels: 1 })));
    let two = fit(vec![("send mail", "x".parse().unwrap()), ("play music", "y".parse().unwrap())]).unwrap();
    assert_eq!(two.classify(&["play some music"]).unwrap()[0].ranked[0].0.as_str(), "y");
}

/// Texts of two labels whose words are the same and only their order differs, so that a mean of words cannot tell them apart.
fn in_either_direction(count: usize) -> Vec<(String, maestria_vocabulary::Label)> {
    const TOWNS: [&str; 7] = ["Rome", "Oslo", "Lima", "Cairo", "Delhi", "Quito", "Accra"];
    let text =
        |from: &str, to: &str, i: usize| format!("{} {i}: send {} parcels from {from} to {to}", TOWNS[i % 7], i / 7);
    (0..count)
        .flat_map(|i| {
            [
                (text("north", "south", i), "southward".parse().unwrap()),
                (text("south", "north", i), "northward".parse().unwrap()),
            ]
        })
        .collect()
}

#[test]
fn with_ten_examples_per_label_the_order_of_words_counts() {
    let embedder: std::sync::Arc<dyn maestria_vocabulary::Embedder> =
        std::sync::Arc::new(StaticEmbedder::embedded().unwrap());
    let check = |seen: usize, expected: bool| {
        let all = in_either_direction(seen + 20);
        let (train, test) = all.split_at(2 * seen);
        let train = train.iter().map(|(text, label)| (text.as_str(), label.clone()));
        let fitted = Classifier::fit(embedder.clone(), train, maestria_intent::FitOptions::default()).unwrap();
        let loaded = Classifier::new(embedder.clone(), &fitted.save().unwrap()).unwrap();
        let texts: Vec<&str> = test.iter().map(|(text, _)| text.as_str()).collect();
        let answers = fitted.classify(&texts).unwrap();
        assert_eq!(answers, loaded.classify(&texts).unwrap());
        let all_right = answers.iter().zip(test).all(|(answer, (_, label))| answer.ranked[0].0 == *label);
        assert_eq!(all_right, expected, "{seen} examples per label");
        let all_sure = answers.iter().all(|answer| answer.ranked[0].1.get() > 0.9);
        assert_eq!(all_sure, expected, "{seen} examples per label");
    };
    check(9, false);
    check(12, true);
    // Beyond two thousand examples one fold calibrates.
    check(1_100, true);
}

#[test]
fn an_embedder_that_breaks_its_contract_is_refused() {
    #[derive(Debug)]
    struct Broken(Vec<f32>, usize);
    impl maestria_vocabulary::Embedder for Broken {
        fn dimension(&self) -> usize {
            2
        }
        fn embed(
            &self,
            texts: &[&str],
        ) -> Result<Vec<maestria_vocabulary::Embedding>, maestria_vocabulary::EmbedError> {
            let count = texts.len().saturating_sub(self.1);
            Ok(vec![maestria_vocabulary::Embedding(self.0.clone()); count])
        }
    }
    for (values, fewer) in [(vec![1.0], 0), (vec![f32::NAN, 0.0], 0), (vec![1.0, 0.0], 1)] {
        let broken = std::sync::Arc::new(Broken(values, fewer));
        let fitted = Classifier::fit(broken, own_labels(), maestria_intent::FitOptions::default());
        assert!(matches!(fitted, Err(maestria_intent::Error::Embeddings { .. })), "{fitted:?}");
    }
}
