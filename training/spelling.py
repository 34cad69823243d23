"""Write the list of correctly spelt words that misspelt ones are compared with: the most frequent first."""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from pathlib import Path

import corpus

MODEL_DIR = Path(__file__).resolve().parent.parent / "crates" / "maestria-intent" / "model"
NAME = "words.txt"
WORD = re.compile(r"[a-z]+")
SHORTEST = 2
SEEN_OFTEN = 5


def words(data: Path, model: Path) -> list[str]:
    """Every whole word of the tokenizer, and of the training text what stands in it often, by how often that is.

    The tokenizer's vocabulary has its words about in order of frequency; it decides among words the text has equally often.
    """
    vocabulary = json.loads((model / "tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"]
    place = {word: place for word, place in vocabulary.items() if WORD.fullmatch(word) and len(word) >= SHORTEST}
    texts = [example.text for example in corpus.read_taxonomy()["train"]]
    texts += [text for part in corpus.external_text(data).values() for text in part]
    count = Counter(word for text in texts for word in WORD.findall(text.lower()))
    known = {*place, *(word for word, times in count.items() if times >= SEEN_OFTEN and len(word) >= SHORTEST)}
    return sorted(known, key=lambda word: (-count[word], place.get(word, len(vocabulary)), word))


def write(data: Path, model: Path = MODEL_DIR) -> None:
    """Writes the list beside the model."""
    listed = words(data, model)
    (model / NAME).write_text("\n".join(listed) + "\n", encoding="utf-8")
    print(f"{NAME}: {len(listed)} words")


def main() -> None:
    """Reads the training text and writes the list."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the public sets")
    parser.add_argument("--model", type=Path, default=MODEL_DIR, help="folder of the model")
    options = parser.parse_args()
    write(options.data, options.model)


if __name__ == "__main__":
    main()
