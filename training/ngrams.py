"""What a text is written with: words, pairs of words and runs of letters, each hashed into a bucket, as the Rust crate reads them."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

import numpy as np

RUNS = (3, 4, 5)
LONGEST = 2_000
WORD, PAIR = b"\x01", b"\x02"


def words(text: str) -> Iterator[str]:
    """The runs of letters and digits of a text's first characters, in lower case."""
    word = ""
    for letter in text[:LONGEST] + " ":
        if letter.isalnum():
            word += letter.lower()
        elif word:
            yield word
            word = ""


def features(text: str, buckets: int) -> tuple[np.ndarray, np.ndarray]:
    """The bucket (CRC-32 modulo `buckets`) and the weight of every feature; each of the two kinds has the norm one if all are distinct."""
    whole: list[int] = []
    runs: list[int] = []
    before = ""
    for word in words(text):
        whole.append(zlib.crc32(WORD + word.encode()) % buckets)
        if before:
            whole.append(zlib.crc32(PAIR + f"{before} {word}".encode()) % buckets)
        padded = f" {word} "
        runs += [
            zlib.crc32(padded[start : start + length].encode()) % buckets
            for length in RUNS
            for start in range(len(padded) - length + 1)
        ]
        before = word
    kinds = [np.full(len(kind), 1 / max(1, len(kind)) ** 0.5, np.float32) for kind in (whole, runs)]
    return np.array(whole + runs, np.int64), np.concatenate(kinds)
