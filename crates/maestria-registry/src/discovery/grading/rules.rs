//! Rules on the form of a text that can be checked by counting, as in IFEval (Zhou et al., "Instruction-Following Evaluation for Large
//! Language Models", 2023).

use crate::discovery::{Answer, Grade, Grader, Reason, text};

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::discovery) enum Rule {
    /// Exactly so many words.
    Words(usize),
    /// Exactly so many lines that are not blank.
    Lines(usize),
    /// This is the first word of every line.
    Begins(&'static str),
    /// This is the last word of the text.
    Ends(&'static str),
    /// This word stands exactly so often.
    Says(&'static str, usize),
    /// No letter is a small one.
    Capitals,
    /// This letter is nowhere.
    Without(char),
}

/// Right is a text that keeps all rules; keeping more than half of them is worth something.
#[derive(Debug, Clone)]
pub(in crate::discovery) struct Rules(pub(in crate::discovery) Vec<Rule>);

impl Grader for Rules {
    fn grade(&self, answer: &Answer) -> Grade {
        let Answer::Text(text) = answer else { return Grade::wrong(Reason::NotOfKind { expected: "text" }) };
        let text = text::without_fences(text);
        if !text.contains(char::is_alphabetic) {
            return Grade::wrong(Reason::Empty);
        }
        let broken = self.0.iter().filter(|rule| !rule.holds(&text));
        Grade::of_parts(self.0.len(), broken.map(Rule::to_string).collect())
    }
}

impl Rule {
    fn holds(&self, text: &str) -> bool {
        let words = text::words(text);
        let mut lines = text.lines().filter(|line| !line.trim().is_empty());
        match self {
            Self::Words(count) => {
                text.split_whitespace().filter(|word| word.contains(char::is_alphanumeric)).count() == *count
            }
            Self::Lines(count) => lines.count() == *count,
            Self::Begins(word) => lines.all(|line| text::words(line).first().is_some_and(|first| first == word)),
            Self::Ends(word) => words.last().is_some_and(|last| last == word),
            Self::Says(word, count) => words.iter().filter(|said| said == word).count() == *count,
            Self::Capitals => !text.contains(char::is_lowercase),
            Self::Without(letter) => !text.to_lowercase().contains(*letter),
        }
    }
}

impl std::fmt::Display for Rule {
    /// As it is said to a model.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Words(count) => write!(f, "the text has exactly {count} words"),
            Self::Lines(1) => f.write_str("the text is one line"),
            Self::Lines(count) => write!(f, "the text has exactly {count} lines, none of them blank"),
            Self::Begins(word) => write!(f, "every line begins with the word \"{word}\""),
            Self::Ends(word) => write!(f, "the last word of the text is \"{word}\""),
            Self::Says(word, count) => write!(f, "the word \"{word}\" appears exactly {count} times"),
            Self::Capitals => f.write_str("all letters are capital letters"),
            Self::Without(letter) => write!(f, "the letter \"{letter}\" appears nowhere"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_checked_by_counting() {
        let check = |rule: Rule, kept: &str, broken: &str| {
            assert!(rule.holds(kept), "{rule}: {kept}");
            assert!(!rule.holds(broken), "{rule}: {broken}");
        };
        check(Rule::Words(3), "one - two, three!", "one two");
        check(Rule::Lines(2), "one\n\ntwo", "one");
        check(Rule::Begins("tea"), "Tea is hot.\ntea, again", "Tea is hot.\nAgain");
        check(Rule::Ends("tea"), "I drink *tea*.", "Tea is what I drink");
        check(Rule::Says("tea", 2), "Tea or tea", "tea tea teas tea");
        check(Rule::Capitals, "TEA 4 U!", "TEa");
        check(Rule::Without('t'), "milk", "Tea");
    }

    #[test]
    fn a_text_must_keep_more_than_half_of_the_rules_and_say_something() {
        let check = |answer: &str, score| {
            let grader = Rules(vec![Rule::Words(2), Rule::Capitals, Rule::Without('x'), Rule::Ends("tea")]);
            assert_eq!(grader.grade(&answer.into()).score.get(), score, "{answer}");
        };
        check("HOT TEA", 1.0);
        check("```text\nHOT TEA\n```", 1.0);
        check("hot TEA", 0.5);
        check("hot cups of milk", 0.0);
        check("4 5", 0.0);
        check("", 0.0);
    }
}
