"""Requests beside tools as the network reads them: what tools say of themselves, and which words are known to ask for which."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from fitting import collate
from likeness import MOST_WORDS, Pieces, Profile, Words, likeness
from tagged import Case

UNKNOWN_TAG = -100
UNKNOWN_BEGIN = -1.0
MOST_DESCRIPTION, MOST_PARAMETERS = 600, 1_200


class Reader:
    """Reads cases; what tools say is remembered."""

    def __init__(self, words: Words) -> None:
        self.words = words
        self.profiles: dict[int, tuple[dict, Profile]] = {}

    def batch(self, cases: Sequence[Case]) -> dict[str, Tensor]:
        """Tensors of the cases that have words, side by side.

        `tags` is what every word asks for, `UNKNOWN_TAG` where it is not known, and `begins` is `UNKNOWN_BEGIN` there. `runs` are the runs
        of words that ask for the same: from, to, and for what.
        """
        read = [(case, self.words.pieces(case.text, MOST_WORDS)) for case in cases]
        read = [(case, words, tagged_words(case, words)) for case, words in read if words.ids]
        batch = collate([self.example(*one) for one in read], {"tags": UNKNOWN_TAG, "begins": UNKNOWN_BEGIN})
        width = batch["mask"].shape[1]
        runs = [
            (row * width + inside[0], row * width + inside[-1] + 1, tag)
            for row, (_, _, tagged) in enumerate(read)
            for inside, tag in tagged
        ]
        return {**batch, "runs": torch.tensor(runs, dtype=torch.long).reshape(-1, 3)}

    def example(self, case: Case, words: Pieces, tagged: Sequence[tuple[list[int], int]]) -> dict[str, np.ndarray]:
        """What the network reads of a case, and what it should say."""
        profiles = [self.profile(tool) for tool in case.tools]
        tags = np.full(len(words.ids), UNKNOWN_TAG)
        for inside, tag in tagged:
            tags[inside] = tag
        asked, places = np.zeros(len(profiles), np.float32), places_of(case)
        asked[[places[name] for name in case.names]] = 1
        return {
            "vectors": words.vectors,
            "around": np.concatenate([words.narrow, words.wide], 1),
            "mask": np.ones(len(words.ids), bool),
            "labels": np.stack([profile.said for profile in profiles]),
            "label_mask": np.ones(len(profiles), bool),
            "likeness": likeness(words, profiles),
            "tags": tags,
            "begins": beginnings(case, words),
            "asked": asked,
        }

    def profile(self, tool: dict) -> Profile:
        """What a tool says of itself."""
        if id(tool) not in self.profiles:
            texts = identifier_words(tool["name"]), tool.get("description", "")[:MOST_DESCRIPTION], said_of_parameters(tool)
            self.profiles[id(tool)] = tool, Profile(*map(self.words.pieces, texts))
        return self.profiles[id(tool)][1]


def places_of(case: Case) -> dict[str, int]:
    """The places of the tools by name."""
    return {tool["name"]: place for place, tool in enumerate(case.tools)}


def tagged_words(case: Case, words: Pieces) -> list[tuple[list[int], int]]:
    """The words of every span of a case that has some, and what they ask for: 0 for none, or one more than the place of the tool."""
    places = places_of(case)
    found = [
        ([at for at, (start, _) in enumerate(words.places) if first <= start < end], 0 if name is None else places[name] + 1)
        for first, end, name in case.spans or []
    ]
    return [(inside, tag) for inside, tag in found if inside]


def beginnings(case: Case, words: Pieces) -> np.ndarray:
    """1 for the words with which calls begin."""
    if case.spans is None:
        return np.full(len(words.ids), UNKNOWN_BEGIN, np.float32)
    begins = np.zeros(len(words.ids), np.float32)
    for start in case.starts:
        first = next((at for at, (place, _) in enumerate(words.places) if place >= start), None)
        if first is not None:
            begins[first] = 1
    return begins


def said_of_parameters(tool: dict) -> str:
    """The names, descriptions and options of a tool's parameters."""
    said = ""
    for name, schema in (tool.get("parameters") or {}).get("properties", {}).items():
        schema = schema if isinstance(schema, dict) else {}
        options = [identifier_words(option) for option in schema.get("enum") or [] if isinstance(option, str)]
        said += " ".join([f". {identifier_words(name)} {schema.get('description') or ''}", *options])
    return said[:MOST_PARAMETERS] or "."


def identifier_words(name: str) -> str:
    """`drawChart_v2` as `draw chart v2`."""
    return re.sub(r"[^\w]|_", " ", re.sub(r"([a-z])([A-Z])", r"\1 \2", name)).lower()
