//! The annotated requests as JSON lines, for the network that `training/arguments.py` trains.

use std::{fs::File, io::BufWriter, io::Write as _, path::Path};

use maestria::{
    Span,
    intent::{ArgumentExtractor, Said},
};
use serde_json::json;

use crate::{Result, request::Request};

/// Writes a line for every request: the clause that is about the tool, with the places of its values in characters, and the names of those
/// parameters whose value stands in no place that is known.
pub(crate) fn dump(requests: &[Request], path: &Path) -> Result {
    let extractors = [ArgumentExtractor::default(), ArgumentExtractor::by_rules()];
    let mut file = BufWriter::new(File::create(path)?);
    for request in requests {
        let Some(clause) = request.within.of(&request.text) else { continue };
        let (places, unplaced) = request.places(&extractors);
        let characters =
            |byte: usize| request.text.get(request.within.start..byte).map_or(0, |text| text.chars().count());
        let places: Vec<_> = places
            .into_iter()
            .filter(|(_, span)| request.within.start <= span.start && span.end <= request.within.end)
            .map(|(name, span)| json!([name, characters(span.start), characters(span.end)]))
            .collect();
        let tool = json!({
            "name": request.tool.id.as_str(),
            "description": request.tool.description,
            "parameters": request.tool.input,
        });
        let (source, held) = (request.source, request.held_out);
        let line = json!({"source": source, "held_out": held, "text": clause, "tool": tool, "places": places, "unplaced": unplaced});
        writeln!(file, "{line}")?;
    }
    Ok(file.flush()?)
}

impl Request {
    /// Where values stand, and the names of parameters with a value that stands nowhere. What is no piece of the text, such as a date, stands
    /// where one of the extractors reads it.
    fn places(&self, extractors: &[ArgumentExtractor]) -> (Vec<(&str, Span)>, Vec<&str>) {
        let read = |name: &str| {
            let mut arguments = extractors.iter().flat_map(|extractor| {
                extractor.extract_at(&self.tool, &self.text, self.within, self.now.as_ref()).arguments
            });
            arguments.find(|argument| argument.parameter == name && self.is_right(argument)).map(|found| found.span)
        };
        let (mut places, mut unplaced) = (Vec::new(), Vec::new());
        places.extend(self.said.iter().map(|(name, span)| (name.as_str(), *span)));
        let is_marked = |name: &String| self.said.iter().any(|(marked, _)| marked == name);
        for (name, said) in self.values.iter().filter(|(name, _)| !is_marked(name)) {
            match said {
                Said::At(span) => places.push((name.as_str(), *span)),
                Said::Value(_) => match read(name) {
                    Some(span) => places.push((name.as_str(), span)),
                    None => unplaced.push(name.as_str()),
                },
            }
        }
        for (name, span) in self.others.iter().filter(|(name, _)| !is_marked(name)) {
            match span {
                Some(span) => places.push((name.as_str(), *span)),
                None => unplaced.push(name.as_str()),
            }
        }
        (places, unplaced)
    }
}
