"""Words as vectors, and how alike they are to the labels of a network, tools or parameters, as `tag/passage.rs` counts it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np

from embedder import Embedder

MODEL_DIR = Path(__file__).resolve().parent.parent / "crates" / "maestria-intent" / "model"
MOST_WORDS = 96
MOST_NAME_PIECES = 12
NARROW, WIDE = 2, 5


def likeness(words: Pieces, profiles: Sequence[Profile]) -> np.ndarray:
    """How alike every word is to every label: [words, labels, features]."""
    alone = words.directions
    described = np.stack([profile.described for profile in profiles]).T
    name, description, context = (
        np.stack([getattr(profile, part).direction for profile in profiles]).T for part in ("name", "description", "context")
    )
    whole = np.tile(words.direction @ described, (len(words.ids), 1))
    weight = np.linalg.norm(words.vectors, axis=1) / 4

    def among(part: str) -> np.ndarray:
        known = [getattr(profile, part).known for profile in profiles]
        return np.array([[piece in ids for ids in known] for piece in words.ids], np.float32) * weight[:, None]

    features = [
        alone @ described, words.narrow @ described, words.wide @ described, whole, nearest(alone, profiles),
        among("name"), among("description"), among("context"),
        words.narrow @ name, words.wide @ context, words.wide @ description,
    ]  # fmt: skip
    return np.stack(features, -1).astype(np.float32)


def nearest(alone: np.ndarray, profiles: Sequence[Profile]) -> np.ndarray:
    """The largest cosine of every word with a piece of a label's name: [words, labels]."""
    parts = [profile.name_directions for profile in profiles]
    ends = np.cumsum([0, *map(len, parts)])
    cosines = alone @ np.concatenate(parts).T
    empty = np.zeros(len(alone), np.float32)
    return np.stack([cosines[:, a:b].max(1) if a < b else empty for a, b in zip(ends, ends[1:], strict=False)], 1)


@dataclass(frozen=True)
class Profile:
    """What a label says: its name, its description, what stands around it (its parameters, or its tool), and of what kind it is."""

    name: Pieces
    description: Pieces
    context: Pieces
    kinds: np.ndarray = field(default_factory=lambda: np.zeros(0, np.float32))

    @cached_property
    def described(self) -> np.ndarray:
        """The direction of name and description as one text."""
        return unit(self.name.total + self.description.total)

    @cached_property
    def name_directions(self) -> np.ndarray:
        """The directions of the pieces of the name that are compared one by one."""
        return self.name.directions[:MOST_NAME_PIECES]

    @cached_property
    def said(self) -> np.ndarray:
        """All of it, as the network reads it."""
        return np.concatenate([self.name.direction, self.description.direction, self.context.direction, self.kinds])


@dataclass(frozen=True)
class Pieces:
    """A text in word pieces: ids, vectors as they are in the table, and the places in the text of what they are part of."""

    ids: list[int]
    vectors: np.ndarray
    places: list[tuple[int, int]]

    @cached_property
    def total(self) -> np.ndarray:
        """The sum of the vectors."""
        return self.vectors.sum(0)

    @cached_property
    def direction(self) -> np.ndarray:
        """Of all pieces together."""
        return unit(self.total)

    @cached_property
    def directions(self) -> np.ndarray:
        """Of every piece."""
        return unit(self.vectors)

    @cached_property
    def known(self) -> frozenset[int]:
        """The ids as a set."""
        return frozenset(self.ids)

    @cached_property
    def narrow(self) -> np.ndarray:
        """The direction of every piece with its nearest neighbours."""
        return windows(self.vectors, NARROW)

    @cached_property
    def wide(self) -> np.ndarray:
        """The direction of every piece with more of its neighbours."""
        return windows(self.vectors, WIDE)


class Words:
    """Takes texts apart into word pieces with the vectors of an embedder."""

    def __init__(self, folder: Path = MODEL_DIR) -> None:
        self.embedder = Embedder.load(folder)
        self.ids = lru_cache(200_000)(self._ids)

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self.embedder.table.shape[1]

    def pieces(self, text: str, most: int | None = None) -> Pieces:
        """A text in its pieces, at most so many."""
        encoding = self.embedder.tokenizer.encode(text, add_special_tokens=False)
        ids = encoding.ids[:most]
        return Pieces(ids, self.rows(ids), encoding.offsets[:most])

    def rows(self, ids: Sequence[int]) -> np.ndarray:
        """The pieces' vectors as they are in the table."""
        ids = list(ids)
        return self.embedder.scale[ids][:, None] * self.embedder.table[ids].astype(np.float32)

    def _ids(self, text: str) -> tuple[int, ...]:
        return tuple(self.embedder.tokenizer.encode(text, add_special_tokens=False).ids)


def windows(vectors: np.ndarray, reach: int) -> np.ndarray:
    """The direction of every vector with `reach` vectors before and behind it."""
    sums = np.concatenate([np.zeros((1, vectors.shape[1]), np.float32), np.cumsum(vectors, 0)])
    places = np.arange(len(vectors))
    return unit(sums[np.minimum(places + reach + 1, len(vectors))] - sums[np.maximum(places - reach, 0)])


def unit(vectors: np.ndarray) -> np.ndarray:
    """Vectors of length one in the same directions; zero of zero."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / np.where(lengths > 1e-7, lengths, 1)
