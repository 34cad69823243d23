//! A build without an engine: the same names, and no way to get a value of them.

use std::path::Path;

use crate::{Error, Result, Selected, Settings, pooling::Outputs, tokens::Batch};

/// ONNX Runtime, of which this build has none: no value of this type exists.
#[derive(Debug, Clone)]
pub enum Runtime {}

impl Runtime {
    /// Nothing: this build cannot load a library.
    ///
    /// # Errors
    /// Always [`Error::Disabled`].
    pub fn load(_: &Path) -> Result<Self> {
        Err(Error::Disabled { feature: "onnx-load-dynamic" })
    }

    /// Nothing: this build has no library linked.
    ///
    /// # Errors
    /// Always [`Error::Disabled`].
    pub fn linked() -> Result<Self> {
        Err(Error::Disabled { feature: "onnx-download" })
    }

    /// The library in use, if it was loaded from a path.
    #[must_use]
    pub fn library(&self) -> Option<&Path> {
        match *self {}
    }

    /// Whether the library in use is the one that was asked for.
    #[must_use]
    pub fn is_as_requested(&self) -> bool {
        match *self {}
    }
}

/// A session of ONNX Runtime, of which there is none either.
#[derive(Debug)]
pub(crate) enum Graph {}

impl Graph {
    pub(crate) fn open(runtime: &Runtime, _: &Path, _: &Settings, _: &Batch) -> Result<(Self, Outputs, Selected)> {
        match *runtime {}
    }

    pub(crate) fn has_logits(&self) -> bool {
        match *self {}
    }

    pub(crate) fn run(&self, _: &Batch) -> Result<Outputs> {
        match *self {}
    }
}
