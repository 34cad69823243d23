//! Whether what a language model wrote is a plan: the check that every plan passes, and one that only what it wrote needs.

use std::collections::BTreeMap;

use maestria_vocabulary::{Effect, Probability, Question, StepId};

use super::{super::draft, AnswerError, Brief, notation::Written, prompt::shortened};
use crate::{
    Action, Catalog, PlanError, Proposal, Step,
    check::{Extent, arranged, problems},
};

/// Longest question to a person, in letters.
const LONGEST_QUESTION: usize = 300;

/// The plan that was written, or all that is wrong with it. Nothing when it says that nothing serves the request.
pub(super) fn judge(
    mut written: Written,
    brief: &Brief,
    catalog: &Catalog,
) -> Result<Option<Proposal>, Vec<AnswerError>> {
    let (steps, mut wrong) = written.steps(brief);
    let questions = questions(&written, brief, catalog, &mut wrong);
    if steps.is_empty() && questions.is_empty() && wrong.is_empty() {
        return Ok(None);
    }
    let steps = match arranged(steps) {
        Ok(steps) => steps,
        Err(problem) => {
            wrong.push(problem.into());
            return Err(wrong);
        }
    };
    let asked = |problem: &PlanError| match problem {
        PlanError::MissingArgument { tool, parameter, .. } => {
            questions.iter().any(|question| question.tool == *tool && question.parameter == *parameter)
        }
        _ => false,
    };
    let unasked = problems(&steps, catalog, Extent::Whole).into_iter().filter(|problem| !asked(problem));
    wrong.extend(unasked.map(AnswerError::Plan));
    wrong.extend(steps.iter().filter_map(|step| beyond(step, brief, catalog)));
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let called = steps.iter().filter_map(|step| match &step.action {
        Action::Call { tool, .. } => Some((step.id.clone(), brief.probability(tool))),
        _ => None,
    });
    let confidences: BTreeMap<StepId, Probability> = called.collect();
    Ok(Some(Proposal::new(steps, &confidences, questions, Vec::new())))
}

/// What a step does to the world though the person did not ask for it. What came with the request, or was said within quotes, does not ask.
fn beyond(step: &Step, brief: &Brief, catalog: &Catalog) -> Option<AnswerError> {
    let Action::Call { tool, .. } = &step.action else { return None };
    let spec = catalog.get(tool).filter(|spec| spec.effect != Effect::Pure)?;
    let not_asked = || AnswerError::NotAskedFor { step: step.id.clone(), tool: spec.id.clone() };
    (!brief.asks_for(tool)).then(not_asked)
}

fn questions(written: &Written, brief: &Brief, catalog: &Catalog, wrong: &mut Vec<AnswerError>) -> Vec<Question> {
    let mut questions = Vec::new();
    for asked in &written.missing {
        let known = brief.presets.iter().any(|preset| preset.tool == asked.tool && preset.parameter == asked.parameter);
        let taken = catalog.get(&asked.tool).and_then(|spec| Some((spec, spec.parameter(&asked.parameter)?)));
        let Some((spec, schema)) = taken else {
            let (tool, parameter) = (asked.tool.clone(), asked.parameter.clone());
            wrong.push(AnswerError::UnknownQuestion { tool, parameter });
            continue;
        };
        if known {
            continue;
        }
        let mut question = draft::asked(spec, &asked.parameter, schema);
        if let Some(text) = asked.question.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
            question.text = shortened(text, LONGEST_QUESTION);
        }
        questions.push(question);
    }
    questions
}
