"""Fine-tune all-MiniLM-L6-v2 to say which words of a request ask for which tool: the tutor of `tagger.py --tutor`, too large to be shipped."""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from transformers import AutoModel

from fitting import BATCH, LONGEST_GRADIENT, WARM_UP
from likeness import Pieces, Words
from network import FEATURES
from tagged import Case, Corpus
from tagging import loss_of, measure
from teacher import CLS, DIM, SEP, Teacher, get_model_path, own_ids
from tools import MOST_DESCRIPTION, Reader, identifier_words, said_of_parameters

CACHE = Path.home() / ".cache" / "maestria" / "training"
WIDTH = 256
DROPOUT, LABEL_DROPOUT = 0.1, 0.3
# The largest rates: of the layers of the sentence transformer, and of what is new.
RATES = (1e-4, 1e-3)
DECAYS = (0.01, 0.05)
# Embeddings of length one are small beside the vectors of the table.
SCALE = 8.0


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


class Tutor(nn.Module):
    """As `network.Network`, with the layers of the sentence transformer for its own, and its embeddings beside what tools say."""

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.model = AutoModel.from_pretrained(get_model_path(), dtype=torch.float32)
        self.model.embeddings.requires_grad_(False)
        self.tool = nn.Linear(3 * inputs + 2 * DIM, WIDTH)
        self.tn, self.key = nn.LayerNorm(WIDTH), nn.Linear(DIM, WIDTH)
        self.f1, self.f2, self.gate = nn.Linear(FEATURES, 16), nn.Linear(16, 1), nn.Linear(DIM, FEATURES)
        self.none, self.begin = nn.Linear(DIM, 1), nn.Linear(DIM, 1)
        self.drop, self.label_drop = nn.Dropout(DROPOUT), nn.Dropout(LABEL_DROPOUT)

    def forward(self, batch: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        """Scores of none and every label [batch, words, 1 + labels], and of a beginning [batch, words]."""
        ids, lengths = batch["ids"], batch["mask"].sum(1)
        given = torch.zeros(len(ids), ids.shape[1] + 2, dtype=torch.long)
        given[:, 0], given[:, 1:-1] = CLS, ids
        given[torch.arange(len(ids)), lengths + 1] = SEP
        attention = torch.arange(given.shape[1])[None] < (lengths + 2)[:, None]
        with torch.autocast("cpu", dtype=torch.bfloat16):
            states = self.model(given, attention.long()).last_hidden_state
        read, likeness = self.drop(states.float()[:, 1:-1]), batch["likeness"]
        known = self.tn(self.tool(self.label_drop(torch.cat([batch["labels"], batch["embedded"]], -1))))
        scores = self.key(read) @ known.transpose(1, 2) / math.sqrt(WIDTH)
        scores = scores + self.f2(torch.tanh(self.f1(likeness)))[..., 0]
        scores = scores + (likeness * self.gate(read)[:, :, None, :]).sum(-1)
        scores = scores.masked_fill(~batch["label_mask"][:, None, :], -1e4)
        return torch.cat([self.none(read), scores], -1), self.begin(read)[..., 0]


def load_tutor(words: Words, path: Path) -> tuple[Tutor, TutorReader]:
    """What this script wrote, ready to be asked."""
    tutor = Tutor(words.dimension)
    tutor.load_state_dict(torch.load(path))
    return tutor.eval(), TutorReader(words, Teacher(CACHE))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the public sets; tools/seal_tools is read")
    parser.add_argument("--out", type=Path, default=CACHE / "tagging-tutor.pt")
    parser.add_argument("--steps", type=int, default=5000, help="steps of 16 requests")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    corpus, words = Corpus(options.data, False, options.seed), Words()
    reader, tutor, validation = TutorReader(words, Teacher(CACHE)), Tutor(words.dimension), corpus.validation()
    layers = [weight for name, weight in tutor.named_parameters() if name.startswith("model.") and weight.requires_grad]
    new = [weight for name, weight in tutor.named_parameters() if not name.startswith("model.")]
    groups = [{"params": weights, "weight_decay": decay} for weights, decay in zip((layers, new), DECAYS, strict=True)]
    optimizer = torch.optim.AdamW(groups, lr=RATES[0])
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, list(RATES), total_steps=options.steps, pct_start=WARM_UP)
    started, total = time.monotonic(), 0.0
    for step in range(1, options.steps + 1):
        tutor.train()
        loss = loss_of(tutor, reader.batch([corpus.draw() for _ in range(BATCH)]))
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_([*layers, *new], LONGEST_GRADIENT)
        optimizer.step()
        schedule.step()
        total += loss.item()
        if step % 100 == 0:
            print(f"step {step}: loss {total / 100:.3f}, {time.monotonic() - started:.0f} s", flush=True)
            total = 0.0
        if step % 1000 == 0 and step < options.steps:
            print(f"  products: {measure(tutor, reader, validation['products'])}", flush=True)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    torch.save(tutor.state_dict(), options.out)
    for name, cases in validation.items():
        print(f"{name} ({len(cases)}): {measure(tutor, reader, cases)}", flush=True)


if __name__ == "__main__":
    main()
