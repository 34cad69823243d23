//! The one environment of ONNX Runtime in a process, and the library it comes from.

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use ort::environment::{Environment, EnvironmentBuilder};

use crate::{Error, Result};

/// ONNX Runtime, loaded and set up; cheap to clone.
#[derive(Debug, Clone)]
pub struct Runtime {
    pub(crate) environment: Environment,
    library: Option<Arc<Path>>,
    as_requested: bool,
}

/// The environment of this process. ONNX Runtime allows one, ever, so it can belong to nothing smaller than the process.
static LOADED: Mutex<Option<Runtime>> = Mutex::new(None);

impl Runtime {
    /// Loads the library at `path`, absolute or relative to the current directory, or gives the one that is loaded already.
    ///
    /// # Errors
    /// [`Error::LibraryMissing`], [`Error::LibraryForeign`] or [`Error::LibraryTooOld`] tell what is wrong with the file; none of them
    /// stands in the way of another try. [`Error::Environment`] when something else in the process has set ONNX Runtime up.
    /// [`Error::Disabled`] without the feature `onnx-load-dynamic`.
    #[cfg(feature = "onnx-load-dynamic")]
    pub fn load(path: &Path) -> Result<Self> {
        let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(runtime) = &*loaded {
            return Ok(runtime.requested_as(path));
        }
        let library = find(path)?;
        let builder = ort::init_from(&library).map_err(|error| refused(path, error))?;
        let runtime = Self::set_up(builder, Some(library.into()))?;
        Ok(loaded.insert(runtime).clone())
    }

    /// Nothing: this build has its library linked, and cannot load another.
    ///
    /// # Errors
    /// Always [`Error::Disabled`].
    #[cfg(not(feature = "onnx-load-dynamic"))]
    pub fn load(_: &Path) -> Result<Self> {
        Err(Error::Disabled { feature: "onnx-load-dynamic" })
    }

    /// The library that was linked when this crate was built.
    ///
    /// # Errors
    /// [`Error::Environment`] when something else in the process has set ONNX Runtime up. [`Error::Disabled`] without the feature
    /// `onnx-download`, or with `onnx-load-dynamic` beside it.
    pub fn linked() -> Result<Self> {
        if cfg!(feature = "onnx-load-dynamic") {
            return Err(Error::Disabled { feature: "onnx-download" });
        }
        let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(runtime) = &*loaded {
            return Ok(runtime.clone());
        }
        Ok(loaded.insert(Self::set_up(ort::init(), None)?).clone())
    }

    /// The library in use, if it was loaded from a path.
    #[must_use]
    pub fn library(&self) -> Option<&Path> {
        self.library.as_deref()
    }

    /// Whether the library in use is the one that was asked for; `false` when another had been loaded before.
    #[must_use]
    pub fn is_as_requested(&self) -> bool {
        self.as_requested
    }

    fn set_up(builder: EnvironmentBuilder, library: Option<Arc<Path>>) -> Result<Self> {
        let environment = builder
            .with_name("maestria")
            .with_telemetry(false)
            .build()
            .map_err(|error| Error::Environment { source: error.into() })?;
        environment.set_log_level(ort::logging::LogLevel::Warning);
        Ok(Self { environment, library, as_requested: true })
    }

    #[cfg(feature = "onnx-load-dynamic")]
    fn requested_as(&self, path: &Path) -> Self {
        let same =
            |a: &Path, b: &Path| a == b || matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b);
        let as_requested = self.library().is_some_and(|library| same(library, path));
        Self { as_requested, ..self.clone() }
    }
}

/// The absolute path of a file that exists; a relative one would be sought beside the executable.
#[cfg(feature = "onnx-load-dynamic")]
fn find(path: &Path) -> Result<std::path::PathBuf> {
    let missing = || Error::LibraryMissing { path: path.to_owned() };
    let library = std::path::absolute(path).map_err(|_| missing())?;
    if library.is_file() { Ok(library) } else { Err(missing()) }
}

#[cfg(feature = "onnx-load-dynamic")]
fn refused(path: &Path, error: ort::LoadDynamicError) -> Error {
    let path = path.to_owned();
    match error {
        ort::LoadDynamicError::BadVersion { version_str, .. } => {
            Error::LibraryTooOld { path, found: version_str, needed_minor: ort::MINOR_VERSION }
        }
        error => Error::LibraryForeign { path, source: error.into() },
    }
}

#[cfg(all(test, feature = "onnx-load-dynamic"))]
mod tests {
    use super::*;

    #[test]
    fn a_library_that_is_too_old_is_told_from_a_foreign_one() {
        let path = Path::new("libonnxruntime.so");
        let old = ort::LoadDynamicError::BadVersion { version_str: "1.16.3".into(), path: path.into() };
        let error = refused(path, old).to_string();
        assert_eq!(error, "\"libonnxruntime.so\" is ONNX Runtime 1.16.3, this release needs 1.17 or later");
        let foreign = ort::LoadDynamicError::MissingApi { path: path.into() };
        assert!(matches!(refused(path, foreign), Error::LibraryForeign { .. }));
    }
}
