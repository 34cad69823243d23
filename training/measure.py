"""Measure the exported embeddings as an application would use them: its own labels, with all or few examples."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

import corpus
from embedder import Embedder
from head import expected_calibration_error

MODEL = Path(__file__).resolve().parents[1] / "crates" / "maestria-intent" / "model"
SHOTS, DRAWS = 5, 5
KEEP_IN_SCOPE = 0.95


def logistic(vectors: np.ndarray, labels: np.ndarray) -> LogisticRegression:
    """The head for own labels: multinomial logistic regression."""
    return LogisticRegression(C=20.0, max_iter=2000).fit(vectors, labels)


def centroid_accuracy(train: np.ndarray, labels: np.ndarray, test: np.ndarray, wanted: np.ndarray) -> float:
    """Accuracy of the nearest label centroid by cosine."""
    names = np.unique(labels)
    centres = np.stack([train[labels == name].mean(0) for name in names])
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    return float((names[(test @ centres.T).argmax(1)] == wanted).mean())


def few_shot(train: tuple[np.ndarray, np.ndarray], test: tuple[np.ndarray, np.ndarray] | None) -> dict[str, float]:
    """Mean accuracy over draws of a few examples per label; without a test set, the rest of the training set is it."""
    vectors, labels = train
    scores = []
    for draw in range(DRAWS):
        rng = np.random.default_rng(draw)
        chosen = np.concatenate([rng.choice(np.flatnonzero(labels == name), SHOTS, replace=False) for name in np.unique(labels)])
        rest = np.setdiff1d(np.arange(len(labels)), chosen)
        inputs, wanted = test or (vectors[rest], labels[rest])
        head = logistic(vectors[chosen], labels[chosen])
        scores.append((head.score(inputs, wanted), centroid_accuracy(vectors[chosen], labels[chosen], inputs, wanted)))
    regression, centroid = np.mean(scores, axis=0)
    return {"logistic regression": float(regression), "nearest centroid": float(centroid)}


def out_of_scope(head: LogisticRegression, inside: np.ndarray, outside: np.ndarray) -> float:
    """Share of out-of-scope texts refused by energy when 95 % of what is in scope is kept."""
    energy = [np.logaddexp.reduce(head.decision_function(vectors), axis=1) for vectors in (inside, outside)]
    return float((energy[1] < np.quantile(energy[0], 1 - KEEP_IN_SCOPE)).mean())


def measure(data: Path, model: Path) -> dict[str, float]:
    """All measures, in percent."""
    embedder = Embedder.load(model)

    def read(name: str) -> tuple[np.ndarray, np.ndarray]:
        texts, labels = corpus.labelled(data / "intent" / name)
        return embedder.encode(texts), np.array(labels)

    results: dict[str, float] = {}
    train, validation = read("clinc150/train.jsonl"), read("clinc150/val.jsonl")
    outside = np.concatenate([read("clinc150/oos_train.jsonl")[0], read("clinc150/oos_val.jsonl")[0]])
    head = logistic(*train)
    places = np.searchsorted(head.classes_, validation[1])
    results["CLINC150 val, all of train: accuracy"] = head.score(*validation)
    results["CLINC150 val, all of train: ECE before temperature"] = expected_calibration_error(head.predict_proba(validation[0]), places)
    results["CLINC150 out-of-scope train+val: recall at 95 % kept"] = out_of_scope(head, validation[0], outside)
    results["SNIPS valid, all of train: accuracy"] = logistic(*read("snips/train.jsonl")).score(*read("snips/valid.jsonl"))
    for name, scores in {
        "CLINC150 val": few_shot(train, validation),
        "HWU64 valid": few_shot(read("hwu64/train.jsonl"), read("hwu64/valid.jsonl")),
        "BANKING77 rest of train": few_shot(read("banking77/train.jsonl"), None),
    }.items():
        for kind, score in scores.items():
            results[f"{name}, {SHOTS} examples: {kind}"] = score
    return {name: round(100 * float(value), 1) for name, value in results.items()}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with the public sets")
    parser.add_argument("--model", type=Path, default=MODEL, help="folder of the exported model (default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    options = parser.parse_args()
    results = measure(options.data, options.model)
    if options.json:
        print(json.dumps(results, indent=1))
        return
    print("| measure | % |\n|---|---|")
    for name, value in results.items():
        print(f"| {name} | {value} |")


if __name__ == "__main__":
    main()
