//! How sure it is that a plan does what was meant.

use maestria_vocabulary::{Clause, Probability, Understanding};

use super::{Action, Binding, Plan, Step};

impl Plan {
    /// How sure it is that this was meant: as sure as the least sure of the tools it calls, the values they are given, and the intents for
    /// which it asks models. What `understanding` says nothing of, such as a step that only prepares, counts as sure.
    #[must_use]
    pub fn confidence(&self, understanding: &Understanding) -> Probability {
        let clauses =
            |step: &Step| understanding.clauses.iter().filter(|clause| Some(clause.span) == step.serves).collect();
        let known = self.steps().iter().filter_map(|step| {
            let clauses: Vec<&Clause> = clauses(step);
            // Several calls may serve the same words: the surest reading is the one it was made from.
            clauses.iter().filter_map(|clause| sure(step, clause)).max()
        });
        known.min().unwrap_or(Probability::ONE)
    }
}

/// How sure a clause speaks for a step.
fn sure(step: &Step, clause: &Clause) -> Option<Probability> {
    match &step.action {
        Action::Call { tool, arguments } => {
            let found = clause.tools.iter().find(|found| found.tool == *tool)?;
            let taken = found.arguments.iter().filter(|argument| {
                matches!(arguments.get(&argument.parameter), Some(Binding::Value(value)) if *value == argument.value)
            });
            Some(taken.map(|argument| argument.confidence).fold(found.confidence, Probability::min))
        }
        Action::Ask { requires, .. } => {
            let meant = clause.intents.iter().find(|intent| intent.label.as_str() == requires.as_str());
            meant.map(|intent| intent.confidence)
        }
        Action::Select { .. } | Action::Synthesize { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use maestria_vocabulary::{Argument, Bond, Intent, Span, ToolMatch, ToolSpec};
    use serde_json::json;

    use super::*;
    use crate::Catalog;

    #[test]
    fn a_plan_is_as_sure_as_what_it_is_least_sure_of() {
        let span = Span { start: 0, end: 4 };
        let p = |value: f64| Probability::new(value).unwrap();
        let argument = Argument { parameter: "n".into(), value: json!(1), span, confidence: p(0.6) };
        let found = ToolMatch {
            tool: "t".parse().unwrap(),
            confidence: p(0.8),
            arguments: vec![argument],
            missing: vec![],
            doubtful: vec![],
            elsewhere: vec![],
            found_by: [].into(),
        };
        let intent = Intent { label: "chat".parse().unwrap(), confidence: p(0.4), span };
        let bond = Bond::default();
        let clause =
            Clause { span, intents: vec![intent], tools: vec![found], paths: vec![], refers_back: false, bond };
        let understanding = Understanding { text: "text".into(), clauses: vec![clause], notes: vec![] };
        let tool =
            ToolSpec::new("t".parse().unwrap(), "").with_input(json!({"properties": {"n": {"type": "integer"}}}));
        let catalog = Catalog::new([tool]).unwrap();
        let call = |n: i32| {
            let arguments = [("n".to_owned(), Binding::Value(json!(n)))].into();
            Action::Call { tool: "t".parse().unwrap(), arguments }
        };
        let ask = || Action::Ask { instruction: "text".into(), requires: "chat".parse().unwrap(), inputs: vec![] };
        let check = |actions: Vec<(Action, Option<Span>)>, expected: f64| {
            let steps = actions
                .into_iter()
                .enumerate()
                .map(|(n, (action, serves))| Step { serves, ..Step::new(format!("s{n}").parse().unwrap(), action) });
            let plan = Plan::new(steps.collect(), &catalog).unwrap();
            assert_eq!(plan.confidence(&understanding), p(expected), "{plan}");
        };
        check(vec![], 1.0);
        check(vec![(call(1), Some(span))], 0.6);
        check(vec![(call(2), Some(span))], 0.8);
        check(vec![(call(1), None)], 1.0);
        check(vec![(call(1), Some(span)), (ask(), Some(span))], 0.4);
    }
}
