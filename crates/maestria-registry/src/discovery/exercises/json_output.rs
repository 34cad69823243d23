//! A JSON object whose members, types and nesting are described.

use serde_json::{Value, json};

use super::{
    Difficulty, Draft, Draw,
    vocabulary::{CITIES, COLOURS, NAMES, THINGS},
};
use crate::discovery::grading::JsonParts;

pub(super) fn draft(draw: &mut Draw, difficulty: Difficulty) -> Draft {
    let (name, city, thing) = (draw.pick(&NAMES), draw.pick(&CITIES), draw.pick(&THINGS));
    let (count, price, urgent) = (draw.between(2, 99), draw.between(11, 900), draw.chance(0.5));
    let mut members = vec![
        (format!("`customer`: the string {name}"), json!({"customer": name})),
        (format!("`item`: the string {thing}"), json!({"item": thing})),
        (format!("`count`: the number {count}"), json!({"count": count})),
        (format!("`urgent`: a boolean that is {urgent}"), json!({"urgent": urgent})),
    ];
    if difficulty >= Difficulty::Medium {
        let colours = draw.some(3, &COLOURS);
        members.push((
            format!("`colours`: an array of the strings {}, in this order", colours.join(", ")),
            json!({"colours": colours}),
        ));
        members.push(("`discount`: null".to_owned(), json!({"discount": null})));
    }
    if difficulty == Difficulty::Hard {
        let (width, height) = (draw.between(10, 99), draw.between(100, 999));
        members.push((
            format!("`delivery`: an object of `city`, the string {city}, and `size`, an object of the numbers `width`, {width}, and `height`, {height}"),
            json!({"delivery": {"city": city, "size": {"width": width, "height": height}}}),
        ));
        members.push((format!("`price`: the string {price}, not a number"), json!({"price": price.to_string()})));
    }
    let members = draw.some(members.len(), &members.iter().collect::<Vec<_>>());
    let described: Vec<String> = members.iter().map(|(text, _)| format!("- {text}")).collect();
    let question = format!(
        "Write a JSON object with exactly these members. Reply with the JSON only.\n\n{}",
        described.join("\n")
    );
    let merged = members.iter().filter_map(|(_, member)| member.as_object()).flatten();
    let expected = Value::Object(merged.map(|(name, value)| (name.clone(), value.clone())).collect());
    Draft::ask(question, expected.to_string(), JsonParts::new(expected))
}
