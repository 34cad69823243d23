//! What a plan must satisfy before anything of it runs.

mod error;
mod flow;

use std::collections::{BTreeMap, HashMap};

use maestria_vocabulary::{Arguments, Bytes, StepId, ToolSpec};
use petgraph::{acyclic::Acyclic, data::Build, graph::DiGraph};
use serde_json::Value;

pub use self::error::PlanError;
pub(crate) use self::flow::{element, feeds, field_of, first_of, result, texts_of};
use crate::{Action, Binding, Catalog, Step, plan::ITEM};

/// Most steps of one plan: enough for anything that a person asks for in one request.
pub(crate) const MOST_STEPS: usize = 64;

/// Most bytes of one argument that is known from the start.
pub(crate) const LARGEST_ARGUMENT: Bytes = Bytes::mib(1);

/// What a plan that is checked must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// Everything.
    Whole,
    /// Everything but arguments that are still to be asked for.
    SoFar,
}

/// Checks `steps` and puts them in an order in which they could run; steps that do not depend on each other keep their order.
pub(crate) fn check(steps: Vec<Step>, catalog: &Catalog, extent: Extent) -> Result<Vec<Step>, PlanError> {
    let order = examine(&steps, catalog, extent)?;
    Ok(sorted(steps, order))
}

/// Puts `steps`, whose names and predecessors are checked, in an order in which they could run; no more is checked.
pub(crate) fn arranged(steps: Vec<Step>) -> Result<Vec<Step>, PlanError> {
    let order = arrange(&steps)?;
    Ok(sorted(steps, order))
}

fn sorted(steps: Vec<Step>, order: Vec<usize>) -> Vec<Step> {
    let mut slots: Vec<Option<Step>> = steps.into_iter().map(Some).collect();
    order.into_iter().filter_map(|place| slots.get_mut(place).and_then(Option::take)).collect()
}

/// Checks `steps`; the places of them all in an order in which they could run.
pub(crate) fn examine(steps: &[Step], catalog: &Catalog, extent: Extent) -> Result<Vec<usize>, PlanError> {
    let order = arrange(steps)?;
    problems(steps, catalog, extent).into_iter().next().map_or(Ok(order), Err)
}

/// Checks names and predecessors of `steps`; the places of them all in an order in which they could run.
fn arrange(steps: &[Step]) -> Result<Vec<usize>, PlanError> {
    if steps.len() > MOST_STEPS {
        return Err(PlanError::TooManySteps { most: MOST_STEPS });
    }
    let mut places: HashMap<&StepId, usize> = HashMap::new();
    for (place, step) in steps.iter().enumerate() {
        if step.id.as_str() == ITEM {
            return Err(PlanError::ReservedName { step: step.id.clone() });
        }
        if places.insert(&step.id, place).is_some() {
            return Err(PlanError::DuplicateStep { step: step.id.clone() });
        }
    }
    for step in steps {
        if let Some(input) = step.predecessors().find(|input| !places.contains_key(input)) {
            return Err(PlanError::UnknownStep { step: step.id.clone(), input: input.clone() });
        }
    }
    order(steps, &places)
}

/// All that is wrong with steps whose names and predecessors are in order, in the order of the steps.
pub(crate) fn problems(steps: &[Step], catalog: &Catalog, extent: Extent) -> Vec<PlanError> {
    let places: HashMap<&StepId, &Step> = steps.iter().map(|step| (&step.id, step)).collect();
    let output = |input: &StepId| places.get(input).map(|step| result(step, steps, catalog)).unwrap_or_default();
    let mut problems = Vec::new();
    for step in steps {
        let element = flow::check_each(step, &output).unwrap_or_else(|problem| {
            problems.push(problem);
            Some(Value::default())
        });
        problems.extend(flow::check_guard(step, &output).err());
        match &step.action {
            Action::Call { tool, arguments } => {
                let Some(spec) = catalog.get(tool) else {
                    problems.push(PlanError::UnknownTool { step: step.id.clone(), tool: tool.clone() });
                    continue;
                };
                if extent == Extent::Whole {
                    problems.extend(lacking(&step.id, spec, arguments));
                }
                let sources = flow::Sources { output: &output, element };
                problems.extend(check_call(&step.id, spec, arguments, catalog, &sources));
            }
            Action::Select { input, field } => {
                problems.extend(flow::check_field(&step.id, input, field, &output(input)).err());
            }
            Action::Ask { .. } | Action::Synthesize { .. } => {}
        }
    }
    problems
}

fn lacking<'a>(
    step: &'a StepId,
    tool: &'a ToolSpec,
    arguments: &'a BTreeMap<String, Binding>,
) -> impl Iterator<Item = PlanError> + 'a {
    let lacking = tool.parameters().filter(|(name, _)| tool.requires(name) && !arguments.contains_key(*name));
    lacking.map(|(parameter, _)| PlanError::MissingArgument {
        step: step.clone(),
        tool: tool.id.clone(),
        parameter: parameter.to_owned(),
    })
}

fn check_call(
    step: &StepId,
    tool: &ToolSpec,
    arguments: &BTreeMap<String, Binding>,
    catalog: &Catalog,
    sources: &flow::Sources<'_>,
) -> Vec<PlanError> {
    let mut problems = Vec::new();
    let mut known = Arguments::new();
    for (parameter, binding) in arguments {
        let Some(schema) = tool.parameter(parameter) else {
            let parameter = parameter.clone();
            problems.push(PlanError::UnknownArgument { step: step.clone(), tool: tool.id.clone(), parameter });
            continue;
        };
        match binding {
            Binding::Value(value) => {
                let bytes = size(value);
                if bytes > LARGEST_ARGUMENT {
                    let (parameter, most) = (parameter.clone(), LARGEST_ARGUMENT);
                    problems.push(PlanError::ArgumentTooLarge { step: step.clone(), parameter, bytes, most });
                    continue;
                }
                known.insert(parameter.clone(), value.clone());
            }
            flowing => problems.extend(sources.check(step, parameter, flowing, schema).err()),
        }
    }
    if let Some(problem) = catalog.problem_so_far(&tool.id, &known) {
        problems.push(PlanError::InvalidArguments { step: step.clone(), tool: tool.id.clone(), problem });
    }
    problems
}

/// The bytes of all texts and names in a value, and one for anything else.
fn size(value: &Value) -> Bytes {
    match value {
        Value::String(text) => Bytes(text.len() as u64),
        Value::Array(elements) => elements.iter().map(size).sum(),
        Value::Object(fields) => fields.iter().map(|(name, value)| Bytes(name.len() as u64) + size(value)).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) => Bytes(1),
    }
}

/// The places of the steps, predecessors first; steps that are in such an order already keep it.
fn order(steps: &[Step], places: &HashMap<&StepId, usize>) -> Result<Vec<usize>, PlanError> {
    let mut graph: Acyclic<DiGraph<usize, ()>> = Acyclic::new();
    let nodes: Vec<_> = (0..steps.len()).map(|place| graph.add_node(place)).collect();
    for (step, &node) in steps.iter().zip(&nodes) {
        for input in step.predecessors() {
            let Some(&before) = places.get(input).and_then(|&place| nodes.get(place)) else { continue };
            graph.try_add_edge(before, node, ()).map_err(|_| PlanError::Cycle { step: step.id.clone() })?;
        }
    }
    Ok(graph.nodes_iter().filter_map(|node| graph.node_weight(node).copied()).collect())
}

#[cfg(test)]
mod tests {
    use maestria_vocabulary::Comparison;
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::{Guard, Plan};

    fn catalog() -> Catalog {
        let number = json!({"type": "number"});
        let tool = |id: &str, input: Value| {
            ToolSpec::new(id.parse().unwrap(), "").with_input(input).with_output(number.clone())
        };
        Catalog::new([
            tool("one", json!({"properties": {}})),
            tool("add", json!({"properties": {"a": number, "b": number}, "required": ["a"]})),
            tool(
                "name",
                json!({"properties": {"text": {"type": "string"}, "address": {"type": "string", "format": "email"}}}),
            ),
        ])
        .unwrap()
    }

    fn step(id: &str, tool: &str, arguments: &[(&str, Binding)]) -> Step {
        let arguments = arguments.iter().map(|(name, binding)| ((*name).to_owned(), binding.clone())).collect();
        Step::new(id.parse().unwrap(), Action::Call { tool: tool.parse().unwrap(), arguments })
    }

    fn from(step: &str) -> Binding {
        Binding::From { step: step.parse().unwrap() }
    }

    fn check(steps: Vec<Step>, expected: Result<&str, &str>) {
        let plan = Plan::new(steps, &catalog());
        let names = |plan: Plan| plan.steps().iter().map(|step| step.id.to_string()).collect::<Vec<_>>().join(" ");
        assert_eq!(
            plan.map(names).map_err(|error| error.to_string()),
            expected.map(str::to_owned).map_err(str::to_owned)
        );
    }

    #[test]
    fn a_plan_comes_in_an_order_in_which_it_can_run() {
        check(vec![], Ok(""));
        check(vec![step("b", "one", &[]), step("a", "one", &[])], Ok("b a"));
        check(vec![step("b", "add", &[("a", from("a"))]), step("a", "one", &[])], Ok("a b"));
        // A number can be written out.
        check(vec![step("b", "name", &[("text", from("a"))]), step("a", "one", &[])], Ok("a b"));
    }

    #[test]
    fn what_does_not_hold_together_is_refused_by_name() {
        check(vec![step("a", "one", &[]), step("a", "one", &[])], Err("two steps are called a"));
        check(vec![step("a", "fly", &[])], Err("step a calls fly, which is not registered"));
        check(vec![step("a", "add", &[])], Err("step a lacks the argument a of add"));
        check(
            vec![step("a", "one", &[("x", Binding::Value(json!(1)))])],
            Err("step a gives x to one, which takes no such argument"),
        );
        check(vec![step("a", "add", &[("a", from("z"))])], Err("step a needs the result of z, which is no step"));
        check(vec![step("a", "add", &[("a", from("a"))])], Err("step a waits for its own result"));
        check(
            vec![step("a", "add", &[("a", Binding::Value(json!("1")))])],
            Err("step a gives add unusable arguments: a: \"1\" is not of type \"number\""),
        );
        check(
            vec![step("a", "one", &[]), step("b", "name", &[("address", from("a"))])],
            Err("the result of a is not what address of step b takes"),
        );
        check(
            vec![step("a", "add", &[("a", from("b"))]), step("b", "add", &[("a", from("a"))])],
            Err("step b waits for its own result"),
        );
    }

    fn listing() -> Catalog {
        let rows = json!({"type": "array", "items": {"properties": {"name": {"type": "string"}, "size": {"type": "integer"},
            "state": {"type": "string", "enum": ["new", "old"]}}}});
        Catalog::new([
            ToolSpec::new("list".parse().unwrap(), "").with_output(rows),
            ToolSpec::new("note".parse().unwrap(), "")
                .with_input(json!({"properties": {"text": {"type": "string"}, "texts": {"type": "array"}}})),
        ])
        .unwrap()
    }

    fn refuses(step: Step, expected: &str) {
        let steps = vec![call("l", "list", json!({})), step];
        let error = Plan::new(steps, &listing()).map_err(|error| error.to_string());
        assert_eq!(error.map(|plan| plan.to_string()), Err(expected.to_owned()));
    }

    fn call(id: &str, tool: &str, arguments: Value) -> Step {
        let arguments =
            arguments.as_object().unwrap().iter().map(|(n, v)| (n.clone(), Binding::from(v.clone()))).collect();
        Step::new(id.parse().unwrap(), Action::Call { tool: tool.parse().unwrap(), arguments })
    }

    fn guard(field: &str, op: Comparison, value: Value) -> Guard {
        Guard { step: "l".parse().unwrap(), field: Some(field.to_owned()), op, value }
    }

    #[test]
    fn guards_and_repetition_are_checked_against_the_types() {
        use Comparison::{Contains, Equal, Greater};
        let note = || call("n", "note", json!({"text": "x"}));
        let good = [
            note().with_when(guard("size", Greater, json!(5))),
            note().with_when(guard("state", Equal, json!("new"))),
            note().with_when(guard("name", Contains, json!("a"))),
            note().with_after(["l".parse().unwrap()]),
            call("n", "note", json!({"text": {"$from": "item", "field": "name"}})).with_each("l".parse().unwrap()),
            call("n", "note", json!({"texts": {"$from": "l"}})),
        ];
        for step in good {
            let steps = vec![step, call("l", "list", json!({}))];
            let plan = Plan::new(steps, &listing()).unwrap();
            assert_eq!(plan.steps()[0].id.as_str(), "l", "{plan}");
        }
        refuses(
            note().with_when(guard("colour", Equal, json!(1))),
            "step n looks at colour of l, which has no such field",
        );
        let incomparable = "whether state of l == \"lost\" cannot be told, which step n depends on: their types differ";
        refuses(note().with_when(guard("state", Equal, json!("lost"))), incomparable);
        let incomparable = "whether size of l > \"5\" cannot be told, which step n depends on: their types differ";
        refuses(note().with_when(guard("size", Greater, json!("5"))), incomparable);
        refuses(note().with_after(["z".parse().unwrap()]), "step n needs the result of z, which is no step");
        refuses(note().with_after(["n".parse().unwrap()]), "step n waits for its own result");
        let element = || call("n", "note", json!({"text": {"$from": "item", "field": "name"}}));
        refuses(element(), "text of step n takes the element of a list, and the step is done for none");
        let wrong = call("n", "note", json!({"texts": {"$from": "item", "field": "size"}}));
        refuses(wrong.with_each("l".parse().unwrap()), "the result of n is not what texts of step n takes");
        refuses(
            call("item", "note", json!({})),
            "a step is called item, which stands for the element of a list: give it another name",
        );
        let large = call("n", "note", json!({"text": "x".repeat((1 << 20) + 1)}));
        refuses(large, "text of step n has 1.0 MiB, more than the 1.0 MiB that a plan may carry: pass it as a file");
    }

    #[test]
    fn a_tool_that_went_after_planning_is_found_missing() {
        let plan = Plan::new(vec![call("l", "list", json!({}))], &listing()).unwrap();
        assert_eq!(plan.check(&listing()), Ok(()));
        let gone = PlanError::UnknownTool { step: "l".parse().unwrap(), tool: "list".parse().unwrap() };
        assert_eq!(plan.check(&catalog()), Err(gone));
    }

    proptest! {
        #[test]
        fn no_steps_whatever_make_the_check_panic(
            parts in prop::collection::vec((0_usize..5, 0_usize..5, 0_usize..5, 0_usize..5, 0_usize..4), 0..6),
            fields in prop::collection::vec(prop::sample::select(vec!["name", "size", "state", "x"]), 6),
        ) {
            let id = |place: usize| StepId::new(format!("s{place}")).unwrap();
            let steps: Vec<Step> = parts.iter().zip(&fields).enumerate().map(|(place, ((a, b, c, d, kind), field))| {
                let action = match kind {
                    0 => Action::Call { tool: "list".parse().unwrap(), arguments: BTreeMap::new() },
                    1 => Action::Select { input: id(*a), field: (*field).to_owned() },
                    2 => Action::Synthesize { inputs: vec![id(*a)] },
                    _ => {
                        let from = Binding::List(vec![Binding::From { step: id(*a) }, Binding::Item { field: Some((*field).into()) }]);
                        let arguments = BTreeMap::from([("texts".to_owned(), from)]);
                        Action::Call { tool: "note".parse().unwrap(), arguments }
                    }
                };
                let step = Step::new(id(place), action);
                let step = if *b < 3 { step.with_after([id(*b)]) } else { step };
                let step = if *c < 3 { step.with_each(id(*c)) } else { step };
                let guard = Guard { step: id(*d), field: Some((*field).into()), op: Comparison::Equal, value: json!("new") };
                if *d < 3 { step.with_when(guard) } else { step }
            }).collect();
            if let Ok(plan) = Plan::new(steps, &listing()) {
                for (place, step) in plan.steps().iter().enumerate() {
                    for before in step.predecessors() {
                        prop_assert!(plan.steps()[..place].iter().any(|earlier| earlier.id == *before));
                    }
                }
                prop_assert_eq!(plan.check(&listing()), Ok(()));
            }
        }

        #[test]
        fn every_accepted_plan_has_its_inputs_before_their_use(edges in prop::collection::vec((0_usize..8, 0_usize..8), 0..20)) {
            let steps: Vec<Step> = (0..8).map(|place| {
                let mut inputs = edges.iter().filter(|(_, to)| *to == place).map(|(from, _)| from);
                let a = inputs.next().map_or(Binding::Value(json!(0)), |place| from(&place.to_string()));
                let b = inputs.next().map(|place| from(&place.to_string()));
                let arguments: Vec<_> = std::iter::once(("a", a)).chain(b.map(|b| ("b", b))).collect();
                step(&place.to_string(), "add", &arguments)
            }).collect();
            let Ok(plan) = Plan::new(steps, &catalog()) else { return Ok(()) };
            prop_assert_eq!(plan.steps().len(), 8);
            for (place, step) in plan.steps().iter().enumerate() {
                for input in step.predecessors() {
                    prop_assert!(plan.steps()[..place].iter().any(|earlier| earlier.id == *input));
                }
            }
        }
    }
}
