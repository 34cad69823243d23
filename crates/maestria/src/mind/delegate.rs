//! Who is to do the steps of a plan, and what it takes to make them doable.

use maestria_delegator::{Action, Catalog, Decision, Load, Plan, Ranking, Requirements, Task, advise};
use maestria_registry::Snapshot;
use maestria_vocabulary::{Candidate, Executor, Expected, Needs, RunId};

use super::Mind;
use crate::{
    Answer, Choice, Lack, Request,
    bridge::{Bridge, NoBridge},
    error::chain,
    execution::synthesize_tool,
    selection::Question,
};

impl Mind {
    /// The models for a task, what they were ranked by, and the decision if it can be learnt from: those whose window holds the whole prompt, or else those that hold as much as a
    /// short one, for a prompt is cut to the window that there is.
    pub(crate) fn rank(
        &self,
        task: &Task,
        instruction: &str,
        fleet: &Snapshot,
        load: &Load,
    ) -> (Requirements, Ranking, Option<Decision>) {
        let toolbox = self.toolbox();
        let embedder = &**toolbox.interpreter.classifier().embedder();
        let composed = self.compositions.decides(&task.capability);
        let rank = |requirements: &Requirements| {
            if !composed {
                return self.selection.rank(Question { instruction, requirements, fleet, load }, embedder);
            }
            (self.selection.policy().rank(requirements, fleet, load), None)
        };
        let requirements = task.requirements();
        let (ranking, decision) = rank(&requirements);
        let short = Task::new(task.capability.clone()).requirements().min_window;
        if !ranking.ranked.is_empty() || requirements.min_window <= short {
            return (requirements, ranking, decision);
        }
        let cut = Requirements { min_window: short, ..requirements.clone() };
        let (second, decision) = rank(&cut);
        if second.ranked.is_empty() { (requirements, ranking, None) } else { (cut, second, decision) }
    }

    /// The plan with what it takes to convert what no single model can work on.
    pub(crate) fn bridged(
        &self,
        request: &Request,
        plan: Plan,
        catalog: &Catalog,
        fleet: &Snapshot,
        load: &Load,
    ) -> Result<Plan, Answer> {
        let bridge = Bridge { analyzer: &self.analyzer, policy: self.selection.policy(), catalog, fleet, load };
        bridge.over(plan, |capability| request.task(capability)).map_err(|error| match error {
            NoBridge::NoChain { step, capability, why } => Answer::Lacking {
                abilities: vec![Lack {
                    step,
                    capability,
                    refused: Vec::new(),
                    advice: Vec::new(),
                    offered: fleet.capabilities().cloned().collect(),
                    no_chain: Some(why),
                }],
            },
            NoBridge::Plan(error) => Answer::Broken { problem: chain(&error) },
        })
    }

    /// The models for every step that asks one, and the candidates of every step.
    pub(crate) fn delegate(
        &self,
        run: &RunId,
        request: &Request,
        plan: &Plan,
        fleet: &Snapshot,
        load: &Load,
    ) -> Result<(Vec<Choice>, Vec<Vec<Candidate>>), Answer> {
        let (mut choices, mut candidates, mut lacking) = (Vec::new(), Vec::new(), Vec::new());
        for step in plan.steps() {
            let tool = match &step.action {
                Action::Call { tool, .. } => tool.clone(),
                Action::Ask { requires, instruction, inputs } => {
                    let task = Task {
                        prompt: self.counter.overhead() + self.counter.count(instruction),
                        unknown_inputs: inputs.len(),
                        ..request.task(requires.clone())
                    };
                    let (requirements, mut ranking, decision) = self.rank(&task, instruction, fleet, load);
                    if ranking.ranked.is_empty() {
                        lacking.push(Lack {
                            step: step.id.clone(),
                            capability: requires.clone(),
                            refused: ranking.refused,
                            advice: advise(&requirements, self.selection.policy(), fleet, load),
                            offered: fleet.capabilities().cloned().collect(),
                            no_chain: None,
                        });
                        continue;
                    }
                    self.compositions.arrange(requires, &mut ranking, fleet, load);
                    if decision.is_none() {
                        self.compositions.balance(&mut ranking);
                    }
                    candidates.push(ranking.ranked.iter().map(|ranked| ranked.candidate.clone()).collect());
                    let decision = decision.map(|decision| decision.of(run.clone(), step.id.clone()));
                    choices.push(Choice { step: step.id.clone(), ranking, decision });
                    continue;
                }
                _ => synthesize_tool(),
            };
            let (executor, needs) = (Executor::Tool(tool), Needs::default());
            candidates.push(vec![Candidate { executor, needs, expected: Expected::default() }]);
        }
        if lacking.is_empty() { Ok((choices, candidates)) } else { Err(Answer::Lacking { abilities: lacking }) }
    }
}
