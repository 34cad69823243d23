//! Where an encoder runs: what was asked for, and what it came to.

use maestria_vocabulary::Bytes;

/// Where an encoder shall run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Provider {
    /// The processor.
    #[default]
    Cpu,
    /// A graphics processor with CUDA.
    Cuda {
        /// Index of the device, as CUDA counts them.
        device: i32,
        /// Most memory of the arenas of an encoder's sessions, which get equal shares of it; buffers outside of them, and about 320 MB per
        /// process for CUDA itself, come on top. A model that does not fit in falls back to the processor when it is opened.
        memory_limit: Bytes,
    },
}

impl Provider {
    /// Memory limit of an encoder on CUDA for which none was stated: 2 GiB.
    pub const MEMORY_LIMIT: Bytes = Bytes::gib(2);

    /// CUDA on this device, within [`MEMORY_LIMIT`](Self::MEMORY_LIMIT).
    #[must_use]
    pub const fn cuda(device: i32) -> Self {
        Self::Cuda { device, memory_limit: Self::MEMORY_LIMIT }
    }
}

/// Where an encoder really runs.
///
/// `Cuda` means that the provider came up with every session and that, by ONNX Runtime's own record of a first run, nodes of the graph ran
/// on it; ONNX Runtime may still compute others, such as arithmetic on shapes, on the processor. Otherwise all sessions are on the
/// processor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selected {
    /// The provider in use.
    pub provider: Provider,
    /// Why it is not the one asked for; absent when it is.
    pub fallback: Option<String>,
}
