//! Words tagged as the training scripts have them.

use serde_json::Value;

use super::*;

/// A line of `model/tagger.golden.jsonl`, which the training script writes: what its own forward pass gives.
fn golden() -> impl Iterator<Item = (String, Vec<ToolSpec>, Vec<Value>)> {
    include_str!("../../model/tagger.golden.jsonl").lines().map(|line| {
        let line: Value = serde_json::from_str(line).unwrap();
        let tools = line["tools"].as_array().unwrap().iter().map(spec).collect();
        (line["text"].as_str().unwrap().to_owned(), tools, line["words"].as_array().unwrap().clone())
    })
}

fn spec(tool: &Value) -> ToolSpec {
    let text = |name: &str| tool[name].as_str().unwrap();
    ToolSpec::new(text("name").parse().unwrap(), text("description")).with_input(tool["parameters"].clone())
}

fn assert_same(text: &str, tagged: &[Tagged], words: &[Value]) {
    assert_eq!(tagged.len(), words.len(), "{text}");
    for (tagged, expected) in tagged.iter().zip(words) {
        let word = tagged.span.of(text).unwrap();
        assert_eq!(word, expected["word"]);
        let asks = expected["asks"].as_array().unwrap().iter().map(|ask| ask.as_f64().unwrap());
        let pairs = tagged.asks.iter().copied().zip(asks);
        let begins = (tagged.begins, expected["begins"].as_f64().unwrap());
        for (found, expected) in pairs.chain([begins]) {
            assert!((f64::from(found) - expected).abs() < 1e-3, "{word}: {found}, not {expected}");
        }
    }
}

#[test]
fn words_ask_for_what_the_training_script_says() {
    let tagger = Tagger::embedded().unwrap();
    for (text, tools, words) in golden() {
        let profiles: Vec<Profile> = tools.iter().map(|tool| tagger.profile(tool)).collect();
        let tagged = tagger.tag(&text, &profiles.iter().collect::<Vec<_>>());
        assert_same(&text, &tagged, &words);
    }
}

#[test]
fn nothing_is_asked_of_no_tools_or_by_no_words() {
    let tagger = Tagger::embedded().unwrap();
    let tool = tagger.profile(&ToolSpec::new("get_weather".parse().unwrap(), ""));
    assert_eq!(tagger.tag("weather in Oslo", &[]), []);
    assert_eq!(tagger.tag(" \n", &[&tool]), []);
    let long = "weather ".repeat(10_000);
    let tagged = tagger.tag(&long, &[&tool]);
    assert_eq!(tagged.len(), 256);
    assert!(tagged.iter().flat_map(|word| &word.asks).all(|ask| (0.0..=1.0).contains(ask)));
}

#[test]
fn words_belong_to_the_parameters_that_the_training_script_says() {
    for line in include_str!("../../model/arguments.golden.jsonl").lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let (text, tool) = (line["text"].as_str().unwrap(), spec(&line["tool"]));
        let clause = ReadClause::of(text, arguments().unwrap());
        let tagged = clause.of_tool(&tool, None);
        assert_same(text, &tagged, line["words"].as_array().unwrap());
        let mut known = Parameters::default();
        known.insert(&tool);
        assert_eq!(clause.of_tool(&tool, Some(&known)), tagged, "{text}");
    }
}
