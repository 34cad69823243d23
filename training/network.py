"""A transformer that says of every word of a text which of several described labels it belongs to, or that it belongs to none."""

from __future__ import annotations

import math
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

READING = Path.home() / ".cache" / "maestria" / "training" / "reading.safetensors"
REACH = 16
FEATURES = 11
WIDTH_OF_HEADS = 32


class Block(nn.Module):
    """Self-attention with relative positions (Shaw et al. 2018) and a feed-forward layer, both behind their normalisation."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.n1, self.qkv, self.o = nn.LayerNorm(width), nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.n2, self.f1, self.f2 = nn.LayerNorm(width), nn.Linear(width, 2 * width), nn.Linear(2 * width, width)
        self.rel = nn.Parameter(torch.zeros(heads, 2 * REACH + 1))
        self.drop = nn.Dropout(dropout)

    def forward(self, x: Tensor, mask: Tensor, distances: Tensor) -> Tensor:
        """The words `x` [batch, words, width] after the layer; `mask` is false where a text has ended."""
        batch, words, width = x.shape
        parts = self.qkv(self.n1(x)).view(batch, words, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        query, key, value = parts
        weights = query @ key.transpose(-1, -2) / math.sqrt(width // self.heads) + self.rel[:, distances]
        weights = weights.masked_fill(~mask[:, None, None, :], -1e4).softmax(-1)
        taken = (weights @ value).transpose(1, 2).reshape(batch, words, width)
        x = x + self.drop(self.o(taken))
        return x + self.drop(self.f2(functional.gelu(self.f1(self.n2(x)), approximate="tanh")))


class Reading(nn.Module):
    """What every word of a text means where it stands.

    `inputs` is the length of a word piece's vector, and `forms` that of what is said of its form; `dropouts` are of layers and of what is
    read of words.
    """

    def __init__(self, inputs: int, forms: int, width: int, heads: int, layers: int, dropouts: tuple[float, float]) -> None:
        super().__init__()
        self.inp, self.ctx = nn.Linear(inputs, width), nn.Linear(2 * inputs, width)
        self.form = nn.Linear(forms, width) if forms else None
        self.blocks = nn.ModuleList(Block(width, heads, dropouts[0]) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        self.drop = nn.Dropout(dropouts[1])

    def read(self, batch: dict[str, Tensor]) -> Tensor:
        """The words of a batch [batch, words, width]."""
        vectors, mask = batch["vectors"], batch["mask"]
        if self.training:
            vectors = vectors * (torch.rand(vectors.shape[:2]) > 0.1)[..., None]
        read = self.inp(vectors) + self.ctx(self.drop(batch["around"]))
        if self.form is not None:
            read = read + self.form(batch["forms"])
        read = self.drop(read)
        places = torch.arange(mask.shape[1])
        distances = (places[None] - places[:, None]).clamp(-REACH, REACH) + REACH
        for block in self.blocks:
            read = block(read, mask, distances)
        return self.norm(read)

    def begin_with(self, path: Path) -> None:
        """Takes what is in a file that `reading.py` wrote."""
        given = load_file(path)
        self.load_state_dict({**self.state_dict(), **{name: given[name] for name in self.state_dict() if name in given}})


class Network(Reading):
    """P(label | word) over the labels and "none", and whether a run of words begins with one.

    `kinds` is the length of what is said of a label beside its texts; the last of the `dropouts` is of what labels say.
    """

    def __init__(self, inputs: int, forms: int, kinds: int, width: int = 128, heads: int = 4, layers: int = 3,
                 dropouts: tuple[float, float, float] = (0.1, 0.15, 0.2)) -> None:
        super().__init__(inputs, forms, width, heads, layers, dropouts[:2])
        self.tool, self.tn, self.key = nn.Linear(3 * inputs + kinds, width), nn.LayerNorm(width), nn.Linear(width, width)
        self.f1, self.f2, self.gate = nn.Linear(FEATURES, 16), nn.Linear(16, 1), nn.Linear(width, FEATURES)
        self.none, self.begin = nn.Linear(width, 1), nn.Linear(width, 1)
        self.label_drop = nn.Dropout(dropouts[2])

    def forward(self, batch: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        """Scores of none and every label [batch, words, 1 + labels], and of a beginning [batch, words]."""
        likeness = batch["likeness"]
        read = self.read(batch)
        known = self.tn(self.tool(self.label_drop(batch["labels"])))
        scores = self.key(read) @ known.transpose(1, 2) / math.sqrt(known.shape[-1])
        scores = scores + self.f2(torch.tanh(self.f1(likeness)))[..., 0]
        scores = scores + (likeness * self.gate(read)[:, :, None, :]).sum(-1)
        scores = scores.masked_fill(~batch["label_mask"][:, None, :], -1e4)
        return torch.cat([self.none(read), scores], -1), self.begin(read)[..., 0]


def load(network: nn.Module, path: Path) -> None:
    """Takes the weights of a file that `fitting.write` wrote."""
    tensors = load_file(path)
    scales = {name: tensors[name.removesuffix("weight") + "scale"] for name, t in tensors.items() if t.dtype == torch.int8}
    read = {name: tensors[name] * scales[name][:, None] if name in scales else tensors[name] for name in network.state_dict()}
    network.load_state_dict(read)


def layers_of(path: Path) -> int:
    """How many layers the network of a file has that `fitting.write` wrote."""
    with safe_open(path, "pt") as file:
        return int(file.metadata()["layers"])


def begin(network: Reading, reading: Path, resumed: Path | None, mixed: tuple[str, str] | None) -> None:
    """Goes on from the weights of the file `resumed`, or else begins with what is `reading`; of the file and the share that are `mixed`, that
    share of the weights is taken instead."""
    if resumed:
        load(network, resumed)
    else:
        network.begin_with(reading)
    if mixed:
        path, share = mixed
        own = {name: tensor.clone() for name, tensor in network.state_dict().items()}
        load(network, Path(path))
        network.load_state_dict({name: own[name].lerp(tensor, float(share)) for name, tensor in network.state_dict().items()})


def quantised(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """The tensors as they are written: the weights of linear layers as int8 with a scale for every row, the others as they are."""
    tensors = {}
    for name, tensor in state.items():
        if name.endswith(".weight") and tensor.ndim == 2:
            scale = tensor.abs().amax(1).clamp(min=1e-12) / 127
            tensors[name] = torch.round(tensor / scale[:, None]).to(torch.int8)
            tensors[name.removesuffix("weight") + "scale"] = scale
        else:
            tensors[name] = tensor.contiguous()
    return tensors


def rounded(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """The tensors as a reader has them, after `quantised`."""
    tensors = quantised(state)
    scales = {name: tensors[name.removesuffix("weight") + "scale"] for name, t in tensors.items() if t.dtype == torch.int8}
    return {
        name: tensors[name] * scales[name][:, None] if name in scales else tensors[name]
        for name in state
    }
