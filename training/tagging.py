"""What a network that tags words with tools should say, and how well it does: the loss and the measures of `tagger.py` and its tutor."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from tagged import Case
from tools import Reader

SHARPNESS = 6.0
BEGIN_SHARE = 3.0
LEAST_LOG = -7.0
THRESHOLDS = (0.3, 0.4, 0.5, 0.6)


def pooled(logs: Tensor, batch: dict[str, Tensor]) -> Tensor:
    """Logarithms of the probabilities that runs of words ask for none and for each label: of the geometric means over their words."""
    runs = batch["runs"]
    sums = functional.pad(logs.flatten(0, 1).double().clamp(min=LEAST_LOG).cumsum(0), (0, 0, 1, 0))
    means = (sums[runs[:, 1]] - sums[runs[:, 0]]) / (runs[:, 1] - runs[:, 0])[:, None]
    known = functional.pad(batch["label_mask"], (1, 0), value=True)[runs[:, 0] // logs.shape[1]]
    return means.masked_fill(~known, -torch.inf).log_softmax(-1).float()


def loss_of(network: nn.Module, batch: dict[str, Tensor]) -> Tensor:
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
def measure(network: nn.Module, reader: Reader, cases: list[Case]) -> str:
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
