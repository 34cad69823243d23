"""Read, check and split the cases of tool selection, workflows and errors; see `data/planning/GUIDELINES.md`."""

from __future__ import annotations

import argparse
import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PLANNING_DIR = Path(__file__).resolve().parent / "data" / "planning"
KINDS = ("selection", "workflows", "errors")
RECOVERIES = {"ask", "retry", "fallback", "skip", "stop", "refuse"}
SITUATIONS = {
    "missing_argument", "ambiguous_argument", "invalid_value", "no_such_tool", "tool_removed", "timeout", "unavailable",
    "rate_limited", "not_found", "empty_result", "permission_denied", "wrong_output", "contradiction", "instruction_in_data",
}
OPERATIONS = {"==", ">", "<", "contains"}
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)")
DATE = re.compile(r"\d{4}-\d\d-\d\d")
TYPES = {"string": str, "integer": int, "number": (int, float), "boolean": bool, "array": list, "object": dict}


@dataclass(frozen=True)
class Family:
    """One line of a file."""

    kind: str
    name: str
    place: str
    case: dict


def split_of(family: str) -> str:
    """The split of a family, by a hash of its name: 70 % train, 15 % validation, 15 % test."""
    bucket = int(hashlib.sha256(family.encode()).hexdigest()[:8], 16) % 20
    return "validation" if bucket < 3 else "test" if bucket < 6 else "train"


def read(path: Path) -> Iterator[Family]:
    """The families of a file; the folder is their kind."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.strip():
            place = f"{path.name}:{number}"
            try:
                case = json.loads(line)
            except json.JSONDecodeError as error:
                raise SystemExit(f"{place}: no JSON: {error}") from error
            yield Family(path.parent.name, case.get("family", ""), place, case)


def tools(folder: Path = PLANNING_DIR) -> dict[str, dict]:
    """The tools by name."""
    return {tool["name"]: tool for tool in json.loads((folder / "tools.json").read_text(encoding="utf-8"))}


def wrong_value(schema: dict, value: object) -> str | None:
    """What is wrong with a value that is no reference."""
    if not isinstance(value, TYPES[schema["type"]]) or (isinstance(value, bool) and schema["type"] != "boolean"):
        return f"{value!r} is no {schema['type']}"
    if "enum" in schema and value not in schema["enum"]:
        return f"{value!r} is none of {schema['enum']}"
    pattern = {"date-time": MOMENT, "date": DATE}.get(schema.get("format", ""))
    if pattern and not pattern.fullmatch(value):
        return f"{value!r} is no {schema['format']}"
    if not schema.get("minimum", float("-inf")) <= (value if isinstance(value, (int, float)) else 0) and "minimum" in schema:
        return f"{value!r} is below {schema['minimum']}"
    items = schema.get("items")
    if items:
        return next((problem for item in value if not is_reference(item) and (problem := wrong_value(items, item))), None)
    return None


def is_reference(value: object) -> bool:
    """Whether a value is taken from an earlier step or the element at hand."""
    return isinstance(value, dict) and "$from" in value


def fields(returns: dict | None) -> set[str] | None:
    """The fields of a result or of its elements; none where it says nothing."""
    if not returns:
        return set()
    inner = returns.get("items", returns)
    return set(inner["properties"]) if "properties" in inner else None


def problems_of_plan(steps: list[dict], known: dict[str, dict]) -> Iterator[str]:
    """What is wrong with a plan."""
    seen: dict[str, dict] = {}
    for step in steps:
        if set(step) != {"id", "tool", "arguments", "after", "when", "each"}:
            yield f"{step.get('id')}: its keys are {sorted(step)}"
            continue
        tool = known.get(step["tool"])
        if tool is None:
            yield f"{step['id']}: no tool {step['tool']}"
            continue
        schema = tool["parameters"]
        yield from (f"{step['id']}: {name} is required" for name in schema["required"] if name not in step["arguments"])
        sources = [step["each"]] if step["each"] else []
        for name, value in step["arguments"].items():
            if name not in schema["properties"]:
                yield f"{step['id']}: {step['tool']} has no parameter {name}"
                continue
            values = value if isinstance(value, list) else [value]
            sources += [value for value in values if is_reference(value)]
            if not is_reference(value) and (problem := wrong_value(schema["properties"][name], value)):
                yield f"{step['id']}: {name}: {problem}"
        if step["when"]:
            if step["when"].get("op") not in OPERATIONS:
                yield f"{step['id']}: when: no operation {step['when'].get('op')}"
            sources.append({"$from": step["when"].get("step"), "field": step["when"].get("field")})
        for source in sources:
            origin = source["$from"]
            if origin == "item":
                origin = (step["each"] or {}).get("$from")
            if origin not in seen:
                yield f"{step['id']}: takes from {source['$from']}, which does not stand before it"
            else:
                if origin not in step["after"]:
                    yield f"{step['id']}: takes from {origin}, and is not after it"
                known_fields = fields(known[seen[origin]["tool"]].get("returns"))
                if source.get("field") and known_fields is not None and source["field"] not in known_fields:
                    yield f"{step['id']}: {seen[origin]['tool']} has no field {source['field']}"
        yield from (f"{step['id']}: after {name}, which does not stand before it" for name in step["after"] if name not in seen)
        seen[step["id"]] = step


def problems(family: Family, known: dict[str, dict]) -> Iterator[str]:
    """What is wrong with a family."""
    case = family.case
    if not family.name or not case.get("requests") or not all(isinstance(text, str) and text.strip() for text in case["requests"]):
        yield "it needs a family and requests"
    if family.kind == "selection":
        yield from (f"no tool {name}" for name in case["expected"] if name not in known)
        return
    if not MOMENT.fullmatch(case.get("now", "")):
        yield f"now is {case.get('now')!r}"
    if family.kind == "workflows":
        yield from problems_of_plan(case["steps"], known)
        return
    situation, expected = case["situation"], case["expected"]
    if situation.get("kind") not in SITUATIONS:
        yield f"no situation {situation.get('kind')}"
    if expected.get("recovery") not in RECOVERIES:
        yield f"no recovery {expected.get('recovery')}"
    for name in (situation.get("tool"), expected.get("tool")):
        if name and name not in known and situation.get("kind") != "no_such_tool":
            yield f"no tool {name}"
    if expected.get("recovery") == "ask" and not expected.get("parameter"):
        yield "a question needs a parameter"
    if expected.get("recovery") == "fallback" and not expected.get("tool"):
        yield "a fallback needs a tool"


def check(paths: list[Path]) -> int:
    """Prints what is wrong and how much there is; the number of problems."""
    known, count, wordings, seen, names, wrong = tools(), Counter(), Counter(), {}, {}, 0
    for family in (family for path in paths for family in read(path)):
        found = list(problems(family, known))
        for text in family.case.get("requests", []):
            key = (family.kind, " ".join(re.sub(r"[^\w\s]", " ", text.lower()).split()))
            if seen.setdefault(key, family.place) != family.place:
                found.append(f"{text!r} stands at {seen[key]} too")
        if names.setdefault((family.kind, family.name), family.place) != family.place:
            found.append(f"the family {family.name} stands at {names[family.kind, family.name]} too")
        for problem in found:
            print(f"{family.place}: {problem}")
        wrong += len(found)
        split = split_of(family.name)
        count[family.kind, split] += 1
        wordings[family.kind, split] += len(family.case.get("requests", []))
    for kind, split in sorted(count):
        print(f"{kind}, {split}: {wordings[kind, split]} requests in {count[kind, split]} families")
    print(f"{wrong} problems")
    return wrong


def check_products() -> int:
    """Prints what is wrong with the workflows of products and how much there is of them; the number of problems."""
    wrong, names, texts = 0, set(), set()
    for split in ("train", "validation", "test"):
        requests = products = 0
        for folder in sorted((PLANNING_DIR / "products" / split).iterdir()):
            known, products = tools(folder), products + 1
            for family in read(folder / "cases.jsonl"):
                case = family.case
                found = list(problems_of_plan(case["steps"], known))
                if not MOMENT.fullmatch(case.get("now", "")):
                    found.append(f"now is {case.get('now')!r}")
                for text, pieces in zip(case["requests"], case["pieces"], strict=True):
                    if "".join(piece for piece, _ in pieces) != text:
                        found.append(f"its pieces do not make {text!r}")
                    if {step for _, step in pieces if step is not None} != set(range(len(case["steps"]))):
                        found.append(f"no words ask for a step in {text!r}")
                    if text.lower() in texts:
                        found.append(f"{text!r} stands twice")
                    texts.add(text.lower())
                if family.name in names:
                    found.append("the family stands twice")
                names.add(family.name)
                requests += len(case["requests"])
                for problem in found:
                    print(f"{folder.name}/{family.place}: {problem}")
                wrong += len(found)
        print(f"products, {split}: {requests} requests to {products} products")
    print(f"{wrong} problems")
    return wrong


def main() -> None:
    """Checks files, or all of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", type=Path, nargs="*", help="files to check; all by default")
    chosen = parser.parse_args().check
    paths = chosen or sorted(path for kind in KINDS for path in (PLANNING_DIR / kind).glob("*.jsonl"))
    wrong = check(paths) + (0 if chosen else check_products())
    raise SystemExit(1 if wrong else 0)


if __name__ == "__main__":
    main()
