"""Requests whose words are tagged with the tools they ask for, and requests of which only the tools are known."""

from __future__ import annotations

import argparse
import json
import random
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import planning

MOST_FREE = 50
DATA_DIR = Path(__file__).resolve().parent / "data"
JOINTS = (
    ". ", ", then ", " and ", "; ", "\n", " → ", ", and after that ", " and then ", ". Then ", ". Also, ", ", ", " - ",
    ". After that, ", " as well as ", ". Please ", " plus ",
)  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A request, tools among which to choose, and those it asks for.

    `spans` are the places (start, end, name or none) that are known to ask for a tool or for none, `starts` where the words of calls begin.
    """

    text: str
    tools: list[dict]
    names: list[str]
    spans: list[tuple[int, int, str | None]] | None = None
    starts: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Tagged:
    """A line of `data/tagging/cases`."""

    family: str
    tools: list[dict]
    pieces: list[tuple[str, int | None]]
    steps: list[str]

    @property
    def text(self) -> str:
        return "".join(text for text, _ in self.pieces)

    def case(self, tools: list[dict]) -> Case:
        text, spans, starts, seen = "", [], [], set()
        for piece, step in self.pieces:
            if step is not None and step not in seen:
                seen.add(step)
                starts.append(len(text))
            spans.append((len(text), len(text) + len(piece), None if step is None else self.steps[step]))
            text += piece
        return Case(text, tools, list(dict.fromkeys(self.steps)), spans, starts)


def read_tagged() -> list[Tagged]:
    """The cases of `data/tagging`, checked."""
    cases = []
    for path in sorted((DATA_DIR / "tagging" / "cases").glob("*.jsonl")):
        tools = json.loads((DATA_DIR / "tagging" / "tools" / f"{path.stem}.json").read_text(encoding="utf-8"))
        known = {tool["name"] for tool in tools}
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            case = json.loads(line)
            pieces, steps = [(text, step) for text, step in case["pieces"]], case["steps"]
            said = {step for _, step in pieces if step is not None}
            if not set(steps) <= known or said != set(range(len(steps))):
                raise SystemExit(f"{path.name}:{number}: a step is unknown, or no words ask for it")
            cases.append(Tagged(case["family"], tools, pieces, steps))
    return cases


def read_products(split: str) -> list[Tagged]:
    """The workflows of products whose words are marked."""
    cases = []
    for folder in sorted((planning.PLANNING_DIR / "products" / split).iterdir()):
        tools = json.loads((folder / "tools.json").read_text(encoding="utf-8"))
        for family in planning.read(folder / "cases.jsonl"):
            steps = [step["tool"] for step in family.case["steps"]]
            cases += [Tagged(family.name, tools, [tuple(piece) for piece in pieces], steps) for pieces in family.case["pieces"]]
    return cases


class Corpus:
    """All that may be drawn from. `unseen` leaves out the tools of `data/planning`, to see what the others teach of tools like them."""

    def __init__(self, data: Path, unseen: bool, seed: int) -> None:
        self.random = random.Random(seed)
        self.unseen = unseen
        tagged = read_tagged()
        self.tagged = [case for case in tagged if planning.split_of(case.family) == "train"] + read_products("train")
        self.held_out = [case for case in tagged if planning.split_of(case.family) == "validation"]
        self.own = list(planning.tools().values())
        self.seal = {}
        for line in (data / "tools/seal_tools/tool.jsonl").read_text(encoding="utf-8").splitlines():
            tool = json.loads(line)
            self.seal[tool["api_name"]] = {
                "name": tool["api_name"],
                "description": tool["api_description"],
                "parameters": {"properties": tool["parameters"]},
            }
        self.seal_requests = []
        for line in (data / "tools/seal_tools/dev.jsonl").read_text(encoding="utf-8").splitlines():
            case = json.loads(line)
            self.seal_requests.append((case["query"], list(dict.fromkeys(call["api"] for call in case["calling"]))))
        calls = []
        for path in sorted((DATA_DIR / "calls").glob("*.jsonl")):
            for line in path.read_text(encoding="utf-8").splitlines():
                case = json.loads(line)
                calls.extend((request["text"], case["tool"]) for request in case["requests"])
        self.called = list({tool["name"]: tool for _, tool in calls}.values())
        by_name = planning.tools()
        self.workflows = list(self._planned("workflows", "train"))
        self.selection = list(self._planned("selection", "train"))
        singles = [(text, tool, self.called) for text, tool in calls]
        singles += 2 * [(text, self.seal[names[0]], list(self.seal.values())) for text, names in self.seal_requests if len(names) == 1]
        if not unseen:
            singles += [(text, by_name[names[0]], self.own) for text, names in self.selection if len(names) == 1]
        self.singles = singles
        self.sets = [*{id(case.tools): case.tools for case in self.tagged}.values(), self.own, self.own]
        self.idle = [text for text, names in self.selection if not names]

    @staticmethod
    def _planned(kind: str, split: str):
        for path in sorted((planning.PLANNING_DIR / kind).glob("*.jsonl")):
            for family in planning.read(path):
                if planning.split_of(family.name) == split:
                    names = family.case["expected"] if kind == "selection" else [step["tool"] for step in family.case["steps"]]
                    yield from ((text, list(dict.fromkeys(names))) for text in family.case["requests"])

    def validation(self) -> dict[str, list[Case]]:
        """What to choose by: requests to the tools of `data/planning`, and to tools of families that were not drawn from."""
        return {
            "workflows": [Case(text, self.own, names) for text, names in self._planned("workflows", "validation")],
            "selection": [Case(text, self.own, names) for text, names in self._planned("selection", "validation")],
            "tagging": [case.case(case.tools) for case in self.held_out],
            "products": [case.case(case.tools) for case in read_products("validation")],
        }

    def draw(self) -> Case:
        """A case to learn from."""
        dice = self.random.random()
        if dice < 0.5:
            case = self.random.choice(self.tagged)
            wanted = set(case.steps)
            others = [tool for tool in case.tools if tool["name"] not in wanted]
            if self.random.random() < 0.4:
                others = self.random.sample(others, self.random.randint(0, len(others)))
            tools = [tool for tool in case.tools if tool["name"] in wanted] + others
            pool = self.random.choice([list(self.seal.values()), self.called])
            return case.case(self._among(tools, pool, self.random.choice([0, 0, 4, 10])))
        if dice < 0.65 or self.unseen and dice < 0.92:
            return self._joined()
        if dice < 0.7 or self.unseen:
            text, names = self.random.choice(self.seal_requests)
            wanted = [self.seal[name] for name in names]
            return Case(text, self._among(wanted, list(self.seal.values()), self.random.randint(2, 16)), names)
        text, names = self.random.choice(self.workflows if dice < 0.89 else self.selection)
        wanted = [tool for tool in self.own if tool["name"] in names]
        return Case(text, self._among(wanted, self.own, self.random.choice([8, 16, 24, 50])), names)

    def free(self) -> Case:
        """The text of a case beside tools that have nothing to do with it, or with some of them: what it asks for is not known."""
        case, draw = self.draw(), self.random
        tools = draw.choice(self.sets)
        if draw.random() < 0.4:
            tools = draw.sample(tools, draw.randint(min(3, len(tools)), len(tools)))
        pool = draw.choice([list(self.seal.values()), self.called, case.tools])
        more = draw.sample(pool, min(len(pool), draw.choice([0, 0, 0, 3])))
        tools = list({tool["name"]: tool for tool in [*tools, *more]}.values())
        return Case(case.text, draw.sample(tools, len(tools))[:MOST_FREE], [])

    def _among(self, tools: list[dict], pool: list[dict], more: int) -> list[dict]:
        """The tools and at least one, at most `more`, of others, in any order."""
        known = {tool["name"]: tool for tool in tools}
        for tool in self.random.sample(pool, min(2 * more + 2, len(pool))):
            if len(known) < max(1, len(tools) + more):
                known.setdefault(tool["name"], tool)
        return self.random.sample(list(known.values()), len(known))

    def _joined(self) -> Case:
        """One to four requests to one tool each, joined to one."""
        count = self.random.choices([1, 2, 3, 4], [0.35, 0.35, 0.2, 0.1])[0]
        parts = [self.random.choice(self.singles) for _ in range(count)]
        text, spans, starts, tools = "", [], [], {}
        for place, (request, tool, _) in enumerate(parts):
            request = request.strip()
            if place:
                text = (text.rstrip(".!?") if self.random.random() < 0.5 else text) + self.random.choice(JOINTS)
                if self.random.random() < 0.6:
                    request = request[:1].lower() + request[1:]
            if self.random.random() < 0.15:
                idle = self.random.choice(self.idle).strip()
                spans.append((len(text), len(text) + len(idle), None))
                text += idle + " "
            tools[tool["name"]] = tool
            starts.append(len(text))
            spans.append((len(text), len(text) + len(request), tool["name"]))
            text += request
        if self.random.random() < 0.1 and len(text.lower()) == len(text):
            text = text.lower()
        pool = self.random.choice(parts)[2]
        return Case(text, self._among(list(tools.values()), pool, self.random.randint(0, 16)), list(tools), spans, starts)


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    cases = read_tagged()
    steps = Counter(min(len(case.steps), 4) for case in cases)
    splits = Counter(planning.split_of(case.family) for case in cases)
    twins = [text for text, count in Counter(case.text.strip().lower() for case in cases).items() if count > 1]
    tools = sum(len(set_of) for set_of in {id(case.tools): case.tools for case in cases}.values())
    print(f"{len(cases)} requests of {len({case.family for case in cases})} families to {tools} tools; calls {dict(sorted(steps.items()))}")
    print(f"splits {dict(splits)}; {len(twins)} texts that occur twice")


if __name__ == "__main__":
    main()
