//! What a request was understood to mean: the plain values that pass from understanding to planning.

use std::{collections::BTreeMap, ops::Range};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Bond, Label, Probability, ToolId};

/// A piece of the request, in bytes from its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// The piece of `text` it means; nothing when it does not lie on character boundaries within.
    #[must_use]
    pub fn of(self, text: &str) -> Option<&str> {
        text.get(self.start..self.end)
    }
}

impl From<Range<usize>> for Span {
    fn from(range: Range<usize>) -> Self {
        Self { start: range.start, end: range.end }
    }
}

/// What a piece of the request asks for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Intent {
    /// What is asked for.
    pub label: Label,
    /// Calibrated: of all intents shown with 0.8, four in five are right.
    pub confidence: Probability,
    /// Where in the request.
    pub span: Span,
}

/// A value for a parameter, found in the request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Argument {
    /// The parameter.
    pub parameter: String,
    /// Its value, of the type that the tool's schema asks for.
    pub value: Value,
    /// Where in the request it was found.
    pub span: Span,
    /// How sure.
    pub confidence: Probability,
}

/// What must be known before a tool can be called. A missing value becomes a question, never a guess.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Question {
    /// The tool that needs it.
    pub tool: ToolId,
    /// The parameter.
    pub parameter: String,
    /// The question to the person who asked.
    pub text: String,
    /// Answers that would do, if there are only so many.
    pub options: Vec<Value>,
}

impl Question {
    /// A question for a parameter, by its name alone, without options.
    #[must_use]
    pub fn about(tool: &ToolId, parameter: &str) -> Self {
        let text = format!("What shall be the {} of {tool}?", parameter.replace('_', " "));
        Self { tool: tool.clone(), parameter: parameter.to_owned(), text, options: Vec::new() }
    }

    /// The question with the answers that would do, of which the text names the first twelve.
    #[must_use]
    pub fn offering(mut self, options: &[Value]) -> Self {
        const MOST_NAMED: usize = 12;
        let name = |option: &Value| option.as_str().map_or_else(|| option.to_string(), str::to_owned);
        let mut names: Vec<String> = options.iter().take(MOST_NAMED).map(name).collect();
        if options.len() > MOST_NAMED {
            names.push(format!("{} more", options.len() - MOST_NAMED));
        }
        if let Some((last, rest)) = names.split_last().filter(|(_, rest)| !rest.is_empty()) {
            self.text += &format!(" It is one of {} and {last}.", rest.join(", "));
        }
        self.options = options.to_vec();
        self
    }
}

/// A tool that may serve a clause, with what the request says for its parameters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToolMatch {
    /// The tool.
    pub tool: ToolId,
    /// How likely it is what was meant.
    pub confidence: Probability,
    /// Values found.
    pub arguments: Vec<Argument>,
    /// Required parameters for which the clause says nothing; an earlier step may give them.
    pub missing: Vec<Question>,
    /// Parameters for which something is said that cannot be taken, required or not. Only the person who asked can answer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub doubtful: Vec<Question>,
    /// What other clauses say that answers what is missing: "flights to Nice, a hotel for three nights". It is taken where no earlier step
    /// gives it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub elsewhere: Vec<Argument>,
    /// By parameter, tools without side effects that find, by what the clause says, a number that is required and missing, or of which
    /// nothing but words is said: "move Design critique to Tuesday" where an event is moved by its id. Likeliest first.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub found_by: BTreeMap<String, Vec<ToolMatch>>,
}

impl ToolMatch {
    /// Takes a value for a parameter: it replaces what was found, and answers what was missing.
    pub fn give(&mut self, argument: Argument) {
        self.missing.retain(|question| question.parameter != argument.parameter);
        self.doubtful.retain(|question| question.parameter != argument.parameter);
        self.arguments.retain(|known| known.parameter != argument.parameter);
        self.arguments.push(argument);
    }
}

/// One piece of the request that asks for one thing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Clause {
    /// Where in the request.
    pub span: Span,
    /// What it asks for, most likely first; empty when that is unknown.
    pub intents: Vec<Intent>,
    /// Tools that may serve it, most likely first; empty when none does.
    pub tools: Vec<ToolMatch>,
    /// Files it names.
    pub paths: Vec<Span>,
    /// Whether it speaks of what the clause before gave: "translate it", "save that".
    pub refers_back: bool,
    /// How the request ties it to other clauses.
    #[serde(default)]
    pub bond: Bond,
}

/// A request, understood.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Understanding {
    /// The request as it came.
    pub text: String,
    /// Its pieces, in order.
    pub clauses: Vec<Clause>,
    /// What a reader should know of how it was understood, such as "only the first 16 KiB were read".
    pub notes: Vec<String>,
}

impl Understanding {
    /// The surest intent of every clause that has one, in the order of the request.
    pub fn intents(&self) -> impl Iterator<Item = &Intent> {
        self.clauses.iter().filter_map(|clause| clause.intents.first())
    }

    /// Whether nothing in the request was understood.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        self.intents().next().is_none()
    }
}
