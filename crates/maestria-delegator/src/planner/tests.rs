//! Requests, as understood, and the plans the rules make of them.

use maestria_vocabulary::{Argument, Bond, Effect, Intent, Span, ToolSpec};
use serde_json::{Value, json};

use super::*;

fn catalog() -> Catalog {
    let path = |description: &str| json!({"type": "string", "format": "path", "description": description});
    let table = json!({"type": "object", "title": "Table"});
    let tool = |id: &str, input: Value, output: Value| {
        ToolSpec::new(id.parse().unwrap(), "").with_input(input).with_output(output).with_effect(Effect::Pure)
    };
    Catalog::new([
        tool("read_table", json!({"properties": {"file": path("read")}, "required": ["file"]}), table.clone()),
        tool(
            "analyze",
            json!({"properties": {"table": table}, "required": ["table"]}),
            json!({"type": "object", "title": "Analysis"}),
        ),
        tool(
            "report",
            json!({"properties": {"analysis": {"type": "object", "title": "Analysis"}}, "required": ["analysis"]}),
            json!({"type": "object", "title": "Report"}),
        ),
        tool(
            "read_text",
            json!({"properties": {"file": path("read")}, "required": ["file"]}),
            json!({"type": "string", "contentMediaType": "text/plain"}),
        ),
        tool(
            "draw_chart",
            json!({"properties": {"table": table, "value": {"type": "string"}}, "required": ["table", "value"]}),
            json!({"type": "string", "contentMediaType": "image/svg+xml"}),
        ),
        tool(
            "save_file",
            json!({"properties": {"content": {"type": "string", "contentMediaType": "*/*"}, "path": path("write")},
                "required": ["content", "path"]}),
            json!({"type": "string", "format": "path"}),
        ),
    ])
    .unwrap()
}

/// A clause of `text` that asks for `label` and may be served by `tool` with the given arguments.
fn clause(text: &str, part: &str, label: Option<&str>, tool: Option<(&str, Value)>) -> Clause {
    let catalog = catalog();
    let place = |part: &str| {
        let start = text.find(part).unwrap();
        Span { start, end: start + part.len() }
    };
    let span = place(part);
    let intents = label.map(|label| Intent { label: label.parse().unwrap(), confidence: Probability::ONE, span });
    let tools = tool.map(|(id, arguments)| {
        let spec = catalog.get(&id.parse().unwrap()).unwrap();
        let arguments: Vec<Argument> = arguments
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, value)| Argument {
                parameter: name.clone(),
                value: value.clone(),
                span: value.as_str().map_or(span, place),
                confidence: Probability::ONE,
            })
            .collect();
        let missing = spec
            .parameters()
            .filter(|(name, _)| spec.requires(name) && !arguments.iter().any(|a| a.parameter == *name))
            .map(|(name, _)| Question {
                tool: spec.id.clone(),
                parameter: name.into(),
                text: format!("{name}?"),
                options: vec![],
            })
            .collect();
        ToolMatch {
            tool: spec.id.clone(),
            confidence: Probability::ONE,
            arguments,
            missing,
            doubtful: vec![],
            elsewhere: vec![],
            found_by: BTreeMap::new(),
        }
    });
    let paths = part.split(' ').filter(|word| word.contains('.')).map(place).collect();
    Clause {
        span,
        intents: intents.into_iter().collect(),
        tools: tools.into_iter().collect(),
        paths,
        refers_back: false,
        bond: Bond::default(),
    }
}

fn plan(text: &str, clauses: Vec<Clause>) -> Planned {
    let understanding = Understanding { text: text.into(), clauses, notes: vec![] };
    RulePlanner::default().plan(&understanding, &catalog()).unwrap()
}

#[test]
fn what_a_call_needs_is_made_from_the_file_and_what_came_before() {
    let text = "chart revenue from a.csv and save it as b.svg";
    let clauses = vec![
        clause(
            text,
            "chart revenue from a.csv",
            Some("data_visualization"),
            Some(("draw_chart", json!({"value": "revenue"}))),
        ),
        clause(text, "save it as b.svg", None, Some(("save_file", json!({"path": "b.svg"})))),
    ];
    let Planned::Plan(plan) = plan(text, clauses) else { panic!("a plan") };
    insta::assert_snapshot!(plan, @r#"
    s1 read_table(file: "a.csv")
    s2 draw_chart(table: s1, value: "revenue")
    s3 save_file(content: s2, path: "b.svg")
    "#);
}

#[test]
fn what_a_call_needs_may_be_several_tools_away_from_the_file() {
    let text = "write a report on a.csv";
    let Planned::Plan(plan) = plan(text, vec![clause(text, text, None, Some(("report", json!({}))))]) else {
        panic!("a plan")
    };
    insta::assert_snapshot!(plan, @r#"
    s1 read_table(file: "a.csv")
    s2 analyze(table: s1)
    s3 report(analysis: s2)
    "#);
}

#[test]
fn a_wish_without_a_tool_asks_a_model_about_the_file_it_names() {
    let text = "summarize a.md";
    let Planned::Plan(plan) = plan(text, vec![clause(text, text, Some("summarization"), None)]) else {
        panic!("a plan")
    };
    insta::assert_snapshot!(plan, @r#"
    s1 read_text(file: "a.md")
    s2 ask for summarization of s1
    "#);
}

#[test]
fn what_nobody_says_is_asked_for() {
    let text = "chart a.csv";
    let planned = plan(text, vec![clause(text, text, None, Some(("draw_chart", json!({}))))]);
    let Planned::Clarify(questions) = planned else { panic!("{planned:?}") };
    assert_eq!(questions.iter().map(|q| q.parameter.as_str()).collect::<Vec<_>>(), ["value"]);
}

#[test]
fn several_results_are_joined() {
    let text = "paint a cat, sing a song";
    let clauses = vec![
        clause(text, "paint a cat", Some("image_generation"), None),
        clause(text, "sing a song", Some("music_generation"), None),
    ];
    let Planned::Plan(plan) = plan(text, clauses) else { panic!("a plan") };
    insta::assert_snapshot!(plan, @r"
    s1 ask for image_generation
    s2 ask for music_generation
    s3 join s1, s2
    ");
}

#[test]
fn what_is_not_understood_is_said() {
    let text = "asdf. paint a cat";
    assert_eq!(plan(text, vec![clause(text, "asdf", None, None)]), Planned::NotUnderstood);
    let clauses = vec![clause(text, "asdf", None, None), clause(text, "paint a cat", Some("image_generation"), None)];
    let Planned::Plan(plan) = plan(text, clauses) else { panic!("a plan") };
    assert_eq!(plan.unserved(), [Span { start: 0, end: 4 }]);
}
