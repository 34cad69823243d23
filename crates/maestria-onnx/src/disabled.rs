//! A build without an engine: the same names, and no way to get a value of them.

use std::path::Path;

use crate::{
    Error, Result, Selected, Settings,
    pooling::Row,
    shared::Runner,
    tokens::{Text, Tokens},
};

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
    pub(crate) fn dimension(&self) -> usize {
        match *self {}
    }

    pub(crate) fn has_logits(&self) -> bool {
        match *self {}
    }
}

impl Runner for Graph {
    fn run(&mut self, _: &[&Text]) -> Result<Vec<Row>> {
        match *self {}
    }
}

/// The sessions of a model, which never come to be.
pub(crate) struct Opened {
    pub(crate) first: Graph,
    pub(crate) others: Vec<Graph>,
    pub(crate) selected: Selected,
}

impl Opened {
    pub(crate) fn new(runtime: &Runtime, _: &Path, _: &Settings, _: &Tokens) -> Result<Self> {
        match *runtime {}
    }
}
