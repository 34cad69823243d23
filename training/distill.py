"""Distill the teacher into a static table of int8 rows and write `tokenizer.json` and `embedder.safetensors`."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save
from tokenizers import Tokenizer
from torch.nn import functional as F

import corpus
import material
from embedder import EMBEDDER, FORMAT_VERSION, TOKENIZER
from teacher import DIM as TEACHER_DIM
from teacher import NAME as TEACHER_NAME
from teacher import Teacher, load_tokenizer
from tutor import LABELS, Tutor

DIM = 256
PAD, UNK = "[PAD]", "[UNK]"
CACHE = Path.home() / ".cache" / "maestria" / "training"


@dataclass(frozen=True)
class Recipe:
    """The settings of a distillation; they are written into the exported file."""

    epochs: int = 5
    batch: int = 512
    learning_rate: float = 2e-3
    token_dropout: float = 0.1
    kl_weight: float = 0.5
    kl_temperature: float = 0.05
    sif: float = 1e-4
    tutor_weight: float = 1.5
    own_repeats: int = 3
    augmented: int = 90_000
    seed: int = 7


def compact_tokenizer() -> tuple[Tokenizer, np.ndarray]:
    """A tokenizer without unused and special entries, padding and truncation, and the teacher's id of each of its entries.

    `[PAD]` is 0 and `[UNK]` is 1. No entry is an added token, so that `[PAD]` in a text is ordinary text.
    """
    source = json.loads(load_tokenizer().to_str())
    vocabulary: dict[str, int] = source["model"]["vocab"]
    words = [word for word in vocabulary if not (word.startswith("[") and word.endswith("]") and len(word) > 2)]
    kept = [PAD, UNK, *sorted(words, key=vocabulary.__getitem__)]
    source["model"]["vocab"] = {word: place for place, word in enumerate(kept)}
    source.update(truncation=None, padding=None, added_tokens=[], post_processor=None)
    return Tokenizer.from_str(json.dumps(source)), np.array([vocabulary[word] for word in kept])


def initial_table(vectors: np.ndarray, sif: float) -> np.ndarray:
    """The teacher's vectors of single tokens, reduced by PCA and weighted by SIF over Zipf's law of their ranks."""
    centred = vectors - vectors.mean(0)
    _, _, axes = np.linalg.svd(centred[:: max(1, len(centred) // 8000)], full_matrices=False)
    reduced = centred @ axes[:DIM].T
    inverse = 1.0 / np.arange(2, len(vectors) + 2)
    weight = sif / (sif + inverse / inverse.sum())
    return (reduced * weight[:, None]).astype(np.float32)


class Student(torch.nn.Module):
    """A row and a weight for each token, summed and normalised; linear maps lead into the teacher's space and to the labels."""

    def __init__(self, rows: np.ndarray) -> None:
        super().__init__()
        size = torch.from_numpy(np.linalg.norm(rows, axis=1)).clamp_min(1e-6)
        self.rows = torch.nn.Parameter(torch.from_numpy(rows) / size[:, None])
        self.log_weight = torch.nn.Parameter((size / size.mean()).log())
        self.up = torch.nn.Linear(rows.shape[1], TEACHER_DIM)
        self.head = torch.nn.Linear(rows.shape[1], len(LABELS))

    def embed(self, ids: torch.Tensor, offsets: torch.Tensor, keep: torch.Tensor | None = None) -> torch.Tensor:
        """Normalised embeddings of a ragged batch; `keep` is 0 for dropped tokens."""
        weight = self.log_weight[ids].exp()
        weight = weight if keep is None else weight * keep
        return F.normalize(F.embedding_bag(ids, self.rows, offsets, mode="sum", per_sample_weights=weight), dim=-1)

    def table(self) -> np.ndarray:
        """The rows with their weights folded in."""
        return (self.rows * self.log_weight.exp()[:, None]).detach().numpy()


def ragged(sequences: Sequence[np.ndarray]) -> tuple[torch.Tensor, torch.Tensor]:
    """Token ids of a batch end to end, and where each text begins."""
    lengths = np.array([len(sequence) for sequence in sequences])
    offsets = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    return torch.from_numpy(np.concatenate(sequences)), torch.from_numpy(offsets)


def similarity_loss(student: torch.Tensor, teacher: torch.Tensor, temperature: float) -> torch.Tensor:
    """KL between the teacher's and the student's distribution over the other texts of the batch."""
    hide = torch.eye(len(student), dtype=torch.bool)
    wanted = (teacher @ teacher.T / temperature).masked_fill(hide, -1e4).log_softmax(-1)
    given = (student @ student.T / temperature).masked_fill(hide, -1e4).log_softmax(-1)
    return F.kl_div(given, wanted, log_target=True, reduction="batchmean")


@dataclass(frozen=True)
class Lessons:
    """Tokenised texts with the teacher's embedding and the tutor's probabilities of each (zeros where there are none)."""

    sequences: list[np.ndarray]
    embeddings: np.ndarray
    labels: np.ndarray


def word_labels(tokenizer: Tokenizer, tutor: Tutor) -> np.ndarray:
    """The tutor's probabilities of the vocabulary's whole words, each as a text; zeros for pieces of words and for `unknown`.

    Most words alone are `unknown`, which says nothing of their part in a request; what is left tells which label a word points to.
    """
    vocabulary = tokenizer.get_vocab()
    words = [word for word in sorted(vocabulary, key=vocabulary.__getitem__) if word not in (PAD, UNK) and not word.startswith("##")]
    labels = np.zeros((len(vocabulary), len(LABELS)), np.float32)
    labels[[vocabulary[word] for word in words]] = tutor.probabilities(words)
    labels[:, LABELS.index(corpus.UNKNOWN)] = 0
    return labels


def lessons(parts: dict[str, list[str]], tokenizer: Tokenizer, teacher: Teacher, tutor: Tutor, vectors: np.ndarray, repeats: int) -> Lessons:
    """What the student is taught: all texts, the taxonomy's own `repeats` times, and each entry of the vocabulary by itself."""
    sequences, embeddings, labels = [], [], []
    for name, texts in parts.items():
        print(f"{name}: {len(texts)} texts", flush=True)
        times = repeats if name == material.OWN else 1
        sequences += [np.array(encoding.ids, np.int64) for encoding in tokenizer.encode_batch(texts)] * times
        embeddings += [teacher.encode(texts)] * times
        labels += [tutor.probabilities(texts) if name in material.LABELLED else np.zeros((len(texts), len(LABELS)), np.float32)] * times
    sequences += [np.array([token]) for token in range(1, len(vectors))]
    embeddings.append(vectors[1:].astype(np.float16))
    labels.append(word_labels(tokenizer, tutor)[1:])
    return Lessons(sequences, np.concatenate(embeddings), np.concatenate(labels))


def train(student: Student, lessons: Lessons, recipe: Recipe) -> None:
    """Fit the student to teacher and tutor, one cycle of Adam with warm-up and cosine decay."""
    generator = torch.Generator().manual_seed(recipe.seed)
    body = [parameter for name, parameter in student.named_parameters() if not name.startswith("head")]
    rates = [recipe.learning_rate, 10 * recipe.learning_rate]
    optimizer = torch.optim.Adam([{"params": body}, {"params": student.head.parameters()}], fused=True)
    count = len(lessons.sequences)
    steps = count // recipe.batch
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rates, total_steps=recipe.epochs * steps, pct_start=0.05)
    for epoch in range(recipe.epochs):
        started, totals = time.time(), np.zeros(3)
        for rows in torch.randperm(count, generator=generator).split(recipe.batch)[:steps]:
            ids, offsets = ragged([lessons.sequences[row] for row in rows])
            keep = (torch.rand(len(ids), generator=generator) >= recipe.token_dropout).float()
            wanted = torch.from_numpy(lessons.embeddings[rows.numpy()]).float()
            labels = torch.from_numpy(lessons.labels[rows.numpy()])
            given = student.embed(ids, offsets, keep)
            losses = torch.stack([
                1 - F.cosine_similarity(student.up(given), wanted).mean(),
                recipe.kl_weight * similarity_loss(given, wanted, recipe.kl_temperature),
                -recipe.tutor_weight * (labels * student.head(given).log_softmax(-1)).sum(-1).mean(),
            ])
            optimizer.zero_grad(set_to_none=True)
            losses.sum().backward()
            optimizer.step()
            schedule.step()
            totals += losses.detach().numpy() / steps
        shown = ", ".join(f"{name} {value:.4f}" for name, value in zip(("cosine", "similarity", "labels"), totals))
        print(f"epoch {epoch + 1}/{recipe.epochs}: {shown}, {time.time() - started:.0f} s", flush=True)


@torch.inference_mode()
def validate(student: Student, sequences: list[np.ndarray], targets: np.ndarray) -> dict[str, float]:
    """How close the student is on held-out text: cosine to the teacher, and correlation of pairwise similarities."""
    wanted = torch.from_numpy(targets).float()
    given = student.embed(*ragged(sequences))
    pairs = torch.triu_indices(len(sequences), len(sequences), 1).unbind()
    similarities = torch.stack([(given @ given.T)[pairs], (wanted @ wanted.T)[pairs]])
    return {
        "cosine": F.cosine_similarity(student.up(given), wanted).mean().item(),
        "similarity correlation": torch.corrcoef(similarities)[0, 1].item(),
    }


def quantise(table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Int8 rows and a float32 scale for each; the padding row is zero."""
    table = table / np.abs(table).max(1).mean()
    scale = (np.abs(table).max(1) / 127).astype(np.float32)
    rows = np.clip(np.rint(table / np.maximum(scale.astype(np.float32), 1e-7)[:, None]), -127, 127).astype(np.int8)
    rows[0], scale[0] = 0, 0
    return rows, scale


def distill(data: Path, out: Path, cache: Path, recipe: Recipe) -> None:
    """Run the whole distillation and write the two files of the embedder."""
    torch.manual_seed(recipe.seed)
    tokenizer, teacher_ids = compact_tokenizer()
    teacher, tutor = Teacher(cache), Tutor(cache)
    parts = material.gather(data, list(tokenizer.get_vocab()), recipe.augmented, recipe.seed)
    vectors = teacher.encode_vocabulary()[teacher_ids].astype(np.float32)
    student = Student(initial_table(vectors, recipe.sif))
    train(student, lessons(parts, tokenizer, teacher, tutor, vectors, recipe.own_repeats), recipe)

    held_out = [example.text for example in corpus.read_taxonomy()["validation"]]
    measured = validate(student, [np.array(encoding.ids) for encoding in tokenizer.encode_batch(held_out)], teacher.encode(held_out))
    print("validation:", ", ".join(f"{name} {value:.4f}" for name, value in measured.items()))

    out.mkdir(parents=True, exist_ok=True)
    (out / TOKENIZER).write_text(json.dumps(json.loads(tokenizer.to_str()), ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
    rows, scale = quantise(student.table())
    metadata = {
        "name": "maestria-static-256",
        "format_version": FORMAT_VERSION,
        "dim": str(DIM),
        "teacher": TEACHER_NAME,
        "recipe": json.dumps(recipe.__dict__),
        "validation": json.dumps({name: round(value, 4) for name, value in measured.items()}),
        "text": "own taxonomy; CLINC150 train (CC BY 3.0, Larson et al. 2019); SNIPS train (CC0); Seal-Tools (Apache-2.0); TaskBench requests (MIT)",
        "licence": "vocabulary and teacher: all-MiniLM-L6-v2 (Apache-2.0); see training/README.md for the text",
    }
    (out / EMBEDDER).write_bytes(save({"table": rows, "scale": scale}, metadata))


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of this step."""
    parser.add_argument("--data", type=Path, required=True, help="folder with the public sets")
    parser.add_argument("--out", type=Path, required=True, help="folder the model is written to")
    parser.add_argument("--cache", type=Path, default=CACHE, help="folder for teacher embeddings (default: %(default)s)")
    parser.add_argument("--threads", type=int, default=0, help="threads of torch (default: all)")
    parser.add_argument("--epochs", type=int, default=Recipe.epochs)
    parser.add_argument("--augmented", type=int, default=Recipe.augmented, help="number of augmented texts")


def run(options: argparse.Namespace) -> None:
    """Distill with parsed options."""
    if options.threads:
        torch.set_num_threads(options.threads)
    distill(options.data, options.out, options.cache, Recipe(epochs=options.epochs, augmented=options.augmented))


def main() -> None:
    """Distill from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    arguments(parser)
    run(parser.parse_args())


if __name__ == "__main__":
    main()
