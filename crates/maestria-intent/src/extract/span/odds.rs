//! How likely the words of a passage belong to the parameters of a tool, by the network that reads them all at once.

use maestria_vocabulary::ToolSpec;
use ndarray::{Array2, Axis};

use super::super::passage::Passage;
use crate::tag::Tagged;

/// Least probability that counts, and of its contrary: one word alone does not decide.
const LEAST: f32 = 1e-3;

/// Least probability that a value begins with a word for the words before it to be another value.
const LEAST_BEGINS: f32 = 0.5;

/// How likely words belong to parameters, and values begin with them.
///
/// Were words independent of each other, the sum over a run of words would be the logarithm of how much likelier it is that just these words
/// are the value than that none is.
#[derive(Debug)]
pub(in super::super) struct Odds {
    /// Logarithms of odds, added up from the first word on: `[words + 1, parameters]`.
    sums: Array2<f32>,
    /// The probability of every word that a value begins with it.
    begins: Vec<f32>,
}

impl Odds {
    pub(in super::super) fn of(tool: &ToolSpec, passage: &Passage<'_>) -> Self {
        let tagged = passage.read().map(|clause| clause.of_tool(tool, passage.known)).unwrap_or_default();
        let tokens = &passage.pieces().tokens;
        let parameters = tagged.first().map_or(0, |tagged| tagged.asks.len().saturating_sub(1));
        let mut sums = Array2::zeros((tokens.len() + 1, parameters));
        let mut begins = Vec::with_capacity(tokens.len());
        for (place, token) in tokens.iter().enumerate() {
            let (start, end) =
                (token.start.saturating_sub(passage.within.start), token.end.saturating_sub(passage.within.start));
            let inside: Vec<&Tagged> =
                tagged.iter().filter(|run| run.span.start < end && start < run.span.end).collect();
            let mut sum = sums.row(place).to_owned();
            for run in &inside {
                let odds = run.asks.iter().skip(1).map(|ask| {
                    let likely = ask.clamp(LEAST, 1.0 - LEAST);
                    (likely / (1.0 - likely)).ln() / inside.len() as f32
                });
                sum.iter_mut().zip(odds).for_each(|(sum, odds)| *sum += odds);
            }
            sums.index_axis_mut(Axis(0), place + 1).assign(&sum);
            begins.push(inside.first().map_or(0.0, |run| run.begins));
        }
        Self { sums, begins }
    }

    /// The logarithm of the odds that the words from `first` up to the one `behind` are the value of a parameter.
    pub(super) fn run(&self, first: usize, behind: usize, parameter: usize) -> f32 {
        let upto = |word: usize| self.sums.get((word, parameter)).copied().unwrap_or_default();
        upto(behind) - upto(first)
    }

    /// Whether a value begins with a word between the first of a run and the one `behind` it: then it has several.
    pub(super) fn has_several(&self, first: usize, behind: usize) -> bool {
        self.begins.get(first + 1..behind).is_some_and(|inside| inside.iter().any(|begins| *begins >= LEAST_BEGINS))
    }

    /// The run of words that is likeliest the value of a parameter, from its first word to the first behind it, if any is likelier than none
    /// (Bentley 1984, "Programming Pearls: Algorithm Design Techniques").
    pub(super) fn likeliest(&self, parameter: usize) -> Option<(usize, usize)> {
        let sums = self.sums.columns().into_iter().nth(parameter)?;
        let mut lowest = (0, 0.0);
        let mut best = (0.0, None);
        for (word, &sum) in sums.iter().enumerate() {
            if sum - lowest.1 > best.0 {
                best = (sum - lowest.1, Some((lowest.0, word)));
            }
            if sum < lowest.1 {
                lowest = (word, sum);
            }
        }
        best.1
    }
}
