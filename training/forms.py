"""Clauses in runs of letters and of marks, and how these are written, as `tag/form.rs` has it: vectors do not tell "Polish" from "polish"."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from likeness import MOST_WORDS, Pieces, Words

FORMS = 8


def read_runs(text: str, words: Words) -> Pieces:
    """Takes a text apart into its runs, and these into pieces; the places are those of the runs."""
    pieces = [((start, end), piece) for start, end in runs(text) for piece in words.ids(text[start:end])][:MOST_WORDS]
    ids = [piece for _, piece in pieces]
    return Pieces(ids, words.rows(ids), [place for place, _ in pieces])


def forms(text: str, words: Pieces) -> np.ndarray:
    """The forms of pieces by the runs that they are part of: [pieces, `FORMS`]."""
    rows, quotes, last, previous = [], 0, 0, None
    for start, end in words.places:
        quotes += sum(character in '"“”«»' for character in text[last:start])
        last = max(last, start)
        rows.append([*form(text, start, end), quotes % 2 == 1, (start, end) == previous])
        previous = start, end
    return np.array(rows, np.float32).reshape(-1, FORMS)


def form(text: str, start: int, end: int) -> list[bool]:
    """What is known of a run alone: it begins with a capital, is written in capitals, has digits, is marks, touches what is before and behind."""
    run = text[start:end]
    return [
        run[0].isupper(),
        len(run) > 1 and run.isupper(),
        any(character in "0123456789" for character in run),
        not run[0].isalnum(),
        start > 0 and not text[start - 1].isspace(),
        end < len(text) and not text[end].isspace(),
    ]


def runs(text: str) -> Iterator[tuple[int, int]]:
    """Runs of letters and digits, and runs of other characters that are no white space."""
    start = 0
    for end in range(1, len(text) + 1):
        if end == len(text) or kind(text[end]) != kind(text[start]):
            if not text[start].isspace():
                yield start, end
            start = end


def kind(character: str) -> int:
    """Letter or digit, white space, or other."""
    return 0 if character.isalnum() else 1 if character.isspace() else 2
