//! Several calls of one tool in one stretch of a request: "a triangle of base 4 and height 5, and one of base 6, height 9".
//!
//! Every value that the stretch gives to a parameter is looked for, not only the likeliest. What a parameter has several values of is said
//! once for each call; what it has one of is said for all of them, from there on.

use maestria_vocabulary::{Argument, Probability, Span, ToolSpec};

use super::{
    overlap,
    parameter::Parameter,
    passage::Passage,
    settle,
    tool_words::ToolWords,
    value::{Reading, every},
};

/// Most calls that one stretch is read as.
const MOST: usize = 16;

/// Least score of a value beyond the first that a parameter has.
const LEAST: f64 = 0.5;

/// What is taken from the score of such a value, so that what one call can take is not shared out among several.
const LESS: f64 = 0.8;

/// A value for the parameter of a number.
#[derive(Debug, Clone)]
struct Said {
    parameter: usize,
    reading: Reading,
}

/// The arguments of every call of `tool` that the passage asks for, if it asks for more than one.
pub(super) fn records(tool: &ToolSpec, passage: &Passage<'_>) -> Option<Vec<Vec<Argument>>> {
    let words = ToolWords::new(tool, passage);
    let parameters = Parameter::all(&tool.input, &words);
    let single = settle(&parameters, passage);
    let calls = Calls::of(&parameters, said(&parameters, passage, &single), passage)?;
    let lacks = |call: &dyn Fn(usize) -> bool| {
        parameters.iter().enumerate().filter(|(place, parameter)| parameter.required && !call(*place)).count()
    };
    // What one call takes as a whole is not two calls that lack something.
    let lacks_of_one = lacks(&|place| single.get(place).is_some_and(Option::is_some));
    let most = |call: &Vec<Option<Said>>| lacks(&|place| call.get(place).is_some_and(Option::is_some));
    if calls.0.iter().any(|call| most(call) > lacks_of_one) {
        return None;
    }
    let argument = |said: &Said| {
        Some(Argument {
            parameter: parameters.get(said.parameter)?.name.to_owned(),
            value: said.reading.value.clone(),
            span: said.reading.span,
            confidence: Probability::saturating(said.reading.score),
        })
    };
    Some(calls.0.iter().map(|call| call.iter().flatten().filter_map(argument).collect()).collect())
}

/// All values that the passage gives, in its order: the surest first, then the surest of those that do not overlap with it, and so on. One
/// more value of a parameter that has one counts for less, and stands apart from the others.
fn said(parameters: &[Parameter<'_>], passage: &Passage<'_>, single: &[Option<Reading>]) -> Vec<Said> {
    let mut proposals: Vec<Said> = Vec::new();
    for (place, parameter) in parameters.iter().enumerate().take(super::MOST_READ) {
        let allowed = every(parameter, passage).into_iter().filter(|reading| parameter.allows(&reading.value));
        proposals.extend(allowed.map(|reading| Said { parameter: place, reading }));
    }
    for (place, reading) in single.iter().enumerate() {
        let Some(reading) = reading.as_ref().filter(|reading| reading.span.start < reading.span.end) else { continue };
        if !proposals.iter().any(|said| said.parameter == place && said.reading.span == reading.span) {
            proposals.push(Said { parameter: place, reading: reading.clone() });
        }
    }
    proposals.sort_by(|left, right| {
        let score = right.reading.score.total_cmp(&left.reading.score);
        score.then(left.parameter.cmp(&right.parameter)).then(left.reading.span.start.cmp(&right.reading.span.start))
    });
    let mut kept: Vec<Said> = Vec::new();
    loop {
        proposals.retain(|proposal| {
            let span = proposal.reading.span;
            let mut same = kept.iter().filter(|said| said.parameter == proposal.parameter).peekable();
            let enough = same.peek().is_none() || proposal.reading.score >= LEAST;
            let apart = same.all(|said| is_apart(passage, said.reading.span, span));
            enough && apart && !kept.iter().any(|said| overlap(said.reading.span, span))
        });
        let worth = |said: &Said| {
            let known = kept.iter().any(|other| other.parameter == said.parameter);
            said.reading.score - if known { LESS } else { 0.0 }
        };
        // The first of equals.
        let best = proposals.iter().enumerate().rev().max_by(|(_, a), (_, b)| worth(a).total_cmp(&worth(b)));
        let Some(best) = best.map(|(place, _)| place) else { break };
        kept.push(proposals.remove(best));
    }
    kept.sort_by_key(|said| said.reading.span.start);
    kept
}

/// For every call the value of every parameter.
struct Calls(Vec<Vec<Option<Said>>>);

impl Calls {
    fn of(parameters: &[Parameter<'_>], said: Vec<Said>, passage: &Passage<'_>) -> Option<Self> {
        let mut values: Vec<Vec<Said>> = vec![Vec::new(); parameters.len()];
        for said in said {
            values.get_mut(said.parameter)?.push(said);
        }
        for values in &mut values {
            if let [first, rest @ ..] = values.as_slice()
                && rest.iter().all(|said| said.reading.value == first.reading.value)
            {
                values.truncate(1);
            }
        }
        let count = values.iter().map(Vec::len).max().filter(|count| (2..=MOST).contains(count))?;
        let places = Places::of(&values, count, passage);
        let mut calls = vec![vec![None; parameters.len()]; count];
        for (place, values) in values.into_iter().enumerate() {
            let full = values.len() == count;
            for (number, said) in values.into_iter().enumerate() {
                let call = if full { number } else { places.call(said.reading.span.start) };
                if let Some(slot) = calls.get_mut(call).and_then(|call| call.get_mut(place)) {
                    *slot = Some(said);
                }
            }
        }
        for (place, parameter) in parameters.iter().enumerate() {
            let backward = parameter.required || !places.apart;
            inherit(&mut calls, place, backward);
        }
        Some(Self(calls))
    }
}

/// Gives a call that lacks a value that of the call before it, or else of one behind it.
fn inherit(calls: &mut [Vec<Option<Said>>], place: usize, backward: bool) {
    let value = |call: &Vec<Option<Said>>| call.get(place).cloned().flatten();
    let first = calls.iter().find_map(value).filter(|_| backward);
    let mut last = first;
    for call in calls {
        match call.get_mut(place) {
            Some(slot @ None) => slot.clone_from(&last),
            Some(slot) => last.clone_from(slot),
            None => {}
        }
    }
}

/// Where the words of each call begin, as far as they stand apart.
struct Places {
    starts: Vec<usize>,
    /// Whether the values of one call stand before all of the next, unlike in "Ann and Bob, 30 and 40 years old".
    apart: bool,
}

impl Places {
    fn of(values: &[Vec<Said>], count: usize, passage: &Passage<'_>) -> Self {
        let full: Vec<&Vec<Said>> = values.iter().filter(|values| values.len() == count).collect();
        let extent = |call: usize| {
            let spans = || full.iter().filter_map(|values| values.get(call)).map(|said| said.reading.span);
            Some(Span { start: spans().map(|s| s.start).min()?, end: spans().map(|s| s.end).max()? })
        };
        let extents: Vec<Span> = (0..count).filter_map(extent).collect();
        let apart = extents.windows(2).all(|pair| matches!(pair, [a, b] if a.end <= b.start));
        let listed = extents.windows(2).all(|pair| matches!(pair, [a, b] if joined(passage, a.end, b.start)));
        let cut = |pair: &[Span]| match pair {
            [before, behind] => Some(boundary(passage, before.end, behind.start)),
            _ => None,
        };
        let starts = [0].into_iter().chain(extents.windows(2).filter_map(cut)).collect();
        Self { starts, apart: apart && !listed }
    }

    /// The call that a place in the request belongs to.
    fn call(&self, start: usize) -> usize {
        self.starts.iter().rposition(|&begin| begin <= start).unwrap_or(0)
    }
}

/// Whether something stands between two values that may stand between two calls.
fn is_apart(passage: &Passage<'_>, a: Span, b: Span) -> bool {
    const JOINTS: &[&str] = &["and", "or", "then", "also", "plus", "but", "another", "&", "versus", "vs", "nor"];
    let gap = passage.text.get(a.end.min(b.end)..a.start.max(b.start)).unwrap_or_default();
    let mark = |(at, c): (usize, char)| {
        let ends = gap.get(at + c.len_utf8()..).and_then(|rest| rest.chars().next()).is_none_or(char::is_whitespace);
        matches!(c, ';' | '/' | '\n' | '→' | '–') || matches!(c, ',' | '.' | '?' | '!' | ':' | '-') && ends
    };
    gap.char_indices().any(mark) || gap.split([' ', ',']).any(|word| JOINTS.contains(&word.to_lowercase().as_str()))
}

/// Whether nothing but a comma or "and" stands between two places.
fn joined(passage: &Passage<'_>, end: usize, start: usize) -> bool {
    let gap = passage.text.get(end..start).unwrap_or_default();
    gap.split([' ', ',', '\n']).all(|word| matches!(word, "" | "and" | "or" | "&"))
}

/// Where the words between two values go over from one call to the next: at the strongest mark between them, the last of several.
fn boundary(passage: &Passage<'_>, end: usize, start: usize) -> usize {
    let gap = passage.text.get(end..start).unwrap_or_default();
    let strength = |(at, c): (usize, char)| {
        let rest = gap.get(at..).unwrap_or_default();
        let ends = rest.chars().nth(1).is_none_or(char::is_whitespace);
        match c {
            '.' | '?' | '!' | '\n' if ends => Some((5, at)),
            ';' | '/' => Some((4, at)),
            ' ' if rest.starts_with(" then ") => Some((3, at)),
            ' ' if ["and ", "also ", "plus "].iter().any(|word| rest.trim_start().starts_with(word)) => Some((2, at)),
            ',' if ends => Some((1, at)),
            _ => None,
        }
    };
    let strongest = gap.char_indices().filter_map(strength).max();
    strongest.map_or(start, |(_, at)| end + at)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::ArgumentExtractor;

    fn check(properties: &Value, required: &[&str], text: &str, expected: &[Value]) {
        let tool = ToolSpec::new("tool".parse().unwrap(), "Does something")
            .with_input(json!({"type": "object", "properties": properties, "required": required}));
        let extractor = ArgumentExtractor::default();
        let passage = extractor.passage(text, Span { start: 0, end: text.len() }, None);
        let calls = records(&tool, &passage).unwrap_or_default();
        let object = |call: &Vec<Argument>| -> Value {
            call.iter().map(|argument| (argument.parameter.clone(), argument.value.clone())).collect()
        };
        assert_eq!(calls.iter().map(object).collect::<Vec<_>>(), expected, "{text}");
    }

    #[test]
    fn what_is_said_several_times_is_said_once_for_each_call() {
        let triangle = json!({
            "base": {"type": "number", "description": "Length of the base"},
            "height": {"type": "number", "description": "Height of the triangle"},
        });
        let check = |text: &str, expected: &[Value]| check(&triangle, &["base", "height"], text, expected);
        let two = [json!({"base": 5, "height": 10}), json!({"base": 8, "height": 12})];
        check("a triangle with base 5 and height 10, and another one with base 8 and height 12", &two);
        check("the area for base 5, height 10? And what about base 8, height 12?", &two);
        check("a triangle with base 5 and height 10", &[]);
    }

    #[test]
    fn what_is_said_once_is_said_for_all_of_them() {
        let weather = json!({
            "city": {"type": "string", "description": "Name of the city"},
            "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]},
        });
        let check = |text: &str, expected: &[Value]| check(&weather, &["city"], text, expected);
        let of = |city: &str| json!({"city": city, "unit": "celsius"});
        check("the weather in Paris, Berlin and Rome in celsius", &["Paris", "Berlin", "Rome"].map(of));
        check("the weather in Paris in celsius", &[]);
    }

    #[test]
    fn one_call_that_takes_everything_is_not_several() {
        let number = json!({"type": "number"});
        let bed = json!({"length_cm": number, "width_cm": number, "depth_cm": number});
        let required = ["length_cm", "width_cm", "depth_cm"];
        check(&bed, &required, "soil for a bed 200 cm long, 80 cm wide and 40 cm deep", &[]);
    }

    #[test]
    fn calls_go_over_into_each_other_at_the_strongest_mark() {
        let check = |text: &str, expected: &str| {
            let extractor = ArgumentExtractor::default();
            let passage = extractor.passage(text, Span { start: 0, end: text.len() }, None);
            let (end, start) = (text.find('1').unwrap() + 1, text.find('2').unwrap());
            assert_eq!(&text[boundary(&passage, end, start)..], expected, "{text}");
        };
        check("1 m, wide. Then 2", ". Then 2");
        check("1 m and wide, then 2", " then 2");
        check("1 to 2", "2");
    }
}
