//! Reading the sets: JSON lines with `text` and `label`, and the taxonomy's own files with their split by family.

use std::{fs, path::Path};

use maestria::Label;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::Result;

/// A text and what it asks for.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Example {
    pub(crate) text: String,
    pub(crate) label: Label,
}

/// The examples of a file of JSON lines.
pub(crate) fn lines(file: &Path) -> Result<Vec<Example>> {
    let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    text.lines().filter(|line| !line.trim().is_empty()).map(|line| Ok(serde_json::from_str(line)?)).collect()
}

/// The single-label examples of one split of the taxonomy: families are paragraphs, and the hash of a family's first line decides its split
/// as in `training/corpus.py`, 80 % train, 10 % validation, 10 % test.
pub(crate) fn taxonomy(folder: &Path, split: &str) -> Result<Vec<Example>> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .map_err(|error| format!("{}: {error}; run this from the root of the repository", folder.display()))?
        .collect::<std::io::Result<Vec<_>>>()?;
    files.sort_by_key(std::fs::DirEntry::file_name);
    let mut examples = Vec::new();
    for file in files {
        let path = file.path();
        let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        if stem == "several" {
            continue;
        }
        let text = fs::read_to_string(&path)?;
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        for family in lines.split(|line| line.is_empty()).filter(|family| !family.is_empty()) {
            if split_of(family.first().copied().unwrap_or_default()) != split {
                continue;
            }
            for line in family {
                let (label, text) =
                    if stem == "near_miss" { line.split_once('\t').unwrap_or((stem, line)) } else { (stem, *line) };
                examples.push(Example { text: text.trim().to_owned(), label: label.trim().parse()? });
            }
        }
    }
    Ok(examples)
}

fn split_of(first_line: &str) -> &'static str {
    let digest = Sha256::digest(first_line.as_bytes());
    let number = digest.iter().take(4).fold(0_u32, |number, &byte| number << 8 | u32::from(byte));
    match number % 10 {
        0 => "validation",
        1 => "test",
        _ => "train",
    }
}
