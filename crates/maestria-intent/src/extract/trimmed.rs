//! What is cut off texts that are settled: a preposition that leads to the next value, and a mark that the schema does without.

use maestria_vocabulary::Span;
use serde_json::json;

use super::{
    parameter::{Kind, Parameter},
    passage::Passage,
    slots::{others, put},
    value::Reading,
};

/// Prepositions that lead to another value: "in" of "post Deploy is done in #releases".
const LEADS: &[&str] = &["in", "into", "on", "onto", "at", "to", "for", "from", "by", "with", "via", "under", "as"];

/// Cuts these off the texts among the settled values.
pub(super) fn trim(parameters: &[Parameter<'_>], passage: &Passage<'_>, settled: &mut [Option<Reading>]) {
    for (place, parameter) in parameters.iter().enumerate().filter(|(_, parameter)| parameter.kind() == Kind::Text) {
        let Some(reading) = settled.get(place).and_then(Option::as_ref) else { continue };
        if reading.value != passage.said(reading.span) {
            continue;
        }
        let span = without_lead(passage, reading.span, &others(settled, place));
        let said = passage.at(span);
        let mark = mark_to_leave_out(parameter.description()).filter(|mark| said.starts_with(*mark));
        let span = mark.map_or(span, |mark| Span { start: span.start + mark.len_utf8(), ..span });
        let value = json!(passage.said(span));
        if span != reading.span && span.start < span.end && parameter.allows(&value) {
            let trimmed = Reading { value, span, score: reading.score };
            put(settled, place, trimmed);
        }
    }
}

/// A span without a preposition at its end, if another value follows at once.
fn without_lead(passage: &Passage<'_>, span: Span, others: &[Span]) -> Span {
    let Some((rest, last)) = passage.at(span).rsplit_once(' ').filter(|(_, last)| LEADS.contains(last)) else {
        return span;
    };
    let behind = passage.text.get(span.end..).unwrap_or_default();
    let next = span.end + behind.len() - behind.trim_start_matches([' ', '"', '“', '\'', '#', '@']).len();
    let is_lead = next > span.end && others.iter().any(|other| (span.end + 1..=next).contains(&other.start));
    let end = span.end - last.len() - 1;
    if is_lead && !rest.trim().is_empty() { Span { end, ..span } } else { span }
}

/// The mark that a description wants left out: "channel name without the #".
fn mark_to_leave_out(description: &str) -> Option<char> {
    let (before, behind) = description.split_once("without ").or_else(|| description.split_once("no leading "))?;
    if before.ends_with("or ") {
        return None;
    }
    let mut words = behind.split_whitespace().skip_while(|word| matches!(*word, "the" | "a" | "an" | "leading"));
    let mut chars = words.next()?.chars().filter(|c| !matches!(c, '"' | '\'' | '`' | '(' | ')' | '.' | ','));
    let mark = chars.next().filter(|c| matches!(c, '#' | '@' | '/' | '$' | '+' | '€' | '£'))?;
    chars.next().is_none().then_some(mark)
}

#[cfg(test)]
mod tests {
    use maestria_vocabulary::ToolSpec;

    use super::*;
    use crate::ArgumentExtractor;

    #[test]
    fn a_description_tells_which_mark_is_left_out() {
        let check = |description, expected| assert_eq!(mark_to_leave_out(description), expected, "{description}");
        check("Channel name without the #", Some('#'));
        check("User name, without leading \"@\".", Some('@'));
        check("Name of the channel, no leading #", Some('#'));
        check("Channel name with the leading #", None);
        check("Channel, with or without #", None);
        check("Amount without VAT", None);
        check("Text without #tags", None);
        check("", None);
    }

    #[test]
    fn a_text_ends_before_what_leads_to_the_next_value() {
        let text = json!({"type": "string"});
        let channel = json!({"type": "string", "description": "Channel name without the #"});
        let tool = ToolSpec::new("post_message".parse().unwrap(), "Posts a message to a channel").with_input(
            json!({"type": "object", "properties": {"channel": channel, "text": text}, "required": ["channel", "text"]}),
        );
        let said = |request: &str| {
            let within = Span { start: 0, end: request.len() };
            let arguments = ArgumentExtractor::default().extract(&tool, request, within).arguments.into_iter();
            arguments.map(|argument| (argument.parameter, argument.value)).collect::<Vec<_>>()
        };
        let expected = [("channel".to_owned(), json!("ops")), ("text".to_owned(), json!("Deploy is done"))];
        assert_eq!(said("post Deploy is done in #ops"), expected);
    }
}
