//! The machine alone: what each step is given, and what the whole comes to.

use std::time::Duration;

use maestria_delegator::Catalog;
use maestria_scheduler::Priority;
use maestria_vocabulary::{Bytes, Expected, Needs, Span, ToolSpec};
use proptest::prelude::*;
use serde_json::json;

use super::*;

fn id(step: &str) -> StepId {
    step.parse().unwrap()
}

fn ids(steps: &[&str]) -> Vec<StepId> {
    steps.iter().map(|step| id(step)).collect()
}

fn step(name: &str, action: Action) -> Step {
    Step::new(id(name), action)
}

fn call(name: &str, argument: Binding) -> Step {
    let arguments = BTreeMap::from([("x".to_owned(), argument)]);
    step(name, Action::Call { tool: "tool".parse().unwrap(), arguments })
}

fn ask(name: &str, inputs: &[&str]) -> Step {
    let requires = "chat".parse().unwrap();
    step(name, Action::Ask { instruction: "do it".into(), requires, inputs: ids(inputs) })
}

fn join(name: &str, inputs: &[&str]) -> Step {
    step(name, Action::Synthesize { inputs: ids(inputs) })
}

fn wanted(step: Step) -> Step {
    step.serving(Span { start: 0, end: 1 })
}

fn model(name: &str) -> Candidate {
    let executor = Executor::Model(name.parse().unwrap());
    Candidate { executor, needs: Needs::default(), expected: Expected::default() }
}

fn execution(steps: Vec<Step>) -> Execution {
    let thing = json!({"title": "Thing"});
    let tool = ToolSpec::new("tool".parse().unwrap(), "")
        .with_input(json!({"properties": {"x": thing}}))
        .with_output(thing.clone());
    let candidates = vec![vec![model("m")]; steps.len()];
    Execution::new(Plan::new(steps, &Catalog::new([tool]).unwrap()).unwrap(), candidates)
}

#[test]
fn a_job_waits_for_each_of_its_inputs_once_and_is_due_when_the_request_is() {
    let mut execution = execution(vec![ask("b", &[]), ask("a", &[]), join("c", &["b", "a", "b"])]);
    let request = Request::new("x").with_deadline(Duration::from_secs(5)).with_priority(Priority(7));
    let arrived = Timestamp::from_epoch(Duration::from_secs(100));
    let jobs = execution.jobs(
        &"run".parse().unwrap(),
        &request,
        arrived,
        Known { tools: &HashMap::new(), catalog: &Catalog::default() },
    );
    let shown: Vec<_> = jobs.iter().map(|job| (job.id.to_string(), job.after.clone())).collect();
    assert_eq!(shown, [("run/b".into(), vec![]), ("run/a".into(), vec![]), ("run/c".into(), ids(&["a", "b"]))]);
    let due = Some(Timestamp::from_epoch(Duration::from_secs(105)));
    assert!(jobs.iter().all(|job| job.deadline == due && job.priority == Priority(7)));
}

#[test]
fn a_step_is_given_the_results_before_it() {
    let mut execution = execution(vec![
        call("a", Binding::Value(json!({"n": 1}))),
        call("b", Binding::From { step: id("a") }),
        ask("c", &["a", "b"]),
        join("d", &["c", "b"]),
    ]);
    let (tool, m) = (Executor::Tool("tool".parse().unwrap()), Executor::Model("m".parse().unwrap()));
    let called = |argument| Work::Call {
        tool: "tool".parse().unwrap(),
        arguments: [("x".to_owned(), argument)].into_iter().collect(),
    };
    assert_eq!(execution.work(&id("a"), &tool, None), Ok(called(json!({"n": 1}))));
    assert_eq!(execution.work(&id("b"), &tool, None), Err(Unready::NoResult(id("a"))));
    execution.attempted(id("a"), Ok("one".into()));
    assert_eq!(execution.work(&id("b"), &tool, None), Ok(called(json!("one"))));
    execution.attempted(id("b"), Ok(json!([2]).into()));
    let said = |content: Content| Turn::from(Message::new(Role::User, content));
    let turns = vec![said("one".into()), said(json!([2]).into()), Turn::pinned(Message::new(Role::User, "do it"))];
    let asked = Work::Ask { model: "m".parse().unwrap(), capability: "chat".parse().unwrap(), turns };
    assert_eq!(execution.work(&id("c"), &m, None), Ok(asked));
    execution.attempted(id("c"), Ok("three".into()));
    assert_eq!(execution.work(&id("d"), &tool, None), Ok(Work::Join(json!(["three", [2]]).into())));
    assert!(execution.work(&id("c"), &tool, None).is_err(), "a tool cannot be asked");
    assert!(execution.work(&id("z"), &tool, None).is_err(), "there is no such step");
}

/// What the steps came to, in the order of the plan, and the words of the answer that follows; nothing of what has not ended.
fn check(steps: Vec<Step>, endings: &[Ending], expected: &str) {
    let names: Vec<StepId> = steps.iter().map(|step| step.id.clone()).collect();
    let mut execution = execution(steps);
    let mut answer = None;
    for (name, ending) in names.into_iter().zip(endings) {
        assert_eq!(answer, None, "the answer comes with the last ending");
        match ending {
            Ending::Succeeded => execution.attempted(name.clone(), Ok(format!("<{name}>").into())),
            Ending::Failed => execution.attempted(name.clone(), Err(format!("{name} failed"))),
            // What came too late does not count.
            _ => execution.attempted(name.clone(), Ok("late".into())),
        }
        answer = execution.ended(name, ending.clone());
    }
    assert_eq!(answer.map(|answer| answer.to_string()), Some(expected.to_owned()));
}

#[test]
fn the_answer_is_what_nobody_else_needed_or_else_what_was_reached() {
    use Ending::{Cancelled, Expired, Failed, Succeeded};
    let skipped = |predecessor| Ending::Skipped { predecessor: id(predecessor) };
    let diamond =
        || vec![wanted(ask("a", &[])), wanted(ask("b", &["a"])), wanted(ask("c", &["a"])), join("d", &["b", "c"])];
    check(diamond(), &[Succeeded, Succeeded, Succeeded, Succeeded], "<d>");
    check(diamond(), &[Succeeded, Succeeded, Failed, skipped("c")], "c failed\n<b>");
    check(diamond(), &[Succeeded, Failed, Failed, skipped("c")], "b failed\nc failed\n<a>");
    check(diamond(), &[Failed, skipped("a"), skipped("a"), skipped("b")], "a failed");
    check(vec![ask("a", &[]), ask("b", &["a"])], &[Succeeded, Failed], "b failed");
    check(vec![ask("a", &[]), ask("b", &[])], &[Expired, Succeeded], "it took longer than it was given\n<b>");
    check(vec![ask("a", &[])], &[Cancelled], "it was cancelled");
    let rejection = Rejection::TooLarge { needs: Bytes::gib(2), capacity: Bytes::gib(1) };
    let told = format!("it cannot be run: {rejection}");
    check(vec![ask("a", &[])], &[Ending::Rejected(rejection)], &told);
    let late = Rejection::TooLate { deadline: Timestamp::ZERO, estimate: Timestamp::ZERO, alternatives: Vec::new() };
    check(vec![ask("a", &[])], &[Ending::Rejected(late)], "it could not start early enough to be done in time");
}

#[test]
fn a_step_that_failed_without_an_attempt_tells_which_model_could_not_be_loaded() {
    let check = |unloadable: &[&str], expected: &str| {
        let mut execution = execution(vec![ask("a", &[])]);
        for model in unloadable {
            execution.not_loaded(&model.parse().unwrap(), &format!("{model} is not there"));
        }
        let answer = execution.ended(id("a"), Ending::Failed).unwrap();
        assert_eq!(answer.to_string(), expected);
    };
    check(&["m"], "m is not there");
    check(&["m", "other"], "m is not there");
    check(&["other"], "no attempt succeeded");
}

fn any_ending() -> impl Strategy<Value = Ending> {
    prop::sample::select(vec![
        Ending::Succeeded,
        Ending::Succeeded,
        Ending::Failed,
        Ending::Expired,
        Ending::Cancelled,
        Ending::Skipped { predecessor: id("s0") },
    ])
}

proptest! {
    #[test]
    fn every_step_is_a_result_or_a_failure_or_neither_and_the_answer_comes_once(
        edges in prop::collection::vec((0_usize..6, 0_usize..6), 0..12),
        serving in prop::collection::vec(any::<bool>(), 6),
        endings in prop::collection::vec(any_ending(), 6),
        order in Just((0_usize..6).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let name = |place: usize| format!("s{place}");
        let steps = (0..6).map(|place| {
            let inputs: Vec<String> = edges.iter().filter(|(from, to)| from < to && *to == place).map(|(from, _)| name(*from)).collect();
            let step = join(&name(place), &inputs.iter().map(String::as_str).collect::<Vec<_>>());
            if serving[place] { wanted(step) } else { step }
        });
        let mut execution = execution(steps.collect());
        let mut answers = Vec::new();
        for place in order {
            if endings[place] == Ending::Succeeded {
                execution.attempted(id(&name(place)), Ok("yes".into()));
            }
            answers.extend(execution.ended(id(&name(place)), endings[place].clone()));
        }
        prop_assert_eq!(answers.len(), 1);
        let ending = |step: &StepId| (0..6).find(|&place| id(&name(place)) == *step).map(|place| &endings[place]);
        match &answers[0] {
            Answer::Done { results } => {
                prop_assert!(!endings.iter().any(|ending| matches!(ending, Ending::Failed | Ending::Expired | Ending::Cancelled)));
                prop_assert!(results.iter().all(|result| ending(&result.step) == Some(&Ending::Succeeded)));
            }
            Answer::Incomplete { results, failures } => {
                prop_assert!(!failures.is_empty());
                prop_assert!(results.iter().all(|result| ending(&result.step) == Some(&Ending::Succeeded)));
                prop_assert!(failures.iter().all(|failure| ending(&failure.step) == Some(&failure.ending)));
                let failed = endings.iter().filter(|ending| matches!(ending, Ending::Failed | Ending::Expired | Ending::Cancelled));
                prop_assert_eq!(failures.len(), failed.count());
            }
            other => prop_assert!(false, "{:?}", other),
        }
    }
}
