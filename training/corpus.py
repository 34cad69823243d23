"""Read the training text: the annotated taxonomy, split by family, and the public sets that may shape a model."""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

TAXONOMY_DIR = Path(__file__).resolve().parent / "data" / "taxonomy"
SPLITS = ("train", "validation", "test")
SEVERAL = "several"
SOURCES = ("single", "mixed", SEVERAL)
UNKNOWN = "unknown"
TWIN = 0.7
LABELS = (
    "image_generation", "image_editing", "video_generation", "code_generation", "code_explanation",
    "debugging", "documentation", "architecture_design", "data_analysis", "data_visualization",
    "summarization", "translation", "text_writing", "text_analysis", "information_request",
    "web_search", "audio_analysis", "speech_to_text", "text_to_speech", "music_generation",
    "document_question", "file_management", "model_management", "automation", "conversation",
)
SEGMENT = re.compile(r"\[([a-z_]+)\]\s*([^\[]*)")
SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z\"'])")


@dataclass(frozen=True)
class Example:
    """One labelled text, the kind of file it came from (`single`: all of one label, `mixed`, `several`), and the first line of its family."""

    text: str
    label: str
    source: str
    family: str = field(default="", compare=False)


def split_of(family_key: str) -> str:
    """The split of a family, decided by a hash of its first line: 80 % train, 10 % validation, 10 % test."""
    bucket = int(hashlib.sha256(family_key.strip().encode()).hexdigest()[:8], 16) % 10
    return {0: "validation", 1: "test"}.get(bucket, "train")


def families(path: Path) -> Iterator[list[str]]:
    """The paragraphs of a file, each as its list of lines."""
    for paragraph in re.split(r"\n\s*\n", path.read_text(encoding="utf-8")):
        lines = [line.strip() for line in paragraph.splitlines() if line.strip()]
        if lines:
            yield lines


def normalise(text: str) -> str:
    """The form under which two texts count as the same."""
    return " ".join(re.sub(r"[^\w\s]", " ", text.lower()).split()) or text


def parse_line(line: str, stem: str) -> list[Example]:
    """The examples of one line; `stem` is the name of the file it stands in."""
    if stem == SEVERAL:
        return [Example(text.strip(" ,;"), label, SEVERAL) for label, text in SEGMENT.findall(line)]
    if stem in (*LABELS, UNKNOWN):
        return [Example(line, stem, "single")]
    label, _, text = line.partition("\t")
    return [Example(text.strip(), label.strip(), "mixed")]


def read_taxonomy(folder: Path = TAXONOMY_DIR) -> dict[str, list[Example]]:
    """All annotated examples by split. A text that stands in two splits stays in the later one (test over validation over train)."""
    found: dict[str, list[Example]] = {split: [] for split in SPLITS}
    for path in sorted(folder.glob("*.txt")):
        for family in families(path):
            split = split_of(family[0])
            for line in family:
                found[split].extend(replace(example, family=family[0]) for example in parse_line(line, path.stem) if example.text)
    known = {*LABELS, UNKNOWN}
    for example in (example for part in found.values() for example in part):
        if example.label not in known:
            raise ValueError(f"unknown label {example.label!r} for {example.text!r}")
    seen: set[str] = set()
    for split in reversed(SPLITS):
        kept = []
        for example in found[split]:
            key = normalise(example.text)
            if key not in seen:
                kept.append(example)
        seen.update(normalise(example.text) for example in kept)
        found[split] = list(dict.fromkeys(kept))
    return found


def read_jsonl(path: Path) -> list[dict]:
    """The records of a JSON-lines file."""
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def labelled(path: Path) -> tuple[list[str], list[str]]:
    """Texts and labels of an intent set in JSON lines."""
    records = read_jsonl(path)
    return [record["text"].strip() for record in records], [record["label"] for record in records]


def sentences(text: str) -> list[str]:
    """A text and, when it has more than one sentence, each of them."""
    parts = [part.strip() for part in SENTENCE_END.split(text) if len(part.split()) > 2]
    return [text, *parts] if len(parts) > 1 else [text]


def external_text(data: Path) -> dict[str, list[str]]:
    """Unlabelled public text for distillation, by set.

    Sets on which the model is measured as an application's own labels (HWU64, BANKING77, MetaTool)
    and every validation and test file are absent on purpose.
    """
    found: dict[str, list[str]] = {
        "clinc150": labelled(data / "intent/clinc150/train.jsonl")[0],
        "snips": labelled(data / "intent/snips/train.jsonl")[0],
        "seal_tools": [],
        "taskbench": [],
    }
    for tool in read_jsonl(data / "tools/seal_tools/tool.jsonl"):
        found["seal_tools"].append(tool["api_description"])
        found["seal_tools"].extend(entry["description"] for entry in tool["parameters"].values())
    for record in read_jsonl(data / "tools/seal_tools/dev.jsonl"):
        found["seal_tools"].extend(sentences(record["query"]))
    for folder in sorted((data / "planning/taskbench").glob("data_*")):
        for record in read_jsonl(folder / "user_requests.json"):
            found["taskbench"].extend(sentences(record["user_request"][:600]))
    return {name: list(dict.fromkeys(filter(None, map(str.strip, texts)))) for name, texts in found.items()}


def twins(parts: dict[str, list[Example]], limit: float = TWIN) -> Iterator[tuple[Example, Example]]:
    """Held-out examples with a training example of which they share at least `limit` of all words (Jaccard similarity of their sets of words)."""
    train = [frozenset(normalise(example.text).split()) for example in parts["train"]]
    holders: dict[str, list[int]] = defaultdict(list)
    for row, words in enumerate(train):
        for word in words:
            holders[word].append(row)
    for example in (example for split in SPLITS[1:] for example in parts[split]):
        words = frozenset(normalise(example.text).split())
        # To share so much, two texts must share one of the rarest words of either.
        rarest = sorted(words, key=lambda word: len(holders[word]))[: len(words) - math.ceil(limit * len(words)) + 1]
        for row in {row for word in rarest for row in holders[word]}:
            if len(words & train[row]) >= limit * len(words | train[row]):
                yield example, parts["train"][row]
                break


def main() -> None:
    """Print what there is to train on."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="folder with the public sets; without it only the taxonomy is counted")
    options = parser.parse_args()
    parts = read_taxonomy()
    columns = (*SPLITS, *SOURCES, "total")
    counts: dict[str, Counter[str]] = {column: Counter() for column in columns}
    for split, part in parts.items():
        for example in part:
            for column in (split, example.source, "total"):
                counts[column].update((example.label, "total"))
    print(f"{'label':22}" + "".join(f"{column:>12}" for column in columns))
    for label in (*LABELS, UNKNOWN, "total"):
        print(f"{label:22}" + "".join(f"{counts[column][label]:12}" for column in columns))
    paragraphs = {path.stem: Counter(split_of(family[0]) for family in families(path)) for path in sorted(TAXONOMY_DIR.glob("*.txt"))}
    print("\n" + f"{'families':22}" + "".join(f"{split:>12}" for split in SPLITS))
    for stem, found in paragraphs.items():
        print(f"{stem:22}" + "".join(f"{found[split]:12}" for split in SPLITS))
    print(f"{'total':22}" + "".join(f"{sum(found[split] for found in paragraphs.values()):12}" for split in SPLITS))
    found = list(twins(parts))
    print(f"\n{len(found)} held-out examples share {TWIN:.0%} of their words with a training example")
    for held_out, seen in found:
        print(f"  {held_out.text!r} and {seen.text!r}")
    if options.data:
        for name, texts in external_text(options.data).items():
            print(f"{name:22}{len(texts):12} unlabelled texts")


if __name__ == "__main__":
    main()
