"""Distill the tutor into a static table of int8 rows and a head; write `tokenizer.json` and `embedder.safetensors`."""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save
from scipy.special import softmax
from tokenizers import Tokenizer
from torch.nn import functional as F

import corpus
import material
import ngrams
from augment import typing_errors
from embedder import EMBEDDER, FORMAT_VERSION, TOKENIZER
from student import Student, quantise, ragged
from teacher import NAME as TEACHER_NAME
from teacher import Teacher, load_tokenizer
from tutor import LABELS, Tutor

DIM = 256
PAD, UNK = "[PAD]", "[UNK]"
CACHE = Path.home() / ".cache" / "maestria" / "training"
UNCALIBRATED = "head.npz"


@dataclass(frozen=True)
class Recipe:
    """The settings of a distillation; they are written into the exported file."""

    epochs: int = 10
    batch: int = 512
    learning_rate: float = 2e-3
    token_dropout: float = 0.1
    kl_weight: float = 0.5
    kl_temperature: float = 0.05
    sif: float = 1e-4
    tutor_weight: float = 1.5
    gold_share: float = 0.5
    own_repeats: int = 3
    misspelt: float = 0.3
    hidden: int = 256
    buckets: int = 32_768
    ngram_decay: float = 1e-6
    dropout: float = 0.2
    head_rate: float = 2e-3
    augmented: int = 150_000
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


def similarity_loss(student: torch.Tensor, teacher: torch.Tensor, temperature: float) -> torch.Tensor:
    """KL between the teacher's and the student's distribution over the other texts of the batch."""
    hide = torch.eye(len(student), dtype=torch.bool)
    wanted = (teacher @ teacher.T / temperature).masked_fill(hide, -1e4).log_softmax(-1)
    given = (student @ student.T / temperature).masked_fill(hide, -1e4).log_softmax(-1)
    return F.kl_div(given, wanted, log_target=True, reduction="batchmean")


@dataclass(frozen=True)
class Lessons:
    """Tokenised texts with their n-grams, the embedding wanted of each, and the tutor's probabilities (zeros where there are none)."""

    sequences: list[np.ndarray]
    features: list[tuple[np.ndarray, np.ndarray]]
    embeddings: np.ndarray
    labels: np.ndarray


def gold(examples: Sequence[corpus.Example], given: np.ndarray, share: float) -> np.ndarray:
    """The tutor's probabilities mixed with the labels that the annotator gave."""
    mixed = (1 - share) * given
    mixed[np.arange(len(examples)), [LABELS.index(example.label) for example in examples]] += share
    return mixed


def targets(tutor: np.ndarray, teacher: np.ndarray) -> np.ndarray:
    """Tutor's and teacher's embeddings side by side, of length one together.

    The similarity of two texts is then the mean of both: the tutor's is better where wishes are told apart, the untouched teacher's for the
    fine differences within one subject.
    """
    return np.concatenate([tutor, teacher], axis=1) / np.float16(2**0.5)


def word_labels(tokenizer: Tokenizer, tutor: Tutor) -> np.ndarray:
    """The tutor's probabilities of the vocabulary's whole words, each as a text; zeros for pieces of words and for `unknown`.

    Most words alone are `unknown`, which says nothing of their part in a request; what is left tells which label a word points to.
    """
    vocabulary = tokenizer.get_vocab()
    words = [word for word in sorted(vocabulary, key=vocabulary.__getitem__) if word not in (PAD, UNK) and not word.startswith("##")]
    labels = np.zeros((len(vocabulary), len(LABELS)), np.float32)
    labels[[vocabulary[word] for word in words]] = softmax(tutor.answers(words)[0].astype(np.float32), axis=1)
    labels[:, LABELS.index(corpus.UNKNOWN)] = 0
    return labels


def lessons(
    parts: dict[str, list[str]], tokenizer: Tokenizer, teacher: Teacher, tutor: Tutor, vectors: np.ndarray, recipe: Recipe
) -> Lessons:
    """What the student is taught: all texts, the taxonomy's own several times, some with typing errors, and each entry of the vocabulary.

    A misspelt text has the embedding and the labels of the text as it was meant.
    """
    rng = random.Random(recipe.seed)
    texts: list[str] = []
    embeddings, labels = [], []
    for name, part in parts.items():
        print(f"{name}: {len(part)} texts", flush=True)
        times = recipe.own_repeats if name == material.OWN else 1
        logits, vectors_of_part = tutor.answers(part)
        given = softmax(logits.astype(np.float32), axis=1)
        if name == material.OWN:
            given = gold(tutor.parts["train"], given, recipe.gold_share)
        elif name not in material.LABELLED:
            given = np.zeros_like(given)
        texts += part * times
        embeddings += [targets(vectors_of_part, teacher.encode(part))] * times
        labels += [given] * times
    texts = [typing_errors(text, rng) if rng.random() < recipe.misspelt else text for text in texts]
    sequences = [np.array(encoding.ids or [0], np.int64) for encoding in tokenizer.encode_batch(texts)]
    features = [ngrams.features(text, recipe.buckets) for text in texts]
    sequences += [np.array([token]) for token in range(1, len(vectors))]
    features += [(np.zeros(0, np.int64), np.zeros(0, np.float32))] * (len(vectors) - 1)
    embeddings.append(targets(vectors[1:].astype(np.float16), vectors[1:].astype(np.float16)))
    labels.append(word_labels(tokenizer, tutor)[1:])
    return Lessons(sequences, features, np.concatenate(embeddings), np.concatenate(labels))


def train(student: Student, lessons: Lessons, recipe: Recipe) -> None:
    """Fit the student to the tutor, one cycle of Adam with warm-up and cosine decay."""
    generator = torch.Generator().manual_seed(recipe.seed)
    table = [student.rows, student.log_weight, *student.up.parameters()]
    head = [*student.linear.parameters(), *student.units.parameters(), *student.out.parameters()]
    rates = [recipe.learning_rate, recipe.head_rate, 2 * recipe.head_rate]
    groups = [{"params": table}, {"params": head}, {"params": student.ngrams.parameters()}]
    optimizer = torch.optim.Adam(groups, fused=True)
    count = len(lessons.sequences)
    steps = count // recipe.batch
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rates, total_steps=recipe.epochs * steps, pct_start=0.05)
    student.train()
    for epoch in range(recipe.epochs):
        started, totals = time.time(), np.zeros(3)
        for rows in torch.randperm(count, generator=generator).split(recipe.batch)[:steps]:
            batch = ragged([lessons.sequences[row] for row in rows], [lessons.features[row] for row in rows])
            keep = (torch.rand(len(batch.ids), generator=generator) >= recipe.token_dropout).float()
            wanted = torch.from_numpy(lessons.embeddings[rows.numpy()]).float()
            labels = torch.from_numpy(lessons.labels[rows.numpy()])
            given = student.embed(batch, keep)
            losses = torch.stack([
                1 - F.cosine_similarity(student.up(given), wanted).mean(),
                recipe.kl_weight * similarity_loss(given, wanted, recipe.kl_temperature),
                -recipe.tutor_weight * (labels * student.logits(batch, given).log_softmax(-1)).sum(-1).mean(),
            ])
            loss = losses.sum() + recipe.ngram_decay * student.ngrams.weight.square().sum()
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            schedule.step()
            totals += losses.detach().numpy() / steps
        shown = ", ".join(f"{name} {value:.4f}" for name, value in zip(("cosine", "similarity", "labels"), totals))
        print(f"epoch {epoch + 1}/{recipe.epochs}: {shown}, {time.time() - started:.0f} s", flush=True)
    student.eval()


@torch.inference_mode()
def validate(student: Student, tokenizer: Tokenizer, teacher: Teacher, tutor: Tutor, buckets: int) -> dict[str, float]:
    """Held-out text: cosine to what is wanted, correlation of pairwise similarities, and accuracy over the taxonomy before quantisation."""
    examples = tutor.parts["validation"]
    texts = [example.text for example in examples]
    wanted = torch.from_numpy(targets(tutor.answers(texts)[1], teacher.encode(texts))).float()
    batch = ragged(
        [np.array(encoding.ids or [0], np.int64) for encoding in tokenizer.encode_batch(texts)],
        [ngrams.features(text, buckets) for text in texts],
    )
    given = student.embed(batch)
    pairs = torch.triu_indices(len(texts), len(texts), 1).unbind()
    similarities = torch.stack([(given @ given.T)[pairs], (wanted @ wanted.T)[pairs]])
    right = [LABELS[place] == example.label for place, example in zip(student.logits(batch, given).argmax(1), examples)]
    return {
        "cosine": F.cosine_similarity(student.up(given), wanted).mean().item(),
        "similarity correlation": torch.corrcoef(similarities)[0, 1].item(),
        "accuracy": float(np.mean(right)),
    }


def distill(data: Path, out: Path, cache: Path, recipe: Recipe) -> None:
    """Run the whole distillation; write the two files of the embedder, and the head as it was trained."""
    torch.manual_seed(recipe.seed)
    tokenizer, teacher_ids = compact_tokenizer()
    teacher, tutor = Teacher(cache), Tutor(data, cache)
    print(f"tutor: validation accuracy {tutor.validation_accuracy():.4f}", flush=True)
    parts = material.gather(data, list(tokenizer.get_vocab()), recipe.augmented, recipe.seed)
    vectors = teacher.encode_vocabulary()[teacher_ids].astype(np.float32)
    student = Student(initial_table(vectors, recipe.sif), recipe.hidden, recipe.buckets, recipe.dropout)
    train(student, lessons(parts, tokenizer, teacher, tutor, vectors, recipe), recipe)
    measured = validate(student, tokenizer, teacher, tutor, recipe.buckets)
    print("validation:", ", ".join(f"{name} {value:.4f}" for name, value in measured.items()))

    out.mkdir(parents=True, exist_ok=True)
    (out / TOKENIZER).write_text(json.dumps(json.loads(tokenizer.to_str()), ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
    table = student.table()
    table[0] = 0
    rows, scale = quantise(table / np.abs(table).max(1).mean())
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
    np.savez(cache / UNCALIBRATED, **student.head())


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
