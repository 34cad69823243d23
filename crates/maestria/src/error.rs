//! What can go wrong while an orchestrator is equipped, where a request always gets an answer, and while a plan is made for others to run.

use maestria_vocabulary::{ModelId, RunId};

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
    /// The learned policy does not fit the embedder of the requests, or what it is told of them.
    #[error("the learned policy cannot be used")]
    Learning(#[from] maestria_delegator::LearningError),
    /// A discovery cannot begin: its settings or suites contradict themselves.
    #[error("nothing can be discovered like that")]
    Discovery(#[from] maestria_registry::discovery::Error),
    /// Two models cannot be composed like that.
    #[error("two models cannot be composed like that")]
    Composition(#[source] maestria_delegator::Error),
    /// What an orchestrator keeps cannot be read or written.
    #[error("the state of the orchestrator cannot be read or written")]
    State(#[from] maestria_vocabulary::store::StoreError),
    /// There is nothing in this run, or step, to be judged: it is not among the latest ones, or no model gave a result there.
    #[error("nothing that a model gave is remembered of {run}: judge it sooner, or remember more runs")]
    NothingToJudge {
        /// The run.
        run: RunId,
    },
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
