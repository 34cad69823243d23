"""Train, measure and export `tagger.safetensors`: which words of a request ask for which tool."""

from __future__ import annotations

import argparse
import json
import random
import time
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import functional

import planning
from embedder import FORMAT_VERSION
from likeness import DIM, FEATURES, MODEL_DIR, MOST_WORDS, NARROW, WIDE, Pieces, likeness, profile, windows
from network import Network, quantised, rounded
from tagged import Case, Corpus

BATCH = 16
RATE = 1.5e-3
DECAY = 0.05
DROPOUTS = (0.15, 0.15, 0.3)
LAYERS = 2
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


def batch_of(cases: list[Case], most: int | None = MOST_WORDS) -> dict[str, Tensor]:
    """Padded tensors of some cases; `tags` is -100 where it is not known what a word asks for, and `begins` -1."""
    read = [(case, Pieces.of(case.text, most)) for case in cases]
    read = [(case, words) for case, words in read if words.ids]
    rows, width = len(read), max(len(words.ids) for _, words in read)
    labels = max(len(case.tools) for case, _ in read)
    batch = {
        "vectors": torch.zeros(rows, width, DIM),
        "around": torch.zeros(rows, width, 2 * DIM),
        "mask": torch.zeros(rows, width, dtype=torch.bool),
        "labels": torch.zeros(rows, labels, 3 * DIM),
        "label_mask": torch.zeros(rows, labels, dtype=torch.bool),
        "likeness": torch.zeros(rows, width, labels, FEATURES),
        "tags": torch.full((rows, width), -100),
        "begins": torch.full((rows, width), -1.0),
        "asked": torch.zeros(rows, labels),
        "runs": torch.zeros(0, 3, dtype=torch.long),
    }
    runs = []
    for row, (case, words) in enumerate(read):
        n, place = len(words.ids), {tool["name"]: at for at, tool in enumerate(case.tools)}
        batch["vectors"][row, :n] = torch.from_numpy(words.vectors)
        around = [windows(words.vectors, reach) for reach in (NARROW, WIDE)]
        batch["around"][row, :n] = torch.from_numpy(np.concatenate(around, 1))
        batch["mask"][row, :n] = True
        said = [profile(tool).said for tool in case.tools]
        batch["labels"][row, : len(said)] = torch.from_numpy(np.stack(said))
        batch["label_mask"][row, : len(said)] = True
        batch["likeness"][row, :n, : len(said)] = torch.from_numpy(likeness(words, case.tools))
        for name in case.names:
            batch["asked"][row, place[name]] = 1
        if case.spans is None:
            continue
        batch["begins"][row, :n] = 0
        for at, (start, _) in enumerate(words.places):
            for first, end, name in case.spans:
                if first <= start < end:
                    batch["tags"][row, at] = 0 if name is None else place[name] + 1
        for first, end, name in case.spans:
            inside = [at for at, (start, _) in enumerate(words.places) if first <= start < end]
            if inside:
                runs.append((row * width + inside[0], row * width + inside[-1] + 1, 0 if name is None else place[name] + 1))
        for start in case.starts:
            first = next((at for at, (place_of, _) in enumerate(words.places) if place_of >= start), None)
            if first is not None:
                batch["begins"][row, first] = 1
    if runs:
        batch["runs"] = torch.tensor(runs)
    return batch


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
def measure(network: Network, cases: list[Case]) -> str:
    """Share of the cases whose tools are just those above a threshold, and whose likeliest tools are the right ones, their number known."""
    network.eval()
    right, ranked, runs, called = dict.fromkeys(THRESHOLDS, 0), 0, 0, 0
    for case in cases:
        batch = batch_of([case])
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


@torch.no_grad()
def write_golden(network: Network, path: Path) -> None:
    """What the forward pass gives for a few requests, by run of characters without white space."""
    network.eval()
    tools = [tool for tool in planning.tools().values() if tool["name"] in GOLDEN_TOOLS]
    lines = []
    for text in GOLDEN:
        scores, begins = network(batch_of([Case(text, tools, [])]))
        asks, begins = scores[0].softmax(-1).numpy(), begins[0].sigmoid().numpy()
        places, words, start = Pieces.of(text).places, [], 0
        for word in text.split():
            start = text.index(word, start)
            pieces = [at for at, (first, _) in enumerate(places) if start <= first < start + len(word)]
            start += len(word)
            asked = [round(float(ask), 5) for ask in asks[pieces].mean(0)]
            words.append({"word": word, "asks": asked, "begins": round(float(begins[pieces].max()), 5)})
        lines.append(json.dumps({"text": text, "tools": tools, "words": words}, ensure_ascii=False))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the public sets; tools/seal_tools is read")
    parser.add_argument("--out", type=Path, default=MODEL_DIR, help="folder for tagger.safetensors and tagger.golden.jsonl")
    parser.add_argument("--steps", type=int, default=4000, help="steps of 16 requests")
    parser.add_argument("--unseen", action="store_true", help="learn nothing of the tools of data/planning: how well others are served")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    random.seed(options.seed)
    corpus, network = Corpus(options.data, options.unseen, options.seed), Network(DIM, 0, 0, dropouts=DROPOUTS)
    validation = corpus.validation()
    optimizer = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=options.steps, pct_start=0.1)
    started, total = time.monotonic(), 0.0
    for step in range(1, options.steps + 1):
        network.train()
        loss = loss_of(network, batch_of([corpus.draw() for _ in range(BATCH)]))
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        total += loss.item()
        if step % 250 == 0:
            print(f"step {step}: loss {total / 250:.3f}, {time.monotonic() - started:.0f} s", flush=True)
            total = 0.0
        if step % 1000 == 0 and step < options.steps:
            print(f"  workflows: {measure(network, validation['workflows'])}", flush=True)
    shipped = Network(DIM, 0, 0)
    shipped.load_state_dict(rounded(network.state_dict()))
    for name, cases in validation.items():
        print(f"{name} ({len(cases)}): {measure(shipped, cases)}", flush=True)
    metadata = {"format_version": FORMAT_VERSION, "layers": str(LAYERS)}
    save_file(quantised(network.state_dict()), options.out / "tagger.safetensors", metadata=metadata)
    write_golden(shipped, options.out / "tagger.golden.jsonl")


if __name__ == "__main__":
    main()
