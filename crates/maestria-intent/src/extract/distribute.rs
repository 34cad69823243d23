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

/// The clause, which is this passage, once for each object that it names for its likeliest tool.
pub(super) fn distributed(clause: Clause, passage: &Passage<'_>, tools: &ToolSelector) -> Vec<Clause> {
    let Some((parameter, items)) = several(&clause, passage, tools) else { return vec![clause] };
    let copies = items.into_iter().take(MOST).map(|item| {
        let mut copy = clause.clone();
        for found in copy.tools.iter_mut().take(1) {
            for argument in found.arguments.iter_mut().filter(|argument| argument.parameter == parameter) {
                *argument = Argument { value: item.value.clone(), span: item.span, ..argument.clone() };
            }
        }
        copy
    });
    copies.collect()
}

/// The first parameter of the likeliest tool whose value is the first of several, with all of them.
fn several(clause: &Clause, passage: &Passage<'_>, tools: &ToolSelector) -> Option<(String, Vec<Reading>)> {
    let found = clause.tools.first()?;
    let tool = tools.get(&found.tool)?;
    let words = ToolWords::new(tool, passage);
    let parameters = Parameter::all(&tool.input, &words);
    parameters
        .iter()
        .filter(|parameter| {
            matches!(parameter.kind(), Kind::Text | Kind::Number { .. } | Kind::Email | Kind::Link | Kind::Path)
        })
        .find_map(|parameter| {
            let argument = found.arguments.iter().find(|argument| argument.parameter == parameter.name)?;
            let first =
                Reading { value: argument.value.clone(), span: argument.span, score: argument.confidence.get() };
            let items = enumerated(parameter, passage, first);
            let others = || found.arguments.iter().filter(|other| other.parameter != parameter.name);
            let apart = items.iter().skip(1).all(|item| !others().any(|other| overlap(other.span, item.span)));
            (items.len() > 1 && apart).then(|| (parameter.name.to_owned(), items))
        })
}
