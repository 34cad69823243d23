//! The tools at one moment: what reads requests for them, what checks their calls, and the tools themselves.

use std::{collections::HashMap, sync::Arc};

use maestria_delegator::Catalog;
use maestria_intent::Interpreter;
use maestria_vocabulary::{Tool, ToolId};

use crate::Result;

/// The tools at one moment. A request is read and planned with those of one moment; what it then calls is looked up when it is called.
#[derive(Debug, Clone)]
pub(crate) struct Toolbox {
    pub(crate) interpreter: Interpreter,
    pub(crate) catalog: Catalog,
    pub(crate) tools: HashMap<ToolId, Arc<dyn Tool>>,
}

/// Tools with what is known of their schemas.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Known<'a> {
    pub(crate) tools: &'a HashMap<ToolId, Arc<dyn Tool>>,
    pub(crate) catalog: &'a Catalog,
}

impl Toolbox {
    /// The tools with what is known of their schemas.
    pub(crate) fn known(&self) -> Known<'_> {
        Known { tools: &self.tools, catalog: &self.catalog }
    }

    /// The same with one tool more.
    pub(crate) fn with(&self, tool: Arc<dyn Tool>) -> Result<Self> {
        let mut more = self.clone();
        Catalog::check_bounds(tool.spec())?;
        let spec = tool.spec().clone();
        more.catalog.insert(spec.clone())?;
        more.tools.insert(spec.id.clone(), tool);
        more.interpreter.insert_tool(spec)?;
        Ok(more)
    }

    /// The same without this tool.
    pub(crate) fn without(&self, id: &ToolId) -> Result<Self> {
        let mut fewer = self.clone();
        fewer.catalog.remove(id)?;
        fewer.tools.remove(id);
        fewer.interpreter.remove_tool(id);
        Ok(fewer)
    }
}
