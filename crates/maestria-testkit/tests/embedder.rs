//! The embedder suite accepts a good embedder and catches every kind of bad one.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::{
    fmt,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use maestria_testkit::conformance::{self, Company, Violation};
use maestria_vocabulary::{EmbedError, Embedder, Embedding};

const DIMENSION: usize = 8;

/// An embedder that is a function.
struct Fake<F>(usize, F);

impl<F> fmt::Debug for Fake<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fake")
    }
}

impl<F> Embedder for Fake<F>
where
    F: Fn(&[&str]) -> Result<Vec<Embedding>, EmbedError> + Send + Sync,
{
    fn dimension(&self) -> usize {
        self.0
    }

    fn embed(&self, texts: &[&str]) -> Result<Vec<Embedding>, EmbedError> {
        (self.1)(texts)
    }
}

/// Counts bytes by their value, which is as much meaning as this needs.
fn vector(text: &str) -> Embedding {
    let mut counts = vec![0.0_f32; DIMENSION];
    for byte in text.bytes() {
        counts[usize::from(byte) % DIMENSION] += 1.0;
    }
    let length = counts.iter().map(|count| count * count).sum::<f32>().sqrt();
    Embedding(counts.into_iter().map(|count| if length > 0.0 { count / length } else { 0.0 }).collect())
}

fn vectors(texts: &[&str]) -> Vec<Embedding> {
    texts.iter().map(|text| vector(text)).collect()
}

/// Vectors of a good embedder, of which `spoil` spoils every one.
fn spoilt(texts: &[&str], spoil: impl Fn(&mut Vec<f32>)) -> Vec<Embedding> {
    let mut vectors = vectors(texts);
    vectors.iter_mut().for_each(|vector| spoil(&mut vector.0));
    vectors
}

#[track_caller]
fn check(
    embed: impl Fn(&[&str]) -> Result<Vec<Embedding>, EmbedError> + Send + Sync,
    expected: impl Fn(&Violation) -> bool,
) {
    let violation = conformance::embedder(&Fake(DIMENSION, embed)).unwrap_err();
    assert!(expected(&violation), "{violation:?}");
}

#[test]
fn a_good_embedder_conforms() {
    conformance::embedder(&Fake(DIMENSION, |texts: &[&str]| Ok(vectors(texts)))).unwrap();
}

#[test]
fn rounding_is_no_violation() {
    let embed = |texts: &[&str]| Ok(spoilt(texts, |values| values[0] *= 1.0 + texts.len() as f32 * 1e-7));
    conformance::embedder(&Fake(DIMENSION, embed)).unwrap();
}

#[test]
fn a_dimension_of_zero_is_caught() {
    let violation = conformance::embedder(&Fake(0, |_: &[&str]| Ok(Vec::new()))).unwrap_err();
    assert!(matches!(violation, Violation::NoDimension));
}

#[test]
fn refusing_a_text_is_caught() {
    check(
        |texts| if texts.contains(&"") { Err(EmbedError::new("empty")) } else { Ok(vectors(texts)) },
        |violation| matches!(violation, Violation::TextRefused { text, .. } if text.is_empty()),
    );
    check(
        |texts| {
            if texts.iter().any(|text| text.len() > 512) { Err(EmbedError::new("long")) } else { Ok(vectors(texts)) }
        },
        |violation| matches!(violation, Violation::TextRefused { text, .. } if text.len() == 40),
    );
}

#[test]
fn refusing_a_batch_is_caught() {
    check(
        |texts| if texts.len() == 1 { Ok(vectors(texts)) } else { Err(EmbedError::new("batch")) },
        |violation| matches!(violation, Violation::BatchRefused { company: Company::InBatch, .. }),
    );
}

#[test]
fn a_wrong_number_of_vectors_is_caught() {
    check(
        |texts| Ok(vectors(&texts[..texts.len().min(5)])),
        |violation| matches!(violation, Violation::VectorCount { vectors: 5, texts } if *texts > 5),
    );
    check(|_| Ok(Vec::new()), |violation| matches!(violation, Violation::VectorCount { texts: 1, vectors: 0 }));
}

#[test]
fn vectors_of_another_size_are_caught() {
    check(
        |texts| Ok(spoilt(texts, |values| values.push(0.0))),
        |violation| matches!(violation, Violation::Dimension { found: 9, dimension: DIMENSION, .. }),
    );
}

#[test]
fn values_that_are_not_finite_are_caught() {
    for value in [f32::NAN, f32::INFINITY] {
        check(
            move |texts| Ok(spoilt(texts, |values| values[0] = value)),
            |violation| matches!(violation, Violation::NotFinite { .. }),
        );
    }
}

#[test]
fn vectors_that_are_not_of_length_one_are_caught() {
    check(
        |texts| Ok(spoilt(texts, |values| values.iter_mut().for_each(|value| *value *= 2.0))),
        |violation| matches!(violation, Violation::NotUnit { length, .. } if (*length - 2.0).abs() < 1e-3),
    );
}

#[test]
fn vectors_that_change_from_call_to_call_are_caught() {
    let calls = AtomicUsize::new(0);
    check(
        move |texts| {
            let turn = calls.fetch_add(1, Ordering::Relaxed) % DIMENSION;
            Ok(spoilt(texts, |values| values.rotate_left(turn)))
        },
        |violation| matches!(violation, Violation::VectorDiffers { company: Company::Again, .. }),
    );
}

#[test]
fn vectors_that_depend_on_the_batch_are_caught() {
    let in_batch =
        |violation: &Violation| matches!(violation, Violation::VectorDiffers { company: Company::InBatch, .. });
    check(|texts| Ok(spoilt(texts, |values| values.rotate_left(usize::from(texts.len() > 1)))), in_batch);
    check(|texts| Ok(vectors(texts).into_iter().rev().collect()), in_batch);
}

#[test]
fn vectors_that_depend_on_the_thread_are_caught() {
    let home = thread::current().id();
    check(
        move |texts| Ok(spoilt(texts, |values| values.rotate_left(usize::from(thread::current().id() != home)))),
        |violation| matches!(violation, Violation::VectorDiffers { company: Company::AmongThreads, .. }),
    );
}
