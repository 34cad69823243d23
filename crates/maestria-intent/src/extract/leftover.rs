//! Words whose form tells what they are for, where nothing else has them: files, names of tables and columns, a moment, a number.

use maestria_vocabulary::Span;
use serde_json::json;

use super::{
    measure::is_change_of_another,
    number::{Quantity, quantities},
    overlap,
    parameter::{Kind, Parameter},
    passage::Passage,
    slots::put,
    value::{Reading, is_written},
    when,
};
use crate::words::Word;

/// What a parameter is called that takes a file.
const FILES: &[&str] = &["file", "filename", "document", "image", "path", "scan", "photo", "picture", "attachment"];

/// What a parameter is called that takes a folder.
const FOLDERS: &[&str] = &["folder", "directory"];

/// What a parameter is called that takes a table or a part of one.
const TABLES: &[&str] = &["table", "column", "dataset", "field", "metric", "series"];

/// The confidence of what only its form speaks for.
const SCORE: f64 = 0.6;

/// Gives files and names with underscores that no parameter has to the ones that are called so and have no value of such a form.
pub(super) fn give_out(parameters: &[Parameter<'_>], passage: &Passage<'_>, settled: &mut [Option<Reading>]) {
    for (place, parameter) in parameters.iter().enumerate() {
        if !matches!(parameter.kind(), Kind::Text | Kind::Path) {
            continue;
        }
        let last = parameter.name_words.last().map(String::as_str).unwrap_or_default();
        let fits: fn(&Word<'_>) -> bool = if FOLDERS.contains(&last) {
            |word| word.text.contains('/') && (word.is_path() || word.may_be_path()) && !has_extension(word)
        } else if FILES.contains(&last) {
            |word| word.is_path() && has_extension(word)
        } else if is_table(parameter) {
            |word| word.text.contains('_')
        } else {
            continue;
        };
        if FILES.contains(&last) || is_table(parameter) {
            move_file(parameters, passage, settled);
        }
        let own = settled.get(place).and_then(Option::as_ref).map(|reading| reading.span);
        let has_form = own.is_some_and(|span| passage.words.iter().any(|word| overlap(word.span, span) && fits(word)));
        let is_led_to = |word: &Word<'_>| {
            let before = passage.before(word.span.start);
            matches!(before.as_str(), "as" | "called" | "named" | "to" | "into" | "in" | "at" | "under" | "file")
        };
        let may_be_led_to = last == "filename" && passage.words.iter().any(|word| fits(word) && is_led_to(word));
        if has_form || own.is_none() && !parameter.required && !may_be_led_to {
            continue;
        }
        // What is read is no file to be written.
        let fits = |word: &Word<'_>| fits(word) && (!is_written(parameter) || is_led_to(word));
        let taken = |span: Span| {
            let mut others = settled.iter().enumerate().filter(|(other, _)| *other != place);
            others.any(|(_, other)| other.as_ref().is_some_and(|other| overlap(other.span, span)))
        };
        let mut free = passage.words.iter().filter(|word| fits(word) && !taken(word.span));
        let Some(word) = free.next().filter(|_| free.next().is_none()) else { continue };
        let value = json!(word.text);
        if parameter.allows(&value) {
            let reading = Reading { value, span: word.span, score: SCORE };
            put(settled, place, reading);
        }
    }
}

/// Gives a number that is required and has no value the only number that nothing else has and that is no
/// part of a time, but for how far ahead one looks: "where will it be six months from now".
pub(super) fn give_number(parameters: &[Parameter<'_>], passage: &Passage<'_>, settled: &mut [Option<Reading>]) {
    let mut lacking = parameters.iter().enumerate().filter(|(place, parameter)| {
        let is_number = matches!(parameter.kind(), Kind::Number { .. });
        is_number && parameter.required && settled.get(*place).is_some_and(Option::is_none)
    });
    let Some((place, parameter)) = lacking.next().filter(|_| lacking.next().is_none()) else { return };
    let is_free = |span: Span| !settled.iter().flatten().any(|other| overlap(other.span, span));
    // How far ahead "six months from now" is, is a number too.
    let looks_ahead = parameter.mentions(&["ahead", "horizon", "period", "periods"]);
    let is_ahead = |span: Span| {
        let mut moments = passage.moments.iter().filter(|moment| overlap(moment.span, span));
        moments.all(|moment| looks_ahead && passage.at(moment.span).ends_with("from now"))
    };
    let numbers = quantities(&passage.words);
    let is_own = |number: &&Quantity| is_free(number.span) && !is_change_of_another(parameter, passage, number);
    let mut free = numbers.iter().filter(|number| !number.implied && is_ahead(number.span)).filter(is_own);
    let Some(number) = free.next().filter(|_| free.next().is_none()) else { return };
    let value = if number.value.fract() == 0.0 { json!(number.value as i64) } else { json!(number.value) };
    if parameter.allows(&value) {
        let reading = Reading { value, span: number.span, score: SCORE };
        put(settled, place, reading);
    }
}

fn is_table(parameter: &Parameter<'_>) -> bool {
    let mut ends = parameter.name_words.first().into_iter().chain(parameter.name_words.last());
    ends.any(|word| TABLES.contains(&word.as_str()))
}

/// Takes a file from a parameter for a table, for one that takes a file and has none: "export it as a.xlsx".
fn move_file(parameters: &[Parameter<'_>], passage: &Passage<'_>, settled: &mut [Option<Reading>]) {
    let names_file = |reading: &Reading| {
        passage.words.iter().any(|word| word.span == reading.span && word.is_path() && has_extension(word))
    };
    let is_file = |parameter: &Parameter<'_>| {
        parameter.name_words.last().is_some_and(|last| FILES.contains(&last.as_str()))
            && matches!(parameter.kind(), Kind::Text | Kind::Path)
    };
    let at = |wanted: &dyn Fn(&Parameter<'_>, Option<&Reading>) -> bool| {
        parameters.iter().zip(settled.iter()).position(|(parameter, reading)| wanted(parameter, reading.as_ref()))
    };
    let from = at(&|parameter, reading| is_table(parameter) && reading.is_some_and(names_file));
    let to = at(&|parameter, reading| is_file(parameter) && reading.is_none());
    if let Some((from, to)) = from.zip(to) {
        settled.swap(from, to);
    }
}

/// Gives the only parameter that takes a moment, where it has none, the moment that nothing else has.
pub(super) fn give_moment(parameters: &[Parameter<'_>], passage: &Passage<'_>, settled: &mut [Option<Reading>]) {
    let mut takes = parameters.iter().enumerate().filter(|(_, parameter)| parameter.kind() == Kind::Moment);
    let Some((place, parameter)) = takes.next().filter(|_| takes.next().is_none()) else { return };
    if settled.get(place).is_none_or(Option::is_some) {
        return;
    }
    let taken = |span: Span| settled.iter().flatten().any(|other| overlap(other.span, span));
    let said = when::readings(parameter, passage).into_iter().filter(|reading| !taken(reading.span));
    let best = said.max_by(|a, b| a.score.total_cmp(&b.score)).filter(|best| best.score >= SCORE);
    if let Some(best) = best.filter(|best| parameter.allows(&best.value)) {
        put(settled, place, best);
    }
}

fn has_extension(word: &Word<'_>) -> bool {
    word.text.rsplit('/').next().is_some_and(|name| name.contains('.'))
}

#[cfg(test)]
mod tests {
    use jiff::Zoned;
    use maestria_vocabulary::ToolSpec;
    use serde_json::Value;

    use super::*;
    use crate::{ArgumentExtractor, extract::Extraction};

    fn check(properties: Value, required: &[&str], text: &str, expected: Value) {
        let now: Zoned = "2026-03-04T10:30:00+01:00[+01:00]".parse().unwrap();
        let tool = ToolSpec::new("serve".parse().unwrap(), "Serves")
            .with_input(json!({"type": "object", "properties": properties, "required": required}));
        let within = Span { start: 0, end: text.len() };
        let Extraction { arguments, .. } = ArgumentExtractor::default().extract_at(&tool, text, within, Some(&now));
        let found: serde_json::Map<String, Value> =
            arguments.into_iter().map(|argument| (argument.parameter, argument.value)).collect();
        assert_eq!(Value::Object(found), expected, "{text}");
    }

    #[test]
    fn files_and_tables_go_to_what_is_called_so() {
        let sign = json!({"document": {"type": "string"}, "signer": {"type": "string"}});
        check(
            sign,
            &["document", "signer"],
            "Ask Marta Oyelaran to sign nda_kestrel.pdf",
            json!({"document": "nda_kestrel.pdf", "signer": "Marta Oyelaran"}),
        );
        let export = json!({"table": {"type": "string"}, "filename": {"type": "string"}});
        check(
            export.clone(),
            &["table"],
            "export churn_q4 to Excel as churn.xlsx",
            json!({"table": "churn_q4", "filename": "churn.xlsx"}),
        );
        let save = json!({"path": {"type": "string", "description": "File to write"}});
        check(save.clone(), &["path"], "summarize docs/a.md in three sentences", json!({}));
        check(save, &["path"], "write it to b.md", json!({"path": "b.md"}));
        check(export, &["table"], "export that as churn.xlsx", json!({"filename": "churn.xlsx"}));
    }

    #[test]
    fn the_only_moment_and_the_only_number_are_taken() {
        let pay = json!({"execute_on": {"type": "string", "format": "date"}});
        check(pay, &[], "do it a week from Friday", json!({"execute_on": "2026-03-13"}));
        let forecast = json!({"horizon": {"type": "integer", "description": "How many periods ahead"}});
        check(forecast, &["horizon"], "where will it be six months from now", json!({"horizon": 6}));
    }
}
