//! The measures: accuracy, calibration, what is recognised as unknown, few examples, typing errors.

#![allow(clippy::indexing_slicing, reason = "a program that measures: places are of the same list")]

use std::{collections::BTreeMap, path::Path, sync::Arc};

use maestria::{
    Classifier, Embedder, Label,
    intent::{Classification, FitOptions},
};
use rand::{SeedableRng, rngs::StdRng, seq::SliceRandom};

use crate::{
    Result,
    data::{self, Example},
    table::Table,
    typos::with_typos,
};

/// Draws of few examples, whose results are averaged.
const DRAWS: u64 = 5;

/// Bins of the expected calibration error (Naeini et al. 2015).
const BINS: usize = 15;

const UNKNOWN: &str = "unknown";

/// The built-in classifier on examples of its own taxonomy.
pub(crate) fn taxonomy(classifier: &Classifier, examples: &[Example], split: &str, table: &mut Table) -> Result {
    let answers = classify(classifier, examples)?;
    let known: Vec<usize> = (0..examples.len()).filter(|&i| examples[i].label.as_str() != UNKNOWN).collect();
    let right = |i: usize, answer: &Classification| given(answer) == examples[i].label.as_str();
    let accuracy = share((0..examples.len()).map(|i| right(i, &answers[i])));
    let set = format!("taxonomy, {split} ({})", examples.len());
    table.add(&set, "accuracy, 25 intents and unknown", accuracy);
    let best = |i: &usize| answers[*i].ranked.first().is_some_and(|(label, _)| *label == examples[*i].label);
    table.add(&set, "accuracy among the 25, in scope", share(known.iter().map(best)));
    table.add(&set, "in scope that is kept", share(known.iter().map(|&i| !answers[i].unknown)));
    let unknown = (0..examples.len()).filter(|i| !known.contains(i));
    table.add(&set, "unknown that is recognised", share(unknown.map(|i| answers[i].unknown)));
    table.add(
        &set,
        "ECE, in scope and kept",
        ece(known.iter().filter(|&&i| !answers[i].unknown).map(|&i| confidence(&answers[i], &examples[i]))),
    );

    let misspelt: Vec<Example> =
        examples.iter().map(|e| Example { text: with_typos(&e.text, 1), label: e.label.clone() }).collect();
    let worse = classify(classifier, &misspelt)?;
    let lost = accuracy - share((0..examples.len()).map(|i| right(i, &worse[i])));
    table.add(&set, "points lost to a typo per 5 words", lost);

    let mut confused: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for (example, answer) in examples.iter().zip(&answers).filter(|(e, a)| given(a) != e.label.as_str()) {
        *confused.entry((example.label.as_str(), given(answer))).or_default() += 1;
    }
    let mut confused: Vec<_> = confused.into_iter().collect();
    confused.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    for ((label, taken), count) in confused.iter().take(10) {
        table.note(format!("{set}: {label} taken for {taken}: {count}"));
    }
    Ok(())
}

/// Public sets with their own labels, on heads fitted here.
pub(crate) fn public(embedder: &Arc<dyn Embedder>, folder: &Path, table: &mut Table) -> Result {
    let read = |name: &str| data::lines(&folder.join("intent").join(name));
    let clinc = (read("clinc150/train.jsonl")?, read("clinc150/val.jsonl")?);
    let outside: Vec<Example> =
        read("clinc150/oos_train.jsonl")?.into_iter().chain(read("clinc150/oos_val.jsonl")?).collect();
    let classifier = fit(embedder, &clinc.0)?;
    let answers = classify(&classifier, &clinc.1)?;
    table.add(
        "CLINC150 val",
        "accuracy, fitted on train",
        share(answers.iter().zip(&clinc.1).map(|(a, e)| best(a) == e.label.as_str())),
    );
    table.add("CLINC150 val", "ECE", ece(answers.iter().zip(&clinc.1).map(|(a, e)| confidence(a, e))));
    let (inside, outside) = (energies(&answers), energies(&classify(&classifier, &outside)?));
    table.add("CLINC150 out-of-scope train and val", "AUROC", auroc(&inside, &outside));
    table.add("CLINC150 out-of-scope train and val", "recall, 95 % of in-scope kept", recall(&inside, &outside, 0.05));

    for (name, train, test) in [
        ("HWU64", "hwu64/train.jsonl", Some("hwu64/valid.jsonl")),
        ("BANKING77", "banking77/train.jsonl", None),
        ("SNIPS", "snips/train.jsonl", Some("snips/valid.jsonl")),
    ] {
        let mut train = read(train)?;
        let test = match test {
            Some(test) => read(test)?,
            // Without a split of its own, every fifth example is held out.
            None => {
                let (held, kept): (Vec<_>, Vec<_>) = train.into_iter().enumerate().partition(|(i, _)| i % 5 == 0);
                train = kept.into_iter().map(|(_, example)| example).collect();
                held.into_iter().map(|(_, example)| example).collect()
            }
        };
        let accuracy = |classifier: &Classifier| -> Result<f64> {
            let answers = classify(classifier, &test)?;
            Ok(share(answers.iter().zip(&test).map(|(a, e)| best(a) == e.label.as_str())))
        };
        table.add(name, "accuracy, fitted on train", accuracy(&fit(embedder, &train)?)?);
        let mut sum = 0.0;
        for draw in 0..DRAWS {
            sum += accuracy(&fit(embedder, &few(&train, 5, draw))?)?;
        }
        table.add(name, "accuracy, 5 examples per label, mean of 5 draws", sum / DRAWS as f64);
    }
    Ok(())
}

fn fit(embedder: &Arc<dyn Embedder>, examples: &[Example]) -> Result<Classifier> {
    let pairs = examples.iter().map(|example| (example.text.as_str(), example.label.clone()));
    Ok(Classifier::fit(embedder.clone(), pairs, FitOptions::default())?)
}

/// So many examples of each label, drawn with a seed.
fn few(examples: &[Example], count: usize, seed: u64) -> Vec<Example> {
    let mut shuffled = examples.to_vec();
    shuffled.shuffle(&mut StdRng::seed_from_u64(seed));
    let mut taken: BTreeMap<Label, usize> = BTreeMap::new();
    shuffled.retain(|example| {
        let taken = taken.entry(example.label.clone()).or_default();
        *taken += 1;
        *taken <= count
    });
    shuffled
}

fn classify(classifier: &Classifier, examples: &[Example]) -> Result<Vec<Classification>> {
    let texts: Vec<&str> = examples.iter().map(|example| example.text.as_str()).collect();
    Ok(classifier.classify(&texts)?)
}

fn best(answer: &Classification) -> &str {
    answer.ranked.first().map_or(UNKNOWN, |(label, _)| label.as_str())
}

fn given(answer: &Classification) -> &str {
    if answer.unknown { UNKNOWN } else { best(answer) }
}

/// What the classifier claimed, and whether it was right.
fn confidence(answer: &Classification, example: &Example) -> (f64, bool) {
    let claimed = answer.ranked.first().map_or(0.0, |(_, confidence)| confidence.get());
    (claimed, best(answer) == example.label.as_str())
}

fn energies(answers: &[Classification]) -> Vec<f32> {
    answers.iter().map(|answer| answer.energy).collect()
}

fn share(hits: impl Iterator<Item = bool>) -> f64 {
    let (count, hit) = hits.fold((0_usize, 0_usize), |(count, hit), is| (count + 1, hit + usize::from(is)));
    hit as f64 / count.max(1) as f64
}

/// Expected calibration error: the mean distance of claimed confidence from accuracy over equal bins, weighted by their size.
fn ece(pairs: impl Iterator<Item = (f64, bool)>) -> f64 {
    let mut bins = [(0.0, 0.0, 0.0); BINS];
    for (claimed, right) in pairs {
        let bin = &mut bins[((claimed * BINS as f64) as usize).min(BINS - 1)];
        *bin = (bin.0 + 1.0, bin.1 + claimed, bin.2 + f64::from(u8::from(right)));
    }
    let all: f64 = bins.iter().map(|bin| bin.0).sum();
    bins.iter().map(|(_, claimed, right)| (claimed - right).abs()).sum::<f64>() / all.max(1.0)
}

/// The probability that an inside text has more energy than an outside one.
fn auroc(inside: &[f32], outside: &[f32]) -> f64 {
    let mut sorted = outside.to_vec();
    sorted.sort_by(f32::total_cmp);
    let below: usize = inside.iter().map(|energy| sorted.partition_point(|other| other < energy)).sum();
    below as f64 / (inside.len() * outside.len()).max(1) as f64
}

/// The share of outside texts below the energy under which `lost` of the inside ones are.
fn recall(inside: &[f32], outside: &[f32], lost: f64) -> f64 {
    let mut sorted = inside.to_vec();
    sorted.sort_by(f32::total_cmp);
    let threshold = sorted[((sorted.len() as f64 * lost) as usize).min(sorted.len() - 1)];
    share(outside.iter().map(|energy| *energy < threshold))
}
