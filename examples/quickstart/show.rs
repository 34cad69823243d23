//! What happened to a request, compactly and for people.

mod result;

use std::{
    io::{self, Write},
    time::Duration,
};

use maestria::{Answer, Content, Lack, Outcome, Response, StepFailure, StepResult, Understanding, Verdict};

/// Most lines shown of an answer.
const MOST_LINES: usize = 24;

pub(crate) fn print(request: &str, response: &Response) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "» {}", shorten(request, 160))?;
    if let Some(understanding) = &response.understanding {
        understood(&mut out, understanding)?;
    }
    if let Some(plan) = &response.plan {
        for step in plan.steps() {
            writeln!(
                out,
                "  {:<10} {}",
                if step.id.as_str() == "s1" { "plan" } else { "" },
                shorten(&step.to_string(), 160)
            )?;
        }
    }
    for choice in &response.choices {
        if let Some(best) = choice.ranking.ranked.first() {
            writeln!(out, "  {:<10} {}: {best}", "chosen", choice.step)?;
        }
    }
    for (i, outcome) in response.outcomes.iter().enumerate() {
        writeln!(out, "  {:<10} {}", if i == 0 { "ran" } else { "" }, ran(outcome))?;
    }
    let stages = &response.stages;
    let times = [
        ("understand", stages.understand),
        ("plan", stages.plan),
        ("delegate", stages.delegate),
        ("execute", stages.execute),
    ];
    let times: Vec<String> = times.iter().map(|(name, time)| format!("{name} {}", duration(*time))).collect();
    writeln!(out, "  {:<10} {}", "time", times.join(", "))?;
    for (i, line) in answer(response).lines().enumerate() {
        writeln!(out, "  {:<10} {line}", if i == 0 { kind(&response.answer) } else { "" })?;
    }
    writeln!(out)
}

fn understood(out: &mut impl Write, understanding: &Understanding) -> io::Result<()> {
    let intents: Vec<String> =
        understanding.intents().map(|intent| format!("{} {:.2}", intent.label, intent.confidence)).collect();
    writeln!(out, "  {:<10} {}", "intent", if intents.is_empty() { "unknown".to_owned() } else { intents.join(", ") })?;
    let best = understanding.clauses.iter().filter_map(|clause| clause.tools.first());
    for (i, tool) in best.enumerate() {
        let arguments: Vec<String> = tool.arguments.iter().map(|a| format!("{} = {}", a.parameter, a.value)).collect();
        let name = if i == 0 { "tools" } else { "" };
        writeln!(out, "  {name:<10} {} {:.2} ({})", tool.tool, tool.confidence, arguments.join(", "))?;
    }
    for note in &understanding.notes {
        writeln!(out, "  {:<10} {note}", "note")?;
    }
    Ok(())
}

fn ran(outcome: &Outcome) -> String {
    let verdict = match outcome.verdict {
        Verdict::Succeeded => "",
        Verdict::Failed => ", failed",
        Verdict::TimedOut => ", timed out",
        Verdict::Cancelled => ", cancelled",
    };
    format!(
        "{} {} on {}, {} (waited {}){verdict}",
        outcome.step,
        outcome.executor,
        outcome.device,
        duration(outcome.ran),
        duration(outcome.waited)
    )
}

fn kind(answer: &Answer) -> &'static str {
    match answer {
        Answer::Done { .. } => "answer",
        Answer::Incomplete { .. } | Answer::Broken { .. } => "problem",
        Answer::Clarify { .. } => "question",
        Answer::Lacking { .. } => "missing",
        _ => "answer",
    }
}

/// The answer in words. What was not understood of a request that was served otherwise is said too.
fn answer(response: &Response) -> String {
    let mut text = match &response.answer {
        Answer::Done { results } => results.iter().map(finished).collect::<Vec<_>>().join("\n"),
        Answer::Incomplete { results, failures } => {
            let failures = failures.iter().map(StepFailure::to_string);
            failures.chain(results.iter().map(result::brief)).collect::<Vec<_>>().join("\n")
        }
        Answer::Lacking { abilities } => format!("{}{}", response.answer, abilities.iter().map(remedy).collect::<String>()),
        Answer::NotUnderstood if response.understanding.as_ref().is_some_and(|u| u.clauses.is_empty()) => {
            "The request is empty. Say what shall be done, for example: Summarize docs/architecture.md in three sentences".to_owned()
        }
        other => other.to_string(),
    };
    let unserved = response.plan.iter().flat_map(|plan| plan.unserved());
    for span in unserved {
        let words = response.understanding.as_ref().and_then(|understanding| span.of(&understanding.text));
        text.push_str(&format!("\nNot understood, and left out: \"{}\"", words.unwrap_or_default()));
    }
    shorten_lines(&text)
}

/// A result that is the answer, and what to add to the request when it would be lost.
fn finished(result: &StepResult) -> String {
    let hint = match &result.content {
        Content::Text(text) if result::is_drawing(text) => "; to keep it, add: and save it as chart.svg",
        _ => "",
    };
    format!("{}{hint}", result::brief(result))
}

/// How a developer gives the application an ability that no model has.
fn remedy(lack: &Lack) -> String {
    if !lack.refused.is_empty() {
        return String::new();
    }
    format!(
        "\nFor developers: Orchestrator::builder().with_model(ModelCard::new(…).with_capability(\"{}\".parse()?, quality), model)",
        lack.capability
    )
}

fn duration(time: Duration) -> String {
    let micros = time.as_secs_f64() * 1e6;
    match micros {
        m if m < 1_000.0 => format!("{m:.0} µs"),
        m if m < 1_000_000.0 => format!("{:.1} ms", m / 1e3),
        m => format!("{:.2} s", m / 1e6),
    }
}

fn shorten(text: &str, longest: usize) -> String {
    let line = text.replace(['\n', '\r'], " ");
    match line.char_indices().nth(longest) {
        Some((end, _)) => format!("{}… ({} bytes)", line.get(..end).unwrap_or_default(), text.len()),
        None => line,
    }
}

/// The first lines of a long answer.
fn shorten_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    match lines.get(..MOST_LINES) {
        Some(first) if lines.len() > MOST_LINES + 1 => {
            format!("{}\n… {} more lines; --json shows all", first.join("\n"), lines.len() - MOST_LINES)
        }
        _ => text.to_owned(),
    }
}
