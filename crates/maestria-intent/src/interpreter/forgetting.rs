//! What is left out again: orders that only material gives, and intents that are means to the wish before.

use maestria_vocabulary::{Argument, Clause, Effect, Intent, Question, Span, ToolId, ToolMatch, ToolSpec};

use super::Interpreter;
use crate::{
    Classification, Result,
    clause::{is_order, is_verb, order},
    extract::Read,
    material::{own_part, questions, unquoted},
    words::{Word, identifier_words, words},
};

/// Whether a tool takes somebody: it may be how others are told.
pub(super) fn takes_person(tool: &ToolSpec) -> bool {
    const PEOPLE: &[&str] = &[
        "to",
        "recipient",
        "recipients",
        "receiver",
        "contact",
        "channel",
        "person",
        "signer",
        "assignee",
        "owner",
        "attendee",
        "attendees",
        "participants",
        "invitees",
        "guests",
        "user",
        "member",
        "employee",
    ];
    tool.parameters().any(|(name, _)| identifier_words(name).iter().any(|word| PEOPLE.contains(&word.as_str())))
}

/// Whether calling a tool cannot be undone, by what it states or, since many state nothing, by the verb of its name.
pub(super) fn surely_changes(tool: &ToolSpec) -> bool {
    let name = tool.id.as_str();
    let last = name.rsplit(['.', '/']).next().unwrap_or(name);
    let does = |verb: &str| words(verb).next().is_some_and(|verb| is_verb(&verb));
    tool.effect == Effect::Irreversible
        && Effect::suggested(name) != Effect::Pure
        && identifier_words(last).first().is_some_and(|first| does(first))
}

/// The verb of a wish that begins with one which changes nothing: "check the status of A-71".
fn reading_verb(wish: &str) -> Option<String> {
    const READING: &[&str] = &[
        "check",
        "show",
        "list",
        "display",
        "view",
        "print",
        "read",
        "describe",
        "compare",
        "count",
        "summarize",
        "summarise",
        "track",
        "search",
        "fetch",
    ];
    let all: Vec<Word<'_>> = words(wish).collect();
    let order = order(&all);
    let verb = order.first()?.lower();
    // "Check in", "count me out".
    let is_phrase = order.get(1).is_some_and(|next| {
        matches!(&*next.lower(), "in" | "out" | "up" | "off") || verb == "count" && next.lower() == "me"
    });
    let orders = |pair: &[Word<'_>]| match pair {
        [before, word] => {
            let gap = wish.get(before.span.end..word.span.start).unwrap_or_default();
            let leads = gap.contains([',', ':', ';', '.']) || matches!(&*before.lower(), "and" | "then");
            leads && is_order(word)
        }
        _ => false,
    };
    let goes_on = order.windows(2).any(orders);
    (READING.contains(&verb.as_str()) && !is_phrase && !goes_on).then_some(verb)
}

/// Whether a wish begins with the verb of a tool that takes a person, as "email Ann" does of `send_email`.
fn is_written_to(wish: &str, tool: &ToolSpec) -> bool {
    const MAIL: &[&str] = &["mail", "email", "e-mail"];
    let all: Vec<Word<'_>> = words(wish).collect();
    let verb = order(&all).first().filter(|verb| is_order(verb)).map(Word::lower);
    let Some(verb) = verb else { return false };
    let is_same = |word: &String| *word == verb || MAIL.contains(&word.as_str()) && MAIL.contains(&verb.as_str());
    takes_person(tool) && identifier_words(tool.id.as_str()).iter().any(is_same)
}

impl Interpreter {
    /// Leaves out the tools that change something for which only material speaks, words within quotation marks, or what others are to be
    /// told: to translate "delete all" is not to delete.
    pub(super) fn forget_orders(&self, text: &str, material: usize, clause: &mut Clause) -> Result<()> {
        let is_pure =
            |found: &ToolMatch| self.selector.get(&found.tool).is_some_and(|tool| tool.effect == Effect::Pure);
        if clause.tools.iter().all(is_pure) {
            return Ok(());
        }
        let inside = |question: &Span| question.start <= clause.span.start && clause.span.end <= question.end;
        let spec = |found: &ToolMatch| self.selector.get(&found.tool);
        if questions(text).iter().any(inside) {
            clause.tools.retain(|found| spec(found).is_some_and(|tool| !surely_changes(tool)));
        }
        if let Some(verb) = reading_verb(clause.span.of(text).unwrap_or_default()) {
            let names = |tool: &ToolSpec| identifier_words(tool.id.as_str()).contains(&verb);
            clause.tools.retain(|found| spec(found).is_some_and(|tool| !surely_changes(tool) || names(tool)));
        }
        let said = Span { end: clause.span.end.min(material), ..clause.span };
        let own = own_part(text, said);
        let words = |text: &str| text.split_whitespace().count();
        if words(&own) < words(clause.span.of(text).unwrap_or_default()) {
            let asked = self.asked_by(&own, &clause.tools)?;
            // What others are told is told by a tool that takes them; and what can be undone is done rather than not heard.
            let is_told = words(&unquoted(text, said)) == words(clause.span.of(text).unwrap_or_default());
            let is_reminder = own.to_lowercase().contains("remind");
            let spec = |tool: &ToolId| self.selector.get(tool);
            let is_asked = asked.iter().any(|tool| spec(tool).is_some_and(takes_person));
            let tells = |tool: &ToolSpec| {
                tool.effect != Effect::Irreversible || !is_asked && !is_reminder && takes_person(tool)
            };
            let stays = |found: &ToolMatch| is_told && spec(&found.tool).is_some_and(tells);
            clause.tools.retain(|found| is_pure(found) || asked.contains(&found.tool) || stays(found));
        }
        Ok(())
    }

    /// Leaves out what a premise only says of its subject: in "if it is unhealthy" no service is named "unhealthy".
    pub(super) fn forget_predicates(&self, text: &str, clause: &mut Clause) {
        const LINKS: &[&str] = &[
            "is", "are", "was", "were", "isn't", "aren't", "it's", "they're", "be", "been", "not", "still", "already",
        ];
        let links = |word: Word<'_>| LINKS.contains(&word.lower().replace('’', "'").as_str());
        let start = clause.span.start;
        let before = |span: Span| words(text.get(start..span.start).unwrap_or_default()).last();
        let is_said = |argument: &Argument| argument.value.is_string() && before(argument.span).is_some_and(links);
        for found in &mut clause.tools {
            let Some(spec) = self.selector.get(&found.tool) else { continue };
            let (said, kept): (Vec<Argument>, Vec<Argument>) =
                std::mem::take(&mut found.arguments).into_iter().partition(is_said);
            found.arguments = kept;
            let required = said.into_iter().map(|argument| argument.parameter).filter(|name| spec.requires(name));
            found.missing.extend(required.map(|name| Question::about(&spec.id, &name)));
        }
    }

    /// Those of the found tools that `own` asks for by itself: by some word of it, or as a whole where words are not read.
    fn asked_by(&self, own: &str, found: &[ToolMatch]) -> Result<Vec<ToolId>> {
        const LEAST: f32 = 0.5;
        if own.trim().is_empty() {
            return Ok(Vec::new());
        }
        if !self.settings.tags_words {
            let least = self.settings.least_tool_confidence;
            let likely = self.likely_tools(own, usize::MAX)?;
            return Ok(likely.into_iter().filter(|(_, p)| *p >= least).map(|(id, _)| id).collect());
        }
        let tools: Vec<&ToolSpec> = found.iter().filter_map(|found| self.selector.get(&found.tool)).collect();
        let words = self.profiles.tag(own, &tools)?;
        let asks = |place: usize| words.iter().any(|word| word.asks.get(place + 1).is_some_and(|ask| *ask >= LEAST));
        let asked = tools.iter().enumerate().filter(|(place, tool)| asks(*place) || is_written_to(own, tool));
        Ok(asked.map(|(_, tool)| tool.id.clone()).collect())
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
