//! What can go wrong while an orchestrator is equipped, where a request always gets an answer, and while a plan is made for others to run.

use maestria_vocabulary::ModelId;

/// Result of building an orchestrator or of planning for tools.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why an orchestrator could not be built or changed, or a [`ToolPlanner`](crate::ToolPlanner) not plan.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The classifier could not be loaded, or the tools not be indexed.
    #[error("requests cannot be read")]
    Intent(#[from] maestria_intent::Error),
    /// A model could not be registered or removed.
    #[error("the registry refuses model {model}")]
    Model {
        /// The model.
        model: ModelId,
        /// Why.
        #[source]
        source: maestria_registry::Error,
    },
    /// A tool cannot be registered.
    #[error("a tool cannot be registered")]
    Tool(#[from] maestria_delegator::CatalogError),
    /// What was planned for a request does not hold together.
    #[error("the request cannot be planned")]
    Plan(#[source] maestria_delegator::PlanError),
}

/// An error with all its causes, outermost first.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.ends_with(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}
