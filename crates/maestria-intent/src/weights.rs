//! Reading tensors and metadata of a model file (safetensors), with errors that name what is wrong.

use ndarray::{Array1, Array2};
use safetensors::{Dtype, SafeTensors, tensor::TensorView};

use crate::{Error, Result};

/// The format version that this release writes. A head of version 1 has no n-grams.
const VERSION: &str = "2";

/// The format versions that this release reads.
const READABLE: [&str; 2] = ["1", VERSION];

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
        if !READABLE.contains(&found) {
            return Err(Error::Version { found: found.to_owned(), expected: "1 or 2" });
        }
        Ok(weights)
    }

    /// Whether there is a tensor of this name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.tensors.tensor(name).is_ok()
    }

    /// A text of the metadata.
    pub(crate) fn text(&self, name: &str) -> Result<&str> {
        self.metadata.get(name).map(String::as_str).ok_or_else(|| unusable(name, "it is absent"))
    }

    /// A JSON value of the metadata.
    pub(crate) fn json<T: serde::de::DeserializeOwned>(&self, name: &str) -> Result<T> {
        serde_json::from_str(self.text(name)?).map_err(|error| unusable(name, error))
    }

    /// A matrix of float32 values.
    pub(crate) fn matrix(&self, name: &str) -> Result<Array2<f32>> {
        let (values, shape) = self.floats(name)?;
        shaped(name, values, &shape)
    }

    /// A vector of float32 values.
    pub(crate) fn vector(&self, name: &str) -> Result<Array1<f32>> {
        let (values, shape) = self.floats(name)?;
        match shape.as_slice() {
            [_] => Ok(Array1::from(values)),
            _ => Err(unusable(name, format!("its shape is {shape:?}, and it should be a vector"))),
        }
    }

    /// A matrix of int8 values.
    pub(crate) fn bytes(&self, name: &str) -> Result<Array2<i8>> {
        let view = self.tensor(name, Dtype::I8)?;
        shaped(name, view.data().iter().map(|byte| byte.cast_signed()).collect(), view.shape())
    }

    fn floats(&self, name: &str) -> Result<(Vec<f32>, Vec<usize>)> {
        let view = self.tensor(name, Dtype::F32)?;
        let values: Vec<f32> = view.data().as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
        if values.iter().any(|value| !value.is_finite()) {
            return Err(unusable(name, "it holds a value that is not finite"));
        }
        Ok((values, view.shape().to_vec()))
    }

    fn tensor(&self, name: &str, dtype: Dtype) -> Result<TensorView<'_>> {
        let view = self.tensors.tensor(name).map_err(|error| unusable(name, error))?;
        if view.dtype() != dtype {
            return Err(unusable(name, format!("its values are {:?}, not {dtype:?}", view.dtype())));
        }
        Ok(view)
    }
}

fn shaped<T>(name: &str, values: Vec<T>, shape: &[usize]) -> Result<Array2<T>> {
    let &[rows, columns] = shape else {
        return Err(unusable(name, format!("its shape is {shape:?}, and it should be a matrix")));
    };
    Array2::from_shape_vec((rows, columns), values).map_err(|error| unusable(name, error))
}

/// Values to be written: their type, shape, and little-endian bytes.
pub(crate) struct Tensor {
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl Tensor {
    /// A matrix of float32 values.
    pub(crate) fn matrix(values: &Array2<f32>) -> Self {
        Self { dtype: Dtype::F32, shape: values.shape().to_vec(), bytes: little_endian(values.iter()) }
    }

    /// A vector of float32 values.
    pub(crate) fn vector(values: &Array1<f32>) -> Self {
        Self { dtype: Dtype::F32, shape: vec![values.len()], bytes: little_endian(values.iter()) }
    }

    /// A matrix of int8 values.
    pub(crate) fn bytes(values: &Array2<i8>) -> Self {
        let bytes = values.iter().map(|value| value.cast_unsigned()).collect();
        Self { dtype: Dtype::I8, shape: values.shape().to_vec(), bytes }
    }
}

fn little_endian<'a>(values: impl Iterator<Item = &'a f32>) -> Vec<u8> {
    values.flat_map(|value| value.to_le_bytes()).collect()
}

/// A model file of these tensors.
pub(crate) fn write(
    tensors: &[(&str, Tensor)],
    mut metadata: std::collections::HashMap<String, String>,
) -> Result<Vec<u8>> {
    metadata.insert("format_version".to_owned(), VERSION.to_owned());
    let views: Result<Vec<(&str, TensorView<'_>)>, _> = tensors
        .iter()
        .map(|(name, tensor)| Ok((*name, TensorView::new(tensor.dtype, tensor.shape.clone(), &tensor.bytes)?)))
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
