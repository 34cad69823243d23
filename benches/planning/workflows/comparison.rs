//! What of a plan is as expected: its tools, their order, arguments, conditions and repetitions.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::order::closure;
use crate::{measure::Measure, standard::normalised};

/// A step of a plan, as `training/data/planning/GUIDELINES.md` writes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Step {
    id: String,
    tool: String,
    arguments: Map<String, Value>,
    after: Vec<String>,
    /// The condition under which it is done; null without one.
    #[serde(default)]
    pub(super) when: Value,
    /// Of which elements it is done; null if it is done once.
    #[serde(default)]
    pub(super) each: Value,
}

/// What is as expected. All but `tools` are only where the tools are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Comparison {
    /// The same tools, as often.
    pub(super) tools: bool,
    /// The same steps come before the same steps, directly or not.
    pub(super) order: bool,
    /// The same parameters with the same values, and the same results taken.
    pub(super) arguments: bool,
    /// The same conditions.
    pub(super) when: bool,
    /// The same repetitions.
    pub(super) each: bool,
}

impl Comparison {
    /// Compares two plans; neither the names of steps nor the place where they stand make a difference.
    pub(super) fn of(expected: &[Step], given: &[Step]) -> Self {
        let Some(pairs) = paired(expected, given) else { return Self::default() };
        let names: BTreeMap<&str, &str> =
            pairs.iter().map(|(expected, given)| (expected.id.as_str(), given.id.as_str())).collect();
        let all = |same: &dyn Fn(&Step, &Step) -> bool| pairs.iter().all(|(expected, given)| same(expected, given));
        let same = |expected: &Value, given: &Value| normalised(&renamed(expected, &names)) == normalised(given);
        Self {
            tools: true,
            order: order(expected, &names) == order(given, &BTreeMap::new()),
            arguments: all(&|expected, given| {
                let whole = |step: &Step| Value::Object(step.arguments.clone());
                same(&whole(expected), &whole(given))
            }),
            when: all(&|expected, given| same(&expected.when, &given.when)),
            each: all(&|expected, given| same(&expected.each, &given.each)),
        }
    }

    /// Whether everything is as expected.
    pub(super) fn is_right(&self) -> bool {
        self.tools && self.order && self.arguments && self.when && self.each
    }

    /// The measure of the first thing that is not as expected.
    pub(super) fn first_wrong(&self) -> Measure {
        match self {
            Self { tools: false, .. } => Measure::PlanTools,
            Self { order: false, .. } => Measure::PlanOrder,
            Self { when: false, .. } => Measure::PlanWhen,
            Self { each: false, .. } => Measure::PlanEach,
            Self { arguments: false, .. } => Measure::PlanArguments,
            _ => Measure::PlanRight,
        }
    }
}

/// Every expected step with the given one of the same tool that has most of its arguments; nothing if the tools differ.
fn paired<'a>(expected: &'a [Step], given: &'a [Step]) -> Option<Vec<(&'a Step, &'a Step)>> {
    let mut left: Vec<&Step> = given.iter().collect();
    let mut pairs = Vec::new();
    for step in expected {
        let alike = |other: &Step| {
            let same = |(name, value): &(&String, &Value)| {
                other.arguments.get(*name).is_some_and(|other| normalised(other) == normalised(value))
            };
            step.arguments.iter().filter(same).count()
        };
        let candidates = left.iter().enumerate().filter(|(_, other)| other.tool == step.tool);
        // The first of those that are as good.
        let (place, _) = candidates.rev().max_by_key(|(_, other)| alike(other))?;
        pairs.push((step, left.remove(place)));
    }
    left.is_empty().then_some(pairs)
}

/// The pairs of steps of which one comes after the other, by their names in the given plan.
fn order<'a>(steps: &'a [Step], names: &BTreeMap<&'a str, &'a str>) -> BTreeSet<(&'a str, &'a str)> {
    let name = |id: &'a str| names.get(id).copied().unwrap_or(id);
    let after = |step: &'a Step| (name(&step.id), step.after.iter().map(|before| name(before)).collect());
    closure(&steps.iter().map(after).collect())
}

/// A value in which steps go by their names in the given plan, wherever it refers to them.
fn renamed(value: &Value, names: &BTreeMap<&str, &str>) -> Value {
    let name = |key: &str, value: &Value| {
        let id = value.as_str().filter(|_| key == "$from" || key == "step")?;
        names.get(id).map(|name| Value::from(*name))
    };
    match value {
        Value::Array(elements) => elements.iter().map(|element| renamed(element, names)).collect(),
        Value::Object(fields) => {
            let renamed = |(key, value): (&String, &Value)| {
                (key.clone(), name(key, value).unwrap_or_else(|| renamed(value, names)))
            };
            fields.iter().map(renamed).collect()
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn weather() -> Value {
        json!({"id": "s1", "tool": "get_weather", "arguments": {"location": "Oslo"}, "after": [], "when": null, "each": null})
    }

    fn message(to: &str) -> Value {
        json!({"id": "s2", "tool": "send", "arguments": {"to": to, "text": {"$from": "s1", "field": "condition"}}, "after": ["s1"],
            "when": {"step": "s1", "field": "temperature", "op": ">", "value": 30}, "each": null})
    }

    fn compare(expected: Value, given: Value) -> Comparison {
        let read = |steps: Value| serde_json::from_value::<Vec<Step>>(steps).unwrap();
        Comparison::of(&read(expected), &read(given))
    }

    fn with(mut step: Value, changes: Value) -> Value {
        for (key, value) in changes.as_object().unwrap() {
            step[key] = value.clone();
        }
        step
    }

    const ALL: Comparison = Comparison { tools: true, order: true, arguments: true, when: true, each: true };

    #[test]
    fn names_and_places_of_steps_make_no_difference() {
        let first = with(weather(), json!({"id": "w", "arguments": {"location": "oslo"}}));
        let second = with(
            message("Ann"),
            json!({"id": "m", "after": ["w"], "arguments": {"to": "Ann", "text": {"$from": "w", "field": "condition"}},
                "when": {"step": "w", "field": "temperature", "op": ">", "value": 30.0}}),
        );
        assert_eq!(compare(json!([weather(), message("Ann")]), json!([second, first])), ALL);
    }

    #[test]
    fn steps_of_one_tool_are_paired_by_their_arguments() {
        let named = |id: &str, to: &str| with(message(to), json!({"id": id}));
        let expected = json!([weather(), named("s2", "Ann"), named("s3", "Ben")]);
        let given = json!([weather(), named("s2", "Ben"), named("s3", "Ann")]);
        assert_eq!(compare(expected, given), ALL);
    }

    #[test]
    fn every_part_is_told_apart() {
        let check = |given: Value, expected: Comparison| {
            assert_eq!(compare(json!([weather(), message("Ann")]), given.clone()), expected, "{given}");
        };
        check(json!([weather()]), Comparison::default());
        check(json!([weather(), message("Ann"), with(weather(), json!({"id": "s3"}))]), Comparison::default());
        check(json!([weather(), message("Ben")]), Comparison { arguments: false, ..ALL });
        check(json!([weather(), with(message("Ann"), json!({"after": []}))]), Comparison { order: false, ..ALL });
        check(json!([weather(), with(message("Ann"), json!({"when": null}))]), Comparison { when: false, ..ALL });
        check(
            json!([weather(), with(message("Ann"), json!({"each": {"$from": "s1"}}))]),
            Comparison { each: false, ..ALL },
        );
    }
}
