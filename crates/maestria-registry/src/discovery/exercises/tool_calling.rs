//! One tool of several and its arguments; at times none of them serves.

use serde_json::{Value, json};

use super::{
    Difficulty, Draft, Draw,
    vocabulary::{CITIES, DAYS, NAMES, THINGS},
};
use crate::discovery::grading::JsonParts;

/// A tool, and a request for it with the arguments that it states.
struct Wish {
    tool: &'static str,
    parameters: Value,
    request: String,
    arguments: Value,
}

pub(super) fn draft(draw: &mut Draw, difficulty: Difficulty) -> Draft {
    let offered = match difficulty {
        Difficulty::Easy => 2,
        Difficulty::Medium => 4,
        Difficulty::Hard => 6,
    };
    let all = wishes(draw);
    let mut drawn = draw.some(offered + 1, &all.iter().collect::<Vec<_>>()).into_iter();
    let spare = drawn.next();
    let tools: Vec<&Wish> = drawn.collect();
    // The tool of the request is not among those offered, now and then.
    let absent = difficulty == Difficulty::Hard && draw.chance(0.3);
    let wished = if absent { spare } else { tools.first().copied() };
    let (request, call) = wished.map_or_else(Default::default, |wish| {
        let call = if absent { json!({"tool": null}) } else { json!({"tool": wish.tool, "arguments": wish.arguments}) };
        (wish.request.clone(), call)
    });
    let listed: Vec<String> = draw
        .shuffled(&tools)
        .into_iter()
        .map(|wish| json!({"name": wish.tool, "parameters": wish.parameters}).to_string())
        .collect();
    let question = format!(
        "These tools can be called:\n{}\n\nReply only with JSON of the form {{\"tool\": name, \"arguments\": {{...}}}} for the tool that does \
         what is asked, with all of its parameters, or with {{\"tool\": null}} if none does.\n\nRequest: {request}",
        listed.join("\n")
    );
    Draft::ask(question, call.to_string(), JsonParts::new(call).deciding("tool"))
}

fn wishes(draw: &mut Draw) -> Vec<Wish> {
    let (name, city, day, thing) = (draw.pick(&NAMES), draw.pick(&CITIES), draw.pick(&DAYS), draw.pick(&THINGS));
    let (minutes, people, amount, count) =
        (draw.between(3, 59), draw.between(2, 12), draw.between(15, 950), draw.between(2, 40));
    let volume = draw.between(5, 95);
    let [from, to] = *draw.some(2, &["EUR", "USD", "GBP", "JPY"]).as_slice() else { return Vec::new() };
    let wish = |tool, parameters, request, arguments| Wish { tool, parameters, request, arguments };
    vec![
        wish(
            "get_weather",
            json!({"city": "string", "day": "string"}),
            format!("What will the weather in {city} be like on {day}?"),
            json!({"city": city, "day": day}),
        ),
        wish(
            "set_timer",
            json!({"minutes": "integer", "label": "string"}),
            format!("Set a timer of {minutes} minutes with the label {thing}."),
            json!({"minutes": minutes, "label": thing}),
        ),
        wish(
            "book_table",
            json!({"city": "string", "people": "integer", "day": "string"}),
            format!("Book a table for {people} people in {city} on {day}."),
            json!({"city": city, "people": people, "day": day}),
        ),
        wish(
            "convert_currency",
            json!({"amount": "number", "from": "string", "to": "string"}),
            format!("How much is {amount} {from} in {to}?"),
            json!({"amount": amount, "from": from, "to": to}),
        ),
        wish(
            "order_item",
            json!({"item": "string", "count": "integer", "customer": "string"}),
            format!("Order {count} of the item {thing} for the customer {name}."),
            json!({"item": thing, "count": count, "customer": name}),
        ),
        wish(
            "call_contact",
            json!({"contact": "string", "day": "string"}),
            format!("Plan a call with {name} on {day}."),
            json!({"contact": name, "day": day}),
        ),
        wish(
            "set_volume",
            json!({"percent": "integer", "room": "string"}),
            format!("Set the volume to {volume} percent in the room {city}."),
            json!({"percent": volume, "room": city}),
        ),
        wish(
            "find_train",
            json!({"destination": "string", "day": "string", "passengers": "integer"}),
            format!("Find a train to {city} on {day} for {people} passengers."),
            json!({"destination": city, "day": day, "passengers": people}),
        ),
    ]
}
