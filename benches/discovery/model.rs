//! A model that is made up: it answers every probe in words, rightly or wrongly, in one dress or another.

use std::collections::BTreeMap;

use maestria::{
    Capability, Embedding,
    registry::discovery::{Answer, Draw, Probe, Skill, Suite},
};
use maestria_benches::Result;

/// Scores that right and wrong answers get on average, by capability. Near 1 and 0, but a wrong answer may have right parts.
#[derive(Debug)]
pub(crate) struct Truth(BTreeMap<Capability, (f64, f64)>);

impl Truth {
    /// By 2,000 answers of either kind to probes that no discovery puts.
    pub(crate) fn estimate(seed: u64) -> Result<Self> {
        const ANSWERS: u64 = 2_000;
        let mut scores = BTreeMap::new();
        for skill in Skill::ALL {
            let suite = skill.suite()?;
            let mut draw = Draw::new(!seed);
            let mut mean = |right| {
                let total: f64 = (0..ANSWERS)
                    .map(|_| {
                        let probe = suite.probe(draw.next());
                        let answer = if right {
                            right_answer(&probe, &mut draw)
                        } else {
                            wrong_answer(&probe, &suite, &mut draw)
                        };
                        probe.grade(&answer).score.get()
                    })
                    .sum();
                total / ANSWERS as f64
            };
            let (right, wrong) = (mean(true), mean(false));
            eprintln!("{skill}: right answers get {right:.3}, wrong ones {wrong:.3}");
            scores.insert(suite.capability().clone(), (right, wrong));
        }
        Ok(Self(scores))
    }

    /// The score to be expected of a model that answers rightly with this probability.
    pub(crate) fn score(&self, capability: &Capability, right: f64) -> f64 {
        self.0.get(capability).map_or(right, |(of_right, of_wrong)| right * of_right + (1.0 - right) * of_wrong)
    }
}

/// A right answer in some dress.
pub(crate) fn right_answer(probe: &Probe, draw: &mut Draw) -> Answer {
    let Answer::Text(right) = probe.reference() else { return probe.reference().clone() };
    let strict = probe.capability().as_str() == "instruction_following";
    let last = if strict { 3 } else { 5 };
    Answer::Text(match draw.between(0, last) {
        0 | 1 => right.clone(),
        2 => format!("\n{right}\n"),
        3 => format!("<think>Let me see, is it 12 or 13?</think>\n\n{right}"),
        4 => format!("Sure! The answer is:\n\n{right}"),
        _ => format!("```\n{right}\n```"),
    })
}

/// A wrong answer of some kind: mostly one that would be right elsewhere.
pub(crate) fn wrong_answer(probe: &Probe, suite: &impl Suite, draw: &mut Draw) -> Answer {
    let Answer::Text(right) = probe.reference() else { return wrong_vectors(probe, draw) };
    let text = match draw.between(0, 9) {
        0 => String::new(),
        1 => probe.task().text(),
        2 => "I'm sorry, but as a language model I cannot do that.".to_owned(),
        3 => others(right, suite, draw, 12).join("\n"),
        4 => "Well, that depends on many things, and there is much to be said about each of them.".to_owned(),
        5 => near_miss(right, draw),
        _ => others(right, suite, draw, 1).concat(),
    };
    Answer::Text(text)
}

/// Answers to other probes that differ from the right one.
fn others(right: &str, suite: &impl Suite, draw: &mut Draw, count: usize) -> Vec<String> {
    let mut found = Vec::new();
    // Suites whose answers repeat, such as classes, have others soon.
    for _ in 0..count * 20 {
        if let Answer::Text(other) = suite.probe(draw.next()).reference()
            && other != right
        {
            found.push(other.clone());
        }
        if found.len() >= count {
            break;
        }
    }
    found
}

/// The right answer with a digit raised, or without its first half where it has none.
fn near_miss(right: &str, draw: &mut Draw) -> String {
    let digits: Vec<usize> = right.char_indices().filter(|(_, c)| c.is_ascii_digit()).map(|(at, _)| at).collect();
    if digits.is_empty() {
        let words: Vec<&str> = right.split_whitespace().collect();
        return words.iter().skip(words.len().div_ceil(2)).copied().collect::<Vec<_>>().join(" ");
    }
    let at = draw.pick(&digits);
    let raised = |(i, c): (usize, char)| match c.to_digit(10) {
        Some(digit) if i == at => char::from_digit((digit + 1) % 10, 10).unwrap_or('0'),
        _ => c,
    };
    right.char_indices().map(raised).collect()
}

/// Vectors without meaning, or all the same.
fn wrong_vectors(probe: &Probe, draw: &mut Draw) -> Answer {
    let Answer::Embeddings(right) = probe.reference() else { return Answer::Embeddings(Vec::new()) };
    let constant = draw.chance(0.2);
    let vector = |draw: &mut Draw| {
        let values: Vec<f32> = (0..16).map(|_| if constant { 1.0 } else { draw.between(-100, 100) as f32 }).collect();
        let length = values.iter().map(|value| value * value).sum::<f32>().sqrt().max(1.0);
        Embedding(values.iter().map(|value| value / length).collect())
    };
    Answer::Embeddings(right.iter().map(|_| vector(draw)).collect())
}
