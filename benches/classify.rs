//! How long reading takes: a text's word pieces beside what the `tokenizers` crate needs for the same, and its classification.

use std::{
    env, fs,
    hint::black_box,
    num::NonZeroUsize,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use criterion::{Criterion, Throughput};
use maestria::{
    Classifier, Embedder,
    intent::{
        StaticEmbedder,
        onnx::{OnnxEncoder, Runtime, Settings},
    },
};
use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use tokenizers::Tokenizer;

type Result<T = (), E = Box<dyn std::error::Error + Send + Sync>> = std::result::Result<T, E>;

/// Texts by their number of words.
const TEXTS: [(u32, &str); 3] = [
    (5, "plot the revenue by region"),
    (9, "translate the second page of this report into French"),
    (20, "find out why the nightly build fails since yesterday, repair what is broken and write a note for the team"),
];

const EMBEDDER: &[u8] = include_bytes!("../crates/maestria-intent/model/embedder.safetensors");
const TOKENIZER: &[u8] = include_bytes!("../crates/maestria-intent/model/tokenizer.json");

fn classify(c: &mut Criterion) -> Result {
    let classifier = Classifier::embedded()?;
    let mut group = c.benchmark_group("classify");
    for (words, text) in TEXTS {
        group.bench_function(format!("one text of {words} words"), |b| {
            b.iter(|| classifier.classify(black_box(&[text])))
        });
    }
    let misspelt = "tranlsate the second page of this reprot into French";
    group.bench_function("one text of 9 words, two of them misspelt", |b| {
        b.iter(|| classifier.classify(black_box(&[misspelt])))
    });
    let texts: Vec<String> = (0..1000).map(|i| format!("translate page {i} of the manual into French")).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    group.throughput(Throughput::Elements(texts.len() as u64));
    group.bench_function("1,000 texts, one core", |b| b.iter(|| classifier.classify(black_box(&texts))));
    group.finish();
    Ok(())
}

/// The encoder in the ONNX file that `MAESTRIA_ACCURATE` names, with its tokenizer and head beside it, on one thread.
fn classify_accurately(c: &mut Criterion) -> Result {
    let (Some(model), Some(library)) = (env::var_os("MAESTRIA_ACCURATE"), env::var_os("ORT_DYLIB_PATH")) else {
        eprintln!(
            "accurate model: not measured; MAESTRIA_ACCURATE names its file, ORT_DYLIB_PATH ONNX Runtime's library"
        );
        return Ok(());
    };
    let model = PathBuf::from(model);
    let beside = |name: &str| fs::read(model.with_file_name(name));
    let settings = Settings { threads: NonZeroUsize::MIN, ..Settings::default() };
    let encoder =
        OnnxEncoder::open(&Runtime::load(Path::new(&library))?, &model, &beside("tokenizer.json")?, settings)?;
    let classifier = Classifier::new(Arc::new(encoder), &beside("taxonomy.safetensors")?)?;
    let mut group = c.benchmark_group("classify accurately");
    for (words, text) in TEXTS {
        group.bench_function(format!("one text of {words} words"), |b| {
            b.iter(|| classifier.classify(black_box(&[text])))
        });
    }
    group.finish();
    Ok(())
}

fn tokenise(c: &mut Criterion) -> Result {
    let (ours, table) = (narrow()?, StaticEmbedder::embedded()?);
    let mut theirs = Tokenizer::from_bytes(TOKENIZER)?;
    theirs.with_padding(None).with_truncation(None)?;
    for (words, text) in TEXTS {
        let mut group = c.benchmark_group(format!("tokenise {words} words"));
        group.bench_function("maestria", |b| b.iter(|| ours.embed(black_box(&[text]))));
        group.bench_function("tokenizers", |b| b.iter(|| theirs.encode_fast(black_box(text), false)));
        group.bench_function("maestria, and embed", |b| b.iter(|| table.embed(black_box(&[text]))));
        group.finish();
    }
    Ok(())
}

/// The embedded encoder with vectors of one value, so that nearly all its time goes into word pieces.
fn narrow() -> Result<StaticEmbedder> {
    let (_, header) = SafeTensors::read_metadata(EMBEDDER)?;
    let whole = SafeTensors::deserialize(EMBEDDER)?;
    let scale = whole.tensor("scale")?;
    let rows = scale.shape().iter().product();
    let column = vec![1_u8; rows];
    let tensors = [("table", TensorView::new(Dtype::I8, vec![rows, 1], &column)?), ("scale", scale)];
    Ok(StaticEmbedder::from_bytes(&safetensors::serialize(tensors, header.metadata().clone())?, TOKENIZER)?)
}

fn main() -> ExitCode {
    let mut c = Criterion::default().configure_from_args();
    for bench in [classify, classify_accurately, tokenise] {
        if let Err(error) = bench(&mut c) {
            eprintln!("not measured: {error}");
            return ExitCode::FAILURE;
        }
    }
    c.final_summary();
    ExitCode::SUCCESS
}
