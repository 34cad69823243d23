"""Fine-tune all-MiniLM-L6-v2 to say which words of a request belong to which parameter: the tutor of `arguments.py --tutor`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from forms import FORMS
from likeness import Words
from parameters import KINDS, Reader, cut, identifier_words
from placed import Request, Sampler, by_source, read
from saying import MOST_MEASURED, drawn, f1, loss_of
from teacher import DIM, Teacher, own_ids
from words_tutor import CACHE, SCALE, Tutor, parser, set_up, teach

LABEL_DROPOUT = 0.2


class TutorReader(Reader):
    """Reads requests as `Reader` does, and as the sentence transformer does: its word pieces, and its embeddings of what parameters say."""

    def __init__(self, words: Words, teacher: Teacher) -> None:
        super().__init__(words)
        self.ids, self.teacher = own_ids(words), teacher
        self.embedded: dict[str, np.ndarray] = {}

    def said(self, request: Request) -> list[str]:
        """What every parameter says of itself and of its tool."""
        texts = []
        for name, schema in request.properties.items():
            options = [identifier_words(option) for option in schema.get("enum") or [] if isinstance(option, str)]
            described = " ".join([str(schema.get("description") or ""), *options])
            texts.append(cut(f"{identifier_words(name)}: {described} ({identifier_words(request.tool['name'])})"))
        return texts

    def example(self, request: Request) -> dict[str, np.ndarray]:
        """What network and tutor read of a request, and what they should say."""
        said = self.said(request)
        new = sorted(set(said) - self.embedded.keys())
        if new:
            encoded = self.teacher.encode_ids([text.ids for text in self.teacher.tokenizer.encode_batch(new)])
            self.embedded.update(zip(new, encoded.astype(np.float32) * SCALE, strict=True))
        embedded = np.stack([self.embedded[text] for text in said])
        return {**super().example(request), "ids": self.ids[self.clause(request).ids], "embedded": embedded}


def new_tutor(words: Words) -> Tutor:
    """One that has learnt nothing of parameters."""
    return Tutor(words.dimension, FORMS, KINDS, DIM, LABEL_DROPOUT)


def load_tutor(words: Words, path: Path) -> tuple[Tutor, TutorReader]:
    """What this script wrote, ready to be asked."""
    tutor = new_tutor(words)
    tutor.load_state_dict(torch.load(path))
    return tutor.eval(), TutorReader(words, Teacher(CACHE))


def main() -> None:
    arguments = parser(__doc__, "arguments-tutor.pt", 6000)
    arguments.add_argument("--requests", type=Path, required=True, help="what `--dump` of maestria-train-spans wrote")
    options = arguments.parse_args()
    set_up(options)
    words, requests = Words(), read(options.requests)
    reader, tutor, held_out = TutorReader(words, Teacher(CACHE)), new_tutor(words), by_source(requests)
    sampler = Sampler([request for request in requests if not request.held_out], options.seed)
    teach(
        tutor,
        lambda: drawn(sampler, reader),
        lambda cases: loss_of(tutor, reader.batch(cases)),
        options,
        lambda: str({source: round(f1(tutor, reader, part[:MOST_MEASURED]), 3) for source, part in held_out.items()}),
    )
    for source, part in held_out.items():
        print(f"{source} ({len(part)}): F1 {f1(tutor, reader, part):.3f}", flush=True)


if __name__ == "__main__":
    main()
