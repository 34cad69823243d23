"""Fit the network of `network.py` and export it: batches, steps and files, whatever its labels are."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor

from network import Network, quantised, rounded

BATCH = 16
RATE = 1.5e-3
DECAY = 0.05
WARM_UP = 0.1
LONGEST_GRADIENT = 1.0

Case = TypeVar("Case")


def fit(network: Network, draw: Callable[[], Case], loss: Callable[[list[Case]], Tensor], steps: int, told: int,
        checked: int, check: Callable[[], None], rate: float = RATE) -> None:
    """Takes steps of AdamW down the loss of `BATCH` cases drawn for each, at a rate of one cycle.

    Tells the mean loss every `told` steps, and calls `check` every `checked` steps before the last.
    """
    optimizer = torch.optim.AdamW(network.parameters(), lr=rate, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=steps, pct_start=WARM_UP)
    started, total = time.monotonic(), 0.0
    for step in range(1, steps + 1):
        network.train()
        value = loss([draw() for _ in range(BATCH)])
        optimizer.zero_grad()
        value.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), LONGEST_GRADIENT)
        optimizer.step()
        schedule.step()
        total += value.item()
        if step % told == 0:
            print(f"step {step}: loss {total / told:.3f}, {time.monotonic() - started:.0f} s", flush=True)
            total = 0.0
        if step % checked == 0 and step < steps:
            check()


def collate(examples: Sequence[Mapping[str, np.ndarray]], fillings: Mapping[str, float] = {}) -> dict[str, Tensor]:
    """Arrays of the same names side by side, the shorter ones filled up with their filling, or with zeros."""
    batch = {}
    for name in examples[0]:
        arrays = [example[name] for example in examples]
        shape = np.max([array.shape for array in arrays], 0)
        whole = np.full((len(arrays), *shape), fillings.get(name, 0), arrays[0].dtype)
        for row, array in zip(whole, arrays):
            row[tuple(slice(length) for length in array.shape)] = array
        batch[name] = torch.from_numpy(whole)
    return batch


def write(network: Network, path: Path, version: str) -> None:
    """The weights file."""
    metadata = {"format_version": version, "layers": str(len(network.blocks))}
    save_file(quantised(network.state_dict()), path, metadata=metadata)


def shipped(network: Network) -> Network:
    """The network as a reader of its file has it."""
    copied = copy.deepcopy(network)
    copied.load_state_dict(rounded(network.state_dict()))
    return copied.eval()


def golden_word(word: str, asks: np.ndarray, begins: np.ndarray) -> dict:
    """What the forward pass gives for a word, of the probabilities of its pieces: their mean over labels, their largest of a beginning."""
    return {"word": word, "asks": [round(float(ask), 5) for ask in asks.mean(0)], "begins": round(float(begins.max()), 5)}
