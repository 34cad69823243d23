"""The network of `tag.rs`: it reads the words of a request, and says of every label how likely each word asks for it."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from likeness import DIM, FEATURES

WIDTH = 96
HEADS = 4
LAYERS = 2
REACH = 16
HIDDEN = 16


class Block(nn.Module):
    """Self-attention with relative positions and a feed-forward layer, each behind its normalisation."""

    def __init__(self, dropout: float) -> None:
        super().__init__()
        self.n1 = nn.LayerNorm(WIDTH)
        self.qkv = nn.Linear(WIDTH, 3 * WIDTH)
        self.o = nn.Linear(WIDTH, WIDTH)
        self.n2 = nn.LayerNorm(WIDTH)
        self.f1 = nn.Linear(WIDTH, 2 * WIDTH)
        self.f2 = nn.Linear(2 * WIDTH, WIDTH)
        self.rel = nn.Parameter(torch.zeros(HEADS, 2 * REACH + 1))
        self.drop = nn.Dropout(dropout)

    def forward(self, x: Tensor, mask: Tensor, distance: Tensor) -> Tensor:
        batch, words, _ = x.shape
        shape = (batch, words, 3, HEADS, WIDTH // HEADS)
        query, key, value = self.qkv(self.n1(x)).view(shape).permute(2, 0, 3, 1, 4)
        scores = query @ key.transpose(-1, -2) / math.sqrt(WIDTH // HEADS) + self.rel[:, distance]
        attention = scores.masked_fill(~mask[:, None, None, :], -1e4).softmax(-1)
        x = x + self.drop(self.o((attention @ value).transpose(1, 2).reshape(batch, words, WIDTH)))
        return x + self.drop(self.f2(functional.gelu(self.f1(self.n2(x)), approximate="tanh")))


class Network(nn.Module):
    """Words against labels. The request is read without the labels, and the labels without the request; only their likeness joins both."""

    def __init__(self, dropout: float = 0.15) -> None:
        super().__init__()
        self.inp = nn.Linear(DIM, WIDTH)
        self.ctx = nn.Linear(2 * DIM, WIDTH)
        self.blocks = nn.ModuleList(Block(dropout) for _ in range(LAYERS))
        self.norm = nn.LayerNorm(WIDTH)
        self.tool = nn.Linear(3 * DIM, WIDTH)
        self.tn = nn.LayerNorm(WIDTH)
        self.key = nn.Linear(WIDTH, WIDTH)
        self.f1 = nn.Linear(FEATURES, HIDDEN)
        self.f2 = nn.Linear(HIDDEN, 1)
        self.gate = nn.Linear(WIDTH, FEATURES)
        self.none = nn.Linear(WIDTH, 1)
        self.begin = nn.Linear(WIDTH, 1)
        self.drop = nn.Dropout(dropout)
        self.drop_label = nn.Dropout(2 * dropout)

    def forward(self, batch: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        """Scores [B, N, 1 + L] of none and of the labels, and scores [B, N] of a word to begin a call."""
        words, mask, likeness = batch["words"], batch["mask"], batch["likeness"]
        if self.training:
            words = words * (torch.rand(words.shape[:2]) > 0.1)[..., None]
        reading = self.drop(self.inp(words) + self.ctx(self.drop(batch["windows"])))
        place = torch.arange(words.shape[1])
        distance = (place[None] - place[:, None]).clamp(-REACH, REACH) + REACH
        for block in self.blocks:
            reading = block(reading, mask, distance)
        reading = self.norm(reading)
        labels = self.tn(self.tool(self.drop_label(batch["labels"])))
        scores = self.key(reading) @ labels.transpose(1, 2) / math.sqrt(WIDTH)
        scores = scores + self.f2(torch.tanh(self.f1(likeness)))[..., 0]
        scores = scores + (likeness * self.gate(reading)[:, :, None, :]).sum(-1)
        scores = scores.masked_fill(~batch["label_mask"][:, None, :], -1e4)
        return torch.cat([self.none(reading), scores], -1), self.begin(reading)[..., 0]
