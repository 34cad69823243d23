//! Files of JSON: lines of objects, and whole documents, read into values of a type; what cannot be read is named by its place.

use std::{fs, path::Path};

use serde::de::DeserializeOwned;

use crate::Result;

/// The objects of a file of JSON lines; `fields` says in words what an object has. Empty lines are skipped.
///
/// # Errors
/// In words that name the file, and the line and column of what is not such an object.
pub fn read<T: DeserializeOwned>(file: &Path, fields: &str) -> Result<Vec<T>> {
    let text = text(file)?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let parse = |(i, line): (usize, &str)| {
        serde_json::from_str(line).map_err(|error| {
            let place = format!("{}:{}:{}", file.display(), i + 1, error.column());
            // The parser numbers the lines of what it is given, which is one.
            let problem = error.to_string();
            let problem = problem.split(" at line ").next().unwrap_or_default();
            format!("{place}: {problem}; a line is a JSON object with {fields}").into()
        })
    };
    lines.map(parse).collect()
}

/// The value of a file that is one JSON document.
///
/// # Errors
/// In words that name the file, and the line and column of what is wrong.
pub fn document<T: DeserializeOwned>(file: &Path) -> Result<T> {
    Ok(serde_json::from_str(&text(file)?).map_err(|error| format!("{}: {error}", file.display()))?)
}

/// The text of a file.
///
/// # Errors
/// In words that name the file.
pub fn text(file: &Path) -> Result<String> {
    Ok(fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn a_damaged_line_is_named_by_file_line_and_column() {
        let file = std::env::temp_dir().join(format!("maestria-jsonl-{}.jsonl", std::process::id()));
        fs::write(&file, "{\"text\": \"hello\"}\n\n{\"text\": }\n").unwrap();
        let error = read::<Value>(&file, "`text`").unwrap_err().to_string();
        fs::remove_file(&file).unwrap();
        assert_eq!(error, format!("{}:3:10: expected value; a line is a JSON object with `text`", file.display()));
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let error = document::<Value>(Path::new("no/such.json")).unwrap_err().to_string();
        assert!(error.starts_with("no/such.json: "), "{error}");
    }
}
