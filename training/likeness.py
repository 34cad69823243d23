"""How alike the words of a request are to tools, as `tag/passage.rs` and `tag/profile.rs` count it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import numpy as np

from embedder import Embedder

DIM = 256
FEATURES = 11
MOST_WORDS = 96
NARROW, WIDE = 2, 5
MODEL_DIR = Path(__file__).resolve().parent.parent / "crates" / "maestria-intent" / "model"


@cache
def embedder() -> Embedder:
    """The embedder inside the crate."""
    return Embedder.load(MODEL_DIR)


def unit(vectors: np.ndarray) -> np.ndarray:
    """The vectors at length one; zero stays zero."""
    return vectors / (np.linalg.norm(vectors, axis=-1, keepdims=True) + 1e-9)


def identifier_words(name: str) -> str:
    """`drawChart_v2` as `draw chart v2`."""
    return re.sub(r"[^\w]|_", " ", re.sub(r"([a-z])([A-Z])", r"\1 \2", name)).lower()


@dataclass(frozen=True)
class Pieces:
    """A text in word pieces: ids, vectors as they are in the table, and their places in the text."""

    ids: list[int]
    vectors: np.ndarray
    places: list[tuple[int, int]]

    @classmethod
    def of(cls, text: str, most: int | None = None) -> Pieces:
        encoding = embedder().tokenizer.encode(text, add_special_tokens=False)
        ids = encoding.ids[:most]
        vectors = embedder().scale[ids][:, None] * embedder().table[ids].astype(np.float32)
        return cls(ids, vectors, encoding.offsets[:most])

    @cached_property
    def direction(self) -> np.ndarray:
        """Of all pieces together."""
        return unit(self.vectors.sum(0)) if self.ids else np.zeros(DIM, np.float32)

    @cached_property
    def directions(self) -> np.ndarray:
        """Of every piece."""
        return unit(self.vectors)

    @cached_property
    def known(self) -> frozenset[int]:
        return frozenset(self.ids)


@dataclass(frozen=True)
class Profile:
    """A tool as it is compared with words."""

    name: Pieces
    description: Pieces
    parameters: Pieces
    described: np.ndarray

    @cached_property
    def said(self) -> np.ndarray:
        return np.concatenate([self.name.direction, self.description.direction, self.parameters.direction])


_profiles: dict[int, tuple[dict, Profile]] = {}


def profile(tool: dict) -> Profile:
    """What a tool says of itself; known tools are remembered."""
    if id(tool) not in _profiles:
        said = ""
        for parameter, schema in (tool.get("parameters") or {}).get("properties", {}).items():
            schema = schema if isinstance(schema, dict) else {}
            options = [identifier_words(option) for option in schema.get("enum") or [] if isinstance(option, str)]
            said += " ".join([f". {identifier_words(parameter)} {schema.get('description') or ''}", *options])
        name, description = Pieces.of(identifier_words(tool["name"])), Pieces.of(tool.get("description", "")[:600])
        described = unit(name.vectors.sum(0) + description.vectors.sum(0))
        _profiles[id(tool)] = tool, Profile(name, description, Pieces.of(said[:1200] or "."), described)
    return _profiles[id(tool)][1]


def windows(vectors: np.ndarray, reach: int) -> np.ndarray:
    """The direction of every word with its neighbours."""
    sums = np.concatenate([np.zeros((1, DIM), np.float32), np.cumsum(vectors, 0)])
    place = np.arange(len(vectors))
    return unit(sums[np.minimum(place + reach + 1, len(vectors))] - sums[np.maximum(place - reach, 0)])


def likeness(words: Pieces, tools: Sequence[dict]) -> np.ndarray:
    """[N, T, FEATURES]: every word against every tool."""
    profiles = [profile(tool) for tool in tools]
    described = np.stack([one.described for one in profiles])
    name, description, parameters = (
        np.stack([getattr(one, part).direction for one in profiles]) for part in ("name", "description", "parameters")
    )
    alone, narrow, wide = (windows(words.vectors, reach) for reach in (0, NARROW, WIDE))
    whole = np.repeat((words.direction @ described.T)[None], len(words.ids), 0)
    weight = np.linalg.norm(words.vectors, axis=1) / 4

    def nearest(part: str, most: int) -> np.ndarray:
        parts = [getattr(one, part).directions[:most] for one in profiles]
        ends = np.cumsum([0, *map(len, parts)])
        cosines = alone @ np.concatenate(parts).T
        empty = np.zeros(len(words.ids), np.float32)
        best = [cosines[:, a:b].max(1) if a < b else empty for a, b in zip(ends, ends[1:], strict=False)]
        return np.stack(best, 1)

    def among(part: str) -> np.ndarray:
        known = [getattr(one, part).known for one in profiles]
        return np.array([[piece in ids for ids in known] for piece in words.ids], np.float32) * weight[:, None]

    features = [
        alone @ described.T, narrow @ described.T, wide @ described.T, whole, nearest("name", 12),
        among("name"), among("description"), among("parameters"),
        narrow @ name.T, wide @ parameters.T, wide @ description.T,
    ]  # fmt: skip
    return np.stack(features, -1).astype(np.float32)
