//! The weights of the probability that a tool is meant once its arguments are read: a logistic regression on clauses of this project's cases.

use std::path::Path;

use jiff::{Timestamp, tz::TimeZone};
use maestria::{
    Classifier, Probability,
    intent::{Interpreter, Settings, Suitability},
};

use crate::{
    Result,
    logistic::{Row, print},
    sets::{self, Set},
};

const SIZE: usize = Suitability::NAMES.len() + 1;

/// Sets that the tools of `calls` fall into, and how many of them are not learnt from.
const CALLS: usize = 12;
const HELD: usize = 2;

/// Tools of a clause that are learnt from.
const LEARNT: usize = 12;

/// Prints the weights, and what they come to on wishes not learnt from.
pub(crate) fn fit(planning: &Path) -> Result {
    let calls = sets::calls(&planning.with_file_name("calls"), CALLS)?;
    let (held, calls) = calls.split_at(HELD);
    let (mut seen, mut unseen) = (Vec::new(), Vec::new());
    for set in calls {
        rows(set, &mut seen)?;
    }
    for set in held {
        rows(set, &mut unseen)?;
    }
    for (split, found) in [("train", &mut seen), ("validation", &mut unseen)] {
        rows(&sets::own(planning, split)?, found)?;
        rows(&sets::workflows(planning, split)?, found)?;
        for set in sets::products(planning, split)? {
            rows(&set, found)?;
        }
    }
    print(&Suitability::NAMES, &seen, &unseen);
    Ok(())
}

/// Every clause of every wish with each tool that may serve it. A tool that another clause means is as good as meant: which clause means
/// which tool, the cases do not say.
fn rows(set: &Set, rows: &mut Vec<Row<SIZE>>) -> Result {
    let settings = Settings {
        least_tool_confidence: Probability::saturating(0.003),
        tools_per_wish: LEARNT,
        tags_words: true,
        ..Settings::default()
    };
    let interpreter = Interpreter::new(Classifier::embedded()?, set.tools.iter().cloned())?.with_settings(settings)?;
    // Any moment will do: what matters is that moments are read.
    let now = Timestamp::UNIX_EPOCH.to_zoned(TimeZone::UTC);
    for wish in &set.wishes {
        let understanding = interpreter.interpret(&wish.text)?;
        for mut clause in understanding.clauses {
            for found in &mut clause.tools {
                let Some(tool) = interpreter.selector().get(&found.tool) else { continue };
                let read = interpreter.extractor().extract_at(tool, &wish.text, clause.span, Some(&now));
                (found.arguments, found.missing) = (read.arguments, read.missing);
            }
            for found in &clause.tools {
                let Some(tool) = interpreter.selector().get(&found.tool) else { continue };
                let suitability = Suitability::of(found, tool, &clause, &wish.text);
                rows.push(Row::new(&suitability.values(), wish.means(tool)));
            }
        }
    }
    Ok(())
}
