"""The student: a table of word-piece vectors and the head over the taxonomy, trained together and quantised apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional as F

from teacher import DIM as TEACHER_DIM
from tutor import LABELS

SCALE = 4.0


@dataclass(frozen=True)
class Batch:
    """Texts end to end: token ids with the start of each text, and n-gram buckets and weights with theirs."""

    ids: torch.Tensor
    offsets: torch.Tensor
    buckets: torch.Tensor
    weights: torch.Tensor
    bucket_offsets: torch.Tensor


class Student(torch.nn.Module):
    """A row and a weight for each token, summed and normalised; a linear map into the spaces of tutor and teacher; and the head.

    The head adds up a linear layer, a hidden layer, and rows of n-grams. Embeddings enter it `SCALE` times as long, which is a better start
    for its weights and is folded into them on export.
    """

    def __init__(self, rows: np.ndarray, hidden: int, buckets: int, dropout: float) -> None:
        super().__init__()
        size = torch.from_numpy(np.linalg.norm(rows, axis=1)).clamp_min(1e-6)
        self.rows = torch.nn.Parameter(torch.from_numpy(rows) / size[:, None])
        self.log_weight = torch.nn.Parameter((size / size.mean()).log())
        self.up = torch.nn.Linear(rows.shape[1], 2 * TEACHER_DIM)
        self.linear = torch.nn.Linear(rows.shape[1], len(LABELS))
        self.units = torch.nn.Linear(rows.shape[1], hidden)
        self.out = torch.nn.Linear(hidden, len(LABELS), bias=False)
        self.ngrams = torch.nn.EmbeddingBag(buckets, len(LABELS), mode="sum")
        torch.nn.init.zeros_(self.ngrams.weight)
        self.drop = torch.nn.Dropout(dropout)

    def embed(self, batch: Batch, keep: torch.Tensor | None = None) -> torch.Tensor:
        """Normalised embeddings of a ragged batch; `keep` is 0 for dropped tokens."""
        weight = self.log_weight[batch.ids].exp()
        weight = weight if keep is None else weight * keep
        return F.normalize(F.embedding_bag(batch.ids, self.rows, batch.offsets, mode="sum", per_sample_weights=weight), dim=-1)

    def logits(self, batch: Batch, embeddings: torch.Tensor) -> torch.Tensor:
        """One logit per label."""
        inputs = self.drop(embeddings * SCALE)
        hidden = self.out(self.drop(F.relu(self.units(inputs))))
        return self.linear(inputs) + hidden + self.ngrams(batch.buckets, batch.bucket_offsets, batch.weights)

    def table(self) -> np.ndarray:
        """The rows with their weights folded in."""
        return (self.rows * self.log_weight.exp()[:, None]).detach().numpy()

    def head(self) -> dict[str, np.ndarray]:
        """The head's tensors as they are exported, for embeddings of length one, before n-grams are quantised."""
        take = {
            "weight": self.linear.weight * SCALE,
            "bias": self.linear.bias,
            "hidden_weight": self.units.weight * SCALE,
            "hidden_bias": self.units.bias,
            "hidden_out": self.out.weight,
            "ngrams": self.ngrams.weight,
        }
        return {name: np.ascontiguousarray(values.detach().numpy(), dtype=np.float32) for name, values in take.items()}


def ragged(sequences: Sequence[np.ndarray], features: Sequence[tuple[np.ndarray, np.ndarray]]) -> Batch:
    """A batch of texts."""

    def starts(lengths: list[int]) -> torch.Tensor:
        return torch.from_numpy(np.concatenate([[0], np.cumsum(lengths)[:-1]]).astype(np.int64))

    return Batch(
        torch.from_numpy(np.concatenate(sequences)),
        starts([len(sequence) for sequence in sequences]),
        torch.from_numpy(np.concatenate([buckets for buckets, _ in features])),
        torch.from_numpy(np.concatenate([weights for _, weights in features])),
        starts([len(buckets) for buckets, _ in features]),
    )


def quantise(table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Int8 rows and a float32 scale for each; a row of zeros has the scale 0."""
    scale = (np.abs(table).max(1) / 127).astype(np.float32)
    rows = np.clip(np.rint(table / np.maximum(scale, 1e-12)[:, None]), -127, 127).astype(np.int8)
    return rows, scale
