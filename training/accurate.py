"""Make the accurate model: the tutor as one int8 ONNX file, with its tokenizer and its calibrated head beside it."""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.quantization.shape_inference import quant_pre_process
from safetensors.numpy import save
from tokenizers import Tokenizer

import corpus
from distill import CACHE
from embedder import FORMAT_VERSION, TAXONOMY, TOKENIZER
from head import calibrate, conformal, embed, report, subtract_unknown
from teacher import DIM, load_tokenizer
from tutor import LABELS, MAX_TOKENS, Network, Tutor

MODEL = "accurate.onnx"
OPSET = 17


class Encoder(torch.nn.Module):
    """Token ids and mask to a vector of length one."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.body = network.body
        self.body.set_attn_implementation("eager")

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """Mean-pooled, normalised embeddings."""
        hidden = self.body(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        weight = attention_mask.unsqueeze(-1).to(hidden.dtype)
        pooled = (hidden * weight).sum(1) / weight.sum(1).clamp_min(1.0)
        return torch.nn.functional.normalize(pooled, dim=-1)


@dataclass(frozen=True)
class Runner:
    """The exported file on ONNX Runtime, as the Rust crate runs it: one text at a time, so that no companion shifts its scales."""

    session: onnxruntime.InferenceSession
    tokenizer: Tokenizer

    @classmethod
    def open(cls, folder: Path) -> Runner:
        """Open `accurate.onnx` with the tokenizer beside it."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        session = onnxruntime.InferenceSession(str(folder / MODEL), options, providers=["CPUExecutionProvider"])
        tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
        tokenizer.no_padding()
        tokenizer.enable_truncation(MAX_TOKENS)
        return cls(session, tokenizer)

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Embeddings [N, 384]."""
        vectors = []
        for encoding in self.tokenizer.encode_batch(list(texts)):
            ids = np.array([encoding.ids], np.int64)
            vectors.append(self.session.run(["embedding"], {"input_ids": ids, "attention_mask": np.ones_like(ids)})[0][0])
        return np.stack(vectors)


def export(network: Network, path: Path) -> None:
    """Write the network as an ONNX file with int8 weights, one scale per channel (one per tensor loses half a point)."""
    example = (torch.ones(2, 8, dtype=torch.long), torch.ones(2, 8, dtype=torch.long))
    axes = {0: "batch", 1: "tokens"}
    with tempfile.TemporaryDirectory() as folder:
        plain, prepared = Path(folder) / "plain.onnx", Path(folder) / "prepared.onnx"
        torch.onnx.export(
            Encoder(network).eval(), example, str(plain), dynamo=False, opset_version=OPSET,
            input_names=["input_ids", "attention_mask"], output_names=["embedding"],
            dynamic_axes={"input_ids": axes, "attention_mask": axes, "embedding": {0: "batch"}},
        )
        quant_pre_process(str(plain), str(prepared), skip_symbolic_shape=True)
        quantize_dynamic(str(prepared), str(path), per_channel=True, weight_type=QuantType.QInt8)


def head_tensors(network: Network, tutor: Tutor) -> dict[str, np.ndarray]:
    """The tutor's head for vectors of length one: its inputs have nearly one length, whose mean over training texts goes into the weights."""
    texts = [example.text for example in tutor.parts["train"][:2_000]]
    with torch.inference_mode():
        pooled = [network.embed(tutor.ids(texts[start : start + 64])) for start in range(0, len(texts), 64)]
    length = float(torch.cat(pooled).norm(dim=1).mean())
    weight, bias = network.head.weight.detach().numpy(), network.head.bias.detach().numpy()
    return subtract_unknown({"weight": weight * length, "bias": bias})


def make(data: Path, out: Path, cache: Path, test: bool) -> None:
    """Train the tutor unless it is cached, export, quantise, calibrate on validation, and report."""
    tutor = Tutor(data, cache)
    network = tutor.network
    tensors = head_tensors(network, tutor)
    out.mkdir(parents=True, exist_ok=True)
    tokenizer = load_tokenizer()
    tokenizer.no_truncation()
    tokenizer.save(str(out / TOKENIZER))
    export(network, out / MODEL)
    runner = Runner.open(out)
    names = ("validation", "test") if test else ("validation",)
    parts = {name: embed(runner, examples) for name, examples in tutor.parts.items() if name in names}
    head = calibrate(tensors, parts["validation"])
    measures = {name: report(name, head, part) for name, part in parts.items()}
    metadata = {
        "name": "maestria-taxonomy-accurate",
        "format_version": FORMAT_VERSION,
        "labels": json.dumps(LABELS),
        "temperature": repr(head.temperature),
        "energy_threshold": repr(head.energy_threshold),
        "conformal": json.dumps(conformal(head, parts["validation"])),
        "measures": json.dumps(measures),
    }
    (out / TAXONOMY).write_bytes(save({name: np.ascontiguousarray(values) for name, values in head.tensors.items()}, metadata))
    for name in (MODEL, TOKENIZER, TAXONOMY):
        print(f"{name}: {(out / name).stat().st_size} bytes")


def main() -> None:
    """Make it from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with the public sets")
    parser.add_argument("--out", type=Path, required=True, help="folder to write the three files to")
    parser.add_argument("--cache", type=Path, default=CACHE, help="folder of the tutor (default: %(default)s)")
    parser.add_argument("--test", action="store_true", help="report the test split as well (once, at the end)")
    options = parser.parse_args()
    make(options.data, options.out, options.cache, options.test)


if __name__ == "__main__":
    main()
