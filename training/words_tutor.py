"""The network of `network.py` with the layers of all-MiniLM-L6-v2 for its own: too large to be shipped, and a tutor of the ones that are."""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import AutoModel

from fitting import BATCH, LONGEST_GRADIENT, WARM_UP
from network import FEATURES
from teacher import CLS, DIM, SEP, get_model_path

CACHE = Path.home() / ".cache" / "maestria" / "training"
WIDTH = 256
DROPOUT = 0.1
# The largest rates: of the layers of the sentence transformer, and of what is new.
RATES = (1e-4, 1e-3)
DECAYS = (0.01, 0.05)
# Embeddings of length one are small beside the vectors of the table.
SCALE = 8.0

Case = TypeVar("Case")


class Tutor(nn.Module):
    """As `network.Network`, with the layers of the sentence transformer for its own, and its embeddings beside what labels say.

    `embedded` is the length of those of one label.
    """

    def __init__(self, inputs: int, forms: int, kinds: int, embedded: int, label_dropout: float) -> None:
        super().__init__()
        self.model = AutoModel.from_pretrained(get_model_path(), dtype=torch.float32)
        self.model.embeddings.requires_grad_(False)
        self.form = nn.Linear(forms, DIM) if forms else None
        if self.form is not None:
            nn.init.zeros_(self.form.weight)
            nn.init.zeros_(self.form.bias)
        self.tool = nn.Linear(3 * inputs + kinds + embedded, WIDTH)
        self.tn, self.key = nn.LayerNorm(WIDTH), nn.Linear(DIM, WIDTH)
        self.f1, self.f2, self.gate = nn.Linear(FEATURES, 16), nn.Linear(16, 1), nn.Linear(DIM, FEATURES)
        self.none, self.begin = nn.Linear(DIM, 1), nn.Linear(DIM, 1)
        self.drop, self.label_drop = nn.Dropout(DROPOUT), nn.Dropout(label_dropout)

    def forward(self, batch: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        """Scores of none and every label [batch, words, 1 + labels], and of a beginning [batch, words]."""
        read, likeness = self.drop(self.read(batch)), batch["likeness"]
        known = self.tn(self.tool(self.label_drop(torch.cat([batch["labels"], batch["embedded"]], -1))))
        scores = self.key(read) @ known.transpose(1, 2) / math.sqrt(WIDTH)
        scores = scores + self.f2(torch.tanh(self.f1(likeness)))[..., 0]
        scores = scores + (likeness * self.gate(read)[:, :, None, :]).sum(-1)
        scores = scores.masked_fill(~batch["label_mask"][:, None, :], -1e4)
        return torch.cat([self.none(read), scores], -1), self.begin(read)[..., 0]

    def read(self, batch: dict[str, Tensor]) -> Tensor:
        """What the sentence transformer makes of the words [batch, words, DIM]."""
        ids, lengths = batch["ids"], batch["mask"].sum(1)
        given = torch.zeros(len(ids), ids.shape[1] + 2, dtype=torch.long)
        given[:, 0], given[:, 1:-1] = CLS, ids
        given[torch.arange(len(ids)), lengths + 1] = SEP
        attention = torch.arange(given.shape[1])[None] < (lengths + 2)[:, None]
        with torch.autocast("cpu", dtype=torch.bfloat16):
            words = self.model.embeddings.word_embeddings(given)
            if self.form is not None:
                words = words + functional.pad(self.form(batch["forms"]), (0, 0, 1, 1))
            states = self.model(inputs_embeds=words, attention_mask=attention.long()).last_hidden_state
        return states.float()[:, 1:-1]


def parser(description: str | None, name: str, steps: int) -> argparse.ArgumentParser:
    """The options that all tutors have."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--out", type=Path, default=CACHE / name)
    parser.add_argument("--resume", type=Path, metavar="FILE", help="goes on from these weights")
    parser.add_argument("--rate", type=float, default=1.0, help="share of the largest learning rates")
    parser.add_argument("--steps", type=int, default=steps, help=f"steps of {BATCH} requests")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    return parser


def set_up(options: argparse.Namespace) -> None:
    """Threads and dice."""
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)


def teach(
    tutor: Tutor, draw: Callable[[], Case], loss: Callable[[list[Case]], Tensor], options: argparse.Namespace, check: Callable[[], str]
) -> None:
    """Takes steps of AdamW down the loss of `BATCH` cases drawn for each, tells what `check` says every 1,000, and writes the weights then."""
    if options.resume:
        tutor.load_state_dict(torch.load(options.resume))
    steps, rates = options.steps, [rate * options.rate for rate in RATES]
    layers = [weight for name, weight in tutor.named_parameters() if name.startswith("model.") and weight.requires_grad]
    new = [weight for name, weight in tutor.named_parameters() if not name.startswith("model.")]
    groups = [{"params": weights, "weight_decay": decay} for weights, decay in zip((layers, new), DECAYS, strict=True)]
    optimizer = torch.optim.AdamW(groups, lr=rates[0])
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rates, total_steps=steps, pct_start=WARM_UP)
    started, total = time.monotonic(), 0.0
    for step in range(1, steps + 1):
        tutor.train()
        value = loss([draw() for _ in range(BATCH)])
        optimizer.zero_grad()
        value.backward()
        torch.nn.utils.clip_grad_norm_([*layers, *new], LONGEST_GRADIENT)
        optimizer.step()
        schedule.step()
        total += value.item()
        if step % 100 == 0:
            print(f"step {step}: loss {total / 100:.3f}, {time.monotonic() - started:.0f} s", flush=True)
            total = 0.0
        if step % 1000 == 0 and step < steps:
            print(f"  {check()}", flush=True)
            keep(tutor, options.out)
    keep(tutor, options.out)


def asked(network: nn.Module, batch: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
    """What a network says of a batch, which is quicker in half the digits."""
    with torch.autocast("cpu", dtype=torch.bfloat16):
        scores, begins = network(batch)
    return scores.float(), begins.float()


def lacking(said: tuple[Tensor, Tensor], tutor: Tutor, batch: dict[str, Tensor]) -> Tensor:
    """What was said of a batch lacks so much of the tutor's answers (Hinton et al. 2015, "Distilling the Knowledge in a Neural Network")."""
    with torch.no_grad():
        wanted, wanted_begins = (answer[batch["mask"]] for answer in tutor(batch))
    scores, begins = (answer[batch["mask"]] for answer in said)
    loss = functional.kl_div(scores.log_softmax(-1), wanted.log_softmax(-1), log_target=True, reduction="none").sum(-1).mean()
    return loss + functional.binary_cross_entropy_with_logits(begins, wanted_begins.sigmoid())


def keep(tutor: Tutor, path: Path) -> None:
    """Writes the weights."""
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save(tutor.state_dict(), path)
