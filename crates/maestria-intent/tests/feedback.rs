//! Learning from corrections: what was corrected becomes right, the rest stays, and wrong corrections do bounded harm.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "helpers of tests")]

use std::{path::Path, sync::Arc};

use maestria_intent::{Classification, Classifier, Error, FitOptions, LearnOptions, StaticEmbedder};
use maestria_vocabulary::{Embedder, Label, Probability};

const LABELS: [&str; 6] = ["translation", "summarization", "debugging", "image_generation", "automation", "unknown"];

/// A text and its label.
type Example = (String, Label);

/// The first text of so many families of the taxonomy's training material, per label.
fn material(labels: &[&str], skip: usize, take: usize) -> Vec<Example> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../training/data/taxonomy");
    let of_label = |label: &&str| {
        let text = std::fs::read_to_string(folder.join(format!("{label}.txt"))).unwrap();
        let families: Vec<&str> = text.split("\n\n").filter_map(|family| family.trim().lines().next()).collect();
        let label: Label = label.parse().unwrap();
        families.into_iter().skip(skip).take(take).map(|text| (text.to_owned(), label.clone())).collect::<Vec<_>>()
    };
    labels.iter().flat_map(of_label).collect()
}

fn fitted(labels: &[&str], examples: usize) -> Classifier {
    let embedder: Arc<dyn Embedder> = Arc::new(StaticEmbedder::embedded().unwrap());
    let material = material(labels, 0, examples);
    let pairs = material.iter().map(|(text, label)| (text.as_str(), label.clone()));
    Classifier::fit(embedder, pairs, FitOptions::default()).unwrap()
}

fn is_right(answer: &Classification, label: &Label) -> bool {
    if label.as_str() == "unknown" { answer.unknown } else { !answer.unknown && answer.ranked[0].0 == *label }
}

fn answers(classifier: &Classifier, examples: &[Example]) -> Vec<bool> {
    let texts: Vec<&str> = examples.iter().map(|(text, _)| text.as_str()).collect();
    let answers = classifier.classify(&texts).unwrap();
    answers.iter().zip(examples).map(|(answer, (_, label))| is_right(answer, label)).collect()
}

fn accuracy(classifier: &Classifier, examples: &[Example]) -> f64 {
    let right = answers(classifier, examples);
    right.iter().filter(|right| **right).count() as f64 / right.len() as f64
}

/// Corrects a text until it is right, three times at most; how often it took.
fn correct(classifier: &mut Classifier, (text, label): &Example) -> Option<usize> {
    (1..=3).find(|_| is_right(&classifier.learn(text, label, LearnOptions::default()).unwrap(), label))
}

/// Texts to learn from, and others to see what that did to them: one in two each.
fn halves(labels: &[&str]) -> (Vec<Example>, Vec<Example>) {
    let mut second = false;
    material(labels, 40, 80).into_iter().partition(|_| {
        second = !second;
        second
    })
}

#[test]
fn three_corrections_make_a_text_right_and_leave_the_rest_as_it_was() {
    let classifier = fitted(&LABELS, 8);
    let (teach, rest) = halves(&LABELS);
    let before = accuracy(&classifier, &rest);
    let right = answers(&classifier, &teach);
    let wrong: Vec<&Example> =
        teach.iter().zip(right).filter(|(_, right)| !right).map(|(example, _)| example).collect();
    assert!(wrong.len() >= 10);
    let mut corrected = 0;
    for example in &wrong {
        let mut classifier = classifier.clone();
        corrected += usize::from(correct(&mut classifier, example).is_some());
        let now = accuracy(&classifier, &rest);
        assert!(now >= before - 0.03, "{example:?}: {before} became {now}");
    }
    assert!(corrected as f64 >= 0.9 * wrong.len() as f64, "{corrected} of {}", wrong.len());
}

#[test]
fn many_corrections_help_and_wrong_ones_among_them_do_not_destroy() {
    let classifier = fitted(&LABELS, 8);
    let (teach, rest) = halves(&LABELS);
    let before = accuracy(&classifier, &rest);
    // Of 240 corrections, none, one in five, one in three and one in two have another label than the right one.
    for (wrong, most_lost) in [(usize::MAX, 0.0), (5, 0.02), (3, 0.12), (2, 0.25)] {
        let mut classifier = classifier.clone();
        for (i, (text, label)) in teach.iter().enumerate() {
            let other = LABELS.iter().filter(|other| **other != label.as_str()).nth(i / 5 % 5).unwrap();
            let told = if i % wrong == wrong - 1 { other.parse().unwrap() } else { label.clone() };
            classifier.learn(text, &told, LearnOptions::default()).unwrap();
        }
        let now = accuracy(&classifier, &rest);
        assert!(now >= before - most_lost, "one in {wrong} wrong: {before} became {now}");
    }
}

#[test]
fn a_new_label_is_learnt_from_one_text() {
    let (known, new) = (&LABELS[1..], &LABELS[..1]);
    let mut classifier = fitted(known, 8);
    let ((_, own), (_, others)) = (halves(new), halves(known));
    let before = accuracy(&classifier, &others);
    let (text, label) = &material(new, 0, 1)[0];
    assert!(is_right(&classifier.learn(text, label, LearnOptions::default()).unwrap(), label));
    assert!(classifier.labels().any(|known| known == label));
    let (found, now) = (accuracy(&classifier, &own), accuracy(&classifier, &others));
    assert!(found >= 0.6 && now >= before - 0.06, "{found} of the new label, and {before} became {now}");
}

#[test]
fn a_classifier_that_never_heard_of_unknown_learns_it() {
    let mut classifier = fitted(&LABELS[..5], 8);
    let (_, rest) = halves(&LABELS[..5]);
    let before = accuracy(&classifier, &rest);
    let example = ("cook me an egg".to_owned(), "unknown".parse().unwrap());
    assert!(correct(&mut classifier, &example).is_some());
    assert_eq!(classifier.labels().count(), 5);
    let now = accuracy(&classifier, &rest);
    assert!(now >= before - 0.02, "{before} became {now}");
}

#[test]
fn the_built_in_classifier_learns_too() {
    let classifier = Classifier::embedded().unwrap();
    let (_, rest) = halves(&LABELS);
    let before = accuracy(&classifier, &rest);
    // A label of its own takes texts from others; a correction between labels known takes next to none.
    for (text, label, most_lost) in [
        ("the kettle of numbers on a wall poster", "data_visualization", 0.01),
        ("book me a table for two at seven", "reservation", 0.04),
    ] {
        let mut classifier = classifier.clone();
        assert!(correct(&mut classifier, &(text.to_owned(), label.parse().unwrap())).is_some(), "{text}");
        let now = accuracy(&classifier, &rest);
        assert!(now >= before - most_lost, "{text}: {before} became {now}");
    }
}

#[test]
fn what_was_learnt_is_saved_with_the_conformal_scores() {
    let mut classifier = fitted(&LABELS[..3], 6);
    for (text, label) in
        [("the elephant in the room", "unknown"), ("buy milk", "shopping"), ("explain this bug", "debugging")]
    {
        classifier.learn(text, &label.parse().unwrap(), LearnOptions::default()).unwrap();
    }
    let loaded = Classifier::new(classifier.embedder().clone(), &classifier.save().unwrap()).unwrap();
    let texts = ["buy bread", "translate it", "", "an elephant"];
    let answers = classifier.classify(&texts).unwrap();
    assert_eq!(loaded.classify(&texts).unwrap(), answers);
    assert_eq!(loaded.calibration(), classifier.calibration());
    assert!(loaded.prediction_set(&answers[0], Probability::saturating(0.8)).is_some_and(|set| set.size() >= 1));
}

#[test]
fn what_cannot_be_learnt_changes_nothing() {
    let mut classifier = fitted(&LABELS[..3], 6);
    let before = classifier.save().unwrap();
    let bounded = LearnOptions { most_labels: 3, ..LearnOptions::default() };
    let refused = classifier.learn("buy milk", &"shopping".parse().unwrap(), bounded);
    assert!(matches!(refused, Err(Error::TooManyLabels { most: 3 })));
    assert!(classifier.learn("", &"debugging".parse().unwrap(), bounded).unwrap().unknown);
    let passive = LearnOptions { aggressiveness: f32::NAN, ..bounded };
    classifier.learn("buy milk", &"debugging".parse().unwrap(), passive).unwrap();
    let texts = ["buy milk", "debug this"];
    let loaded = Classifier::new(classifier.embedder().clone(), &before).unwrap();
    assert_eq!(loaded.classify(&texts).unwrap(), classifier.classify(&texts).unwrap());
}

#[test]
fn sets_cover_texts_that_the_classifier_has_not_seen() {
    let (held_out, rest) = halves(&LABELS);
    let classifier = fitted(&LABELS, 8);
    let pairs = held_out.iter().map(|(text, label)| (text.as_str(), label.clone()));
    let classifier = classifier.conformalized_on(pairs).unwrap();
    assert_eq!(classifier.calibration().conformal.as_ref().unwrap().count(), held_out.len());
    let texts: Vec<&str> = rest.iter().map(|(text, _)| text.as_str()).collect();
    let answers = classifier.classify(&texts).unwrap();
    for coverage in [0.8, 0.9, 0.95] {
        let sets =
            answers.iter().map(|answer| classifier.prediction_set(answer, Probability::saturating(coverage)).unwrap());
        let (covered, size) = sets.zip(&rest).fold((0, 0), |(covered, size), (set, (_, label))| {
            (covered + usize::from(set.contains(label)), size + set.size())
        });
        let share = covered as f64 / rest.len() as f64;
        // Three standard deviations of the difference of two shares of 240 texts each.
        let tolerance = 3.0 * (2.0 * coverage * (1.0 - coverage) / rest.len() as f64).sqrt();
        assert!(share >= coverage - tolerance, "{share} of {coverage}");
        assert!(size < 2 * rest.len(), "{size} labels in {} sets", rest.len());
    }
}
