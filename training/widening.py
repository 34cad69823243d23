"""A network twice as wide as another, perhaps with more layers, that says the same: where a larger one begins (Chen et al. 2016, "Net2Net")."""

from __future__ import annotations

import torch
from torch import Tensor

from network import Network

# How unevenly two units share what one passed on before, so that they learn different things.
UNEVEN = 0.2
SEED = 0


@torch.no_grad()
def widen(narrow: Network, wide: Network) -> None:
    """Has `wide` say what `narrow` says: every unit twice, half of each passed on, and new layers that add nothing yet."""
    given, random = narrow.state_dict(), torch.Generator().manual_seed(SEED)
    weights = {}
    for name, new in wide.state_dict().items():
        if name in given:
            weights[name] = doubled(name, given[name], new.shape, random)
        else:
            is_added = name.endswith((".o.weight", ".o.bias", ".f2.weight", ".f2.bias", ".rel"))
            weights[name] = torch.zeros_like(new) if is_added else new
    # Scores are products of twice as many units, and divided by the root of their number.
    for name in ("key.weight", "key.bias"):
        weights[name] = weights[name] / 2**0.5
    wide.load_state_dict(weights)


def doubled(name: str, given: Tensor, shape: torch.Size, random: torch.Generator) -> Tensor:
    """A tensor with every row twice, and every column in two parts, as far as its shape asks for it."""
    if given.shape == shape:
        return given
    if "qkv" in name:
        given = torch.cat([part.repeat(2, *[1] * (part.ndim - 1)) for part in given.chunk(3)])
    elif 2 * given.shape[0] == shape[0]:
        given = given.repeat(2, *[1] * (given.ndim - 1))
    if given.ndim == 2 and 2 * given.shape[1] == shape[1]:
        share = 0.5 + UNEVEN * torch.randn(given.shape, generator=random)
        given = torch.cat([given * share, given * (1 - share)], 1)
    return given
