"""Train the network that says of every word of a request which parameter of a tool it belongs to, if any.

It learns from the requests that `cargo run --release -p maestria-train-spans -- --data DIR --dump FILE` writes, and of those only from the
ones that are not held out.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import functional

from embedder import Embedder
from network import Network, quantised, rounded

BATCH = 16
RATE = 1.5e-3
SEED = 0

# How often a source is drawn from.
SHARES = {"calls": 0.4, "own": 0.25, "seal_tools": 0.2, "nestful": 0.1, "snips": 0.05}

FORMS = 8
TYPES = ("string", "integer", "number", "boolean", "array", "object")
KINDS = len(TYPES) + 2
MOST_PIECES = 96
MOST_SAID = 600
MOST_NAME_PIECES = 12


@dataclass(frozen=True)
class Request:
    """A clause, the tool it is for, and where (parameter, start, end) values stand; `unplaced` have a value that stands nowhere known."""

    source: str
    held_out: bool
    text: str
    tool: dict
    places: tuple[tuple[str, int, int], ...]
    unplaced: tuple[str, ...]

    @property
    def properties(self) -> dict[str, dict]:
        """The schema of every parameter."""
        return self.tool["parameters"].get("properties") or {}


def read(path: Path) -> list[Request]:
    """All requests of a file."""
    requests = []
    for line in path.open():
        given = json.loads(line)
        given["places"] = tuple(tuple(place) for place in given["places"])
        requests.append(Request(**{**given, "unplaced": tuple(given["unplaced"])}))
    return [request for request in requests if request.properties and request.text.strip()]


def identifier_words(name: str) -> str:
    """The words of an identifier, in lower case."""
    return re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", name).replace("_", " ").replace("-", " ").replace(".", " ").lower()


def unit(vectors: np.ndarray) -> np.ndarray:
    """Vectors of length one in the same directions; zero of zero."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / np.where(lengths > 1e-7, lengths, 1)


class Words:
    """Word pieces and their vectors."""

    def __init__(self, folder: Path) -> None:
        self.embedder = Embedder.load(folder)
        self.ids = lru_cache(200_000)(self._ids)
        self.vector = lru_cache(50_000)(self._vector)

    def _ids(self, text: str) -> tuple[int, ...]:
        return tuple(self.embedder.tokenizer.encode(text, add_special_tokens=False).ids)

    def _vector(self, text: str) -> np.ndarray:
        return self.rows(self.ids(text)).sum(0)

    def rows(self, ids: Sequence[int]) -> np.ndarray:
        """The pieces' vectors as they are in the table."""
        ids = list(ids)
        return self.embedder.scale[ids][:, None] * self.embedder.table[ids].astype(np.float32)


@dataclass(frozen=True)
class Passage:
    """A text in word pieces: the run of letters or of marks that every piece is part of, and what the pieces are like."""

    chunks: list[tuple[int, int]]
    ids: list[int]
    forms: np.ndarray


def passage(text: str, words: Words) -> Passage:
    """Takes a text apart into runs of letters and digits and runs of other characters, and these into pieces."""
    chunks, ids, forms = [], [], []
    quotes, last = 0, 0
    for start, end in runs(text):
        chunk = text[start:end]
        quotes += sum(character in '"“”«»' for character in text[last:start])
        last = start
        form = [
            chunk[0].isupper(),
            len(chunk) > 1 and chunk.isupper(),
            any(character in "0123456789" for character in chunk),
            not chunk[0].isalnum(),
            start > 0 and not text[start - 1].isspace(),
            end < len(text) and not text[end].isspace(),
            quotes % 2 == 1,
        ]
        for place, piece in enumerate(words.ids(chunk)):
            chunks.append((start, end))
            ids.append(piece)
            forms.append([*form, place > 0])
    forms = np.array(forms[:MOST_PIECES], np.float32).reshape(-1, FORMS)
    return Passage(chunks[:MOST_PIECES], ids[:MOST_PIECES], forms)


def runs(text: str) -> Iterator[tuple[int, int]]:
    """Runs of letters and digits, and runs of other characters that are no white space."""
    start = 0
    for end in range(1, len(text) + 1):
        if end == len(text) or kind(text[end]) != kind(text[start]):
            if not text[start].isspace():
                yield start, end
            start = end


def kind(character: str) -> int:
    """Letter or digit, white space, or other."""
    return 0 if character.isalnum() else 1 if character.isspace() else 2


@dataclass(frozen=True)
class Profile:
    """A parameter as it is compared with words: vectors of its texts, and its kind."""

    name: np.ndarray
    description: np.ndarray
    tool: np.ndarray
    described: np.ndarray
    name_pieces: np.ndarray
    pieces: tuple[frozenset[int], frozenset[int], frozenset[int]]
    kinds: list[float]


def profile(name: str, schema: dict, required: bool, tool: dict, words: Words) -> Profile:
    """What a parameter says of itself."""
    options = [option for option in schema.get("enum") or [] if isinstance(option, str)]
    said = " ".join([str(schema.get("description") or ""), *map(identifier_words, options)])
    texts = [identifier_words(name), said, identifier_words(tool["name"]) + " " + str(tool.get("description") or "")]
    texts = [cut(text) for text in texts]
    sums = [words.vector(text) for text in texts]
    kinds = schema.get("type")
    kinds = next((kind for kind in kinds if kind != "null"), None) if isinstance(kinds, list) else kinds
    flags = [*(kind == kinds for kind in TYPES), "enum" in schema, required]
    return Profile(
        *(unit(vector) for vector in sums),
        unit(sums[0] + sums[1]),
        unit(words.rows(words.ids(texts[0])[:MOST_NAME_PIECES])),
        tuple(frozenset(words.ids(text)) for text in texts),
        [float(flag) for flag in flags],
    )


def cut(text: str) -> str:
    """The beginning of a text, by bytes."""
    return text.encode()[:MOST_SAID].decode(errors="ignore")


def windows(vectors: np.ndarray, reach: int) -> np.ndarray:
    """The direction of every row with `reach` rows before and behind it."""
    sums = np.concatenate([np.zeros_like(vectors[:1]), np.cumsum(vectors, 0)])
    places = np.arange(len(vectors))
    return unit(sums[np.minimum(places + reach + 1, len(vectors))] - sums[np.maximum(places - reach, 0)])


def likeness(given: Passage, vectors: np.ndarray, profiles: Sequence[Profile]) -> np.ndarray:
    """How alike every piece is to every parameter: [pieces, parameters, features]."""
    alone, narrow, wide, whole = unit(vectors), windows(vectors, 2), windows(vectors, 5), unit(vectors.sum(0))
    name, description, tool, described = (
        np.stack([getattr(profile, part) for profile in profiles]).T
        for part in ("name", "description", "tool", "described")
    )
    weights = np.linalg.norm(vectors, axis=1) / 4
    pieces = np.array(given.ids)
    nearest = [
        (alone @ profile.name_pieces.T).max(1) if len(profile.name_pieces) else np.zeros(len(pieces)) for profile in profiles
    ]
    among = [
        np.stack([weights * np.isin(pieces, list(profile.pieces[part])) for profile in profiles], 1) for part in range(3)
    ]
    parts = [
        alone @ described, narrow @ described, wide @ described, np.tile(whole @ described, (len(pieces), 1)),
        np.stack(nearest, 1), *among, narrow @ name, wide @ tool, wide @ description,
    ]
    return np.stack(parts, -1).astype(np.float32)


@dataclass
class Example:
    """A text beside parameters, and for every piece the labels that are right: a bit for none and for each parameter."""

    given: Passage
    inputs: dict[str, np.ndarray] = field(default_factory=dict)


def example(request: Request, profiles: Sequence[Profile], names: Sequence[str], words: Words) -> Example:
    """What the network reads of a request, and what it should say."""
    given = passage(request.text, words)
    vectors = words.rows(given.ids)
    allowed = np.zeros((len(given.ids), 1 + len(names)), bool)
    begins = np.zeros(len(given.ids), np.float32)
    places = {name: place + 1 for place, name in enumerate(names)}
    unplaced = [0, *(places[name] for name in request.unplaced if name in places)]
    for piece, (start, _) in enumerate(given.chunks):
        inside = [name for name, first, end in request.places if first <= start < end and name in places]
        allowed[piece, [places[name] for name in inside] or unplaced] = True
    for _, first, _ in request.places:
        at = next((piece for piece, (_, end) in enumerate(given.chunks) if end > first), None)
        if at is not None:
            begins[at] = 1
    texts = [np.concatenate([p.name, p.description, p.tool, np.array(p.kinds, np.float32)]) for p in profiles]
    inputs = {
        "vectors": vectors,
        "around": np.concatenate([windows(vectors, 2), windows(vectors, 5)], -1),
        "forms": given.forms,
        "mask": np.ones(len(given.ids), bool),
        "labels": np.stack(texts),
        "label_mask": np.ones(len(profiles), bool),
        "likeness": likeness(given, vectors, profiles),
        "allowed": allowed,
        "begins": begins,
    }
    return Example(given, inputs)


def collate(examples: Sequence[Example]) -> dict[str, Tensor]:
    """Examples side by side, the shorter ones filled up with zeros."""
    batch = {}
    for name in examples[0].inputs:
        arrays = [example.inputs[name] for example in examples]
        shape = np.max([array.shape for array in arrays], 0)
        whole = np.zeros((len(arrays), *shape), arrays[0].dtype)
        for row, array in zip(whole, arrays):
            row[tuple(slice(length) for length in array.shape)] = array
        batch[name] = torch.from_numpy(whole).float() if whole.dtype != bool else torch.from_numpy(whole)
    return batch


class Sampler:
    """Draws requests to train on, changed so that words and names are no answer by themselves."""

    def __init__(self, requests: Sequence[Request], words: Words, seed: int) -> None:
        self.random = random.Random(seed)
        self.words = words
        self.by_source = defaultdict(list)
        self.values = defaultdict(set)
        for request in requests:
            self.by_source[request.source].append(request)
            for name, start, end in request.places:
                if is_text(request.properties.get(name, {})):
                    self.values[name].add(request.text[start:end])
        self.values = {name: sorted(values) for name, values in self.values.items() if len(values) > 1}
        self.all = [request for source in self.by_source.values() for request in source]
        self.sources = [source for source in SHARES if self.by_source[source]]

    def request(self) -> Request:
        """A request of a source drawn by its share."""
        source = self.random.choices(self.sources, [SHARES[source] for source in self.sources])[0]
        return self.random.choice(self.by_source[source])

    def example(self) -> Example:
        """A request, with other values, among others' words, in small letters, or beside parameters of another tool."""
        request = self.request()
        draw = self.random.random
        if draw() < 0.35:
            request = self.with_other_values(request)
        if draw() < 0.15:
            request = self.among_others(request)
        if draw() < 0.2:
            request = replace(request, text=lowered(request.text))
        tool = request.tool
        required = set(tool["parameters"].get("required") or [])
        said = {name for name, _, _ in request.places} | set(request.unplaced)
        schemas = {name: schema for name, schema in request.properties.items() if name in said or draw() > 0.15}
        if draw() < 0.4:
            other = self.random.choice(self.all).properties
            for name in self.random.sample(list(other), min(len(other), self.random.randint(1, 3))):
                schemas.setdefault(name, other[name])
        if draw() < 0.15:
            schemas = {name: {key: value for key, value in schema.items() if key != "description"} for name, schema in schemas.items()}
        if draw() < 0.1:
            tool = {**tool, "description": ""}
        names = list(schemas)
        if not names or not passage(request.text, self.words).ids:
            return self.example()
        profiles = [profile(name, schemas[name], name in required, tool, self.words) for name in names]
        return example(request, profiles, names, self.words)

    def with_other_values(self, request: Request) -> Request:
        """The same with some of its values replaced by what other requests say for parameters of the same name."""
        text, places = request.text, []
        given = sorted(request.places, key=lambda place: place[1])
        if any(a[2] > b[1] for a, b in zip(given, given[1:])):
            return request
        shift = 0
        for name, start, end in given:
            start, end = start + shift, end + shift
            if name in self.values and is_text(request.properties.get(name, {})) and self.random.random() < 0.6:
                value = self.random.choice(self.values[name])
                text = text[:start] + value + text[end:]
                shift += len(value) - (end - start)
                end = start + len(value)
            places.append((name, start, end))
        return replace(request, text=text, places=tuple(places))

    def among_others(self, request: Request) -> Request:
        """The same before or behind the words of another request."""
        other, joint = self.random.choice(self.all).text.strip(), self.random.choice([". ", ", then ", " and ", "; ", ". "])
        if self.random.random() < 0.5:
            return replace(request, text=request.text.rstrip(".!? ") + joint + other)
        before = other.rstrip(".!? ") + joint
        places = tuple((name, start + len(before), end + len(before)) for name, start, end in request.places)
        return replace(request, text=before + request.text, places=places)


def is_text(schema: dict) -> bool:
    """Whether a parameter takes any text."""
    return schema.get("type") == "string" and "enum" not in schema and "format" not in schema


def lowered(text: str) -> str:
    """A text in small letters, as long as before."""
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


def loss(network: Network, batch: dict[str, Tensor]) -> Tensor:
    """Cross-entropy of the allowed labels together, and of the beginnings."""
    scores, begins = network(batch)
    probabilities = scores.log_softmax(-1).masked_fill(~batch["allowed"], -1e4)
    labels = -probabilities.logsumexp(-1)[batch["mask"]].mean()
    begin = functional.binary_cross_entropy_with_logits(begins[batch["mask"]], batch["begins"][batch["mask"]])
    return labels + 0.5 * begin


@torch.no_grad()
def f1(network: Network, requests: Sequence[Request], words: Words) -> float:
    """F1 of whole values when every parameter takes the run of words with the largest sum of log odds, if that is above zero."""
    network.eval()
    right = found = said = 0
    for request in requests:
        names = list(request.properties)
        required = set(request.tool["parameters"].get("required") or [])
        profiles = [profile(name, request.properties[name], name in required, request.tool, words) for name in names]
        if not passage(request.text, words).ids:
            continue
        one = example(request, profiles, names, words)
        scores, _ = network(collate([one]))
        odds = torch.logit(scores[0].softmax(-1), 1e-3).numpy()
        for place, name in enumerate(names):
            expected = {(start, end) for other, start, end in request.places if other == name}
            if name in request.unplaced:
                continue
            run = best_run(odds[:, place + 1], one.given.chunks)
            said += bool(expected)
            found += run is not None
            right += run in expected
    return 2 * right / max(1, found + said)


def best_run(odds: np.ndarray, chunks: Sequence[tuple[int, int]]) -> tuple[int, int] | None:
    """The run of pieces with the largest sum, if it is positive (Kadane)."""
    best, run, total, start = 0.0, None, 0.0, 0
    for place, value in enumerate(odds):
        if total <= 0:
            total, start = 0.0, place
        total += value
        if total > best:
            best, run = total, (chunks[start][0], chunks[place][1])
    return run


def train(requests: Sequence[Request], words: Words, steps: int, out: Path) -> Network:
    """Trains for a number of steps, and tells F1 on held-out requests on the way."""
    torch.manual_seed(SEED)
    sampler = Sampler([request for request in requests if not request.held_out], words, SEED)
    held = defaultdict(list)
    for request in requests:
        if request.held_out:
            held[request.source].append(request)
    network = Network(words.embedder.table.shape[1], FORMS, KINDS)
    optimiser = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=steps, pct_start=0.1)
    began, total = time.time(), 0.0
    for step in range(1, steps + 1):
        network.train()
        slope = loss(network, collate([sampler.example() for _ in range(BATCH)]))
        optimiser.zero_grad()
        slope.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        total += slope.item()
        if step % 100 == 0:
            print(f"step {step}: loss {total / 100:.3f}, {time.time() - began:.0f} s", flush=True)
            total = 0.0
        if step % 500 == 0 or step == steps:
            scores = {source: round(f1(network, part[:150], words), 3) for source, part in held.items()}
            print(f"  F1 on held-out requests: {scores}", flush=True)
            write(network, out)
    return network


def write(network: Network, path: Path) -> None:
    """The weights file."""
    save_file(quantised(network.state_dict()), path, {"layers": str(len(network.blocks)), "format_version": "1"})


GOLDEN = [
    'Email "Q3 numbers" to ann.lee@example.com, then find 2 cheap Thai restaurants in Logan Square',
    "Remind me at 5pm: call José",
    "1000 EUR → CHF",
]
GOLDEN_TOOL = {
    "name": "findPlaces",
    "description": "Finds places to eat",
    "parameters": {
        "type": "object",
        "properties": {
            "cuisine": {"type": "string", "description": "Kind of food"},
            "location": {"type": "string", "description": "Neighborhood or city"},
            "max_results": {"type": ["integer", "null"]},
            "price_range": {"type": "string", "enum": ["cheap", "mid-range"]},
        },
        "required": ["location"],
    },
}


@torch.no_grad()
def golden(network: Network, words: Words) -> Iterator[str]:
    """Lines for the tests of the crate: what the rounded network says of a few texts."""
    network.load_state_dict(rounded(network.state_dict()))
    network.eval()
    properties = GOLDEN_TOOL["parameters"]["properties"]
    profiles = [profile(name, schema, name == "location", GOLDEN_TOOL, words) for name, schema in properties.items()]
    for text in GOLDEN:
        one = example(Request("", False, text, GOLDEN_TOOL, (), ()), profiles, list(properties), words)
        scores, begins = network(collate([one]))
        probabilities, begins = scores[0].softmax(-1), begins[0].sigmoid()
        said = []
        for chunk in dict.fromkeys(one.given.chunks):
            pieces = [place for place, other in enumerate(one.given.chunks) if other == chunk]
            asks = [round(float(p), 5) for p in probabilities[pieces].mean(0)]
            said.append({"word": text[slice(*chunk)], "asks": asks, "begins": round(float(begins[pieces].max()), 5)})
        yield json.dumps({"text": text, "tool": GOLDEN_TOOL, "words": said}, ensure_ascii=False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=Path, required=True, help="what `--dump` of maestria-train-spans wrote")
    parser.add_argument("--model", type=Path, default=Path("crates/maestria-intent/model"), help="folder of the embedder")
    parser.add_argument("--out", type=Path, help="where arguments.safetensors goes; the model's folder unless told")
    parser.add_argument("--steps", type=int, default=3000)
    options = parser.parse_args()
    torch.set_num_threads(1)
    words, requests, out = Words(options.model), read(options.requests), options.out or options.model
    print(Counter((request.source, request.held_out) for request in requests))
    network = train(requests, words, options.steps, out / "arguments.safetensors")
    lines = "\n".join(golden(network, words))
    (out / "arguments.golden.jsonl").write_text(lines + "\n")


if __name__ == "__main__":
    main()
