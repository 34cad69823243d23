//! Arguments of a tool call, read from the request as the tool's JSON Schema asks for them; what is not there becomes a question.

mod number;
mod phrase;
mod value;

use maestria_vocabulary::{Argument, Probability, Question, Span, ToolSpec};
use serde_json::Value;

pub use number::number_word;

use self::phrase::Phrase;

/// Reads arguments from requests, parameter by parameter:
///
/// | the schema says | what is read |
/// |---|---|
/// | `enum` | the one option that the text names |
/// | `format: "path"` | a path, told apart by its preposition: "from" and "of" read, "as", "to" and "into" write |
/// | `integer`, `number` | a number, in digits or words, next to a word of the parameter's name or description |
/// | `boolean` | the parameter's name, negated by "no" and "without" |
/// | `string` | quoted text, or the phrase behind the preposition that fits the description |
///
/// Values are checked against the schema's own limits. Objects and arrays are not read: an earlier step must give them.
#[derive(Debug, Clone, Copy, Default)]
pub struct ArgumentExtractor;

/// What the request says for the parameters of one tool.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Extraction {
    /// Values found, in the order of the schema.
    pub arguments: Vec<Argument>,
    /// Required parameters without a value.
    pub missing: Vec<Question>,
}

impl ArgumentExtractor {
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

    /// Reads the arguments of `tool` from the piece `within` of `text`.
    #[must_use]
    pub fn extract(&self, tool: &ToolSpec, text: &str, within: Span) -> Extraction {
        let phrases = phrase::phrases(text, within);
        let mut taken: Vec<Span> = Vec::new();
        let mut found: Vec<(usize, Argument)> = Vec::new();
        let parameters: Vec<Parameter<'_>> = Parameter::all(tool);
        // What leaves least doubt goes first, so that "bar" of "bar chart" is an option and not a column.
        let mut order: Vec<usize> = (0..parameters.len()).collect();
        order.sort_by_key(|&i| parameters.get(i).map(Parameter::doubt));
        for i in order {
            let Some(parameter) = parameters.get(i) else { continue };
            let reading = value::read(parameter, tool, text, &phrases, &taken);
            if let Some((value, span, confidence)) = reading.filter(|(value, ..)| parameter.allows(value)) {
                taken.push(span);
                let argument = Argument {
                    parameter: parameter.name.to_owned(),
                    value,
                    span,
                    confidence: Probability::saturating(confidence),
                };
                found.push((i, argument));
            }
        }
        found.sort_by_key(|(i, _)| *i);
        let arguments: Vec<Argument> = found.into_iter().map(|(_, argument)| argument).collect();
        let missing = parameters
            .iter()
            .filter(|parameter| parameter.required && !arguments.iter().any(|a| a.parameter == parameter.name))
            .map(|parameter| parameter.question(tool))
            .collect();
        Extraction { arguments, missing }
    }
}

/// A parameter, as its schema describes it.
#[derive(Debug, Clone, Copy)]
struct Parameter<'a> {
    name: &'a str,
    schema: &'a Value,
    required: bool,
}

/// What kind of value a parameter takes, the least doubtful to read first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Option,
    Path,
    Number,
    Boolean,
    Text,
    Other,
}

impl<'a> Parameter<'a> {
    fn all(tool: &'a ToolSpec) -> Vec<Self> {
        tool.parameters().map(|(name, schema)| Self { name, schema, required: tool.requires(name) }).collect()
    }

    fn doubt(&self) -> (Kind, bool) {
        (self.kind(), !self.required)
    }

    fn kind(&self) -> Kind {
        let word = |key: &str| self.schema.get(key).and_then(Value::as_str);
        match (word("type"), word("format")) {
            _ if self.schema.get("enum").is_some() => Kind::Option,
            (_, Some("path")) => Kind::Path,
            (Some("integer" | "number"), _) => Kind::Number,
            (Some("boolean"), _) => Kind::Boolean,
            // A named type is the result of another tool, not a piece of text.
            (Some("string"), None) if word("title").is_none() && word("contentMediaType").is_none() => Kind::Text,
            _ => Kind::Other,
        }
    }

    fn description(&self) -> &'a str {
        self.schema.get("description").and_then(Value::as_str).unwrap_or_default()
    }

    fn options(&self) -> &'a [Value] {
        self.schema.get("enum").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
    }

    /// Whether the schema's own limits allow `value`.
    fn allows(&self, value: &Value) -> bool {
        let limit = |key: &str| self.schema.get(key).and_then(Value::as_f64);
        let Some(number) = value.as_f64() else { return true };
        limit("minimum").is_none_or(|least| number >= least) && limit("maximum").is_none_or(|most| number <= most)
    }

    fn question(&self, tool: &ToolSpec) -> Question {
        let name = crate::words::identifier_words(self.name).join(" ");
        let description = self.description().trim_end_matches('.');
        let text = if description.is_empty() {
            format!("What shall be the {name} of {}?", tool.id)
        } else {
            format!("What shall be the {name} ({})?", lower_first(description))
        };
        Question { tool: tool.id.clone(), parameter: self.name.to_owned(), text, options: self.options().to_vec() }
    }
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

/// Whether two pieces of the request share a byte.
fn overlap(a: Span, b: Span) -> bool {
    a.start < b.end && b.start < a.end
}

impl Phrase<'_> {
    fn is_free(&self, taken: &[Span]) -> bool {
        !taken.iter().any(|&span| overlap(span, self.span))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

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
        let extraction = ArgumentExtractor.extract(&chart(), text, Span { start: 0, end: text.len() });
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
        check("make me a graph showing units sold per month", json!({"value": "units sold", "group": "month"}));
        check("draw a chart", json!({}));
        check("plot sales.csv", json!({"file": "sales.csv"}));
        check("a chart 20000 pixels wide", json!({}));
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
    fn material_is_not_searched_for_files() {
        let check = |text: &str, expected: &[&str]| {
            let spans = ArgumentExtractor.paths(text, Span { start: 0, end: text.len() });
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
        let extraction = ArgumentExtractor.extract(&chart(), text, Span { start: 0, end: text.len() });
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
            let extraction = ArgumentExtractor.extract(&tool, &text, Span { start: 0, end: text.len() });
            prop_assert_eq!(extraction.arguments.len() + extraction.missing.len(), 1);
        }
    }
}
