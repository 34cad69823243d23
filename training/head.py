"""Fit, calibrate and report the taxonomy head on the exported embeddings and write `taxonomy.safetensors`."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

import corpus
import material
from distill import CACHE
from embedder import EMBEDDER, FORMAT_VERSION, TAXONOMY, Embedder, Taxonomy, read_tensors
from tutor import LABELS, Tutor

UNKNOWN = LABELS.index(corpus.UNKNOWN)
KEEP_IN_SCOPE = (0.95, 0.96, 0.97, 0.98, 0.99)
STRENGTHS = (1e4, 1e5)
SOFT_SHARES = (0.8, 0.95)


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


def embed(embedder: Embedder, examples: Sequence[corpus.Example]) -> Set:
    """The examples as a set of vectors."""
    texts = [example.text for example in examples]
    labels = np.array([LABELS.index(example.label) for example in examples])
    return Set(texts, embedder.encode(texts), labels, [example.source for example in examples])


def fit_linear(vectors: np.ndarray, targets: np.ndarray, weights: np.ndarray, strength: float) -> tuple[np.ndarray, np.ndarray]:
    """Multinomial logistic regression by L-BFGS on probabilities `targets`; `strength` is the inverse of the L2 penalty per unit of weight."""
    inputs, wanted = torch.from_numpy(vectors).float(), torch.from_numpy(targets).float()
    share = torch.from_numpy(weights / weights.sum()).float()
    weight = torch.zeros(len(LABELS), inputs.shape[1], requires_grad=True)
    bias = torch.zeros(len(LABELS), requires_grad=True)
    optimizer = torch.optim.LBFGS([weight, bias], max_iter=200, history_size=20, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        losses = -(wanted * (inputs @ weight.T + bias).log_softmax(1)).sum(1)
        loss = (share * losses).sum() + weight.square().sum() / (2 * strength)
        loss.backward()
        return loss

    optimizer.step(closure)
    return weight.detach().numpy(), bias.detach().numpy()


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


def calibrate(weight: np.ndarray, bias: np.ndarray, validation: Set) -> Taxonomy:
    """The head with its temperature and the energy threshold, of those that keep 95 to 99 % of what is in scope, with the best accuracy.

    The row of `unknown` is subtracted from all rows first. That changes no probability, and makes the energy the negative
    logarithm of the probability of `unknown`; without it the energy is high for texts that are clearly unknown.
    """
    weight, bias = weight - weight[UNKNOWN], bias - bias[UNKNOWN]
    logits = validation.vectors @ weight.T + bias
    energy = Taxonomy.energy(logits)
    thresholds = np.quantile(energy[validation.in_scope], 1 - np.array(KEEP_IN_SCOPE))
    threshold = max(thresholds, key=lambda at: (answers(logits, energy < at) == validation.labels).mean())
    return Taxonomy(LABELS, weight, bias, fit_temperature(logits, validation.labels), float(threshold))


def evaluate(head: Taxonomy, part: Set) -> dict[str, float]:
    """The measures of a head on a set, in percent."""
    logits = head.logits(part.vectors)
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
    predicted = head.logits(part.vectors).argmax(1)
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


def log_loss(head: Taxonomy, part: Set) -> float:
    """The negative log-likelihood of a calibrated head."""
    logits = head.logits(part.vectors) / head.temperature
    return float(-log_softmax(logits, axis=1)[np.arange(len(part.labels)), part.labels].mean())


def soft_examples(embedder: Embedder, data: Path, cache: Path, augmented: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Vectors and the tutor's probabilities of all labelled material beside the taxonomy itself."""
    parts = material.gather(data, list(embedder.tokenizer.get_vocab()), augmented, seed)
    tutor = Tutor(cache)
    names = [name for name in material.LABELLED if name != material.OWN]
    return (
        np.concatenate([embedder.encode(parts[name]) for name in names]),
        np.concatenate([tutor.probabilities(parts[name]) for name in names]),
    )


def fit(data: Path, out: Path, cache: Path, test: bool) -> None:
    """Choose penalty and share of the tutor's labels on validation, write the head, and report."""
    embedder = Embedder.load(out)
    recipe = json.loads(read_tensors(out / EMBEDDER)[1]["recipe"])
    parts = {name: embed(embedder, examples) for name, examples in corpus.read_taxonomy().items()}
    own, validation = parts["train"], parts["validation"]
    soft, probabilities = soft_examples(embedder, data, cache, recipe["augmented"], recipe["seed"])
    vectors = np.concatenate([own.vectors, soft])
    targets = np.concatenate([np.eye(len(LABELS), dtype=np.float32)[own.labels], probabilities])
    heads: dict[tuple[float, float], Taxonomy] = {}
    for share in SOFT_SHARES:
        weights = np.concatenate([np.full(len(own.labels), (1 - share) / len(own.labels)), np.full(len(soft), share / len(soft))])
        rows = weights > 0
        for strength in STRENGTHS:
            head = calibrate(*fit_linear(vectors[rows], targets[rows], weights[rows], strength), validation)
            heads[share, strength] = head
            accuracy = evaluate(head, validation)["accuracy, 26 classes"]
            print(f"tutor's share {share}, C {strength}: log loss {log_loss(head, validation):.4f}, accuracy {accuracy}", flush=True)
    best = min(heads, key=lambda setting: log_loss(heads[setting], validation))
    head = heads[best]
    measures = {"validation": report("validation", head, validation)}
    if test:
        measures["test"] = report("test", head, parts["test"])
    metadata = {
        "name": "maestria-taxonomy",
        "format_version": FORMAT_VERSION,
        "labels": json.dumps(LABELS),
        "temperature": repr(head.temperature),
        "energy_threshold": repr(head.energy_threshold),
        "recipe": json.dumps(
            {"kind": "linear", "tutor_share": best[0], "strength": best[1], "own_examples": len(own.labels), "tutor_examples": len(soft)}
        ),
        "measures": json.dumps(measures),
    }
    (out / TAXONOMY).write_bytes(save({"weight": head.weight, "bias": head.bias}, metadata))


def main() -> None:
    """Fit the head from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with the public sets")
    parser.add_argument("--out", type=Path, required=True, help="folder that holds the embedder; the head is written there")
    parser.add_argument("--cache", type=Path, default=CACHE, help="folder of the tutor's labels (default: %(default)s)")
    parser.add_argument("--test", action="store_true", help="report the test split as well (once, at the end)")
    parser.add_argument("--threads", type=int, default=0, help="threads of torch (default: all)")
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    fit(options.data, options.out, options.cache, options.test)


if __name__ == "__main__":
    main()
