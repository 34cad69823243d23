//! How many values are found, and how many of those found are right.

use maestria::{
    Argument,
    intent::{ArgumentExtractor, Said},
};

use crate::request::Request;

/// Counts of values.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Scores {
    /// Values that the requests state.
    pub(crate) values: usize,
    found: usize,
    right: usize,
}

impl Scores {
    /// Counts over requests, and tells on standard error what is wrong if asked to.
    pub(crate) fn of<'a>(
        extractor: &ArgumentExtractor,
        requests: impl Iterator<Item = &'a Request>,
        tell: bool,
    ) -> Self {
        let mut scores = Self::default();
        for request in requests {
            let found =
                extractor.extract_at(&request.tool, &request.text, request.within, request.now.as_ref()).arguments;
            let right = found.iter().filter(|argument| request.is_right(argument)).count();
            if tell && (right < found.len() || right < request.values.len()) {
                let found: Vec<String> =
                    found.iter().map(|argument| format!("{}={}", argument.parameter, argument.value)).collect();
                let (tool, text) = (&request.tool.id, &request.text);
                eprintln!("{tool}: {text}\n  expected {}\n  found    {}", request.said(), found.join(", "));
            }
            scores.values += request.values.len();
            scores.found += found.len();
            scores.right += right;
        }
        scores
    }

    pub(crate) fn precision(&self) -> f64 {
        self.right as f64 / self.found.max(1) as f64
    }

    pub(crate) fn recall(&self) -> f64 {
        self.right as f64 / self.values.max(1) as f64
    }

    /// The harmonic mean of both.
    pub(crate) fn f1(&self) -> f64 {
        2.0 * self.right as f64 / (self.found + self.values).max(1) as f64
    }
}

impl Request {
    /// Whether an argument is what the request says for its parameter.
    pub(crate) fn is_right(&self, argument: &Argument) -> bool {
        self.values.iter().any(|(name, said)| {
            *name == argument.parameter
                && match said {
                    Said::At(span) => {
                        let text = span.of(&self.text).unwrap_or_default();
                        let first =
                            argument.value.as_array().and_then(|items| items.first()).unwrap_or(&argument.value);
                        *span == argument.span || first.as_str().is_some_and(|v| v.eq_ignore_ascii_case(text))
                    }
                    Said::Value(value) => match (value.as_f64(), argument.value.as_f64()) {
                        (Some(a), Some(b)) => (a - b).abs() < 1e-9,
                        _ => *value == argument.value,
                    },
                }
        })
    }

    fn said(&self) -> String {
        let said = |(name, said): &(String, Said)| match said {
            Said::At(span) => format!("{name}={:?}", span.of(&self.text).unwrap_or_default()),
            Said::Value(value) => format!("{name}={value}"),
        };
        self.values.iter().map(said).collect::<Vec<_>>().join(", ")
    }
}
