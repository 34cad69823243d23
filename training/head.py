"""Quantise, calibrate and report the head of the taxonomy, and write `taxonomy.safetensors`."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from safetensors.numpy import save
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

import corpus
from distill import CACHE, UNCALIBRATED
from embedder import EMBEDDER, FORMAT_VERSION, TAXONOMY, Embedder, Taxonomy, read_tensors
from student import quantise
from tutor import LABELS

UNKNOWN = LABELS.index(corpus.UNKNOWN)
KEEP_IN_SCOPE = (0.95, 0.96, 0.97, 0.98, 0.99)


class Embeds(Protocol):
    """Whatever turns texts into vectors."""

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Embeddings [N, dim]."""
        ...


@dataclass(frozen=True)
class Set:
    """Embedded examples with the indices of their labels."""

    texts: list[str]
    vectors: np.ndarray
    labels: np.ndarray
    sources: list[str]

    @property
    def in_scope(self) -> np.ndarray:
        """Which examples carry one of the 25 labels."""
        return self.labels != UNKNOWN


def embed(embedder: Embeds, examples: Sequence[corpus.Example]) -> Set:
    """The examples as a set of vectors."""
    texts = [example.text for example in examples]
    labels = np.array([LABELS.index(example.label) for example in examples])
    return Set(texts, embedder.encode(texts), labels, [example.source for example in examples])


def fit_temperature(logits: np.ndarray, labels: np.ndarray) -> float:
    """The temperature with the least negative log-likelihood."""

    def loss(log_temperature: float) -> float:
        return -log_softmax(logits / np.exp(log_temperature), axis=1)[np.arange(len(labels)), labels].mean()

    return float(np.exp(minimize_scalar(loss, bounds=(-3, 3), method="bounded").x))


def expected_calibration_error(probabilities: np.ndarray, labels: np.ndarray, bins: int = 15) -> float:
    """The mean gap between confidence and accuracy over equal-width bins of confidence."""
    confidence, right = probabilities.max(1), probabilities.argmax(1) == labels
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [abs(confidence[place == b].mean() - right[place == b].mean()) * (place == b).mean() for b in range(bins) if (place == b).any()]
    return float(sum(gaps))


def macro_f1(predicted: np.ndarray, labels: np.ndarray) -> float:
    """The mean F1 of the labels that occur."""
    scores = []
    for label in np.unique(labels):
        hit = ((predicted == label) & (labels == label)).sum()
        scores.append(2 * hit / ((predicted == label).sum() + (labels == label).sum()))
    return float(np.mean(scores))


def answers(logits: np.ndarray, low: np.ndarray) -> np.ndarray:
    """The label of each text: the largest logit, or `unknown` where the energy is too low."""
    return np.where(low, UNKNOWN, logits.argmax(1))


def subtract_unknown(tensors: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The same head with the row of `unknown` subtracted from all rows.

    That changes no probability, and makes the energy the negative logarithm of the probability of `unknown`; without it the energy is high
    for texts that are clearly unknown.
    """
    by_row = {name: tensors[name] - tensors[name][UNKNOWN] for name in ("weight", "bias", "hidden_out") if name in tensors}
    by_column = {name: tensors[name] - tensors[name][:, [UNKNOWN]] for name in ("ngrams",) if name in tensors}
    return {**tensors, **by_row, **by_column}


def calibrate(tensors: dict[str, np.ndarray], validation: Set) -> Taxonomy:
    """The head with its temperature and the energy threshold, of those that keep 95 to 99 % of what is in scope, with the best accuracy."""
    logits = Taxonomy(LABELS, tensors, 1.0, 0.0).logits(validation.texts, validation.vectors)
    energy = Taxonomy.energy(logits)
    thresholds = np.quantile(energy[validation.in_scope], 1 - np.array(KEEP_IN_SCOPE))
    threshold = max(thresholds, key=lambda at: (answers(logits, energy < at) == validation.labels).mean())
    return Taxonomy(LABELS, tensors, fit_temperature(logits, validation.labels), float(threshold))


def evaluate(head: Taxonomy, part: Set) -> dict[str, float]:
    """The measures of a head on a set, in percent."""
    logits = head.logits(part.texts, part.vectors)
    predicted, known = logits.argmax(1), part.in_scope
    low = head.energy(logits) < head.energy_threshold
    refused = low | (predicted == UNKNOWN)
    measures = {
        "accuracy, 26 classes": (predicted == part.labels).mean(),
        "accuracy, 26 classes, with energy": (answers(logits, low) == part.labels).mean(),
        "macro F1, 26 classes": macro_f1(predicted, part.labels),
        "accuracy, in scope": (predicted == part.labels)[known].mean(),
        "ECE, 15 bins": expected_calibration_error(head.confidence(logits), part.labels),
        "unknown recall, class": (predicted == UNKNOWN)[~known].mean(),
        "unknown recall, class or energy": refused[~known].mean(),
        "unknown recall, energy alone": low[~known].mean(),
        "in scope kept, class": (predicted != UNKNOWN)[known].mean(),
        "in scope kept, class and energy": (~refused)[known].mean(),
    }
    for source in sorted(set(part.sources)):
        rows = np.array([other == source for other in part.sources])
        measures[f"accuracy, {source}"] = (predicted == part.labels)[rows].mean()
    return {name: round(100 * float(value), 1) for name, value in measures.items()}


def confusions(head: Taxonomy, part: Set, count: int = 10) -> list[tuple[str, str, int]]:
    """The most frequent mistakes as (right label, given label, how often)."""
    predicted = head.logits(part.texts, part.vectors).argmax(1)
    pairs = Counter((LABELS[a], LABELS[b]) for a, b in zip(part.labels, predicted) if a != b)
    return [(right, given, times) for (right, given), times in pairs.most_common(count)]


def report(title: str, head: Taxonomy, part: Set) -> dict[str, float]:
    """Print the measures and the worst confusions."""
    measures = evaluate(head, part)
    print(f"\n{title}: {len(part.labels)} examples")
    for name, value in measures.items():
        print(f"  {name:36}{value:7.1f}")
    for right, given, times in confusions(head, part):
        print(f"  {times:3} x {right} taken for {given}")
    return measures


def conformal(head: Taxonomy, part: Set) -> dict[str, object]:
    """The scores 1 - p of the right labels, `unknown` among them, in the compact form that the Rust crate reads.

    Rounded up to a millionth; the 64 greatest ranks are kept, and one in 1 + distance / 64 further down.
    """
    confidence = head.confidence(head.logits(part.texts, part.vectors))[np.arange(len(part.labels)), part.labels]
    scores = np.sort(np.clip(np.ceil((1 - confidence.astype(np.float64)) * 1e6) / 1e6, 0, 1))
    ranks, distance = [], 0
    while distance < len(scores):
        ranks.append(len(scores) - distance)
        distance += 1 + distance // 64
    ranks.reverse()
    return {"score": "one_minus_probability", "count": len(scores), "ranks": ranks, "scores": [float(scores[rank - 1]) for rank in ranks]}


def fit(out: Path, cache: Path, test: bool) -> None:
    """Quantise and calibrate the head that the distillation left, write it, and report."""
    embedder = Embedder.load(out)
    recipe = read_tensors(out / EMBEDDER)[1]["recipe"]
    names = ("validation", "test") if test else ("validation",)
    parts = {name: embed(embedder, examples) for name, examples in corpus.read_taxonomy().items() if name in names}
    tensors = subtract_unknown(dict(np.load(cache / UNCALIBRATED)))
    tensors["ngrams"], tensors["ngram_scale"] = quantise(tensors["ngrams"])
    head = calibrate(tensors, parts["validation"])
    measures = {name: report(name, head, part) for name, part in parts.items()}
    metadata = {
        "name": "maestria-taxonomy",
        "format_version": FORMAT_VERSION,
        "labels": json.dumps(LABELS),
        "temperature": repr(head.temperature),
        "energy_threshold": repr(head.energy_threshold),
        "conformal": json.dumps(conformal(head, parts["validation"])),
        "recipe": recipe,
        "measures": json.dumps(measures),
    }
    (out / TAXONOMY).write_bytes(save(head.tensors, metadata))


def main() -> None:
    """Fit the head from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder that holds the embedder; the head is written there")
    parser.add_argument("--cache", type=Path, default=CACHE, help="folder that distill.py left the head in (default: %(default)s)")
    parser.add_argument("--test", action="store_true", help="report the test split as well (once, at the end)")
    options = parser.parse_args()
    fit(options.out, options.cache, options.test)


if __name__ == "__main__":
    main()
