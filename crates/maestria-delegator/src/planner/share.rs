//! Shares of a hundred: who refunds half of an order refunds neither 50 nor all of it.

use maestria_vocabulary::{Argument, Clause, Span, ToolMatch};
use serde_json::Value;

use super::{
    affinity::{is_text, words},
    draft::Draft,
};

impl Draft<'_> {
    /// Whether a clause says how many of a hundred, and its tool takes an amount and no share, "refund 50% of order 1182", or nothing of the kind and the
    /// share is one of something, "cancel 50% of it".
    pub(super) fn takes_share_for_whole(&self, clause: &Clause, call: &ToolMatch) -> bool {
        let Some(spec) = self.catalog.get(&call.tool) else { return false };
        let takes_any = |takes: fn(&str, &Value) -> bool| spec.parameters().any(|(name, schema)| takes(name, schema));
        if takes_any(takes_share) {
            return false;
        }
        let text = &self.understanding.text;
        let is_of = |share: &Span| {
            let behind = text.get(share.end..).unwrap_or_default().split_whitespace().next();
            behind.is_some_and(|next| matches!(next, "of" | "from"))
        };
        let counts = |share: &Span| takes_any(takes_amount) || is_of(share);
        // What is told, or is a share, has its percentage.
        let has_it = |argument: &Argument| {
            let is_amount = spec.parameter(&argument.parameter).is_some_and(|s| takes_amount(&argument.parameter, s));
            !is_amount
                && (is_text(&argument.parameter)
                    || argument.value.is_number()
                    || argument.span.end - argument.span.start > LONG)
        };
        let taken = |share: Span| {
            let inside = |a: &Argument| a.span.start < share.end && share.start < a.span.end;
            call.arguments.iter().any(|argument| inside(argument) && has_it(argument))
        };
        shares(text, clause.span).into_iter().filter(counts).any(|share| !taken(share))
    }
}

/// Bytes from which on what is said is no number.
const LONG: usize = 12;

/// Whether a parameter is named for an amount and takes no share of one.
fn takes_amount(name: &str, schema: &Value) -> bool {
    const AMOUNTS: &[&str] = &[
        "amount", "price", "total", "sum", "cost", "quantity", "count", "balance", "fee", "replicas", "budget",
        "payment",
    ];
    let is_number = matches!(schema.get("type").and_then(Value::as_str), Some("number" | "integer"));
    is_number && !takes_share(name, schema) && words(name).any(|word| AMOUNTS.contains(&word.as_str()))
}

/// Whether a parameter is named or described for a share.
fn takes_share(name: &str, schema: &Value) -> bool {
    const SHARES: &[&str] = &["percent", "percentage", "share", "fraction", "ratio", "rate", "pct"];
    let description = schema.get("description").and_then(Value::as_str).unwrap_or_default().to_lowercase();
    description.split(|c: char| !c.is_alphabetic()).any(|word| SHARES.contains(&word))
        || words(name).any(|word| SHARES.contains(&word.as_str()))
}

/// Where a span says so many of a hundred, with the number before: "50%", "50 per cent", "fifty percent".
fn shares(text: &str, span: Span) -> Vec<Span> {
    const SIGNS: &[&str] = &["%", "％", "percent", "per cent", "pct"];
    let Some(said) = span.of(text) else { return Vec::new() };
    let lower = said.to_lowercase();
    // Where lower case is longer than the text, places do not agree.
    if lower.len() != said.len() {
        return if SIGNS.iter().any(|sign| lower.contains(sign)) { vec![span] } else { Vec::new() };
    }
    let found = SIGNS.iter().flat_map(|sign| lower.match_indices(sign)).filter_map(|(at, sign)| {
        let before = lower.get(..at)?.trim_end();
        let number = before.rsplit(char::is_whitespace).next().filter(|number| !number.is_empty())?;
        let behind = lower.get(at + sign.len()..)?;
        let is_word = sign.starts_with('p') && behind.starts_with(char::is_alphabetic);
        let start = before.len() - number.len();
        (!is_word).then_some(Span { start: span.start + start, end: span.start + at + sign.len() })
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_said_in_many_ways() {
        let check = |text: &str, expected: &[&str]| {
            let found = shares(text, Span { start: 0, end: text.len() });
            assert_eq!(found.iter().filter_map(|span| span.of(text)).collect::<Vec<_>>(), expected, "{text}");
        };
        check("refund 50% of it", &["50%"]);
        check("refund 50 % of it", &["50 %"]);
        check("refund 50%of it", &["50%"]);
        check("refund ５０％ of it", &["５０％"]);
        check("pay fifty percent", &["fifty percent"]);
        check("pay 50 per cent, 20 pct", &["50 per cent", "20 pct"]);
        check("the percentage, 20 percentiles", &[]);
        check("%", &[]);
    }
}
