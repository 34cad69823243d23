"""Train, measure and export `tagger.safetensors`: which words of a request ask for which tool."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

import planning
from embedder import FORMAT_VERSION
from fitting import RATE, fit, golden_word, shipped, write
from likeness import MODEL_DIR, Words
from network import READING, Network, load
from tagged import Case, Corpus
from tools import Reader

DROPOUTS = (0.15, 0.15, 0.3)
SHARPNESS = 6.0
BEGIN_SHARE = 3.0
LEAST_LOG = -7.0
THRESHOLDS = (0.3, 0.4, 0.5, 0.6)
GOLDEN = (
    "crop pass.jpg, 413 wide. reminder “collect the photos” mon 12pm",
    "Tell Ann the weather in Oslo",
    "1000 EUR → CHF; and naïve weather?",
)
GOLDEN_TOOLS = ("get_weather", "send_message", "convert_currency", "edit_image", "set_reminder")


def pooled(logs: Tensor, batch: dict[str, Tensor]) -> Tensor:
    """Logarithms of the probabilities that runs of words ask for none and for each label: of the geometric means over their words."""
    runs = batch["runs"]
    sums = functional.pad(logs.flatten(0, 1).double().clamp(min=LEAST_LOG).cumsum(0), (0, 0, 1, 0))
    means = (sums[runs[:, 1]] - sums[runs[:, 0]]) / (runs[:, 1] - runs[:, 0])[:, None]
    known = functional.pad(batch["label_mask"], (1, 0), value=True)[runs[:, 0] // logs.shape[1]]
    return means.masked_fill(~known, -torch.inf).log_softmax(-1).float()


def loss_of(network: Network, batch: dict[str, Tensor]) -> Tensor:
    """Cross-entropy of words and of runs of words whose tool is known, of the likeliest word for each tool, and of where calls begin."""
    scores, begins = network(batch)
    logs = scores.log_softmax(-1)
    total = functional.binary_cross_entropy_with_logits(begins, batch["begins"].clamp(min=0), reduction="none")
    known = batch["begins"] >= 0
    total = BEGIN_SHARE * (total * known).sum() / known.sum().clamp(min=1)
    if (batch["tags"] >= 0).any():
        total = total + functional.nll_loss(logs.flatten(0, 1), batch["tags"].flatten(), ignore_index=-100)
    if len(batch["runs"]):
        total = total + functional.nll_loss(pooled(logs, batch), batch["runs"][:, 2])
    by_label = logs[..., 1:].masked_fill(~batch["mask"][..., None], -1e4)
    best = ((by_label * SHARPNESS).logsumexp(1) / SHARPNESS).clamp(max=-1e-4)
    asked = batch["asked"]
    each = -(asked * best + (1 - asked) * torch.log1p(-best.exp()))
    return total + (each * batch["label_mask"]).sum(-1).mean()


@torch.no_grad()
def measure(network: Network, reader: Reader, cases: list[Case]) -> str:
    """Share of the cases whose tools are just those above a threshold, and whose likeliest tools are the right ones, their number known."""
    network.eval()
    right, ranked, runs, called = dict.fromkeys(THRESHOLDS, 0), 0, 0, 0
    for case in cases:
        batch = reader.batch([case])
        scores, _ = network(batch)
        batch["runs"] = batch["runs"][batch["runs"][:, 2] > 0]
        if len(batch["runs"]):
            likeliest = pooled(scores.log_softmax(-1), batch)[:, 1:].argmax(-1) + 1
            called, runs = called + (likeliest == batch["runs"][:, 2]).sum().item(), runs + len(batch["runs"])
        best = scores[0].softmax(-1)[:, 1:].max(0).values.numpy()
        names, wanted = [tool["name"] for tool in case.tools], set(case.names)
        ranked += {names[at] for at in np.argsort(-best)[: len(wanted)]} == wanted
        for least in THRESHOLDS:
            right[least] += {name for name, value in zip(names, best, strict=True) if value >= least} == wanted
    shares = ", ".join(f"{least}: {count / len(cases):.3f}" for least, count in right.items())
    return f"exact above {shares}; likeliest {ranked / len(cases):.3f}; runs {called / max(1, runs):.3f}"


def mix(network: Network, path: Path, share: float) -> None:
    """Takes `share` of the weights of a file, and the rest of those that are there."""
    own = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    load(network, path)
    network.load_state_dict({name: own[name].lerp(tensor, share) for name, tensor in network.state_dict().items()})


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
    parser.add_argument("--mix", nargs=2, metavar=("FILE", "SHARE"), help="begins with the weighted mean of the resumed weights and these")
    parser.add_argument("--unseen", action="store_true", help="learn nothing of the tools of data/planning: how well others are served")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--measure", type=Path, metavar="FILE", help="measures these weights, and trains nothing")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    corpus, reader = Corpus(options.data, options.unseen, options.seed), Reader(Words())
    network = Network(reader.words.dimension, 0, 0, options.width, 4, options.layers, dropouts=DROPOUTS)
    validation = corpus.validation()
    if options.measure:
        load(network, options.measure)
        for name, cases in validation.items():
            print(f"{name} ({len(cases)}): {measure(network, reader, cases)}", flush=True)
        return
    if options.resume:
        load(network, options.resume)
    else:
        network.begin_with(options.reading)
    if options.mix:
        mix(network, Path(options.mix[0]), float(options.mix[1]))

    def loss(cases: list[Case]) -> Tensor:
        return loss_of(network, reader.batch(cases))

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
