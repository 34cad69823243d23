//! How the clauses of a request hang together: order, conditions, repetition.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Number;

use crate::Span;

/// How the request ties a clause to others. Other clauses are named by their spans, since one of them may be several calls.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Bond {
    /// Clauses that must be done before it: "then", "once that is done".
    pub after: Vec<Span>,
    /// The clauses whose results it works on by its own words: "a summary of" what the other clause gives.
    pub of: Vec<Span>,
    /// On what it depends whether it is done.
    pub when: Option<Premise>,
    /// Whether it is done for every element of a list: "each of them", "every file in".
    pub each: bool,
    /// Whether it only finds out something for a premise, and is left out where another clause tells that already.
    pub only_finds_out: bool,
}

/// What must hold for a clause to be done, in the words of the request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Premise {
    /// Its words, such as "it rains in Oslo".
    pub span: Span,
    /// Whether it must not hold: "unless", "otherwise".
    pub negated: bool,
    /// The amount that something is compared with: "more than 5".
    pub amount: Option<(Comparison, Number)>,
    /// The premises that it joins, all of which must hold: "A is paid and B is shipped". Empty where it is but one.
    #[serde(default)]
    pub all_of: Vec<Premise>,
}

impl Premise {
    /// A premise of these words.
    #[must_use]
    pub fn new(span: Span) -> Self {
        Self { span, negated: false, amount: None, all_of: Vec::new() }
    }

    /// The same, and whether it must not hold.
    #[must_use]
    pub fn negated(self, negated: bool) -> Self {
        Self { negated, ..self }
    }

    /// The same with an amount to compare with.
    #[must_use]
    pub fn with_amount(self, amount: Option<(Comparison, Number)>) -> Self {
        Self { amount, ..self }
    }

    /// The same, of several that must all hold.
    #[must_use]
    pub fn all_of(self, all_of: Vec<Self>) -> Self {
        Self { all_of, ..self }
    }
}

/// How a value is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Comparison {
    /// It is the same.
    #[serde(rename = "==")]
    Equal,
    /// It is another, or there is none.
    #[serde(rename = "!=")]
    NotEqual,
    /// It is more.
    #[serde(rename = ">")]
    Greater,
    /// It is less.
    #[serde(rename = "<")]
    Less,
    /// It is a text or a list that has it.
    #[serde(rename = "contains")]
    Contains,
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Greater => ">",
            Self::Less => "<",
            Self::Contains => "contains",
        })
    }
}
