//! Values that are said but cannot be taken as they stand: beyond what a schema allows, none of its options, or one of two.

use maestria_vocabulary::{Effect, Question, Span, ToolSpec};
use serde_json::Value;

use super::{
    MOST_READ,
    option::options,
    overlap,
    parameter::{Kind, Parameter},
    passage::Passage,
    span::{marked, odds_at},
    taken_back::is_left_out,
    value::{Reading, every, readings},
};

/// Least score of a value beyond the limits for it to be asked about.
const LEAST: f64 = 0.7;

/// Least logarithm of the odds that words say a parameter which has no option like them.
const LEAST_ODDS: f32 = 1.5;

/// Least score of a text or an address for it to be what is meant instead.
const LEAST_OF_ANOTHER: f64 = 0.5;

/// What is said for a parameter, and why it is no value of it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Doubt {
    /// The schema does not allow it.
    Refused(Span),
    /// One of two, and it is not said which.
    Either([Span; 2], Vec<Value>),
}

/// The parameters, by their places, whose value is in doubt: what was `found` for them is not to be taken.
pub(super) fn doubts(
    parameters: &[Parameter<'_>],
    found: &[Option<Reading>],
    passage: &Passage<'_>,
) -> Vec<(usize, Doubt)> {
    let said = |reading: &&Reading| reading.span.start < reading.span.end;
    let taken: Vec<Span> = found.iter().flatten().filter(said).map(|reading| reading.span).collect();
    let is_free = |span: Span| !taken.iter().any(|&other| overlap(other, span));
    let doubt = |(place, parameter): (usize, &Parameter<'_>)| {
        let found = found.get(place).and_then(Option::as_ref).filter(said);
        let doubt = match found.and_then(|found| either(parameter, found, passage, is_free)) {
            Some(doubt) => doubt,
            None => Doubt::Refused(refused(parameter, found, passage).filter(|span| is_free(*span))?),
        };
        Some((place, doubt))
    };
    parameters.iter().enumerate().take(MOST_READ).filter_map(doubt).collect()
}

/// What a parameter takes no values of, though it is said for it more clearly than what was `found`.
fn refused(parameter: &Parameter<'_>, found: Option<&Reading>, passage: &Passage<'_>) -> Option<Span> {
    match parameter.kind() {
        Kind::Number { .. } if parameter.limits().is_some() && !passage.numbers.is_empty() => {
            let beyond = readings(parameter, passage).into_iter().filter(|reading| !parameter.allows(&reading.value));
            let best = beyond.max_by(|a, b| a.score.total_cmp(&b.score)).filter(|reading| reading.score >= LEAST)?;
            found.is_none_or(|found| found.score < best.score).then_some(best.span)
        }
        Kind::Option if found.is_none() => {
            // What names the tool or what it does is no option that it lacks.
            let names_tool = |span: Span| {
                let mut inside = passage.words.iter().filter(|word| overlap(word.span, span));
                inside.all(|word| parameter.tool.has(word))
            };
            let is_said = |span: &Span| odds_at(parameter, passage, *span) >= Some(LEAST_ODDS) && !names_tool(*span);
            marked(parameter, passage).filter(is_said).filter(|span| !is_left_out(passage, *span))
        }
        _ => None,
    }
}

/// What was `found` and another value, between which the request leaves the choice. The other is said for no other parameter: it `is_free`.
pub(super) fn either(
    parameter: &Parameter<'_>,
    found: &Reading,
    passage: &Passage<'_>,
    is_free: impl Fn(Span) -> bool,
) -> Option<Doubt> {
    let others: Vec<(Span, Option<Value>)> = match parameter.kind() {
        Kind::Option => options(parameter, passage)
            .into_iter()
            .filter(|other| other.value != found.value)
            .map(|other| (other.span, Some(other.value)))
            .collect(),
        Kind::Number { .. } => passage.numbers.iter().map(|number| (number.span, None)).collect(),
        // What only finds out something is done for both.
        _ if parameter.tool.spec.effect == Effect::Pure => return None,
        Kind::Moment => passage.moments.iter().map(|moment| (moment.span, None)).collect(),
        Kind::Text | Kind::Email if passage.words.iter().any(|word| word.lower() == "or") => every(parameter, passage)
            .into_iter()
            .filter(|other| other.value != found.value && other.score >= LEAST_OF_ANOTHER)
            .map(|other| (other.span, Some(other.value)))
            .collect(),
        _ => return None,
    };
    let mut others = others.into_iter().filter(|(span, _)| !overlap(*span, found.span) && is_free(*span));
    others.find_map(|(span, value)| {
        let (first, second) = if span.start < found.span.start { (span, found.span) } else { (found.span, span) };
        is_either(passage.text.get(first.end..second.start)?).then(|| {
            let mut values: Vec<Value> = value.into_iter().chain([found.value.clone()]).collect();
            if values.len() == 1 {
                values.clear();
            } else if first == found.span {
                values.reverse();
            }
            Doubt::Either([first, second], values)
        })
    })
}

/// Whether what stands between two values says that one of them is meant: "bar or line".
fn is_either(gap: &str) -> bool {
    const FILLERS: &[&str] = &[
        "a", "an", "the", "as", "at", "in", "for", "on", "to", "by", "maybe", "perhaps", "possibly", "even", "hmm",
        "rather",
    ];
    let words: Vec<String> = gap
        .split(|c: char| c.is_whitespace() || matches!(c, ',' | '.' | '?'))
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    let (joints, others): (Vec<&String>, Vec<&String>) =
        words.iter().partition(|word| matches!(word.as_str(), "or" | "/"));
    joints.len() == 1 && others.iter().all(|word| FILLERS.contains(&word.as_str()))
}

impl Doubt {
    /// What to ask.
    pub(super) fn question(&self, parameter: &Parameter<'_>, tool: &ToolSpec, passage: &Passage<'_>) -> Question {
        let name = parameter.name_words.join(" ");
        let asked = Question::about(&tool.id, parameter.name);
        match self {
            Self::Refused(span) => {
                let (said, limits) = (passage.at(*span), parameter.limits());
                let takes =
                    limits.map_or_else(|| "is none of its options".to_owned(), |limits| format!("is not {limits}"));
                let text = format!("What shall be the {name} of {}? “{said}” {takes}.", tool.id);
                Question { text, ..asked }.offering(parameter.options())
            }
            Self::Either([first, second], values) => {
                let (first, second) = (passage.at(*first), passage.at(*second));
                let text = format!("Shall the {name} of {} be “{first}” or “{second}”?", tool.id);
                Question { text, options: values.clone(), ..asked }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::ArgumentExtractor;

    fn light() -> ToolSpec {
        ToolSpec::new("control_light".parse().unwrap(), "Switches a light").with_input(json!({
            "type": "object",
            "properties": {
                "room": {"type": "string", "description": "The room"},
                "brightness": {"type": "integer", "minimum": 0, "maximum": 100, "description": "Brightness in percent"},
                "colour": {"enum": ["white", "warm", "blue"], "description": "Colour of the light"},
            },
            "required": ["room"],
        }))
    }

    /// What is asked, and which arguments are taken all the same.
    fn check(text: &str, expected: &[&str], arguments: Value) {
        let extraction = ArgumentExtractor::default().extract(&light(), text, Span { start: 0, end: text.len() });
        let asked: Vec<&str> = extraction.doubtful.iter().map(|question| question.text.as_str()).collect();
        assert_eq!(asked, expected, "{text}");
        let taken = extraction.arguments.into_iter().map(|argument| (argument.parameter, argument.value));
        assert_eq!(Value::Object(taken.collect()), arguments, "{text}");
    }

    #[test]
    fn what_is_beyond_a_limit_is_asked_for_and_not_left_out() {
        let asked = "What shall be the brightness of control_light? “150” is not from 0 to 100.";
        check("kitchen light, brightness 150", &[asked], json!({"room": "kitchen"}));
        check("kitchen light, brightness 50", &[], json!({"room": "kitchen", "brightness": 50}));
    }

    #[test]
    fn of_two_values_none_is_taken() {
        let asked = "Shall the colour of control_light be “white” or “blue”?";
        check("turn the light in the kitchen white or blue", &[asked], json!({"room": "kitchen"}));
        let asked = "Shall the brightness of control_light be “30” or “40”?";
        check("turn the light in the kitchen to a brightness of 30 or 40", &[asked], json!({"room": "kitchen"}));
        let asked = "Shall the room of control_light be “kitchen” or “bedroom”?";
        check("turn the light in the kitchen or the bedroom blue", &[asked], json!({"colour": "blue"}));
    }

    #[test]
    fn only_a_joint_leaves_the_choice() {
        let check = |gap: &str, expected: bool| assert_eq!(is_either(gap), expected, "{gap}");
        check(" or ", true);
        check(". Hmm, or as a ", true);
        check("/", true);
        check(" to ", false);
        check(" and ", false);
        check(" or if it rains ", false);
        check("", false);
    }
}
