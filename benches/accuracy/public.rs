//! Public sets with their own labels, on heads fitted here.

use std::path::Path;

use maestria::{Classifier, intent::Classification};
use maestria_benches::{
    Result,
    scores::{auroc, ece, recall, share},
};

use crate::{
    coverage,
    examples::{self, Example, few, fifth, texts},
    measure::{Measure, Set},
    report::Report,
    subject::Subject,
    taxonomy::{claim, first},
};

/// Draws of few examples, whose results are averaged.
const DRAWS: u64 = 5;

/// Examples of each label in a draw.
const FEW: usize = 5;

/// Share of what is in scope that the out-of-scope threshold loses.
const LOST: f64 = 0.05;

/// The sets, read.
#[derive(Debug)]
pub(crate) struct PublicSets {
    clinc150: Parts,
    outside: Vec<Example>,
    others: Vec<(Set, Parts)>,
}

/// What a head is fitted on, and what it is measured on.
#[derive(Debug)]
struct Parts {
    train: Vec<Example>,
    test: Vec<Example>,
}

impl PublicSets {
    /// Reads the sets below a folder.
    pub(crate) fn read(folder: &Path) -> Result<Self> {
        let read = |name: &str| examples::read(&folder.join("intent").join(name));
        let parts = |train, test| Ok::<_, Box<dyn std::error::Error>>(Parts { train: read(train)?, test: read(test)? });
        let mut outside = read("clinc150/oos_train.jsonl")?;
        outside.extend(read("clinc150/oos_val.jsonl")?);
        let (test, train) = fifth(read("banking77/train.jsonl")?);
        let others = vec![
            (Set::Hwu64, parts("hwu64/train.jsonl", "hwu64/valid.jsonl")?),
            (Set::Banking77, Parts { train, test }),
            (Set::Snips, parts("snips/train.jsonl", "snips/valid.jsonl")?),
        ];
        Ok(Self { clinc150: parts("clinc150/train.jsonl", "clinc150/val.jsonl")?, outside, others })
    }
}

/// Fits heads on an encoder and measures them.
pub(crate) fn measure(subject: &Subject, sets: &PublicSets, report: &mut Report) -> Result {
    clinc150(subject, &sets.clinc150, &sets.outside, report)?;
    for (set, Parts { train, test }) in &sets.others {
        let fitted = accuracy(&fit(subject, *set, train)?, test)?;
        report.sheet(subject.column, *set, test.len()).add(Measure::AccuracyFitted, fitted);
        let mut sum = 0.0;
        for draw in 0..DRAWS {
            sum += accuracy(&fit(subject, *set, &few(train, FEW, draw))?, test)?;
        }
        report.sheet(subject.column, *set, test.len()).add(Measure::AccuracyFew, sum / DRAWS as f64);
    }
    Ok(())
}

fn clinc150(subject: &Subject, Parts { train, test }: &Parts, outside: &[Example], report: &mut Report) -> Result {
    let classifier = fit(subject, Set::Clinc150, train)?;
    let answers = classifier.classify(&texts(test))?;
    let claims: Vec<_> = test.iter().zip(&answers).map(claim).collect();
    let mut sheet = report.sheet(subject.column, Set::Clinc150, test.len());
    sheet.add(Measure::AccuracyFitted, share(claims.iter().map(|claim| claim.right)));
    sheet.add(Measure::EceAll, ece(&claims));
    coverage::measure(&classifier, test, &answers, &mut sheet);
    sheet.curve(claims);

    let energies = |answers: &[Classification]| answers.iter().map(|answer| answer.energy).collect::<Vec<_>>();
    let (inside, outside) = (energies(&answers), energies(&classifier.classify(&texts(outside))?));
    let mut sheet = report.sheet(subject.column, Set::Clinc150Scope, outside.len());
    sheet.add(Measure::Auroc, auroc(&inside, &outside));
    sheet.add(Measure::Recall, recall(&inside, &outside, LOST));
    Ok(())
}

fn fit(subject: &Subject, set: Set, train: &[Example]) -> Result<Classifier> {
    subject.announce(set, "fitting on", train.len());
    subject.fit(train)
}

/// The share of texts whose first label is theirs, kept or not.
fn accuracy(classifier: &Classifier, test: &[Example]) -> Result<f64> {
    let answers = classifier.classify(&texts(test))?;
    Ok(share(answers.iter().zip(test).map(|(answer, example)| first(answer) == example.label.as_str())))
}
