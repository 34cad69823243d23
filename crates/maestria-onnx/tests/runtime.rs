//! Encoders on a real ONNX Runtime: where `ORT_DYLIB_PATH` names one, and with the model that `MAESTRIA_ONNX_MODEL` names. Without them
//! these tests have nothing to say, unless `MAESTRIA_REQUIRE_ONNX=1` demands that they speak.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]
#![cfg(feature = "onnx-load-dynamic")]

mod words;

use std::{env, error::Error as _, fs, num::NonZeroUsize, path::PathBuf, thread};

use maestria_onnx::{Error, OnnxEncoder, Provider, Runtime, Settings};
use maestria_vocabulary::{Embedder, Embedding};
use tempfile::{TempDir, tempdir};
use words::TOKENIZER;

fn named_by(variable: &str) -> Option<PathBuf> {
    let path = env::var_os(variable).map(PathBuf::from);
    let required = env::var_os("MAESTRIA_REQUIRE_ONNX").is_some_and(|value| value == "1");
    assert!(path.is_some() || !required, "MAESTRIA_REQUIRE_ONNX=1, but {variable} is not set");
    path
}

fn runtime() -> Option<Runtime> {
    named_by("ORT_DYLIB_PATH").map(|library| Runtime::load(&library).unwrap())
}

/// A static table: no special tokens.
fn plain() -> Settings {
    Settings { special_tokens: false, ..Settings::default() }
}

fn look_up(runtime: &Runtime, folder: &TempDir, settings: Settings) -> Result<OnnxEncoder, Error> {
    let inputs = ["input_ids", "attention_mask", "token_type_ids"];
    OnnxEncoder::open(runtime, &words::look_up(folder.path(), &inputs, "last_hidden_state"), TOKENIZER, settings)
}

#[track_caller]
fn assert_near(Embedding(found): &Embedding, expected: &[f32]) {
    assert_eq!(found.len(), expected.len());
    let furthest = found.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(furthest < 1e-5, "{found:?} is not {expected:?}");
}

#[test]
fn the_first_library_stays_and_says_so() {
    let Some(runtime) = runtime() else { return };
    assert!(runtime.is_as_requested());
    let other = Runtime::load("/nowhere/libonnxruntime.so".as_ref()).unwrap();
    assert!(!other.is_as_requested());
    assert_eq!(other.library(), runtime.library());
}

#[test]
fn token_vectors_are_averaged_over_the_mask() {
    let Some(runtime) = runtime() else { return };
    let folder = tempdir().unwrap();
    let encoder = look_up(&runtime, &folder, plain()).unwrap();
    assert_eq!(encoder.dimension(), 2);
    assert!(encoder.logits(&["a"]).unwrap().is_none());
    let vectors = encoder.embed(&["a", "a b", "", "a a a a b", "unheard"]).unwrap();
    let expected = [[0.6, 0.8], [-0.141_421, 0.989_949], [0.0, 0.0], [0.388_057, 0.921_635], [0.0, 0.0]];
    for (vector, expected) in vectors.iter().zip(expected) {
        assert_near(vector, &expected);
    }
    assert!(encoder.embed(&[]).unwrap().is_empty());
}

#[test]
fn special_tokens_and_the_limit_are_the_applications_choice() {
    let Some(runtime) = runtime() else { return };
    let folder = tempdir().unwrap();
    let check = |special_tokens, max_tokens, expected: [f32; 2]| {
        let max_tokens = NonZeroUsize::new(max_tokens).unwrap();
        let settings = Settings { special_tokens, max_tokens, ..Settings::default() };
        let encoder = look_up(&runtime, &folder, settings).unwrap();
        assert_near(&encoder.embed(&["a b"]).unwrap()[0], &expected);
        assert_near(&encoder.embed(&[" "]).unwrap()[0], &[0.0, 0.0]);
    };
    check(false, 1, [0.6, 0.8]);
    check(true, 3, [0.148_340, 0.988_936]);
    check(true, 4, [-0.043_437, 0.999_056]);
}

#[test]
fn an_embedding_of_the_graph_is_brought_to_length_one_and_its_scores_are_left_alone() {
    let Some(runtime) = runtime() else { return };
    let folder = tempdir().unwrap();
    let encoder = OnnxEncoder::open(&runtime, &words::sum_up(folder.path()), TOKENIZER, plain()).unwrap();
    assert_near(&encoder.embed(&["a a", "b"]).unwrap()[0], &[0.6, 0.8]);
    assert_eq!(encoder.logits(&["a a", "b", ""]).unwrap().unwrap(), [[6.0, 8.0], [-4.0, 3.0], [0.0, 0.0]]);
}

#[test]
fn what_is_not_a_number_is_an_error() {
    let Some(runtime) = runtime() else { return };
    let folder = tempdir().unwrap();
    let encoder = OnnxEncoder::open(&runtime, &words::sum_up(folder.path()), TOKENIZER, plain()).unwrap();
    let error = encoder.embed(&["c"]).unwrap_err();
    let cause = error.source().and_then(|cause| cause.downcast_ref());
    assert!(matches!(cause, Some(Error::NotFinite { output: "embedding" })), "{cause:?}");
    assert!(matches!(encoder.logits(&["c"]), Err(Error::NotFinite { output: "logits" })));
    assert_near(&encoder.embed(&["a"]).unwrap()[0], &[0.6, 0.8]);
}

#[test]
fn a_graph_that_is_no_encoder_is_refused() {
    let Some(runtime) = runtime() else { return };
    let folder = tempdir().unwrap();
    let check = |inputs: &[&str], output: &str| {
        let model = words::look_up(folder.path(), inputs, output);
        OnnxEncoder::open(&runtime, &model, TOKENIZER, plain()).unwrap_err()
    };
    let error = check(&["input_ids", "attention_mask"], "rows");
    assert!(matches!(error, Error::Lacks { .. }), "{error:?}");
    let error = check(&["input_ids"], "last_hidden_state");
    assert!(matches!(error, Error::Lacks { missing: "attention_mask" }), "{error:?}");
    let error = check(&["input_ids", "attention_mask", "position_ids"], "last_hidden_state");
    assert!(matches!(&error, Error::UnknownInput { input } if input == "position_ids"), "{error:?}");
    let error = check(&["input_ids", "attention_mask"], "embedding");
    assert!(matches!(&error, Error::Shape { name, .. } if name == "embedding"), "{error:?}");
}

#[test]
fn a_model_that_is_missing_or_damaged_is_refused() {
    let Some(runtime) = runtime() else { return };
    let folder = tempdir().unwrap();
    let model = folder.path().join("model.onnx");
    let open = || OnnxEncoder::open(&runtime, &model, TOKENIZER, plain());
    assert!(matches!(open(), Err(Error::ModelMissing { path }) if path == model));
    fs::write(&model, "no model").unwrap();
    assert!(matches!(open(), Err(Error::Model { path, .. }) if path == model));
}

#[test]
fn a_provider_that_does_not_come_up_is_told_and_the_processor_takes_over() {
    let Some(runtime) = runtime() else { return };
    let folder = tempdir().unwrap();
    let encoder = look_up(&runtime, &folder, Settings { provider: Provider::cuda(0), ..plain() }).unwrap();
    let selected = encoder.provider();
    match selected.provider {
        Provider::Cpu => assert!(selected.fallback.as_ref().is_some_and(|reason| !reason.is_empty())),
        provider => assert_eq!((provider, &selected.fallback), (Provider::cuda(0), &None)),
    }
    assert_near(&encoder.embed(&["a"]).unwrap()[0], &[0.6, 0.8]);
}

/// The embedded encoder of maestria-intent as an ONNX file, and its tokenizer.
fn exported(sessions: usize) -> Option<OnnxEncoder> {
    let runtime = runtime()?;
    let model = named_by("MAESTRIA_ONNX_MODEL")?;
    let tokenizer = concat!(env!("CARGO_MANIFEST_DIR"), "/../maestria-intent/model/tokenizer.json");
    let settings = Settings { sessions: NonZeroUsize::new(sessions).unwrap(), ..plain() };
    Some(OnnxEncoder::open(&runtime, &model, &fs::read(tokenizer).unwrap(), settings).unwrap())
}

const TEXTS: [&str; 6] = [
    "plot the sales of last year by month",
    "",
    "Erkläre mir diesen Code 🤖",
    "stop",
    "\u{0}\t\u{202e}",
    "write a function that sorts a list of numbers, and then explain to me in simple words what every line of it does",
];

#[test]
fn the_exported_encoder_keeps_the_contract_of_embedders() {
    let Some(encoder) = exported(1) else { return };
    let together = encoder.embed(&TEXTS).unwrap();
    for (text, vector) in TEXTS.into_iter().zip(&together) {
        assert_eq!(vector.0.len(), encoder.dimension(), "{text:?}");
        let length = vector.0.iter().map(|value| value * value).sum::<f32>().sqrt();
        assert!(
            (length - 1.0).abs() < 1e-5 || vector.0.iter().all(|&value| value == 0.0),
            "{text:?} has length {length}"
        );
        assert_near(&encoder.embed(&[text]).unwrap()[0], &vector.0);
    }
    assert_near(&together[1], &vec![0.0; encoder.dimension()]);
    assert!(together[0].cosine(&together[5]) < together[0].cosine(&encoder.embed(&["a chart of sales"]).unwrap()[0]));
}

#[test]
fn a_text_has_the_same_scores_alone_and_in_company() {
    let Some(runtime) = runtime() else { return };
    let folder = tempdir().unwrap();
    let encoder = OnnxEncoder::open(&runtime, &words::sum_up(folder.path()), TOKENIZER, plain()).unwrap();
    let texts = ["a b", "", "a a a a b", "b"];
    let together = encoder.logits(&texts).unwrap().unwrap();
    assert_eq!(together.len(), texts.len());
    for (text, scores) in texts.into_iter().zip(together) {
        assert_eq!(encoder.logits(&[text]).unwrap().unwrap(), [scores], "{text:?}");
    }
}

#[test]
fn eight_threads_with_many_texts_get_what_each_would_get_alone() {
    const WORDS: [&str; 5] = ["sales", "draw", "explain", "Käse", "function"];
    let text = |number: usize| (0..=number % 40).map(|place| WORDS[(number + place * place) % 5]).collect::<Vec<_>>();
    let texts: Vec<String> = (0..100).map(|number| text(number).join(" ")).chain(TEXTS.map(String::from)).collect();
    for sessions in [1, 2] {
        let Some(encoder) = exported(sessions) else { return };
        let alone: Vec<_> = texts.iter().map(|text| encoder.embed(&[text]).unwrap().remove(0)).collect();
        thread::scope(|scope| {
            for thread in 0..8 {
                let (encoder, texts, alone) = (&encoder, &texts, &alone);
                scope.spawn(move || {
                    for turn in 0..30 {
                        let places: Vec<_> =
                            (0..=turn * 2).map(|step| (thread * 13 + turn + step * 7) % texts.len()).collect();
                        let asked: Vec<_> = places.iter().map(|&place| texts[place].as_str()).collect();
                        let vectors = encoder.embed(&asked).unwrap();
                        assert_eq!(vectors.len(), asked.len());
                        for (vector, &place) in vectors.iter().zip(&places) {
                            assert_near(vector, &alone[place].0);
                        }
                    }
                });
            }
        });
    }
}

#[test]
fn what_is_not_a_number_fails_no_other_thread() {
    let Some(runtime) = runtime() else { return };
    let folder = tempdir().unwrap();
    let encoder = OnnxEncoder::open(&runtime, &words::sum_up(folder.path()), TOKENIZER, plain()).unwrap();
    thread::scope(|scope| {
        for text in ["a", "b", "c", "a a", "c b"] {
            let encoder = &encoder;
            scope.spawn(move || {
                for _ in 0..200 {
                    assert_eq!(encoder.embed(&[text]).is_err(), text.contains('c'));
                }
            });
        }
    });
}
