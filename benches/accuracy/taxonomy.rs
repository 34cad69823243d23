//! The built-in taxonomy on families of texts that training has not seen.

use maestria::intent::Classification;
use maestria_benches::{
    Result,
    scores::{Claim, ece, share},
};

use crate::{
    confusions::Confusions,
    coverage,
    examples::Example,
    families::Split,
    measure::{Measure, Set},
    report::Report,
    subject::Subject,
    typos::all_with_typos,
};

/// Draws of typing errors whose losses are averaged.
const TYPO_SEEDS: u64 = 5;

/// The label of texts that ask for nothing in the taxonomy.
pub(crate) const UNKNOWN: &str = "unknown";

/// Measures a classifier of the taxonomy on one split.
pub(crate) fn measure(subject: &Subject, split: Split, examples: &[Example], report: &mut Report) -> Result {
    let set = Set::Taxonomy(split);
    subject.announce(set, "classifying", examples.len());
    let answers = subject.classify(examples)?;
    let accuracy = accuracy(examples, &answers);

    let pairs = || examples.iter().zip(&answers);
    let in_scope = || pairs().filter(|(example, _)| example.label.as_str() != UNKNOWN);
    let kept = || in_scope().filter(|(_, answer)| !answer.unknown);
    let unknown = pairs().filter(|(example, _)| example.label.as_str() == UNKNOWN);
    let all: Vec<Claim> = pairs().map(claim).collect();

    let mut sheet = report.sheet(subject.column, set, examples.len());
    sheet.add(Measure::Accuracy, accuracy);
    sheet.add(Measure::AccuracyInScope, share(in_scope().map(|pair| claim(pair).right)));
    sheet.add(Measure::InScopeKept, share(in_scope().map(|(_, answer)| !answer.unknown)));
    sheet.add(Measure::UnknownRecognised, share(unknown.map(|(_, answer)| answer.unknown)));
    sheet.add(Measure::EceKept, ece(&kept().map(claim).collect::<Vec<_>>()));
    sheet.add(Measure::EceInScope, ece(&in_scope().map(claim).collect::<Vec<_>>()));
    sheet.add(Measure::EceAll, ece(&all));
    coverage::measure(&subject.classifier, examples, &answers, &mut sheet);
    sheet.curve(all);
    sheet.confusions(Confusions::count(pairs().map(|(example, answer)| (example.label.as_str(), given(answer)))));

    subject.announce(set, "misspelling", examples.len());
    let mut lost = Vec::new();
    for seed in 1..=TYPO_SEEDS {
        let misspelt = all_with_typos(examples.iter().map(|example| example.text.as_str()), seed);
        let pairs = misspelt.into_iter().zip(examples);
        let misspelt: Vec<Example> =
            pairs.map(|(text, example)| Example { text, label: example.label.clone() }).collect();
        lost.push(accuracy - self::accuracy(examples, &subject.classify(&misspelt)?));
    }
    let lost = lost.iter().sum::<f64>() / lost.len() as f64;
    report.sheet(subject.column, set, examples.len()).add(Measure::LostToTypos, lost);
    Ok(())
}

/// The first label of an answer, kept or not.
pub(crate) fn first(answer: &Classification) -> &str {
    answer.ranked.first().map_or(UNKNOWN, |(label, _)| label.as_str())
}

/// What the classifier claimed of its first label. A text of no label is claimed wrongly, however low the claim.
pub(crate) fn claim((example, answer): (&Example, &Classification)) -> Claim {
    let confidence = answer.ranked.first().map_or(0.0, |(_, confidence)| confidence.get());
    Claim { confidence, right: first(answer) == example.label.as_str() }
}

/// The share of texts that get their label, where texts of no label are to be unknown.
fn accuracy(examples: &[Example], answers: &[Classification]) -> f64 {
    share(examples.iter().zip(answers).map(|(example, answer)| given(answer) == example.label.as_str()))
}

fn given(answer: &Classification) -> &str {
    if answer.unknown { UNKNOWN } else { first(answer) }
}
