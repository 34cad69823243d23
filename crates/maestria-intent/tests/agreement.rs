//! The embedded model in Rust and the same model as an ONNX file agree.
//!
//! Needs the library (`ORT_DYLIB_PATH`) and the file (`MAESTRIA_ONNX_MODEL`, made by `training/export_onnx.py`). Where they are not given
//! there is nothing to compare, which fails when `MAESTRIA_REQUIRE_ONNX` is `1`.
#![cfg(feature = "onnx")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "helpers of tests")]

use std::{env, path::PathBuf, sync::Arc};

use maestria_intent::{
    Classifier,
    onnx::{OnnxEncoder, Runtime, Settings},
};
use maestria_vocabulary::Embedder;

const TOKENIZER: &[u8] = include_bytes!("../model/tokenizer.json");
const HEAD: &[u8] = include_bytes!("../model/taxonomy.safetensors");

/// The encoder on ONNX Runtime, if what it needs is given.
fn encoder() -> Option<OnnxEncoder> {
    let given = |name: &str| env::var_os(name).map(PathBuf::from);
    let (Some(library), Some(model)) = (given("ORT_DYLIB_PATH"), given("MAESTRIA_ONNX_MODEL")) else {
        let required = env::var("MAESTRIA_REQUIRE_ONNX").is_ok_and(|value| value == "1");
        assert!(!required, "ORT_DYLIB_PATH and MAESTRIA_ONNX_MODEL must be set");
        eprintln!("not compared: ORT_DYLIB_PATH and MAESTRIA_ONNX_MODEL are not set");
        return None;
    };
    let runtime = Runtime::load(&library).unwrap();
    let settings = Settings { special_tokens: false, ..Settings::default() };
    Some(OnnxEncoder::open(&runtime, &model, TOKENIZER, settings).unwrap())
}

#[test]
fn both_engines_give_the_same_embeddings_and_the_same_answers() {
    let Some(encoder) = encoder() else { return };
    let golden = include_str!("../model/golden.jsonl").lines();
    let texts: Vec<String> = golden
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["text"].as_str().unwrap().to_owned())
        .collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();

    let embedded = Classifier::embedded().unwrap();
    let rust = embedded.embedder().embed(&texts).unwrap();
    let onnx = encoder.embed(&texts).unwrap();
    for ((text, ours), theirs) in texts.iter().zip(&rust).zip(&onnx) {
        for (a, b) in ours.0.iter().zip(&theirs.0) {
            assert!((a - b).abs() < 1e-4, "{text:?}: {a} is not {b}");
        }
    }

    let on_onnx = Classifier::new(Arc::new(encoder), HEAD).unwrap();
    for (ours, theirs) in embedded.classify(&texts).unwrap().iter().zip(on_onnx.classify(&texts).unwrap()) {
        assert_eq!((&ours.ranked[0].0, ours.unknown), (&theirs.ranked[0].0, theirs.unknown));
    }
}
