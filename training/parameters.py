"""Requests beside parameters as the network reads them: what parameters say of themselves, and which words may belong to which."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from torch import Tensor

from fitting import collate
from forms import forms, read_runs
from likeness import Pieces, Profile, Words, likeness
from placed import Request

TYPES = ("string", "integer", "number", "boolean", "array", "object")
KINDS = len(TYPES) + 2
MOST_SAID = 600


class Reader:
    """Reads requests; the pieces of what was said last are remembered."""

    def __init__(self, words: Words) -> None:
        self.words = words
        self.pieces = lru_cache(10_000)(words.pieces)

    def clause(self, request: Request) -> Pieces:
        """The words of a request."""
        return read_runs(request.text, self.words)

    def example(self, request: Request) -> dict[str, np.ndarray]:
        """What the network reads of a request, and what it should say."""
        words = self.clause(request)
        profiles = [self.profile(name, request) for name in request.properties]
        return {
            "vectors": words.vectors,
            "around": np.concatenate([words.narrow, words.wide], 1),
            "forms": forms(request.text, words),
            "mask": np.ones(len(words.ids), bool),
            "labels": np.stack([profile.said for profile in profiles]),
            "label_mask": np.ones(len(profiles), bool),
            "likeness": likeness(words, profiles),
            "allowed": allowed(request, words),
            "begins": beginnings(request, words),
        }

    def batch(self, requests: Sequence[Request]) -> dict[str, Tensor]:
        """What the network reads of several requests, and what it should say."""
        return collate([self.example(request) for request in requests])

    def profile(self, name: str, request: Request) -> Profile:
        """What a parameter says of itself: its name, its description with its options, what its tool is, and of what kind it is."""
        schema, tool = request.properties[name], request.tool
        options = [identifier_words(option) for option in schema.get("enum") or [] if isinstance(option, str)]
        texts = (
            identifier_words(name),
            " ".join([str(schema.get("description") or ""), *options]),
            identifier_words(tool["name"]) + " " + str(tool.get("description") or ""),
        )
        return Profile(*(self.pieces(cut(text)) for text in texts), kinds(schema, name in request.required))


def kinds(schema: dict, required: bool) -> np.ndarray:
    """Its type, whether it has options, and whether it is required."""
    given = schema.get("type")
    given = next((one for one in given if one != "null"), None) if isinstance(given, list) else given
    return np.array([*(one == given for one in TYPES), "enum" in schema, required], np.float32)


def identifier_words(name: str) -> str:
    """The words of an identifier, in lower case."""
    return re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", name).replace("_", " ").replace("-", " ").replace(".", " ").lower()


def cut(text: str) -> str:
    """The beginning of a text, by bytes."""
    return text.encode()[:MOST_SAID].decode(errors="ignore")


def allowed(request: Request, words: Pieces) -> np.ndarray:
    """What every word may belong to: [words, 1 + parameters], a bit for none and for each parameter."""
    places = {name: place + 1 for place, name in enumerate(request.properties)}
    unplaced = [0, *(places[name] for name in request.unplaced if name in places)]
    bits = np.zeros((len(words.ids), 1 + len(places)), bool)
    for piece, (start, _) in enumerate(words.places):
        inside = [places[name] for name, first, end in request.places if first <= start < end and name in places]
        bits[piece, inside or unplaced] = True
    return bits


def beginnings(request: Request, words: Pieces) -> np.ndarray:
    """1 for the words with which values begin."""
    begins = np.zeros(len(words.ids), np.float32)
    for _, first, _ in request.places:
        at = next((piece for piece, (_, end) in enumerate(words.places) if end > first), None)
        if at is not None:
            begins[at] = 1
    return begins
