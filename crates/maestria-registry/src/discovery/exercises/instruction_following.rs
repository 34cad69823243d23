//! A text whose form is prescribed by rules that can be counted.

use super::{Difficulty, Draft, Draw};
use crate::discovery::grading::{Rule, Rules};

const OPENERS: [&str; 8] = ["today", "often", "maybe", "always", "somehow", "early", "nobody", "winter"];
const ENDINGS: [&str; 8] = ["river", "window", "lantern", "harbour", "garden", "morning", "thunder", "pebble"];
/// Words of the sentence in the middle; `z`, `q` and `j` occur in none.
const FILLERS: [&str; 12] = ["we", "see", "the", "old", "road", "and", "hear", "a", "small", "bird", "over", "there"];

pub(super) fn draft(draw: &mut Draw, difficulty: Difficulty) -> Draft {
    let (opener, ending) = (draw.pick(&OPENERS), draw.pick(&ENDINGS));
    let lines = match difficulty {
        Difficulty::Easy => 1,
        Difficulty::Medium => 2,
        Difficulty::Hard => 3,
    };
    let words = usize::try_from(draw.between(7, 11)).unwrap_or(9) * lines;
    let mut rules = vec![Rule::Begins(opener), Rule::Ends(ending), Rule::Words(words), Rule::Lines(lines)];
    if difficulty >= Difficulty::Medium {
        rules.push(Rule::Without(draw.pick(&['z', 'q', 'j'])));
    }
    if difficulty == Difficulty::Hard {
        rules.push(Rule::Says(opener, lines));
    }
    let capitals = draw.chance(0.5);
    if capitals {
        rules.push(Rule::Capitals);
    }
    let said: Vec<String> = rules.iter().map(|rule| format!("- {rule}")).collect();
    let question =
        format!("Write any text that keeps all of these rules. Reply with the text only.\n\n{}", said.join("\n"));
    Draft::ask(question, example(draw, opener, ending, words, lines, capitals), Rules(rules))
}

/// A text that keeps the rules: lines of equal length, the last of which ends as asked.
fn example(draw: &mut Draw, opener: &str, ending: &str, words: usize, lines: usize, capitals: bool) -> String {
    let line = |draw: &mut Draw, is_last: bool| {
        let mut line = vec![opener];
        while line.len() < words / lines.max(1) {
            line.push(draw.pick(&FILLERS));
        }
        if is_last && let Some(last) = line.last_mut() {
            *last = ending;
        }
        line.join(" ")
    };
    let text = (1..=lines).map(|at| line(draw, at == lines)).collect::<Vec<_>>().join("\n");
    if capitals { text.to_uppercase() } else { text }
}
