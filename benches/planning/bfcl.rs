//! The Berkeley function-calling leaderboard, non-live part in Python: are the calls right, and is none made where no function fits?

mod ast;

use std::{collections::BTreeMap, path::Path};

use maestria::{ToolPlan, delegator::read_functions};
use maestria_benches::{Result, jsonl, progress, scores::share};
use serde::Deserialize;
use serde_json::{Value, json};

use self::ast::{Call, Expected, Function, agree};
use crate::{
    measure::{Category, Measure, Set},
    report::Report,
    subject::Subject,
};

/// The questions of every category.
#[derive(Debug)]
pub(crate) struct Bfcl(Vec<(Category, Vec<Question>)>);

/// A request, the functions that are offered, and the calls that are right; none where no function fits.
#[derive(Debug)]
struct Question {
    request: String,
    functions: Vec<Value>,
    expected: Vec<Expected>,
}

#[derive(Debug, Deserialize)]
struct Asked {
    id: String,
    question: Vec<Vec<Message>>,
    function: Vec<Value>,
}

#[derive(Debug, Deserialize)]
struct Message {
    content: String,
}

#[derive(Debug, Deserialize)]
struct Answer {
    id: String,
    ground_truth: Vec<Expected>,
}

impl Bfcl {
    /// Reads the categories of a folder.
    pub(crate) fn read(folder: &Path) -> Result<Self> {
        Category::ALL
            .into_iter()
            .map(|category| Ok((category, read(folder, category)?)))
            .collect::<Result<_>>()
            .map(Self)
    }
}

fn read(folder: &Path, category: Category) -> Result<Vec<Question>> {
    let file = format!("{}.jsonl", category.name());
    let asked: Vec<Asked> = jsonl::read(&folder.join(&file), "`id`, `question` and `function`")?;
    let mut answers: BTreeMap<String, Vec<Expected>> = BTreeMap::new();
    if category != Category::Irrelevance {
        let read: Vec<Answer> = jsonl::read(&folder.join("answer").join(&file), "`id` and `ground_truth`")?;
        answers.extend(read.into_iter().map(|answer| (answer.id, answer.ground_truth)));
    }
    let question = |Asked { id, question, function }: Asked| {
        let expected = match category {
            Category::Irrelevance => Vec::new(),
            _ => answers.remove(&id).ok_or_else(|| format!("{file}: no answer to {id}"))?,
        };
        let request = question.into_iter().flatten().map(|message| message.content).collect::<Vec<_>>().join("\n");
        Ok(Question { request, functions: function, expected })
    };
    asked.into_iter().map(question).collect()
}

/// Measures every category; of what asks for calls the mean, too.
pub(crate) fn measure(subject: &Subject, Bfcl(categories): &Bfcl, report: &mut Report) -> Result {
    let (mut shares, mut texts) = (Vec::new(), 0);
    for (category, questions) in categories {
        let set = Set::Bfcl(*category);
        let measure = match category {
            Category::Irrelevance => Measure::IrrelevanceDetected,
            _ => Measure::AstAccuracy,
        };
        let mut sheet = report.sheet(subject.column, set, questions.len());
        let mut right = Vec::new();
        for question in progress::told(questions, "questions") {
            let answered = answer(subject, question);
            let given = answered.as_ref().map_or_else(|error| json!({"error": error.to_string()}), ToolPlan::to_json);
            let is_right = is_right(question, &given);
            right.push(is_right);
            if !is_right {
                sheet.wrong(measure, &question.request, &json!(question.expected), &given)?;
            }
        }
        let share = share(right);
        sheet.add(measure, share);
        if *category != Category::Irrelevance {
            shares.push(share);
            texts += questions.len();
        }
    }
    let mean = shares.iter().sum::<f64>() / shares.len().max(1) as f64;
    report.sheet(subject.column, Set::BfclOverall, texts).add(Measure::AstAccuracy, mean);
    Ok(())
}

/// Plans a question with its own functions alone.
fn answer(subject: &Subject, question: &Question) -> Result<ToolPlan> {
    let tools = read_functions(&json!(question.functions).to_string())?;
    Ok(subject.planner(tools)?.plan(&question.request, None)?)
}

/// Whether a plan makes the calls that are expected. Where something must be asked for first, no call is made.
fn is_right(question: &Question, plan: &Value) -> bool {
    let list = |name: &str| plan.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let calls: Vec<Call<'_>> = match list("missing") {
        [] => list("steps").iter().filter_map(Call::of).collect(),
        _ => Vec::new(),
    };
    let functions: Vec<Function<'_>> = question.functions.iter().filter_map(Function::of).collect();
    plan.get("error").is_none() && agree(&functions, &question.expected, &calls)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(expected: Value, plan: Value, right: bool) {
        let functions =
            vec![json!({"name": "f", "parameters": {"properties": {"n": {"type": "integer"}}, "required": ["n"]}})];
        let expected = serde_json::from_value(expected).unwrap();
        let question = Question { request: String::new(), functions, expected };
        assert_eq!(is_right(&question, &plan), right, "{plan}");
    }

    #[test]
    fn a_question_is_no_call() {
        let call = json!({"tool": "f", "arguments": {"n": 3}});
        let asks = json!({"steps": [call], "missing": [{"parameter": "n"}]});
        check(json!([{"f": {"n": [3]}}]), json!({"steps": [call], "missing": []}), true);
        check(json!([{"f": {"n": [3]}}]), asks.clone(), false);
        check(json!([]), asks, true);
        check(json!([]), json!({"steps": [call], "missing": []}), false);
    }

    #[test]
    fn what_cannot_be_planned_is_wrong() {
        check(json!([]), json!({"error": "a schema cannot be used"}), false);
    }
}
