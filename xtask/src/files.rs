//! Files that do not say what they are for, packages that could not be published, and how long the files are.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
};

use crate::workspace::{Error, Package, Workspace};

/// Every file without a `//!` sentence in its first line, and every gap in what a published package must say of itself.
pub(crate) fn check(workspace: &Workspace) -> Result<Vec<String>, Error> {
    let mut problems: Vec<String> = workspace.packages.iter().flat_map(metadata).collect();
    for file in sources(workspace)? {
        let text = read(&file)?;
        let sentence = text.lines().next().and_then(|line| line.strip_prefix("//! "));
        if sentence.is_none_or(|sentence| sentence.trim().is_empty()) {
            problems.push(format!("{}: its first line is no `//!` sentence that says what it is for", file.display()));
        }
    }
    Ok(problems)
}

fn metadata(package: &Package) -> Vec<String> {
    if !package.is_published() {
        return Vec::new();
    }
    let readme = package.readme.as_ref().is_some_and(|readme| package.folder().join(readme).is_file());
    let said = [
        ("description", package.description.is_some()),
        ("license", package.license.is_some()),
        ("repository", package.repository.is_some()),
        ("readme", readme),
    ];
    let missing = said.iter().filter(|(_, said)| !said);
    missing.map(|(what, _)| format!("{}: has no {what}", package.name)).collect()
}

/// How long the files are.
#[derive(Debug)]
pub(crate) struct Lengths {
    files: usize,
    median: usize,
    p90: usize,
    longest: Vec<(usize, PathBuf)>,
}

/// The lengths of the published packages' source files, in lines before their `#[cfg(test)]`.
pub(crate) fn lengths(workspace: &Workspace) -> Result<Lengths, Error> {
    let mut lengths: Vec<(usize, PathBuf)> = Vec::new();
    for file in sources(workspace)? {
        if !file.components().any(|part| part.as_os_str() == "tests") {
            let lines = read(&file)?.lines().take_while(|line| *line != "#[cfg(test)]").count();
            lengths.push((lines, file));
        }
    }
    lengths.sort();
    let quantile =
        |share: usize| lengths.get((lengths.len().saturating_sub(1)) * share / 100).map_or(0, |(lines, _)| *lines);
    Ok(Lengths {
        files: lengths.len(),
        median: quantile(50),
        p90: quantile(90),
        longest: lengths.iter().rev().take(5).cloned().collect(),
    })
}

impl fmt::Display for Lengths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} files, median {} lines, 90th percentile {}; the longest:", self.files, self.median, self.p90)?;
        for (lines, file) in &self.longest {
            write!(f, "\n  {lines:4} {}", file.display())?;
        }
        Ok(())
    }
}

/// All Rust files of all packages.
fn sources(workspace: &Workspace) -> Result<Vec<PathBuf>, Error> {
    let mut files = Vec::new();
    for package in &workspace.packages {
        collect(package.folder(), &mut files)?;
    }
    files.sort();
    Ok(files)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Error> {
    let unreadable = |source| Error::Read { path: folder.to_owned(), source };
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.is_dir() && path.file_name().is_some_and(|name| name != "target") {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    Ok(())
}

fn read(file: &Path) -> Result<String, Error> {
    fs::read_to_string(file).map_err(|source| Error::Read { path: file.to_owned(), source })
}
