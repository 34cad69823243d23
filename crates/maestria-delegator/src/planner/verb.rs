//! The verbs with which wishes begin, and what they say of the tool that serves them.

use maestria_vocabulary::{Clause, Effect, Span, ToolMatch, ToolSpec};

use super::{affinity::words, draft::Draft};

/// Verbs of what no tool does that changes nothing.
const UNDOING: &[&str] =
    &["delete", "remove", "erase", "cancel", "archive", "approve", "reject", "refund", "revoke", "undo"];

/// Verbs of what is the opposite of that.
const DOING: &[&str] = &[
    "mark", "complete", "finish", "create", "add", "make", "open", "reopen", "show", "list", "find", "search", "read",
    "check", "update", "set", "change", "rename", "move", "resume", "start", "restart", "confirm", "save", "write",
    "remind", "book", "schedule", "send", "mail", "reply", "post", "tell", "pay", "assign", "share", "print", "play",
];

/// Verbs of who wants to know something.
const LOOKING: &[&str] = &[
    "open", "check", "show", "get", "find", "look", "read", "see", "view", "list", "search", "print", "display", "pull",
];

/// Least confidence of a tool that the verb names.
const LIKELY: f64 = 0.5;

/// Words of politeness before the verb of a wish.
const POLITE: &[&str] = &[
    "please", "pls", "plz", "kindly", "could", "can", "would", "will", "you", "i'd", "i’d", "i", "like", "want",
    "need", "to", "let's", "let’s", "just", "now", "and", "then", "also", "first", "hey", "hi", "ok", "okay", "so",
];

/// The verb with which a wish begins, behind politeness: "cancel" of "could you please cancel it".
pub(super) fn verb(text: &str, span: Span) -> Option<&str> {
    let said = span.of(text)?.split_whitespace();
    let mut said = said.map(|word| word.trim_matches(|c: char| !c.is_alphanumeric() && c != '\'' && c != '’'));
    said.find(|word| !word.is_empty() && !POLITE.contains(&word.to_lowercase().as_str()))
}

impl Draft<'_> {
    /// Whether a tool undoes something of which the clause says that something else is done to it: "mark T-4 as done" deletes nothing.
    pub(super) fn undoes_unasked(&self, clause: &Clause, call: &ToolMatch) -> bool {
        const STEM: usize = 4;
        let said = clause.span.of(&self.understanding.text).unwrap_or_default().to_lowercase();
        let said: Vec<&str> = said.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()).collect();
        let Some(undoing) = words(call.tool.as_str()).next().filter(|verb| UNDOING.contains(&verb.as_str())) else {
            return false;
        };
        let stem: String = undoing.chars().take(STEM).collect();
        let first = verb(&self.understanding.text, clause.span).map(str::to_lowercase);
        first.is_some_and(|first| DOING.contains(&first.as_str())) && !said.iter().any(|word| word.starts_with(&stem))
    }

    /// The tool that a clause names by its verb, where the one that was found only looks things up, though the verb is of none that does: "complete all
    /// open tasks" completes them.
    pub(super) fn doing<'m>(&self, clause: &'m Clause, found: &ToolMatch) -> Option<&'m ToolMatch> {
        let spec = self.catalog.get(&found.tool)?;
        if !clause.bond.each || !self.only_looks(clause, spec) {
            return None;
        }
        let verb = verb(&self.understanding.text, clause.span)?.to_lowercase();
        let is_named = |other: &&ToolMatch| words(other.tool.as_str()).next().as_ref() == Some(&verb);
        let changes = |other: &&ToolMatch| {
            self.catalog.get(&other.tool).is_some_and(|spec| spec.effect != Effect::Pure && spec.serves.is_empty())
        };
        clause.tools.iter().filter(is_named).filter(changes).find(|other| other.confidence.get() >= LIKELY)
    }

    /// Whether a clause begins with the verb of tools that change something, and of no others, and its tool changes nothing: "complete all tasks of
    /// Atlas" only lists them. As good as a tool's name is an option of it, `approved`.
    pub(super) fn only_looks(&self, clause: &Clause, spec: &ToolSpec) -> bool {
        let said = verb(&self.understanding.text, clause.span).map(str::to_lowercase);
        let Some(verb) = said
            .as_deref()
            .filter(|verb| spec.effect == Effect::Pure && self.selects_fields && !LOOKING.contains(verb))
        else {
            return false;
        };
        let forms = [format!("{verb}d"), format!("{verb}ed")];
        let has_option = |tool: &ToolSpec| {
            let mut options = tool.parameters().filter_map(|(_, schema)| schema.get("enum")?.as_array()).flatten();
            options.any(|option| option.as_str().is_some_and(|option| forms.iter().any(|form| form == option)))
        };
        // Of thousands of tools, few begin so.
        let is_named = |tool: &ToolSpec| {
            let name = tool.id.as_str();
            let begins = name.get(..verb.len()).is_some_and(|start| start.eq_ignore_ascii_case(verb));
            begins && words(name).next().as_deref() == Some(verb)
        };
        let changes = |tool: &ToolSpec| tool.effect != Effect::Pure && (is_named(tool) || has_option(tool));
        let is_change = UNDOING.contains(&verb) || self.catalog.iter().any(changes);
        is_change && !self.catalog.iter().any(|tool| tool.effect == Effect::Pure && is_named(tool))
    }
}

/// Whether a word says which one of several is meant by how it compares with the others.
pub(super) fn is_superlative(word: &str) -> bool {
    const SUPERLATIVES: &[&str] = &[
        "last", "first", "most", "least", "best", "worst", "second", "third", "latest", "newest", "oldest", "biggest",
        "largest", "smallest", "greatest", "cheapest", "priciest", "earliest", "soonest", "nearest", "closest",
        "longest", "shortest", "highest", "lowest", "fastest", "slowest", "heaviest", "lightest", "youngest", "fewest",
    ];
    SUPERLATIVES.contains(&word)
}
