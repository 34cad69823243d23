"""Train, measure and export `arguments.safetensors`: which words of a request belong to which parameter of a tool.

It learns from the requests that `cargo run --release -p maestria-train-spans -- --data DIR --dump FILE` writes, and of those only from the
ones that are not held out.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path

import torch
from torch import Tensor

from arguments_tutor import load_tutor
from fitting import RATE, collate, fit, golden_word, shipped, write
from forms import FORMS
from likeness import Words
from network import READING, WIDTH_OF_HEADS, Network, begin, layers_of, load
from parameters import KINDS, Reader
from placed import Request, Sampler, by_source, read
from saying import MOST_MEASURED, drawn, f1, loss_between, loss_of
from widening import widen
from words_tutor import Tutor, asked, lacking

SEED = 0
# What the tutor's answers and the known ones count, and what of layers, words and labels is dropped where there is one.
TUTORED, KNOWN = 2.0, 0.5
TUTORED_DROPOUTS = (0.05, 0.1, 0.15)
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


def soft_loss(network: Network, tutor: Tutor, batch: dict[str, Tensor]) -> Tensor:
    """What the network's answers lack of the tutor's, and of the right ones."""
    said = asked(network, batch)
    return TUTORED * lacking(said, tutor, batch) + KNOWN * loss_between(*said, batch)


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
    parser.add_argument("--widen", type=Path, metavar="FILE", help="begins with these weights of a network half as wide")
    parser.add_argument("--mix", nargs=2, metavar=("FILE", "SHARE"), help="begins with the weighted mean of the resumed weights and these")
    parser.add_argument("--tutor", type=Path, metavar="FILE", help="learns from what `arguments_tutor.py` wrote, too")
    parser.add_argument("--measure", type=Path, metavar="FILE", help="measures these weights on all held-out requests, and trains nothing")
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    words, requests = Words(options.model), read(options.requests)
    tutor, reader = load_tutor(words, options.tutor) if options.tutor else (None, Reader(words))
    path = (options.out or options.model) / "arguments.safetensors"
    print(Counter((request.source, request.held_out) for request in requests))
    sampler = Sampler([request for request in requests if not request.held_out], SEED)
    held_out = by_source(requests)
    dropouts = {"dropouts": TUTORED_DROPOUTS} if tutor else {}
    network = Network(words.dimension, FORMS, KINDS, options.width, options.width // WIDTH_OF_HEADS, options.layers, **dropouts)

    if options.measure:
        load(network, options.measure)
        for source, part in held_out.items():
            print(f"{source} ({len(part)}): F1 {f1(network, reader, part):.3f}", flush=True)
        return
    if options.widen:
        half, layers = options.width // 2, layers_of(options.widen)
        narrow = Network(words.dimension, FORMS, KINDS, half, half // WIDTH_OF_HEADS, layers)
        load(narrow, options.widen)
        widen(narrow, network)
    else:
        begin(network, options.reading, options.resume, options.mix)

    def loss(cases: list[Request]) -> Tensor:
        batch = reader.batch(cases)
        return soft_loss(network, tutor, batch) if tutor else loss_of(network, batch)

    def check() -> None:
        scores = {source: round(f1(network, reader, part[:MOST_MEASURED]), 3) for source, part in held_out.items()}
        print(f"  F1 on held-out requests: {scores}", flush=True)
        write(network, path, FORMAT_VERSION)

    if options.steps:
        fit(network, lambda: drawn(sampler, reader), loss, options.steps, told=100, checked=500, check=check, rate=options.rate)
    check()
    path.with_name("arguments.golden.jsonl").write_text(golden(shipped(network), reader), encoding="utf-8")


if __name__ == "__main__":
    main()
