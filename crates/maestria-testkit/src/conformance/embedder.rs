//! Does an embedder keep its contract?

use std::{iter, thread};

use maestria_vocabulary::{EmbedError, Embedder, Embedding};

use super::{Company, Violation};

/// How far the length of a vector may be from one, and a value from itself: rounding error of single precision, no more.
const ROUNDING: f32 = 1e-4;

/// Threads that embed at once.
const THREADS: usize = 4;

/// Checks `embedder` against the contract of [`Embedder`], with about thirty texts and from four threads.
///
/// # Errors
/// The first [`Violation`] found.
pub fn embedder(embedder: &dyn Embedder) -> Result<(), Violation> {
    if embedder.dimension() == 0 {
        return Err(Violation::NoDimension);
    }
    let texts = texts();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let alone = texts.iter().map(|text| single(embedder, text)).collect::<Result<Vec<_>, _>>()?;
    for (text, vector) in iter::zip(&texts, &alone) {
        check(embedder.dimension(), text, vector)?;
    }
    for (text, vector) in iter::zip(&texts, &alone) {
        same(Company::Again, text, vector, &single(embedder, text)?)?;
    }
    together(embedder, Company::InBatch, &[], &[])?;
    together(embedder, Company::InBatch, &texts, &alone)?;
    thread::scope(|scope| {
        let embed = || together(embedder, Company::AmongThreads, &texts, &alone);
        let threads: Vec<_> = iter::repeat_with(|| scope.spawn(embed)).take(THREADS).collect();
        threads
            .into_iter()
            .try_for_each(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })
}

/// Ordinary requests, and what else people and programs send.
fn texts() -> Vec<String> {
    let texts = [
        "plot the sales of last year by month",
        "plot the sales of last year by month",
        "Why does my program stop when I open a file?",
        "Übersetze diesen Satz ins Französische",
        "このコードを説明してください",
        "اكتب رسالة قصيرة",
        "🎨🖌️👩‍🎨",
        "stop",
        "",
        " \t\r\n",
        "\u{0}\u{1}\u{7f}",
        "\u{202e}desrever",
        "e\u{301}\u{301}\u{301}",
        "[CLS] [SEP] <s> <|endoftext|>",
        "?!",
        "1234567890 -1e308 0x7fffffff",
        "fn main() { println!(\"{}\", 1 + 1); }",
    ];
    let long = ["a", "word ", "界", "x1."].map(|piece| piece.repeat(5_000));
    texts.into_iter().map(str::to_owned).chain(long).collect()
}

fn single(embedder: &dyn Embedder, text: &str) -> Result<Embedding, Violation> {
    let refused = |source: EmbedError| Violation::TextRefused { text: excerpt(text), source };
    let mut vectors = embedder.embed(&[text]).map_err(refused)?;
    match (vectors.pop(), vectors.len()) {
        (Some(vector), 0) => Ok(vector),
        (last, rest) => Err(Violation::VectorCount { texts: 1, vectors: rest + usize::from(last.is_some()) }),
    }
}

fn together(embedder: &dyn Embedder, company: Company, texts: &[&str], alone: &[Embedding]) -> Result<(), Violation> {
    let vectors = embedder.embed(texts).map_err(|source| Violation::BatchRefused { company, source })?;
    if vectors.len() != texts.len() {
        return Err(Violation::VectorCount { texts: texts.len(), vectors: vectors.len() });
    }
    for ((text, alone), vector) in iter::zip(texts, alone).zip(&vectors) {
        check(embedder.dimension(), text, vector)?;
        same(company, text, alone, vector)?;
    }
    Ok(())
}

fn check(dimension: usize, text: &str, Embedding(values): &Embedding) -> Result<(), Violation> {
    if values.len() != dimension {
        return Err(Violation::Dimension { text: excerpt(text), found: values.len(), dimension });
    }
    if !values.iter().all(|value| value.is_finite()) {
        return Err(Violation::NotFinite { text: excerpt(text) });
    }
    let length = values.iter().map(|&value| f64::from(value).powi(2)).sum::<f64>().sqrt();
    if length != 0.0 && (length - 1.0).abs() > f64::from(ROUNDING) {
        return Err(Violation::NotUnit { text: excerpt(text), length });
    }
    Ok(())
}

fn same(company: Company, text: &str, before: &Embedding, now: &Embedding) -> Result<(), Violation> {
    let by = iter::zip(&before.0, &now.0).map(|(before, now)| (before - now).abs()).fold(0.0, f32::max);
    if by > ROUNDING { Err(Violation::VectorDiffers { text: excerpt(text), company, by }) } else { Ok(()) }
}

fn excerpt(text: &str) -> String {
    text.chars().take(40).collect()
}
