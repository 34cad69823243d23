"""Teach the network of `network.py` to read before it learns what to answer: what a sentence transformer makes of every word piece in its text.

What comes out is the beginning of `arguments.py` and of `tagger.py`. Of each layer in `LAYERS` of the teacher, a linear map of what the network
reads is fitted to the normalised states of the same pieces (knowledge distillation of hidden states, Sanh et al. 2019).
"""

from __future__ import annotations

import argparse
import json
import queue
import random
import threading
import time
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional
from transformers import AutoModel

import corpus
import planning
from fitting import LONGEST_GRADIENT, collate
from forms import FORMS, forms, read_runs
from likeness import Words
from network import READING, WIDTH_OF_HEADS, Reading
from tagged import JOINTS, read_tagged
from teacher import CLS, DIM, SEP, get_model_path, own_ids

SEED = 0
LAYERS = (3, 6)
BATCH = 64
RATE = 2e-3
WARM_UP = 0.1
MOST_LETTERS = 400
JOINED, LOWERED, WITHOUT_FORMS = 0.25, 0.15, 0.3
WAITING = 6


class Texts:
    """What there is to read: requests and what tools say of themselves, and other text."""

    def __init__(self, data: Path, requests: Path) -> None:
        own = {case.text for case in read_tagged() if planning.split_of(case.family) == "train"}
        for line in requests.open(encoding="utf-8"):
            request = json.loads(line)
            schemas = (request["tool"]["parameters"].get("properties") or {}).values()
            own |= {schema.get("description") or "" for schema in schemas if isinstance(schema, dict)}
            own.add(request["tool"]["description"])
            if not request["held_out"]:
                own.add(request["text"])
        other = {example.text for example in corpus.read_taxonomy()["train"]}
        other.update(*corpus.external_text(data).values())
        self.own, self.other = (sorted({text.strip() for text in texts} - {""}) for texts in (own, other))
        self.random = random.Random(SEED)

    def draw(self) -> str:
        """A text, with another one behind it, or in small letters."""
        draw = self.random.random
        text = self.random.choice(self.own if draw() < 0.5 else self.other)
        if draw() < JOINED:
            text = text.rstrip(".!?") + self.random.choice(JOINTS) + self.random.choice(self.own)
        return (text.lower() if draw() < LOWERED else text)[:MOST_LETTERS]

    def alike(self) -> list[str]:
        """Texts of about one length."""
        drawn, quarter = sorted((self.draw() for _ in range(4 * BATCH)), key=len), self.random.randrange(4)
        return drawn[quarter * BATCH : (quarter + 1) * BATCH]


class Lessons:
    """Texts as the network reads them, and as the teacher does."""

    def __init__(self, texts: Texts) -> None:
        self.texts, self.words = texts, Words()
        self.ids = own_ids(self.words)
        self.teacher = AutoModel.from_pretrained(get_model_path(), dtype=torch.bfloat16).eval()

    def next(self) -> tuple[dict[str, Tensor], Tensor]:
        """A batch of texts, and what they mean to the teacher [batch, words, states]."""
        read = [(text, read_runs(text, self.words)) for text in self.texts.alike()]
        read = [(text, words) for text, words in read if words.ids]
        batch = collate([
            {
                "vectors": words.vectors,
                "around": np.concatenate([words.narrow, words.wide], 1),
                "forms": forms(text, words) * (self.texts.random.random() >= WITHOUT_FORMS),
                "mask": np.ones(len(words.ids), bool),
            }
            for text, words in read
        ])  # fmt: skip
        return batch, self.states([words.ids for _, words in read]).clone()

    @torch.inference_mode()
    def states(self, texts: list[list[int]]) -> Tensor:
        """The teacher's states of texts in pieces."""
        given = collate([{"ids": np.array([CLS, *self.ids[ids], SEP]), "mask": np.ones(len(ids) + 2, np.int64)} for ids in texts])
        states = self.teacher(given["ids"], given["mask"], output_hidden_states=True).hidden_states
        return torch.cat([functional.layer_norm(states[layer].float(), (DIM,)) for layer in LAYERS], -1)[:, 1:-1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the public sets")
    parser.add_argument("--requests", type=Path, required=True, help="what `--dump` of maestria-train-spans wrote")
    parser.add_argument("--out", type=Path, default=READING)
    parser.add_argument("--steps", type=int, default=6000)
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--layers", type=int, default=3)
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    lessons = Lessons(Texts(options.data, options.requests))
    reading = Reading(lessons.words.dimension, FORMS, options.width, options.width // WIDTH_OF_HEADS, options.layers, (0.0, 0.05))
    states = nn.Linear(options.width, DIM * len(LAYERS))
    parameters = [*reading.parameters(), *states.parameters()]
    optimizer = torch.optim.AdamW(parameters, lr=RATE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=options.steps, pct_start=WARM_UP)
    # The teacher reads the next texts beside the training.
    waiting: queue.Queue = queue.Queue(WAITING)

    def teach() -> None:
        torch.set_num_threads(1)
        for _ in range(options.steps):
            waiting.put(lessons.next())

    threading.Thread(target=teach, daemon=True).start()
    started, total = time.monotonic(), 0.0
    for step in range(1, options.steps + 1):
        batch, meant = waiting.get()
        loss = (states(reading.read(batch)) - meant).square().mean(-1)[batch["mask"]].mean()
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, LONGEST_GRADIENT)
        optimizer.step()
        schedule.step()
        total += loss.item()
        if step % 100 == 0:
            print(f"step {step}: {total / 100:.3f} of the variance is not read, {time.monotonic() - started:.0f} s", flush=True)
            total = 0.0
    options.out.parent.mkdir(parents=True, exist_ok=True)
    save_file(reading.state_dict(), options.out)


if __name__ == "__main__":
    main()
