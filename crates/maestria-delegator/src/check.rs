//! What a plan must satisfy before anything of it runs.

use std::collections::{BTreeMap, HashMap};

use maestria_vocabulary::{Arguments, StepId, ToolId, ToolSpec};
use petgraph::{acyclic::Acyclic, data::Build, graph::DiGraph};
use serde_json::Value;

use crate::{
    Action, Binding, Catalog, Step,
    catalog::{agrees, answer_schema},
};

/// Why steps are not a plan.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// Two steps have one name.
    #[error("two steps are called {step}")]
    DuplicateStep {
        /// The name.
        step: StepId,
    },
    /// A step needs the result of one that does not exist.
    #[error("step {step} needs the result of {input}, which is no step")]
    UnknownStep {
        /// The step.
        step: StepId,
        /// What it needs.
        input: StepId,
    },
    /// Steps wait for each other.
    #[error("step {step} waits for its own result")]
    Cycle {
        /// A step of the circle.
        step: StepId,
    },
    /// A step calls a tool that is not registered.
    #[error("step {step} calls {tool}, which is not registered")]
    UnknownTool {
        /// The step.
        step: StepId,
        /// The tool.
        tool: ToolId,
    },
    /// A call lacks a required argument.
    #[error("step {step} lacks the argument {parameter} of {tool}")]
    MissingArgument {
        /// The step.
        step: StepId,
        /// The tool.
        tool: ToolId,
        /// The parameter.
        parameter: String,
    },
    /// A call has an argument that the tool does not take.
    #[error("step {step} gives {parameter} to {tool}, which takes no such argument")]
    UnknownArgument {
        /// The step.
        step: StepId,
        /// The tool.
        tool: ToolId,
        /// The parameter.
        parameter: String,
    },
    /// Values do not satisfy the tool's schema.
    #[error("step {step} gives {tool} unusable arguments: {problem}")]
    InvalidArguments {
        /// The step.
        step: StepId,
        /// The tool.
        tool: ToolId,
        /// The validator's words.
        problem: String,
    },
    /// There are more steps than one request may have.
    #[error("the request needs more than {most} steps: divide it")]
    TooManySteps {
        /// The most it may have.
        most: usize,
    },
    /// The result of one step is not of the type that another needs.
    #[error("the result of {input} is not what {parameter} of step {step} takes")]
    TypeMismatch {
        /// The step.
        step: StepId,
        /// The parameter.
        parameter: String,
        /// The step whose result does not fit.
        input: StepId,
    },
}

/// Most steps of one plan: enough for anything that a person asks for in one request.
pub(crate) const MOST_STEPS: usize = 64;

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
    if steps.len() > MOST_STEPS {
        return Err(PlanError::TooManySteps { most: MOST_STEPS });
    }
    let mut places: HashMap<&StepId, usize> = HashMap::new();
    for (place, step) in steps.iter().enumerate() {
        if places.insert(&step.id, place).is_some() {
            return Err(PlanError::DuplicateStep { step: step.id.clone() });
        }
    }
    for step in &steps {
        if let Some(input) = step.action.inputs().find(|input| !places.contains_key(input)) {
            return Err(PlanError::UnknownStep { step: step.id.clone(), input: input.clone() });
        }
        if let Action::Call { tool, arguments } = &step.action {
            let spec = catalog
                .get(tool)
                .ok_or_else(|| PlanError::UnknownTool { step: step.id.clone(), tool: tool.clone() })?;
            if extent == Extent::Whole {
                check_complete(&step.id, spec, arguments)?;
            }
            let output = |input: &StepId| {
                places.get(input).and_then(|&place| steps.get(place)).map(|step| result(step, &steps, catalog))
            };
            check_call(&step.id, spec, arguments, catalog, output)?;
        }
    }
    let order = order(&steps, &places)?;
    drop(places);
    let mut slots: Vec<Option<Step>> = steps.into_iter().map(Some).collect();
    Ok(order.into_iter().filter_map(|place| slots.get_mut(place).and_then(Option::take)).collect())
}

fn check_complete(step: &StepId, tool: &ToolSpec, arguments: &BTreeMap<String, Binding>) -> Result<(), PlanError> {
    let lacking = tool.parameters().find(|(name, _)| tool.requires(name) && !arguments.contains_key(*name));
    let Some((parameter, _)) = lacking else { return Ok(()) };
    let parameter = parameter.to_owned();
    Err(PlanError::MissingArgument { step: step.clone(), tool: tool.id.clone(), parameter })
}

fn check_call(
    step: &StepId,
    tool: &ToolSpec,
    arguments: &BTreeMap<String, Binding>,
    catalog: &Catalog,
    output: impl Fn(&StepId) -> Option<Value>,
) -> Result<(), PlanError> {
    let mut known = Arguments::new();
    for (parameter, binding) in arguments {
        let Some((_, schema)) = tool.parameters().find(|(name, _)| name == parameter) else {
            let parameter = parameter.clone();
            return Err(PlanError::UnknownArgument { step: step.clone(), tool: tool.id.clone(), parameter });
        };
        match binding {
            Binding::Value(value) => drop(known.insert(parameter.clone(), value.clone())),
            Binding::From { step: input } => {
                if !output(input).is_some_and(|output| agrees(&output, schema)) {
                    let (parameter, input) = (parameter.clone(), input.clone());
                    return Err(PlanError::TypeMismatch { step: step.clone(), parameter, input });
                }
            }
        }
    }
    if let Some(problem) = catalog.problem_so_far(&tool.id, &known) {
        return Err(PlanError::InvalidArguments { step: step.clone(), tool: tool.id.clone(), problem });
    }
    Ok(())
}

/// The schema of the result of a step among `steps`.
pub(crate) fn result(step: &Step, steps: &[Step], catalog: &Catalog) -> Value {
    match &step.action {
        Action::Call { tool, .. } => catalog.get(tool).map(|tool| tool.output.clone()).unwrap_or_default(),
        Action::Select { input, field } => {
            // Fields are taken of the results of calls, not of fields: no chain of them can be a circle.
            let call = steps.iter().find(|step| step.id == *input && matches!(step.action, Action::Call { .. }));
            let whole = call.map(|step| result(step, &[], catalog)).unwrap_or_default();
            whole.get("properties").and_then(|properties| properties.get(field)).cloned().unwrap_or_default()
        }
        Action::Ask { .. } | Action::Synthesize { .. } => answer_schema(),
    }
}

/// The places of the steps, predecessors first; steps that are in such an order already keep it.
fn order(steps: &[Step], places: &HashMap<&StepId, usize>) -> Result<Vec<usize>, PlanError> {
    let mut graph: Acyclic<DiGraph<usize, ()>> = Acyclic::new();
    let nodes: Vec<_> = (0..steps.len()).map(|place| graph.add_node(place)).collect();
    for (step, &node) in steps.iter().zip(&nodes) {
        for input in step.action.inputs() {
            let Some(&before) = places.get(input).and_then(|&place| nodes.get(place)) else { continue };
            graph.try_add_edge(before, node, ()).map_err(|_| PlanError::Cycle { step: step.id.clone() })?;
        }
    }
    Ok(graph.nodes_iter().filter_map(|node| graph.node_weight(node).copied()).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::Plan;

    fn catalog() -> Catalog {
        let number = json!({"type": "number"});
        let tool = |id: &str, input: Value| {
            ToolSpec::new(id.parse().unwrap(), "").with_input(input).with_output(number.clone())
        };
        Catalog::new([
            tool("one", json!({"properties": {}})),
            tool("add", json!({"properties": {"a": number, "b": number}, "required": ["a"]})),
            tool("name", json!({"properties": {"text": {"type": "string"}}})),
        ])
        .unwrap()
    }

    fn step(id: &str, tool: &str, arguments: &[(&str, Binding)]) -> Step {
        let arguments = arguments.iter().map(|(name, binding)| ((*name).to_owned(), binding.clone())).collect();
        Step { id: id.parse().unwrap(), action: Action::Call { tool: tool.parse().unwrap(), arguments }, serves: None }
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
            vec![step("a", "one", &[]), step("b", "name", &[("text", from("a"))])],
            Err("the result of a is not what text of step b takes"),
        );
        check(
            vec![step("a", "add", &[("a", from("b"))]), step("b", "add", &[("a", from("a"))])],
            Err("step b waits for its own result"),
        );
    }

    proptest! {
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
                for input in step.action.inputs() {
                    prop_assert!(plan.steps()[..place].iter().any(|earlier| earlier.id == *input));
                }
            }
        }
    }
}
