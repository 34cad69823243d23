//! Clauses that go on with the call of the one before: "search the shop for a rain jacket: up to 130, sorted by rating".

use maestria_vocabulary::{Argument, Bond, Clause, Span, ToolMatch};

/// Joins each clause whose likeliest tool is that of the clause before, and which by itself lacks something, with that one: as more of the
/// same call where both agree, and else as another call that takes from the first what it leaves out, "deploy shop to staging, then to
/// production". What other clauses name by its span, `tied`, stays a clause of its own.
pub(super) fn continued(clauses: Vec<Clause>, tied: &[Span]) -> Vec<Clause> {
    let mut out: Vec<Clause> = Vec::new();
    for mut clause in clauses {
        let is_tied = tied.contains(&clause.span) || clause.bond != Bond::default();
        let same = out.last_mut().and_then(|before| Some((before.tools.first_mut()?, clause.tools.first_mut()?)));
        match same.filter(|(before, own)| before.tool == own.tool && lacks(before, own)) {
            Some((before, own)) if agree(before, own) && !is_tied => {
                for argument in std::mem::take(&mut own.arguments) {
                    if value(before, &argument.parameter).is_none() {
                        before.give(argument);
                    }
                }
                before.doubtful.append(&mut own.doubtful);
                before.confidence = before.confidence.max(own.confidence);
            }
            Some((before, own)) if !agree(before, own) => {
                for question in std::mem::take(&mut own.missing) {
                    let known = before.arguments.iter().find(|argument| argument.parameter == question.parameter);
                    match known {
                        Some(argument) => own.arguments.push(argument.clone()),
                        None => own.missing.push(question),
                    }
                }
                out.push(clause);
            }
            _ => out.push(clause),
        }
    }
    out
}

/// Whether one of two calls lacks something that the other has.
fn lacks(before: &ToolMatch, own: &ToolMatch) -> bool {
    let gives =
        |to: &ToolMatch, from: &ToolMatch| to.missing.iter().any(|question| value(from, &question.parameter).is_some());
    gives(before, own) || gives(own, before)
}

/// Whether no parameter has one value in one call and another in the other.
fn agree(before: &ToolMatch, own: &ToolMatch) -> bool {
    let said = own.arguments.iter().filter(|argument| value(own, &argument.parameter).is_some());
    said.into_iter().all(|argument| value(before, &argument.parameter).is_none_or(|known| known == &argument.value))
}

fn value<'a>(found: &'a ToolMatch, parameter: &str) -> Option<&'a serde_json::Value> {
    let said = |argument: &&Argument| argument.parameter == parameter && argument.span.start < argument.span.end;
    found.arguments.iter().find(said).map(|argument| &argument.value)
}

#[cfg(test)]
mod tests {
    use maestria_vocabulary::{Probability, Question};
    use serde_json::json;

    use super::*;

    fn clause(start: usize, values: &[(&str, &str)], missing: &[&str]) -> Clause {
        let span = Span { start, end: start + 9 };
        let argument = |(parameter, value): &(&str, &str)| Argument {
            parameter: (*parameter).to_owned(),
            value: json!(value),
            span,
            confidence: Probability::ONE,
        };
        let question = |parameter: &&str| Question {
            tool: "deploy".parse().unwrap(),
            parameter: (*parameter).to_owned(),
            text: String::new(),
            options: vec![],
        };
        let found = ToolMatch {
            doubtful: vec![],
            elsewhere: vec![],
            found_by: [].into(),
            tool: "deploy".parse().unwrap(),
            confidence: Probability::ONE,
            arguments: values.iter().map(argument).collect(),
            missing: missing.iter().map(question).collect(),
        };
        Clause { span, intents: vec![], tools: vec![found], paths: vec![], refers_back: false, bond: Bond::default() }
    }

    fn check(clauses: Vec<Clause>, expected: &[&[(&str, &str)]]) {
        let found: Vec<Vec<(String, String)>> = continued(clauses, &[])
            .iter()
            .map(|clause| {
                let mut values: Vec<_> = clause.tools[0]
                    .arguments
                    .iter()
                    .map(|argument| (argument.parameter.clone(), argument.value.as_str().unwrap().to_owned()))
                    .collect();
                values.sort();
                values
            })
            .collect();
        let expected: Vec<Vec<(String, String)>> = expected
            .iter()
            .map(|values| values.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect())
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn what_a_clause_leaves_out_the_one_before_says() {
        let shop = || clause(0, &[("service", "shop")], &["to"]);
        check(
            vec![shop(), clause(10, &[("to", "staging")], &["service"])],
            &[&[("service", "shop"), ("to", "staging")]],
        );
        let whole = || clause(0, &[("service", "shop"), ("to", "staging")], &[]);
        check(
            vec![whole(), clause(10, &[("to", "production")], &["service"])],
            &[&[("service", "shop"), ("to", "staging")], &[("service", "shop"), ("to", "production")]],
        );
        check(
            vec![whole(), clause(10, &[("service", "cart"), ("to", "staging")], &[])],
            &[&[("service", "shop"), ("to", "staging")], &[("service", "cart"), ("to", "staging")]],
        );
    }
}
