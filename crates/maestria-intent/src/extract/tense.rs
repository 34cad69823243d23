//! Whether a date is one that was or one to come: "the invoices of March 3", "a meeting on March 3".

use jiff::civil::Date;

use super::{moment::Moment, parameter::Parameter, passage::Passage};
use crate::words::Word;

/// Things of which there are none yet that are to come.
const RECORDS: &[&str] = &[
    "log",
    "invoice",
    "order",
    "transaction",
    "payment",
    "expense",
    "sale",
    "purchase",
    "receipt",
    "payslip",
    "history",
    "statement",
    "entry",
    "usage",
    "incident",
    "alert",
    "error",
    "reading",
    "measurement",
    "commit",
    "report",
    "score",
    "statistics",
    "stats",
    "analytics",
    "dividend",
    "balance",
    "revenue",
];

/// Verbs of what has happened: "written on March 3", "that came in on Friday".
pub(super) const HAPPENED: &[&str] = &[
    "woke",
    "went",
    "slept",
    "ate",
    "drank",
    "left",
    "was",
    "were",
    "did",
    "had",
    "came",
    "written",
    "sent",
    "received",
    "created",
    "issued",
    "made",
    "posted",
    "logged",
    "placed",
    "paid",
    "filed",
    "opened",
    "closed",
    "published",
    "updated",
    "reported",
    "signed",
    "happened",
    "occurred",
    "shipped",
    "ordered",
    "bought",
    "sold",
    "uploaded",
    "modified",
    "changed",
    "added",
];

/// Words before a date among which such a verb is looked for.
const NEAR: usize = 4;

/// The date that a moment of the passage is for `parameter`. The second end of a stretch goes with the first.
pub(super) fn date(
    moment: &Moment,
    among: &[Moment],
    parameter: &Parameter<'_>,
    passage: &Passage<'_>,
) -> Option<Date> {
    let first = moment.begun_by.and_then(|place| among.get(place)).unwrap_or(moment);
    let is_past = was(first, moment != first, parameter, passage).unwrap_or_default();
    moment.past.filter(|_| is_past).or(moment.date)
}

/// Whether the day that was is meant: it is not farther off than so many times the day to come.
fn was(moment: &Moment, for_its_end: bool, parameter: &Parameter<'_>, passage: &Passage<'_>) -> Option<bool> {
    let today = passage.now?.date();
    let days = |from: Date, to: Date| f64::from((to - from).get_days());
    let (behind, ahead) = (days(moment.past?, today), days(today, moment.date?));
    Some(behind >= 0.0 && behind < times(moment, for_its_end, parameter, passage) * ahead)
}

/// How many times farther off than the day to come the day that was may be. Of what is due or not looked up, only days
/// to come are spoken of.
fn times(moment: &Moment, for_its_end: bool, parameter: &Parameter<'_>, passage: &Passage<'_>) -> f64 {
    const RATHER: f64 = 6.0;
    const MUCH_NEARER: f64 = 0.5;
    const FAR_NEARER: f64 = 0.1;
    const ENDS: &[&str] = &["from", "start", "begin", "after", "end", "to", "until", "before"];
    const DONE: &[&str] = &["spent", "purchased", "bought", "paid", "worked", "happened", "occurred", "incurred"];
    let before = passage.words.iter().rev().filter(|word| word.span.end <= moment.span.start);
    let near: Vec<String> = before.take(NEAR).map(Word::lower).collect();
    // "Due in February" may have been.
    let is_day = !matches!(moment.opener.as_str(), "since" | "in" | "of" | "during");
    let is_due = moment.opener == "by" || is_day && near.iter().any(|word| word == "due");
    let asks_what_was = || {
        let before = passage.words.iter().filter(|word| word.span.end <= moment.span.start);
        before.take(NEAR).any(|word| word.lower() == "did")
    };
    let has_happened = || asks_what_was() || near.iter().any(|word| HAPPENED.contains(&word.as_str()));
    let looks_back = parameter.tool.parameters_named(&["since"]).next().is_some();
    match parameter.tool {
        // "Due before May 1" a few days after it is overdue.
        tool if is_due && moment.opener == "before" && tool.is_pure() => MUCH_NEARER,
        _ if is_due => 0.0,
        // What is deleted "before May 1" is there already.
        tool if moment.opener == "before" && parameter.named(&["before"]) && !tool.is_pure() => {
            if tool.is_about(RECORDS) { RATHER } else { MUCH_NEARER }
        }
        _ if moment.opener == "since" || parameter.named(&["since"]) || looks_back && for_its_end => f64::INFINITY,
        _ if parameter.named(DONE) => f64::INFINITY,
        tool if !(tool.is_pure() || tool.gives() && tool.is_about(RECORDS)) => 0.0,
        tool if looks_back || tool.is_about(RECORDS) || has_happened() => RATHER,
        _ if moment.opener == "of" => 1.0,
        _ if parameter.named(ENDS) => MUCH_NEARER,
        _ => FAR_NEARER,
    }
}

/// Whether a word leads to the end of something: "until Friday".
pub(super) fn is_end(opener: &str) -> bool {
    matches!(opener, "to" | "until" | "till" | "by" | "before" | "returning" | "-" | "–" | "through" | "including")
}
