//! The facts of an order in a text that names others too.

use super::{
    Difficulty, Draft, Draw,
    vocabulary::{CITIES, COLOURS, NAMES, THINGS},
};
use crate::discovery::grading::Mentions;

pub(super) fn draft(draw: &mut Draw, difficulty: Difficulty) -> Draft {
    let (names, cities, things) = (draw.some(3, &NAMES), draw.some(3, &CITIES), draw.some(3, &THINGS));
    let of = |words: &[&'static str], at: usize| words.get(at).copied().unwrap_or_default();
    let number = |draw: &mut Draw| format!("{}{}", draw.pick(&["AK", "BT", "CZ", "DX"]), draw.between(10_000, 99_999));
    let (order, earlier) = (number(draw), number(draw));
    let (name, city, thing) = (of(&names, 0), of(&cities, 0), of(&things, 0));
    let colour = draw.pick(&COLOURS);

    let mut text = format!("{name} from {city} has ordered a {colour} {thing}; the order has the number {order}.");
    if difficulty >= Difficulty::Medium {
        text = format!("{} of our {} office took this call. {text}", of(&names, 1), of(&cities, 1));
    }
    if difficulty == Difficulty::Hard {
        let (friend, place, wish) = (of(&names, 2), of(&cities, 2), of(&things, 2));
        text.push_str(&format!(
            " It replaces order {earlier}, a {wish} that {friend} had wanted sent to {place} and that was cancelled."
        ));
    }
    let question = format!(
        "Find the customer whose order is valid, the customer's city, what is ordered, and the number of the order. Reply with one line: \
         customer | city | item | number\n\nText: {text}"
    );
    let grader = Mentions::within(25)
        .part([name])
        .part([city])
        .part([thing])
        .part([order.as_str()])
        .forbid([earlier.as_str()])
        .forbid(names.iter().skip(1).copied())
        .forbid(cities.iter().skip(1).copied());
    Draft::ask(question, format!("{name} | {city} | {colour} {thing} | {order}"), grader)
}
