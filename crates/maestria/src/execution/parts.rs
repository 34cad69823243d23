//! What calls take, as far as it is known before they are made, and how far those are that are done in parts.

use std::{collections::HashMap, ops::Range, sync::Arc};

use maestria_scheduler::Split;
use maestria_vocabulary::{Arguments, Content, StepId, Tool, ToolId, Workload};

use super::{Execution, Work};

/// How far a call is that may be done in parts.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Parts {
    /// Units of the whole.
    units: u32,
    /// Units that are done.
    done: u32,
    /// What their parts gave, in order.
    given: Vec<Content>,
}

/// A part of a call.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Part {
    pub(crate) tool: ToolId,
    pub(crate) arguments: Arguments,
    pub(crate) units: Range<u32>,
    /// What the parts before it gave, where it is the last.
    pub(crate) before: Option<Vec<Content>>,
}

impl Execution {
    /// What a step takes whose arguments are there; nothing where they are not yet, or where it calls no tool. From now on it may be done in
    /// parts.
    pub(crate) fn declare(
        &mut self,
        step: &StepId,
        tools: &HashMap<ToolId, Arc<dyn Tool>>,
    ) -> Option<(Workload, Option<Split>)> {
        let workload = match self.called(self.plan.step(step)?)? {
            Work::Call { tool, arguments } => tools.get(&tool)?.workload(&arguments),
            Work::Each { tool, calls } => {
                // One after the other.
                let tool = tools.get(&tool)?;
                let memory = calls.iter().map(|arguments| tool.workload(arguments).memory).max();
                Workload::of(memory.unwrap_or_default())
            }
            _ => return None,
        };
        let split = workload.divides().then_some(Split { units: workload.units, least: workload.least });
        if let Some(Split { units, .. }) = split {
            self.parts.insert(step.clone(), Parts { units, ..Parts::default() });
        }
        Some((workload, split))
    }

    /// The work of an attempt that is for these units of a call alone.
    pub(super) fn part(&self, step: &StepId, tool: ToolId, arguments: Arguments, units: Range<u32>) -> Work {
        let last = self.parts.get(step).filter(|parts| parts.units <= units.end);
        Work::Part(Part { tool, arguments, units, before: last.map(|parts| parts.given.clone()) })
    }

    /// A part of a call gave its result.
    pub(crate) fn part_done(&mut self, step: &StepId, units: Range<u32>, content: Content) {
        let parts = self.parts.entry(step.clone()).or_default();
        parts.done = units.end;
        parts.given.push(content);
    }

    /// What is to be said of a step that failed after parts of it were done.
    pub(super) fn how_far(&self, step: &StepId) -> Option<String> {
        let Parts { units, done, .. } = self.parts.get(step).filter(|parts| parts.done > 0)?;
        Some(format!("{done} of {units} units had been done"))
    }
}
