"""Gather all text of the distillation, public and augmented, in a fixed order."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import augment
import corpus

OWN, OWN_AUGMENTED, AUGMENTED = "taxonomy", "taxonomy augmented", "augmented"
LABELLED = (OWN, OWN_AUGMENTED, "clinc150", "snips", "seal_tools", "taskbench")


def word_pool(vocabulary: Sequence[str], texts: Sequence[str], seed: int) -> list[str]:
    """Words to put into augmented text: every whole word of the vocabulary, and as many drawn from the texts as they occur."""
    rare = sorted(word for word in vocabulary if word.isascii() and word.isalpha() and len(word) > 2)
    common = [word.strip(".,;:!?\"'()").lower() for text in texts for word in text.split()]
    return rare + random.Random(seed).choices([word for word in common if word], k=len(rare))


def gather(data: Path, vocabulary: Sequence[str], augmented: int, seed: int) -> dict[str, list[str]]:
    """The texts by origin: the taxonomy's training split, public sets, and `augmented` new texts, two thirds of them from the taxonomy."""
    own = [example.text for example in corpus.read_taxonomy()["train"]]
    parts = {OWN: own, **corpus.external_text(data)}
    everything = [text for texts in parts.values() for text in texts]
    pool = word_pool(vocabulary, everything, seed)
    own_share = augmented * 2 // 3
    parts[OWN_AUGMENTED] = augment.augmented(own, pool, own_share, seed)
    parts[AUGMENTED] = augment.augmented(everything, pool, augmented - own_share, seed + 1)
    return parts
