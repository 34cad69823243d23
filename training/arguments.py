"""Train, measure and export `arguments.safetensors`: which words of a request belong to which parameter of a tool.

It learns from the requests that `cargo run --release -p maestria-train-spans -- --data DIR --dump FILE` writes, and of those only from the
ones that are not held out.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from fitting import RATE, collate, fit, golden_word, shipped, write
from forms import FORMS
from likeness import Words
from network import READING, Network, begin, load
from parameters import KINDS, Reader
from placed import Request, Sampler, read

SEED = 0
BEGIN_SHARE = 0.5
MOST_MEASURED = 150
FORMAT_VERSION = "1"
GOLDEN = (
    'Email "Q3 numbers" to ann.lee@example.com, then find 2 cheap Thai restaurants in Logan Square',
    "Remind me at 5pm: call José",
    "1000 EUR → CHF",
)
GOLDEN_TOOL = {
    "name": "findPlaces",
    "description": "Finds places to eat",
    "parameters": {
        "type": "object",
        "properties": {
            "cuisine": {"type": "string", "description": "Kind of food"},
            "location": {"type": "string", "description": "Neighborhood or city"},
            "max_results": {"type": ["integer", "null"]},
            "price_range": {"type": "string", "enum": ["cheap", "mid-range"]},
        },
        "required": ["location"],
    },
}


def loss_of(network: Network, batch: dict[str, Tensor]) -> Tensor:
    """Cross-entropy of the allowed labels together, and of the beginnings."""
    scores, begins = network(batch)
    probabilities = scores.log_softmax(-1).masked_fill(~batch["allowed"], -1e4)
    labels = -probabilities.logsumexp(-1)[batch["mask"]].mean()
    begin = functional.binary_cross_entropy_with_logits(begins[batch["mask"]], batch["begins"][batch["mask"]])
    return labels + BEGIN_SHARE * begin


@torch.no_grad()
def f1(network: Network, reader: Reader, requests: Sequence[Request]) -> float:
    """F1 of whole values, where every run of words of which one parameter is the likeliest label is taken for a value of it."""
    network.eval()
    right = found = said = 0
    for request in requests:
        chunks, names = reader.clause(request).places, list(request.properties)
        if not chunks:
            continue
        scores, _ = network(collate([reader.example(request)]))
        known = [name for name in names if name not in request.unplaced]
        runs = {(names[label - 1], *run) for label, *run in likeliest(scores[0].argmax(-1).tolist(), chunks) if label}
        runs = {run for run in runs if run[0] in known}
        expected = {place for place in request.places if place[0] in known}
        said += len(expected)
        found += len(runs)
        right += len(runs & expected)
    return 2 * right / max(1, found + said)


def likeliest(labels: Sequence[int], chunks: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int, int]]:
    """Every run of pieces with one label, as (label, start, end)."""
    for label, run in groupby(zip(labels, chunks), key=lambda piece: piece[0]):
        places = [chunk for _, chunk in run]
        yield label, places[0][0], places[-1][1]


@torch.no_grad()
def golden(network: Network, reader: Reader) -> str:
    """What the forward pass gives for a few texts, by run of letters or of marks."""
    lines = []
    for text in GOLDEN:
        request = Request("", False, text, GOLDEN_TOOL)
        scores, begins = network(collate([reader.example(request)]))
        asks, begins = scores[0].softmax(-1).numpy(), begins[0].sigmoid().numpy()
        chunks, words = reader.clause(request).places, []
        for chunk in dict.fromkeys(chunks):
            pieces = [place for place, other in enumerate(chunks) if other == chunk]
            words.append(golden_word(text[slice(*chunk)], asks[pieces], begins[pieces]))
        lines.append(json.dumps({"text": text, "tool": GOLDEN_TOOL, "words": words}, ensure_ascii=False) + "\n")
    return "".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=Path, required=True, help="what `--dump` of maestria-train-spans wrote")
    parser.add_argument("--model", type=Path, default=Path("crates/maestria-intent/model"), help="folder of the embedder")
    parser.add_argument("--out", type=Path, help="where arguments.safetensors goes; the model's folder unless told")
    parser.add_argument("--reading", type=Path, default=READING, help="what `reading.py` wrote")
    parser.add_argument("--steps", type=int, default=12_000)
    parser.add_argument("--width", type=int, default=128, help="as `reading.py` had it")
    parser.add_argument("--layers", type=int, default=3, help="as `reading.py` had it")
    parser.add_argument("--rate", type=float, default=RATE, help="largest learning rate")
    parser.add_argument("--resume", type=Path, metavar="FILE", help="goes on from these weights")
    parser.add_argument("--mix", nargs=2, metavar=("FILE", "SHARE"), help="begins with the weighted mean of the resumed weights and these")
    parser.add_argument("--measure", type=Path, metavar="FILE", help="measures these weights on all held-out requests, and trains nothing")
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    requests, reader = read(options.requests), Reader(Words(options.model))
    path = (options.out or options.model) / "arguments.safetensors"
    print(Counter((request.source, request.held_out) for request in requests))
    sampler = Sampler([request for request in requests if not request.held_out], SEED)
    held_out = defaultdict(list)
    for request in requests:
        if request.held_out:
            held_out[request.source].append(request)
    network = Network(reader.words.dimension, FORMS, KINDS, options.width, 4, options.layers)

    if options.measure:
        load(network, options.measure)
        for source, part in held_out.items():
            print(f"{source} ({len(part)}): F1 {f1(network, reader, part):.3f}", flush=True)
        return
    begin(network, options.reading, options.resume, options.mix)

    def draw() -> Request:
        request = sampler.draw()
        return request if request.properties and reader.clause(request).ids else draw()

    def loss(drawn: list[Request]) -> Tensor:
        return loss_of(network, collate([reader.example(request) for request in drawn]))

    def check() -> None:
        scores = {source: round(f1(network, reader, part[:MOST_MEASURED]), 3) for source, part in held_out.items()}
        print(f"  F1 on held-out requests: {scores}", flush=True)
        write(network, path, FORMAT_VERSION)

    if options.steps:
        fit(network, draw, loss, options.steps, told=100, checked=500, check=check, rate=options.rate)
    check()
    path.with_name("arguments.golden.jsonl").write_text(golden(shipped(network), reader), encoding="utf-8")


if __name__ == "__main__":
    main()
