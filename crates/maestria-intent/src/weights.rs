//! Reading tensors and metadata of a model file (safetensors), with errors that name what is wrong.

use safetensors::{Dtype, SafeTensors, tensor::TensorView};

use crate::{Error, Result};

/// The format version that this release writes and reads.
const VERSION: &str = "1";

/// An opened model file.
pub(crate) struct Weights<'a> {
    tensors: SafeTensors<'a>,
    metadata: std::collections::HashMap<String, String>,
}

impl<'a> Weights<'a> {
    /// Opens `file` and checks its format version.
    pub(crate) fn open(file: &'a [u8]) -> Result<Self> {
        let (_, header) = SafeTensors::read_metadata(file)?;
        let metadata = header.metadata().clone().unwrap_or_default();
        let weights = Self { tensors: SafeTensors::deserialize(file)?, metadata };
        let found = weights.text("format_version")?;
        if found != VERSION {
            return Err(Error::Version { found: found.to_owned(), expected: VERSION });
        }
        Ok(weights)
    }

    /// A text of the metadata.
    pub(crate) fn text(&self, name: &str) -> Result<&str> {
        self.metadata.get(name).map(String::as_str).ok_or_else(|| unusable(name, "it is absent"))
    }

    /// A JSON value of the metadata.
    pub(crate) fn json<T: serde::de::DeserializeOwned>(&self, name: &str) -> Result<T> {
        serde_json::from_str(self.text(name)?).map_err(|error| unusable(name, error))
    }

    /// A matrix or vector of float32 values with its shape.
    pub(crate) fn floats(&self, name: &str) -> Result<(Vec<f32>, Vec<usize>)> {
        let view = self.tensor(name, Dtype::F32)?;
        let values: Vec<f32> = view.data().as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
        if values.iter().any(|value| !value.is_finite()) {
            return Err(unusable(name, "it holds a value that is not finite"));
        }
        Ok((values, view.shape().to_vec()))
    }

    /// A matrix of int8 values with its shape.
    pub(crate) fn bytes(&self, name: &str) -> Result<(Vec<i8>, Vec<usize>)> {
        let view = self.tensor(name, Dtype::I8)?;
        Ok((view.data().iter().map(|byte| byte.cast_signed()).collect(), view.shape().to_vec()))
    }

    fn tensor(&self, name: &str, dtype: Dtype) -> Result<TensorView<'_>> {
        let view = self.tensors.tensor(name).map_err(|error| unusable(name, error))?;
        if view.dtype() != dtype {
            return Err(unusable(name, format!("its values are {:?}, not {dtype:?}", view.dtype())));
        }
        Ok(view)
    }
}

/// A model file of float32 tensors.
pub(crate) fn write(
    tensors: &[(&str, &[f32], Vec<usize>)],
    mut metadata: std::collections::HashMap<String, String>,
) -> Result<Vec<u8>> {
    metadata.insert("format_version".to_owned(), VERSION.to_owned());
    let bytes: Vec<(&str, Vec<u8>, &Vec<usize>)> = tensors
        .iter()
        .map(|(name, values, shape)| (*name, values.iter().flat_map(|value| value.to_le_bytes()).collect(), shape))
        .collect();
    let views: Result<Vec<(&str, TensorView<'_>)>, _> = bytes
        .iter()
        .map(|(name, bytes, shape)| Ok((*name, TensorView::new(Dtype::F32, (*shape).clone(), bytes)?)))
        .collect();
    Ok(safetensors::serialize(views.map_err(Error::Weights)?, Some(metadata))?)
}

/// The error for a part of the file that cannot be used.
pub(crate) fn unusable(part: &str, problem: impl ToString) -> Error {
    Error::Part { part: part.to_owned(), problem: problem.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_not_a_model_is_refused() {
        for file in [&b""[..], b"hello", &[0xff; 64]] {
            assert!(Weights::open(file).is_err());
        }
    }
}
