"""Load and run the exported files with numpy: the reference of the forward pass that the Rust crate implements."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors import safe_open
from scipy.special import logsumexp, softmax
from tokenizers import Tokenizer

from ngrams import features

TOKENIZER = "tokenizer.json"
EMBEDDER = "embedder.safetensors"
TAXONOMY = "taxonomy.safetensors"
FORMAT_VERSION = "2"


def read_tensors(path: Path) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """The tensors and the header metadata of a safetensors file."""
    with safe_open(str(path), framework="np") as file:
        return {name: file.get_tensor(name) for name in file.keys()}, file.metadata() or {}


@dataclass(frozen=True)
class Embedder:
    """The static table: a text becomes the normalised mean of its tokens' rows."""

    tokenizer: Tokenizer
    table: np.ndarray
    scale: np.ndarray

    @classmethod
    def load(cls, folder: Path) -> Embedder:
        """Read `tokenizer.json` and `embedder.safetensors`."""
        tensors, _ = read_tensors(folder / EMBEDDER)
        return cls(Tokenizer.from_file(str(folder / TOKENIZER)), tensors["table"], tensors["scale"])

    def encode_one(self, text: str) -> np.ndarray:
        """The embedding of one text; a text without tokens gives zeros."""
        return self.pool(self.tokenizer.encode(text, add_special_tokens=False).ids)

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """The embeddings [N, dim] of many texts."""
        encodings = self.tokenizer.encode_batch(list(texts), add_special_tokens=False)
        return np.stack([self.pool(encoding.ids) for encoding in encodings])

    def pool(self, ids: Sequence[int]) -> np.ndarray:
        """L2norm(mean over tokens of scale[t] * table[t]) in float32."""
        if not len(ids):
            return np.zeros(self.table.shape[1], np.float32)
        rows = self.scale[ids][:, None] * self.table[ids].astype(np.float32)
        mean = rows.mean(0)
        norm = np.linalg.norm(mean)
        return mean / norm if norm > 0 else mean


@dataclass(frozen=True)
class Taxonomy:
    """The head of the built-in labels: logits, calibrated confidence, energy.

    `tensors` are those of the file: `weight` and `bias`; and where there are any `hidden_weight`, `hidden_bias` and `hidden_out`, and
    `ngrams` with `ngram_scale`.
    """

    labels: tuple[str, ...]
    tensors: dict[str, np.ndarray]
    temperature: float
    energy_threshold: float

    @classmethod
    def load(cls, folder: Path) -> Taxonomy:
        """Read `taxonomy.safetensors`."""
        tensors, metadata = read_tensors(folder / TAXONOMY)
        labels = tuple(json.loads(metadata["labels"]))
        return cls(labels, tensors, float(metadata["temperature"]), float(metadata["energy_threshold"]))

    def logits(self, texts: Sequence[str], embeddings: np.ndarray) -> np.ndarray:
        """W e + b + V max(0, U e + c) + the weighted sum of the n-grams' rows, for texts and their embeddings [N, dim]."""
        given = embeddings @ self.tensors["weight"].T + self.tensors["bias"]
        if "hidden_weight" in self.tensors:
            units = np.maximum(embeddings @ self.tensors["hidden_weight"].T + self.tensors["hidden_bias"], 0)
            given = given + units @ self.tensors["hidden_out"].T
        if "ngrams" in self.tensors:
            rows, scale = self.tensors["ngrams"], self.tensors["ngram_scale"]
            for text, row in zip(texts, given):
                buckets, weights = features(text, len(scale))
                row += (weights * scale[buckets]) @ rows[buckets].astype(np.float32)
        return given

    def confidence(self, logits: np.ndarray) -> np.ndarray:
        """The probabilities softmax(logits / T)."""
        return softmax(logits / self.temperature, axis=-1)

    @staticmethod
    def energy(logits: np.ndarray) -> np.ndarray:
        """logsumexp(logits): high where the head recognises something."""
        return logsumexp(logits, axis=-1)
