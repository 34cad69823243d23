//! Requests that call one tool several times: where the values of each call stand.

use std::path::Path;

use maestria::{Span, ToolSpec, delegator::read_functions};
use serde_json::{Map, Value};

use super::{items, lines, own::files, plain, text};
use crate::{
    Result,
    request::{Request, places, places_of_number},
};

const REPEATED: &str = "repeated";

/// Requests that call one tool several times, which are of no use to a model that looks for one value: all that they say is in `others`.
pub(super) fn repeated(folder: &Path) -> Result<Vec<Request>> {
    let mut requests = Vec::new();
    for file in files(folder)? {
        let held_out = file.file_stem().is_some_and(|name| name != "train");
        for line in lines(&file)? {
            let tools = read_functions(&line.get("tools").unwrap_or_default().to_string())?;
            for request in line.get("requests").and_then(Value::as_array).into_iter().flatten() {
                let text = text(request, "text")?;
                let calls = request.get("calls").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
                requests.extend(tools.iter().filter_map(|tool| of_calls(tool, &text, calls, held_out)));
            }
        }
    }
    Ok(requests)
}

/// What the calls of `tool` take from a request; none if it is not called.
fn of_calls(tool: &ToolSpec, text: &str, calls: &[Value], held_out: bool) -> Option<Request> {
    let own = calls.iter().filter(|call| call.get("tool").and_then(Value::as_str) == Some(tool.id.as_str()));
    let said = own.filter_map(|call| call.get("said").or_else(|| call.get("arguments")).and_then(Value::as_object));
    let placed = Placed::of(text, said);
    let request = Request {
        source: REPEATED,
        held_out,
        tool: tool.clone(),
        text: text.to_owned(),
        within: Span { start: 0, end: text.len() },
        values: Vec::new(),
        now: None,
        others: placed.values.into_iter().map(|value| (value.parameter, value.span)).collect(),
        said: Vec::new(),
    };
    (!request.others.is_empty()).then_some(request)
}

/// The values of several calls of a tool, each once, however many calls have it.
struct Placed {
    values: Vec<PlacedValue>,
    calls: usize,
}

struct PlacedValue {
    parameter: String,
    /// None if it stands in no one place.
    span: Option<Span>,
    calls: Vec<usize>,
}

impl Placed {
    /// Calls stand in the order of the request: a value is taken to stand where no other does, behind what the call before has for itself.
    fn of<'a>(text: &str, calls: impl Iterator<Item = &'a Map<String, Value>>) -> Self {
        let mut placed = Self { values: Vec::new(), calls: 0 };
        for said in calls {
            let (call, behind) = (placed.calls, placed.start(placed.calls.wrapping_sub(1)).unwrap_or_default());
            placed.calls += 1;
            for (parameter, item) in
                said.iter().flat_map(|(name, value)| items(value).iter().map(move |item| (name, item)))
            {
                let said = plain(item);
                let number = said.parse().map_or_else(|_| Vec::new(), |number| places_of_number(text, number));
                let spans = if number.is_empty() { places(text, &said) } else { number };
                let is_free = |span: &&Span| {
                    let mut taken = placed.values.iter().filter_map(|value| value.span);
                    !taken.any(|taken| taken.start < span.end && span.start < taken.end)
                };
                let free = spans
                    .iter()
                    .filter(|span| span.start >= behind)
                    .find(is_free)
                    .or_else(|| spans.iter().find(is_free));
                let is_said = |value: &&mut PlacedValue| {
                    value.parameter == *parameter
                        && value.span.map_or(spans.is_empty(), |span| spans.contains(&span))
                        && !value.calls.contains(&call)
                };
                match (free, placed.values.iter_mut().rev().find(is_said)) {
                    (None, Some(shared)) => shared.calls.push(call),
                    (free, _) => {
                        let span = free.or(spans.first()).copied();
                        placed.values.push(PlacedValue { parameter: parameter.clone(), span, calls: vec![call] });
                    }
                }
            }
        }
        placed
    }

    /// Where the first of the values stands that only this call has.
    fn start(&self, call: usize) -> Option<usize> {
        let own = self.values.iter().filter(|value| value.calls == [call]);
        own.filter_map(|value| value.span).map(|span| span.start).min()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_stand_with_the_call_that_has_them() {
        let check = |text: &str, calls: Value, expected: &[&str]| {
            let placed = Placed::of(text, calls.as_array().unwrap().iter().filter_map(Value::as_object));
            let said = |value: &PlacedValue| {
                let span = value.span.map_or_else(|| "nowhere".to_owned(), |span| span.start.to_string());
                format!("{} {span}", value.parameter)
            };
            assert_eq!(placed.values.iter().map(said).collect::<Vec<_>>(), expected, "{text}");
        };
        let pairs = json!([{"a": 12, "b": 18}, {"a": 18, "b": 12}]);
        check("12 and 18, 18 and 12", pairs, &["a 0", "b 7", "a 11", "b 18"]);
        let shared = json!([{"rate": 5, "years": 10}, {"rate": 5, "years": 15}]);
        check("at 5% for 10 and 15 years", shared, &["rate 3", "years 10", "years 17"]);
        let unsaid = json!([{"city": "Oslo", "metric": true}, {"city": "Rome", "metric": true}]);
        check("Oslo, Rome", unsaid, &["city 0", "metric nowhere", "city 6"]);
    }
}
