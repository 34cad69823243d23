"""Fine-tune all-MiniLM-L6-v2 to say which words of a request ask for which tool: the tutor of `tagger.py --tutor`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from likeness import Pieces, Words
from tagged import Case, Corpus
from tagging import loss_of, measure
from teacher import DIM, Teacher, own_ids
from tools import MOST_DESCRIPTION, Reader, identifier_words, said_of_parameters
from words_tutor import CACHE, SCALE, Tutor, parser, set_up, teach

LABEL_DROPOUT = 0.3


class TutorReader(Reader):
    """Reads cases as `Reader` does, and as the sentence transformer does: its word pieces, and its embeddings of what tools say."""

    def __init__(self, words: Words, teacher: Teacher) -> None:
        super().__init__(words)
        self.ids, self.teacher = own_ids(words), teacher
        self.embedded: dict[int, np.ndarray] = {}

    def prepare(self, tools: Sequence[dict]) -> None:
        """Embeds tools, each once: its name with its description, and with what it says of its parameters."""
        new = [tool for tool in {id(tool): tool for tool in tools}.values() if id(tool) not in self.embedded]
        if not new:
            return
        names = [identifier_words(tool["name"]) for tool in new]
        described = [f"{name}: {tool.get('description', '')[:MOST_DESCRIPTION]}" for name, tool in zip(names, new, strict=True)]
        takes = [f"{name}{said_of_parameters(tool)}"[:MOST_DESCRIPTION] for name, tool in zip(names, new, strict=True)]
        encoded = [self.teacher.tokenizer.encode_batch(texts) for texts in (described, takes)]
        embeddings = [self.teacher.encode_ids([text.ids for text in texts]).astype(np.float32) for texts in encoded]
        for tool, *both in zip(new, *embeddings, strict=True):
            self.embedded[id(tool)] = np.concatenate(both) * SCALE

    def example(self, case: Case, words: Pieces, tagged: Sequence[tuple[list[int], int]]) -> dict[str, np.ndarray]:
        """What network and tutor read of a case, and what they should say."""
        self.prepare(case.tools)
        embedded = np.stack([self.embedded[id(tool)] for tool in case.tools])
        return {**super().example(case, words, tagged), "ids": self.ids[words.ids], "embedded": embedded}


def new_tutor(words: Words) -> Tutor:
    """One that has learnt nothing of tools."""
    return Tutor(words.dimension, 0, 0, 2 * DIM, LABEL_DROPOUT)


def load_tutor(words: Words, path: Path) -> tuple[Tutor, TutorReader]:
    """What this script wrote, ready to be asked."""
    tutor = new_tutor(words)
    tutor.load_state_dict(torch.load(path))
    return tutor.eval(), TutorReader(words, Teacher(CACHE))


def main() -> None:
    arguments = parser(__doc__, "tagging-tutor.pt", 5000)
    arguments.add_argument("--data", type=Path, required=True, help="folder of the public sets; tools/seal_tools is read")
    options = arguments.parse_args()
    set_up(options)
    corpus, words = Corpus(options.data, False, options.seed), Words()
    reader, tutor, validation = TutorReader(words, Teacher(CACHE)), new_tutor(words), corpus.validation()
    teach(
        tutor,
        corpus.draw,
        lambda cases: loss_of(tutor, reader.batch(cases)),
        options,
        lambda: f"products: {measure(tutor, reader, validation['products'])}",
    )
    for name, cases in validation.items():
        print(f"{name} ({len(cases)}): {measure(tutor, reader, cases)}", flush=True)


if __name__ == "__main__":
    main()
