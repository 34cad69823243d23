"""Turn the exported embedder into an ONNX file, and check that file against numpy and ONNX Runtime.

The head is not in it: it reads the n-grams of the text as well, which a graph of token ids cannot see.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from safetensors import safe_open

MODEL = Path(__file__).resolve().parents[1] / "crates" / "maestria-intent" / "model"
OPSET = 17
EPSILON = 1e-12


def read(path: Path) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """The tensors and the header metadata of a safetensors file."""
    with safe_open(str(path), framework="np") as file:
        return {name: file.get_tensor(name) for name in file.keys()}, file.metadata() or {}


def build(folder: Path) -> onnx.ModelProto:
    """The graph: int8 rows, scaled, averaged over the mask, normalised."""
    embedder, about = read(folder / "embedder.safetensors")
    constants = {
        "table": embedder["table"],
        "scale": embedder["scale"][:, None],
        "last": np.array([-1], np.int64),
        "tokens": np.array([1], np.int64),
        "one": np.array(1, np.float32),
        "epsilon": np.array(EPSILON, np.float32),
    }
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["rows_int8"]),
        helper.make_node("Cast", ["rows_int8"], ["rows"], to=TensorProto.FLOAT),
        helper.make_node("Gather", ["scale", "input_ids"], ["row_scale"]),
        helper.make_node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["mask", "last"], ["mask_column"]),
        helper.make_node("Mul", ["row_scale", "mask_column"], ["row_weight"]),
        helper.make_node("Mul", ["rows", "row_weight"], ["weighted"]),
        helper.make_node("ReduceSum", ["weighted", "tokens"], ["sum"], keepdims=0),
        helper.make_node("ReduceSum", ["mask", "tokens"], ["count"], keepdims=1),
        helper.make_node("Max", ["count", "one"], ["divisor"]),
        helper.make_node("Div", ["sum", "divisor"], ["mean"]),
        helper.make_node("ReduceL2", ["mean"], ["norm"], axes=[-1], keepdims=1),
        helper.make_node("Max", ["norm", "epsilon"], ["safe_norm"]),
        helper.make_node("Div", ["mean", "safe_norm"], ["embedding"]),
    ]
    dim = embedder["table"].shape[1]
    graph = helper.make_graph(
        nodes,
        "maestria_intent",
        [helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"]) for name in ("input_ids", "attention_mask")],
        [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["batch", dim])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8, producer_name="maestria")
    helper.set_model_props(model, {f"embedder.{key}": value for key, value in about.items()})
    onnx.checker.check_model(model, full_check=True)
    return model


def reference(folder: Path, ids: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """The same forward pass in numpy."""
    embedder, _ = read(folder / "embedder.safetensors")
    rows = embedder["table"][ids].astype(np.float32) * embedder["scale"][ids][..., None]
    mean = (rows * mask[..., None]).sum(1) / np.maximum(mask.sum(1, keepdims=True), 1)
    return mean / np.maximum(np.linalg.norm(mean, axis=1, keepdims=True), EPSILON)


def check(folder: Path, path: Path) -> None:
    """Compare ONNX Runtime with numpy on random batches, an empty row included; raises when they differ."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    vocabulary = len(read(folder / "embedder.safetensors")[0]["table"])
    rng = np.random.default_rng(0)
    for width in (1, 7, 128):
        ids = rng.integers(1, vocabulary, (9, width))
        mask = (np.arange(width) < rng.integers(1, width + 1, (9, 1))).astype(np.int64)
        mask[0] = 0
        given = session.run(["embedding"], {"input_ids": ids * mask, "attention_mask": mask})[0]
        np.testing.assert_allclose(given, reference(folder, ids, mask), rtol=1e-4, atol=1e-5)
    print("agrees with numpy")


def main() -> None:
    """Build from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=MODEL, help="folder of the model (default: %(default)s)")
    parser.add_argument("--out", type=Path, required=True, help="ONNX file to write")
    parser.add_argument("--check", action="store_true", help="run the file with ONNX Runtime and compare")
    options = parser.parse_args()
    options.out.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(build(options.model), str(options.out))
    print(f"{options.out}: {options.out.stat().st_size} bytes")
    if options.check:
        check(options.model, options.out)


if __name__ == "__main__":
    main()
