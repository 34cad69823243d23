//! Fleets as people write them, and as they write them wrongly.

use std::{num::NonZeroUsize, time::Duration};

use maestria_vocabulary::{Bytes, DeviceKind, Money, Tokens};

use super::*;

const TOML: &str = r#"version = 1

[[model]]
id = "phi"
window = 4096
capabilities = { chat = 0.7 }
memory = "2 GiB"
devices = ["gpu", "cpu"]
price = { input = "$0.15 per million tokens", output = "$0.60 per million tokens" }
load = "1.5 s"
run = "300 ms"
watts = 35

[[model]]
id = "far"
window = 128000
capabilities = { chat = 0.9 }
remote = true
concurrency = 4
"#;

const JSON: &str = r#"{
  "version": 1,
  "model": [
    {
      "id": "phi",
      "window": 4096,
      "capabilities": {"chat": 0.7},
      "memory": "2 GiB",
      "devices": ["gpu", "cpu"],
      "price": {"input": "$0.15 per million tokens", "output": "$0.60 per million tokens"},
      "load": "1.5 s",
      "run": "300 ms",
      "watts": 35
    },
    {
      "id": "far",
      "window": 128000,
      "capabilities": {"chat": 0.9},
      "remote": true,
      "concurrency": 4
    }
  ]
}
"#;

#[test]
fn both_forms_say_the_same() {
    let fleet = Fleet::from_toml(TOML).unwrap();
    assert_eq!(Fleet::from_json(JSON).unwrap(), fleet);
    assert_eq!(fleet.currency.as_deref(), Some("$"));
    let phi = &fleet.cards[0];
    assert_eq!((phi.window, phi.needs.memory), (Tokens(4096), Bytes::gib(2)));
    assert_eq!(phi.needs.devices, [DeviceKind::Gpu, DeviceKind::Cpu]);
    assert_eq!((phi.price.input, phi.price.output), (Money(150_000), Money(600_000)));
    assert_eq!((phi.load, phi.run), (Duration::from_millis(1500), Duration::from_millis(300)));
    assert!(fleet.cards[1].remote);
    assert_eq!(fleet.cards[1].concurrency, NonZeroUsize::new(4));
}

#[test]
fn an_error_names_the_line_the_model_and_the_field() {
    let check = |from: &str, to: &str, toml: &str, json: &str| {
        let wrong = |text: &str, from: &str, to: &str| {
            assert!(text.contains(from), "{from}");
            text.replacen(from, to, 1)
        };
        let found = Fleet::from_toml(&wrong(TOML, from, to)).map_err(|error| error.to_string());
        assert_eq!(found, Err(toml.to_owned()));
        let keyed = |text: &str| {
            let (key, value) = text.split_once(" = ").unwrap();
            format!("\"{key}\": {value}")
        };
        let found = Fleet::from_json(&wrong(JSON, &keyed(from), &keyed(to))).map_err(|error| error.to_string());
        assert_eq!(found, Err(json.to_owned()));
    };
    check(
        "memory = \"2 GiB\"",
        "memory = \"2 apples\"",
        "line 7, model phi, memory: an amount of memory such as \"8 GiB\" is expected, not \"2 apples\"",
        "line 8, model phi, memory: an amount of memory such as \"8 GiB\" is expected, not \"2 apples\"",
    );
    check(
        "load = \"1.5 s\"",
        "load = 1.5",
        "line 10, model phi, load: invalid type: floating point `1.5`, expected a time such as \"1.5 s\" or \"300 ms\"",
        "line 11, model phi, load: invalid type: floating point `1.5`, expected a time such as \"1.5 s\" or \"300 ms\"",
    );
    check(
        "run = \"300 ms\"",
        "runs = \"300 ms\"",
        "line 11, model phi, runs: unknown field `runs`, expected one of `id`, `window`, `capabilities`, `description`, \
         `memory`, `devices`, `price`, `load`, `run`, `watts`, `remote`, `concurrency`",
        "line 12, model phi, runs: unknown field `runs`, expected one of `id`, `window`, `capabilities`, `description`, \
         `memory`, `devices`, `price`, `load`, `run`, `watts`, `remote`, `concurrency`",
    );
    check(
        "id = \"far\"",
        "id = \"phi\"",
        "line 14, model phi: a second model of this id",
        "line 21, model phi: a second model of this id",
    );
    check(
        "window = 128000",
        "window = 0",
        "line 14, model far: the card of model far states a window of no tokens",
        "line 21, model far: the card of model far states a window of no tokens",
    );
    check(
        "version = 1",
        "version = 2",
        "line 1, version: version 2 is not understood, only 1",
        "line 2, version: version 2 is not understood, only 1",
    );
}

#[test]
fn prices_are_in_one_currency() {
    let error = Fleet::from_toml(&TOML.replace("$0.60", "€0.60")).unwrap_err();
    assert_eq!((error.line, error.problem.as_str()), (3, "a price in €, where another is in $"));
}

#[test]
fn what_is_no_file_at_all_is_told_by_its_line() {
    assert_eq!(Fleet::from_toml("version = 1\nmodel = [").unwrap_err().line, 2);
    assert_eq!(Fleet::from_json("{\n\"version\": 1,\n").unwrap_err().line, 3);
    assert_eq!(Fleet::from_json(&format!("{JSON}x")).unwrap_err().line, 24);
    assert_eq!(Fleet::from_toml("version = 1").unwrap_err().problem, "missing field `model`");
}
