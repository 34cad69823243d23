"""Run the whole training: distill the embedder, fit the head, write the golden file, export and check the ONNX form."""

from __future__ import annotations

import argparse
import io
import tarfile
import tempfile
from pathlib import Path

import distill
import export_onnx
import golden
import head
import spelling

LIMIT = 9 * 1024 * 1024
FILES = ("tokenizer.json", "embedder.safetensors", "taxonomy.safetensors", "words.txt", "golden.jsonl")


def packed_size(folder: Path) -> int:
    """The bytes of the model's files as one tar.gz."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name in FILES:
            archive.add(folder / name, arcname=name)
    return len(buffer.getvalue())


def main() -> None:
    """All steps, one after the other."""
    parser = argparse.ArgumentParser(description=__doc__)
    distill.arguments(parser)
    parser.add_argument("--test", action="store_true", help="report the test split as well (once, at the end)")
    options = parser.parse_args()
    distill.run(options)
    head.fit(options.out, options.cache, options.test)
    spelling.write(options.data, options.out)
    golden.write(options.out)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        export_onnx.onnx.save(export_onnx.build(options.out), str(path))
        export_onnx.check(options.out, path)
    size = packed_size(options.out)
    for name in FILES:
        print(f"{name}: {(options.out / name).stat().st_size} bytes")
    print(f"as tar.gz: {size} bytes of {LIMIT}")
    if size > LIMIT:
        raise SystemExit("the model is larger than the crate may be")


if __name__ == "__main__":
    main()
