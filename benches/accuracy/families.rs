//! The taxonomy's own examples, split by family, as `training/corpus.py` splits them.
//!
//! A family is a paragraph of a file. All of it goes into one split, so that what is measured differs in more than a word from what was
//! trained on.

use std::{
    collections::{BTreeSet, HashSet},
    fmt, fs,
    path::{Path, PathBuf},
};

use maestria::{Label, intent::taxonomy};
use maestria_benches::{Result, split::bucket};

use crate::{examples::Example, taxonomy::UNKNOWN};

/// A part of the taxonomy's examples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Split {
    Train,
    Validation,
    Test,
}

/// The examples of unseen families.
#[derive(Debug, Default)]
pub(crate) struct Families {
    validation: Vec<Example>,
    test: Vec<Example>,
}

impl Families {
    /// Reads the text files of a folder, without those that ask for several things at once. A text that stands in two splits stays in
    /// test, and stands there once.
    pub(crate) fn read(folder: &Path) -> Result<Self> {
        let mut families = Self::default();
        for file in files(folder)? {
            families.add(&file)?;
        }
        let mut seen = HashSet::new();
        for part in [&mut families.test, &mut families.validation] {
            part.retain(|example| seen.insert(normalised(&example.text)));
        }
        Ok(families)
    }

    /// The examples of a split; none of train, of which nothing is measured.
    pub(crate) fn of(&self, split: Split) -> &[Example] {
        match split {
            Split::Train => &[],
            Split::Validation => &self.validation,
            Split::Test => &self.test,
        }
    }

    fn add(&mut self, file: &Path) -> Result {
        let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
        let labels: BTreeSet<String> =
            taxonomy::all().iter().map(|label| label.as_str().to_owned()).chain([UNKNOWN.to_owned()]).collect();
        // A file of one label is named after it; in the others every line begins with its label.
        let whole = file.file_stem().and_then(|stem| stem.to_str()).filter(|stem| labels.contains(*stem));
        let mut split = None;
        for (i, line) in text.lines().map(str::trim).enumerate() {
            if line.is_empty() {
                split = None;
                continue;
            }
            let (label, text) =
                whole.map(|label| (label, line)).or_else(|| line.split_once('\t')).unwrap_or((line, ""));
            let (label, text) = (label.trim(), text.trim());
            if !labels.contains(label) || text.is_empty() {
                let place = format!("{}:{}", file.display(), i + 1);
                return Err(
                    format!("{place}: a line is a label of the taxonomy, a tab and a text, not {line:?}").into()
                );
            }
            let example = Example { text: text.to_owned(), label: label.parse::<Label>()? };
            match *split.get_or_insert_with(|| Split::of(line)) {
                Split::Train => {}
                Split::Validation => self.validation.push(example),
                Split::Test => self.test.push(example),
            }
        }
        Ok(())
    }
}

impl Split {
    /// The split of a family, decided by a hash of its first line: 80 % train, 10 % validation, 10 % test.
    fn of(first_line: &str) -> Self {
        match bucket(first_line, 10) {
            0 => Self::Validation,
            1 => Self::Test,
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

fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).map_err(|error| {
        format!(
            "{}: {error}; run this from the root of the repository, or name the folder with --taxonomy",
            folder.display()
        )
    })?;
    let mut files = entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
    files.retain(|file| {
        let is = |name: &str| file.file_stem().is_some_and(|stem| stem == name);
        file.extension().is_some_and(|extension| extension == "txt") && !is("several")
    });
    files.sort();
    Ok(files)
}

/// The form under which two texts count as the same: words in small letters.
fn normalised(text: &str) -> String {
    let lower = text.to_lowercase();
    let words: Vec<&str> = lower
        .split(|letter: char| !letter.is_alphanumeric() && letter != '_')
        .filter(|word| !word.is_empty())
        .collect();
    if words.is_empty() { text.to_owned() } else { words.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_differ_in_case_and_punctuation_are_the_same() {
        assert_eq!(normalised("Plot it, NOW!"), normalised("plot it now"));
        assert_eq!(normalised("?!"), "?!");
    }

    #[test]
    fn the_hash_of_the_first_line_decides_the_split() {
        let shares = [Split::Train, Split::Validation, Split::Test]
            .map(|split| (0..2_000).filter(|i| Split::of(&format!("line {i}")) == split).count());
        assert!((1_500..1_700).contains(&shares[0]) && shares[1] > 150 && shares[2] > 150, "{shares:?}");
        // What `split_of` of `training/corpus.py` says of the same lines.
        for (line, split) in [
            ("draw a chart of sales", Split::Train),
            ("Übersetze das bitte", Split::Validation),
            ("make me a sandwich", Split::Test),
            ("rename the file", Split::Test),
        ] {
            assert_eq!(Split::of(line), split, "{line}");
        }
    }
}
