//! What is left out again: orders that only material gives, and intents that are means to the wish before.

use maestria_vocabulary::{Clause, Effect, Intent, Span, ToolId, ToolMatch, ToolSpec};

use super::Interpreter;
use crate::{Classification, Result, extract::Read, material::unquoted};

impl Interpreter {
    /// Leaves out the tools that change something for which only material speaks, or words within quotation marks: to translate "delete
    /// all" is not to delete.
    pub(super) fn forget_orders(&self, text: &str, material: usize, clause: &mut Clause) -> Result<()> {
        let is_pure =
            |found: &ToolMatch| self.selector.get(&found.tool).is_some_and(|tool| tool.effect == Effect::Pure);
        if clause.tools.iter().all(is_pure) {
            return Ok(());
        }
        let said = Span { end: clause.span.end.min(material), ..clause.span };
        let own = unquoted(text, said);
        let words = |text: &str| text.split_whitespace().count();
        if words(&own) < words(clause.span.of(text).unwrap_or_default()) {
            let likely = if words(&own) == 0 { Vec::new() } else { self.likely_tools(&own, usize::MAX)? };
            let least = self.settings.least_tool_confidence;
            let asked = self.asked_by_words(&own, &clause.tools)?;
            let meant = |found: &ToolMatch| {
                asked.contains(&found.tool) || likely.iter().any(|(id, p)| *id == found.tool && *p >= least)
            };
            clause.tools.retain(|found| is_pure(found) || meant(found));
        }
        Ok(())
    }

    /// The tools that some word of `own` asks for by itself.
    fn asked_by_words(&self, own: &str, found: &[ToolMatch]) -> Result<Vec<ToolId>> {
        const LEAST: f32 = 0.5;
        if !self.settings.tags_words {
            return Ok(Vec::new());
        }
        let tools: Vec<&ToolSpec> = found.iter().filter_map(|found| self.selector.get(&found.tool)).collect();
        let words = self.profiles.tag(own, &tools)?;
        let asks = |place: usize| words.iter().any(|word| word.asks.get(place + 1).is_some_and(|ask| *ask >= LEAST));
        Ok(tools.iter().enumerate().filter(|(place, _)| asks(*place)).map(|(_, tool)| tool.id.clone()).collect())
    }

    /// A later wish keeps its own intent only where the request as a whole speaks for it, or its words leave no doubt. What a tool does
    /// that names no intent is a means to the wish before: "write a report" after "analyze sales.csv" is part of the analysis, while
    /// "translate it" is a wish of its own.
    pub(super) fn forget_side_intents(&self, clauses: &mut [Read<'_>], whole: &Classification) {
        const SURE: f64 = 0.8;
        const PLAUSIBLE: f64 = 0.1;
        let in_whole = |intent: &Intent| {
            whole
                .ranked
                .iter()
                .find(|(label, _)| *label == intent.label)
                .map_or(0.0, |(_, confidence)| confidence.get())
        };
        let is_means = |tool: &ToolMatch| self.selector.get(&tool.tool).is_some_and(|spec| spec.serves.is_empty());
        for (clause, _) in clauses.iter_mut().skip(1) {
            let stands = clause
                .intents
                .first()
                .is_some_and(|intent| intent.confidence.get() >= SURE || in_whole(intent) >= PLAUSIBLE);
            if !stands || clause.tools.first().is_some_and(is_means) {
                clause.intents.clear();
            }
        }
    }
}
