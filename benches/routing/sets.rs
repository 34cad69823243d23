//! Public requests with the scores of several models.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    io::BufReader,
    path::Path,
};

use flate2::read::GzDecoder;
use maestria::{ModelId, Probability};
use maestria_benches::{Result, split::bucket};
use serde::Deserialize;

/// Parts that are held out in turn.
pub(crate) const FOLDS: u32 = 5;

/// Which figure a set gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Figure {
    /// Mean score of the model chosen.
    Score,
    /// Share of the gap between a weak and a strong model that is recovered, averaged over the share of calls of the strong one.
    GapRecovered,
}

/// Requests, the parts they are held out in, and what is asked for.
#[derive(Debug)]
pub(crate) struct Set {
    pub(crate) name: &'static str,
    pub(crate) figure: Figure,
    pub(crate) asked: f64,
    pub(crate) requests: Vec<Request>,
}

/// A request with the score of every model, in the order of their ids.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) text: String,
    pub(crate) scores: Vec<(ModelId, Probability)>,
    pub(crate) fold: u32,
}

#[derive(Debug, Deserialize)]
struct Question {
    question: String,
    scores: BTreeMap<String, f64>,
}

/// LLMRouter's questions and nine models; the fold is by a hash of the question.
pub(crate) fn llmrouter(data: &Path) -> Result<Set> {
    let path = data.join("routing/llmrouter/train.json.gz");
    let file = File::open(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let questions: Vec<Question> = serde_json::from_reader(BufReader::new(GzDecoder::new(file)))?;
    let mut requests = Vec::new();
    for Question { question, scores } in questions {
        let scores = scores.into_iter().map(|(model, score)| Ok((model.parse()?, Probability::new(score)?)));
        let fold = bucket(&question, FOLDS);
        requests.push(Request { text: question, scores: scores.collect::<Result<_>>()?, fold });
    }
    Ok(Set { name: "LLMRouter", figure: Figure::Score, asked: 0.665, requests })
}

/// RouteLLM's answers to MMLU by a weak and a strong model. Requests are held out by a hash of their words, or whole subjects in turn.
pub(crate) fn mmlu(data: &Path, by_subject: bool) -> Result<Set> {
    let folder = data.join("routing/routellm/mmlu");
    let listed = fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut files = listed.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    files.sort();
    let (mut requests, mut seen) = (Vec::new(), BTreeSet::new());
    for (subject, path) in (0_u32..).zip(files) {
        for row in csv::Reader::from_path(&path)?.into_records() {
            let row = row?;
            let [Some(text), Some(weak), Some(strong)] = [0, 1, 2].map(|place| row.get(place)) else {
                return Err(format!("{}: a row without three values", path.display()).into());
            };
            if !seen.insert(text.to_owned()) {
                continue;
            }
            let score = |right: &str| if right == "True" { Probability::ONE } else { Probability::ZERO };
            let scores = vec![("strong".parse()?, score(strong)), ("weak".parse()?, score(weak))];
            let fold = if by_subject { subject % FOLDS } else { bucket(text, FOLDS) };
            requests.push(Request { text: text.to_owned(), scores, fold });
        }
    }
    let (name, asked) = if by_subject { ("MMLU, whole subjects held out", 0.62) } else { ("MMLU, in domain", 0.72) };
    Ok(Set { name, figure: Figure::GapRecovered, asked, requests })
}
