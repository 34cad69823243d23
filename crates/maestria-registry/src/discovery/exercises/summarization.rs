//! A report whose main facts lie far apart between sentences that do not matter, so that no sentence of it is a summary.

use super::{
    Difficulty, Draft, Draw,
    vocabulary::{CITIES, NAMES},
};
use crate::discovery::grading::Mentions;

const FIRMS: [&str; 8] = ["Altavo", "Brenlit", "Corvexa", "Dunmarq", "Elystra", "Fornell", "Grawick", "Holvane"];

/// What moved profit, and a word of which one must be in a summary.
const CAUSES: [(&str, &[&str]); 6] = [
    ("The main reason was a strike at the harbour.", &["strike*", "harbour", "harbor"]),
    ("The main reason was the price of copper.", &["copper"]),
    ("The main reason was an unusually warm winter.", &["winter", "weather"]),
    ("The main reason was a new warehouse.", &["warehouse"]),
    ("The main reason was a fire in the paint shop.", &["fire", "paint"]),
    ("The main reason was the demand for batteries.", &["batter*"]),
];

pub(super) fn draft(draw: &mut Draw, difficulty: Difficulty) -> Draft {
    const MOST_WORDS: usize = 35;
    let (firm, city, percent) = (draw.pick(&FIRMS), draw.pick(&CITIES), draw.between(11, 49).to_string());
    let (cause, reasons) = draw.pick(&CAUSES.map(|(cause, reasons)| (cause, reasons)));
    let rose = draw.chance(0.5);
    let (verb, same, opposite): (_, &[&str], &[&str]) = if rose {
        (
            "rose",
            &[
                "rose", "rise*", "rising", "grew", "grow*", "increas*", "up", "gain*", "higher", "climb*", "jump*",
                "surg*",
            ],
            &["fell", "drop*", "decreas*", "declin*"],
        )
    } else {
        (
            "fell",
            &["fell", "fall*", "drop*", "decreas*", "declin*", "down", "lower", "shrank", "shrink*", "slump*"],
            &["rose", "grew", "increas*", "climb*"],
        )
    };
    let aside = match difficulty {
        Difficulty::Easy => 1,
        Difficulty::Medium => 2,
        Difficulty::Hard => 4,
    };
    let mut text = vec![format!("The annual meeting of {firm} took place in {city}.")];
    let asides = |draw: &mut Draw| (0..aside).map(|_| detail(draw)).collect::<Vec<_>>();
    text.extend(asides(draw));
    text.push(format!("The profit of the year {verb} by {percent} percent, as the chair told a full hall."));
    text.extend(asides(draw));
    text.push(cause.to_owned());
    text.extend(asides(draw));
    let question = format!(
        "Summarise the report in one sentence of at most {MOST_WORDS} words: the firm, how its profit changed, by how much, and why.\n\n\
         Report: {}",
        text.join(" ")
    );
    let reason = reasons.first().copied().unwrap_or_default().trim_end_matches('*');
    let reason = if reason == "batter" { "batteries" } else { reason };
    let grader = Mentions::within(MOST_WORDS + 5)
        .part([firm])
        .part([percent.as_str()])
        .part(same.iter().copied())
        .part(reasons.iter().copied())
        .forbid(opposite.iter().copied());
    Draft::ask(question, format!("The profit of {firm} {verb} by {percent} percent because of the {reason}."), grader)
}

fn detail(draw: &mut Draw) -> String {
    let (name, number) = (draw.pick(&NAMES), draw.between(50, 400));
    match draw.between(0, 4) {
        0 => format!("{name} opened the buffet a little early, which nobody minded."),
        1 => format!("About {number} guests found a seat, and the others stood along the walls."),
        2 => format!("{name} asked when the lift would work again, and was told that it was being looked into."),
        3 => format!("A choir of {number} apprentices sang two songs."),
        _ => format!("{name} thanked the staff of the canteen at some length."),
    }
}
