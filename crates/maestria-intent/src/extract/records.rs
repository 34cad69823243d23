//! Several calls of one tool in one stretch of a request: "a triangle of base 4 and height 5, and one of base 6, height 9".
//!
//! Every value that the stretch gives to a parameter is looked for, not only the likeliest. What a parameter has several values of is said
//! once for each call; what it has one of is said for all of them, from there on.

mod choice;
mod occurrence;
mod places;
mod series;
mod turns;

use maestria_vocabulary::{Argument, Probability, Question, ToolSpec};

use self::{
    choice::{Choice, choices},
    occurrence::{Occurrence, occurrences},
    places::Places,
    turns::in_turn,
};
use super::{
    doubt::{Doubt, doubts},
    overlap,
    parameter::{Kind, Parameter},
    passage::Passage,
    settle,
    tool_words::ToolWords,
    value::Reading,
};

/// Most calls that one stretch is read as.
const MOST: usize = 64;

/// One of several calls of a tool.
#[derive(Debug)]
pub(super) struct Record {
    /// Where the first of the values stands that are said for this call alone.
    pub(super) start: usize,
    /// What is said for it, by itself or for all.
    pub(super) arguments: Vec<Argument>,
    /// Required parameters without a value.
    pub(super) missing: Vec<Question>,
    /// Parameters of which one of two values is meant.
    pub(super) doubtful: Vec<Question>,
}

/// The calls of `tool` that the passage asks for, if it asks for more than one.
pub(super) fn records(tool: &ToolSpec, passage: &Passage<'_>) -> Option<Vec<Record>> {
    let words = ToolWords::new(tool, passage);
    let parameters = Parameter::all(&tool.input, &words);
    let single = settle(&parameters, passage);
    let mut said = occurrences(&parameters, passage, &single);
    let turns = in_turn(&parameters, passage);
    let is_number =
        |place: usize| parameters.get(place).is_some_and(|parameter| matches!(parameter.kind(), Kind::Number { .. }));
    if let Some(turns) = &turns {
        let is_turn = |span| turns.iter().any(|turn| overlap(turn.reading.span, span));
        said.retain(|other| !is_number(other.parameter) && !is_turn(other.reading.span));
        said.extend(turns.iter().cloned());
        said.sort_by_key(|occurrence| occurrence.reading.span.start);
    }
    // "Four or five" is one of them, not both.
    let mut choices = choices(&parameters, &mut said, passage);
    choices.retain(|choice| turns.is_none() || !is_number(choice.parameter));
    let is_choice = |(place, doubt): &(usize, Doubt)| {
        turns.is_some() && is_number(*place) || choices.iter().any(|choice| choice.is(*place, doubt))
    };
    if !doubts(&parameters, &single, passage).iter().all(is_choice) {
        return None;
    }
    let mut calls = Calls::of(&parameters, said, passage)?;
    for (place, reading) in single.iter().enumerate() {
        let default = reading.as_ref().filter(|reading| reading.span.start == reading.span.end);
        calls.fill(place, default);
        // What one call takes as a whole is not several that lack something.
        let is_required = parameters.get(place).is_some_and(|parameter| parameter.required);
        if is_required
            && reading.is_some()
            && calls.values.iter().any(|call| call.get(place).is_none_or(Option::is_none))
        {
            return None;
        }
    }
    // What must be asked is asked once.
    if choices.iter().any(|choice| calls.values.iter().filter(|call| choice.is_of(call)).count() != 1) {
        return None;
    }
    let argument = |(parameter, reading): (&Parameter<'_>, &Option<Reading>)| {
        let Reading { value, span, score } = reading.clone()?;
        let confidence = Probability::saturating(score);
        Some(Argument { parameter: parameter.name.to_owned(), value, span, confidence })
    };
    let record = |(values, start): (&Vec<Option<Reading>>, &usize)| {
        let open = choices.iter().filter(|choice| choice.is_of(values));
        let open: Vec<&Choice> = open.collect();
        let is_open = |place: &usize| open.iter().any(|choice| choice.parameter == *place);
        let settled = || parameters.iter().zip(values).enumerate().filter(|(place, _)| !is_open(place));
        let of = || settled().map(|(_, of)| of);
        let asked = |choice: &&Choice| Some(choice.doubt.question(parameters.get(choice.parameter)?, tool, passage));
        let missing = of().filter(|(parameter, value)| parameter.required && value.is_none());
        Record {
            start: *start,
            arguments: of().filter_map(argument).collect(),
            missing: missing.map(|(parameter, _)| parameter.question(tool)).collect(),
            doubtful: open.iter().filter_map(asked).collect(),
        }
    };
    Some(calls.values.iter().zip(&calls.starts).map(record).collect())
}

/// The value of every parameter for every call.
struct Calls {
    values: Vec<Vec<Option<Reading>>>,
    /// Where the first value stands that each call has for itself.
    starts: Vec<usize>,
}

impl Calls {
    /// None where there is but one call, or where one would have two values of a parameter.
    fn of(parameters: &[Parameter<'_>], said: Vec<Occurrence>, passage: &Passage<'_>) -> Option<Self> {
        let mut values: Vec<Vec<Reading>> = vec![Vec::new(); parameters.len()];
        for Occurrence { parameter, reading } in said {
            values.get_mut(parameter)?.push(reading);
        }
        for values in &mut values {
            if let [first, rest @ ..] = values.as_slice()
                && rest.iter().all(|reading| reading.value == first.value)
            {
                values.truncate(1);
            }
        }
        let count = values.iter().map(Vec::len).max().filter(|count| (2..=MOST).contains(count))?;
        let places = Places::of(&values, count, passage);
        let mut calls = vec![vec![None; parameters.len()]; count];
        for (place, values) in values.into_iter().enumerate() {
            let is_full = values.len() == count;
            for (number, reading) in values.into_iter().enumerate() {
                let call = if is_full { number } else { places.call(reading.span.start) };
                let slot = calls.get_mut(call)?.get_mut(place)?;
                if slot.replace(reading).is_some() {
                    return None;
                }
            }
        }
        let first = |call: &Vec<Option<Reading>>| call.iter().flatten().map(|reading| reading.span.start).min();
        let starts = calls.iter().map(|call| first(call).unwrap_or(passage.within.start)).collect();
        let mut calls = Self { values: calls, starts };
        for (place, parameter) in parameters.iter().enumerate() {
            calls.hand_on(place, parameter.required || !places.apart);
        }
        Some(calls)
    }

    /// Gives a call that lacks a value that of the call before it, or else, `backward`, of the first behind it.
    fn hand_on(&mut self, place: usize, backward: bool) {
        let first = self.values.iter().find_map(|call| call.get(place)?.clone()).filter(|_| backward);
        let mut last = first;
        for slot in self.values.iter_mut().filter_map(|call| call.get_mut(place)) {
            match slot {
                Some(value) => last = Some(value.clone()),
                None => slot.clone_from(&last),
            }
        }
    }

    /// Gives every call that lacks a value this one.
    fn fill(&mut self, place: usize, value: Option<&Reading>) {
        for slot in self.values.iter_mut().filter_map(|call| call.get_mut(place)).filter(|slot| slot.is_none()) {
            *slot = value.cloned();
        }
    }
}

#[cfg(test)]
mod tests {
    use maestria_vocabulary::Span;
    use serde_json::{Value, json};

    use super::*;
    use crate::ArgumentExtractor;

    fn check(properties: &Value, required: &[&str], text: &str, expected: &[Value]) {
        let tool = ToolSpec::new("tool".parse().unwrap(), "Does something")
            .with_input(json!({"type": "object", "properties": properties, "required": required}));
        let extractor = ArgumentExtractor::default();
        let passage = extractor.passage(text, Span { start: 0, end: text.len() }, None);
        let calls = records(&tool, &passage).unwrap_or_default();
        let object = |call: &Record| -> Value {
            call.arguments.iter().map(|argument| (argument.parameter.clone(), argument.value.clone())).collect()
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
    fn numbers_are_taken_in_turn_where_calls_are_said_alike() {
        let number = json!({"type": "integer"});
        let pair = json!({"a": number, "b": number});
        let of = |[a, b]: [u32; 2]| json!({"a": a, "b": b});
        let two = [[48, 18], [12, 36]].map(of);
        for text in [
            "the gcd of 48 and 18, and of 12 and 36",
            "gcd: 48 with 18; 12 with 36",
            "two gcds: (48, 18) and (12, 36)",
            "gcd for a=48, b=18 and for a=12, b=36",
        ] {
            check(&pair, &["a", "b"], text, &two);
        }
        // What is taken back or left out is no call, and neither is one of two or what only one of them takes.
        for text in [
            "the gcd of 48 and 18, no, 12 and 36",
            "the gcd of 48 and 18, not 12 and 36",
            "the gcd of 48 and 18 or 12 and 36",
        ] {
            let tool = ToolSpec::new("gcd".parse().unwrap(), "Greatest common divisor")
                .with_input(json!({"type": "object", "properties": pair, "required": ["a", "b"]}));
            let extractor = ArgumentExtractor::default();
            let passage = extractor.passage(text, Span { start: 0, end: text.len() }, None);
            let words = ToolWords::new(&tool, &passage);
            assert!(in_turn(&Parameter::all(&tool.input, &words), &passage).is_none(), "{text}");
        }
        let four = json!({"a": number, "b": number, "c": number, "d": number});
        check(&four, &["a", "b"], "put it at (10, 20) and make it (100, 200)", &[]);
        // One is said for all of the others.
        let of_rate = |years: u32| json!({"rate": 5, "years": years});
        let growth = json!({"rate": {"type": "number", "description": "Rate in percent"}, "years": number});
        check(
            &growth,
            &["rate", "years"],
            "growth at a rate of 5% for 10, 15 and 20 years",
            &[10, 15, 20].map(of_rate),
        );
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
    fn words_of_one_form_are_values_of_one_parameter() {
        let price = json!({"sku": {"type": "string", "description": "Product SKU"}, "price": {"type": "number"}});
        let calls = [json!({"sku": "MUG-RED", "price": 11}), json!({"sku": "MUG-BLUE", "price": 13})];
        check(&price, &["sku", "price"], "set the price of MUG-RED to 11 and MUG-BLUE to 13", &calls);
        let translate = json!({"text": {"type": "string"}, "target": {"type": "string", "enum": ["German", "Danish"]}});
        let calls = ["German", "Danish"].map(|target| json!({"text": "Out of order", "target": target}));
        check(&translate, &["text", "target"], "translate \"Out of order\" into German and into Danish", &calls);
    }

    #[test]
    fn what_is_left_out_or_one_of_two_is_no_call_of_its_own() {
        let heating = json!({
            "room": {"type": "string", "description": "Name of the room"},
            "temperature": {"type": "number", "description": "Degrees Celsius"},
        });
        let check = |text: &str, expected: &[Value]| check(&heating, &["room", "temperature"], text, expected);
        check("set the kitchen, not the bedroom, to 20 degrees", &[]);
        check("set the kitchen or the bedroom to 20 degrees", &[]);
        let calls = [json!({"room": "kitchen", "temperature": 20}), json!({"room": "bedroom"})];
        check("set the kitchen to 20 and the bedroom to 18 or 19 degrees", &calls);
    }

    #[test]
    fn one_call_that_takes_everything_is_not_several() {
        let number = json!({"type": "number"});
        let bed = json!({"length_cm": number, "width_cm": number, "depth_cm": number});
        let required = ["length_cm", "width_cm", "depth_cm"];
        check(&bed, &required, "soil for a bed 200 cm long, 80 cm wide and 40 cm deep", &[]);
    }

    #[test]
    fn a_default_is_a_default_for_every_call() {
        let weather = json!({
            "city": {"type": "string", "description": "Name of the city"},
            "unit": {"type": "string", "enum": ["celsius", "fahrenheit"], "default": "celsius"},
        });
        let of = |city: &str| json!({"city": city, "unit": "celsius"});
        check(&weather, &["city", "unit"], "the weather in Paris and Rome", &["Paris", "Rome"].map(of));
    }

    #[test]
    fn a_stray_number_is_no_second_list() {
        let list = json!({"type": "array", "items": {"type": "number"}, "description": "The numbers"});
        let mean = json!({"numbers": list, "decimals": {"type": "integer"}});
        check(&mean, &["numbers"], "the average of 3, 5 and 8, rounded to 2 decimals", &[]);
    }
}
