//! Which words of a clause belong to which parameter of a tool: the same network with the parameters of one tool for labels, and another file.

use std::{borrow::Cow, collections::HashMap, fmt, sync::LazyLock};

use maestria_vocabulary::{ToolId, ToolSpec};

use super::{
    ReadPassage, Tagged, Tagger,
    form::FORMS,
    passage::Passage,
    profile::{KINDS, Profile},
};
use crate::StaticEmbedder;

static EMBEDDED: LazyLock<Option<Tagger>> = LazyLock::new(|| {
    let file = include_bytes!("../../model/arguments.safetensors");
    Tagger::sized(file, StaticEmbedder::embedded().ok()?, FORMS, KINDS).ok()
});

/// The network inside this crate that knows the words of parameters; none if its file was damaged.
pub(crate) fn arguments() -> Option<&'static Tagger> {
    EMBEDDED.as_ref()
}

/// The parameters of tools as words are compared with them, made once.
#[derive(Debug, Clone, Default)]
pub(crate) struct Parameters(HashMap<ToolId, Vec<Profile>>);

impl Parameters {
    /// Keeps those of a tool; one of the same name is replaced.
    pub(crate) fn insert(&mut self, tool: &ToolSpec) {
        if let Some(tagger) = arguments() {
            self.0.insert(tool.id.clone(), tagger.parameters(tool));
        }
    }

    /// Forgets those of a tool.
    pub(crate) fn remove(&mut self, tool: &ToolId) {
        self.0.remove(tool);
    }
}

impl Tagger {
    /// The parameters of a tool, in the order of its schema.
    fn parameters(&self, tool: &ToolSpec) -> Vec<Profile> {
        let profile = |(name, schema)| Profile::of_parameter(name, schema, tool, &self.embedder);
        let mut profiles: Vec<Profile> = tool.parameters().map(profile).collect();
        if !profiles.is_empty() {
            self.project(&mut profiles);
        }
        profiles
    }
}

/// A clause as the network reads it, once for all tools.
pub(crate) struct ReadClause {
    tagger: &'static Tagger,
    read: ReadPassage,
}

impl ReadClause {
    /// Reads the first 256 word pieces of a clause.
    pub(crate) fn of(clause: &str, tagger: &'static Tagger) -> Self {
        let passage = Passage::in_runs(clause, &tagger.embedder);
        Self { tagger, read: tagger.read(passage, clause) }
    }

    /// The runs of letters and of marks in the clause, with how likely each belongs to none and to each parameter of `tool`, in the order of
    /// its schema. Those of a tool that is not `known` are made for this time.
    pub(crate) fn of_tool(&self, tool: &ToolSpec, known: Option<&Parameters>) -> Vec<Tagged> {
        let known = known.and_then(|known| known.0.get(&tool.id));
        let profiles = known.map_or_else(|| Cow::Owned(self.tagger.parameters(tool)), Cow::Borrowed);
        if profiles.is_empty() || self.read.passage.chunks.is_empty() {
            return Vec::new();
        }
        self.read.labelled(self.tagger, &profiles.iter().collect::<Vec<_>>())
    }
}

impl fmt::Debug for ReadClause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadClause").field("words", &self.read.passage.chunks.len()).finish_non_exhaustive()
    }
}
