//! What calls take, as far as it is known before they are made, and how far those are that are done in parts.

use std::{
    ops::Range,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use maestria_scheduler::Split;
use maestria_vocabulary::{Arguments, Content, StepId, Tool, ToolId, Workload};

use super::{Execution, Work};
use crate::toolbox::Known;

/// How far a call is that may be done in parts.
#[derive(Debug, Clone)]
pub(super) struct Parts {
    /// Who knows what the units are.
    tool: Arc<dyn Tool>,
    /// Units of the whole.
    units: u32,
    /// Units that are done.
    done: u32,
    /// What their parts gave, in order.
    given: Vec<Content>,
}

/// A part of a call.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    pub(crate) tool: Arc<dyn Tool>,
    pub(crate) arguments: Arguments,
    pub(crate) units: Range<u32>,
    /// What the parts before it gave, where it is the last.
    pub(crate) before: Option<Vec<Content>>,
}

impl PartialEq for Part {
    fn eq(&self, other: &Self) -> bool {
        let rest = |part: &Self| (part.arguments.clone(), part.units.clone(), part.before.clone());
        Arc::ptr_eq(&self.tool, &other.tool) && rest(self) == rest(other)
    }
}

impl Execution {
    /// What a step takes whose arguments are there; nothing where they are not yet, or where it calls no tool. From now on it may be done in
    /// parts.
    pub(crate) fn declare(&mut self, step: &StepId, known: Known<'_>) -> Option<(Workload, Option<Split>)> {
        if self.parts.contains_key(step) {
            return None;
        }
        let (tool, workload) = match self.called(self.plan.step(step)?)? {
            Work::Call { tool: id, arguments } => {
                let tool = known.tools.get(&id)?;
                (tool, workload(tool, &id, &arguments, known)?)
            }
            Work::Each { tool: id, calls } => {
                // One after the other.
                let tool = known.tools.get(&id)?;
                let memory = calls.iter().filter_map(|arguments| workload(tool, &id, arguments, known));
                (tool, Workload::of(memory.map(|workload| workload.memory).max().unwrap_or_default()))
            }
            _ => return None,
        };
        let split = workload.divides().then_some(Split { units: workload.units, least: workload.least });
        if let Some(Split { units, .. }) = split {
            let parts = Parts { tool: tool.clone(), units, done: 0, given: Vec::new() };
            self.parts.insert(step.clone(), parts);
        }
        Some((workload, split))
    }

    /// The work of an attempt that is for these units of a call alone.
    pub(super) fn part(&self, step: &StepId, arguments: Arguments, units: Range<u32>) -> Option<Work> {
        let Parts { tool, units: all, given, .. } = self.parts.get(step)?;
        let before = (*all <= units.end).then(|| given.clone());
        Some(Work::Part(Part { tool: tool.clone(), arguments, units, before }))
    }

    /// A part of a call gave its result.
    pub(crate) fn part_done(&mut self, step: &StepId, units: Range<u32>, content: Content) {
        if let Some(parts) = self.parts.get_mut(step) {
            parts.done = units.end;
            parts.given.push(content);
        }
    }

    /// What is to be said of a step that failed after parts of it were done.
    pub(super) fn how_far(&self, step: &StepId) -> Option<String> {
        let Parts { units, done, .. } = self.parts.get(step).filter(|parts| parts.done > 0)?;
        Some(format!("{done} of {units} units had been done"))
    }
}

/// What a call takes; nothing where the arguments are none that the tool takes, or where it does not tell.
fn workload(tool: &Arc<dyn Tool>, id: &ToolId, arguments: &Arguments, known: Known<'_>) -> Option<Workload> {
    if known.catalog.problem(id, arguments).is_some() {
        return None;
    }
    // A tool that panics here may do its work all the same; if not, its attempt fails alone.
    catch_unwind(AssertUnwindSafe(|| tool.workload(arguments))).ok()
}
