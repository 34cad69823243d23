//! Steps that no single model can do: what they work on is converted first, or the answer says what is lacking.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what a test sets up holds"
)]

mod support;

use std::sync::Arc;

use maestria::{
    Answer, Content, Message, Model, ModelCard, Probability, Request, Response, StepId, Tokens, ToolSpec,
    delegator::{Ability, Action, Modality, Step, TaskAnalyzer},
};
use maestria_testkit::{ScriptedModel, ScriptedTool};
use serde_json::json;
use support::{builder, told};

/// A step that asks a model with an ability.
fn ask(id: &str, requires: &str, inputs: &[&str]) -> Step {
    let inputs: Vec<StepId> = inputs.iter().map(|step| step.parse().unwrap()).collect();
    let action = Action::Ask { instruction: "go on".to_owned(), requires: requires.parse().unwrap(), inputs };
    Step::new(id.parse().unwrap(), action)
}

fn record(id: &str) -> Step {
    Step::new(id.parse().unwrap(), Action::Call { tool: "record".parse().unwrap(), arguments: Default::default() })
}

fn model(name: &str, ability: &str, says: &str) -> (ModelCard, Arc<ScriptedModel>) {
    let card = ModelCard::new(name.parse().unwrap(), Tokens(8192));
    let card = card.with_capability(ability.parse().unwrap(), Probability::saturating(0.9));
    (card, Arc::new(ScriptedModel::saying(vec![says; 9])))
}

async fn serve(
    steps: Vec<Step>,
    media_type: &str,
    models: &[(ModelCard, Arc<ScriptedModel>)],
    analyzer: TaskAnalyzer,
    request: Request,
) -> Response {
    let spec = ToolSpec::new("record".parse().unwrap(), "Records")
        .with_output(json!({"type": "string", "contentMediaType": media_type}));
    let sound = || Ok(Content::Bytes { media_type: media_type.to_owned(), data: b"la la la".to_vec().into() });
    let models = models.iter().map(|(card, model)| (card.clone(), model.clone() as Arc<dyn Model>)).collect();
    let builder = builder(steps, models).with_tool(Arc::new(ScriptedTool::new(spec, [sound(), sound()])));
    builder.with_task_analyzer(analyzer).build().unwrap().run(request).response().await
}

fn steps(response: &Response) -> Vec<&str> {
    response.plan.as_ref().unwrap().steps().iter().map(|step| step.id.as_str()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_recording_is_transcribed_once_for_all_who_need_its_words() {
    let models = [
        model("ears", "speech_to_text", "words"),
        model("editor", "summarization", "short"),
        model("sage", "chat", "so"),
    ];
    let plan = vec![record("r"), ask("a", "summarization", &["r"]), ask("b", "chat", &["r"])];
    let response = serve(plan, "audio/wav", &models, TaskAnalyzer::default(), "x".into()).await;
    assert_eq!(told(&response.answer), "done: short\nso");
    assert_eq!(steps(&response), ["r", "r.speech_to_text", "a", "b"]);
    assert_eq!(models[0].1.prompts().len(), 1);
    let asked = models[1].1.prompts()[0].messages.iter().map(Message::text).collect::<Vec<_>>();
    assert_eq!(asked, ["words", "go on"]);
    let served: Vec<_> = response.choices.iter().map(|choice| choice.step.as_str()).collect();
    assert_eq!(served, ["r.speech_to_text", "a", "b"]);
}

#[tokio::test(start_paused = true)]
async fn what_an_ability_takes_is_not_converted() {
    let check = async |media: &str, ability: &str, analyzer: TaskAnalyzer| {
        let (plan, models) = (vec![record("r"), ask("a", ability, &["r"])], [model("m", ability, "ok")]);
        let response = serve(plan, media, &models, analyzer, "x".into()).await;
        assert_eq!((told(&response.answer).as_str(), steps(&response)), ("done: ok", vec!["r", "a"]));
    };
    let told = Ability { takes: vec![Modality::Image], gives: Modality::Text, faithful: false };
    check("audio/wav", "audio_analysis", TaskAnalyzer::default()).await;
    check("text/plain", "summarization", TaskAnalyzer::default()).await;
    check("image/svg+xml", "summarization", TaskAnalyzer::default()).await;
    check("image/png", "chat", TaskAnalyzer::default().with_ability("chat".parse().unwrap(), told)).await;
}

#[tokio::test(start_paused = true)]
async fn where_no_chain_leads_there_nothing_runs_and_the_answer_says_what_to_register() {
    let editor = || model("editor", "summarization", "short");
    let plan = || vec![record("r"), ask("a", "summarization", &["r"])];
    let check = async |models: &[(ModelCard, Arc<ScriptedModel>)], request: Request, text: &str| {
        let response = serve(plan(), "audio/wav", models, TaskAnalyzer::default(), request).await;
        let Answer::Lacking { abilities } = &response.answer else { panic!("{:?}", response.answer) };
        assert!(abilities[0].no_chain.is_some() && response.outcomes.is_empty());
        assert_eq!(response.answer.to_string(), text);
    };
    let given = "No model with the ability \"summarization\" can work on what it would be given: ";
    let no_way = "no way leads from audio to what summarization takes: register a model for one of speech_to_text.";
    check(&[editor()], "x".into(), &format!("{given}{no_way}")).await;
    let (card, ears) = model("ears", "speech_to_text", "words");
    let slow = ModelCard { run: std::time::Duration::from_secs(60), ..card };
    let too_slow = "the quickest chain is done in 60.0s, 10.0s is allowed: allow that much.";
    let hurried = Request::new("x").with_deadline(std::time::Duration::from_secs(10));
    check(&[editor(), (slow, ears)], hurried, &format!("{given}{too_slow}")).await;
}
