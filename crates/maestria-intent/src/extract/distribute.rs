//! One wish for several objects: a tool that takes one of them is called once for each.

use maestria_vocabulary::{Argument, Clause};

use super::{
    list::enumerated,
    overlap,
    parameter::{Kind, Parameter},
    passage::Passage,
    tool_words::ToolWords,
    value::Reading,
};
use crate::ToolSelector;

/// Most calls that one clause becomes.
const MOST: usize = 16;

/// The clause, which is this passage, once for each object that it names for its likeliest tool. Enumerations of the same length belong
/// together: "play Adele and Queen for 10 and 20 minutes".
pub(super) fn distributed(clause: Clause, passage: &Passage<'_>, tools: &ToolSelector) -> Vec<Clause> {
    let enumerations = enumerations(&clause, passage, tools);
    let Some(count) = enumerations.first().map(|first| first.items.len()) else { return vec![clause] };
    let copies = (0..count.min(MOST)).map(|place| {
        let mut copy = clause.clone();
        let arguments = copy.tools.iter_mut().take(1).flat_map(|found| &mut found.arguments);
        for argument in arguments {
            let own = enumerations.iter().find(|enumeration| enumeration.parameter == argument.parameter);
            if let Some(item) = own.and_then(|enumeration| enumeration.items.get(place)) {
                *argument = Argument { value: item.value.clone(), span: item.span, ..argument.clone() };
            }
        }
        copy
    });
    copies.collect()
}

/// A parameter whose value is the first of several.
struct Enumeration {
    parameter: String,
    items: Vec<Reading>,
}

/// The parameters of the likeliest tool whose values are the first of several, as many each as of the first such parameter.
fn enumerations(clause: &Clause, passage: &Passage<'_>, tools: &ToolSelector) -> Vec<Enumeration> {
    let Some((found, tool)) = clause.tools.first().and_then(|found| Some((found, tools.get(&found.tool)?))) else {
        return Vec::new();
    };
    let words = ToolWords::new(tool, passage);
    let parameters = Parameter::all(&tool.input, &words);
    let taken =
        |kind| matches!(kind, Kind::Text | Kind::Number { .. } | Kind::Email | Kind::Link | Kind::Path | Kind::Moment);
    let mut all: Vec<Enumeration> = parameters
        .iter()
        .filter(|parameter| taken(parameter.kind()))
        .filter_map(|parameter| {
            let argument = found.arguments.iter().find(|argument| argument.parameter == parameter.name)?;
            let first =
                Reading { value: argument.value.clone(), span: argument.span, score: argument.confidence.get() };
            let items = enumerated(parameter, passage, first);
            (items.len() > 1).then(|| Enumeration { parameter: parameter.name.to_owned(), items })
        })
        .collect();
    let count = all.first().map_or(0, |first| first.items.len());
    all.retain(|enumeration| enumeration.items.len() == count);
    // What is joined to one value and is another parameter's is no second value of the first: "from 3 to 5 and 7".
    let names: Vec<String> = all.iter().map(|enumeration| enumeration.parameter.clone()).collect();
    let others = |own: &str| {
        let enumerated = all.iter().filter(move |other| other.parameter != own).flat_map(|other| &other.items);
        let single = found.arguments.iter().filter(|argument| !names.contains(&argument.parameter));
        enumerated.map(|item| item.span).chain(single.map(|argument| argument.span)).collect::<Vec<_>>()
    };
    let apart = |enumeration: &Enumeration| {
        let others = others(&enumeration.parameter);
        enumeration.items.iter().all(|item| !others.iter().any(|other| overlap(*other, item.span)))
    };
    if all.iter().all(apart) { all } else { Vec::new() }
}
