//! The tool that finds what the next takes: "find the travel policy and sum it up" looks for a document where documents are summed up.

use std::borrow::Cow;

use maestria_vocabulary::{Argument, Clause, Effect, ToolMatch, ToolSpec};
use serde_json::Value;

use super::{
    affinity::{NAMED, Wanted, is_called, same_name},
    draft::{Draft, requirements},
    place::best_field,
};
/// Least confidence of another tool, set by hand.
const LEAST: f64 = 0.1;

/// `found`, or where it does not give the number by which `taking` takes a thing, another tool without side effects for which the words of
/// the clause may be and which does.
pub(super) fn giving<'a>(
    draft: &Draft<'_>,
    found: &'a ToolMatch,
    taking: &ToolMatch,
    clause: &'a Clause,
) -> Cow<'a, ToolMatch> {
    let catalog = draft.catalog;
    let is_pure = |found: &ToolMatch| catalog.get(&found.tool).is_some_and(|spec| spec.effect == Effect::Pure);
    let Some(taker) = catalog.get(&taking.tool).filter(|_| is_pure(found)) else { return Cow::Borrowed(found) };
    // What is known already, or said of the one, goes to the other too.
    let calls = draft.calls();
    let is_known = |name: &str| {
        let schema = taker.parameter(name).unwrap_or(&Value::Null);
        let wanted = Wanted { tool: taker.id.as_str(), name, schema };
        found.arguments.iter().any(|argument| same_name(&argument.parameter, name))
            || draft.best(calls.iter(), wanted, NAMED).is_some()
    };
    let lacks = |name: &str| {
        is_called(name) && taking.missing.iter().any(|question| question.parameter == name) && !is_known(name)
    };
    let gives = |giving: &ToolMatch| {
        let Some(giver) = catalog.get(&giving.tool) else { return false };
        let mut lacking = taker.parameters().filter(|(name, _)| lacks(name));
        lacking.any(|(name, schema)| {
            let wanted = Wanted { tool: taker.id.as_str(), name, schema };
            best_field(giver.id.as_str(), &giver.output, wanted).is_some_and(|(_, score)| score >= NAMED)
        })
    };
    if gives(found) {
        return Cow::Borrowed(found);
    }
    let is_likely = |other: &&ToolMatch| {
        other.confidence.get() >= LEAST && is_pure(other) && other.missing.is_empty() && other.tool != taking.tool
    };
    if let Some(other) = clause.tools.iter().filter(is_likely).find(|other| gives(other)) {
        return Cow::Borrowed(other);
    }
    // The only other search, which takes the same words.
    let takes_same = |spec: &ToolSpec| {
        let is_said = |name: &str| found.arguments.iter().any(|argument| argument.parameter == name);
        let is_taken = |argument: &Argument| {
            spec.parameter(&argument.parameter).is_some_and(|schema| schema.get("enum").is_none())
        };
        let mut required = requirements(spec);
        required.all(|(name, _)| is_said(name)) && !found.arguments.is_empty() && found.arguments.iter().all(is_taken)
    };
    let mut others = catalog
        .iter()
        .filter(|spec| spec.effect == Effect::Pure && takes_same(spec))
        .map(|spec| ToolMatch { tool: spec.id.clone(), ..found.clone() });
    let mut giving = others.by_ref().filter(|other| gives(other));
    match (giving.next(), giving.next()) {
        (Some(only), None) => Cow::Owned(only),
        _ => Cow::Borrowed(found),
    }
}
