//! Which words of a clause belong to which parameter of a tool: the same network with the parameters of one tool for labels, and another file.

use std::{fmt, sync::LazyLock};

use maestria_vocabulary::ToolSpec;

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
    /// its schema.
    pub(crate) fn of_tool(&self, tool: &ToolSpec) -> Vec<Tagged> {
        let embedder = &self.tagger.embedder;
        let mut profiles: Vec<Profile> =
            tool.parameters().map(|(name, schema)| Profile::of_parameter(name, schema, tool, embedder)).collect();
        if profiles.is_empty() || self.read.passage.chunks.is_empty() {
            return Vec::new();
        }
        self.tagger.project(&mut profiles);
        self.read.labelled(self.tagger, &profiles.iter().collect::<Vec<_>>())
    }
}

impl fmt::Debug for ReadClause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadClause").field("words", &self.read.passage.chunks.len()).finish_non_exhaustive()
    }
}
