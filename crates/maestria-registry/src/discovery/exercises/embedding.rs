//! Texts of one meaning in other words, beside texts of another meaning in like words.

use std::sync::Arc;

use maestria_vocabulary::Embedding;

use super::{
    Difficulty, Draft, Draw,
    vocabulary::{CITIES, NAMES},
};
use crate::discovery::{
    answer::{Answer, Task},
    grading::{Order, Triple},
};

/// Two ways to say one thing of somebody.
const MEANINGS: [(&str, &str); 14] = [
    ("bought a new car", "purchased an automobile"),
    ("is afraid of dogs", "gets scared when a puppy comes near"),
    ("lost the keys to the flat", "cannot find what opens the apartment door"),
    ("cooked soup for dinner", "prepared a broth for the evening meal"),
    ("was late because the train broke down", "arrived after the appointed time owing to a railway failure"),
    ("fell asleep during the film", "dozed off while watching the movie"),
    ("repaired the leaking roof", "fixed the house where rain came in from above"),
    ("teaches mathematics to children", "gives young pupils lessons in algebra"),
    ("quit smoking last year", "has not had a cigarette for twelve months"),
    ("won a prize for a novel", "received a literary award for a book"),
    ("has a fever and a cough", "is ill with a high temperature and a sore chest"),
    ("planted tomatoes in the garden", "grows vegetables behind the house"),
    ("missed the flight to the coast", "did not get to the airport before the plane left"),
    ("plays the violin in an orchestra", "is a string player in a symphony ensemble"),
];

pub(super) fn draft(draw: &mut Draw, difficulty: Difficulty) -> Draft {
    let (name, other, city) = (draw.pick(&NAMES), draw.pick(&NAMES), draw.pick(&CITIES));
    let meanings = draw.some(5, &MEANINGS);
    let anchor = |what: &str| format!("{name} from {city} {what}.");
    // The hard ones share the beginning with their anchor where the meaning is another.
    let near = |what: &str| match difficulty {
        Difficulty::Easy => anchor(what),
        Difficulty::Medium => format!("{name} {what}."),
        Difficulty::Hard => format!("{other} {what}."),
    };
    let texts: Vec<String> = meanings.iter().flat_map(|(one, same)| [anchor(one), near(same)]).collect();
    let count = meanings.len();
    // Each against all others: vectors drawn at random would otherwise be right too often.
    let pairs = (0..count).flat_map(|i| (1..count).map(move |step| (i, (i + step) % count)));
    // Of another meaning, an anchor is like this one in form, its paraphrase is not.
    let far = |other: usize| if difficulty == Difficulty::Hard { 2 * other } else { 2 * other + 1 };
    let triples = pairs.map(|(i, other)| Triple { anchor: 2 * i, near: 2 * i + 1, far: far(other) });
    let reference = (0..texts.len()).map(|text| {
        let unit = (0..count).map(|axis| if axis == text / 2 { 1.0 } else { 0.0 });
        Embedding(unit.collect())
    });
    let grader = Order { texts: texts.len(), triples: triples.collect() };
    Draft { reference: Answer::Embeddings(reference.collect()), task: Task::Embed(texts), grader: Arc::new(grader) }
}
