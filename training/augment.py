"""Make more unlabelled text for distillation out of what there is: foreign words, cuts, crossed and joined texts, typing errors."""

from __future__ import annotations

import random
import string
from collections.abc import Sequence

JOINTS = (" and ", ", then ", " and then ", ", ", "; ", " but first ", " after that ")
KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
NEIGHBOURS = {key: row[max(0, place - 1) : place + 2] for row in KEYS for place, key in enumerate(row)}


def misspell(word: str, rng: random.Random) -> str:
    """A word of three letters or more with a slip of the fingers: swapped, dropped, doubled or neighbouring letters."""
    if len(word) < 3:
        return word
    at = rng.randrange(len(word) - 1)
    kind = rng.randrange(4)
    if kind == 0:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if kind == 1:
        return word[:at] + word[at + 1 :]
    if kind == 2:
        return word[: at + 1] + word[at:]
    near = NEIGHBOURS.get(word[at].lower(), string.ascii_lowercase) if rng.random() < 0.5 else string.ascii_lowercase
    return word[:at] + rng.choice(near) + word[at + 1 :]


def typing_errors(text: str, rng: random.Random) -> str:
    """A text with one slip in every five words."""
    words = text.split(" ")
    for start in range(0, len(words), 5):
        place = rng.randrange(start, min(start + 5, len(words)))
        words[place] = misspell(words[place], rng)
    return " ".join(words)


def substitute(text: str, vocabulary: Sequence[str], rng: random.Random) -> str:
    """A text with up to a third of its words replaced by words of the whole vocabulary, so that rare words are seen in use."""
    words = text.split()
    count = max(1, round(len(words) * rng.uniform(0.1, 0.35)))
    for place in rng.sample(range(len(words)), min(count, len(words))):
        words[place] = rng.choice(vocabulary)
    return " ".join(words)


def cut(text: str, rng: random.Random) -> str:
    """A run of two to ten words of a text."""
    words = text.split()
    length = min(len(words), rng.randint(2, 10))
    start = rng.randint(0, len(words) - length)
    return " ".join(words[start : start + length])


def join(left: str, right: str, rng: random.Random) -> str:
    """Two texts as the clauses of one."""
    return left.rstrip(" .,;") + rng.choice(JOINTS) + right


def cross(left: str, right: str, rng: random.Random) -> str:
    """The beginning of one text with the end of another."""
    first, second = left.split(), right.split()
    return " ".join(first[: rng.randint(1, max(1, len(first) - 1))] + second[-rng.randint(1, max(1, len(second) - 1)) :])


def augmented(texts: Sequence[str], vocabulary: Sequence[str], count: int, seed: int, longest: int = 24) -> list[str]:
    """`count` distinct new texts made from `texts` (those of at most `longest` words, which keeps the teacher fast)."""
    rng = random.Random(seed)
    sources = [text for text in texts if len(text.split()) <= longest]
    known = set(texts)
    made: dict[str, None] = {}
    while len(made) < count:
        text = rng.choice(sources)
        kind = rng.random()
        if kind < 0.45:
            text = substitute(text, vocabulary, rng)
        elif kind < 0.60:
            text = cut(text, rng)
        elif kind < 0.75:
            text = cross(text, rng.choice(sources), rng)
        elif kind < 0.85:
            text = join(cut(text, rng), cut(rng.choice(sources), rng), rng)
        else:
            text = typing_errors(text, rng)
        if text not in known:
            made[text] = None
    return list(made)
