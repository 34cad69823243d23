"""Train, measure and export `tagger.safetensors`: which words of a request ask for which tool."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch
from torch import Tensor

import planning
from embedder import FORMAT_VERSION
from fitting import BATCH, RATE, fit, golden_word, shipped, write
from likeness import MODEL_DIR, Words
from network import READING, WIDTH_OF_HEADS, Network, begin, layers_of, load
from tagged import Case, Corpus
from tagging import loss_of, measure
from tagging_tutor import TutorReader, load_tutor
from tools import Reader
from widening import widen
from words_tutor import Tutor, asked, lacking

DROPOUTS = (0.15, 0.15, 0.3)
# Of a network that learns from a tutor too, and what the tutor's answers and the known ones count.
TUTORED_DROPOUTS = (0.1, 0.1, 0.2)
TUTORED, KNOWN = 2.0, 0.5
# Cases of which only the tutor's answer is known, for every sixteen others.
FREE = 6
GOLDEN = (
    "crop pass.jpg, 413 wide. reminder “collect the photos” mon 12pm",
    "Tell Ann the weather in Oslo",
    "1000 EUR → CHF; and naïve weather?",
)
GOLDEN_TOOLS = ("get_weather", "send_message", "convert_currency", "edit_image", "set_reminder")


def soft_loss(network: Network, tutor: Tutor, reader: TutorReader, cases: list[Case], known: bool) -> Tensor:
    """What the network's answers lack of the tutor's, and, where they are known, of the right ones."""
    batch = reader.batch(cases)
    said, share = asked(network, batch), TUTORED * len(cases) / (BATCH + FREE)
    return share * lacking(said, tutor, batch) + (KNOWN * loss_of(lambda _: said, batch) if known else 0)


@torch.no_grad()
def golden(network: Network, reader: Reader) -> str:
    """What the forward pass gives for a few requests, by run of characters without white space."""
    tools = [tool for tool in planning.tools().values() if tool["name"] in GOLDEN_TOOLS]
    lines = []
    for text in GOLDEN:
        scores, begins = network(reader.batch([Case(text, tools, [])]))
        asks, begins = scores[0].softmax(-1).numpy(), begins[0].sigmoid().numpy()
        places, words, start = reader.words.pieces(text).places, [], 0
        for word in text.split():
            start = text.index(word, start)
            pieces = [at for at, (first, _) in enumerate(places) if start <= first < start + len(word)]
            start += len(word)
            words.append(golden_word(word, asks[pieces], begins[pieces]))
        lines.append(json.dumps({"text": text, "tools": tools, "words": words}, ensure_ascii=False) + "\n")
    return "".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the public sets; tools/seal_tools is read")
    parser.add_argument("--out", type=Path, default=MODEL_DIR, help="folder for tagger.safetensors and tagger.golden.jsonl")
    parser.add_argument("--reading", type=Path, default=READING, help="what `reading.py` wrote")
    parser.add_argument("--steps", type=int, default=8000, help="steps of 16 requests")
    parser.add_argument("--width", type=int, default=128, help="as `reading.py` had it")
    parser.add_argument("--layers", type=int, default=3, help="as `reading.py` had it")
    parser.add_argument("--rate", type=float, default=RATE, help="largest learning rate")
    parser.add_argument("--resume", type=Path, metavar="FILE", help="goes on from these weights")
    parser.add_argument("--widen", type=Path, metavar="FILE", help="begins with these weights of a network half as wide")
    parser.add_argument("--mix", nargs=2, metavar=("FILE", "SHARE"), help="begins with the weighted mean of the resumed weights and these")
    parser.add_argument("--tutor", type=Path, metavar="FILE", help="learns from what `tagging_tutor.py` wrote, too")
    parser.add_argument("--unseen", action="store_true", help="learn nothing of the tools of data/planning: how well others are served")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--measure", type=Path, metavar="FILE", help="measures these weights, and trains nothing")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    corpus, words = Corpus(options.data, options.unseen, options.seed), Words()
    tutor, reader = load_tutor(words, options.tutor) if options.tutor else (None, Reader(words))
    dropouts = TUTORED_DROPOUTS if tutor else DROPOUTS
    heads = options.width // WIDTH_OF_HEADS
    network = Network(words.dimension, 0, 0, options.width, heads, options.layers, dropouts=dropouts)
    validation = corpus.validation()
    if options.measure:
        load(network, options.measure)
        for name, cases in validation.items():
            print(f"{name} ({len(cases)}): {measure(network, reader, cases)}", flush=True)
        return
    if options.widen:
        half, layers = options.width // 2, layers_of(options.widen)
        narrow = Network(words.dimension, 0, 0, half, half // WIDTH_OF_HEADS, layers)
        load(narrow, options.widen)
        widen(narrow, network)
    else:
        begin(network, options.reading, options.resume, options.mix)

    def loss(cases: list[Case]) -> Tensor:
        if tutor is None:
            return loss_of(network, reader.batch(cases))
        free = [corpus.free() for _ in range(FREE)]
        return soft_loss(network, tutor, reader, cases, True) + soft_loss(network, tutor, reader, free, False)

    def check() -> None:
        for name in ("workflows", "products"):
            print(f"  {name}: {measure(network, reader, validation[name])}", flush=True)

    if options.steps:
        fit(network, corpus.draw, loss, options.steps, told=250, checked=1000, check=check, rate=options.rate)
    exported = shipped(network)
    for name, cases in validation.items():
        print(f"{name} ({len(cases)}): {measure(exported, reader, cases)}", flush=True)
    write(network, options.out / "tagger.safetensors", FORMAT_VERSION)
    (options.out / "tagger.golden.jsonl").write_text(golden(exported, reader), encoding="utf-8")


if __name__ == "__main__":
    main()
