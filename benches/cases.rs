//! The project's own cases: families of requests with one answer, split by family as `training/planning.py` splits them.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
};

use jiff::{Zoned, fmt::temporal::Pieces, tz::TimeZone};
use maestria::{ToolSpec, delegator::read_functions};
use serde::{Deserialize, Deserializer, de::DeserializeOwned};

use crate::{Result, jsonl, split::bucket};

/// A part of the cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Split {
    /// For training.
    Train,
    /// For choosing.
    Validation,
    /// For reporting once.
    Test,
}

/// Requests that are worded differently and ask for the same, with what is expected of them.
#[derive(Debug, Deserialize)]
pub struct Family<T> {
    family: String,
    /// The wordings.
    pub requests: Vec<String>,
    #[serde(flatten)]
    /// What is expected.
    pub case: T,
}

/// The families of a kind in the splits that are measured, and the tools that all of them may call.
#[derive(Debug)]
pub struct Cases<T> {
    /// The tools.
    pub tools: Vec<ToolSpec>,
    /// The families of every split.
    pub splits: Vec<(Split, Vec<Family<T>>)>,
}

impl<T: DeserializeOwned> Cases<T> {
    /// Reads the cases of a kind, which is the name of their folder, in these splits. `fields` says in words what a family has.
    ///
    /// # Errors
    /// When a file cannot be read, or is not what it should be.
    pub fn read(folder: &Path, kind: &str, fields: &str, splits: &[Split]) -> Result<Self> {
        let tools = read_tools(folder)?;
        let mut splits: Vec<(Split, Vec<Family<T>>)> = splits.iter().map(|split| (*split, Vec::new())).collect();
        for file in files(&folder.join(kind))? {
            for family in jsonl::read::<Family<T>>(&file, fields)? {
                let of = Split::of(&family.family);
                if let Some((_, families)) = splits.iter_mut().find(|(split, _)| *split == of) {
                    families.push(family);
                }
            }
        }
        Ok(Self { tools, splits })
    }
}

/// The tools of one product, and families of requests to them alone.
#[derive(Debug)]
pub struct Product<T> {
    /// The tools.
    pub tools: Vec<ToolSpec>,
    /// The families.
    pub families: Vec<Family<T>>,
}

impl<T: DeserializeOwned> Product<T> {
    /// Reads the products of these splits: folders with `tools.json` and `cases.jsonl`, in a folder for each split.
    ///
    /// # Errors
    /// As [`Cases::read`].
    pub fn read_all(folder: &Path, fields: &str, splits: &[Split]) -> Result<Vec<(Split, Vec<Self>)>> {
        let read = |product: PathBuf| {
            let families = jsonl::read(&product.join("cases.jsonl"), fields)?;
            Ok(Self { tools: read_tools(&product)?, families })
        };
        let of_split = |split: &Split| {
            let products = entries(&folder.join(split.to_string()))?;
            Ok((*split, products.into_iter().map(read).collect::<Result<_>>()?))
        };
        splits.iter().map(of_split).collect()
    }
}

impl<T> Family<T> {
    /// Every request with what is expected of it.
    #[must_use]
    pub fn all(families: &[Self]) -> Vec<(&str, &T)> {
        families
            .iter()
            .flat_map(|family| family.requests.iter().map(|request| (request.as_str(), &family.case)))
            .collect()
    }
}

impl Split {
    /// The split of a family, decided by a hash of its name: 70 % train, 15 % validation, 15 % test.
    fn of(family: &str) -> Self {
        match bucket(family, 20) {
            0..3 => Self::Validation,
            3..6 => Self::Test,
            _ => Self::Train,
        }
    }
}

impl fmt::Display for Split {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Train => "train",
            Self::Validation => "validation",
            Self::Test => "test",
        })
    }
}

/// Reads a moment with its offset, such as `2026-03-04T09:30:00+01:00`.
///
/// # Errors
/// When it is none, in words that show one.
pub fn moment<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Zoned, D::Error> {
    let text = String::deserialize(deserializer)?;
    let read = || {
        let pieces = Pieces::parse(&text).ok()?;
        let zone = pieces.to_numeric_offset().map_or(TimeZone::UTC, TimeZone::fixed);
        pieces.date().to_datetime(pieces.time()?).to_zoned(zone).ok()
    };
    read().ok_or_else(|| serde::de::Error::custom(format!("{text:?} is no moment such as 2026-03-04T09:30:00+01:00")))
}

fn read_tools(folder: &Path) -> Result<Vec<ToolSpec>> {
    let file = folder.join("tools.json");
    Ok(read_functions(&jsonl::text(&file).map_err(hint)?).map_err(|error| format!("{}: {error}", file.display()))?)
}

fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = entries(folder)?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "jsonl"));
    Ok(files)
}

/// What is in a folder, in order.
fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).map_err(|error| hint(format!("{}: {error}", folder.display()).into()))?;
    let mut entries = entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
    entries.sort();
    Ok(entries)
}

fn hint(error: Box<dyn std::error::Error>) -> Box<dyn std::error::Error> {
    format!("{error}; run this from the root of the repository, or name the folder with --cases").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_of_a_family_decides_its_split() {
        // As `split_of` of training/planning.py has it.
        let check = |family: &str, split: Split| assert_eq!(Split::of(family), split, "{family}");
        check("flight-then-mail", Split::Train);
        check("l-red-eye-boston", Split::Validation);
        let count = |split| (0..2_000).filter(|i| Split::of(&format!("family {i}")) == split).count();
        let shares = [Split::Train, Split::Validation, Split::Test].map(count);
        assert!((1_330..1_470).contains(&shares[0]) && shares[1] > 250 && shares[2] > 250, "{shares:?}");
    }
}
