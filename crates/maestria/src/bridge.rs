//! Steps that no single model can do: what they are handed is converted first, by steps of their own.

use std::collections::BTreeMap;

use maestria_delegator::{
    Action, Catalog, Error, Load, Modality, NoChain, Plan, PlanError, Policy, Step, Task, TaskAnalyzer,
};
use maestria_registry::Snapshot;
use maestria_vocabulary::{Capability, StepId};

/// With what plans are completed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bridge<'a> {
    pub(crate) analyzer: &'a TaskAnalyzer,
    pub(crate) policy: &'a dyn Policy,
    pub(crate) catalog: &'a Catalog,
    pub(crate) fleet: &'a Snapshot,
    pub(crate) load: &'a Load,
}

/// Why a plan cannot be completed.
#[derive(Debug)]
pub(crate) enum NoBridge {
    /// No chain of models leads from what a step is handed to what its ability takes.
    NoChain { step: StepId, capability: Capability, why: NoChain },
    /// The completed plan does not hold together.
    Plan(PlanError),
}

impl Bridge<'_> {
    /// The plan with a step for every conversion that it needs; the same plan where it needs none. `task` says what limits the tasks of the
    /// request have.
    ///
    /// # Errors
    /// [`NoBridge`].
    pub(crate) fn over(&self, plan: Plan, task: impl Fn(Capability) -> Task) -> Result<Plan, NoBridge> {
        let mut steps: Vec<Step> = Vec::new();
        let mut bridged: BTreeMap<(StepId, Modality), StepId> = BTreeMap::new();
        for step in plan.steps() {
            let mut step = step.clone();
            if let Action::Ask { requires, inputs, .. } = &mut step.action {
                let given: Vec<Option<Modality>> = inputs.iter().map(|input| self.gives(&plan, input)).collect();
                let attached: Vec<Modality> = given.iter().copied().flatten().collect();
                let task = Task { attached, unknown_inputs: inputs.len(), ..task(requires.clone()) };
                if !matches!(self.analyzer.analyze(&task), Err(Error::WrongModality { .. })) {
                    steps.push(step);
                    continue;
                }
                // All of it together, which is what the limits are for.
                self.chain(&step.id, &task)?;
                for (input, given) in inputs.iter_mut().zip(given) {
                    let Some(given) = given else { continue };
                    let way = self.chain(&step.id, &Task { attached: vec![given], ..task.clone() })?;
                    let last = bridged.get(&(input.clone(), given)).cloned();
                    let last = last.unwrap_or_else(|| convert(&mut steps, input, &way));
                    bridged.insert((input.clone(), given), last.clone());
                    *input = last;
                }
            }
            steps.push(step);
        }
        if bridged.is_empty() {
            return Ok(plan);
        }
        let completed = Plan::new(steps, self.catalog).map_err(NoBridge::Plan)?;
        Ok(completed.with_unserved(plan.unserved().to_vec()))
    }

    /// The abilities that turn what is attached into what the task takes, in order.
    fn chain(&self, step: &StepId, task: &Task) -> Result<Vec<Capability>, NoBridge> {
        let chain = self.analyzer.chain(task, self.policy, self.fleet, self.load).map_err(|why| NoBridge::NoChain {
            step: step.clone(),
            capability: task.capability.clone(),
            why,
        })?;
        let conversions = chain.links.into_iter().filter(|link| link.from.is_some());
        Ok(conversions.map(|link| link.capability).collect())
    }

    /// What a step gives, as far as it is known beforehand and models cannot read it as text.
    fn gives(&self, plan: &Plan, step: &StepId) -> Option<Modality> {
        let media = match &plan.step(step)?.action {
            Action::Call { tool, .. } => {
                let media_type = self.catalog.get(tool)?.output.get("contentMediaType")?.as_str()?;
                // A drawing in XML is text to a model.
                Modality::of_media_type(media_type).filter(|_| !media_type.contains('+'))
            }
            Action::Ask { requires, .. } => Some(self.analyzer.gives(requires)),
            Action::Synthesize { inputs } => match inputs.as_slice() {
                [only] => self.gives(plan, only),
                _ => None,
            },
            _ => None,
        };
        media.filter(|media| *media != Modality::Text)
    }
}

/// Adds the steps of a conversion, and gives the last one.
fn convert(steps: &mut Vec<Step>, input: &StepId, way: &[Capability]) -> StepId {
    let mut last = input.clone();
    for capability in way {
        // A name that is too long leaves its input as it was; the plan is checked, and the step fails with what it is handed.
        let Ok(id) = StepId::new(format!("{last}.{capability}")) else { return last };
        let instruction =
            format!("Do this with what you are given, and nothing else: {}.", capability.as_str().replace('_', " "));
        let action = Action::Ask { instruction, requires: capability.clone(), inputs: vec![last] };
        steps.push(Step::new(id.clone(), action));
        last = id;
    }
    last
}
