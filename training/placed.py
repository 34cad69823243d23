"""Requests to one tool with the places of its values, as `maestria-train-spans -- --dump` writes them, and how they are changed to learn from."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

# How often a source is drawn from.
SHARES = {"calls": 0.29, "products": 0.2, "own": 0.14, "repeated": 0.2, "seal_tools": 0.1, "nestful": 0.04, "snips": 0.03}
JOINTS = (". ", ", then ", " and ", "; ", ". ")


@dataclass(frozen=True)
class Request:
    """A clause, the tool it is for, and where (parameter, start, end) values stand; `unplaced` have a value that stands nowhere known."""

    source: str
    held_out: bool
    text: str
    tool: dict
    places: tuple[tuple[str, int, int], ...] = ()
    unplaced: tuple[str, ...] = ()

    @property
    def properties(self) -> dict[str, dict]:
        """The schema of every parameter."""
        return self.tool["parameters"].get("properties") or {}

    @property
    def required(self) -> set[str]:
        """The parameters that must be given."""
        return set(self.tool["parameters"].get("required") or [])


def read(path: Path) -> list[Request]:
    """All requests of a file."""
    requests = []
    for line in path.open(encoding="utf-8"):
        given = json.loads(line)
        given["places"] = tuple(tuple(place) for place in given["places"])
        requests.append(Request(**{**given, "unplaced": tuple(given["unplaced"])}))
    return [request for request in requests if request.properties and request.text.strip()]


def by_source(requests: Sequence[Request]) -> dict[str, list[Request]]:
    """The requests that are held out, by their source."""
    held_out = defaultdict(list)
    for request in requests:
        if request.held_out:
            held_out[request.source].append(request)
    return held_out


class Sampler:
    """Draws requests to train on, changed so that words and names are no answer by themselves."""

    def __init__(self, requests: Sequence[Request], seed: int) -> None:
        self.random = random.Random(seed)
        by_source, values, self.by_tool = defaultdict(list), defaultdict(set), defaultdict(list)
        for request in requests:
            by_source[request.source].append(request)
            if request.source == "calls":
                self.by_tool[json.dumps(request.tool, sort_keys=True)].append(request)
            for name, start, end in request.places:
                if is_free(request.properties.get(name, {})):
                    values[name].add(request.text[start:end])
        self.by_source = by_source
        self.values = {name: sorted(said) for name, said in values.items() if len(said) > 1}
        self.all = [request for source in by_source.values() for request in source]
        self.sources = [source for source in SHARES if by_source[source]]

    def draw(self) -> Request:
        """A request, with other values, among others' words, in small letters, or beside parameters of another tool."""
        request = self.unchanged()
        if request.source == "calls" and self.random.random() < 0.15:
            request = self.with_another_call(request)
        if self.random.random() < 0.35:
            request = self.with_other_values(request)
        if self.random.random() < 0.15:
            request = self.among_others(request)
        if self.random.random() < 0.2:
            request = replace(request, text=lowered(request.text))
        return self.with_other_parameters(request)

    def unchanged(self) -> Request:
        """A request of a source drawn by its share."""
        source = self.random.choices(self.sources, [SHARES[source] for source in self.sources])[0]
        return self.random.choice(self.by_source[source])

    def with_other_values(self, request: Request) -> Request:
        """The same with some of its values replaced by what other requests say for parameters of the same name."""
        text, places = request.text, []
        given = sorted(request.places, key=lambda place: place[1])
        if any(a[2] > b[1] for a, b in zip(given, given[1:])):
            return request
        shift = 0
        for name, start, end in given:
            start, end = start + shift, end + shift
            if name in self.values and is_free(request.properties.get(name, {})) and self.random.random() < 0.6:
                value = self.random.choice(self.values[name])
                text = text[:start] + value + text[end:]
                shift += len(value) - (end - start)
                end = start + len(value)
            places.append((name, start, end))
        return replace(request, text=text, places=tuple(places))

    def with_another_call(self, request: Request) -> Request:
        """The same with another request to its tool before it, if there is one: two calls."""
        other = self.random.choice(self.by_tool[json.dumps(request.tool, sort_keys=True)])
        if other.text == request.text:
            return request
        later = behind(request, other.text.rstrip(".!? ") + self.random.choice(JOINTS))
        return replace(later, places=other.places + later.places, unplaced=other.unplaced + later.unplaced)

    def among_others(self, request: Request) -> Request:
        """The same before or behind the words of another request."""
        other, joint = self.random.choice(self.all).text.strip(), self.random.choice(JOINTS)
        if self.random.random() < 0.5:
            return replace(request, text=request.text.rstrip(".!? ") + joint + other)
        return behind(request, other.rstrip(".!? ") + joint)

    def with_other_parameters(self, request: Request) -> Request:
        """The same without some of the parameters that it says nothing of, with some of another tool, or with less said of them."""
        tool, draw = request.tool, self.random.random
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
        return replace(request, tool={**tool, "parameters": {**tool["parameters"], "properties": schemas}})


def behind(request: Request, before: str) -> Request:
    """A request behind other words."""
    places = tuple((name, start + len(before), end + len(before)) for name, start, end in request.places)
    return replace(request, text=before + request.text, places=places)


def is_free(schema: dict) -> bool:
    """Whether a parameter takes any text, or any number."""
    return schema.get("type") in ("string", "integer", "number") and "enum" not in schema and "format" not in schema


def lowered(text: str) -> str:
    """A text in small letters, as long as before."""
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
