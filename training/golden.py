"""Write `golden.jsonl`: what the exported model answers to a few texts, for tests of other implementations."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

from embedder import Embedder, Taxonomy

TEXTS = (
    "",
    " \t\n",
    "hi",
    "asdf qwer zxcv",
    "Paint a lighthouse in a storm, oil on canvas",
    "remove the background from this photo",
    "write a Python function that reverses a linked list",
    "why does my program crash with a segmentation fault?",
    "plese sumarise this artcle in thre sentnces",
    "Übersetze bitte den Brief ins Französische",
    "traduis cette lettre en anglais, s'il te plaît",
    "这张图片里有什么？",
    "translate 'good morning' into 日本語 and русский",
    "🎵 make me a lo-fi beat 🎧",
    "[PAD] [UNK] [CLS] [SEP] [MASK]",
    "REMIND ME EVERY MONDAY AT 9:00 TO WATER THE PLANTS!!!",
    "plot revenue by month from sales.csv as a bar chart and save it as chart.svg",
    "https://example.com/a/b?c=d&e=f#g 0xDEADBEEF user@example.org",
    "which of the models on my disk is the largest, and can it be unloaded?",
    "nai\u0308ve cafe\u0301 re\u0301sume\u0301 \u200b zero\u00a0width",
    "pneumonoultramicroscopicsilicovolcanoconiosis " + "x" * 120,
    "I have three recordings of yesterday's meeting. Transcribe them, tell me who speaks when, "
    "summarise the decisions in ten lines, and send the summary every Friday to the whole team. " * 4,
)


def write(folder: Path) -> None:
    """Run the exported model on the texts."""
    embedder, head = Embedder.load(folder), Taxonomy.load(folder)
    with (folder / "golden.jsonl").open("w", encoding="utf-8") as file:
        for text in TEXTS:
            ids = embedder.tokenizer.encode(text, add_special_tokens=False).ids
            vector = embedder.pool(ids)
            logits = head.logits([text], vector[None])[0]
            best = int(np.argmax(logits))
            record = {
                "text": text,
                "tokens": len(ids),
                "ids_head": ids[:8],
                "embedding_head": [round(float(value), 6) for value in vector[:8]],
                "label": head.labels[best],
                "confidence": round(float(head.confidence(logits)[best]), 6),
                "energy": round(float(head.energy(logits)), 5),
            }
            file.write(json.dumps(record, ensure_ascii=False) + "\n")


def main() -> None:
    """Write the file from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder that holds the model; golden.jsonl is written there")
    write(parser.parse_args().out)


if __name__ == "__main__":
    main()
