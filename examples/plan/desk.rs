//! What answers requests: an interpreter, a planner and the tools of the file.

use maestria::{
    Classifier, Probability,
    delegator::{Catalog, RulePlanner, read_functions},
    intent::{ArgumentExtractor, Interpreter, Settings},
};

use crate::{Result, answer::Answer, question::Asked};

/// An interpreter and a planner with the same tools.
#[derive(Debug)]
pub(crate) struct Desk {
    interpreter: Interpreter,
    planner: RulePlanner,
    catalog: Catalog,
}

impl Desk {
    /// Reads tools in the form of function calling.
    pub(crate) fn new(tools: &str) -> Result<Self> {
        let tools = read_functions(tools)?;
        let catalog = Catalog::new(tools.iter().cloned())?;
        // Tools that are no more than plausible are named too: what an earlier step gives may speak for one of them.
        let settings =
            Settings { least_tool_confidence: Probability::new(0.1)?, tools_per_wish: 12, ..Settings::default() };
        let interpreter = Interpreter::new(Classifier::embedded()?, tools)?.with_settings(settings);
        let planner = RulePlanner {
            least_confidence: Probability::new(0.4)?,
            tools_only: true,
            selects_fields: true,
            ..RulePlanner::default()
        };
        Ok(Self { interpreter, planner, catalog })
    }

    /// Plans a request.
    pub(crate) fn plan(&self, asked: &Asked) -> Result<Answer> {
        let mut understanding = self.interpreter.interpret(&asked.request)?;
        ArgumentExtractor.reread(&mut understanding, self.interpreter.selector(), asked.now.as_ref());
        let proposal = self.planner.propose(&understanding, &self.catalog)?;
        Ok(Answer { understanding, proposal })
    }
}
