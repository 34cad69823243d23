//! What must hold of every built-in suite.

use std::collections::BTreeSet;

use super::*;
use crate::discovery::Grade;

fn each(check: impl Fn(Skill, &Probe, &Probe)) {
    for skill in Skill::ALL {
        let suite = skill.suite().unwrap();
        for seed in 0..15 {
            check(skill, &suite.probe(seed), &suite.probe(seed + 1000));
        }
    }
}

fn text(probe: &Probe) -> Option<String> {
    match probe.reference() {
        Answer::Text(text) => Some(text.clone()),
        Answer::Embeddings(_) => None,
    }
}

#[test]
fn the_reference_is_right() {
    each(|skill, probe, _| {
        let grade = probe.grade(probe.reference());
        assert_eq!(grade, Grade::right(), "{skill}: {} {:?}", probe.task().text(), probe.reference());
    });
}

#[test]
fn the_reference_is_right_in_other_dress() {
    each(|skill, probe, _| {
        let Some(right) = text(probe) else { return };
        let mut dressed = vec![
            format!("\n  {right}\n\n"),
            format!("```\n{right}\n```"),
            format!("<think>It could be 1, 2 or sport.</think>\n{right}"),
            format!("{}\n\n{right}", probe.task().text()),
        ];
        if skill != Skill::InstructionFollowing {
            dressed.push(format!("Sure! The answer is:\n\n{right}"));
            dressed.push(format!("**{right}**").replace("**{", "{").replace("}**", "}"));
        }
        for answer in dressed {
            // Mark-up belongs to no expression.
            let answer = if skill == Skill::CodeGeneration { answer.replace("**", "") } else { answer };
            let grade = probe.grade(&Answer::Text(answer.clone()));
            assert_eq!(grade, Grade::right(), "{skill}: {answer}");
        }
    });
}

#[test]
fn what_is_no_answer_is_wrong() {
    each(|skill, probe, other| {
        let question = probe.task().text();
        let half: String = question.chars().take(question.chars().count() / 2).collect();
        let answers = [
            String::new(),
            " \n".to_owned(),
            "<think>The answer is".to_owned(),
            question.clone(),
            half,
            format!("{question}\n{question}"),
            "I'm sorry, but I cannot help with that.".to_owned(),
            "yes".to_owned(),
            "lorem ipsum dolor sit amet ".repeat(20),
            "x".repeat(500_000),
            other.task().text(),
        ];
        for answer in answers {
            let grade = probe.grade(&Answer::Text(answer.clone()));
            let start: String = answer.chars().take(300).collect();
            assert_eq!(grade.score.get(), 0.0, "{skill}: {question}\n\n{start}: {}", grade.reason);
        }
        assert_eq!(probe.grade(&Answer::Embeddings(Vec::new())).score.get(), 0.0, "{skill}");
    });
}

#[test]
fn all_answers_at_once_are_wrong() {
    for skill in Skill::ALL {
        let suite = skill.suite().unwrap();
        let probes: Vec<Probe> = (0..30).map(|seed| suite.probe(seed)).collect();
        let all = probes.iter().filter_map(text).collect::<Vec<_>>().join("\n");
        for probe in &probes {
            let grade = probe.grade(&Answer::Text(all.clone()));
            assert_eq!(grade.score.get(), 0.0, "{skill}: {all}: {}", grade.reason);
        }
    }
}

#[test]
fn the_answer_to_another_question_is_mostly_wrong() {
    for skill in Skill::ALL.into_iter().filter(|skill| *skill != Skill::Embedding) {
        let suite = skill.suite().unwrap();
        let scores = (0..100).map(|seed| suite.probe(seed).grade(suite.probe(seed + 500).reference()).score.get());
        let mean = scores.sum::<f64>() / 100.0;
        assert!(mean < 0.2, "{skill}: {mean}");
    }
}

#[test]
fn probes_differ_and_a_seed_gives_the_same_one() {
    for skill in Skill::ALL {
        let suite = skill.suite().unwrap();
        let texts: BTreeSet<String> = (0..100).map(|seed| suite.probe(seed).task().text()).collect();
        assert!(texts.len() > 95, "{skill}: {} of 100", texts.len());
        assert_eq!(suite.probe(5).task(), suite.probe(5).task());
        let levels: BTreeSet<Difficulty> = (0..50).map(|seed| suite.probe(seed).difficulty()).collect();
        assert_eq!(levels.len(), 3, "{skill}");
    }
}

#[test]
fn a_long_context_is_as_long_as_asked() {
    for tokens in [500, 20_000] {
        let cost = Skill::LongContext(Tokens(tokens)).suite().unwrap().probe(1).cost();
        assert!((tokens..tokens + 300).contains(&cost.input.0), "{tokens}: {}", cost.input);
    }
}
