//! Arguments of a tool call, read from the request as the tool's JSON Schema asks for them; what is not there becomes a question.

mod address;
mod afternoon;
mod alias;
mod boolean;
mod continued;
mod currency;
mod doubt;
mod leftover;
mod list;
mod measure;
mod moment;
mod names;
mod number;
mod option;
mod parameter;
mod passage;
mod phrase;
mod records;
mod role;
mod sentence;
mod slots;
mod span;
mod statement;
mod suitability;
mod taken_back;
mod tense;
mod text;
mod token;
mod tool_words;
mod trimmed;
mod unit;
mod value;
mod weighed;
mod when;

use std::sync::Arc;

use jiff::Zoned;
use maestria_vocabulary::{Argument, Probability, Question, Span, ToolSpec};

pub(crate) use self::{
    number::number_spans,
    passage::Passage,
    weighed::{Read, weighed},
};
pub(crate) use moment::is_month;
pub(crate) use number::first_number;
pub use number::number_word;
pub use span::{AnnotatedRequest, Said, SpanFit, SpanModel};
pub use suitability::Suitability;

use self::{
    doubt::{Doubt, doubts},
    parameter::{Kind, Parameter},
    tool_words::ToolWords,
    value::{Reading, readings},
};

/// Reads arguments from requests. Every parameter proposes what it could be, and the surest proposals are kept, none of them twice:
///
/// | the schema says | what is read |
/// |---|---|
/// | `enum` | the one option that the text names |
/// | `format: "path"` | a path, told apart by its preposition: "from" and "of" read, "as", "to" and "into" write |
/// | `integer`, `number` | a number, in digits or words, in the unit that the schema names |
/// | `boolean` | the parameter's name, negated by "no" and "without" |
/// | `format: "date"`, `"date-time"`, `"time"`, or a name that says so | a moment, told from now |
/// | `format: "email"`, `"uri"`, or a name that says so | an address |
/// | `array` | every element of an enumeration |
/// | `object` | its properties |
/// | `string` | quoted text, or the phrase behind the preposition that fits the name or the description |
///
/// Values are checked against the schema's own limits: what is beyond them, or none of the options, is asked for, and so is which of two is
/// meant ("four or five"). What is left out ("not Bob") or replaced ("no, 60") is no value. What has a `title` is the result of another
/// tool, and is not read. Which piece of the request is the value of a text parameter is decided by a [`SpanModel`].
#[derive(Debug, Clone, Default)]
pub struct ArgumentExtractor {
    deciding: Deciding,
}

/// What decides which piece of a request is the value of a text parameter.
#[derive(Debug, Clone, Default)]
enum Deciding {
    /// The model inside this crate.
    #[default]
    Embedded,
    Model(Arc<SpanModel>),
    Rules,
}

/// What the request says for the parameters of one tool.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Extraction {
    /// Values found, in the order of the schema.
    pub arguments: Vec<Argument>,
    /// Required parameters without a value.
    pub missing: Vec<Question>,
    /// Parameters for which something is said that cannot be taken: it is beyond a limit, none of the options, or one of two values.
    pub doubtful: Vec<Question>,
}

impl ArgumentExtractor {
    /// An extractor with a model of its own, trained on requests to the tools at hand.
    #[must_use]
    pub fn new(model: SpanModel) -> Self {
        Self { deciding: Deciding::Model(Arc::new(model)) }
    }

    /// An extractor without a model, which takes the pieces that its rules propose.
    #[must_use]
    pub fn by_rules() -> Self {
        Self { deciding: Deciding::Rules }
    }

    fn model(&self) -> Option<&SpanModel> {
        match &self.deciding {
            Deciding::Embedded => SpanModel::embedded(),
            Deciding::Model(model) => Some(model),
            Deciding::Rules => None,
        }
    }

    /// The files that the piece `within` of `text` names. Material is not read for names: what follows a colon counts only where a name
    /// follows it at once, and so does what follows the first line.
    #[must_use]
    pub fn paths(&self, text: &str, within: Span) -> Vec<Span> {
        let mut paths: Vec<Span> = Vec::new();
        let mut previous_end = within.start;
        let mut in_material = false;
        for phrase in phrase::phrases(text, within) {
            for path in phrase.paths(text) {
                let gap = text.get(previous_end..path.span.start).unwrap_or_default();
                if let Some((_, behind)) = gap.rsplit_once([':', '\n']) {
                    let joins = |word: &str| matches!(word.trim_matches(','), "" | "and" | "or");
                    in_material |= !behind.split_whitespace().all(joins);
                }
                if !in_material {
                    paths.push(path.span);
                }
                previous_end = path.span.end;
            }
        }
        paths
    }

    /// Reads the arguments of `tool` from the piece `within` of `text`. What depends on the time is left alone.
    #[must_use]
    pub fn extract(&self, tool: &ToolSpec, text: &str, within: Span) -> Extraction {
        self.extract_at(tool, text, within, None)
    }

    /// The same with the time known: "tomorrow" is a date. Moments come out as ISO 8601 with the offset of `now`.
    #[must_use]
    pub fn extract_at(&self, tool: &ToolSpec, text: &str, within: Span, now: Option<&Zoned>) -> Extraction {
        self.extract_from(tool, &self.passage(text, within, now))
    }

    /// A piece of a request, taken apart once for all tools.
    pub(crate) fn passage<'a>(&'a self, text: &'a str, within: Span, now: Option<&'a Zoned>) -> Passage<'a> {
        Passage::new(text, within, now).with_model(self.model())
    }

    /// Reads the arguments of `tool` from a passage.
    pub(crate) fn extract_from(&self, tool: &ToolSpec, passage: &Passage<'_>) -> Extraction {
        let words = ToolWords::new(tool, passage);
        let parameters = Parameter::all(&tool.input, &words);
        let mut found = settle(&parameters, passage);
        let doubts = doubts(&parameters, &found, passage);
        for (place, _) in &doubts {
            found.get_mut(*place).and_then(Option::take);
        }
        let is_doubted = |place: usize| doubts.iter().any(|(doubted, _)| *doubted == place);
        let missing = parameters.iter().zip(&found).enumerate();
        let missing =
            missing.filter(|(place, (parameter, found))| parameter.required && found.is_none() && !is_doubted(*place));
        let missing = missing.map(|(_, (parameter, _))| parameter.question(tool)).collect();
        let asked = |(place, doubt): &(usize, Doubt)| Some(doubt.question(parameters.get(*place)?, tool, passage));
        let doubtful = doubts.iter().filter_map(asked).collect();
        let arguments = parameters.iter().zip(found).filter_map(|(parameter, found)| {
            let Reading { value, span, score } = found?;
            let confidence = Probability::saturating(score);
            Some(Argument { parameter: parameter.name.to_owned(), value, span, confidence })
        });
        Extraction { arguments: arguments.collect(), missing, doubtful }
    }
}

/// The surest reading of every parameter: of all proposals the best first, then the best of those that do not overlap with it, and so on.
///
/// Of more than [`MOST_READ`] parameters the others are left alone.
fn settle(parameters: &[Parameter<'_>], passage: &Passage<'_>) -> Vec<Option<Reading>> {
    let mut proposals: Vec<(usize, Reading)> = Vec::new();
    for (place, parameter) in parameters.iter().enumerate().take(MOST_READ) {
        let said = taken_back::meant(parameter, passage, readings(parameter, passage));
        let allowed = said.into_iter().filter(|reading| parameter.allows(&reading.value));
        proposals.extend(allowed.map(|reading| (place, reading)));
    }
    // Earlier parameters and earlier words go first among equals, so that "from 3 to 5" fills "low" and "high" in this order.
    proposals.sort_by(|(a, left), (b, right)| {
        right.score.total_cmp(&left.score).then(a.cmp(b)).then(left.span.start.cmp(&right.span.start))
    });
    let mut settled: Vec<Option<Reading>> = vec![None; parameters.len()];
    let mut taken: Vec<Span> = Vec::new();
    for (place, reading) in &proposals {
        let (place, reading) = (*place, reading.clone());
        let Some(slot) = settled.get_mut(place).filter(|slot| slot.is_none()) else { continue };
        if !taken.iter().any(|&span| overlap(span, reading.span)) {
            taken.push(reading.span);
            *slot = Some(reading);
        }
    }
    if !passage.model.is_some_and(SpanModel::knows_tools) {
        required_first(parameters, &proposals, &mut settled);
        leftover::give_out(parameters, passage, &mut settled);
        sentence::complete(parameters, passage, &mut settled);
        names::trim(parameters, passage, &mut settled);
        names::complete(parameters, passage, &mut settled);
        trimmed::trim(parameters, passage, &mut settled);
        leftover::give_moment(parameters, passage, &mut settled);
        leftover::give_number(parameters, passage, &mut settled);
    }
    for (parameter, slot) in parameters.iter().zip(&mut settled) {
        if slot.is_none() && parameter.required {
            *slot = parameter.default(passage.within);
        }
    }
    settled
}

/// Gives a required text that has no value the words that one which may be left out was not much likelier to have.
fn required_first(parameters: &[Parameter<'_>], proposals: &[(usize, Reading)], settled: &mut [Option<Reading>]) {
    const ALIKE: f64 = 0.3;
    const SURE: f64 = 0.86;
    for (place, parameter) in parameters.iter().enumerate() {
        let lacks = parameter.required && parameter.kind() == Kind::Text;
        if !lacks || settled.get(place).is_none_or(Option::is_some) {
            continue;
        }
        let taken = |reading: &Reading| {
            let mut others = settled
                .iter()
                .enumerate()
                .filter(|(_, other)| other.as_ref().is_some_and(|other| overlap(other.span, reading.span)));
            let first = others.next()?;
            others.next().is_none().then_some(first)
        };
        let found = proposals.iter().filter(|(own, _)| *own == place).find_map(|(_, reading)| {
            let (other, had) = taken(reading)?;
            let had = had.as_ref().filter(|had| had.span == reading.span && had.score - reading.score < ALIKE)?;
            let may_lack = parameters.get(other).is_some_and(|owner| !owner.required && owner.kind() == Kind::Text);
            (may_lack && had.score < SURE).then(|| (other, reading.clone()))
        });
        let Some((other, reading)) = found else { continue };
        settled.iter_mut().skip(other).take(1).for_each(|slot| *slot = None);
        settled.iter_mut().skip(place).take(1).for_each(|slot| *slot = Some(reading.clone()));
    }
}

/// Most parameters of one object for which a request is read, those that are required first: the time grows faster than their number.
const MOST_READ: usize = 64;

/// Whether two pieces of the request share a byte.
pub(crate) fn overlap(a: Span, b: Span) -> bool {
    a.start < b.end && b.start < a.end
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn chart() -> ToolSpec {
        ToolSpec::new("draw_chart".parse().unwrap(), "Draws a chart of a table").with_input(json!({
            "type": "object",
            "properties": {
                "file": {"type": "string", "format": "path", "description": "Table to read"},
                "kind": {"enum": ["bar", "line", "pie"], "description": "Kind of chart"},
                "value": {"type": "string", "description": "Column whose values are drawn"},
                "group": {"type": "string", "description": "Column by which rows are grouped"},
                "width": {"type": "integer", "minimum": 1, "maximum": 10_000, "description": "Width in pixels"},
                "legend": {"type": "boolean"},
                "title": {"type": "string", "description": "Heading shown above"},
                "output": {"type": "string", "format": "path", "description": "File to write"},
            },
            "required": ["file", "value"],
        }))
    }

    fn check(text: &str, expected: Value) {
        let extraction = ArgumentExtractor::default().extract(&chart(), text, Span { start: 0, end: text.len() });
        let mut found = serde_json::Map::new();
        for argument in &extraction.arguments {
            assert!(argument.span.of(text).is_some());
            found.insert(argument.parameter.clone(), argument.value.clone());
        }
        assert_eq!(Value::Object(found), expected, "{text}");
    }

    #[test]
    fn a_request_fills_the_parameters_it_names() {
        check(
            "Create a bar chart of revenue by region from data/sales.csv and save it as chart.svg",
            json!({"file": "data/sales.csv", "kind": "bar", "value": "revenue", "group": "region", "output": "chart.svg"}),
        );
        check(
            "draw a pie chart of units sold per country, 640 pixels wide, without legend, from s.csv titled \"Who buys\"",
            json!({"file": "s.csv", "kind": "pie", "value": "units sold", "group": "country", "width": 640, "legend": false,
                "title": "Who buys"}),
        );
    }

    #[test]
    fn what_is_not_said_is_not_made_up() {
        check("make me a graph of units sold per month", json!({"value": "units sold", "group": "month"}));
        check("draw a chart", json!({}));
        check("plot sales.csv", json!({"file": "sales.csv"}));
        check("a chart of revenue, 20000 pixels wide", json!({"value": "revenue"}));
    }

    #[test]
    fn a_quoted_name_is_one_name_and_a_kind_that_is_not_offered_is_no_column() {
        check(
            "draw a bar chart of units as 'my chart.svg'",
            json!({"kind": "bar", "value": "units", "output": "my chart.svg"}),
        );
        check("draw a doughnut chart", json!({}));
        check("make a histogram of units", json!({"value": "units"}));
        check("scatter plot of revenue against units", json!({"value": "revenue"}));
    }

    #[test]
    fn numbers_go_where_the_words_around_them_say() {
        let check = |properties: Value, text: &str, expected: Value| {
            let tool = ToolSpec::new("serve".parse().unwrap(), "Serves")
                .with_input(json!({"type": "object", "properties": properties}));
            let extraction = ArgumentExtractor::default().extract(&tool, text, Span { start: 0, end: text.len() });
            let found: serde_json::Map<String, Value> =
                extraction.arguments.into_iter().map(|argument| (argument.parameter, argument.value)).collect();
            assert_eq!(Value::Object(found), expected, "{text}");
        };
        let prices = json!({"max_price": {"type": "number"}, "min_price": {"type": "number"}});
        check(prices.clone(), "show rooms for no more than 90", json!({"max_price": 90}));
        check(prices.clone(), "show rooms with a price over 100", json!({"min_price": 100}));
        check(prices.clone(), "show rooms for no less than 50", json!({"min_price": 50}));
        check(prices.clone(), "show rooms, £50 at most", json!({"max_price": 50}));
        check(prices.clone(), "show rooms, nothing over 50 euros", json!({"max_price": 50}));
        check(prices.clone(), "show rooms of 50 or more", json!({"min_price": 50}));
        let counted = json!({"max_price": {"type": "number"}, "limit": {"type": "integer"}});
        check(counted, "show at most 5 rooms", json!({"limit": 5}));
        let chart = json!({"legend": {"type": "boolean"}});
        check(chart.clone(), "draw it without a legend", json!({"legend": false}));
        check(chart.clone(), "don't show the legend", json!({"legend": false}));
        check(chart, "draw it with the legend", json!({"legend": true}));
        let deploy = json!({"skip_tests": {"type": "boolean"}});
        check(deploy.clone(), "deploy the shop and skip tests", json!({"skip_tests": true}));
        check(deploy.clone(), "deploy the shop but don't skip tests", json!({"skip_tests": false}));
        check(deploy.clone(), "deploy the shop without the tests", json!({"skip_tests": true}));
        check(deploy.clone(), "deploy the shop without skipping tests", json!({"skip_tests": false}));
        check(deploy, "deploy the shop and leave the tests out", json!({"skip_tests": true}));
        let light = json!({"on": {"type": "boolean"}});
        check(light.clone(), "kitchen light off", json!({"on": false}));
        check(light, "turn the kitchen light on", json!({"on": true}));
        let alarm = json!({"armed": {"type": "boolean"}});
        check(alarm.clone(), "arm the alarm", json!({"armed": true}));
        check(alarm, "disarm the alarm", json!({"armed": false}));
        let networks = json!({"wifi_enabled": {"type": "boolean"}, "bluetooth_enabled": {"type": "boolean"}});
        check(networks, "enable wifi", json!({"wifi_enabled": true}));
        let unpaid = json!({"unpaid_only": {"type": "boolean"}});
        check(unpaid.clone(), "which invoices are not paid yet", json!({"unpaid_only": true}));
        check(unpaid.clone(), "the unpaid invoices", json!({"unpaid_only": true}));
        check(unpaid, "the paid invoices", json!({}));
        check(json!({"unread_only": {"type": "boolean"}}), "Read me my unread mails", json!({"unread_only": true}));
        let public = json!({"public": {"type": "boolean"}});
        check(public.clone(), "a private list", json!({"public": false}));
        check(public.clone(), "a public list", json!({"public": true}));
        check(public, "make my private list public", json!({"public": true}));
        let property = json!({"include_property": {"type": "boolean"}});
        check(property, "my wealth, property not counted", json!({"include_property": false}));
        let code = json!({"type": "string", "description": "ISO 4217 code"});
        let exchange = json!({"from_currency": code, "to_currency": code});
        check(exchange.clone(), "the rate from USD to EUR", json!({"from_currency": "USD", "to_currency": "EUR"}));
        check(exchange, "how many euros are 3,400 Thai baht", json!({"from_currency": "THB", "to_currency": "EUR"}));
        let guests = json!({"guests": {"type": "integer"}});
        check(guests, "a table for a hundred and fifty guests", json!({"guests": 150}));
        let pages = json!({"first_page": {"type": "integer"}, "last_page": {"type": "integer"}});
        for text in ["take pages 3 to 7", "take pages 3-7", "take everything from 3 to 7"] {
            check(pages.clone(), text, json!({"first_page": 3, "last_page": 7}));
        }
        let found = json!({"min_total": {"type": "number"}, "limit": {"type": "integer"}});
        check(found, "list 10 orders with a total of at least 500", json!({"min_total": 500, "limit": 10}));
        let size = json!({"width": {"type": "number"}, "height": {"type": "number"}});
        check(size, "make it 8.5 by 11", json!({"width": 8.5, "height": 11}));
        let run = json!({"distance_km": {"type": "number"}, "duration_min": {"type": "number"}});
        check(run.clone(), "rowing, 7 km, 35 minutes", json!({"distance_km": 7, "duration_min": 35}));
        check(run, "10 km, 1h 5m", json!({"distance_km": 10, "duration_min": 65}));
        let refund = json!({"order_id": {"type": "string"}, "amount": {"type": "number", "description": "In euros"}});
        check(refund, "refund order 4711 100 euros", json!({"order_id": "4711", "amount": 100}));
    }

    #[test]
    fn options_are_known_by_other_names() {
        let check = |schema: Value, text: &str, expected: Option<&str>| {
            let tool = ToolSpec::new("serve".parse().unwrap(), "Serves")
                .with_input(json!({"type": "object", "properties": {"language": schema}}));
            let extraction = ArgumentExtractor::by_rules().extract(&tool, text, Span { start: 0, end: text.len() });
            let found = extraction.arguments.first().and_then(|argument| argument.value.as_str());
            assert_eq!(found, expected, "{text}");
        };
        let languages = json!({"enum": ["auto", "en", "de", "pt-BR"]});
        check(languages.clone(), "translate it into German", Some("de"));
        check(languages.clone(), "in Portuguese, please", Some("pt-BR"));
        check(languages, "the en dash", Some("en"));
        let units = json!({"enum": ["metric", "imperial"], "description": "metric is Celsius, imperial is Kelvinish"});
        check(units.clone(), "how warm is it, in Fahrenheit", Some("imperial"));
        check(units, "how warm is it, in Kelvinish", Some("imperial"));
        check(json!({"enum": ["mean", "max"]}), "the average of a", Some("mean"));
        check(json!({"enum": ["low", "high"]}), "it is urgent", Some("high"));
        check(json!({"enum": ["staging", "production"]}), "ship it to prod", Some("production"));
        check(json!({"enum": ["high", "urgent"]}), "it is urgent", Some("urgent"));
        check(json!({"enum": ["pdf", "pdfa"]}), "turn it into PDF/A", Some("pdfa"));
        check(json!({"enum": ["on", "low_battery"]}), "which run low on battery", Some("low_battery"));
        check(json!({"enum": ["EUR", "CHF"]}), "pay 20 Swiss francs", Some("CHF"));
        check(json!({"enum": ["EUR", "CHF"]}), "pay 20 dollars", None);
    }

    #[test]
    fn sentences_are_whole() {
        let check = |text: &str, expected: Value| {
            let tool = ToolSpec::new("write_note".parse().unwrap(), "Writes a note").with_input(json!({
                "type": "object",
                "properties": {
                    "content": {"type": "string", "description": "Text of the note"},
                    "title": {"type": "string"},
                    "pinned": {"type": "boolean"},
                },
                "required": ["content"],
            }));
            let extraction = ArgumentExtractor::default().extract(&tool, text, Span { start: 0, end: text.len() });
            let found: serde_json::Map<String, Value> =
                extraction.arguments.into_iter().map(|argument| (argument.parameter, argument.value)).collect();
            assert_eq!(Value::Object(found), expected, "{text}");
        };
        check(
            "Make a note titled Cabin: the router password is blue-otter-77. Pin it.",
            json!({"content": "the router password is blue-otter-77", "title": "Cabin", "pinned": true}),
        );
        check("Write a note: the pump was loud by 3 dB again", json!({"content": "the pump was loud by 3 dB again"}));
        check("Write a note saying \"two eggs\" now", json!({"content": "two eggs"}));
    }

    #[test]
    fn material_is_not_searched_for_files() {
        let check = |text: &str, expected: &[&str]| {
            let spans = ArgumentExtractor::default().paths(text, Span { start: 0, end: text.len() });
            assert_eq!(spans.iter().map(|span| span.of(text).unwrap()).collect::<Vec<_>>(), expected, "{text}");
        };
        check("Summarize a.txt, b.txt and docs/c.md", &["a.txt", "b.txt", "docs/c.md"]);
        check("Summarize these: a.txt, b.txt", &["a.txt", "b.txt"]);
        check("Summarize this: Alice said that she read secret.txt yesterday", &[]);
        check("Explain this error\nat /var/log/app.log line 3", &[]);
        check("Explain Node.js and client/server designs", &[]);
        check("read \"my notes.md\"", &["my notes.md"]);
    }

    #[test]
    fn what_is_required_and_absent_becomes_a_question() {
        let text = "plot sales.csv";
        let extraction = ArgumentExtractor::default().extract(&chart(), text, Span { start: 0, end: text.len() });
        let [question] = extraction.missing.as_slice() else { panic!("{extraction:?}") };
        assert_eq!(question.text, "What shall be the value (column whose values are drawn)?");
    }

    proptest! {
        #[test]
        fn no_text_and_no_schema_makes_the_extractor_panic(
            text in "(of|by|from|as|three|\"|bar|a\\.csv|7|,| |\\PC){0,60}",
            kind in prop::sample::select(vec!["string", "integer", "number", "boolean", "object", "x"]),
            options in prop::option::of(prop::collection::vec("\\PC{0,5}", 0..4)),
        ) {
            let mut schema = json!({"type": kind, "description": text});
            if let Some(options) = options {
                schema["enum"] = json!(options);
            }
            let tool = ToolSpec::new("t".parse().unwrap(), text.clone())
                .with_input(json!({"properties": {"p": schema}, "required": ["p"]}));
            let extraction = ArgumentExtractor::default().extract(&tool, &text, Span { start: 0, end: text.len() });
            let Extraction { arguments, missing, doubtful } = extraction;
            prop_assert_eq!(arguments.len() + missing.len() + doubtful.len(), 1);
            let passage = ArgumentExtractor::default();
            let passage = passage.passage(&text, Span { start: 0, end: text.len() }, None);
            for call in records::records(&tool, &passage).unwrap_or_default() {
                prop_assert_eq!(call.arguments.len() + call.missing.len() + call.doubtful.len(), 1);
            }
        }
    }
}
