//! Plans that an application wrote beforehand for requests it knows, with slots that each request fills.

use std::{collections::BTreeMap, sync::Arc};

use maestria_vocabulary::{Argument, Embedder, Embedding, Label, Probability, Question, ToolId, Understanding};
use serde_json::{Value, json};

use super::{Planned, Planner};
use crate::{Action, Binding, Catalog, Plan, PlanError, Step};

/// A plan for requests like some examples, or of some intent.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    /// Requests that it serves, in the words of people.
    pub examples: Vec<String>,
    /// An intent that it serves, whatever the words.
    pub intent: Option<Label>,
    /// Its steps. An argument that is [`slot`] is filled by the request.
    pub steps: Vec<Step>,
}

/// An argument that the request fills: with what it says for this parameter of this tool. Where it says nothing, `question` is asked.
///
/// ```
/// let city = maestria_delegator::slot("For which city?");
/// assert_eq!(city.to_string(), r#"{"$slot":"For which city?"}"#);
/// ```
#[must_use]
pub fn slot(question: &str) -> Binding {
    Binding::Value(json!({"$slot": question}))
}

/// Plans by templates, and leaves to another planner what none of them serves.
#[derive(Debug, Clone)]
pub struct TemplatePlanner {
    embedder: Arc<dyn Embedder>,
    otherwise: Arc<dyn Planner>,
    least_likeness: f32,
    templates: Vec<(Template, Vec<Embedding>)>,
}

impl TemplatePlanner {
    /// A planner without templates. `embedder` should be the interpreter's own, which is in memory already.
    #[must_use]
    pub fn new(embedder: Arc<dyn Embedder>, otherwise: Arc<dyn Planner>) -> Self {
        Self { embedder, otherwise, least_likeness: 0.8, templates: Vec::new() }
    }

    /// Sets the least cosine between a request and an example for the template to serve it, from -1 to 1. Default 0.8.
    #[must_use]
    pub fn with_least_likeness(self, least_likeness: f32) -> Self {
        Self { least_likeness, ..self }
    }

    /// Adds a template.
    ///
    /// # Errors
    /// [`PlanError::NotCompared`] when the engine below the embedder fails.
    pub fn with_template(mut self, template: Template) -> Result<Self, PlanError> {
        let examples: Vec<&str> = template.examples.iter().map(String::as_str).collect();
        let vectors = self.embed(&examples)?;
        self.templates.push((template, vectors));
        Ok(self)
    }

    /// The template whose example is most like the request, else the first for its only intent.
    fn serving(&self, understanding: &Understanding) -> Result<Option<&Template>, PlanError> {
        let request = self.embed(&[&understanding.text])?;
        let Some(request) = request.first() else { return Ok(None) };
        let likeness =
            |vectors: &[Embedding]| vectors.iter().map(|example| example.cosine(request)).fold(-1.0, f32::max);
        let rated = self.templates.iter().map(|(template, vectors)| (template, likeness(vectors)));
        let alike = rated.filter(|(_, likeness)| *likeness >= self.least_likeness).max_by(|a, b| a.1.total_cmp(&b.1));
        let mut intents = understanding.intents();
        let only = intents.next().filter(|_| intents.next().is_none());
        let meant = || {
            let serves =
                |template: &&Template| template.intent.is_some() && template.intent.as_ref() == only.map(|i| &i.label);
            self.templates.iter().map(|(template, _)| template).find(serves)
        };
        Ok(alike.map(|(template, _)| template).or_else(meant))
    }

    fn embed(&self, texts: &[&str]) -> Result<Vec<Embedding>, PlanError> {
        self.embedder.embed(texts).map_err(|error| PlanError::NotCompared { problem: error.to_string() })
    }
}

impl Planner for TemplatePlanner {
    fn plan(&self, understanding: &Understanding, catalog: &Catalog) -> Result<Planned, PlanError> {
        let Some(template) = self.serving(understanding)? else { return self.otherwise.plan(understanding, catalog) };
        let mut questions = Vec::new();
        let steps: Vec<Step> =
            template.steps.iter().map(|step| filled(step.clone(), understanding, &mut questions)).collect();
        if !questions.is_empty() {
            return Ok(Planned::Clarify(questions));
        }
        Plan::new(steps, catalog).map(Planned::Plan)
    }
}

/// The step with its slots filled; a question for each that is not.
fn filled(mut step: Step, understanding: &Understanding, questions: &mut Vec<Question>) -> Step {
    let Action::Call { tool, arguments } = &mut step.action else { return step };
    let mut given: BTreeMap<String, Binding> = BTreeMap::new();
    for (parameter, binding) in std::mem::take(arguments) {
        match question_of(&binding) {
            None => drop(given.insert(parameter, binding)),
            Some(text) => match said(understanding, tool, &parameter) {
                Some(argument) => drop(given.insert(parameter, Binding::Value(argument.value.clone()))),
                None => {
                    let text = text.to_owned();
                    questions.push(Question { tool: tool.clone(), parameter, text, options: Vec::new() });
                }
            },
        }
    }
    *arguments = given;
    step
}

fn question_of(binding: &Binding) -> Option<&str> {
    match binding {
        Binding::Value(Value::Object(object)) if object.len() == 1 => object.get("$slot")?.as_str(),
        _ => None,
    }
}

/// The surest value that the request has for a parameter of a tool.
fn said<'a>(understanding: &'a Understanding, tool: &ToolId, parameter: &str) -> Option<&'a Argument> {
    let found = understanding.clauses.iter().flat_map(|clause| &clause.tools).filter(|found| found.tool == *tool);
    let named = found.flat_map(|found| &found.arguments).filter(|argument| argument.parameter == parameter);
    named.max_by_key(|argument: &&Argument| -> Probability { argument.confidence })
}

#[cfg(test)]
mod tests {
    use maestria_vocabulary::{Bond, Clause, EmbedError, Span, ToolMatch, ToolSpec};

    use super::*;
    use crate::RulePlanner;

    /// Texts are alike as far as they have the same letters.
    #[derive(Debug)]
    struct Letters;

    impl Embedder for Letters {
        fn dimension(&self) -> usize {
            26
        }

        fn embed(&self, texts: &[&str]) -> Result<Vec<Embedding>, EmbedError> {
            let count = |text: &str, letter: u8| text.bytes().filter(|byte| *byte == letter).count() as f32;
            let counts = |text: &&str| -> Vec<f32> { (b'a'..=b'z').map(|letter| count(text, letter)).collect() };
            let unit = |counts: Vec<f32>| {
                let length = counts.iter().map(|count| count * count).sum::<f32>().sqrt();
                Embedding(counts.iter().map(|count| count / length).collect())
            };
            Ok(texts.iter().map(counts).map(unit).collect())
        }
    }

    fn check(text: &str, city: Option<&str>, expected: &str) {
        let input = json!({"properties": {"city": {"type": "string"}}, "required": ["city"]});
        let catalog = Catalog::new([ToolSpec::new("weather".parse().unwrap(), "").with_input(input)]).unwrap();
        let arguments = BTreeMap::from([("city".to_owned(), slot("Where?"))]);
        let call = Action::Call { tool: "weather".parse().unwrap(), arguments };
        let template = Template {
            examples: vec!["do the morning routine".into()],
            intent: None,
            steps: vec![Step::new("s1".parse().unwrap(), call)],
        };
        let planner = TemplatePlanner::new(Arc::new(Letters), Arc::new(RulePlanner::default()));
        let planner = planner.with_least_likeness(0.95).with_template(template).unwrap();
        let span = Span { start: 0, end: text.len() };
        let argument = |value: &str| Argument {
            parameter: "city".into(),
            value: json!(value),
            span,
            confidence: Probability::ONE,
        };
        let found = ToolMatch {
            tool: "weather".parse().unwrap(),
            confidence: Probability::ZERO,
            arguments: city.map(argument).into_iter().collect(),
            missing: vec![],
            doubtful: vec![],
            elsewhere: vec![],
            found_by: BTreeMap::new(),
        };
        let clause = Clause {
            span,
            intents: vec![],
            tools: vec![found],
            paths: vec![],
            refers_back: false,
            bond: Bond::default(),
        };
        let understanding = Understanding { text: text.into(), clauses: vec![clause], notes: vec![] };
        let shown = match planner.plan(&understanding, &catalog).unwrap() {
            Planned::Plan(plan) => plan.to_string(),
            Planned::Clarify(questions) => questions.iter().map(|question| question.text.as_str()).collect(),
            Planned::NotUnderstood => "not understood".to_owned(),
        };
        assert_eq!(shown, expected, "{text}");
    }

    #[test]
    fn a_request_like_an_example_fills_the_slots_of_its_template() {
        check("do the morning routine", Some("Oslo"), "s1 weather(city: \"Oslo\")");
        check("the morning routine", None, "Where?");
        check("zzz", Some("Oslo"), "not understood");
    }
}
