//! What tools may read from the disk and write to it.
//!
//! Requests come from anybody: whatever path they name, reading ends, and nothing is written outside the working directory
//! and the system's temporary folder.

use std::{
    env, fs,
    io::{self, Read},
    path::{Path, PathBuf},
};

use maestria::{Content, ToolError};
use serde_json::json;

/// Largest file read, in bytes.
const LARGEST: u64 = 64 << 20;

/// Runs work with files on a thread that may wait: those of the runtime serve other requests meanwhile.
pub(crate) async fn blocking<T, F>(work: F) -> Result<T, ToolError>
where
    T: Send + 'static,
    F: FnOnce() -> Result<T, ToolError> + Send + 'static,
{
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(ToolError::failed("working with a file", error)))
}

/// The text of a regular file of at most 64 MiB.
pub(crate) fn read(file: &str) -> Result<String, ToolError> {
    let refuse = |problem: String| ToolError::invalid_argument("file", problem);
    let metadata = fs::metadata(file).map_err(|error| refuse(missing(file, &error)))?;
    if metadata.is_dir() {
        return Err(refuse(format!("{file} is a folder: name a file in it")));
    }
    // Devices and pipes may never end, and opening a pipe may wait forever.
    if !metadata.is_file() {
        return Err(refuse(format!("{file} is a device or a pipe: name a regular file")));
    }
    let mut bytes = Vec::new();
    // The file may grow while it is read, and those of some systems have no size: the limit is kept here.
    fs::File::open(file)
        .and_then(|open| open.take(LARGEST + 1).read_to_end(&mut bytes))
        .map_err(|error| refuse(missing(file, &error)))?;
    if bytes.len() as u64 > LARGEST {
        return Err(refuse(format!("{file} has more than {} MiB, the most that is read", LARGEST >> 20)));
    }
    String::from_utf8(bytes).map_err(|_| refuse(format!("{file} is not UTF-8 text: convert it first")))
}

/// Says that a file cannot be read, and which one may have been meant.
fn missing(file: &str, error: &io::Error) -> String {
    if error.kind() != io::ErrorKind::NotFound {
        return format!("{file} cannot be read ({error})");
    }
    let path = Path::new(file);
    let folder = folder_of(path);
    let Ok(entries) = fs::read_dir(folder) else {
        return format!("there is no folder {}, so no file {file}: check the path", folder.display());
    };
    let mut names: Vec<String> =
        entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    let wanted = path.extension();
    names.retain(|name| !name.starts_with('.') && Path::new(name).extension() == wanted);
    names.sort();
    names.truncate(5);
    if names.is_empty() {
        format!("there is no file {file}: check the path")
    } else {
        format!("there is no file {file}; {} has {}", folder.display(), names.join(", "))
    }
}

/// Writes the file that a parameter names, and says where and how much.
pub(crate) fn save(parameter: &str, path: &str, text: &str) -> Result<Content, ToolError> {
    let refuse = |problem: String| ToolError::invalid_argument(parameter, problem);
    let permitted = [env::current_dir().unwrap_or_default(), env::temp_dir()];
    writable(Path::new(path), &permitted).map_err(refuse)?;
    fs::write(path, text).map_err(|error| refuse(format!("{path} cannot be written ({error}): name another place")))?;
    Ok(Content::Json(json!({"saved": path, "bytes": text.len()})))
}

/// Whether a file may be written: in an existing folder inside a permitted one, and over nothing but a regular file.
fn writable(path: &Path, permitted: &[PathBuf]) -> Result<(), String> {
    let shown = path.display();
    if path.file_name().is_none() {
        return Err(format!("\"{shown}\" names no file"));
    }
    let folder = folder_of(path);
    // Links and `..` are followed as far as folders exist: what counts is where the file would come to lie.
    let existing = folder.ancestors().find_map(|ancestor| or_here(ancestor).canonicalize().ok());
    let inside = |permitted: &PathBuf| {
        permitted.canonicalize().is_ok_and(|permitted| existing.as_ref().is_some_and(|e| e.starts_with(permitted)))
    };
    if !permitted.iter().any(inside) {
        let permitted: Vec<String> = permitted.iter().map(|permitted| permitted.display().to_string()).collect();
        return Err(format!("{shown} may not be written: files are saved inside {} only", permitted.join(" or ")));
    }
    if !folder.is_dir() {
        return Err(format!("there is no folder {} to save {shown} in: make it first", folder.display()));
    }
    match path.symlink_metadata() {
        Ok(metadata) if metadata.is_dir() => Err(format!("{shown} is a folder: name a file in it")),
        Ok(metadata) if !metadata.is_file() => Err(format!("{shown} is a link, a device or a pipe: name another file")),
        _ => Ok(()),
    }
}

/// The folder that a path lies in; one without a folder lies in the working directory.
fn folder_of(path: &Path) -> &Path {
    path.parent().map_or(path, or_here)
}

fn or_here(folder: &Path) -> &Path {
    if folder.as_os_str().is_empty() { Path::new(".") } else { folder }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A fresh folder of one test, with a file, a folder and a link to a place that is not permitted.
    fn folder(test: &str) -> PathBuf {
        let root = env::temp_dir().join(format!("maestria-quickstart-{}-{test}", std::process::id()));
        let _ = fs::remove_dir_all(&root);
        fs::create_dir_all(root.join("permitted/folder")).unwrap();
        fs::write(root.join("permitted/file.txt"), "text").unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(&root, root.join("permitted/link")).unwrap();
        root.join("permitted")
    }

    #[test]
    fn files_are_written_inside_permitted_folders_only() {
        let root = folder("write");
        let check = |path: &str, expected: Result<(), &str>| {
            let found = writable(&root.join(path), std::slice::from_ref(&root));
            match (&found, expected) {
                (Ok(()), Ok(())) => {}
                (Err(problem), Err(part)) => assert!(problem.contains(part), "{path}: {problem}"),
                _ => panic!("{path}: {found:?}"),
            }
        };
        check("new.svg", Ok(()));
        check("file.txt", Ok(()));
        check("folder/new.svg", Ok(()));
        check("folder/../new.svg", Ok(()));
        check("folder", Err("is a folder"));
        check("missing/new.svg", Err("there is no folder"));
        check("../new.svg", Err("files are saved inside"));
        check("folder/../../new.svg", Err("files are saved inside"));
        check("missing/../../new.svg", Err("there is no folder"));
        check("/etc/new.svg", Err("files are saved inside"));
        check("/no/such/folder/new.svg", Err("files are saved inside"));
        check("/", Err("names no file"));
        check("..", Err("names no file"));
        if cfg!(unix) {
            check("link", Err("is a link"));
            check("link/new.svg", Err("files are saved inside"));
        }
        fs::remove_dir_all(root.parent().unwrap()).unwrap();
    }

    #[test]
    fn reading_ends_whatever_the_path_names() {
        let root = folder("read");
        fs::write(root.join("latin.txt"), b"caf\xe9").unwrap();
        fs::File::create(root.join("huge.txt")).unwrap().set_len(LARGEST + 1).unwrap();
        let check = |path: &str, part: &str| {
            let problem = read(root.join(path).to_str().unwrap()).unwrap_err().to_string();
            assert!(problem.contains(part), "{path}: {problem}");
        };
        check("folder", "is a folder");
        check("missing.txt", "permitted has file.txt, huge.txt, latin.txt");
        check("missing.md", "check the path");
        check("missing/file.txt", "there is no folder");
        check("latin.txt", "not UTF-8");
        check("huge.txt", "more than 64 MiB");
        if cfg!(unix) {
            check("/dev/zero", "is a device or a pipe");
        }
        assert_eq!(read(root.join("file.txt").to_str().unwrap()).unwrap(), "text");
        fs::remove_dir_all(root.parent().unwrap()).unwrap();
    }
}
