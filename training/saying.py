"""What a network that tells the values of parameters should say, and how well it does: loss and measure of `arguments.py` and its tutor."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

import torch
from torch import Tensor, nn
from torch.nn import functional

from parameters import Reader
from placed import Request, Sampler

BEGIN_SHARE = 0.5
MOST_MEASURED = 150


def drawn(sampler: Sampler, reader: Reader) -> Request:
    """A request to learn from that has words and parameters."""
    while True:
        request = sampler.draw()
        if request.properties and reader.clause(request).ids:
            return request


def loss_of(network: nn.Module, batch: dict[str, Tensor]) -> Tensor:
    """Cross-entropy of the allowed labels together, and of the beginnings."""
    return loss_between(*network(batch), batch)


def loss_between(scores: Tensor, begins: Tensor, batch: dict[str, Tensor]) -> Tensor:
    """The same of what a network said."""
    probabilities = scores.log_softmax(-1).masked_fill(~batch["allowed"], -1e4)
    labels = -probabilities.logsumexp(-1)[batch["mask"]].mean()
    begin = functional.binary_cross_entropy_with_logits(begins[batch["mask"]], batch["begins"][batch["mask"]])
    return labels + BEGIN_SHARE * begin


@torch.no_grad()
def f1(network: nn.Module, reader: Reader, requests: Sequence[Request]) -> float:
    """F1 of whole values, where every run of words of which one parameter is the likeliest label is taken for a value of it."""
    network.eval()
    right = found = said = 0
    for request in requests:
        chunks, names = reader.clause(request).places, list(request.properties)
        if not chunks:
            continue
        scores, _ = network(reader.batch([request]))
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


