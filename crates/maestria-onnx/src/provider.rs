//! Where a session runs: what was asked for, and what it came to.

use maestria_vocabulary::Bytes;

/// Where a session shall run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Provider {
    /// The processor.
    #[default]
    Cpu,
    /// A graphics processor with CUDA.
    Cuda {
        /// Index of the device, as CUDA counts them.
        device: i32,
        /// Most memory of the session's arena; buffers outside of it, and about 320 MB per process for CUDA itself, come on top.
        memory_limit: Bytes,
    },
}

impl Provider {
    /// Memory limit of a CUDA session for which none was stated.
    pub const MEMORY_LIMIT: Bytes = Bytes::gib(2);

    /// CUDA on this device, within [`MEMORY_LIMIT`](Self::MEMORY_LIMIT).
    #[must_use]
    pub const fn cuda(device: i32) -> Self {
        Self::Cuda { device, memory_limit: Self::MEMORY_LIMIT }
    }
}

/// Where a session really runs.
///
/// `Cuda` means that the provider came up with this session and the graph ran on it once; ONNX Runtime may still compute single nodes,
/// such as arithmetic on shapes, on the processor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selected {
    /// The provider in use.
    pub provider: Provider,
    /// Why it is not the one asked for; absent when it is.
    pub fallback: Option<String>,
}
